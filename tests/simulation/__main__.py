"""`python -m tests.simulation [PROVIDERS]`: write reports/coverage.json and docs/coverage.md; 5 % is the bar."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tests.simulation.page import page
from tests.simulation.study import study

ROOT = Path(__file__).parents[2]
FIGURES, PAGE = ROOT / "reports" / "coverage.json", ROOT / "docs" / "coverage.md"
DIGITS = 5
BAR = 0.05


def main() -> int:
    """Simulate, write, and say whether every error at the truth is below 5 %; 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("providers", type=int, nargs="?", default=4000, help="of each kind, at the truth")
    parser.add_argument("--workers", type=int, default=None)
    said = parser.parse_args()
    figures = rounded(study(said.providers, said.workers))
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(figures), encoding="utf-8")
    worst = max(max(row["refuted"], row["confirmed"]) for row in figures["uptime"]["at_the_truth"])
    sys.stdout.write(f"{PAGE.name}, {FIGURES.name}: the worst error at 99.9 % is {worst:.2%}\n")
    return int(worst >= BAR)


def rounded(value: Any) -> Any:  # noqa: ANN401 - plain data
    """Figures with five digits: more are noise, and would change with every library."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return round(value, DIGITS) if isinstance(value, float) else value


if __name__ == "__main__":
    sys.exit(main())

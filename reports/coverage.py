"""How often the verdicts are wrong, as `make simulate-claims` found it: coverage.json for the methodology page."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from reports import words

FIGURES = Path(__file__).parent / "coverage.json"


@dataclass(frozen=True, slots=True)
class Errors:
    """One kind of provider that keeps 99.9 % exactly, read every day of a year. `covered`: after 30, 90, 365 days."""

    outages: str
    lengths: str
    refuted: str
    confirmed: str
    covered: str
    providers: str


@cache
def errors() -> tuple[Errors, ...]:
    """Of each kind, how many were ever refuted or confirmed, and how often the process interval held the truth."""
    figures: dict[str, Any] = json.loads(FIGURES.read_text(encoding="utf-8"))
    held: dict[tuple[float, str], list[float]] = {}
    for row in figures["intervals"]:
        held.setdefault((row["mean_min"], row["lengths"]), []).append(row["covered"])
    return tuple(
        Errors(
            f"{row['mean_min']:.0f} min",
            row["lengths"],
            f"{_percent(row['refuted'])} (up to {_percent(row['refuted_high'])})",
            f"{_percent(row['confirmed'])} (up to {_percent(row['confirmed_high'])})",
            " / ".join(_percent(share) for share in held[row["mean_min"], row["lengths"]]),
            words.count(row["providers"]),
        )
        for row in figures["uptime"]["at_the_truth"]
    )


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"

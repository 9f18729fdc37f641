"""`python -m tests.monitor.judge.compare`: how often comparisons are wrong; writes docs/comparison.md."""

import math
import sys
from pathlib import Path

import numpy as np

from monitor.judge.compare.weeks import changes
from monitor.judge.quantiles import of_days, quantile, times
from tests.monitor.judge.compare.test_weeks import series
from tests.monitor.judge.compare.worlds import blocks, verdict
from tests.monitor.judge.test_quantiles import month

PAGE = Path(__file__).parents[4] / "docs" / "comparison.md"
ROUNDS = 1000
NOISE = 0.05  # of daily medians
WORLDS: tuple[dict[str, float], ...] = (
    {"days": 1, "per_day": 96},
    {"days": 7, "per_day": 10},
    {"days": 7, "per_day": 96},
    {"days": 7, "per_day": 96, "own_days": 0.05},
    {"days": 13, "per_day": 96, "own_days": 0.05},
    {"days": 14, "per_day": 7},
    {"days": 14, "per_day": 96, "own_days": 0.05},
    {"days": 30, "per_day": 96, "own_days": 0.05},
    {"days": 30, "per_day": 24, "failing": 0.05},
)
_HEAD = """# How often comparisons are wrong

Made by `make simulate-comparison` ({rounds:,} seeded worlds of each kind; the figures move by about one point). Two
providers, both four times as slow at noon as at midnight; each request varies by 15 % (standard deviation of the
log). *Own days*: what each day adds to the log time of each provider alone. "Told apart" is the verdict `different`;
it should be at most 5 % where there is no gap.

| days | blocks a day | own days | failing | no gap: told apart | gap of 8 %: told apart | interval holds the truth |
|---|---|---|---|---|---|---|
"""
_WEEKS = """
Week against week, one provider, nothing changed: 14 daily values that vary by {noise:.0%} with autocorrelation phi,
how often p < 0.05 (the aim is 5 %), and how often `changed` is said, which also needs 10 % and three days.

| phi | p < 0.05 | changed | changed, with a rise of 20 % |
|---|---|---|---|
"""


_QUANTILES = """
Percentiles of one provider, 96 images a day, days that differ by 12 % and hours by 30 %: how often the interval holds
the truth. Order statistics stand beside it for comparison; from 14 days on they are not used.

| days | percentile | days as clusters | order statistics |
|---|---|---|---|
"""


def main() -> int:
    """Write the page."""
    lines = [_HEAD.format(rounds=ROUNDS), *(_world(world) for world in WORLDS)]
    lines += [_WEEKS.format(noise=NOISE), *(_week(phi) for phi in (0.0, 0.3, 0.6))]
    lines += [_QUANTILES, *(_quantile(days, q) for days in (14, 28, 90) for q in (0.5, 0.95))]
    PAGE.write_text("".join(lines), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
    return 0


def _world(world: dict[str, float]) -> str:
    rng, told, held = np.random.default_rng(20), [0.0, 0.0], 0.0
    for _ in range(ROUNDS):
        for place, gap in enumerate((0.0, 0.08)):
            found = verdict(blocks(rng, gap=gap, **world))  # type: ignore[arg-type]  # numbers by name
            told[place] += float(found.verdict == "different") / ROUNDS
            if found.ratio is not None:
                low, high = found.ratio.low or 0.0, found.ratio.high or math.inf
                held += float(low <= 1 / (1 + gap) <= high) / (2 * ROUNDS)
    own, failing = world.get("own_days", 0.0), world.get("failing", 0.0)
    shares = " | ".join(f"{100 * share:.1f} %" for share in (*told, held))
    return f"| {world['days']} | {world['per_day']} | {100 * own:g} % | {100 * failing:g} % | {shares} |\n"


def _week(phi: float) -> str:
    found = [changes([series(seed=seed, phi=phi, noise=NOISE)])[0] for seed in range(ROUNDS)]
    risen = [changes([series(1.2, seed=seed, phi=phi, noise=NOISE)])[0] for seed in range(ROUNDS)]
    chance = sum((one.p_value or 0.0) < 0.05 for one in found) / ROUNDS
    said = (sum(one.verdict == "changed" for one in of) / ROUNDS for of in (found, risen))
    return f"| {phi:g} | {' | '.join(f'{100 * share:.1f} %' for share in (chance, *said))} |\n"


def _quantile(days: int, q: float) -> str:
    rng = np.random.default_rng(21)
    truth = float(np.quantile(month(rng, 20_000, 96, 0.12, 0.3)[0], q))
    held = [0.0, 0.0]
    for _ in range(ROUNDS):
        of = times(*month(rng, days, 96, 0.12, 0.3))
        for place, found in enumerate((of_days(of, q), quantile(of.ms, q))):
            if found is not None:
                held[place] += float((found.low or 0.0) <= truth <= (found.high or math.inf)) / ROUNDS
    return f"| {days} | p{100 * q:g} | {' | '.join(f'{100 * share:.1f} %' for share in held)} |\n"


if __name__ == "__main__":
    sys.exit(main())

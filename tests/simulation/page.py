"""The figures of the study -> docs/coverage.md."""

from collections.abc import Mapping, Sequence
from typing import Any

Figures = Mapping[str, Any]

_HEAD = """# How often the verdicts are wrong

Written by `make simulate-claims`. It simulates providers whose truth is known, lets the verdict functions of the
product itself judge them (`monitor/judge/downtime.py`, `exceeding.py`), and counts. Each is read on every day of a
year, and a verdict counts as wrong if it was wrong on any of them. `reports/coverage.json` holds the same figures; the
methodology page prints them; a test holds that they belong to the defaults in force. "Up to" is the upper 97.5 % bound
of Clopper and Pearson: the noise of the simulation itself.

Defaults: error {percent:g} % of each kind, L {survive_min:.0f} min, G {merge_gap_min:.0f} min, looks every
{look_days:.0f} days, bets on blocks of {block_hours:.0f} h; an outage belongs to the block that it began in. One look
a minute. Lengths of outages: fixed; exponential; lognormal with a sigma of 1; half: exponential, and half of the
requests fail meanwhile.
"""
_TRUTH = """
## A promise of 99.9 % that is exactly kept

No verdict would be right: refuted is false, and confirmed is a promise that is kept with nothing to spare.
"""
_OTHER = """
## Other promises, kept exactly, with outages of 2 h

"""
_BEYOND = """
## What L does not hold for

Outages that last twice as long as L in the mean. Who meets such providers sets `unseen_outage` in `[judge]` higher.
"""
_SURVIVE = """
## What a shorter L would do

The same with outages of 2 h of exponential length, were L 60 or 90 min only.
"""
_POWER = """
## Providers that are better or worse than the 99.9 % that they promise

What the verdicts find out within a year, and on which day (median of those that are decided).
"""
_YEARS = """
The better ones over {years:.0f} years. With L as it is, a promise of 99.9 % takes {days:.0f} days without any outage to
confirm. More requests do not help: a true 99.9 % provider with outages of 2 h has one in {rare:.0f} days.
"""
_LATENCY = """
## Percentiles that are exactly as promised

An image each 15 minutes, a daily rhythm, and days that differ by so many standard deviations of a single request.
"""
_INTERVALS = """
## The 95 % interval of the process

How often `availability.process` holds the truth at a true 99.9 %, on one day.
"""


def page(figures: Figures) -> str:
    """The whole page."""
    uptime = figures["uptime"]
    long, constants = uptime["power_in_years"], figures["constants"]
    parts = [
        _HEAD.format(percent=constants["alpha"] * 100, **constants),
        _TRUTH,
        _table(_WRONG, [_wrong(row) for row in uptime["at_the_truth"]]),
        _OTHER,
        _table(_WRONG, [_wrong(row) for row in uptime["other_promises"]]),
        _BEYOND,
        _table(_WRONG, [_wrong(row) for row in uptime["beyond"]]),
        _SURVIVE,
        _table(
            ("L", *_WRONG),
            [[f"{row['survive_min']:.0f} min", *_wrong(row)] for row in uptime["other_survivals"]],
        ),
        _POWER,
        _table(_FOUND, [_found(row) for row in uptime["power"]]),
        _YEARS.format(years=long[0]["days"] / 365, days=constants["days_to_confirm"], rare=120 / 0.001 / 1440),
        _table(_FOUND, [_found(row) for row in long]),
        _LATENCY,
        _table(_SLOW, [_slow(row) for row in figures["percentiles"]]),
        _INTERVALS,
        _table(("outages", "lengths", "30 days", "90 days", "365 days", "providers"), _held(figures["intervals"])),
    ]
    return "\n".join(part.strip("\n") + "\n" for part in parts)


_WRONG = ("outages", "lengths", "promise and truth", "false refuted", "up to", "false confirmed", "up to", "providers")
_FOUND = ("outages", "truth", "refuted", "median day", "confirmed", "median day", "providers")
_SLOW = ("promise", "days differ", "false refuted", "up to", "false confirmed", "up to", "providers")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _wrong(row: Figures) -> list[str]:
    return [_length(row), row["lengths"], _percent(row["uptime"]), *_errors(row), f"{row['providers']:,}"]


def _errors(row: Figures) -> list[str]:
    return [_percent(row[key]) for key in ("refuted", "refuted_high", "confirmed", "confirmed_high")]


def _found(row: Figures) -> list[str]:
    found = [
        _percent(row["refuted"]),
        _day(row["days_to_refute"]),
        _percent(row["confirmed"]),
        _day(row["days_to_confirm"]),
    ]
    return [_length(row), _percent(row["uptime"]), *found, f"{row['providers']:,}"]


def _slow(row: Figures) -> list[str]:
    promise = f"at most {row['promised'] * 100:g} % slower"
    return [promise, f"{row['days_differ']:.1f}", *_errors(row), f"{row['providers']:,}"]


def _held(rows: Sequence[Figures]) -> list[list[str]]:
    by_kind: dict[tuple[str, str], list[Figures]] = {}
    for row in rows:
        by_kind.setdefault((_length(row), row["lengths"]), []).append(row)
    return [
        [*kind, *(_percent(row["covered"]) for row in held), f"{held[0]['providers']:,}"]
        for kind, held in by_kind.items()
    ]


def _length(row: Figures) -> str:
    return f"{row['mean_min']:.0f} min"


def _percent(share: float) -> str:
    return f"{share * 100:.4g} %"


def _day(day: float | None) -> str:
    return "-" if day is None else f"{day:.0f}"

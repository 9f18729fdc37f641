"""Providers that promised something, for tests: days of looks and images, and the verdict on one claim."""

import functools
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from monitor.judge.facts import Claim, ProviderFacts
from monitor.judge.verdicts import ClaimVerdict
from tests.monitor.judge.frames import DAY, Row, every, judged, row

SOURCE = "https://example.org"
PRICES = {"1K": 0.05, "4K": 0.10}
_every = functools.cache(every)  # a month of looks is part of many cases


def verdict(
    metric: str,
    value: float | str | bool,
    rows: Iterable[Row] | pd.DataFrame,
    days: float,
    *,
    op: str = ">=",
    start_s: float = 0.0,
    others: Sequence[Claim] = (),
    **given: Any,  # noqa: ANN401 - any field of a claim, or of the facts
) -> ClaimVerdict:
    """What is said of this claim after so many days."""
    named = {key: given.pop(key) for key in ("definition", "size", "seen_on", "text") if key in given}
    claim = Claim(metric, op, value, source=SOURCE, **named)
    facts = ProviderFacts(model="m", usd_per_image=given.pop("prices", PRICES), claims=(claim, *others), **given)
    return judged(rows, days * DAY, start_s, facts).claims[0]


def looks(days: float, down: Sequence[tuple[float, float]] = (), gap_s: float = 300.0) -> list[Row]:
    """A reach probe each five minutes; 503 between these hours."""
    rows: list[Row] = []
    at = 0.0
    for start, end in [*((3600 * a, 3600 * b) for a, b in down), (days * DAY, days * DAY)]:
        rows += _every(gap_s, at, start)
        rows += _every(gap_s, start, end, "overloaded")
        at = end
    return rows


def images(days: int, size: str = "1K", per_day: int = 12, ms: float = 8000.0, **given: Any) -> list[Row]:  # noqa: ANN401 - any column
    """Images at even distances, of times that differ by up to 10 %, the same in any order."""
    gap = DAY / per_day
    usual = {"cost_usd": PRICES.get(size), "billed": True}
    return [
        row(i * gap + 7, size=size, total_ms=ms * (0.95 + 0.1 * (i * 7 % 10) / 10), **(usual | given))
        for i in range(days * per_day)
    ]


def failures(count: int, outcome: str = "server_error", size: str = "1K", **given: Any) -> list[Row]:  # noqa: ANN401 - any column
    """Images that failed, an hour apart."""
    return [row(3600 * i + 11, outcome, size=size, **given) for i in range(count)]

"""One value a day: the two weeks before a moment as series of 14 days of 24 h, by provider, metric and size."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor.judge.columns import Floats, Ints, Rows
from monitor.judge.compare.blocks import DAY
from monitor.judge.cost import bills
from monitor.judge.facts import ProviderFacts
from monitor.judge.latency import ALL, REACH, took_ms
from monitor.judge.states import State
from monitor.judge.timeline import timeline

DAYS = 14
_RUN_UP = 2 * DAY  # rows before the first day tell the state in which it begins
_FEWEST = 3  # requests, for a day to say anything


@dataclass(frozen=True, slots=True)
class Series:
    """14 daily values, the oldest first, NaN where too little is known. `is_log`: natural logarithms."""

    provider: str
    metric: str  # latency | uptime | errors | cost
    size: str | None
    values: Floats
    is_log: bool


def of(provider: str, rows: Rows, facts: ProviderFacts, until: int) -> Iterator[Series]:
    """All series of one provider; `rows` are all of its rows, `until` is in microseconds."""
    start = until - DAYS * DAY
    recent = rows.between(start, until)
    if not len(recent):
        return
    sent = recent.take(recent.scheduled & recent.sent)
    images = sent.take(sent.probe.isin("baseline"))
    watched = images if len(images) else sent.take(sent.probe.isin("reach"))
    for size, which in watched.size.split():
        part = watched.take(which)
        name = size or (ALL if len(images) else REACH)
        yield Series(provider, "latency", name, np.log(_medians(took_ms(part), _day(part, start))), is_log=True)
    yield Series(provider, "uptime", None, _uptime(rows, facts, start, until), is_log=False)
    counted = watched.take(watched.counted)
    bad, all_of_them = ~counted.good, np.ones(len(counted))
    yield Series(provider, "errors", None, _shares(bad, all_of_them, _day(counted, start)), is_log=False)
    if len(images):
        yield Series(provider, "cost", None, np.log(_each_usd(recent, facts, start)), is_log=True)


def _day(rows: Rows, start: int) -> Ints:
    days: Ints = (rows.t - start) // DAY
    return days


def _medians(took: Floats, day: Ints) -> Floats:
    found = np.full(DAYS, np.nan)
    for of_day in range(DAYS):
        known = took[(day == of_day) & (took > 0)]
        if len(known) >= _FEWEST:
            found[of_day] = np.median(known)
    return found


def _shares(over: Floats | np.ndarray[tuple[int], np.dtype[np.bool_]], under: Floats, day: Ints) -> Floats:
    whole = np.bincount(day, weights=under, minlength=DAYS)
    part = np.bincount(day, weights=over.astype(np.float64), minlength=DAYS)
    return np.where(whole >= _FEWEST, part / np.maximum(whole, 1.0), np.nan)


def _each_usd(recent: Rows, facts: ProviderFacts, start: int) -> Floats:
    """Paid per usable image; NaN for a day with a bill that nobody knows, and where nothing was paid."""
    rows = recent.take(recent.sent & ~recent.probe.isin("reach"))
    usd = bills(rows, facts)
    rows, usd = rows.take(np.lexsort((usd, rows.t))), usd[np.lexsort((usd, rows.t))]
    day = _day(rows, start)
    each = _shares(np.nan_to_num(usd), rows.good.astype(np.float64), day)
    unknown = np.bincount(day, weights=np.isnan(usd).astype(np.float64), minlength=DAYS) > 0
    return np.where(unknown | ~(each > 0), np.nan, each)


def _uptime(rows: Rows, facts: ProviderFacts, start: int, until: int) -> Floats:
    """Up over known time; NaN for a day of which more than half is not known."""
    line = timeline(rows.between(start - _RUN_UP, until), facts.maintenance, since=start, horizon=until)
    found = np.full(DAYS, np.nan)
    for of_day in range(DAYS):
        spent = line.clip(start + of_day * DAY, start + (of_day + 1) * DAY).seconds()
        up, down = spent[State.UP] + spent[State.DEGRADED], spent[State.DOWN]
        if up + down > 43_200:
            found[of_day] = up / (up + down)
    return found

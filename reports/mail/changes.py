"""This week against the week before: only what the intervals tell apart; pure.

The share of images that succeeded is not compared: its interval takes requests for independent, which they are not
in an outage, and would show changes that are none. Uptime has an interval that knows of outages.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitor.judge.result import Judgement
from reports import words
from reports.mail.figures import clean, uptime, usd_each, window_s
from reports.mail.findings import order
from reports.mail.page import Change, Changes
from reports.words import Shown

MOST_ROWS = 20
WORTH_TELLING = 0.01


@dataclass(frozen=True, slots=True)
class Figure:
    """What is compared; `low` or `high` None: its sample does not bound it, so nothing can be shown of it."""

    low: float | None
    high: float | None
    shown: Shown
    words: tuple[str, str]  # when it fell, when it rose

    @property
    def exact(self) -> bool:
        """A sum of all there was, without an interval."""
        return self.low == self.high

    @property
    def middle(self) -> float:
        """Between the bounds."""
        return ((self.low or 0.0) + (self.high or 0.0)) / 2


def changes(week: Judgement, before: Judgement | None, last: str) -> Changes:
    """What is shown to differ from the week `last` (its words, e.g. `week 46`)."""
    if before is None or not before.providers:
        return Changes(f"There is nothing of {last} to compare with.", (), ())
    both = [name for name in order(week) if name in before.providers]
    pairs = [(name, *pair) for name in both for pair in _pairs(figures(before, name), figures(week, name))]
    bounded = [(name, label, old, new) for name, label, old, new in pairs if _bounded(old) and _bounded(new)]
    rows = tuple(
        Change(f"{clean(name)}, {label}", old.shown, new.shown, new.words[_rose(old, new)])
        for name, label, old, new in bounded
        if _apart(old, new)
    )
    notes = _notes(week, before, len(rows) - MOST_ROWS, len(pairs) - len(bounded), last)
    return Changes(_summary(len(rows), len(bounded), last), rows[:MOST_ROWS], tuple(notes))


def _bounded(figure: Figure) -> bool:
    return figure.low is not None and figure.high is not None


def _rose(old: Figure, new: Figure) -> bool:
    return (new.low or 0.0) > (old.high or 0.0)


def _apart(old: Figure, new: Figure) -> bool:
    """Disjoint, and by more than an exact sum moves from week to week (the price of an image has no interval)."""
    if not (_rose(old, new) or _rose(new, old)):
        return False
    inner, outer = sorted((abs(old.middle), abs(new.middle)))
    return outer - inner >= WORTH_TELLING * outer if old.exact or new.exact else True


def _pairs(then: Mapping[str, Figure], now: Mapping[str, Figure]) -> Iterator[tuple[str, Figure, Figure]]:
    """Figures that exist in both weeks: label, before, now."""
    return ((label, then[label], now[label]) for label in now if label in then)


def figures(week: Judgement, name: str) -> Mapping[str, Figure]:
    """All that is compared of one provider, by label with its unit."""
    provider = week.providers[name]
    time, each = provider.availability.time, provider.cost.usd_per_usable
    found: dict[str, Figure] = {}
    if time.value is not None:
        found["uptime, %"] = Figure(time.low, time.high, uptime(time, window_s(week)), ("lower", "higher"))
    for size, latency in provider.latency_ms.items():
        if latency.p95 is not None:
            p95 = latency.p95
            shown = words.seconds(p95.value, p95.low, p95.high)
            found[f"P95 at {clean(size, 8)}, s"] = Figure(p95.low, p95.high, shown, ("faster", "slower"))
    if each is not None:
        found["usable image, $"] = Figure(each.low, each.high, usd_each(each), ("cheaper", "dearer"))
    rate = provider.rate_limit.sustained_rpm
    if rate is not None and rate.high is not None:
        shown = Shown(words.near((rate.low + rate.high) / 2), words.between(rate.low, rate.high))
        found["accepted rate, RPM"] = Figure(rate.low, rate.high, shown, ("lower", "higher"))
    return found


def _summary(changed: int, compared: int, last: str) -> str:
    if not compared:
        return f"No figure can be compared with {last}: none has an interval in both weeks."
    of = f"{words.plural(compared, 'figure')} compared with {last}"
    if not changed:
        return f"Nothing shown: of {of}, none differs by more than its interval (a price: 1 %)."
    return (
        f"Shown to differ: {words.count(changed)} of {of}; the others by no more than their intervals (a price: 1 %)."
    )


def _notes(week: Judgement, before: Judgement, left: int, unbounded: int, last: str) -> Iterator[str]:
    if left > 0:
        yield f"{words.plural(left, 'more change')} not listed here."
    if unbounded:
        yield f"{words.plural(unbounded, 'more figure')} could not be compared: not bounded in one of the weeks."
    yield from _only_in(week, before, f"new, not watched in {last}")
    yield from _only_in(before, week, f"watched in {last}, not in this week")


def _only_in(here: Judgement, there: Judgement, what: str) -> Iterator[str]:
    names = [clean(name) for name in here.providers if name not in there.providers]
    if names:
        yield f"{words.listed(names)}: {what}."

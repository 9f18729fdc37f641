"""This week against the one before: what the judgement of changes holds for shown, and rates by their bounds; pure.

One method for latency, uptime, errors and cost: `monitor.judge.compare.weeks` (docs/methods.md, 9), which takes into
account that days resemble those before them, that all providers may move together, and how much is looked at. What it
does not hold for shown is not told of, so that the mail never says two things of one number. Rate limits are no
daily values; their bounds hold for certain, so disjoint ones do differ.
"""

from collections.abc import Iterator, Mapping

from monitor.judge import verdicts
from monitor.judge.result import Judgement, ProviderJudgement, Span
from monitor.judge.verdicts import Estimate
from reports import words
from reports.mail.figures import clean
from reports.mail.findings import order
from reports.mail.page import Change, Changes
from reports.words import Shown

MOST_ROWS = 20
SHARES = ("uptime", "errors")
_LABELS: Mapping[str, tuple[str, str]] = {
    "latency": ("median wait", ", s"),
    "uptime": ("uptime", ", %"),
    "errors": ("failed images", ", %"),
    "cost": ("usable image", ", $"),
}
_FELL_ROSE: Mapping[str, tuple[str, str]] = {
    "latency": ("faster", "slower"),
    "uptime": ("lower", "higher"),
    "errors": ("fewer", "more"),
    "cost": ("cheaper", "dearer"),
    "rate": ("lower", "higher"),
}


def changes(week: Judgement, before: Judgement | None, last: str) -> Changes:
    """What is shown to differ from `last` (its words, e.g. `week 46`)."""
    judged = [one for one in week.changes if one.verdict != "not_judged" and one.provider in week.providers]
    limits = [] if before is None else [_rate(name, *both) for name, *both in _rates(week, before)]
    if not (judged or limits):
        return Changes(_nothing(before, last), (), tuple(_notes(week, before, 0, last)))
    shown = [_row(one) for one in judged if one.verdict == "changed"] + [row for row in limits if row is not None]
    places = {clean(name): place for place, name in enumerate(order(week))}
    rows = sorted(shown, key=lambda row: places.get(row.of, len(places)))
    compared = len(judged) + len(limits)
    notes = _notes(week, before, len(rows) - MOST_ROWS, last)
    return Changes(_summary(len(rows), compared, last), tuple(rows[:MOST_ROWS]), tuple(notes))


def _nothing(before: Judgement | None, last: str) -> str:
    if before is None or not before.providers:
        return f"There is nothing of {last} to compare with."
    return f"No figure can be compared with {last}: five days with enough requests are needed in both weeks."


def _summary(changed: int, compared: int, last: str) -> str:
    of = f"{words.plural(compared, 'figure')} compared with {last}"
    if not changed:
        return f"Nothing shown: of {of}, none changed by more than chance, and enough to matter, to its end."
    return (
        f"Shown to have changed: {words.count(changed)} of {of}; the others not by more than chance, or not to the end."
    )


def _notes(week: Judgement, before: Judgement | None, left: int, last: str) -> Iterator[str]:
    if left > 0:
        yield f"{words.plural(left, 'more change')} not listed here."
    short = sum(one.verdict == "not_judged" for one in week.changes)
    if short:
        yield f"{words.plural(short, 'more figure')} could not be compared: too few days with enough requests."
    if before is not None:
        yield from _only_in(week, before, f"new, not watched in {last}")
        yield from _only_in(before, week, f"watched in {last}, not in this week")


def _only_in(here: Judgement, there: Judgement, what: str) -> Iterator[str]:
    names = [clean(name) for name in here.providers if name not in there.providers]
    if names:
        yield f"{words.listed(names)}: {what}."


# --- what the judgement holds for shown -----------------------------------------------------------------------


def _row(one: verdicts.Change) -> Change:
    label, unit = _LABELS[one.metric]
    size = f" at {clean(one.size, 8)}" if one.size else ""
    moved = one.ratio.value > 1 if one.ratio else one.difference is not None and one.difference.value > 0
    return Change(
        of=clean(one.provider),
        name=f"{label}{size}{unit}",
        before=_value(one.metric, one.before),
        now=_value(one.metric, one.after),
        word=_FELL_ROSE[one.metric][moved],
        by=_by(one.ratio, one.difference),
    )


def _value(metric: str, value: float | None) -> Shown:
    if value is None:
        return Shown(words.NOT_KNOWN, known=False)
    if metric == "latency":
        return words.seconds(value)
    if metric == "cost":
        return words.usd_each(value)
    return words.small_share(value, None, None) if metric == "errors" else words.availability(value, None, None)


def _by(ratio: Estimate | None, difference: Estimate | None) -> str:
    """`by +32 % (+20 to +45)`; of shares, in points."""
    if ratio is not None:
        return f"by {_signed(ratio.value - 1)} %{_bounds(ratio, 1)}, the others' movement taken out"
    if difference is not None:
        return f"by {_signed(difference.value)} points{_bounds(difference, 0)}, the others' movement taken out"
    return ""


def _bounds(of: Estimate, than: int) -> str:
    if of.low is None or of.high is None:
        return ""
    return f" ({_signed(of.low - than)} to {_signed(of.high - than)})"


def _signed(share: float) -> str:
    places = 0 if abs(share) >= 0.1 else 1
    return f"{'+' if share > 0 else ''}{words.near(100 * share, places)}".replace("-", "\N{MINUS SIGN}")


# --- rates ----------------------------------------------------------------------------------------------------


def _rates(week: Judgement, before: Judgement) -> Iterator[tuple[str, Span, Span]]:
    """Providers whose limit was met in both weeks: name, before, now."""
    for name, now in week.providers.items():
        then = before.providers.get(name)
        old, new = _met(then), _met(now)
        if old is not None and new is not None:
            yield name, old, new


def _met(provider: ProviderJudgement | None) -> Span | None:
    span = provider.rate_limit.sustained_rpm if provider is not None else None
    return span if span is not None and span.high is not None else None


def _rate(name: str, old: Span, new: Span) -> Change | None:
    """None where the bounds touch."""
    if old.high is None or new.high is None or (new.low <= old.high and old.low <= new.high):
        return None
    return Change(
        of=clean(name),
        name="accepted rate, RPM",
        before=_span(old),
        now=_span(new),
        word=_FELL_ROSE["rate"][new.low > old.high],
        by="their bounds lie apart",
    )


def _span(span: Span) -> Shown:
    return Shown(words.near((span.low + (span.high or span.low)) / 2), words.between(span.low, span.high))

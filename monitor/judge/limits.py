"""Rate limits from runs that offered more than was accepted: bounds that hold, not a fit (docs/methods.md, 5).

A request that is accepted right after one that was refused marks the moment at which the limiter let the next one
through. Between two such moments the number accepted and the time give the rate; what was accepted before the first
refusal gives the bucket. Times are ours, so every one is widened by how long a refusal around it took.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitor.judge.columns import SECOND, Floats, Ints, Rows
from monitor.judge.facts import ProviderFacts
from monitor.judge.result import RateLimit, Span
from monitor.judge.saturation import Run, bucket, family, rate, trips

SHORTEST_S, FEWEST = 20.0, 20  # a rate that was held for less, or by fewer requests, was not sustained
AS_OFFERED = 0.999  # planned times are rounded to microseconds


@dataclass(frozen=True, slots=True)
class _Held:
    """A run with the rate it offered and, where it met its limit, the bounds of that."""

    run: Run
    offered_rpm: float | None
    accepted_rpm: float | None
    bounds: Span | None  # requests per minute; None where no limit was met, or not for long enough


def of(rows: Rows, facts: ProviderFacts, planned_rpm: float | None) -> RateLimit:
    """Everything that the burst and endurance rows of one provider say of its limits."""
    held = [_held(run) for run in runs(rows)]
    limited = [one for one in held if one.run.refused.any()]
    sustained = _sustained(held, limited)
    offered = max((one.offered_rpm for one in held if one.offered_rpm), default=None)
    return RateLimit(
        advertised_rpm=facts.advertised_rpm,
        sustained_rpm=sustained,
        burst=_burst(held, limited, sustained, facts.advertised_rpm),
        kind=_kind(limited, offered, facts.advertised_rpm) if held else None,
        achieved_share=_achieved(sustained, facts.advertised_rpm),
        headroom=_headroom(sustained, planned_rpm),
        retry_after_honest=None,  # needs runs that wait for it and runs that do not: a load run does neither
        recovery_s=None,  # needs requests sent for that purpose after the load has ended
        offered_rpm=offered,
        accepted=sum(int(one.run.accepted.sum()) for one in held),
        rejected=sum(int(one.run.refused.sum()) for one in held),
        method=_method(held, limited),
    )


def runs(rows: Rows) -> list[Run]:
    """The load runs, each in the order in which it was sent. What says nothing of a limit is left out.

    Accepted is what was answered, whatever the answer, other than by 429 or for our own fault; what got no answer
    may have been accepted or not.
    """
    telling = rows.loading & rows.sent & ~rows.outcome.isin("auth", "balance", "client_error", "not_sent")
    loaded = rows.take(telling)
    return [_run(loaded.take(which)) for _, which in loaded.run.split()]


def _run(rows: Rows) -> Run:
    rows = rows.take(np.lexsort((rows.seq, rows.start)))
    refused = rows.outcome.isin("rate_limited")
    sure = rows.good | (rows.answered & ~rows.attribution.isin("monitor"))
    origin = int(rows.start[0])
    return Run(
        at_s=_seconds(rows.start, origin),
        planned_s=np.sort(_seconds(rows.t, origin)),
        accepted=~refused & sure,
        maybe=~refused & ~sure,
        refused=refused,
        trip_s=trips(refused, rows.total_ms / 1000.0),
        burst=bool(rows.probe.isin("burst").any()),
    )


def _seconds(times: Ints, origin: int) -> Floats:
    return (times - origin) / SECOND


def _held(run: Run) -> _Held:
    span_s = float(run.planned_s[-1] - run.planned_s[0])
    lasted = span_s >= SHORTEST_S and len(run.at_s) >= FEWEST
    per_s = rate(run)
    return _Held(
        run,
        offered_rpm=(len(run.at_s) - 1) * 60.0 / span_s if lasted else None,
        accepted_rpm=(int(run.accepted.sum()) - 1) * 60.0 / span_s if lasted and run.accepted.any() else None,
        bounds=None if per_s is None else Span(per_s.low * 60.0, None if per_s.high is None else per_s.high * 60.0),
    )


def _sustained(held: Sequence[_Held], limited: Sequence[_Held]) -> Span | None:
    """What all runs that met a limit agree on, or all that they span; without such bounds the highest rate held."""
    bounds = [one.bounds for one in limited if one.bounds is not None]
    if not bounds:
        free = [one.accepted_rpm for one in held if one.accepted_rpm is not None and not one.run.refused.any()]
        return Span(max(free), None) if free else None
    low, high = max(span.low for span in bounds), min(_high(span) for span in bounds)
    if low > high:
        low, high = min(span.low for span in bounds), max(_high(span) for span in bounds)
    return Span(low, high if np.isfinite(high) else None)


def _high(span: Span) -> float:
    return float("inf") if span.high is None else span.high


def _burst(
    held: Sequence[_Held], limited: Sequence[_Held], sustained: Span | None, advertised_rpm: float | None
) -> Span | None:
    """What is accepted at once. A run may begin with an empty bucket: the fullest one counts."""
    assumed = sustained if limited else None
    if assumed is None and advertised_rpm is not None:
        assumed = Span(0.0, advertised_rpm)  # that it refills no faster than promised
    spans = [bucket(one.run, assumed) for one in held if one.run.burst or one.run.refused.any()]
    if not spans:
        return None
    low = max(span.low for span in spans)
    highs = [span.high for span in spans if span.high is not None]
    return Span(low, max(highs) if highs and max(highs) >= low else None)


def _kind(limited: Sequence[_Held], offered_rpm: float | None, advertised_rpm: float | None) -> str | None:
    """What kind of limiter the data shows clearly; None where they do not."""
    if not limited:
        enough = offered_rpm is not None and advertised_rpm is not None and offered_rpm >= advertised_rpm * AS_OFFERED
        return "none_found" if enough else None
    found = {family(one.run, one.bounds) for one in limited} - {None}
    return found.pop() if len(found) == 1 else None


def _achieved(sustained: Span | None, advertised_rpm: float | None) -> float | None:
    """Middle of the bounds as a share of what is advertised; where no limit was met, only what was reached in full."""
    if sustained is None or not advertised_rpm:
        return None
    if sustained.high is not None:
        return (sustained.low + sustained.high) / 2 / advertised_rpm
    return sustained.low / advertised_rpm if sustained.low >= advertised_rpm * AS_OFFERED else None


def _headroom(sustained: Span | None, planned_rpm: float | None) -> float | None:
    """Share of the rate that our planned peak leaves; below 0 where it does not suffice."""
    if sustained is None or planned_rpm is None or sustained.low <= 0:
        return None
    return 1.0 - planned_rpm / sustained.low


def _method(held: Sequence[_Held], limited: Sequence[_Held]) -> str:
    """How many runs, and how the bounds were come by."""
    if not held:
        return "not probed"
    if not limited:
        return f"{len(held)} load runs, no 429: the highest rate accepted for at least 20 s, so a lower bound"
    bounded = [one.bounds for one in limited if one.bounds is not None]
    text = f"{len(limited)} of {len(held)} load runs met 429s"
    if not bounded:
        return f"{text}, none for long enough to bound a rate per minute: the highest rate held without one, if any"
    agree = max(span.low for span in bounded) <= min(_high(span) for span in bounded)
    together = "what they agree on" if agree else "they disagree: all that they span"
    return f"{text}, {len(bounded)} bound the rate by what was let through between refusals; {together}"

"""Rate limits from runs that offered more than was accepted: bounds that hold, not a fit (docs/methods.md, 5).

A saturation run is explained by families of limiters, whose parameters its refusals and accepts bound
(`monitor.judge.limiters`). Of other load runs, the requests accepted between refusals bound the rate, and what was
accepted before the first refusal the bucket (`monitor.judge.saturation`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from monitor.judge.columns import SECOND, Floats, Ints, Rows
from monitor.judge.facts import ProviderFacts
from monitor.judge.limit_words import method, sentences
from monitor.judge.limiters import families, honesty, throttling
from monitor.judge.limiters.families import CONCURRENCY, Found
from monitor.judge.limiters.trace import trace
from monitor.judge.result import NotRefuted, RateLimit, Span
from monitor.judge.saturation import Run, bucket, family, rate, trips

SHORTEST_S, FEWEST = 20.0, 20  # a rate that was held for less, or by fewer requests, was not sustained
AS_OFFERED = 0.999  # planned times are rounded to microseconds
MOST_TRACED = 20_000  # requests: a saturation run has some thousand


@dataclass(frozen=True, slots=True)
class Held:
    """A run with the rate it offered and, where it met its limit, the bounds of that."""

    run: Run
    offered_rpm: float | None
    accepted_rpm: float | None
    bounds: Span | None  # requests per minute; None where no limit was met, or not for long enough
    found: Found | None = None  # of a saturation run that met a limit: what explains it


def of(rows: Rows, facts: ProviderFacts, planned_rpm: float | None) -> RateLimit:
    """Everything that the burst and endurance rows of one provider say of its limits."""
    held = [_held(run) for run in runs(rows)]
    limited = [one for one in held if one.run.refused.any()]
    polled = [one.run for one in limited if one.run.polled]
    sustained = _sustained(held, limited)
    offered = max((one.offered_rpm for one in held if one.offered_rpm), default=None)
    middles = [_middle(one.bounds) for one in limited if one.bounds is not None]
    promise = honesty.kept([one.run for one in limited])
    found = RateLimit(
        advertised_rpm=facts.advertised_rpm,
        sustained_rpm=sustained,
        burst=_burst(held, limited, sustained, facts.advertised_rpm),
        kind=_kind(limited, offered, facts.advertised_rpm) if held else None,
        achieved_share=_achieved(sustained, facts.advertised_rpm),
        headroom=_headroom(sustained, planned_rpm),
        retry_after_honest=None if promise is None else promise.good == promise.of,
        recovery_s=honesty.recovery(polled),
        offered_rpm=offered,
        accepted=sum(int(one.run.accepted.sum()) for one in held),
        rejected=sum(int(one.run.refused.sum()) for one in held),
        method=method([one.bounds for one in limited], len(held)),
        window_s=_agreed([one.found.window_s for one in limited if one.found]),
        concurrency=_agreed([_places(one.found) for one in limited if one.found]),
        median_rpm=float(np.median(middles)) if middles else None,
        lowest_rpm=min(middles, default=None),
        retry_after=promise,
        stated_requests=_stated(rows),
        throttling=next((slow for one in reversed(held) if (slow := throttling.soft(one.run))), None),
        not_refuted=None if limited else _tried(held),
        staircase=honesty.staircase(polled[-1]) if polled else (),
    )
    return sentences(found)


def as_planned(limit: RateLimit, planned_rpm: float | None) -> RateLimit:
    """The same limit, and what our planned peak leaves of it."""
    return sentences(replace(limit, headroom=_headroom(limit.sustained_rpm, planned_rpm)))


def runs(rows: Rows) -> list[Run]:
    """The load runs, each in the order in which it was sent. What says nothing of a limit is left out.

    Accepted is what was answered, whatever the answer, other than by 429 or for our own fault; what got no answer
    may have been accepted or not.
    """
    telling = rows.loading & rows.sent & ~rows.outcome.isin("auth", "balance", "client_error", "not_sent")
    loaded = rows.take(telling)
    each = [_run(loaded.take(which)) for _, which in loaded.run.split()]
    return [run for _, run in sorted(each, key=lambda pair: pair[0])]


def _run(rows: Rows) -> tuple[int, Run]:
    rows = rows.take(np.lexsort((rows.seq, rows.start)))
    refused = rows.outcome.isin("rate_limited")
    sure = rows.good | (rows.answered & ~rows.attribution.isin("monitor"))
    origin, burst = int(rows.start[0]), bool(rows.probe.isin("burst").any())
    return origin, Run(
        at_s=_seconds(rows.start, origin),
        planned_s=np.sort(_seconds(rows.t, origin)),
        accepted=~refused & sure,
        maybe=~refused & ~sure,
        refused=refused,
        trip_s=trips(refused, rows.total_ms / 1000.0),
        burst=burst,
        good=rows.good,
        total_s=rows.total_ms / 1000.0,
        download_s=rows.download_ms / 1000.0,
        told_s=np.where(refused, rows.retry_after_s, np.nan),
        setup_s=np.fmin(np.nansum([rows.dns_ms, rows.connect_ms, rows.tls_ms], axis=0), rows.total_ms) / 1000.0,
        polled=burst and bool(rows.mode.isin("sustain").any()) and len(rows) <= MOST_TRACED,
    )


def _seconds(times: Ints, origin: int) -> Floats:
    return (times - origin) / SECOND


def _held(run: Run) -> Held:
    span_s = float(run.planned_s[-1] - run.planned_s[0])
    lasted = span_s >= SHORTEST_S and len(run.at_s) >= FEWEST
    found = _explained(run) if run.polled and run.refused.any() else None
    per_s = _rate(run, found)
    return Held(
        run,
        offered_rpm=(len(run.at_s) - 1) * 60.0 / span_s if lasted else None,
        accepted_rpm=(int(run.accepted.sum()) - 1) * 60.0 / span_s if lasted and run.accepted.any() else None,
        bounds=None if per_s is None else Span(per_s.low * 60.0, None if per_s.high is None else per_s.high * 60.0),
        found=found,
    )


def _explained(run: Run) -> Found | None:
    """What families of limiters explain the run; None: none of them does. Nothing arrives on a way not yet open."""
    took_s = run.total_s - run.setup_s
    found = families.explain(
        trace(
            at_s=run.at_s + run.setup_s,
            total_s=took_s,
            download_s=run.download_s,
            trip_s=trips(run.refused, took_s, margin=1.0),  # one way, at most as long as there and back
            accepted=run.accepted,
            maybe=run.maybe,
            refused=run.refused,
        )
    )
    return found if found.limiters else None


def _rate(run: Run, found: Found | None) -> Span | None:
    """Bounds of the rate: those of the families that explain the run, else what was let through between refusals."""
    per_s = found.per_s if found is not None else None
    return rate(run) if per_s is None else per_s


def _sustained(held: Sequence[Held], limited: Sequence[Held]) -> Span | None:
    """What all runs that met a limit agree on, or all that they span; without such bounds the highest rate held."""
    bounds = [one.bounds for one in limited if one.bounds is not None]
    if not bounds:
        free = [one.accepted_rpm for one in held if one.accepted_rpm is not None and not one.run.refused.any()]
        return Span(max(free), None) if free else None
    return _agreed(bounds)


def _agreed(spans: Sequence[Span | None]) -> Span | None:
    """What all of these have in common; where that is nothing, all that they span; None where there are none."""
    known = [span for span in spans if span is not None]
    if not known:
        return None
    low, high = max(span.low for span in known), min(_high(span) for span in known)
    if low > high:
        low, high = min(span.low for span in known), max(_high(span) for span in known)
    return Span(low, high if np.isfinite(high) else None)


def _high(span: Span) -> float:
    return float("inf") if span.high is None else span.high


def _middle(span: Span) -> float:
    return span.low if span.high is None else (span.low + span.high) / 2


def _places(found: Found) -> Span | None:
    """Bounds of a concurrency limit: alone, or beside a rate."""
    return found.at_once if found.kind == CONCURRENCY else found.beside


def _burst(
    held: Sequence[Held], limited: Sequence[Held], sustained: Span | None, advertised_rpm: float | None
) -> Span | None:
    """What is accepted at once. A run may begin with an empty bucket: the fullest one counts."""
    assumed = sustained if limited else None
    if assumed is None and advertised_rpm is not None:
        assumed = Span(0.0, advertised_rpm)  # that it refills no faster than promised
    spans = [_at_once(one, assumed) for one in held if one.run.burst or one.run.refused.any()]
    if not spans:
        return None
    low = max(span.low for span in spans)
    highs = [span.high for span in spans if span.high is not None]
    return Span(low, max(highs) if highs and max(highs) >= low else None)


def _at_once(one: Held, assumed: Span | None) -> Span:
    at_once = one.found.at_once if one.found is not None else None
    return bucket(one.run, assumed) if at_once is None else at_once


def _kind(limited: Sequence[Held], offered_rpm: float | None, advertised_rpm: float | None) -> str | None:
    """What kind of limiter the data shows clearly; None where they do not. Saturation runs know better than others."""
    if not limited:
        enough = offered_rpm is not None and advertised_rpm is not None and offered_rpm >= advertised_rpm * AS_OFFERED
        return "none_found" if enough else None
    polled = {one.found.kind for one in limited if one.found is not None} - {None}
    found = polled or {family(one.run, one.bounds) for one in limited if not one.run.polled} - {None}
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


def _stated(rows: Rows) -> float | None:
    """The limit that the provider's own headers name: the one that most load requests were told."""
    told = rows.limit_requests[rows.loading & ~np.isnan(rows.limit_requests)]
    values, counts = np.unique(told, return_counts=True)
    return float(values[counts.argmax()]) if len(values) else None


def _tried(held: Sequence[Held]) -> NotRefuted | None:
    """The run without a 429 that asked for most."""
    tries = [tried for one in held if (tried := throttling.tried(one.run)) is not None]
    return max(tries, key=lambda tried: (tried.in_flight, tried.rpm or 0.0), default=None)

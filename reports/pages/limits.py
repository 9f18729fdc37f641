"""The limits that were found at one provider: every bound in words, and the staircase of the latest saturation run."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.judge.result import RateLimit, Throttling
from reports import words
from reports.charts.plot import Plot
from reports.charts.staircase import staircase
from reports.pages import rates
from reports.pages.view import Subject

NO_LIMIT = "none_found"
FAMILIES = {
    "token_bucket": "a token bucket",
    "fixed_window": "a fixed window",
    "sliding_log": "a sliding log",
    "concurrency": "a limit on requests in work",
}


@dataclass(frozen=True, slots=True)
class Found:
    """One line: what, its bounds, and what that means."""

    what: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Table, drawing, and what follows in sentences."""

    rows: tuple[Found, ...]
    plot: Plot | None
    finding: str
    says: tuple[str, ...]
    method: str


def limits(subject: Subject) -> Limits | None:
    """None where no load was ever tried."""
    limit = subject.judged.rate_limit
    if not limit.accepted + limit.rejected:
        return None
    return Limits(
        rows=tuple(_rows(limit)),
        plot=staircase("staircase", _finding(limit), limit.staircase),
        finding=_finding(limit),
        says=limit.says,
        method=limit.method,
    )


def _finding(limit: RateLimit) -> str:
    if not limit.staircase:
        return ""
    seconds, accepted, refused = limit.staircase[-1]
    if not refused:
        return f"All {words.count(accepted)} requests of {words.duration(seconds)} were let in."
    return (
        f"Of {words.count(accepted + refused)} requests in {words.duration(seconds)}, {words.count(accepted)} were let "
        f"in and {words.count(refused)} refused; a level stretch is a limit at work."
    )


def _rows(limit: RateLimit) -> Iterator[Found]:
    n = f"{words.count(limit.accepted)} accepted, {words.count(limit.rejected)} refused"
    yield Found("Accepted per minute", _rpm(limit), n)
    if limit.advertised_rpm is not None:
        share = "" if limit.achieved_share is None else f"{words.percent(limit.achieved_share)} of it was accepted"
        yield Found("Advertised per minute", rates.rpm(limit.advertised_rpm), share)
    if limit.stated_requests is not None:
        yield Found("Its own headers say", rates.rpm(limit.stated_requests), "requests")
    yield from _shape(limit)
    yield from _runs(limit)
    yield from _told(limit)
    if limit.throttling is not None:
        yield _throttled(limit.throttling)
    if (held := limit.not_refuted) is not None:
        rate = "all at once" if held.rpm is None else f"{rates.rpm(held.rpm)} a minute"
        note = f"{words.count(held.in_flight)} in work, for {words.near(held.minutes, 1)} min; never confirmed"
        yield Found("No limit met up to", rate, note)
    if left := rates.headroom(limit):
        yield Found("At our planned peak", left)


def _rpm(limit: RateLimit) -> str:
    if limit.sustained_rpm is None:
        return words.NOT_BOUNDED
    low, high = limit.sustained_rpm.low, limit.sustained_rpm.high
    return words.between(low, high) or words.NOT_BOUNDED


def _shape(limit: RateLimit) -> Iterator[Found]:
    if limit.kind == NO_LIMIT:
        yield Found("Behaves like", "no limit", "up to the highest rate tried")
    elif limit.kind:
        yield Found("Behaves like", FAMILIES.get(limit.kind, limit.kind.replace("_", " ")), "the others were refuted")
    if limit.burst is not None:
        yield Found("Let in at once", words.between(limit.burst.low, limit.burst.high) or words.NOT_BOUNDED, "requests")
    if limit.window_s is not None:
        yield Found("Length of its window", words.duration_between(limit.window_s))
    if limit.concurrency is not None:
        places = words.between(limit.concurrency.low, limit.concurrency.high) or words.NOT_BOUNDED
        yield Found("Requests in work", places, "places")


def _runs(limit: RateLimit) -> Iterator[Found]:
    if limit.offered_rpm is not None:
        yield Found("Highest rate tried", rates.rpm(limit.offered_rpm), "a minute")
    if limit.median_rpm is not None and limit.lowest_rpm is not None and limit.median_rpm != limit.lowest_rpm:
        lowest = f"lowest {rates.rpm(limit.lowest_rpm)}"
        yield Found("Runs that met a limit, median", rates.rpm(limit.median_rpm), lowest)


def _told(limit: RateLimit) -> Iterator[Found]:
    """Whether the wait that it names is true, and when it lets in again."""
    said = {True: "true", False: "not true", None: "not known"}[limit.retry_after_honest]
    after = limit.retry_after
    if after is not None and after.of:
        shown = words.availability(after.value, after.low, after.high, "all")
        note = f"first request after the wait let in {words.count(after.good)} of {words.count(after.of)} times"
        yield Found("Retry-After", said, f"{note}{f' ({words.in_percent(shown.bounds)})' if shown.bounds else ''}")
    elif limit.rejected:
        yield Found("Retry-After", said, "no refusal named a wait that was tried out" if after is None else "")
    if limit.recovery_s is not None:
        yield Found("Lets in again after", words.duration_between(limit.recovery_s), "of quiet")


def _throttled(found: Throttling) -> Found:
    """Answers that slow down along a burst without a refusal."""
    slope = words.milliseconds(found.slope_ms.value, found.slope_ms.low, found.slope_ms.high)
    note = f"the last answer of a burst {words.latency(found.slower_ms)} slower than the first; n {found.slope_ms.n}"
    return Found("Slows down silently", f"{slope} ms a request", note)

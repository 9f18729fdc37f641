"""What bounds of a rate limit mean, in sentences for people."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from monitor.judge.result import RateLimit, Span

FAMILIES = {
    "token_bucket": "a token bucket: refilled evenly, so that a steady rate is never refused",
    "fixed_window": "a fixed window: after so many, everything is refused until the window turns",
    "sliding_log": "a sliding log: each request counts until it is one window old",
    "concurrency": "a limit on requests in work: a place is free again when an image is done, whatever the rate",
}


def method(bounds: Sequence[Span | None], runs: int) -> str:
    """How many runs, and how the bounds were come by. `bounds`: of each run that met a limit."""
    if not runs:
        return "not probed"
    if not bounds:
        return f"{runs} load runs, no 429: the highest rate accepted for at least 20 s, so a lower bound"
    known = [span for span in bounds if span is not None]
    text = f"{len(bounds)} of {runs} load runs met 429s"
    if not known:
        return f"{text}, none for long enough to bound a rate per minute: the highest rate held without one, if any"
    highest = min((span.high for span in known if span.high is not None), default=None)
    agree = highest is None or max(span.low for span in known) <= highest
    together = "what they agree on" if agree else "they disagree: all that they span"
    return f"{text}, {len(known)} bound the rate by what was let through between refusals; {together}"


def sentences(limit: RateLimit) -> RateLimit:
    """The same, with what follows from its numbers."""
    return replace(limit, says=tuple(_sentences(limit)))


def _sentences(limit: RateLimit) -> Iterator[str]:
    if limit.kind in FAMILIES:
        yield f"It behaves as {FAMILIES[limit.kind]}."
    if limit.concurrency is not None and limit.kind != "concurrency":
        yield f"Beside its rate, it limits requests in work to {_between(limit.concurrency)}."
    if limit.not_refuted is not None:
        tried = limit.not_refuted
        rate = "" if tried.rpm is None else f"{tried.rpm:.0f} requests a minute, "
        yield f"No limit was met up to {rate}{tried.in_flight} in flight, for {tried.minutes:.1f} min."
    if limit.throttling is not None:
        slow = limit.throttling
        served = "" if slow.served_rpm is None else f"; {slow.served_rpm:.0f} a minute were answered"
        yield (
            f"Nothing was refused, but the last of {slow.slope_ms.n} answers took {slow.slower_ms / 1000:.1f} s longer"
            f" than the first{served}: it throttles without saying so."
        )
    if limit.retry_after is not None:
        kept = limit.retry_after
        low = "" if kept.low is None else f" (at least {100 * kept.low:.0f} % of all, with 97.5 % confidence)"
        yield f"Retry-After was true in {kept.good} of {kept.of} trials{low}."
    yield from _stated(limit)


def _stated(limit: RateLimit) -> Iterator[str]:
    """Its own headers against what was found; a header says nothing of the time that its number is for."""
    found = limit.sustained_rpm
    if limit.stated_requests is None or found is None:
        return
    said = f"Its headers name a limit of {limit.stated_requests:,.0f} requests"
    if found.low > limit.stated_requests:
        yield f"{said}; per minute, it lets through more."
    elif found.high is not None and found.high < limit.stated_requests:
        yield f"{said}; per minute, it lets through less: {_between(found)}."
    else:
        yield f"{said}; per minute, that agrees with what it lets through."


def _between(span: Span) -> str:
    """Rounded outwards: bounds that hold for certain are never printed narrower than they are."""
    low = math.floor(span.low)
    if span.high is None:
        return f"{low} or more"
    high = math.ceil(span.high)
    return f"{low}" if low == high else f"{low} to {high}"

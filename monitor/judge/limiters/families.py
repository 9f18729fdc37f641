"""Which family of limiters made a run, and its parameters: what is left when all that the run refutes is gone.

One family left is the answer; several, and it stays open; none, and it may be a rate and a concurrency limit at once:
then the refusals that no concurrency limit can have caused are left to the others.
"""

from dataclasses import dataclass

from monitor.judge.limiters import concurrency, fixed_window, sliding_log, token_bucket
from monitor.judge.limiters.trace import Trace
from monitor.judge.limiters.windowed import Windowed
from monitor.judge.result import Span

RATES = ("token_bucket", "fixed_window", "sliding_log")
CONCURRENCY = "concurrency"


@dataclass(frozen=True, slots=True)
class Limiter:
    """One family that explains the run. `per_s` is None for a limit that is not one of a rate."""

    kind: str
    per_s: Span | None
    at_once: Span
    window_s: Span | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """All families that explain the run; `beside`: places, where it takes a concurrency limit as well."""

    limiters: tuple[Limiter, ...]
    beside: Span | None = None

    @property
    def kind(self) -> str | None:
        """The family, if it is clear."""
        kinds = {limiter.kind for limiter in self.limiters}
        return kinds.pop() if len(kinds) == 1 else None

    @property
    def per_s(self) -> Span | None:
        """Bounds of the rate, whichever of them it is."""
        return _hull([limiter.per_s for limiter in self.limiters])

    @property
    def at_once(self) -> Span | None:
        """Bounds of what is accepted at once, whichever of them it is."""
        return _hull([limiter.at_once for limiter in self.limiters])

    @property
    def window_s(self) -> Span | None:
        """Length of the window, if it is clear that there is one."""
        return _hull([limiter.window_s for limiter in self.limiters])


def explain(trace: Trace) -> Found:
    """All that is left."""
    alone = _rated(trace)
    places = concurrency.explain(trace)
    if places is not None:
        alone += (Limiter(CONCURRENCY, None, places),)
    return Found(alone) if alone else _mixed(trace)


def _rated(trace: Trace) -> tuple[Limiter, ...]:
    found = []
    if (bucket := token_bucket.explain(trace)) is not None:
        found.append(Limiter("token_bucket", bucket.per_s, bucket.size))
    if (fixed := fixed_window.explain(trace)) is not None:
        found.append(_windowed("fixed_window", fixed))
    log = sliding_log.explain(trace)
    if log is not None and not (found and log.limit == Span(1, 1)):  # a log of one is a bucket of one
        found.append(_windowed("sliding_log", log))
    return tuple(found)


def _windowed(kind: str, found: Windowed) -> Limiter:
    return Limiter(kind, found.per_s, found.limit, found.window_s)


def _mixed(trace: Trace) -> Found:
    """Places, and a rate: the places are as many as were taken at once; they explain what they can."""
    places = concurrency.held_at_once(trace)
    theirs = concurrency.explains(trace, places)
    if not theirs.any() or theirs.all():
        return Found(())
    most = int(concurrency.most_at_refusals(trace)[theirs].max())
    rated = _rated(trace.without(theirs))
    return Found(rated, Span(places, most)) if rated else Found(())


def _hull(spans: list[Span | None]) -> Span | None:
    """The bounds that hold whichever it is; None: one of them has none."""
    known = [span for span in spans if span is not None]
    if not known or len(known) < len(spans):
        return None
    highs = [span.high for span in known if span.high is not None]
    return Span(min(span.low for span in known), max(highs) if len(highs) == len(known) else None)

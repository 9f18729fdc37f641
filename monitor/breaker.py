"""The circuit breaker of one provider: who does not answer, or does not let us in, is not paid at full rate. Pure.

Closed: all is asked. It opens when image requests have failed in a row for some time (down), or were refused twice
for our key or our balance. Open: what costs money is held back, but for single trials, ever more rarely; what is free
goes on. Half open: a trial is under way, or the control plane has come back and the next request is one. One image
closes it. Nothing is hidden: trials are ordinary requests whose failures count, and what is held back is a row that
says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.incidents import Change
from monitor.sights import IMAGE, REACH, REFUSED, Shows, Sight

FAILURES, FOR = 3, timedelta(minutes=2)  # in a row, the first and the last so far apart: no burst opens it by itself
REFUSALS = 2
FIRST_TRIAL, LAST_TRIAL = timedelta(minutes=1), timedelta(hours=1)  # the gap doubles with each trial
ANSWERED_WITHIN = timedelta(minutes=10)  # longer, a trial is no longer under way
DOWN = "down"

OPEN, TRIAL, CLOSED = "breaker_open", "breaker_trial", "breaker_closed"


@dataclass(frozen=True, slots=True)
class Trials:
    """Of one kind of probe since the breaker opened: how many, and when the last one was let through."""

    count: int
    last_at: datetime

    @property
    def next_at(self) -> datetime:
        """When another one may be."""
        gap: timedelta = min(LAST_TRIAL, FIRST_TRIAL * 2 ** min(self.count, 10))
        return self.last_at + gap


@dataclass(frozen=True, slots=True)
class Breaker:
    """`cause`: why it is open (down, auth, balance); None: it is closed."""

    cause: str | None = None
    opened_at: datetime | None = None
    failed: int = 0
    failed_since: datetime | None = None
    refused: int = 0
    reach_failed: bool = False
    trials: Mapping[str, Trials] = field(default_factory=dict)
    trying_since: datetime | None = None

    def state(self, now: datetime) -> str:
        """closed, open or half_open."""
        if self.cause is None:
            return "closed"
        trying = self.trying_since is not None and now - self.trying_since < ANSWERED_WITHIN
        return "half_open" if trying else "open"


def after(breaker: Breaker, sight: Sight) -> tuple[Breaker, Change | None]:
    """What one more request makes of it, whatever it was sent for."""
    if sight.kind == REACH:
        return _reached(breaker, sight), None
    if sight.shows is Shows.UP:
        closed = Breaker(reach_failed=breaker.reach_failed)
        return closed, Change(CLOSED, sight.ended_at, "an image was made") if breaker.cause else None
    counted = replace(_counted(breaker, sight), trying_since=None)
    cause = _cause(counted, sight)
    if breaker.cause is None and cause is not None:
        opened = replace(counted, cause=cause, opened_at=sight.ended_at, reach_failed=breaker.reach_failed)
        return opened, Change(OPEN, sight.ended_at, _why(counted, cause, sight))
    return counted, None


def _reached(breaker: Breaker, sight: Sight) -> Breaker:
    """The control plane: if it comes back, the next image is asked for at once."""
    if sight.shows is Shows.DOWN or sight.outcome in REFUSED:
        return replace(breaker, reach_failed=True)
    if sight.shows is Shows.UP and breaker.reach_failed:
        return replace(breaker, reach_failed=False, trials={})
    return breaker


def _counted(breaker: Breaker, sight: Sight) -> Breaker:
    if sight.outcome in REFUSED:
        return replace(breaker, refused=breaker.refused + 1)
    if sight.shows is Shows.DOWN:
        return replace(
            breaker, failed=breaker.failed + 1, failed_since=breaker.failed_since or sight.sent_at, refused=0
        )
    return breaker


def _cause(breaker: Breaker, sight: Sight) -> str | None:
    if breaker.refused >= REFUSALS and sight.outcome in REFUSED:
        return sight.outcome
    long_enough = breaker.failed_since is not None and sight.ended_at - breaker.failed_since >= FOR
    return DOWN if sight.shows is Shows.DOWN and breaker.failed >= FAILURES and long_enough else None


def _why(breaker: Breaker, cause: str, sight: Sight) -> str:
    if cause == DOWN:
        return f"{breaker.failed} images in a row failed, the last with {sight.words}"
    of = "our key" if cause == "auth" else "our balance"
    return f"refused {breaker.refused} times in a row for {of}: {sight.words}"


def ask(breaker: Breaker, probe: str, now: datetime) -> tuple[Breaker, str | None]:
    """Whether a probe may pay for a request now. None: yes, and where the breaker is open, this is its trial."""
    if breaker.cause is None or breaker.opened_at is None:
        return breaker, None
    known = breaker.trials.get(probe)
    if known is not None and now < known.next_at:
        why = _HELD_BACK.get(breaker.cause, breaker.cause)
        return breaker, f"{why} since {breaker.opened_at:%Y-%m-%d %H:%M:%S} UTC; next trial at {known.next_at:%H:%M:%S}"
    count = known.count + 1 if known else 0
    return replace(breaker, trials={**breaker.trials, probe: Trials(count, now)}, trying_since=now), None


_HELD_BACK = {
    DOWN: "held back: its images have been failing",
    "auth": "held back: it has been refusing our key",
    "balance": "held back: our balance has been spent",
}
__all__ = ["CLOSED", "DOWN", "IMAGE", "OPEN", "TRIAL", "Breaker", "Trials", "after", "ask"]

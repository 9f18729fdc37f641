"""Hidden limiters in virtual time: a continuation asks, a limiter of the simulator decides, rows come out.

Nothing sleeps and no socket is opened: events lie in a heap. A request is on its way for a random time, is decided
when it arrives, and is back after another random time; an image takes long in between.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from probes.model import Continuation, Done, Outcome, Plan, Seen, Shot, Wait
from probes.simulator.limits import FixedWindow, Rate, SlidingLog, TokenBucket
from tests.monitor.judge.frames import Row, at, row

Draw = Callable[[random.Random], float]


class Limiter(Protocol):
    """Whether a request that arrives now is let in."""

    def wait_s(self, at_s: float) -> float:
        """0: let in, and counted. Else how long until it would be."""
        ...

    def leave(self) -> None:
        """An image is done."""
        ...


@dataclass
class Rated:
    """A limit on a rate."""

    rate: Rate

    def wait_s(self, at_s: float) -> float:
        if (wait_s := self.rate.wait_s(at_s)) > 0:
            return wait_s
        self.rate.take(at_s)
        return 0.0

    def leave(self) -> None:
        """Nothing comes back."""


@dataclass
class Places:
    """A limit on how many are in work at once, be it beside a rate. It cannot know when a place is free."""

    most: int
    rated: Rated | None = None
    taken: int = 0

    def wait_s(self, at_s: float) -> float:
        if self.taken >= self.most:
            return 1.0
        wait_s = self.rated.wait_s(at_s) if self.rated else 0.0
        self.taken += wait_s == 0
        return wait_s

    def leave(self) -> None:
        self.taken -= 1


class Unlimited:
    """Everybody."""

    def wait_s(self, at_s: float) -> float:
        del at_s
        return 0.0

    def leave(self) -> None:
        """Nothing comes back."""


def token_bucket(rpm: float, burst: float) -> Rated:
    return Rated(TokenBucket(rpm, burst))


def fixed_window(allowed: int, window_s: float, into_s: float = 0.0) -> Rated:
    """`into_s`: how long the first window has lasted when the run begins."""
    return Rated(FixedWindow(allowed * 60.0 / window_s + 1e-9, into_s, window_s))


def sliding_log(allowed: int, window_s: float) -> Rated:
    return Rated(SlidingLog(allowed, window_s))


class Event(NamedTuple):
    """Something that happens to a request. `told_s`: what a refusal says of waiting."""

    at_s: float
    number: int
    what: str  # arrives | leaves | refused | answered
    told_s: float | None = None


@dataclass
class World:
    """The provider and the network: how long a request and an answer are on their way, how long an image takes."""

    limiter: Limiter
    seed: int = 0
    way_s: Draw = lambda rng: rng.uniform(0.005, 0.03)
    image_s: Draw = lambda rng: rng.lognormvariate(2.0, 0.25)
    says_wait: float | None = None  # times the true wait, as refusals tell it; None: they tell nothing
    answers: Callable[[int], tuple[Outcome, str | None]] = lambda _number: (Outcome.OK, None)
    refuses: str = "rpm"
    seen: list[Seen] = field(default_factory=list)
    shots: list[Shot] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    last_s: float = 0.0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def play(self, plan: Plan, most: int = 50_000) -> Done:
        """Run to the end; `rows` has what the store would have."""
        assert plan.more is not None
        self._send(plan.shots[0])
        now_s = 0.0
        for _ in range(most):
            while self.events and self.events[0].at_s <= now_s:
                self._happen(heapq.heappop(self.events))
            following = self._asked(plan.more, now_s)
            if isinstance(following, Done):
                while self.events:
                    self._happen(heapq.heappop(self.events))
                return following
            due_s = following.until_s if isinstance(following, Wait) else following.offset_s
            assert due_s >= now_s, "the past is over"
            if self.events and self.events[0].at_s <= due_s:
                now_s = self.events[0].at_s
                continue
            now_s = due_s
            if isinstance(following, Shot):
                self._send(following)
        raise AssertionError(f"not done at {now_s:.0f} s, after {len(self.shots)} requests")

    def _asked(self, more: Continuation, now_s: float) -> Shot | Wait | Done:
        following = more.next(self.seen, now_s)
        self.last_s = now_s
        return following

    def _send(self, shot: Shot) -> None:
        self.shots.append(shot)
        self.seen.append(Seen(shot.offset_s))
        heapq.heappush(self.events, Event(shot.offset_s + self.way_s(self.rng), len(self.shots) - 1, "arrives"))

    def _happen(self, event: Event) -> None:
        if event.what == "leaves":
            self.limiter.leave()
        elif event.what == "arrives":
            self._decide(event)
        else:
            self._come_back(event)

    def _decide(self, event: Event) -> None:
        if (wait_s := self.limiter.wait_s(event.at_s)) > 0:
            told_s = None if self.says_wait is None else wait_s * self.says_wait
            back = Event(event.at_s + self.way_s(self.rng), event.number, "refused", told_s)
            heapq.heappush(self.events, back)
            return
        done_s = event.at_s + self.image_s(self.rng)
        heapq.heappush(self.events, Event(done_s, event.number, "leaves"))
        heapq.heappush(self.events, Event(done_s + self.way_s(self.rng), event.number, "answered"))

    def _come_back(self, event: Event) -> None:
        refused = event.what == "refused"
        outcome, detail = (Outcome.RATE_LIMITED, self.refuses) if refused else self.answers(event.number)
        shot, sent_s = self.shots[event.number], self.seen[event.number].sent_s
        self.seen[event.number] = Seen(sent_s, event.at_s, outcome, detail, event.told_s)
        self.rows.append(
            row(
                shot.offset_s, outcome.value, size="1K", probe="burst", mode=shot.mode.value, seq=event.number,
                detail=detail, sent_at=at(sent_s), total_ms=(event.at_s - sent_s) * 1e3, download_ms=0.0,
                retry_after_s=event.told_s,
            )
        )  # fmt: skip

    @property
    def paid(self) -> int:
        """Images."""
        return sum(one["outcome"] == "ok" for one in self.rows)

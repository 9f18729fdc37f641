"""Saturation: find a rate limit, its family and its size with about as many paid images as it lets through at once.

A burst at a steady rate until the first 429; then, because refusals are free, requests at about twice the rate that
is let through, until enough were accepted right after a refusal. While nothing is let through, the requests thin out
to a small share of the silence, so that the end of a window is seen to that share of its length.
`Saturation.next` is a pure function of what came back; `docs/methods.md` says what follows from the rows.
"""

import math
import random
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from probes.model import Ask, Done, Mode, Outcome, Plan, ProbeKind, Seen, Shot, Wait
from probes.prompts import prompt

REFUSALS = 20  # accepts right after a refusal that bound a rate to about 5 %
PER_ACCEPT = 0.4  # of the usual time between two accepts: polls of a limiter that trickles
OF_SILENCE, RAREST_S = 0.01, 0.25  # of the silence so far, and at most: polls of one that does not
SILENT = 5  # usual times between accepts, and refusals, that make a silence
WIDTH = 0.04  # of the rate: 5 % are promised
SMALL, PER_ACCEPT_SMALL = 2, 0.02  # a bucket that let no more through at once, and how often to look at it
FEW, PAUSE_AFTER, PAUSE = 10, (5, 10, 15), 2.6
CROWD = 1 / 3  # of the gap of the burst: faster, so that a log that replays the burst refuses, and a window does not
IN_TURNS = 5  # accepts and refusals by turns: no crowd of a window
COINS_FROM = 8  # accepts after which `Retry-After` is honoured by the toss of a coin
SLOWEST_RPM = 1200.0  # of a burst: slower than the limit it would never meet it, hardly faster hide the bucket
MOST_WAIT_S = 120.0
PATIENCE_S = 150.0  # a silence that no window of a minute explains
LONGEST_S = 900.0
MOST_REQUESTS = 5000
_HOPELESS = frozenset((Outcome.AUTH, Outcome.BALANCE, Outcome.CLIENT_ERROR))
_FREE = frozenset((Outcome.RATE_LIMITED, Outcome.NOT_SENT))
_NOT_PASSED = _FREE | _HOPELESS | {None}
_SHUFFLED = 100  # places within which requests may leave in another order than planned
_FOR_A_DAY = "rpd"  # detail of a 429


@dataclass(frozen=True, slots=True)
class Saturation:
    """What the run is to pay for at most, and how fast it begins."""

    first: Shot
    most_images: int
    rpm: float
    most_wait_s: float = MOST_WAIT_S
    longest_s: float = LONGEST_S
    seed: int = 0

    def next(self, seen: Sequence[Seen], now_s: float) -> Shot | Wait | Done:
        """The next request and its time, or what to wait for, or why there is none."""
        view = _View.of(seen, now_s)
        if (why := self._hopeless(view, now_s)) is not None:
            return Done(why)
        if view.exhausted_s is not None and self._known(view):
            return Done()
        if view.paid >= self.most_images:
            return self._spent(view)
        at_s = view.last_s + (self._gap_s if view.exhausted_s is None else self._poll_s(view))
        at_s = max(at_s, self._told(view) or 0.0, _pause_s(view) or 0.0)
        return self._shot(len(seen), max(at_s, now_s), view)

    @property
    def _gap_s(self) -> float:
        """Between two requests of the burst."""
        return 60.0 / self.rpm

    def _shot(self, number: int, at_s: float, view: "_View") -> Shot:
        first, mode = self.first, Mode.RAMP if view.exhausted_s is None else Mode.SUSTAIN
        ask = Ask(first.ask.size, first.ask.aspect_ratio, prompt(number))
        return Shot(at_s, first.provider, first.probe, mode, ask)

    def _spent(self, view: "_View") -> Wait | Done:
        """All images are paid for or in flight: a refusal may give one back."""
        if view.undecided:
            return Wait(view.now_s + 1.0)
        return Done(None if view.exhausted_s is None else f"its {self.most_images} images were spent")

    def _hopeless(self, view: "_View", now_s: float) -> str | None:
        """Why going on makes no sense."""
        if view.hopeless is not None:
            return f"refused: {view.hopeless}"
        if view.for_a_day:
            return "the quota of the day is spent"
        if view.longest_told_s > self.most_wait_s:
            return f"told to wait {view.longest_told_s:.0f} s, longer than {self.most_wait_s:.0f} s"
        if view.exhausted_s is not None and now_s - view.quiet_since_s > max(PATIENCE_S, self.most_wait_s):
            return f"nothing was let through for {now_s - view.quiet_since_s:.0f} s"
        if now_s > self.longest_s:
            return f"not decided within {self.longest_s:.0f} s"
        return f"not decided by {MOST_REQUESTS} requests" if view.requests >= MOST_REQUESTS else None

    def _poll_s(self, view: "_View") -> float:
        """How long after the last request: about twice the rate that is let through, or a share of the silence."""
        silence_s = view.last_s - view.quiet_since_s
        if view.usual_s is not None and silence_s <= SILENT * view.usual_s:
            return self._trickle_s(view)
        return max(min(OF_SILENCE * silence_s, RAREST_S), self._gap_s / 2)

    def _trickle_s(self, view: "_View") -> float:
        """The same while the limiter trickles. A bucket of one loses what it cannot hold, so it is looked at often."""
        if view.burst <= SMALL:
            return max(PER_ACCEPT_SMALL * (view.usual_s or 0.0), self._gap_s)
        return max(PER_ACCEPT * (view.usual_s or 0.0), self._gap_s * CROWD)

    def _told(self, view: "_View") -> float | None:
        """When the latest refusal said to come back, if nothing was accepted since and a coin says to believe it."""
        latest, usual_s = view.latest, view.usual_s
        if latest is None or latest.retry_after_s is None or latest.ended_s is None or usual_s is None:
            return None
        if latest.sent_s < view.quiet_since_s or len(view.accepts) < COINS_FROM:
            return None
        told_s = latest.ended_s + latest.retry_after_s
        if told_s - view.quiet_since_s > max(2.0, 2 * SILENT * usual_s) or view.last_s > latest.sent_s + usual_s:
            return None  # of what is let through unseen in the meantime, the bounds would suffer
        coin = random.Random(f"{self.seed} {len(view.accepts)}")  # noqa: S311 - a coin, no secret
        return told_s if coin.random() < 0.5 else None

    def _known(self, view: "_View") -> bool:
        """Whether enough was let through after the burst for the bounds that are promised."""
        if len(view.accepts) < REFUSALS:
            return False
        silences = view.silences()
        if silences and view.in_turns(silences[0][1]) >= IN_TURNS:
            return True  # else it may be the crowd of a window that comes in
        if len(silences) >= 2:
            lasted_s = silences[-1][1] - silences[0][1]
            return 2 * (min(OF_SILENCE * lasted_s, RAREST_S) + view.trip_s) / lasted_s <= WIDTH
        if silences:
            return False
        lasted_s = view.accepts[-1] - view.accepts[0]
        return lasted_s > 0 and 2 * (self._trickle_s(view) + view.trip_s) / lasted_s <= WIDTH


def _pause_s(view: "_View") -> float | None:
    """Until when to leave a limiter alone so that families part which few accepts leave alike.

    A few accepts at once look the same to a log and to a window that began with them: spread over a third of the
    window, the log gives them back as they were. One accept at regular times may be a window of one: after a pause, a
    window keeps its turn, a bucket of one starts anew, and a bucket of two lets two through.
    """
    if view.exhausted_s is None or not view.accepts:
        return None
    first_s, silence_s = view.accepts[0], view.accepts[0] - view.exhausted_s
    if view.burst <= FEW and silence_s >= 1.0 and view.now_s < first_s + silence_s / 3:
        return first_s + silence_s / 3
    if view.burst <= SMALL and view.usual_s is not None and len(view.accepts) in PAUSE_AFTER:
        return view.accepts[-1] + PAUSE * view.usual_s
    return None


@dataclass(frozen=True, slots=True)
class _View:
    """What came back, as far as it matters. A request that is not refused in time is taken for accepted."""

    now_s: float
    requests: int
    last_s: float
    paid: int
    undecided: int
    exhausted_s: float | None  # when the first refused request was sent
    burst: int  # accepted before that
    accepts: tuple[float, ...]  # sent after that, and not refused
    refusals: tuple[float, ...]
    trip_s: float
    hopeless: str | None
    for_a_day: bool
    longest_told_s: float
    latest: Seen | None  # of the refused

    @classmethod
    def of(cls, seen: Sequence[Seen], now_s: float) -> "_View":
        by_outcome: dict[str | None, list[Seen]] = {}
        for one in seen:
            by_outcome.setdefault(one.outcome, []).append(one)
        refused, waiting = by_outcome.get(Outcome.RATE_LIMITED, []), by_outcome.get(None, [])
        trip_s = max(((one.ended_s or now_s) - one.sent_s for one in refused), default=0.0)
        exhausted_s = min((one.sent_s for one in refused), default=math.inf)
        passed = [one.sent_s for outcome, some in by_outcome.items() if outcome not in _NOT_PASSED for one in some]
        passed += [one.sent_s for one in waiting if one.sent_s < now_s - (2 * trip_s + 0.05)]
        return cls(
            now_s=now_s,
            requests=len(seen),
            last_s=max((one.sent_s for one in seen[-_SHUFFLED:]), default=0.0),
            paid=len(seen) - sum(len(by_outcome.get(outcome, ())) for outcome in _FREE),
            undecided=len(waiting),
            exhausted_s=exhausted_s if refused else None,
            burst=sum(sent_s < exhausted_s for sent_s in passed),
            accepts=tuple(sorted(sent_s for sent_s in passed if sent_s > exhausted_s)),
            refusals=tuple(sorted(one.sent_s for one in refused)),
            trip_s=trip_s,
            hopeless=next((outcome for outcome in by_outcome if outcome in _HOPELESS), None),
            for_a_day=any(one.detail == _FOR_A_DAY for one in refused),
            longest_told_s=max((one.retry_after_s or 0.0 for one in refused), default=0.0),
            latest=max(refused, key=lambda one: one.sent_s, default=None),
        )

    @property
    def quiet_since_s(self) -> float:
        """Since when nothing has been let through."""
        return self.accepts[-1] if self.accepts else self.exhausted_s or 0.0

    @property
    def usual_s(self) -> float | None:
        """Between the last accepts."""
        gaps = [after - before for before, after in pairwise(self.accepts[-6:])]
        return median(gaps) if gaps else None

    def silences(self) -> list[tuple[float, float]]:
        """Stretches without an accept in which several were refused, far longer than usual between accepts."""
        moments = [self.exhausted_s or 0.0, *self.accepts]
        stretches = list(pairwise(moments))
        usual_s = median(after - before for before, after in stretches) if stretches else 0.0
        return [
            (before, after)
            for before, after in stretches
            if after - before > SILENT * usual_s and self._refused(before, after) >= SILENT
        ]

    def in_turns(self, since_s: float) -> int:
        """Accepts since then, each with a refusal between it and the accept before it."""
        late = self.accepts[bisect_left(self.accepts, since_s) :]
        return sum(self._refused(before, after) > 0 for before, after in pairwise(late))

    def _refused(self, after_s: float, before_s: float) -> int:
        """How many were refused between the two."""
        return bisect_left(self.refusals, before_s) - bisect_right(self.refusals, after_s)


def plan(
    provider: str,
    *,
    max_images: int = 150,
    rpm: float = SLOWEST_RPM,
    size: str = "1K",
    aspect_ratio: str = "1:1",
    max_usd: float | None = None,
    seed: int = 0,
) -> Plan:
    """A saturation run of one provider: `rpm` is the rate of its burst; at most `max_images` are paid for."""
    if max_images < 1:
        raise ValueError("max_images must be at least 1")
    first = Shot(0.0, provider, ProbeKind.BURST, Mode.RAMP, Ask(size, aspect_ratio, prompt(0)))
    return Plan(
        (first,),
        max_in_flight=2 * max_images + 100,
        max_usd=max_usd,
        stop_after_errors=3,
        more=Saturation(first, max_images, rpm, seed=seed),
    )


def rate_of(advertised_rpm: float | None) -> float:
    """The rate of the burst where none is given: four times what is advertised, and twenty a second at least."""
    return max(SLOWEST_RPM, 4 * (advertised_rpm or 0.0))

"""When an incident begins and ends: a state machine over what requests show. Pure; the service feeds and keeps it.

One failed request is a suspicion. A second one, sent after the first had failed, confirms it (the second opinion; the
control probe has spoken for our own network in both). It is over when everything that failed has succeeded three
times in a row. Times are those of requests: what was sent before the last failure was, proves nothing after it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from monitor.sights import OUT_OF_DOUBT, Shows, Sight

SUCCESSES = 3  # in a row, of each kind of request that failed
BACK_OFF_S, MOST_BACK_OFF_S = 1.0, 32.0  # between repeats of a failed request, as SLAs ask (docs/service.md)

SUSPECTED, DISMISSED, OPENED, CLOSED = "suspected", "dismissed", "opened", "closed"


@dataclass(frozen=True, slots=True)
class Change:
    """A transition: to which state, when, and why."""

    state: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Health:
    """Of one kind of request during an incident: the last failure, and successes sent after it, by when each was sent.

    `failed`: failures in a row so far, for the back-off. `seen_down`: it failed in this incident.
    """

    last_down: datetime
    ok: tuple[datetime, ...] = ()
    seen_down: bool = True

    @property
    def is_well(self) -> bool:
        """Three successes in a row."""
        return len(self.ok) >= SUCCESSES

    def after(self, sight: Sight) -> "Health":
        """What one more request makes of it; one that was sent before others counts in its place, not at the end."""
        if sight.shows is Shows.UP and sight.sent_at > self.last_down:
            return replace(self, ok=tuple(sorted((*self.ok, sight.sent_at)))[-SUCCESSES:])
        if sight.shows is Shows.DOWN:
            last = max(self.last_down, sight.sent_at)
            return Health(last, tuple(at for at in self.ok if at > last))
        return self


@dataclass(frozen=True, slots=True)
class Incident:
    """A suspicion (`confirmed` False) or an incident: what failed first, and the health of all that must be well."""

    first: Sight
    confirmed: bool = False
    health: Mapping[str, Health] = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of request that are not well, or have not been for long enough."""
        return tuple(sorted(kind for kind, health in self.health.items() if health.seen_down))


State = Incident | None  # None: all quiet
Step = tuple[State, Change | None]


def after(state: State, sight: Sight) -> Step:
    """What one more request makes of it, and what changed."""
    if sight.mode not in OUT_OF_DOUBT or sight.shows is Shows.NOTHING:
        return (None, _no_opinion(sight)) if _is_void_opinion(state, sight) else (state, None)
    if state is None:
        return _suspect(sight) if sight.shows is Shows.DOWN and sight.mode == "scheduled" else (None, None)
    return _watch(state, sight) if state.confirmed else _weigh(state, sight)


def _suspect(sight: Sight) -> Step:
    health = {sight.kind: Health(sight.sent_at)}
    return Incident(sight, health=health), Change(SUSPECTED, sight.ended_at, f"{sight.kind}: {sight.words}")


def _is_void_opinion(state: State, sight: Sight) -> bool:
    """A second opinion that tells of us, not of them."""
    return state is not None and not state.confirmed and sight.mode == "confirm" and sight.shows is Shows.NOTHING


def _no_opinion(sight: Sight) -> Change:
    return Change(DISMISSED, sight.ended_at, f"the second opinion says nothing of them: {sight.words}")


def _weigh(state: Incident, sight: Sight) -> Step:
    """A suspicion, and what was asked after it. What was under way when the first failed is no second opinion."""
    if sight.sent_at < state.first.ended_at:
        return state, None
    if sight.shows is Shows.DOWN:
        health = {kind: known.after(sight) if kind == sight.kind else known for kind, known in state.health.items()}
        health.setdefault(sight.kind, Health(sight.sent_at))
        why = f"{state.first.kind}: {state.first.words}, and again {sight.words}"
        return Incident(state.first, confirmed=True, health=health), Change(OPENED, sight.ended_at, why)
    if sight.kind == state.first.kind:
        return None, Change(DISMISSED, sight.ended_at, f"{sight.kind} succeeded when asked again")
    return state, None


def _watch(state: Incident, sight: Sight) -> Step:
    known = state.health.get(sight.kind)
    if known is None:
        if sight.shows is Shows.UP:
            return state, None
        known = Health(sight.sent_at)
    now = replace(
        state, health={**state.health, sight.kind: replace(known.after(sight), seen_down=_seen(known, sight))}
    )
    if all(health.is_well for health in now.health.values()):
        return None, Change(
            CLOSED, sight.ended_at, f"{SUCCESSES} successes in a row of {' and '.join(sorted(now.health))}"
        )
    return now, None


def _seen(known: Health, sight: Sight) -> bool:
    return known.seen_down or sight.shows is Shows.DOWN


def also(state: Incident, kind: str) -> Incident:
    """It must be well, too, before the incident is over: nobody knows how it is."""
    if kind in state.health:
        return state
    unknown = Health(state.first.sent_at, seen_down=False)
    return replace(state, health={**state.health, kind: unknown})


def without(state: Incident, kind: str, at: datetime) -> Step:
    """It cannot be asked (no money is left for it): if it has not failed, the incident does not wait for it."""
    if kind not in state.health or state.health[kind].seen_down:
        return state, None
    now = replace(state, health={name: health for name, health in state.health.items() if name != kind})
    if now.health and all(health.is_well for health in now.health.values()):
        return None, Change(CLOSED, at, f"{SUCCESSES} successes in a row of {' and '.join(sorted(now.health))}")
    return now, None


def back_off_s(failures: int) -> float:
    """How long to wait after so many failures in a row before the same is asked again: 1 s, doubling to 32 s."""
    return min(MOST_BACK_OFF_S, BACK_OFF_S * 2.0 ** min(failures - 1, 10)) if failures > 0 else 0.0


def next_at(every: timedelta, sent_at: datetime | None, ended_at: datetime | None, failures: int) -> datetime | None:
    """When a kind of request is asked next: `every` after it was asked, and its back-off after it failed.

    None: it never was, so now.
    """
    if sent_at is None:
        return None
    rested = (ended_at or sent_at) + timedelta(seconds=back_off_s(failures))
    return max(sent_at + every, rested)

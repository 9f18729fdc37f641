"""A provider with outages, as a monitor sees it that looks each minute: states between looks, for as long as one likes.

What a year of rows would become in `monitor.judge.timeline` is made directly, since half a million rows for each of
thousands of providers would take days; `test_simulation.py` holds that both are the same.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.judge.columns import SECOND, Floats, Ints
from monitor.judge.record import Record, of_states
from monitor.judge.states import State

DAY_S = 86_400.0
LOOK_S = 60.0
SIGMA = 1.0  # of the logarithm, where lengths are lognormal
FAILING = 0.5  # share of the requests that fail in an outage that is not total

States = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Kind:
    """Outages of one kind: their mean length, how lengths are distributed, and the uptime in the long run."""

    mean_min: float
    lengths: str  # fixed | exponential | lognormal | half: exponential, and half of the requests fail
    uptime: float


def record(rng: np.random.Generator, kind: Kind, days: int) -> Record:
    """One provider of this kind for so many days."""
    edges, states = seen(rng, kind, days * DAY_S)
    return of_states(0, edges, states)


def seen(rng: np.random.Generator, kind: Kind, span_s: float) -> tuple[Ints, States]:
    """Edges (microseconds) and states of consecutive segments; a look's state holds until the next look."""
    first, after = _looks_in_outages(rng, kind, span_s)
    failed = np.concatenate(
        [np.arange(a, b) for a, b in zip(first, after, strict=True)] or [np.zeros(0, dtype=np.int64)]
    )
    failed = np.unique(failed[failed < int(span_s / LOOK_S)])
    if kind.lengths == "half":
        failed = failed[rng.uniform(size=len(failed)) < FAILING]
    begins = failed[np.append(True, np.diff(failed) > 1)[: len(failed)]]
    ends = failed[np.append(np.diff(failed) > 1, True)[: len(failed)]] + 1
    bounds = np.column_stack([begins, ends]).ravel()
    edges = np.concatenate([[0], bounds, [int(span_s / LOOK_S)]]) * int(LOOK_S * SECOND)
    states = np.tile(np.array([State.UP, State.DOWN], dtype=np.int8), len(begins) + 1)[:-1]
    real = np.diff(edges) > 0
    return np.append(edges[:-1][real], edges[-1]), states[real]


def _looks_in_outages(rng: np.random.Generator, kind: Kind, span_s: float) -> tuple[Ints, Ints]:
    """Of each outage the first look that falls into it, and the first after it; all is up at first."""
    down_s = kind.mean_min * 60.0
    down = 1.0 - kind.uptime
    share = down / FAILING if kind.lengths == "half" else down
    up_s = down_s * (1.0 - share) / share
    count = int(span_s / (up_s + down_s) * 1.5 + 40)
    lengths = _lengths(rng, kind.lengths, down_s, count)
    ends = np.cumsum(rng.exponential(up_s, count) + lengths)
    begins = ends - lengths
    inside = begins < span_s
    first = np.ceil(begins[inside] / LOOK_S).astype(np.int64)
    return first, np.ceil(ends[inside] / LOOK_S).astype(np.int64)


def _lengths(rng: np.random.Generator, how: str, mean_s: float, count: int) -> Floats:
    if how == "fixed":
        return np.full(count, mean_s)
    if how == "lognormal":
        return rng.lognormal(np.log(mean_s) - SIGMA**2 / 2, SIGMA, count)
    return rng.exponential(mean_s, count)

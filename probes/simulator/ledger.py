"""What was really served: the truth that a measurement is compared with.

Counters only grow, and two sums hold at every moment: arrived = accepted + rejected + outage + deciding, and
accepted = the sum of its endings + in flight. Durations are those of the server: arrival to last byte handed over.
"""

import asyncio
from array import array
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil
from typing import Any

from probes.simulator.faults import MAKES_AN_IMAGE, Ending


class Kind(StrEnum):
    """What a request is for. Only `image` requests are limited, billed, and given faults by rate."""

    IMAGE = "image"
    CONTROL = "control"
    FILE = "file"


@dataclass(slots=True)
class Tally:
    """Requests of one kind at one provider."""

    arrived: int = 0
    accepted: int = 0
    outage: int = 0
    in_flight: int = 0
    peak_in_flight: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    endings: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """For `/_sim/ledger`."""
        return {
            "arrived": self.arrived,
            "accepted": self.accepted,
            "outage": self.outage,
            "rejected": dict(self.rejected),
            "endings": dict(self.endings),
            "in_flight": self.in_flight,
            "peak_in_flight": self.peak_in_flight,
        }


@dataclass(frozen=True, slots=True)
class Billing:
    """Which requests are billed besides those that made an image."""

    without_image: bool
    abandoned: bool


_BILLED_WITHOUT_IMAGE = frozenset((Ending.NO_IMAGE, Ending.TEXT_ONLY, Ending.IMAGE_SAFETY, Ending.BLOCKED))


class Entry:
    """One request in the ledger, from its arrival to its end. The first ending counts."""

    def __init__(self, ledger: "Ledger", kind: Kind) -> None:
        """It arrived."""
        self._ledger = ledger
        self._tally = ledger.tallies[kind]
        self._size: str | None = None
        self._images = 1
        self._accepted = False
        self.ended = False
        self._tally.arrived += 1

    def accept(self, size: str | None = None, images: int = 1) -> None:
        """It has passed key, form and limits; it asks for so many images of this size."""
        self._accepted, self._size, self._images = True, size, images
        self._tally.accepted += 1
        self._tally.in_flight += 1
        self._tally.peak_in_flight = max(self._tally.peak_in_flight, self._tally.in_flight)

    def end(self, ending: Ending, *, duration_s: float | None = None) -> None:
        """It has ended. `duration_s` is given where the whole answer was handed over."""
        if self.ended:
            return
        self.ended = True
        if self._accepted:
            self._tally.in_flight -= 1
            self._tally.endings[ending] += 1
            self._account(ending, duration_s)
        elif ending is Ending.OUTAGE:
            self._tally.outage += 1
        else:
            self._tally.rejected[ending] += 1

    def _account(self, ending: Ending, duration_s: float | None) -> None:
        if self._size is None:
            return
        images, ledger = self._images, self._ledger
        if ending in MAKES_AN_IMAGE:
            ledger.made[self._size] += images
        if ledger.is_billed(ending):
            ledger.billed[self._size] += images
        if duration_s is not None and ending in (Ending.OK, Ending.WRONG_TIER):
            ledger.delivered[self._size] += images
        if duration_s is not None and ending is Ending.OK:
            ledger.durations.setdefault(self._size, array("d")).append(duration_s)


class Ledger:
    """The ledger of one provider."""

    def __init__(self, billing: Billing) -> None:
        """Nothing has arrived yet."""
        self._billing = billing
        self.tallies = {kind: Tally() for kind in Kind}
        self.made: Counter[str] = Counter()
        self.billed: Counter[str] = Counter()
        self.delivered: Counter[str] = Counter()
        self.durations: dict[str, array[float]] = {}

    def is_billed(self, ending: Ending) -> bool:
        """Whether an accepted request that ended so is on the bill."""
        if ending is Ending.ABANDONED:
            return self._billing.abandoned
        return ending in MAKES_AN_IMAGE or (self._billing.without_image and ending in _BILLED_WITHOUT_IMAGE)

    @contextmanager
    def arrival(self, kind: Kind) -> Iterator[Entry]:
        """An entry for a request that has just arrived; whatever happens to it, it ends."""
        entry = Entry(self, kind)
        try:
            yield entry
        except (asyncio.CancelledError, ConnectionError):
            entry.end(Ending.ABANDONED)
            raise
        finally:
            entry.end(Ending.CRASHED)  # counts only if nothing else was said

    def as_json(self) -> dict[str, Any]:
        """For `/_sim/ledger`."""
        return {
            **{kind.value: tally.as_json() for kind, tally in self.tallies.items()},
            "images": {
                "made": dict(self.made),
                "billed": dict(self.billed),
                "delivered": dict(self.delivered),
            },
            "latency_s": {size: quantiles(durations) for size, durations in self.durations.items()},
        }


def quantiles(durations: "array[float]") -> dict[str, float]:
    """Exact quantiles (inverse ECDF: values that occurred) of what was served."""
    ordered = sorted(durations)
    at = {f"p{q}": ordered[max(0, ceil(len(ordered) * q / 100) - 1)] for q in (50, 95, 99)}
    return {"n": len(ordered), "min": ordered[0], **at, "max": ordered[-1]}

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

from probes.simulator.endings import Ending, How, delivers, made_an_image, without_image


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

    def end(self, how: How, *, duration_s: float | None = None, of: int | None = None) -> None:
        """It has ended. `duration_s` is given where the whole answer was handed over.

        `of`: so many of its images met the fault, and the others none (None: all of them).
        """
        if self.ended:
            return
        self.ended = True
        if self._accepted:
            self._tally.in_flight -= 1
            self._tally.endings[how] += 1
            self._account(how, duration_s, of)
        elif how is Ending.OUTAGE:
            self._tally.outage += 1
        else:
            self._tally.rejected[how] += 1

    def _account(self, how: How, duration_s: float | None, of: int | None) -> None:
        if self._size is None:
            return
        images, ledger = self._images, self._ledger
        well = images - (images if of is None else of)
        ledger.count(ledger.made, self._size, images if made_an_image(how) else well)
        ledger.count(ledger.billed, self._size, images if ledger.is_billed(how) else well)
        if duration_s is not None and delivers(how):
            ledger.deliver(self._size, images, duration_s if how is Ending.OK else None)


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

    def is_billed(self, how: How) -> bool:
        """Whether an accepted request that ended so is on the bill."""
        if how is Ending.ABANDONED:
            return self._billing.abandoned
        return made_an_image(how) or (self._billing.without_image and without_image(how))

    def count(self, tally: "Counter[str]", size: str, images: int) -> None:
        """Add, without a line for nothing."""
        if images:
            tally[size] += images

    def deliver(self, size: str, images: int, duration_s: float | None) -> None:
        """Images were handed over, to the last byte; the duration is kept where nothing was wrong with them."""
        self.count(self.delivered, size, images)
        if duration_s is not None:
            self.durations.setdefault(size, array("d")).append(duration_s)

    @contextmanager
    def arrival(self, kind: Kind) -> Iterator[Entry]:
        """An entry for a request that has just arrived; whatever happens to it, it ends."""
        entry = Entry(self, kind)
        try:
            yield entry
        except asyncio.CancelledError:
            entry.end(Ending.ABANDONED)
            raise
        except ConnectionError:
            entry.end(Ending.ABANDONED)
            raise asyncio.CancelledError from None  # as when it is seen while we wait: nothing to report
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

"""What runs are made with: tools, who keeps the rows, money, and who is to be asked before a request is sent."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from monitor.budget import Budget
from monitor.judge.facts import Maintenance
from monitor.notes import Notes
from monitor.pressing import Presses
from monitor.service.guard import Check
from monitor.store import Store
from probes.conversation import Tools
from probes.gates import Refusal
from probes.model import Sample

T = TypeVar("T")


class Keeper(Protocol):
    """Keeps rows and ledgers (`monitor.store.Writer`)."""

    def put(self, sample: Sample) -> None:
        """Keep a row."""
        ...

    def call(self, fn: Callable[[Store], T]) -> Awaitable[T]:
        """The result of `fn(store)`, after all rows put before are durable."""
        ...


class Observed:
    """A keeper whose rows are seen by somebody else as well, as soon as they are put."""

    def __init__(self, keeper: Keeper, see: Callable[[Sample], None]) -> None:
        """`see` is told of every row."""
        self._keeper = keeper
        self._see = see

    def put(self, sample: Sample) -> None:
        """Keep it, and show it."""
        self._keeper.put(sample)
        self._see(sample)

    def call(self, fn: Callable[[Store], T]) -> Awaitable[T]:
        """As the keeper does."""
        return self._keeper.call(fn)


def _closed(probe: str) -> Check:
    del probe
    return _passed


def _passed(provider: str, usd: float) -> Refusal | None:
    del provider, usd
    return None


@dataclass(frozen=True, slots=True)
class Means:
    """What runs are made with. `breaker`: for a kind of probe, who is asked before it pays for a request."""

    tools: Tools
    keeper: Keeper
    budget: Budget
    location: str
    simulated: bool
    maintenance: Mapping[str, Sequence[Maintenance]]
    notes: Notes
    presses: Presses
    breaker: Callable[[str], Check] = field(default=_closed)

    def now(self) -> datetime:
        """The wall clock."""
        return self.tools.clock.now()

    def maintained(self, provider: str) -> Maintenance | None:
        """The announced maintenance of a provider that is going on."""
        now = self.now()
        windows = self.maintenance.get(provider, ())
        return next((window for window in windows if window.start <= now < window.end), None)

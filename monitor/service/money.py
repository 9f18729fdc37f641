"""Money that survives a kill: taken from the store before it is needed, so that nothing spent is forgotten.

A gate must answer at once, and a durable write takes milliseconds. So each run takes an advance for each provider
before it starts: what may be sent within `AHEAD_S` seconds. While the run goes on, the advance is topped up in the
background; when the run ends, what was not used is given back. A killed run gives nothing back: its advances count as
spent, which is at most what it really spent and `AHEAD_S` seconds of requests more.
"""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from monitor.budget import NANO, Budget, Gate, day_start, month_start, nano
from monitor.notes import Notes
from monitor.store import Store, StoreError
from probes.model import Plan, Target
from probes.sampling import price_usd

log = logging.getLogger(__name__)
T = TypeVar("T")
AHEAD_S = 10.0


class Calls(Protocol):
    """What runs something on the store's thread (`monitor.store.Writer`)."""

    def call(self, fn: Callable[[Store], T]) -> Awaitable[T]:
        """The result of `fn(store)`."""
        ...


@dataclass(frozen=True, slots=True)
class Need:
    """What a plan may cost for one provider, nano-dollars: at most within `AHEAD_S` seconds, and in all."""

    ahead: int
    total: int


def needs(plan: Plan, targets: Mapping[str, Target]) -> dict[str, Need]:
    """What to take in advance for each provider of a plan; those that cost nothing are left out."""
    prices: dict[str, list[tuple[float, int]]] = {}
    for shot in sorted(plan.shots, key=lambda shot: shot.offset_s):
        if (price := nano(price_usd(targets[shot.provider], shot))) > 0:
            prices.setdefault(shot.provider, []).append((shot.offset_s, price))
    return {
        name: Need(_most_within(priced, AHEAD_S), sum(price for _, price in priced)) for name, priced in prices.items()
    }


def _most_within(priced: Sequence[tuple[float, int]], span_s: float) -> int:
    """The dearest window of this length: what may be sent before a top-up is durable."""
    sums = [0]
    for _, price in priced:
        sums.append(sums[-1] + price)
    ends = (bisect_right(priced, offset_s + span_s, key=lambda shot: shot[0]) for offset_s, _ in priced)
    return max(sums[end] - sums[start] for start, end in enumerate(ends))


@dataclass(slots=True)
class Advance:
    """What one run has taken from the store for one provider. All amounts in nano-dollars."""

    provider: str
    need: Need
    taken: int = 0  # durable in the store
    used: int = 0  # spent or in flight
    receipts: list[tuple[UUID, int]] = field(default_factory=list)

    def wants(self) -> int:
        """How much to take now so that the next `AHEAD_S` seconds are covered; 0: enough."""
        left = self.taken - self.used
        if left >= self.need.ahead:
            return 0
        return max(0, min(2 * self.need.ahead - left, self.need.total - self.taken))

    def take(self, store: Store, amount: int, at: datetime) -> tuple[UUID, int]:
        """On the store's thread: durable when it returns."""
        return store.reserve(self.provider, amount / NANO, at), amount

    def enter(self, receipt: tuple[UUID, int]) -> None:
        """It is durable: it may be used."""
        self.receipts.append(receipt)
        self.taken += receipt[1]

    def give_back(self, store: Store, at: datetime) -> None:
        """On the store's thread: say what was really spent; the oldest advance was used first."""
        left = self.used
        for number, (receipt, amount) in enumerate(self.receipts):
            part = left if number == len(self.receipts) - 1 else min(left, amount)
            store.settle(receipt, part / NANO, at)
            left -= part


class DurableGate:
    """A gate in front of the budget that lets nothing pass that is not yet counted as spent in the store."""

    def __init__(
        self, budget: Gate, calls: Calls, plan: Plan, targets: Mapping[str, Target], now: Callable[[], datetime]
    ) -> None:
        """For one run of `plan`; `open` it before and `close` it after."""
        self._budget = budget
        self._calls = calls
        self._now = now
        self._advances = {name: Advance(name, need) for name, need in needs(plan, targets).items()}
        self._topping: asyncio.Task[None] | None = None

    @property
    def paid(self) -> bool:
        """Whether anything in the plan costs money."""
        return bool(self._advances)

    async def open(self) -> None:
        """Take the first advances.

        Raises:
            StoreError: nothing may be sent.
        """
        await self._top_up()

    async def close(self) -> None:
        """Give back what was not used. Where that fails, it stays counted as spent."""
        if self._topping is not None:
            await asyncio.wait([self._topping])
        advances, at = [advance for advance in self._advances.values() if advance.receipts], self._now()
        if advances:
            await self._calls.call(lambda store: _give_back(store, advances, at))

    def reserve(self, provider: str, usd: float) -> str | None:
        """As the budget says, and within what is durably taken."""
        refusal = self._budget.reserve(provider, usd)
        advance = self._advances.get(provider)
        if refusal is not None or advance is None:
            return refusal
        if advance.used + nano(usd) > advance.taken:
            self._budget.settle(provider, usd, 0.0)
            self._begin_top_up()
            return "the store could not note the money in time"
        advance.used += nano(usd)
        if advance.wants():
            self._begin_top_up()
        return None

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        """As `Budget.settle`."""
        if (advance := self._advances.get(provider)) is not None and actual_usd is not None:
            advance.used += nano(actual_usd) - nano(reserved_usd)
        self._budget.settle(provider, reserved_usd, actual_usd)

    def _begin_top_up(self) -> None:
        if self._topping is None or self._topping.done():
            self._topping = asyncio.create_task(self._top_up_quietly())

    async def _top_up_quietly(self) -> None:
        try:
            await self._top_up()
        except StoreError as error:
            log.error("money cannot be noted: %s", error)  # noqa: TRY400 - one line; the next dispatch tries again

    async def _top_up(self) -> None:
        wanted = [(advance, amount) for advance in self._advances.values() if (amount := advance.wants())]
        if not wanted:
            return
        at = self._now()
        receipts = await self._calls.call(lambda store: [advance.take(store, amount, at) for advance, amount in wanted])
        for (advance, _), receipt in zip(wanted, receipts, strict=True):
            advance.enter(receipt)


def _give_back(store: Store, advances: Sequence[Advance], at: datetime) -> None:
    for advance in advances:
        advance.give_back(store, at)


async def load_budget(calls: Calls, notes: Notes, budget: Budget, now: datetime) -> None:
    """Begin from what was spent before: by services, and by probes by hand."""

    def known(store: Store) -> tuple[dict[str, float], dict[str, float]]:
        notes.take(store)
        return store.spent(day_start(now)), store.spent(month_start(now))

    budget.load(*await calls.call(known))

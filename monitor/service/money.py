"""Money that survives a kill: taken from the store before it is needed, so that nothing spent is forgotten.

A gate must answer at once, and a durable write takes milliseconds. So each run takes an advance for each provider
before it starts: what may be sent within `AHEAD_S` seconds. While the run goes on, the advance is topped up in the
background, and what is used up is settled; when the run ends, what was not used is given back. A killed run gives
nothing back: its advances count as spent, which is at most what it really spent and `AHEAD_S` seconds of requests more.
"""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from monitor.budget import NANO, STARTS, Amounts, Budget, nano
from monitor.notes import Note, Notes
from monitor.store import Store, StoreError
from probes.model import Plan, Target
from probes.plans.endurance import Steady
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
    if isinstance(plan.shots, Steady) and plan.more is None:
        return _steady_needs(plan.shots, targets)
    prices: dict[str, list[tuple[float, int]]] = {}
    for shot in sorted(plan.payable, key=lambda shot: shot.offset_s):
        if (price := nano(price_usd(targets[shot.provider], shot))) > 0:
            prices.setdefault(shot.provider, []).append((shot.offset_s, price))
    return {
        name: Need(_most_within(priced, AHEAD_S), sum(price for _, price in priced)) for name, priced in prices.items()
    }


def _steady_needs(shots: Steady, targets: Mapping[str, Target]) -> dict[str, Need]:
    """The same of a steady run, whose hundred thousand shots are not made for it: this is on the event loop."""
    price = nano(price_usd(targets[shots.asked], shots[0])) if shots else 0
    return {shots.asked: Need(shots.due(AHEAD_S) * price, len(shots) * price)} if price else {}


def unpriced(plan: Plan, targets: Mapping[str, Target]) -> dict[str, str]:
    """Why images of a provider must not be asked for: one of a size that has no price would be free of every cap."""
    found: dict[str, str] = {}
    alike = isinstance(plan.shots, Steady)
    for shot in plan.shots[:1] if alike else plan.shots:
        target, size = targets[shot.provider], shot.ask.size
        if not shot.ask.is_reach and size not in target.usd_per_image:
            found.setdefault(
                shot.provider,
                f"no price for {size} of {shot.provider}, so no budget could hold it;"
                f' write prices = {{ "{size}" = ... }} in [providers.{shot.provider}]',
            )
    return found


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
    asked: int = 0  # of what the plan may cost: at the prices expected
    used: int = 0  # spent or in flight
    spent: int = 0
    receipts: list[tuple[UUID, int]] = field(default_factory=list)  # not settled yet
    settled: int = 0  # in receipts that are

    def left(self) -> int:
        """What may be used of it."""
        return max(0, self.taken - self.used)

    def wants(self) -> int:
        """How much to take now to cover the next `AHEAD_S` seconds, and bills above their price; 0: enough."""
        left, to_come = self.taken - self.used, self.need.total - self.asked
        if left >= min(self.need.ahead, to_come):
            return 0
        return min(2 * self.need.ahead, to_come) - left

    def expect(self, price: int) -> None:
        """A request is to come that the plan did not know of."""
        self.need = Need(max(self.need.ahead, price), max(self.need.total, self.asked + price))

    def take(self, store: Store, amount: int, at: datetime) -> tuple[UUID, int]:
        """On the store's thread: durable when it returns."""
        return store.reserve(self.provider, amount / NANO, at), amount

    def enter(self, receipt: tuple[UUID, int]) -> None:
        """It is durable: it may be used."""
        self.receipts.append(receipt)
        self.taken += receipt[1]

    def used_up(self) -> list[tuple[UUID, int]]:
        """Receipts of which all is spent, the oldest first: to be settled at once, so that a kill leaves few open."""
        ended = []
        while self.receipts and self.spent >= self.settled + self.receipts[0][1]:
            ended.append(self.receipts.pop(0))
            self.settled += ended[-1][1]
        return ended

    def give_back(self, store: Store, at: datetime) -> None:
        """On the store's thread: say what was really spent; the oldest advance was used first."""
        left = self.used - self.settled
        for number, (receipt, amount) in enumerate(self.receipts):
            part = left if number == len(self.receipts) - 1 else min(left, amount)
            store.settle(receipt, part / NANO, at)
            left -= part


class DurableGate:
    """A gate in front of the budget that lets nothing pass that is not yet counted as spent in the store."""

    def __init__(
        self, budget: Budget, calls: Calls, plan: Plan, targets: Mapping[str, Target], now: Callable[[], datetime]
    ) -> None:
        """For one run of `plan`; `open` it before and `close` it after."""
        self._budget = budget
        before = dict.fromkeys(plan.providers, plan.spent_before_usd)  # a run that is taken up again has one provider
        self._run = budget.run(before)
        self._calls = calls
        self._now = now
        self._advances = {name: Advance(name, need) for name, need in needs(plan, targets).items()}
        self._unpriced = unpriced(plan, targets)
        self._topping: asyncio.Task[None] | None = None

    @property
    def paid(self) -> bool:
        """Whether anything in the plan costs money."""
        return bool(self._advances)

    def left(self, provider: str) -> float:
        """USD that could still be reserved for this provider now."""
        return self._run.left(provider)

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
        for advance in self._advances.values():
            self._budget.hold(advance.provider, -advance.left())
        if self._advances:
            self._budget.tell()

    def reserve(self, provider: str, usd: float) -> str | None:
        """As the budget says, and within what is durably taken."""
        price = nano(usd)
        if price == 0:
            return self._unpriced.get(provider)
        refusal = self._run.reserve(provider, usd)
        if refusal is not None:
            return refusal
        advance = self._advances.setdefault(provider, Advance(provider, Need(price, price)))
        if advance.used + price > advance.taken:
            self._run.settle(provider, usd, 0.0)
            advance.expect(price)
            self._begin_top_up()
            return "the store could not note the money in time"
        advance.asked += price
        self._use(advance, price)
        return None

    def lasting(self, provider: str, usd: float, until: datetime) -> bool:
        """As the budget says; a price that is not known is no better known later."""
        return provider in self._unpriced or self._run.lasting(provider, usd, until)

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        """As `Budget.settle`."""
        if (advance := self._advances.get(provider)) is not None:
            bill = nano(reserved_usd if actual_usd is None else actual_usd)
            advance.spent += bill
            self._use(advance, bill - nano(reserved_usd))
        self._run.settle(provider, reserved_usd, actual_usd)

    def _use(self, advance: Advance, amount: int) -> None:
        before = advance.left()
        advance.used += amount
        self._budget.hold(advance.provider, advance.left() - before)
        if advance.wants():
            self._begin_top_up()

    def _begin_top_up(self) -> None:
        if self._topping is None or self._topping.done():
            self._topping = asyncio.create_task(self._top_up_quietly())

    async def _top_up_quietly(self) -> None:
        try:
            await self._top_up()
        except StoreError as error:
            log.error("money cannot be noted: %s", error)  # noqa: TRY400 - one line; the next dispatch tries again

    async def _top_up(self) -> None:
        """Take, tell other processes, use: in this order."""
        wanted = [(advance, amount) for advance in self._advances.values() if (amount := advance.wants())]
        if not wanted:
            return
        at, ended = self._now(), [receipt for advance, _ in wanted for receipt in advance.used_up()]

        def take(store: Store) -> list[tuple[UUID, int]]:
            for receipt, amount in ended:
                store.settle(receipt, amount / NANO, at)
            return [advance.take(store, amount, at) for advance, amount in wanted]

        receipts = await self._calls.call(take)
        for (advance, _), receipt in zip(wanted, receipts, strict=True):
            before = advance.left()
            advance.enter(receipt)
            self._budget.hold(advance.provider, advance.left() - before)
        self._budget.tell()


def _give_back(store: Store, advances: Sequence[Advance], at: datetime) -> None:
    for advance in advances:
        advance.give_back(store, at)


async def load_budget(calls: Calls, notes: Notes, budget: Budget, now: datetime) -> None:
    """Begin from what was spent before: by services, and by probes by hand that are gone."""

    def known(store: Store) -> tuple[Amounts, Sequence[Note]]:
        ended = notes.enter(store, now)
        return {name: store.spent(start(now)) for name, start in STARTS.items()}, ended

    spent, ended = await calls.call(known)
    budget.load(spent)
    budget.tell()
    notes.drop(ended)


async def enter_notes(calls: Calls, notes: Notes, budget: Budget, now: datetime) -> None:
    """Enter what probes by hand have spent that are gone; those that still run are counted at each dispatch."""
    ended = await calls.call(lambda store: notes.enter(store, now))
    for note in ended:
        budget.charge(note.provider, note.usd)
    if ended:
        budget.tell()
        notes.drop(ended)

"""A cap is never exceeded by more than what was in flight when it was reached: whatever bills, kills or runs beside."""

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.budget import STARTS, Budget, Caps, Gate, Limits, nano
from monitor.notes import Notes, OwnersView, ProbesView
from monitor.service.errand import SpoolBooks
from monitor.service.money import DurableGate, load_budget
from monitor.store import Store
from probes.clock import RealClock
from probes.conversation import open_tools
from probes.ids import uuid7
from probes.model import Ask, Mode, Plan, ProbeKind, Sample, Shot, Target
from probes.plans import burst
from probes.runner import run
from tests.monitor.service.memory import Memory
from tests.monitor.service.world import Inline
from tests.probes import bodies as b
from tests.probes.bench import IMAGE, START, after, play, target
from tests.probes.servers import Call, response, serving

PRICE = 0.01
DOLLAR = Limits(Caps(usd_per_day=1.00))


@dataclass
class Billing:
    """The provider's side of the money: every request is billed more than its price, and nobody knew before."""

    gate: Gate
    times: float
    billed: float = 0.0
    open: int = 0
    in_flight_at_last: int = 0  # when the last request was let through: nothing was sent after that

    def reserve(self, provider: str, usd: float) -> str | None:
        if (why := self.gate.reserve(provider, usd)) is None:
            self.open += 1
            self.in_flight_at_last = self.open
        return why

    def lasting(self, provider: str, usd: float, until: datetime) -> bool:
        return self.gate.lasting(provider, usd, until)

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        self.open -= 1
        bill = 0.0 if actual_usd == 0.0 else self.times * reserved_usd
        self.billed += bill
        self.gate.settle(provider, reserved_usd, bill)


@pytest.mark.parametrize("times", [1.0, 3.0, 0.5], ids=["as-expected", "three-times-the-price", "half-the-price"])
@pytest.mark.parametrize("takes_s", [0.5, 10.0, 45.0])
def test_a_dollar_with_a_hundred_in_flight_is_exceeded_by_what_was_in_flight_at_most(
    times: float, takes_s: float
) -> None:
    """Four waves of a hundred; the true bills of the provider are summed on its side."""
    plan, targets = burst.plan("a", concurrency=100, max_images=400, gap_s=20.0), {"a": target(price=PRICE)}
    gate = DurableGate(Budget(DOLLAR, lambda: START), Inline(Memory()), plan, targets, lambda: START)
    billing = Billing(gate, times)

    asyncio.run(gate.open())
    played = play(plan, after(takes_s, IMAGE), gate=billing, targets=targets)
    assert played.most_in_flight == 100
    assert billing.billed >= 1.00 or times < 1.0
    assert billing.billed <= 1.00 + billing.in_flight_at_last * times * PRICE + 1e-9
    assert billing.billed <= 1.00 + 1e-9 or times > 1.0


async def test_the_same_over_sockets_with_the_real_store(tmp_path: Path) -> None:
    """A server on loopback holds a hundred requests open at once, and charges three times what it advertises."""
    held = asyncio.Event()
    arrived = 0

    async def speak(call: Call) -> None:
        nonlocal arrived
        arrived += 1
        if arrived == 100:
            held.set()
        await held.wait()
        await call.send(response(b.gemini(b.inline(b.IMAGE))))

    rows: list[Sample] = []
    plan = burst.plan("a", concurrency=150, max_images=150)
    async with serving(speak) as server, open_tools(RealClock()) as tools:
        targets = {"a": Target("a", "gemini", server.url, "m", usd_per_image={"1K": PRICE}, timeout_s=30)}
        with Store.open(tmp_path / "upheld.duckdb") as store:
            now = RealClock().now
            gate = DurableGate(Budget(DOLLAR, now), Inline(store), plan, targets, now)
            await gate.open()
            billing = Billing(gate, 3.0)
            summary = await run(
                plan,
                run_id=uuid7(now()),
                location="here",
                targets=targets,
                tools=tools,
                record=rows.append,
                gate=billing,
            )
            await gate.close()
            spent = store.spent(now() - timedelta(days=1))["a"]
    assert (summary.sent, arrived, billing.in_flight_at_last) == (100, 100, 100)
    assert pytest.approx(billing.billed) == spent == 3.00  # a dollar at the price expected; three as it was billed
    assert spent <= 1.00 + billing.in_flight_at_last * 3 * PRICE
    assert "day cap $1.00 of all providers reached" in str(summary.stopped)


# --- any order of events, with kills ------------------------------------------------------------------------------

CAPS = st.builds(
    Caps,
    st.none() | st.sampled_from([0.3, 0.5, 1.0]),
    st.none() | st.sampled_from([0.4, 0.7, 1.0]),
    st.none() | st.sampled_from([0.1, 0.2]),
    st.none() | st.sampled_from([0.15, 0.3]),
)
PRICES = {"a": 0.04, "b": 0.058}
TARGETS = {name: Target(name, "gemini", "", "m", usd_per_image={"1K": price}) for name, price in PRICES.items()}
PLAN = Plan(
    tuple(Shot(at, name, ProbeKind.BASELINE, Mode.SCHEDULED, Ask("1K")) for at in range(0, 120, 4) for name in "ab")
)


@dataclass
class World:
    """What providers know: which requests are open and what was billed; a service that is killed and comes again."""

    limits: Limits
    rng: random.Random
    now: datetime = datetime(2026, 11, 30, 23, 59, 0, tzinfo=UTC)  # a day and a month end soon
    keeper: Inline = field(default_factory=lambda: Inline(Memory()))
    open: list[tuple[int, str]] = field(default_factory=list)  # number of the run, provider
    bills: list[tuple[datetime, int, str, int]] = field(default_factory=list)
    run: int = 0
    gate: DurableGate = field(init=False)

    async def start(self) -> None:
        budget = Budget(self.limits, lambda: self.now)
        await load_budget(self.keeper, Notes(Path("/nonexistent")), budget, self.now)
        self.gate = DurableGate(budget, self.keeper, PLAN, TARGETS, lambda: self.now)
        await self.gate.open()
        self.run += 1

    async def kill(self) -> None:
        """What is in flight is billed all the same."""
        await self.idle()
        self.bills += [(self.now, number, name, nano(PRICES[name])) for number, name in self.open]
        self.open = []
        await self.start()

    async def stop(self) -> None:
        for _ in range(len(self.open)):
            self.answer()
        await self.gate.close()
        await self.start()

    def ask(self) -> None:
        name = self.rng.choice("ab")
        if self.gate.reserve(name, PRICES[name]) is None:
            self.open.append((self.run, name))
            self.check(name)

    def answer(self) -> None:
        if not self.open:
            return
        number, name = self.open.pop(self.rng.randrange(len(self.open)))
        bill = self.rng.choice([None, 0.0, PRICES[name], 2.5 * PRICES[name]])
        self.gate.settle(name, PRICES[name], bill)
        self.bills.append((self.now, number, name, nano(PRICES[name] if bill is None else bill)))

    async def idle(self) -> None:
        for _ in range(4):
            await asyncio.sleep(0)

    def check(self, asked: str) -> None:
        """At each dispatch: what was billed, and what is in flight at its price, is within every cap that applies."""
        for caps, names in ((self.limits.together, "ab"), (self.limits.providers.get(asked, Caps()), asked)):
            for period, start in STARTS.items():
                assert self.taken(names, start(self.now)) <= (caps.of(period) or 10**18), (period, names)
            assert self.taken(names, START, self.run) <= (caps.of("run") or 10**18), names

    def taken(self, names: str, since: datetime, run: int | None = None) -> int:
        billed = sum(
            usd for at, number, name, usd in self.bills if at >= since and name in names and run in {None, number}
        )
        return billed + sum(nano(PRICES[name]) for number, name in self.open if name in names and run in {None, number})


@settings(max_examples=60)
@given(CAPS, CAPS, st.integers(0, 10**9))
def test_no_order_of_bills_kills_and_restarts_breaks_a_cap(together: Caps, own: Caps, seed: int) -> None:
    async def walk() -> None:
        world = World(Limits(together, {"a": own}), random.Random(seed))
        await world.start()
        for _ in range(80):
            step = world.rng.random()
            if step < 0.45:
                world.ask()
            elif step < 0.80:
                world.answer()
            elif step < 0.88:
                await world.idle()
            elif step < 0.94:
                world.now += timedelta(seconds=world.rng.choice([1, 15, 40]))
            else:
                await (world.kill() if step < 0.98 else world.stop())

    asyncio.run(walk())


# --- a service and a probe by hand --------------------------------------------------------------------------------


@dataclass
class Both:
    """A service that owns the store, and a probe by hand beside it, in one folder."""

    folder: Path
    now: datetime
    open: list[Gate] = field(default_factory=list)
    billed: list[tuple[datetime, int]] = field(default_factory=list)

    def taken(self, since: datetime) -> int:
        return sum(usd for at, usd in self.billed if at >= since) + len(self.open) * nano(PRICES["a"])


SHOTS = tuple(Shot(float(at), "a", ProbeKind.BURST, Mode.RAMP, Ask("1K")) for at in range(40))


@settings(max_examples=25)
@given(st.integers(0, 10**9))
def test_a_probe_by_hand_and_the_service_together_stay_within_the_caps(seed: int) -> None:
    rng = random.Random(seed)
    caps = Caps(rng.choice([0.6, 1.2]), 2.0, rng.choice([None, 0.3]))
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(together(Both(Path(folder), datetime(2026, 11, 22, 23, 58, tzinfo=UTC)), caps, rng))


async def together(both: Both, caps: Caps, rng: random.Random) -> None:
    keeper, own, plan = Inline(Memory()), set[UUID](), Plan(SHOTS)
    service = Budget(Limits(caps), lambda: both.now, OwnersView(Notes(both.folder)))
    await load_budget(keeper, Notes(both.folder), service, both.now)
    by_hand = Budget(Limits(caps), lambda: both.now, ProbesView(Notes(both.folder), own))
    watch: Any = Watch(both)  # only its time is asked for
    books = SpoolBooks(both.folder, by_hand, watch, own, "here", simulated=True)
    gate = DurableGate(service, keeper, plan, TARGETS, lambda: both.now)
    orders: tuple[tuple[Gate, Callable[[], Awaitable[object]]], ...] = (
        (gate, gate.open),
        (books, lambda: books.open(plan, TARGETS, UUID(int=1))),
    )
    opened: list[Gate] = []
    for opens, opening in rng.sample(orders, 2):
        for _ in range(rng.randrange(8) if opened else 0):
            step(both, rng, opened[0])
        await opening()
        opened.append(opens)
    for _ in range(60):
        await asyncio.sleep(0)
        step(both, rng, rng.choice((gate, books)))
        for period, start in STARTS.items():
            assert both.taken(start(both.now)) <= (caps.of(period) or 10**18), period
    await books.close("done")
    await gate.close()


def step(both: Both, rng: random.Random, gate: Gate) -> None:
    """An image is asked for, one is answered, or time passes."""
    dice = rng.random()
    if dice < 0.6:
        if gate.reserve("a", PRICES["a"]) is None:
            both.open.append(gate)
    elif dice < 0.9 and both.open:
        gate = both.open.pop(rng.randrange(len(both.open)))
        bill = rng.choice([None, 0.0, PRICES["a"]])
        gate.settle("a", PRICES["a"], bill)
        both.billed.append((both.now, nano(PRICES["a"] if bill is None else bill)))
    else:
        both.now += timedelta(seconds=rng.choice([1, 20]))


@dataclass
class Watch:
    """A clock that stands until a test moves it."""

    both: Both

    def now(self) -> datetime:
        return self.both.now

    def monotonic(self) -> float:
        return 0.0

    async def sleep_until(self, monotonic_s: float) -> None:
        del monotonic_s
        await asyncio.Event().wait()


async def test_a_run_that_is_taken_up_again_goes_on_within_its_cap() -> None:
    limits, shots = Limits(Caps(usd_per_run=0.2)), SHOTS[:10]
    granted = {}
    for before in (0.0, 0.12, 0.2):
        plan = Plan(shots, spent_before_usd=before)
        gate = DurableGate(Budget(limits, lambda: START), Inline(Memory()), plan, TARGETS, lambda: START)
        await gate.open()
        granted[before] = [gate.reserve("a", PRICES["a"]) for _ in shots].count(None)
    assert granted == {0.0: 5, 0.12: 2, 0.2: 0}


@pytest.mark.parametrize("size", ["2K", "4K"])
async def test_an_image_of_a_size_without_a_price_is_not_free_of_the_caps(size: str) -> None:
    plan = Plan((Shot(0.0, "a", ProbeKind.BURST, Mode.RAMP, Ask(size)),))
    gate = DurableGate(Budget(DOLLAR, lambda: START), Inline(Memory()), plan, TARGETS, lambda: START)
    await gate.open()
    assert gate.reserve("a", 0.0) == (
        f'no price for {size} of a, so no budget could hold it; write prices = {{ "{size}" = ... }} in [providers.a]'
    )

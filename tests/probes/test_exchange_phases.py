"""Every phase is measured on its own, also when a hundred requests are under way."""

import asyncio

import pytest

from probes import outcomes
from probes.clock import RealClock
from probes.exchange import Wire
from probes.model import Ask, Attribution, Exchange, Outcome, Phases, Request, WireFault
from tests.probes.servers import Call, Script, answering, response, serving

PARTS = ("dns_ms", "connect_ms", "tls_ms", "upload_ms", "wait_ms", "download_ms")


def sum_of(phases: Phases) -> float:
    return sum(float(getattr(phases, name) or 0.0) for name in PARTS)


async def test_a_first_request_has_all_phases_and_they_add_up_to_the_whole() -> None:
    """The best of five: this machine may be busy with other things between two phases."""
    async with serving(answering(b"x" * 100_000), host="localhost") as served:
        rests: list[float] = []
        for _ in range(5):
            async with Wire(RealClock()) as wire:
                exchange = await wire.send(Request("POST", served.url, {}, b"a" * 100_000), 5)
            phases = exchange.phases
            assert phases.tls_ms is None  # there was none
            assert all(getattr(phases, name) is not None for name in PARTS if name != "tls_ms")
            assert min(getattr(phases, name) for name in PARTS if name != "tls_ms") >= 0
            assert phases.conn_reused is False
            rests.append((phases.total_ms or 0.0) - sum_of(phases))
    assert 0 <= min(rests) < 5


async def test_an_address_needs_no_dns() -> None:
    async with serving(answering()) as served, Wire(RealClock()) as wire:
        exchange = await wire.send(Request("GET", served.url), 5)
    assert exchange.phases.dns_ms is None
    assert exchange.phases.connect_ms is not None


async def test_a_reused_connection_has_neither_dns_nor_connect() -> None:
    async with serving(answering(), host="localhost") as served, Wire(RealClock()) as wire:
        first, second = [await wire.send(Request("GET", served.url), 5) for _ in range(2)]
        assert served.connections == 1
    assert first.phases.conn_reused is False
    assert second.phases.conn_reused is True
    assert (second.phases.dns_ms, second.phases.connect_ms, second.phases.tls_ms) == (None, None, None)
    assert second.phases.upload_ms is not None
    assert second.phases.wait_ms is not None


async def test_time_to_the_first_byte_is_apart_from_the_download() -> None:
    """The server thinks for 40 ms, then sends headers, then takes 60 ms for the body; all by one clock."""
    clock = RealClock()

    async def script(call: Call) -> None:
        begun = clock.monotonic()
        await clock.sleep_until(begun + 0.040)
        await call.send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")
        await clock.sleep_until(begun + 0.100)
        await call.send(b"{}")

    async with serving(script) as served, Wire(clock) as wire:
        exchange = await wire.send(Request("GET", served.url), 5)
    assert exchange.phases.wait_ms is not None
    assert exchange.phases.download_ms is not None
    assert exchange.phases.wait_ms >= 40
    assert exchange.phases.download_ms > 0
    assert exchange.phases.wait_ms + exchange.phases.download_ms >= 100


async def test_requests_at_the_same_time_keep_their_own_stamps() -> None:
    """Twenty requests are answered in the reverse order of their sending: each has waited for its own answer."""
    clock, arrived = RealClock(), list[Call]()
    all_here = asyncio.Event()

    async def script(call: Call) -> None:
        arrived.append(call)
        if len(arrived) == 20:
            all_here.set()
        await call.served.for_ever()

    async def answer_in_reverse() -> None:
        await all_here.wait()
        for call in sorted(arrived, key=lambda call: call.request.split()[1], reverse=True):
            await call.send(response(call.request.split()[1]))
            await clock.sleep_until(clock.monotonic() + 0.002)

    async with serving(script) as served, Wire(clock) as wire:
        answering_ = asyncio.create_task(answer_in_reverse())
        sends = (wire.send(Request("GET", f"{served.url}/{number:02}"), 5) for number in range(20))
        exchanges = await asyncio.gather(*sends)
        await answering_
    assert [exchange.body for exchange in exchanges] == [f"/{number:02}".encode() for number in range(20)]
    waits = [exchange.phases.wait_ms or 0.0 for exchange in exchanges]
    assert all(wait >= 2.0 * (19 - number) for number, wait in enumerate(waits))
    assert waits[0] - waits[-1] >= 30


# --- connections that the server has closed ---------------------------------------------------------------------


def closing_after(answers: int, *, reset: bool) -> Script:
    async def script(call: Call) -> None:
        if call.number < answers:
            await call.send(response())
        elif reset:
            call.reset()
        else:
            call.hang_up()

    return script


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("reset", [True, False])
async def test_a_stale_connection_is_not_asked_again_in_secret(method: str, *, reset: bool) -> None:
    async with serving(closing_after(1, reset=reset)) as served, Wire(RealClock()) as wire:
        request = Request(method, served.url, {}, b"{}" if method == "POST" else b"")
        assert (await wire.send(request, 5)).status == 200
        stale = await wire.send(request, 5)
        assert len(served.requests) == 2
        assert (await wire.send(request, 5)).status == 200  # on a new connection
        assert served.connections == 2
    assert stale.fault in {WireFault.RESET, WireFault.DISCONNECT}
    assert stale.phases.conn_reused is True
    verdict = outcomes.classify(Ask("1K"), stale, None, control_ok=True)
    assert (verdict.outcome, verdict.detail, verdict.attribution) == (Outcome.CONNECTION, "stale", Attribution.MONITOR)
    assert verdict.rule == "wire.stale_connection"


async def test_a_connection_that_was_closed_while_it_lay_idle_is_not_used() -> None:
    async def script(call: Call) -> None:
        await call.send(response())
        call.hang_up()

    async with serving(script) as served, Wire(RealClock()) as wire:
        for _ in range(5):
            exchange = await wire.send(Request("GET", served.url), 5)
            assert exchange.status == 200
            for _ in range(10):
                await asyncio.sleep(0)  # the loop reads the FIN
        assert served.connections == 5


# --- the pool ---------------------------------------------------------------------------------------------------


async def test_a_thousand_cancelled_requests_do_not_poison_the_pool() -> None:
    """httpx's own pool answers the next ten calls with PoolTimeout: an outage that never was."""

    async def script(call: Call) -> None:
        if call.request.startswith(b"GET /slow"):
            await call.served.for_ever()
        await call.send(response())

    async with serving(script) as served, Wire(RealClock()) as wire:
        for _ in range(10):
            slow = [wire.send(Request("GET", f"{served.url}/slow"), 0.02) for _ in range(100)]
            assert all(exchange.fault is not None for exchange in await asyncio.gather(*slow))
        healthy: list[Exchange] = [await wire.send(Request("GET", f"{served.url}/ok"), 5) for _ in range(10)]
    assert [exchange.status for exchange in healthy] == [200] * 10


async def test_a_cancelled_call_leaves_the_wire_usable() -> None:
    async def script(call: Call) -> None:
        if call.request.startswith(b"GET /slow"):
            await call.served.for_ever()
        await call.send(response())

    async with serving(script) as served, Wire(RealClock()) as wire:
        sending = asyncio.create_task(wire.send(Request("GET", f"{served.url}/slow"), 60))
        await served.arrived.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert (await wire.send(Request("GET", f"{served.url}/ok"), 5)).status == 200


async def test_a_hundred_requests_go_out_at_once() -> None:
    """No limit of the pool holds any of them back: the server answers none until it has all."""
    here = asyncio.Event()

    async def script(call: Call) -> None:
        if len(call.served.requests) == 100:
            here.set()
        await here.wait()
        await call.send(response())

    async with serving(script) as served, Wire(RealClock()) as wire:
        exchanges = await asyncio.gather(*(wire.send(Request("GET", served.url), 20) for _ in range(100)))
    assert [exchange.status for exchange in exchanges] == [200] * 100

"""At a door of its own a provider's connections meet their faults before any HTTP: by chance, by time, or on demand."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from probes.clock import RealClock
from probes.exchange import Wire
from probes.model import Exchange, Request, WireFault
from probes.simulator.loading import ScenarioError, load
from probes.simulator.scenario import Scenario
from probes.simulator.server import DOORS_PATH, LEDGER_PATH, Listening, serving
from probes.simulator.timeline import Ticking
from tests.probes.simulator.asks import of_format
from tests.probes.simulator.support import StoppedClock

FREE = "/sdapi/v1/sd-models"
W = WireFault


@asynccontextmanager
async def serving_at(scenario: Scenario, clock: Ticking | None = None) -> AsyncIterator[tuple[Listening, Wire]]:
    async with serving(scenario, clock or RealClock()) as at:
        ca_file = str(at.doors.ca_file) if at.doors.ca_file else None
        async with Wire(RealClock(), ca_file=ca_file) as wire:
            yield at, wire


async def knock(at: Listening, wire: Wire, *, timeout_s: float = 5.0) -> Exchange:
    """A free call on a connection of its own."""
    headers = {"authorization": "Bearer k1", "connection": "close"}
    return await wire.send(Request("GET", at.url_of("p") + FREE, headers), timeout_s)


async def turn(at: Listening, wire: Wire, what: str) -> int | None:
    return (await wire.send(Request("POST", f"{at.base_url}{DOORS_PATH}/p/{what}"), 5)).status


async def test_a_door_with_tls_is_believed_by_its_authority() -> None:
    async with serving_at(of_format("a1111", door="https")) as (at, wire):
        assert at.url_of("p").startswith("https://127.0.0.1:")
        exchange = await knock(at, wire)
    assert (exchange.status, exchange.fault) == (200, None)
    assert exchange.phases.tls_ms is not None


@pytest.mark.parametrize(
    ("fault", "wire_fault", "says"),
    [
        ("tls_silent", W.TIMEOUT_TLS, "no complete answer"),
        ("tls_reset", W.RESET, "reset"),
        ("tls_not", W.TLS, "wrong version number"),
        ("tls_self_signed", W.TLS, "self-signed"),
        ("tls_expired", W.TLS, "expired"),
        ("tls_wrong_host", W.TLS, "mismatch"),
    ],
)
async def test_a_handshake_goes_wrong_for_the_next_connection_and_for_no_other(
    fault: str, wire_fault: WireFault, says: str
) -> None:
    async with serving_at(of_format("a1111", door="https")) as (at, wire):
        assert await turn(at, wire, fault) == 204
        struck = await knock(at, wire, timeout_s=0.3 if fault == "tls_silent" else 5)
        after = await knock(at, wire)
        ledger = await wire.send(Request("GET", at.base_url + LEDGER_PATH), 5)
    assert (struck.status, struck.fault) == (None, wire_fault)
    assert says in (struck.error or "").lower()
    assert after.status == 200
    assert f'"{fault}": 1'.encode() in ledger.body
    assert b'"none": 1' in ledger.body


async def test_a_slow_handshake_waits_for_the_simulated_time() -> None:
    clock = StoppedClock()
    async with serving_at(of_format("a1111", door="https", faults={"tls_slow": 1.0}), clock) as (at, wire):
        assert (await knock(at, wire, timeout_s=0.2)).fault is W.TIMEOUT_TLS


async def test_a_port_refuses_or_swallows_until_it_is_told_otherwise() -> None:
    async with serving_at(of_format("a1111", door="http")) as (at, wire):
        met = []
        for what in ("refused", "none", "black_hole", "none"):
            await turn(at, wire, what)
            exchange = await knock(at, wire, timeout_s=0.3 if what == "black_hole" else 5)
            met.append((exchange.status, exchange.fault))
    assert met == [(None, W.REFUSED), (200, None), (None, W.TIMEOUT_CONNECT), (200, None)]


async def test_an_outage_shuts_the_port_for_its_span_and_a_share_strikes_handshakes() -> None:
    outages = [
        {"kind": "refused", "offset_s": 10, "duration_s": 10},
        {"kind": "tls_expired", "offset_s": 30, "duration_s": 10},
    ]
    clock, met = StoppedClock(), []
    async with serving_at(of_format("a1111", door="https", outages=outages), clock) as (at, wire):
        for seconds in (0, 10, 10, 10):
            clock.advance(seconds)
            if seconds:
                await turn(at, wire, "none")  # the door has turned when this is answered
            met.append((await knock(at, wire, timeout_s=0.5)).fault)
    # time stands still otherwise: an answer of HTTP never comes, and its silence is the proof of a connection
    assert met == [W.TIMEOUT_TTFB, W.REFUSED, W.TIMEOUT_TTFB, W.TLS]


async def test_what_is_no_door_or_no_fault_of_one_is_said() -> None:
    async with serving_at(of_format("a1111")) as (at, wire):
        assert await turn(at, wire, "tls_slow") == 404
    async with serving_at(of_format("a1111", door="http")) as (at, wire):
        assert await turn(at, wire, "overloaded") == 404
        assert await turn(at, wire, "none") == 204
        assert at.doors.ca_file is None


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("faults = { tls_slow = 0.1 }", 'tls_slow is met at a door of the provider\'s own; say door = "https"'),
        ('door = "http"\nfaults = { tls_slow = 0.1 }', 'say door = "https"'),
        ('door = "https"\nfaults = { refused = 0.1 }', "refused is of a port, not of a connection"),
        (
            'door = "http"\noutages = [{ kind = "black_hole", share = 0.5, offset_s = 0, duration_s = 1 }]',
            "black_hole is met by all who connect; leave share out",
        ),
        ('outages = [{ kind = "refused", offset_s = 0, duration_s = 1 }]', "say door"),
    ],
)
def test_a_fault_without_its_door_is_refused_with_the_file(tmp_path: Path, lines: str, says: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(
        '[providers.p]\nformat = "a1111"\nmodels = ["m"]\nprojects = { main = ["k"] }\n'
        'latency = { sizes = { "1K" = { median_s = 1 } } }\n' + lines
    )
    with pytest.raises(ScenarioError) as raised:
        load(path)
    assert says in str(raised.value)


async def test_the_ports_are_free_again_when_it_has_ended() -> None:
    async with serving_at(of_format("a1111", door="http")) as (at, _):
        port = int(at.url_of("p").rsplit(":", 1)[1].partition("/")[0])
    with socket.socket() as mine:
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        mine.bind(("127.0.0.1", port))


async def test_a_provider_that_keeps_no_connection_closes_each() -> None:
    async with serving_at(of_format("a1111", keep_alive=False)) as (at, wire):
        request = Request("GET", at.url_of("p") + FREE, {"authorization": "Bearer k1"})
        reused = [(await wire.send(request, 5)).phases.conn_reused for _ in range(2)]
    assert reused == [False, False]

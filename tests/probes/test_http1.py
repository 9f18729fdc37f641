"""HTTP/1.1 as servers speak it: where an answer ends, what may follow it, and which connection may be used again."""

import asyncio
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from probes import arrivals
from probes.clock import RealClock
from probes.exchange import Wire
from probes.http1 import head_of
from probes.model import Exchange, Request, WireFault
from tests.probes.authority import make
from tests.probes.servers import Call, Script, answering, listening, response, serving

OK = b"HTTP/1.1 200 OK\r\n"


def saying(*pieces: bytes, hang_up: bool = False) -> Script:
    """These bytes as an answer, each written on its own."""

    async def script(call: Call) -> None:
        for piece in pieces:
            await call.send(piece)
            await asyncio.sleep(0)
        if hang_up:
            call.hang_up()

    return script


async def twice(script: Script, method: str = "GET", *, tls: ssl.SSLContext | None = None) -> tuple[Exchange, int]:
    """The first of two exchanges, and over how many connections both went."""
    async with serving(script, tls=tls) as served, Wire(RealClock()) as wire:
        first, _ = [await wire.send(Request(method, served.url), 5) for _ in range(2)]
        assert len(served.requests) == 2
        return first, served.connections


CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
ENDINGS: dict[str, tuple[Script, str, int, bytes, int]] = {
    "a length": (saying(OK + b"content-length: 3\r\n\r\n", b"a", b"bc"), "GET", 200, b"abc", 1),
    "no body at all": (saying(OK + b"content-length: 0\r\n\r\n"), "GET", 200, b"", 1),
    "chunks": (saying(CHUNKED, b"1\r\na\r\n2\r", b"\nbc\r\n0\r\n\r\n"), "GET", 200, b"abc", 1),
    "chunks with extensions and a trailer": (
        saying(CHUNKED, b'3;x="y"\r\nabc\r\n0\r\nx-sum: 9\r\ncontent-type: x\r\n\r\n'), "GET", 200, b"abc", 1,
    ),
    "every byte on its own": (
        saying(*(bytes([byte]) for byte in CHUNKED + b"3\r\nabc\r\n0\r\n\r\n")), "GET", 200, b"abc", 1,
    ),
    "the end of the connection": (saying(OK + b"\r\n", b"ab", b"c", hang_up=True), "GET", 200, b"abc", 2),
    "HTTP/1.0": (saying(b"HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nabc"), "GET", 200, b"abc", 2),
    "a farewell in the head": (
        saying(OK + b"connection: close\r\ncontent-length: 3\r\n\r\nabc"), "GET", 200, b"abc", 2,
    ),
    "nothing after 204": (saying(b"HTTP/1.1 204 No Content\r\n\r\n"), "GET", 204, b"", 1),
    "nothing after 304, whatever its length": (
        saying(b"HTTP/1.1 304 Not Modified\r\ncontent-length: 99\r\n\r\n"), "GET", 304, b"", 1,
    ),
    "nothing after HEAD, whatever its length": (saying(OK + b"content-length: 99\r\n\r\n"), "HEAD", 200, b"", 1),
    "hints before it": (
        saying(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n", response(b"abc")),
        "GET", 200, b"abc", 1,
    ),
    "another protocol that nobody asked for": (
        saying(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nabc"), "GET", 101, b"", 2,
    ),
    "more than it announced": (saying(OK + b"content-length: 3\r\n\r\nabcdef"), "GET", 200, b"abc", 2),
    "a second answer that nobody asked for": (saying(response(b"abc") + response(b"def")), "GET", 200, b"abc", 2),
}  # fmt: skip


@pytest.mark.parametrize(("script", "method", "status", "body", "connections"), ENDINGS.values(), ids=ENDINGS)
async def test_an_answer_ends_where_it_says(
    script: Script, method: str, status: int, body: bytes, connections: int
) -> None:
    found, used = await twice(script, method)
    assert (found.status, found.fault, found.body, used) == (status, None, body, connections)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        pytest.param(OK + b"content-length: 3\r\ncontent-length: 4\r\n\r\nabcd", WireFault.PROTOCOL, id="two lengths"),
        pytest.param(CHUNKED + b"zz\r\n", WireFault.PROTOCOL, id="a chunk without a length"),
        pytest.param(
            OK + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
            WireFault.PROTOCOL,
            id="a length and chunks",
        ),
        pytest.param(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 9_000, WireFault.PROTOCOL, id="hints without end"),
    ],
)
async def test_what_could_be_read_in_two_ways_is_not_read(answer: bytes, fault: WireFault) -> None:
    async with serving(saying(answer)) as served, Wire(RealClock()) as wire:
        assert (await wire.send(Request("GET", served.url), 5)).fault is fault


async def test_what_comes_while_a_connection_lies_idle_ends_it() -> None:
    gone = asyncio.Event()

    async def script(call: Call) -> None:
        await call.send(response(b"abc"))
        await asyncio.sleep(0)
        await call.send(response(b"not asked for"))
        gone.set()

    async with serving(script) as served, Wire(RealClock()) as wire:
        for _ in range(3):
            gone.clear()
            assert (await wire.send(Request("GET", served.url), 5)).body == b"abc"
            await gone.wait()
        assert served.connections == 3


async def test_a_connection_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.pool._KEPT_S", 0.0)
    async with serving(answering()) as served, Wire(RealClock()) as wire:
        await wire.send(Request("GET", served.url), 5)
        while wire._pool._resting:  # noqa: ASYNC110 - a timer of nought seconds: a turn or two
            await asyncio.sleep(0)
        await wire.send(Request("GET", served.url), 5)
        assert served.connections == 2


# --- while the request is still being sent -------------------------------------------------------------------------

LARGE = bytes(20_000_000)


@pytest.mark.parametrize("hang_up", [True, False], ids=["and hangs up", "and reads no more"])
async def test_an_answer_before_the_request_was_heard_is_the_answer(*, hang_up: bool) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(response(b"too large", status="413 Payload Too Large"))
        await writer.drain()
        if not hang_up:
            await asyncio.Event().wait()

    async with listening(refuse) as port, Wire(RealClock()) as wire:
        exchange = await wire.send(Request("POST", f"http://127.0.0.1:{port}/", {}, LARGE), 5)
        assert not wire._pool._resting
    if exchange.fault is not WireFault.RESET:  # its farewell may have overtaken the answer
        assert (exchange.status, exchange.body, exchange.fault) == (413, b"too large", None)
        assert exchange.phases.upload_ms is not None
        assert exchange.phases.wait_ms == pytest.approx(0.0, abs=1.0)
    assert hang_up or exchange.status == 413


async def test_a_request_that_nobody_reads_runs_into_its_deadline() -> None:
    async def deaf(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        reader._transport.pause_reading()  # type: ignore[attr-defined]  # asyncio reads ahead, else
        await asyncio.Event().wait()

    async with listening(deaf) as port, Wire(RealClock()) as wire:
        exchange = await wire.send(Request("POST", f"http://127.0.0.1:{port}/", {}, LARGE), 0.2)
    assert exchange.fault is WireFault.TIMEOUT_TTFB
    assert exchange.phases.upload_ms is None


@pytest.mark.parametrize(("name", "value"), [("x", "a\r\nevil: 1"), ("x", "a\n"), ("x", "\0"), ("x y", "a"), ("", "a")])
def test_a_header_cannot_break_the_request_apart(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="would break"):
        head_of("GET", "/", "h", [(name, value)], 0)


# --- TLS ------------------------------------------------------------------------------------------------------------


async def test_large_answers_and_requests_pass_through_tls_whole(tmp_path: Path) -> None:
    ca_file, tls = make(tmp_path)
    body = bytes(range(256)) * 20_000
    heard: list[bytes] = []

    async def script(call: Call) -> None:
        heard.append(call.request)
        await call.send(response(body))

    async with serving(script, tls=tls) as served, Wire(RealClock(), ca_file=str(ca_file)) as wire:
        exchanges = [await wire.send(Request("POST", served.url, {}, body), 10) for _ in range(2)]
        assert served.connections == 1
    assert [exchange.body == body for exchange in exchanges] == [True, True]
    assert all(request.endswith(body) for request in heard)


async def test_an_answer_that_ends_with_its_connection_ends_so_through_tls_too(tmp_path: Path) -> None:
    ca_file, tls = make(tmp_path)
    async with (
        serving(saying(OK + b"\r\n", b"abc", hang_up=True), tls=tls) as served,
        Wire(RealClock(), ca_file=str(ca_file)) as wire,
    ):
        exchange = await wire.send(Request("GET", served.url), 5)
    assert (exchange.fault, exchange.body) == (None, b"abc")


# --- several addresses, and times -----------------------------------------------------------------------------------


@pytest.mark.parametrize("reachable", [True, False])
async def test_all_addresses_of_a_name_are_tried(monkeypatch: pytest.MonkeyPatch, *, reachable: bool) -> None:
    async def found(_host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
        nobody = [(socket.AF_INET, (f"127.0.0.{last}", port)) for last in (2, 3)]
        return [*nobody, (socket.AF_INET, ("127.0.0.1", port if reachable else 1))]

    monkeypatch.setattr("probes.dialing._looked_up", found)
    async with serving(answering()) as served, Wire(RealClock()) as wire:
        exchange = await wire.send(Request("GET", f"http://several.example:{served.port}/"), 5)
    if reachable:
        assert (exchange.status, exchange.fault) == (200, None)
    else:
        assert (exchange.status, exchange.fault) == (None, WireFault.REFUSED)


@pytest.mark.skipif(not arrivals.KNOWN, reason="this kernel does not say when bytes arrived")
async def test_an_answer_counts_from_its_arrival_however_late_we_read_it() -> None:
    """It comes when the event loop is held up, which goes on for a while after it."""
    held_s, may_answer, answered = 0.3, threading.Event(), threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            may_answer.wait()
            connection.sendall(response(b"abc"))
            answered.set()
            connection.recv(1)

    def hold_up() -> None:
        may_answer.set()
        answered.wait()
        time.sleep(held_s)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        async with Wire(RealClock()) as wire:
            asyncio.get_running_loop().call_later(0.05, hold_up)
            began_s = time.perf_counter()
            exchange = await wire.send(Request("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/"), 5)
            seen_ms = (time.perf_counter() - began_s) * 1000
        thread.join()
    assert exchange.body == b"abc"
    assert exchange.phases.total_ms is not None
    assert exchange.phases.total_ms <= seen_ms - held_s * 1000
    assert (exchange.phases.wait_ms or 0.0) <= exchange.phases.total_ms

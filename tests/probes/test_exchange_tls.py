"""The TLS handshake is told apart from the TCP connect, and a certificate that is wrong is a fault."""

import asyncio
import ssl
from contextlib import closing
from pathlib import Path

import pytest

from probes.clock import RealClock
from probes.exchange import Wire
from probes.model import Exchange, Request, WireFault
from tests.probes.authority import make
from tests.probes.servers import answering, listening, serving


async def asked(
    tls: ssl.SSLContext, ca_file: Path | None, *, host: str = "127.0.0.1", times: int = 1
) -> list[Exchange]:
    async with (
        serving(answering(), tls=tls, host=host) as served,
        Wire(RealClock(), ca_file=str(ca_file) if ca_file else None) as wire,
    ):
        return [await wire.send(Request("GET", served.url), 5) for _ in range(times)]


async def test_the_handshake_has_a_time_of_its_own_and_a_reused_connection_has_none(tmp_path: Path) -> None:
    ca_file, tls = make(tmp_path)
    first, second = await asked(tls, ca_file, times=2)
    assert (first.status, second.status) == (200, 200)
    assert first.phases.connect_ms is not None
    assert first.phases.tls_ms is not None
    assert first.phases.connect_ms > 0
    assert first.phases.tls_ms > 0
    assert (second.phases.connect_ms, second.phases.tls_ms, second.phases.conn_reused) == (None, None, True)


async def test_a_slow_handshake_is_counted_as_one(tmp_path: Path) -> None:
    """A relay between client and server holds the client's hello for a while."""
    ca_file, tls = make(tmp_path)
    clock, held_s = RealClock(), 0.2

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
        sink.close()

    async with serving(answering(), tls=tls) as served:

        async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            hello = await reader.read(65536)
            await clock.sleep_until(clock.monotonic() + held_s)
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", served.port)
            with closing(inner_writer):
                inner_writer.write(hello)
                await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

        async with listening(relay) as port, Wire(clock, ca_file=str(ca_file)) as wire:
            exchange = await wire.send(Request("GET", f"https://127.0.0.1:{port}/"), 5)
    assert exchange.phases.tls_ms is not None
    assert exchange.phases.connect_ms is not None
    assert exchange.phases.tls_ms >= held_s * 1000
    assert exchange.phases.connect_ms < held_s * 1000


@pytest.mark.parametrize("case", ["unknown authority", "another name", "expired"])
async def test_a_certificate_that_proves_nothing_is_a_fault_of_tls(tmp_path: Path, case: str) -> None:
    ca_file, tls = make(tmp_path, expired=case == "expired")
    (exchange,) = await asked(
        tls,
        None if case == "unknown authority" else ca_file,
        host="localhost" if case == "another name" else "127.0.0.1",
    )
    assert (exchange.fault, exchange.status) == (WireFault.TLS, None)
    assert exchange.phases.wait_ms is None
    assert "certificate" in (exchange.error or "").lower()


async def test_plain_http_behind_https_is_a_fault_of_tls() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()

    async with listening(plain) as port, Wire(RealClock()) as wire:
        exchange = await wire.send(Request("GET", f"https://127.0.0.1:{port}/"), 5)
    assert (exchange.fault, exchange.status) == (WireFault.TLS, None)


async def test_a_server_that_never_shakes_hands_is_a_timeout_of_tls() -> None:
    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()  # until the client gives up

    async with listening(silent) as port, Wire(RealClock()) as wire:
        exchange = await wire.send(Request("GET", f"https://127.0.0.1:{port}/"), 0.2)
    assert exchange.fault is WireFault.TIMEOUT_TLS
    assert exchange.phases.connect_ms is not None
    assert exchange.phases.tls_ms is None


async def test_a_server_that_resets_the_handshake_is_no_certificate_problem() -> None:
    async def slam(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.abort()

    async with listening(slam) as port, Wire(RealClock()) as wire:
        exchange = await wire.send(Request("GET", f"https://127.0.0.1:{port}/"), 5)
    assert exchange.fault in {WireFault.RESET, WireFault.DISCONNECT}
    assert exchange.phases.conn_reused is None  # it was never ready: nothing was sent, so nothing is billed


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_an_authority_that_cannot_be_read_is_told_before_anything_is_sent(
    tmp_path: Path, content: str | None
) -> None:
    ca_file = tmp_path / "ca.pem"
    if content:
        ca_file.write_text(content)
    with pytest.raises(OSError, match=r"No such file|no certificate|PEM|NO_CERTIFICATE"):
        await Wire(RealClock(), ca_file=str(ca_file)).__aenter__()


@pytest.mark.parametrize("allowed", [None, frozenset(("loopback",))], ids=["configured", "named-by-a-provider"])
async def test_the_authority_of_one_address_is_believed_there_and_nowhere_else(
    tmp_path: Path, allowed: frozenset[str] | None
) -> None:
    ca_file, tls = make(tmp_path)
    async with serving(answering(), tls=tls) as own, serving(answering(), tls=tls) as other:
        trusted = {f"https://127.0.0.1:{own.port}/gateway": str(ca_file)}
        async with Wire(RealClock(), ca_files=trusted) as wire:
            there, elsewhere = [
                await wire.send(Request("GET", served.url), 5, allowed=allowed) for served in (own, other)
            ]
    assert (there.status, there.fault) == (200, None)
    assert (elsewhere.status, elsewhere.fault) == (None, WireFault.TLS)

"""Whatever a server does, an exchange ends: once, on time, bounded, and as data."""

import asyncio
import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.clock import RealClock
from probes.exchange import Wire
from probes.model import Exchange, Request, WireFault
from tests.probes.servers import Call, Script, answering, free_port, response, serving

HEAD = b"HTTP/1.1 200 OK\r\n"


async def asked(script: Script, *, timeout_s: float = 5.0, max_body_bytes: int = 1_000_000) -> tuple[Exchange, int]:
    """One POST to a server that follows the script: what came of it, and how many requests the server saw."""
    async with serving(script) as served, Wire(RealClock(), max_body_bytes=max_body_bytes) as wire:
        exchange = await wire.send(Request("POST", f"{served.url}/v1", {}, b'{"a":1}'), timeout_s)
        return exchange, len(served.requests)


async def reset(call: Call) -> None:
    call.reset()


async def hang_up(call: Call) -> None:
    call.hang_up()


async def half_a_head(call: Call) -> None:
    await call.send(HEAD + b"content-le")
    call.hang_up()


async def short_body(call: Call) -> None:
    await call.send(HEAD + b"content-length: 100\r\n\r\nabc")
    call.hang_up()


async def short_body_then_reset(call: Call) -> None:
    await call.send(HEAD + b"content-length: 100\r\n\r\nabc")
    call.reset()


async def cut_chunk(call: Call) -> None:
    await call.send(HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n10\r\nabc")
    call.hang_up()


async def no_last_chunk(call: Call) -> None:
    await call.send(HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n")
    call.hang_up()


async def cut_gzip(call: Call) -> None:
    await call.send(response(gzip.compress(bytes(range(256)) * 99)[:-40], content_encoding="gzip"))


async def another_protocol(call: Call) -> None:
    await call.send(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    call.hang_up()


async def impossible_length(call: Call) -> None:
    await call.send(HEAD + b"content-length: -5\r\n\r\n")


async def endless_header(call: Call) -> None:
    await call.send(HEAD + b"x-request-id: " + b"a" * 100_000 + b"\r\n\r\n")


async def damaged_gzip(call: Call) -> None:
    await call.send(response(b"this is no gzip", content_encoding="gzip"))


CASES = {
    "reset before headers": (reset, WireFault.RESET, None),
    "closed before headers": (hang_up, WireFault.DISCONNECT, None),
    "closed within headers": (half_a_head, WireFault.DISCONNECT, None),
    "body shorter than announced": (short_body, WireFault.CUT, 200),
    "reset within the body": (short_body_then_reset, WireFault.CUT, 200),
    "cut within a chunk": (cut_chunk, WireFault.CUT, 200),
    "no last chunk": (no_last_chunk, WireFault.CUT, 200),
    "gzip that ends early": (cut_gzip, WireFault.CUT, 200),
    "not HTTP at all": (another_protocol, WireFault.PROTOCOL, None),
    "a negative length": (impossible_length, WireFault.PROTOCOL, None),
    "a header without end": (endless_header, WireFault.PROTOCOL, None),
    "damaged gzip": (damaged_gzip, WireFault.PROTOCOL, 200),
    "an encoding nobody asked for": (answering(b"?", content_encoding="br"), WireFault.PROTOCOL, 200),
}


@pytest.mark.parametrize(("script", "fault", "status"), CASES.values(), ids=CASES)
async def test_a_broken_answer_is_a_fault_and_is_not_asked_for_again(
    script: Script, fault: WireFault, status: int | None
) -> None:
    exchange, requests = await asked(script)
    assert (exchange.fault, exchange.status, requests) == (fault, status, 1)
    assert exchange.phases.total_ms is not None
    assert exchange.phases.conn_reused is False


async def silent(call: Call) -> None:
    await call.served.for_ever()


async def headers_then_silence(call: Call) -> None:
    await call.send(HEAD + b"content-length: 100\r\n\r\nabc")
    await call.served.for_ever()


async def drip(call: Call) -> None:
    """Each byte comes in time for a timeout of reads; all of them never do."""
    await call.send(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    while True:
        await call.send(b"1\r\nx\r\n")
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("script", "fault", "status"),
    [
        pytest.param(silent, WireFault.TIMEOUT_TTFB, None, id="silence"),
        pytest.param(headers_then_silence, WireFault.READ_STALL, 200, id="silence after the headers"),
        pytest.param(drip, WireFault.TIMEOUT_TOTAL, 200, id="a body that never ends"),
    ],
)
async def test_the_deadline_is_of_the_whole_exchange(script: Script, fault: WireFault, status: int | None) -> None:
    exchange, requests = await asked(script, timeout_s=0.25, max_body_bytes=10**9)
    assert (exchange.fault, exchange.status, requests) == (fault, status, 1)
    assert exchange.phases.total_ms is not None
    assert 200 <= exchange.phases.total_ms < 1000
    assert exchange.error == "no complete answer within 0.25 s"


async def test_a_deadline_that_has_passed_sends_nothing() -> None:
    exchange, requests = await asked(answering(), timeout_s=-1.0)
    assert (exchange.fault, requests) == (WireFault.TIMEOUT_CONNECT, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_nobody_listening_is_a_refusal(host: str) -> None:
    async with Wire(RealClock()) as wire:
        exchange = await wire.send(Request("GET", f"http://{host}:{free_port()}/"), 5)
    assert (exchange.fault, exchange.status) == (WireFault.REFUSED, None)
    assert exchange.phases.conn_reused is None
    assert exchange.phases.wait_ms is None


async def test_a_name_that_is_none_is_a_fault_of_dns() -> None:
    async with Wire(RealClock()) as wire:
        exchange = await wire.send(Request("GET", "http://upheld.invalid/"), 5)
    assert exchange.fault is WireFault.DNS


# --- bounded ---------------------------------------------------------------------------------------------------


async def flood(call: Call) -> None:
    await call.send(HEAD + b"content-length: 999999999999\r\n\r\n")
    while True:
        await call.send(b"x" * 65536)


async def test_a_body_without_end_is_read_to_the_cap_and_not_beyond() -> None:
    exchange, _ = await asked(flood, max_body_bytes=500_000)
    assert (exchange.fault, exchange.status) == (WireFault.TOO_LARGE, 200)
    assert 500_000 < len(exchange.body) < 600_000


def nested(layers: int, size: int) -> bytes:
    data = bytes(size)
    for _ in range(layers):
        data = gzip.compress(data)
    return data


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
async def test_gzip_is_opened_though_nobody_asked_for_it(encoding: str) -> None:
    body = b'{"a": 1}' * 50_000
    exchange, _ = await asked(answering(gzip.compress(body), content_encoding=encoding))
    assert (exchange.fault, exchange.body) == (None, body)


async def test_deflate_is_opened_and_an_empty_body_is_no_cut() -> None:
    exchange, _ = await asked(answering(zlib.compress(b"{}" * 9), content_encoding="deflate"))
    assert exchange.body == b"{}" * 9
    exchange, _ = await asked(answering(b"", content_encoding="gzip"))
    assert (exchange.fault, exchange.body) == (None, b"")


async def test_a_bomb_goes_off_in_small_pieces_and_ends_at_the_cap() -> None:
    """30 MB behind 30 KB: at no time is more in memory than the cap, the wire's buffer and one piece."""
    bomb = nested(1, 30_000_000)
    script = answering(bomb, content_encoding="gzip")
    async with serving(script) as served, Wire(RealClock(), max_body_bytes=1_000_000) as wire:
        tracemalloc.start()
        exchange = await wire.send(Request("GET", served.url), 5)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert exchange.fault is WireFault.TOO_LARGE
    assert len(exchange.body) < 1_100_000
    assert peak < 5_000_000


async def test_a_bomb_within_a_bomb_is_not_opened() -> None:
    bomb = nested(2, 30_000_000)
    assert len(bomb) < 1000
    exchange, _ = await asked(answering(bomb, content_encoding="gzip, gzip"))
    assert (exchange.fault, exchange.body) == (WireFault.PROTOCOL, b"")


# --- what is sent -----------------------------------------------------------------------------------------------


async def test_a_redirect_is_not_followed_because_it_would_carry_the_key_away() -> None:
    exchange, requests = await asked(answering(b"", status="307 Temporary Redirect", location="/elsewhere"))
    assert (exchange.status, exchange.fault, requests) == (307, None, 1)
    assert exchange.headers["location"] == "/elsewhere"


@pytest.mark.parametrize(
    "target",
    [
        "/a%2Fb%7E%3A?sig=%2Bx%2F%3D&b=a%20b+c&c=;,&d=%c3%a9",
        "/p?X-Amz-Credential=AKIA%2F20261122%2Fs3&X-Amz-Signature=0f",
        "/p?se=2026-11-22T00%3A00%3A00Z&sig=abc%2Bdef%3D",
        "/a'()*!$",
    ],
)
async def test_a_signed_url_arrives_byte_for_byte(target: str) -> None:
    async with serving(answering()) as served, Wire(RealClock()) as wire:
        await wire.send(Request("GET", served.url + target, carries_key=False), 5)
        assert served.requests[0].split(b" ")[1].decode() == target


async def test_a_request_carries_what_it_was_given_and_nothing_of_ours_but_the_agent() -> None:
    async with serving(answering()) as served, Wire(RealClock()) as wire:
        headers = {"x-goog-api-key": "k", "content-type": "application/json"}
        await wire.send(Request("POST", f"{served.url}/v1", headers, b'{"a":1}'), 5)
        head, _, body = served.requests[0].partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    sent = dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:])
    assert sent == {
        "host": served.url.removeprefix("http://"),
        "accept": "*/*",
        "connection": "keep-alive",
        "user-agent": "upheld/0.1",
        "accept-encoding": "identity",
        "x-goog-api-key": "k",
        "content-type": "application/json",
        "content-length": "7",
    }


async def test_cookies_of_a_provider_are_not_kept() -> None:
    async with serving(answering(set_cookie="session=1; Path=/")) as served, Wire(RealClock()) as wire:
        for _ in range(2):
            await wire.send(Request("GET", served.url), 5)
    assert len(served.requests) == 2
    assert all(b"cookie" not in request.lower() for request in served.requests)


async def test_headers_come_with_lower_case_names_whatever_their_bytes() -> None:
    async def script(call: Call) -> None:
        await call.send(HEAD + b"X-Request-ID: n\xe9\r\nX-Twice: 1\r\nx-twice: 2\r\ncontent-length: 0\r\n\r\n")

    exchange, _ = await asked(script)
    assert exchange.headers["x-request-id"] == "né"
    assert exchange.headers["x-twice"] == "1, 2"


async def test_early_hints_are_not_the_answer() -> None:
    async def script(call: Call) -> None:
        await call.send(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + response(b"[1]"))

    exchange, _ = await asked(script)
    assert (exchange.status, exchange.body) == (200, b"[1]")


# --- what a provider calls a URL ----------------------------------------------------------------------------------

NO_URLS = [
    "",
    "/images/1.png",
    "http://",
    "http://[::1",
    "http://a b/",
    "http://x:99999/",
    "http://x:port/",
    "http://\x00/",
    "http://\ud800/",
    "http://127.0.0.1:1/\ud800",
    "http://127.0.0.1:1/\r\nx-evil: 1",
    "http://user:password@127.0.0.1:1/",
    "http://xn--/",
    "http://" + "a" * 300 + "/",
    "file:///etc/passwd",
    "ftp://127.0.0.1/x",
    "data:image/png;base64,AAAA",
    "gs://bucket/x.png",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("url", NO_URLS)
async def test_a_url_that_is_none_is_the_fault_of_who_sent_it(url: str) -> None:
    async with Wire(RealClock()) as wire:
        exchange = await wire.send(Request("GET", url, carries_key=False), 5)
    assert exchange.fault in {WireFault.PROTOCOL, WireFault.DNS}
    assert exchange.status is None
    assert exchange.error


@settings(max_examples=8)
@given(ends=st.lists(st.text(max_size=40), max_size=20))
def test_no_url_makes_it_raise(ends: list[str]) -> None:
    async def fetch_all() -> list[Exchange]:
        async with Wire(RealClock()) as wire:
            urls = [start + end for end in ends for start in ("", "http://", "http://127.0.0.1:1/")]
            return [await wire.send(Request("GET", url, carries_key=False), 0.1) for url in urls]

    assert all(exchange.fault is not None for exchange in asyncio.run(fetch_all()))


@pytest.mark.parametrize("key", ["kéy", "日本", "\ud800"])
async def test_a_key_that_fits_into_no_header_is_our_own_mistake(key: str) -> None:
    async with Wire(RealClock()) as wire:
        with pytest.raises(ValueError, match="codec can't encode") as raised:
            await wire.send(Request("GET", "http://127.0.0.1:1/", {"x-goog-api-key": key}), 5)
    assert key not in str(raised.value)


async def test_a_wire_outside_of_its_context_sends_nothing() -> None:
    with pytest.raises(RuntimeError, match="outside of its context"):
        await Wire(RealClock()).send(Request("GET", "http://127.0.0.1:1/"), 1)

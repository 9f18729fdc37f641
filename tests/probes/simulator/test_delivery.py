"""What happens to an answer on its way happens on the wire, to the byte."""

import asyncio
import gzip
import json
import zlib
from datetime import timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import pytest

from probes.simulator.delivery import bomb
from tests.probes.simulator.asks import GOOD, of_format
from tests.probes.simulator.support import START, Bench, JumpClock, StoppedClock, bench

PATH, BODY = GOOD["gemini"].path, GOOD["gemini"].body


async def raw(to: Bench, fault: str, *, enough: int = 10**9) -> bytes:
    """Everything that the server sends, headers included, until it ends or there is enough."""
    host, port = to.base_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = json.dumps(BODY).encode()
    head = f"POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k1\r\nx-sim-fault: {fault}\r\n"
    writer.write(head.encode() + f"content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
    got = b""
    while len(got) < enough and (more := await reader.read(1 << 20)):
        got += more
    writer.transport.abort()
    return got


@pytest.mark.parametrize(("fault", "framing"), [("truncated", b"Content-Length: "), ("truncated_chunked", b"chunked")])
async def test_a_truncated_body_is_half_of_what_was_promised(fault: str, framing: bytes) -> None:
    async with bench(of_format("gemini")) as to:
        whole, cut = await raw(to, "clock_skew"), await raw(to, fault)
    assert framing in cut
    assert 0.4 < len(cut) / len(whole) < 0.65
    assert not cut.endswith(b"0\r\n\r\n")


async def test_json_that_is_cut_agrees_with_its_length() -> None:
    async with bench(of_format("gemini")) as to:
        got = await to.ask(PATH, BODY, fault="json_cut")
    assert int(got.headers["content-length"]) == len(got.body)
    with pytest.raises(json.JSONDecodeError):
        json.loads(got.body)


async def test_a_reset_midway_comes_after_half_of_the_body() -> None:
    async with bench(of_format("gemini", answer_bytes={"1K": 100_000})) as to:
        headers = {"authorization": "Bearer k1", "x-sim-fault": "reset_midway"}
        async with to.session.post(to.base_url + PATH, json=BODY, headers=headers) as answer:
            assert answer.status == 200
            with pytest.raises(aiohttp.ClientPayloadError):
                await answer.read()
        assert (await to.ledger())["image"]["endings"] == {"reset_midway": 1}


async def test_a_stall_says_half_and_then_nothing_more() -> None:
    async with bench(of_format("gemini", answer_bytes={"1K": 100_000})) as to:
        headers = {"authorization": "Bearer k1", "x-sim-fault": "stall"}
        async with to.session.post(to.base_url + PATH, json=BODY, headers=headers) as answer:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await answer.read()


async def test_a_drip_takes_ten_minutes_and_is_whole() -> None:
    clock = JumpClock()
    async with bench(of_format("gemini", answer_bytes={"1K": 100_000}), clock) as to:
        began_s = clock.at_s
        got = await to.ask(PATH, BODY, fault="drip")
    assert got.json["candidates"]
    assert clock.at_s - began_s == pytest.approx(610)


async def test_a_drip_is_no_silence() -> None:
    """A client that waits for each read alone waits ten minutes: every half second there is something."""
    clock = StoppedClock()
    async with bench(of_format("gemini"), clock) as to, asyncio.timeout(20):
        headers = {"authorization": "Bearer k1", "x-sim-fault": "drip"}
        posted = asyncio.create_task(to.session.post(to.base_url + PATH, json=BODY, headers=headers))
        await to.reports(lambda ledger: ledger["image"]["accepted"] == 1)
        clock.advance(8.1)
        answer = await posted
        for _ in range(5):
            assert len(await answer.content.readany()) < 50
            clock.advance(0.6)
        answer.close()


async def test_gzip_is_sound_where_it_is_meant_to_be() -> None:
    async with bench(of_format("gemini")) as to:
        good = await raw(to, "gzipped")
        bad = await raw(to, "gzip_corrupt")
    assert json.loads(gzip.decompress(good.partition(b"\r\n\r\n")[2]))["candidates"]
    assert b"content-encoding: gzip" in bad
    assert json.loads(bad.partition(b"\r\n\r\n")[2])["candidates"]


def test_a_bomb_is_a_thousandth_of_what_it_inflates_to_and_sound() -> None:
    small = bomb(4)
    assert len(small) < 4 * 2**20 / 900
    assert zlib.decompress(small, wbits=31) == b" " * 4 * 2**20


async def test_an_endless_body_goes_on_as_long_as_it_is_read() -> None:
    async with bench(of_format("gemini")) as to:
        assert len(await raw(to, "endless", enough=20 * 2**20)) >= 20 * 2**20


async def test_a_huge_header_is_a_megabyte() -> None:
    async with bench(of_format("gemini")) as to:
        head = (await raw(to, "huge_header")).partition(b"\r\n\r\n")[0]
    assert len(head) > 2**20


async def test_what_is_not_http_and_what_is_nothing() -> None:
    async with bench(of_format("gemini")) as to:
        assert await raw(to, "not_http") == b"220 mail.example.com ESMTP\r\n"
        assert await raw(to, "close") == b""


async def test_dates_are_of_the_providers_clock_which_may_be_ahead() -> None:
    async with bench(of_format("gemini", clock_ahead_s=90.0)) as to:
        usual = parsedate_to_datetime((await to.ask("/p/v1beta/models/m1")).headers["date"])
        skewed = parsedate_to_datetime((await to.ask(PATH, BODY, fault="clock_skew")).headers["date"])
    assert timedelta(0) <= usual - START - timedelta(seconds=90) < timedelta(seconds=2)
    assert timedelta(minutes=61) < skewed - START < timedelta(minutes=62)


async def test_a_redirect_leads_to_a_path_where_a_key_would_be_seen() -> None:
    async with bench(of_format("gemini")) as to:
        headers = {"authorization": "Bearer k1", "x-sim-fault": "redirect"}
        async with to.session.post(to.base_url + PATH, json=BODY, headers=headers, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["location"]) == (307, f"{to.base_url}{PATH}/moved")
        assert (await to.ledger())["control"]["arrived"] == 0


async def test_created_is_the_answer_under_another_status() -> None:
    async with bench(of_format("gemini")) as to:
        got = await to.ask(PATH, BODY, fault="created")
        ledger = await to.ledger()
    assert (got.status, bool(got.json["candidates"])) == (201, True)
    assert ledger["images"]["delivered"] == {"1K": 1}

"""Large answers are read in another process; whatever happens to it, it is nobody else's fault."""

import asyncio
import os
import signal
from contextlib import suppress
from typing import Any

import pytest

from probes.model import OUR_READER, Answer, Ask, Exchange, Request, Secret, Target
from probes.reading import Reader
from probes.reading_process import Read, read
from tests.probes import bodies as b
from tests.probes.pictures import picture

ASK = Ask("1K", "1:1", "x")
TARGET = Target("p", "gemini", "http://127.0.0.1:1", "m", key=Secret("k"))
LARGE = Exchange(200, {}, b.gemini(b.inline(picture(1024, 1024))))
SMALL = Exchange(200, {}, b'{"error": {"code": 500}}')


def worker(reader: Reader) -> int:
    """The process that reads; it has nothing to do."""
    assert reader._idle is not None
    idle = reader._idle.get_nowait()
    reader._idle.put_nowait(idle)
    return idle.process.pid


def test_a_conversation_begins_with_a_request() -> None:
    told = read(TARGET, ASK, ())
    assert isinstance(told.step, Request)
    assert told.body_sha256 is None


def test_the_fingerprint_is_of_the_last_body() -> None:
    assert read(TARGET, ASK, (SMALL,)).body_sha256 == read(TARGET, ASK, (LARGE, SMALL)).body_sha256
    assert read(TARGET, ASK, (Exchange(200, {}, b""),)).body_sha256 is None


def test_an_adapter_of_ours_that_fails_is_our_fault_and_not_theirs() -> None:
    told = read(Target("p", "not_there", "http://x", "m"), ASK, (SMALL,))
    assert isinstance(told.step, Answer)
    assert told.step.malformed == OUR_READER
    assert told.step.text == "adapter 'not_there' failed: KeyError"


async def test_the_reading_process_survives_ctrl_c_and_its_death_is_one_lost_reading() -> None:
    """Ctrl-C goes to every process of the terminal; ours finishes what is in flight, and so must its reader."""
    async with Reader() as reader:
        os.kill(worker(reader), signal.SIGINT)
        told = await reader.read(TARGET, ASK, (LARGE,))
        assert isinstance(told.step, Answer)
        assert told.step.picture is not None
        assert (told.step.picture.width, told.step.picture.problem) == (1024, None)
        assert told == read(TARGET, ASK, (LARGE,))

        os.kill(worker(reader), signal.SIGKILL)
        lost = await asyncio.gather(*(reader.read(TARGET, ASK, (LARGE,)) for _ in range(5)))
        steps = [told.step for told in lost]
        assert any(isinstance(step, Answer) and step.malformed == OUR_READER for step in steps)
        again = await reader.read(TARGET, ASK, (LARGE,))
        assert isinstance(again.step, Answer)
        assert again.step.malformed is None


async def test_who_is_cancelled_leaves_no_answer_behind_for_the_next_one() -> None:
    async with Reader() as reader:
        given_up = asyncio.create_task(reader.read(TARGET, ASK, (LARGE,)))
        await asyncio.sleep(0)
        given_up.cancel()
        with suppress(asyncio.CancelledError):
            await given_up
        other = Exchange(200, {}, b.gemini(b.inline(picture(512, 512))))
        assert await reader.read(TARGET, ASK, (other,)) == read(TARGET, ASK, (other,))


async def test_small_answers_are_read_at_once_and_large_ones_away_from_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = Reader()
    sent_away: list[int] = []

    async def away(_idle: object, question: tuple[Any, ...]) -> Read:
        so_far = [Exchange(**cells) for cells in question[1]]
        sent_away.append(sum(len(exchange.body) for exchange in so_far))
        return read(TARGET, ASK, so_far)

    monkeypatch.setattr(reader, "_idle", asyncio.Queue())
    monkeypatch.setattr(reader, "_by_worker", away)
    await reader.read(TARGET, ASK, ())
    await reader.read(TARGET, ASK, (SMALL,))
    assert sent_away == []
    await reader.read(TARGET, ASK, (LARGE, SMALL))
    await reader.read(TARGET, ASK, (LARGE,))
    assert sent_away == [len(LARGE.body) + len(SMALL.body), len(LARGE.body)]

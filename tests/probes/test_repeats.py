"""The same image twice is found out, and what is remembered stays small."""

import asyncio
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes import outcomes
from probes.control import Control
from probes.conversation import Tools, converse
from probes.exchange import Wire
from probes.model import Ask, Exchange, Outcome, Phases
from probes.reading import Reader
from probes.repeats import Repeats
from tests import virtual
from tests.probes import bench
from tests.probes import bodies as b
from tests.probes.pictures import flat

ASK = Ask("1K", "1:1", "a fox")


def answering(image: bytes) -> Exchange:
    return Exchange(200, {}, b.gemini(b.inline(image)), Phases(total_ms=1000.0))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param([("a", 1), ("a", 1), ("a", 1)], ["ok", "repeat", "repeat"], id="again and again"),
        pytest.param([("a", 1), ("b", 1)], ["ok", "ok"], id="another provider's"),
        pytest.param([("a", 1), ("a", 2), ("a", 1)], ["ok", "ok", "repeat"], id="not in a row"),
        pytest.param([("a", 0), ("a", 0)], ["single_colour", "single_colour"], id="what is no image has no twin"),
    ],
)
def test_an_image_that_came_before_was_not_made_for_us(asked: list[tuple[str, int]], said: list[str]) -> None:
    images = [flat(), b.IMAGE, b.JPEG]

    async def main(clock: virtual.VirtualClock) -> list[str]:
        wire = cast(Wire, bench.ToldWire(clock, lambda sent: of(sent.number)))
        tools, words = Tools(wire, Reader(), Control(wire, clock, ()), clock), []
        for provider, _ in asked:
            conversation = await converse(tools, bench.target(provider), ASK)
            verdict = outcomes.classify(ASK, conversation.last, conversation.answer)
            words.append("ok" if verdict.outcome is Outcome.OK else str(verdict.detail))
        return words

    async def of(number: int) -> Exchange:
        await asyncio.sleep(1.0)
        return answering(images[asked[number][1]])

    assert virtual.run(main, bench.START) == said


def test_a_seed_that_is_held_fixed_makes_one_image() -> None:
    async def main(clock: virtual.VirtualClock) -> list[Outcome]:
        wire = cast(Wire, bench.ToldWire(clock, bench.after(1.0, bench.IMAGE)))
        tools = Tools(wire, Reader(), Control(wire, clock, ()), clock)
        fixed = replace(bench.target(), options={"seed": 7})
        told = [await converse(tools, fixed, ASK) for _ in range(2)]
        return [outcomes.classify(ASK, one.last, one.answer).outcome for one in told]

    assert virtual.run(main, bench.START) == [Outcome.OK, Outcome.OK]


def test_a_request_that_makes_no_image_repeats_nothing() -> None:
    async def main(clock: virtual.VirtualClock) -> list[Outcome]:
        wire = cast(Wire, bench.ToldWire(clock, bench.after(1.0, bench.REACHED)))
        tools = Tools(wire, Reader(), Control(wire, clock, ()), clock)
        told = [await converse(tools, bench.target(), Ask()) for _ in range(2)]
        return [outcomes.classify(Ask(), one.last, one.answer).outcome for one in told]

    assert virtual.run(main, bench.START) == [Outcome.OK, Outcome.OK]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("12345")), max_size=60), st.integers(0, 4))
def test_the_latest_of_each_provider_are_remembered_and_no_more(asked: list[tuple[str, str]], kept: int) -> None:
    repeats, latest = Repeats(kept), dict[str, list[str]]()
    for provider, image in asked:
        seen = latest.setdefault(provider, [])
        assert repeats.again(provider, image) == (image in seen)
        latest[provider] = [*(one for one in seen if one != image), image][-kept:] if kept else []


def test_no_fingerprint_is_no_image() -> None:
    repeats = Repeats()
    assert [repeats.again("a", None) for _ in range(2)] == [False, False]

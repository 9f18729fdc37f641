"""Is it them, or is it us? Others are asked, but not more often than once a second."""

import asyncio
from typing import cast

import pytest

from probes.control import Control
from probes.exchange import Wire
from probes.model import Exchange, Request, WireFault
from tests import virtual
from tests.probes.bench import Behaviour, Sent, ToldWire, after

UP = Exchange(204)
ERROR = Exchange(500)
DOWN = Exchange(None, fault=WireFault.REFUSED)
URLS = ("http://one/", "http://two/")


def asked(*answers: Exchange, urls: tuple[str, ...] = URLS) -> tuple[bool | None, list[Request]]:
    async def behave(sent: Sent) -> Exchange:
        return await after(0.1, answers[URLS.index(sent.request.url)])(sent)

    async def main(clock: virtual.VirtualClock) -> tuple[bool | None, list[Request]]:
        wire = ToldWire(clock, behave)
        found = await Control(cast(Wire, wire), clock, urls).ok()
        return found, [sent.request for sent in wire.sent]

    return virtual.run(main)


@pytest.mark.parametrize(
    ("first", "second", "ok"),
    [
        (UP, UP, True),
        (UP, DOWN, True),
        (DOWN, UP, True),
        (ERROR, DOWN, True),  # any answer over HTTP proves that the network is there
        (DOWN, DOWN, False),
    ],
)
def test_any_answer_of_any_host_proves_our_network(first: Exchange, second: Exchange, ok: bool) -> None:
    found, requests = asked(first, second)
    assert found is ok
    assert [request.url for request in requests] == list(URLS)
    assert all(not request.carries_key and request.method == "GET" for request in requests)
    assert all(request.headers == {"connection": "close"} for request in requests)


def test_without_hosts_there_is_no_finding() -> None:
    assert asked(urls=()) == (None, [])


def times_asked(behave: Behaviour, *at_s: float) -> tuple[list[bool | None], int]:
    """What is found at these times, and how many requests that took."""

    async def main(clock: virtual.VirtualClock) -> tuple[list[bool | None], int]:
        wire = ToldWire(clock, behave)
        control = Control(cast(Wire, wire), clock, URLS)

        async def ask(when_s: float) -> bool | None:
            await clock.sleep_until(when_s)
            return await control.ok()

        found = await asyncio.gather(*(ask(when_s) for when_s in at_s))
        return found, len(wire.sent)

    return virtual.run(main)


def test_a_hundred_failures_in_a_second_ask_once() -> None:
    found, requests = times_asked(after(0.2, DOWN), *(number / 100 for number in range(100)))
    assert (found, requests) == ([False] * 100, 2)


def test_a_second_later_it_is_asked_again() -> None:
    async def behave(sent: Sent) -> Exchange:
        return DOWN if sent.number < 2 else UP

    assert times_asked(behave, 0.0, 0.9, 1.1, 1.9) == ([False, False, True, True], 4)


def test_who_gives_up_waiting_does_not_stop_the_question_for_others() -> None:
    async def main(clock: virtual.VirtualClock) -> bool | None:
        control = Control(cast(Wire, ToldWire(clock, after(0.5, UP))), clock, URLS)
        impatient, patient = asyncio.create_task(control.ok()), asyncio.create_task(control.ok())
        await asyncio.sleep(0.1)
        impatient.cancel()
        return await patient

    assert virtual.run(main) is True

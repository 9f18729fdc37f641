"""One question, as many exchanges as it takes, one deadline over all of them."""

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import pytest

from probes.control import Control
from probes.conversation import Conversation, Tools, converse
from probes.exchange import Wire
from probes.model import Answer, Ask, Exchange, Pause, Phases, Request, Secret, Step, Target, WireFault
from probes.reading import Reader
from tests import virtual
from tests.probes import bodies as b
from tests.probes.bench import Behaviour, Sent, ToldWire, after

ASK = Ask("1K", "1:1", "x")
URL = "https://cdn.example/x.png"
GENERATED = Exchange(200, {}, b.openai({"url": URL}), Phases(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 21.0, conn_reused=False))
FETCHED = Exchange(200, {}, b.IMAGE, Phases(9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 54.0, conn_reused=True))


def talked(
    behave: Behaviour, *, timeout_s: float = 60.0, adapter: str = "openai_images"
) -> tuple[Conversation, list[Sent]]:
    async def main(clock: virtual.VirtualClock) -> tuple[Conversation, list[Sent]]:
        wire = ToldWire(clock, behave)
        tools = Tools(cast(Wire, wire), Reader(), Control(cast(Wire, wire), clock, ()), clock)
        target = Target("p", adapter, "http://a", "m", auth="bearer", key=Secret(b.KEY), timeout_s=timeout_s)
        return await converse(tools, target, ASK), wire.sent

    return virtual.run(main)


def one_after_another(*answers: tuple[float, Exchange]) -> Behaviour:
    async def behave(sent: Sent) -> Exchange:
        return await after(*answers[sent.number])(sent)

    return behave


def test_an_image_behind_a_url_belongs_to_the_measurement() -> None:
    said, sent = talked(one_after_another((2.0, GENERATED), (3.0, FETCHED)))
    assert said.answer is not None
    assert said.answer.picture is not None
    assert said.answer.picture.width == 1024
    assert said.phases.total_ms == pytest.approx(5000.0, abs=0.1)
    assert said.phases.wait_ms == 5.0  # of the first exchange
    assert said.phases.download_ms == 6.0 + 54.0  # whatever came after it brought the image home
    assert said.phases.conn_reused is False
    assert said.response_bytes == len(GENERATED.body) + len(FETCHED.body)
    assert said.last.body == GENERATED.body  # how the provider itself answered; the stranger's 200 is not its
    assert (said.last.began_ms, said.last.ended_ms) == pytest.approx((0.0, 2000.0), abs=0.1)
    assert [request.request.carries_key for request in sent] == [True, False]


def test_the_key_is_not_sent_to_the_host_of_the_image() -> None:
    _, sent = talked(one_after_another((0.1, GENERATED), (0.1, FETCHED)))
    assert b.KEY in str(sent[0].request.headers)
    assert sent[1].request == Request("GET", URL, {}, b"", carries_key=False)


def test_what_the_fetch_may_take_is_what_is_left_of_the_deadline() -> None:
    _, sent = talked(one_after_another((20.0, GENERATED), (3.0, FETCHED)))
    assert [request.timeout_s for request in sent] == pytest.approx([60.0, 40.0], abs=1e-3)


def test_a_deadline_that_passes_between_two_exchanges_is_a_timeout_and_sends_nothing_more() -> None:
    said, sent = talked(one_after_another((60.0, GENERATED)))
    assert len(sent) == 1
    assert (said.last.fault, said.answer) == (WireFault.TIMEOUT_TOTAL, None)
    assert said.phases.total_ms == pytest.approx(60_000.0, abs=1)
    assert said.accepted


def test_a_fetch_that_fails_was_preceded_by_a_success() -> None:
    refused = Exchange(None, fault=WireFault.REFUSED, phases=Phases(total_ms=1.0))
    said, _ = talked(one_after_another((2.0, GENERATED), (0.001, refused)))
    assert (said.last.fault, said.answer, said.accepted) == (WireFault.REFUSED, None, True)
    assert said.phases.total_ms == pytest.approx(2001.0, abs=0.1)


def test_a_first_exchange_that_fails_was_preceded_by_nothing() -> None:
    reset = Exchange(None, fault=WireFault.RESET, phases=Phases(total_ms=7.0))
    said, sent = talked(one_after_another((0.007, reset)))
    assert (said.last.fault, said.accepted, said.phases.total_ms, len(sent)) == (WireFault.RESET, False, 7.0, 1)


def test_an_answer_comes_scrubbed() -> None:
    error = Exchange(401, {"x-request-id": b.KEY}, b.gateway(f"Incorrect API key provided: {b.KEY}", "x", b.KEY))
    said, _ = talked(one_after_another((0.1, error)))
    assert said.answer is not None
    assert b.KEY not in repr(said.answer)


# --- adapters that poll -----------------------------------------------------------------------------------------------


def polling(monkeypatch: pytest.MonkeyPatch, polls: float, pause_s: float) -> None:
    """An adapter that creates a task, then asks for it every `pause_s` seconds, `polls` times."""

    def step(_target: Target, _ask: Ask, so_far: Sequence[Exchange]) -> Step:
        if not so_far:
            return Request("POST", "http://a/create")
        if len(so_far) > polls:
            return Answer(text="done")
        return Pause(pause_s, Request("GET", f"http://a/poll/{len(so_far)}"))

    monkeypatch.setattr("probes.reading_process.load", lambda _: SimpleNamespace(step=step))


def test_between_two_polls_is_a_pause_and_the_last_poll_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    polling(monkeypatch, polls=3, pause_s=2.0)
    said, sent = talked(after(0.5, Exchange(200, phases=Phases(total_ms=500.0))))
    assert [request.at_s for request in sent] == pytest.approx([0.0, 2.5, 5.0, 7.5], abs=1e-3)
    assert said.answer == Answer(text="done")
    assert said.phases.total_ms == pytest.approx(8000.0, abs=1)


def test_polling_ends_with_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    polling(monkeypatch, polls=math.inf, pause_s=2.0)
    said, sent = talked(after(0.5, Exchange(200)), timeout_s=10.0)
    assert said.last.fault is WireFault.TIMEOUT_TOTAL
    assert said.phases.total_ms == pytest.approx(10_000.0, abs=1)
    assert len(sent) <= 5


def test_an_adapter_that_never_comes_to_an_answer_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    polling(monkeypatch, polls=math.inf, pause_s=0.0)
    said, sent = talked(after(0.0, Exchange(200)), timeout_s=1e9)
    assert said.last.fault is WireFault.TIMEOUT_TOTAL
    assert len(sent) == 1000


def test_an_adapter_that_cannot_begin_is_our_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    def step(_target: Target, _ask: Ask, _so_far: Sequence[Exchange]) -> Step:
        raise LookupError("no such field")

    monkeypatch.setattr("probes.reading_process.load", lambda _: SimpleNamespace(step=step))
    with pytest.raises(ValueError, match="adapter 'openai_images' failed: LookupError"):
        talked(after(0.0, Exchange(200)))

"""A task from its submission to its image, in virtual time: when it is polled, and where the time is said to go."""

from dataclasses import replace
from typing import Any, cast

import pytest

from probes import outcomes
from probes.control import Control
from probes.conversation import Conversation, Tools, converse
from probes.exchange import Wire
from probes.model import Exchange, Phases
from probes.reading import Reader
from tests import virtual
from tests.probes import bodies as b
from tests.probes.bench import Sent, ToldWire, after
from tests.probes.providers.asking import ASK, target
from tests.probes.providers.described import KIE
from tests.probes.providers.test_kie import DONE, FILE, TASK, envelope, record

TRIP_S = 0.1  # each exchange with Kie
FETCH_S = 0.5
PHASES = Phases(upload_ms=1.0, wait_ms=98.0, download_ms=1.0, total_ms=100.0)


def answered(sent: Sent, began_s: float, *, queue_s: float, run_s: float, busy: range) -> Exchange:
    """What Kie says at this moment of a task that queues and runs so long; polls of these numbers are refused."""
    url = sent.request.url
    if url.endswith("/createTask"):
        return Exchange(200, {}, envelope(200, "success", {"taskId": TASK}), PHASES)
    if url == FILE:
        return Exchange(200, {}, b.IMAGE, Phases(download_ms=500.0, total_ms=500.0))
    if sent.number in busy:
        return Exchange(429, {}, envelope(429, "too many requests"), PHASES)
    age_s = sent.at_s - began_s
    if age_s < queue_s:
        return Exchange(200, {}, record("queuing"), PHASES)
    done = age_s >= queue_s + run_s
    return Exchange(200, {}, record("success", **DONE) if done else record("generating"), PHASES)


def task(
    adapter: str = "kie",
    *,
    queue_s: float,
    run_s: float,
    busy: range = range(0),
    timeout_s: float = 180.0,
    **options: Any,  # noqa: ANN401 - options are any JSON
) -> tuple[Conversation, list[float], list[bool]]:
    """The conversation, when each request left (s), and which carried the key."""

    async def main(clock: virtual.VirtualClock) -> tuple[Conversation, list[float], list[bool]]:
        start_s = clock.monotonic()

        async def behave(sent: Sent) -> Exchange:
            exchange = answered(sent, start_s, queue_s=queue_s, run_s=run_s, busy=busy)
            return await after(FETCH_S if sent.request.url == FILE else TRIP_S, exchange)(sent)

        wire = ToldWire(clock, behave)
        tools = Tools(cast(Wire, wire), Reader(), Control(cast(Wire, wire), clock, ()), clock)
        to = target(adapter, "nano-banana-pro", **options)
        said = await converse(tools, replace(to, timeout_s=timeout_s), ASK)
        left = [round(sent.at_s - start_s, 3) for sent in wire.sent]
        return said, left, [sent.request.carries_key for sent in wire.sent]

    return virtual.run(main)


DESCRIBED = [pytest.param("kie", {}, id="kie"), pytest.param("http_json", KIE, id="http_json")]


@pytest.mark.parametrize(("adapter", "options"), DESCRIBED)
def test_a_task_is_polled_every_three_seconds_and_its_image_is_fetched_at_once(
    adapter: str, options: dict[str, Any]
) -> None:
    said, left, keyed = task(adapter, queue_s=5.0, run_s=7.0, **options)
    assert left == [0.0, 3.1, 6.2, 9.3, 12.4, 12.5]  # three seconds after each answer
    assert keyed == [True, True, True, True, True, False]
    assert said.answer is not None
    assert (said.answer.queue_ms, said.answer.run_ms) == pytest.approx((6200.0, 6200.0), abs=0.1)


def test_the_time_of_a_task_is_told_whole() -> None:
    said, _, _ = task(queue_s=5.0, run_s=7.0)
    phases = said.phases
    assert phases.total_ms == pytest.approx(13_000.0, abs=0.1)
    parts = (phases.upload_ms, phases.wait_ms, phases.download_ms)
    assert parts == pytest.approx((100.0, 12_400.0, 500.0), abs=0.1)
    assert said.answer is not None
    assert said.answer.server_ms == 18500.0  # their clock is kept as it is


@pytest.mark.parametrize(("adapter", "options"), DESCRIBED)
def test_refused_polls_come_later_and_harm_nothing(adapter: str, options: dict[str, Any]) -> None:
    said, left, _ = task(adapter, queue_s=1.0, run_s=5.0, busy=range(2, 4), **options)
    assert left == [0.0, 3.1, 6.2, 12.3, 24.4, 24.5]  # three seconds, six, twelve
    assert outcomes.classify(ASK, said.last, said.answer, accepted=said.accepted).outcome == "ok"


def test_a_task_that_is_not_over_at_the_deadline_is_a_timeout_of_the_task() -> None:
    said, left, _ = task(queue_s=5.0, run_s=600.0, timeout_s=20.0)
    assert left == [0.0, 3.1, 6.2, 9.3, 12.4, 15.5, 18.6]
    assert said.phases.total_ms == pytest.approx(20_000.0, abs=0.1)
    assert said.phases.wait_ms == pytest.approx(19_900.0, abs=0.1)
    verdict = outcomes.classify(ASK, said.last, said.answer, accepted=said.accepted)
    assert (verdict.outcome, verdict.detail, verdict.attribution) == ("timeout", "task", "provider")
    assert verdict.billed is None  # they may go on, and bill it

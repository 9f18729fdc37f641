"""Every fault of every format is had by header, ends as itself in the ledger, and is of the kind that it claims."""

import asyncio
from contextlib import suppress
from typing import Any

import aiohttp
import pytest

from probes.simulator import formats
from probes.simulator.faults import AT_A_DOOR, BY_NAME, ONLY_BATCHES, ONLY_STREAMS, ONLY_TASKS, Fault, Stage
from probes.simulator.scenario import Scenario
from probes.simulator.server import registry
from tests.probes.simulator.asks import GOOD, of_format
from tests.probes.simulator.support import Bench, Got, bench

FORMATS = formats.names()
SLOW = {
    Fault.HANG,
    Fault.SLOW_HEADER,
    Fault.STALL,
    Fault.ENDLESS,
    Fault.GZIP_BOMB,
}  # without an end that a client could wait for
NOT_PLAIN = {"gemini": ONLY_BATCHES | ONLY_STREAMS | ONLY_TASKS, "vertex": ONLY_STREAMS}
STATUS_BY_STAGE = {Stage.INSTEAD: {200}, Stage.PICTURE: {200}, Stage.ANSWER: {200, 400}}


def plain(wire: str) -> list[Fault]:
    """What a plain request of this format can meet."""
    return sorted(formats.load(wire).SPEAKS - AT_A_DOOR - NOT_PLAIN.get(wire, frozenset()))


async def answer_of(to: Bench, wire: str, fault: Fault) -> Got | Exception:
    good = GOOD[wire]
    try:
        async with asyncio.timeout(0.1 if fault in SLOW else 10):
            return await to.ask(good.path, good.body, fault=fault)
    except (aiohttp.ClientError, TimeoutError) as error:
        return error


@pytest.mark.parametrize("wire", FORMATS)
async def test_every_fault_ends_as_itself_in_the_ledger(wire: str) -> None:
    async with bench(of_format(wire)) as to:
        answers = {fault: await answer_of(to, wire, fault) for fault in plain(wire)}
        image = (await to.reports(lambda ledger: ledger["image"]["in_flight"] == 0))["image"]
    throttles = {fault for fault in answers if fault.stage is Stage.THROTTLE}
    assert image["rejected"] == dict.fromkeys(throttles, 1)
    assert image["endings"] == dict.fromkeys(answers.keys() - throttles, 1)
    for fault, answer in answers.items():
        assert as_claimed(wire, fault, answer), (fault, answer)


def as_claimed(wire: str, fault: Fault, answer: Got | Exception) -> bool:
    """Whether an answer is of the stage that its fault is registered for."""
    if isinstance(answer, Exception):
        return fault.stage in (Stage.WIRE, Stage.DELIVERY)
    if wire == "kie" and (fault.startswith(("envelope_", "task_")) or fault in (Fault.INTERNAL, Fault.DEADLINE)):
        return answer.status == 200 and isinstance(answer.json["code"], int)
    if fault is Fault.REDIRECT:
        return answer.status == 404  # the client followed, and found nothing
    if fault.stage is Stage.THROTTLE:
        return answer.status == 429
    if fault.stage in (Stage.AT_ONCE, Stage.AFTER_WORK):
        return 400 <= answer.status < 600
    return answer.status in STATUS_BY_STAGE.get(fault.stage, {200, 201})


@pytest.mark.parametrize("wire", FORMATS)
async def test_every_fault_is_had_by_rate_as_well(wire: str) -> None:
    """One provider for each fault that every format has words for: a share of 1 is each request."""
    for fault in (
        Fault.OVERLOADED,
        Fault.EMPTY_OBJECT,
        Fault.HTML_502,
        Fault.RATE_LIMITED if wire != "kie" else Fault.ENVELOPE_429,
    ):
        async with bench(of_format(wire, faults={fault: 1.0})) as to:
            good = GOOD[wire]
            await to.ask(good.path, good.body)
            image = (await to.ledger())["image"]
        assert {**image["endings"], **image["rejected"]} == {fault: 1}


@pytest.mark.parametrize(
    ("fault", "where", "reach"),
    [
        ("overloaded", "outage", 503),
        ("html_502", "outage", 502),
        ("empty", "outage", 200),
        ("created", "endings", 201),
        ("no_image", "endings", 200),
        ("wrong_tier", "endings", 200),
    ],
)
async def test_an_outage_may_be_of_any_fault(fault: str, where: str, reach: int) -> None:
    outage = [{"kind": fault, "offset_s": 0, "duration_s": 1000}]
    async with bench(of_format("gemini", outages=outage)) as to:
        good = GOOD["gemini"]
        free = await to.ask("/p/v1beta/models/m1")
        await to.ask(good.path, good.body)
        image = (await to.ledger())["image"]
    assert free.status == reach
    assert image[where] == (1 if where == "outage" else {fault: 1})


async def test_an_outage_may_strike_a_share_of_the_images_alone() -> None:
    outage = [{"kind": "overloaded", "share": 0.45, "of": "images", "offset_s": 0, "duration_s": 1e6}]
    async with bench(of_format("gemini", outages=outage)) as to:
        good = GOOD["gemini"]
        statuses = [(await to.ask(good.path, good.body)).status for _ in range(200)]
        free = [(await to.ask("/p/v1beta/models/m1")).status for _ in range(20)]
    assert 60 < statuses.count(503) < 120
    assert statuses.count(200) == 200 - statuses.count(503)
    assert free == [200] * 20


async def test_an_incident_strikes_several_providers_at_the_same_time() -> None:
    one = of_format("gemini").providers["p"].model_dump(exclude_unset=True)
    incident = {"providers": ["a", "b"], "kind": "unavailable", "offset_s": 0, "duration_s": 60}
    both = Scenario.model_validate({"incidents": [incident], "providers": {"a": one, "b": one, "c": one}})
    async with bench(both) as to:
        statuses = {name: (await to.ask(f"/{name}/v1beta/models/m1")).status for name in ("a", "b", "c")}
        ledger: dict[str, Any] = (await to.ask("/_sim/ledger")).json["providers"]
    assert statuses == {"a": 503, "b": 503, "c": 200}
    assert ledger["a"]["outages"] == ledger["b"]["outages"] != ledger["c"]["outages"] == []


async def test_the_registry_is_served_and_says_who_speaks_what() -> None:
    async with bench(of_format("gemini")) as to:
        served = (await to.ask("/_sim/faults")).json
    assert served == registry()
    assert [fault["name"] for fault in served] == list(BY_NAME)
    assert all(fault["about"] and fault["formats"] for fault in served)
    only = {fault["name"]: fault["only"] for fault in served if fault["only"]}
    assert only["stream_error"] == "streams"
    assert only["batch_failed"] == "batches"
    assert only["task_stuck"] == "tasks"


@pytest.mark.parametrize("wire", FORMATS)
async def test_a_wrong_key_an_unknown_path_and_a_broken_body_are_told_in_every_format(wire: str) -> None:
    good = GOOD[wire]
    async with bench(of_format(wire)) as to:
        answers = [
            await to.ask(good.path, good.body, key="wrong"),
            await to.ask(good.path, good.body, key=None),
            await to.ask(good.path, b"{"),
            await to.ask("/p/nowhere/at/all"),
        ]
        ledger = await to.ledger()
    assert all(400 <= got.status < 500 or got.json["code"] >= 400 for got in answers)
    assert ledger["image"]["rejected"] == {"bad_key": 1, "no_key": 1, "invalid": 1}
    assert ledger["control"]["rejected"] == {"not_found": 1}


async def test_a_client_that_leaves_an_endless_body_stands_as_that_fault() -> None:
    good = GOOD["gemini"]
    async with bench(of_format("gemini")) as to:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await to.ask(good.path, good.body, fault="endless")
        ledger = await to.reports(lambda ledger: ledger["image"]["in_flight"] == 0)
    assert ledger["image"]["endings"] == {"endless": 1}

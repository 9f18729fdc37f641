"""What every provider does whatever its format: limits, faults, outages, time, and the ledger of it all."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from probes.clock import SharedClock
from tests.probes.simulator.support import (
    GENERATE,
    IMAGES,
    START,
    Bench,
    Json,
    JumpClock,
    StoppedClock,
    asking,
    bench,
    inline_images,
    scenario,
)

REACH = "/p/v1beta/models/m1"
KEY = {"x-goog-api-key": "k1"}


# --- time -----------------------------------------------------------------------------------------------------


async def test_an_answer_takes_as_long_as_the_scenario_says_and_the_ledger_knows() -> None:
    clock = JumpClock()
    async with bench(scenario(), clock) as to:
        began_s = clock.at_s
        await to.ask(REACH)
        reached_s = clock.at_s
        await to.ask(GENERATE, asking())
        ledger = await to.ledger()
    assert reached_s - began_s == pytest.approx(0.1)
    assert clock.at_s - reached_s == pytest.approx(10)
    assert ledger["latency_s"]["1K"] == pytest.approx({"n": 1, "min": 10, "p50": 10, "p95": 10, "p99": 10, "max": 10})


async def test_headers_come_when_the_work_is_done_and_the_last_byte_after_the_download() -> None:
    clock = StoppedClock()
    async with bench(scenario(answer_bytes={"1K": 300_000}), clock) as to, asyncio.timeout(20):
        posted = asyncio.create_task(to.session.post(to.base_url + GENERATE, json=asking(), headers=KEY))
        await to.reports(lambda ledger: ledger["image"]["in_flight"] == 1)
        clock.advance(7.9)
        assert not (await asyncio.wait([posted], timeout=0.05))[0]
        clock.advance(0.2)
        answer = await posted  # headers, with the body still to come
        read = asyncio.create_task(answer.read())
        clock.advance(1.8)
        assert not (await asyncio.wait([read], timeout=0.05))[0]
        clock.advance(0.2)
        assert len(await read) == int(answer.headers["content-length"])


async def test_a_clock_that_is_made_faster_ends_a_wait_that_has_begun(tmp_path: Path) -> None:
    clock = SharedClock.create(tmp_path / "clock", START, rate=0.01)  # ten seconds would take a quarter of an hour
    async with bench(scenario(), clock) as to, asyncio.timeout(10):
        asked = asyncio.create_task(to.ask(GENERATE, asking()))
        while not (await to.ledger())["image"]["in_flight"]:
            pass
        clock.set_rate(200)
        assert (await asked).status == 200


async def test_the_same_arrivals_meet_the_same_fate_and_another_seed_another() -> None:
    faults = {"overloaded": 0.3, "no_image": 0.2}

    async def fates(seed: int) -> list[object]:
        async with bench(scenario(seed=seed, faults=faults)) as to:
            answers = [await to.ask(GENERATE, asking()) for _ in range(25)]
            latency = (await to.ledger())["latency_s"]["1K"]
        return [[got.status for got in answers], [got.body for got in answers], latency["n"]]

    first, same, other = await fates(1), await fates(1), await fates(2)
    assert first == same
    assert first != other
    assert {200, 503} == set(first[0])  # type: ignore[call-overload]  # a list of statuses


# --- limits ---------------------------------------------------------------------------------------------------


async def at_once(to: Bench, clock: StoppedClock, number: int, keys: tuple[str, ...] = ("k1",)) -> list[int]:
    """Statuses of so many requests that all arrive before time goes on."""
    asked = [asyncio.create_task(to.ask(GENERATE, asking(), key=keys[index % len(keys)])) for index in range(number)]
    await to.reports(lambda ledger: ledger["image"]["arrived"] == number)
    while not all(task.done() for task in asked):
        clock.advance(1)
        await to.ask("/")
    return sorted(task.result().status for task in asked)


async def test_limits_belong_to_the_project_and_not_to_the_key() -> None:
    projects, clock = {"one": ["k1", "k2"], "two": ["k3"]}, StoppedClock()
    async with bench(scenario(projects=projects, limits={"rpm": 1, "burst": 3}), clock) as to:
        statuses = await at_once(to, clock, 9, keys=("k1", "k2", "k3"))
        ledger = await to.ledger()
    assert statuses == [200] * 6 + [429] * 3
    assert ledger["image"]["accepted"] == 6
    assert ledger["image"]["rejected"] == {"rate_limited": 3}


async def test_reach_calls_are_free() -> None:
    async with bench(scenario(limits={"rpm": 1, "burst": 1})) as to:
        answers = [await to.ask(REACH) for _ in range(5)]
        image = await to.ask(GENERATE, asking())
    assert [got.status for got in (*answers, image)] == [200] * 6


async def test_only_so_many_are_in_flight_and_a_place_is_free_again_afterwards() -> None:
    clock = StoppedClock()
    async with bench(scenario(limits={"concurrency": 2}), clock) as to:
        together = await at_once(to, clock, 5)
        after = asyncio.create_task(to.ask(GENERATE, asking()))
        await to.reports(lambda ledger: ledger["image"]["in_flight"] == 1)
        clock.advance(20)
        ledger = await to.ledger()
        assert (await after).status == 200
    assert together == [200, 200, 429, 429, 429]
    assert ledger["image"]["peak_in_flight"] == 2


async def test_a_bucket_that_advertises_more_gives_what_it_gives() -> None:
    clock = JumpClock()
    limits = {"rpm": 300, "burst": 10, "advertised_rpm": 1000}
    async with bench(scenario(limits=limits, latency=no_latency()), clock) as to:
        statuses = []
        for _ in range(600):  # a thousand a minute
            clock.at_s += 0.06
            statuses.append((await to.ask(GENERATE, asking("512", "1:1"))).status)
        refused = [got for _ in range(20) if (got := await to.ask(GENERATE, asking())).status == 429]
    assert statuses.count(200) == pytest.approx(10 + 300 * 36 / 60, abs=2)
    violation = refused[-1].error["details"][1]["violations"][0]
    assert violation["quotaValue"] == "1000"


def no_latency() -> Json:
    return {"sizes": {size: {"median_s": 1e-9} for size in ("512", "1K")}, "control": {"median_s": 1e-9}}


async def test_a_part_of_the_refusals_names_no_quota() -> None:
    limits = {"rpm": 1, "burst": 1, "detailed_share": 0.5}
    async with bench(scenario(limits=limits, latency=no_latency())) as to:
        refused = [got for _ in range(60) if (got := await to.ask(GENERATE, asking())).status == 429]
    detailed = [got for got in refused if "details" in got.error]
    assert len(refused) == 59
    assert 15 < len(detailed) < 45


@pytest.mark.parametrize(("hint", "delay"), [("honest", "60s"), ("short", "6s"), ("none", None)])
async def test_a_hint_is_the_truth_a_tenth_of_it_or_nothing(hint: str, delay: str | None) -> None:
    limits = {"rpm": 1, "burst": 1, "retry_hint": hint}
    async with bench(scenario(limits=limits, latency=no_latency())) as to:
        await to.ask(GENERATE, asking())
        got = await to.ask(GENERATE, asking())
    hints = [detail["retryDelay"] for detail in got.error["details"] if "retryDelay" in detail]
    assert hints == ([delay] if delay else [])


async def test_a_day_quota_clears_at_midnight_in_los_angeles() -> None:
    clock = JumpClock()  # 04:00:30 there
    async with bench(scenario(limits={"rpd": 2}, latency=no_latency()), clock) as to:
        before = [(await to.ask(GENERATE, asking())).status for _ in range(3)]
        clock.at_s += 20 * 3600 - 40
        late = await to.ask(GENERATE, asking())
        clock.at_s += 20
        after = await to.ask(GENERATE, asking())
    assert (before, late.status, after.status) == ([200, 200, 429], 429, 200)
    assert late.error["details"][1]["violations"][0]["quotaId"] == "GenerateRequestsPerDayPerProjectPerModel"


async def test_a_fixed_window_turns_with_the_minute_of_the_clock() -> None:
    clock = JumpClock()  # half past
    async with bench(scenario(limits={"kind": "fixed_window", "rpm": 2}, latency=no_latency()), clock) as to:
        first = [(await to.ask(GENERATE, asking())).status for _ in range(3)]
        clock.at_s += 30
        second = [(await to.ask(GENERATE, asking())).status for _ in range(3)]
    assert first == second == [200, 200, 429]


# --- faults ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [GENERATE, REACH])
async def test_a_reset_is_seen_as_one(path: str) -> None:
    async with bench(scenario()) as to:
        with pytest.raises(aiohttp.ClientOSError) as seen:
            await to.ask(path, asking() if path == GENERATE else None, fault="reset")
        ledger = await to.ledger()
    assert seen.value.errno == 104  # ECONNRESET, not a polite end
    assert ledger["image" if path == GENERATE else "control"]["endings"] == {"reset": 1}


async def test_a_truncated_body_is_shorter_than_its_content_length_and_billed() -> None:
    async with bench(scenario(answer_bytes={"1K": 100_000})) as to:
        async with to.session.post(
            to.base_url + GENERATE,
            json=asking(),
            headers={"x-goog-api-key": "k1", "x-sim-fault": "truncated"},
        ) as answer:
            assert answer.status == 200
            with pytest.raises(aiohttp.ClientPayloadError):
                await answer.read()
        ledger = await to.ledger()
    assert ledger["image"]["endings"] == {"truncated": 1}
    assert ledger["images"] == {"made": {"1K": 1}, "billed": {"1K": 1}, "delivered": {}}


async def test_a_bad_gateway_is_html() -> None:
    async with bench(scenario()) as to:
        got = await to.ask(GENERATE, asking(), fault="html_502")
    assert (got.status, got.headers["content-type"]) == (502, "text/html")
    assert b"<title>502 Bad Gateway</title>" in got.body


@pytest.mark.parametrize(("bills", "billed"), [(True, {"1K": 1}), (False, {})])
async def test_a_request_that_hangs_ends_when_the_client_goes_and_stays_a_hang(bills: bool, billed: Json) -> None:
    async with bench(scenario(bills_abandoned=bills), StoppedClock()) as to:
        asked = [asyncio.create_task(to.ask(GENERATE, asking(), fault=fault)) for fault in ("hang", None)]
        await to.reports(lambda ledger: ledger["image"]["accepted"] == 2)
        for task in asked:
            assert not task.done()
            task.cancel()
        ledger = await to.reports(lambda ledger: sum(ledger["image"]["endings"].values()) == 2)
    assert ledger["image"]["endings"] == {"hang": 1, "abandoned": 1}
    assert ledger["images"]["billed"] == billed
    assert ledger["image"]["in_flight"] == 0


@pytest.mark.parametrize(("path", "body", "fault"), [(REACH, None, "no_image"), (GENERATE, asking(), "nonsense")])
async def test_a_fault_that_cannot_be_had_is_refused_and_not_ignored(path: str, body: Json, fault: str) -> None:
    async with bench(scenario()) as to:
        got = await to.ask(path, body, fault=fault)
    assert got.status == 400
    assert got.body.startswith(f"x-sim-fault: no fault '{fault}' here; there are: ".encode())


async def test_a_fault_that_the_format_has_no_words_for_is_refused() -> None:
    async with bench(scenario(wire="openai_images")) as to:
        got = await to.ask(IMAGES, {"prompt": "x"}, fault="text_only")
    assert got.status == 400
    assert got.body.startswith(b"x-sim-fault: no fault 'text_only' here")


@pytest.mark.parametrize(("bills", "billed"), [(True, {"1K": 2}), (False, {})])
async def test_some_providers_bill_answers_without_an_image(bills: bool, billed: Json) -> None:
    async with bench(scenario(bills_without_image=bills)) as to:
        for fault in ("no_image", "image_safety", "overloaded", "internal"):
            await to.ask(GENERATE, asking(), fault=fault)
        ledger = await to.ledger()
    assert ledger["images"]["billed"] == billed
    assert ledger["images"]["made"] == {}


# --- outages --------------------------------------------------------------------------------------------------

OUTAGE = [{"kind": "unavailable", "from_share": 0.4, "to_share": 0.6}]


@pytest.mark.parametrize(("into_s", "status"), [(0, 200), (399, 200), (400, 503), (599, 503), (600, 200), (5000, 200)])
async def test_an_outage_covers_its_span_of_the_whole_and_nothing_else(into_s: float, status: int) -> None:
    clock = JumpClock()
    async with bench(scenario(span_s=1000, outages=OUTAGE), clock) as to:
        clock.at_s += into_s
        reach, image = await to.ask(REACH), await to.ask(GENERATE, asking())
        ledger = await to.ledger()
    assert [reach.status, image.status] == [status, status]
    begin, end = (START + timedelta(seconds=s) for s in (400, 600))
    assert ledger["outages"] == [
        {
            "kind": "unavailable",
            "begin": begin.isoformat(),
            "end": end.isoformat(),
            "down_s": 200.0,
            "share": 1.0,
            "of": "everything",
        }
    ]


async def test_in_an_outage_even_a_wrong_key_and_a_wrong_path_hear_503() -> None:
    outage = [{"kind": "unavailable", "offset_s": 0, "duration_s": 100}]
    async with bench(scenario(outages=outage)) as to:
        answers = [await to.ask(REACH, key="wrong"), await to.ask("/p/nowhere"), await to.ask(GENERATE, b"{")]
        ledger = await to.ledger()
    assert [(got.status, got.error["status"]) for got in answers] == [(503, "UNAVAILABLE")] * 3
    assert (ledger["control"]["outage"], ledger["image"]["outage"]) == (2, 1)
    assert ledger["image"]["accepted"] == 0


async def test_an_outage_may_reset_every_connection() -> None:
    outage = [{"kind": "reset", "offset_s": 0, "duration_s": 100}]
    async with bench(scenario(outages=outage)) as to:
        with pytest.raises(aiohttp.ClientOSError):
            await to.ask(REACH)
        assert (await to.ledger())["control"]["outage"] == 1


async def test_an_outage_may_answer_nothing_at_all() -> None:
    outage = [{"kind": "hang", "offset_s": 0, "duration_s": 1000}]
    async with bench(scenario(outages=outage)) as to:
        asked = asyncio.create_task(to.ask(REACH))
        await to.reports(lambda ledger: ledger["control"]["outage"] == 1)
        assert not (await asyncio.wait([asked], timeout=0.05))[0]
        asked.cancel()


async def test_outages_count_from_starts_at() -> None:
    outage = [{"kind": "unavailable", "offset_s": 0, "duration_s": 60}]
    later = scenario(outages=outage).starting(START + timedelta(seconds=30), None)
    clock = JumpClock()
    async with bench(later, clock) as to:
        before = await to.ask(REACH)
        clock.at_s += 35
        during = await to.ask(REACH)
        ledger = await to.ledger()
    assert (before.status, during.status) == (200, 503)
    assert ledger["outages"][0]["begin"] == (START + timedelta(seconds=30)).isoformat()


async def test_openai_words_an_outage_as_its_own() -> None:
    outage = [{"offset_s": 0, "duration_s": 100}]
    async with bench(scenario(wire="openai_images", outages=outage)) as to:
        got = await to.ask("/p/v1/models")
    assert (got.status, got.error["type"]) == (503, "server_error")


# --- the ledger -----------------------------------------------------------------------------------------------


async def test_the_sums_of_the_ledger_hold_after_everything_at_once_and_in_between() -> None:
    faults = {"overloaded": 0.2, "no_image": 0.2, "internal": 0.2, "truncated": 0.1, "reset": 0.1}
    limits = {"rpm": 60, "burst": 30, "concurrency": 25}
    keys, clock = ("k1", "wrong", None, *["k1"] * 14), StoppedClock()

    async def one(to: Bench, index: int) -> None:
        with suppress(aiohttp.ClientError):
            await to.ask(GENERATE, asking("9K") if index % 11 == 0 else asking(), key=keys[index % 17])

    async with bench(scenario(faults=faults, limits=limits), clock) as to:
        asked = asyncio.gather(*(one(to, index) for index in range(60)))
        await to.reports(lambda ledger: ledger["image"]["arrived"] == 60)
        while not asked.done():
            clock.advance(1)
            sums_hold((await to.ledger())["image"])
        ledger = await to.ledger()
    image = ledger["image"]
    assert image["in_flight"] == 0
    assert image["arrived"] == image["accepted"] + sum(image["rejected"].values()) == 60
    assert ledger["images"]["delivered"]["1K"] == image["endings"]["ok"]
    assert ledger["images"]["billed"]["1K"] == image["endings"]["ok"] + image["endings"].get("truncated", 0)
    assert set(image["rejected"]) == {"rate_limited", "bad_key", "no_key", "invalid"}


def sums_hold(image: Json) -> None:
    assert image["accepted"] == sum(image["endings"].values()) + image["in_flight"]
    assert image["arrived"] >= image["accepted"] + sum(image["rejected"].values()) + image["outage"]


async def test_every_provider_lies_below_its_own_prefix_and_the_root_says_which() -> None:
    async with bench(scenario()) as to:
        root, nowhere = await to.ask("/"), await to.ask("/q/v1beta/models")
    paths = {"ledger": "/_sim/ledger", "faults": "/_sim/faults", "doors": "/_sim/doors"}
    assert root.json == {"simulated": True, "providers": ["/p"], **paths}
    assert nowhere.status == 404


async def test_pictures_of_one_request_depend_on_its_place_only() -> None:
    async with bench(scenario()) as to:
        first = await to.ask(GENERATE, asking())
    async with bench(scenario()) as to:
        await to.ask(REACH)
        again = await to.ask(GENERATE, asking())
    assert inline_images(first)[0][1].tobytes() == inline_images(again)[0][1].tobytes()

"""The whole judgement: tables at the edge, order and repetition, JSON, and a real history."""

import csv
import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.judge.facts import Facts, ProviderFacts
from monitor.judge.judgement import judge
from monitor.judge.result import Judgement, to_json
from probes.model import COLUMNS
from tests.monitor.judge.frames import DAY, HOUR, T0, Row, at, every, frame, judged, judgement, row
from tests.monitor.judge.limiters import evenly, offered, token_bucket

SHARED = Path(__file__).parents[4] / "shared"
OUTCOMES = ["ok", "ok_degraded", "server_error", "timeout", "connection", "rate_limited", "auth", "not_sent", "blocked"]


def plain(value: Any) -> None:  # noqa: ANN401 - JSON or not, that is the question
    """Nothing but what JSON has: no numpy, no NaN, no infinity."""
    if isinstance(value, dict):
        for key, item in value.items():
            assert type(key) is str
            plain(item)
    elif isinstance(value, list):
        for item in value:
            plain(item)
    else:
        assert value is None or type(value) in {str, int, float, bool}, (type(value), value)
        assert type(value) is not float or math.isfinite(value)


def mixed(seed: int = 0) -> list[Row]:
    rng = random.Random(seed)
    rows = [row(60.0 * i, rng.choice(OUTCOMES)) for i in range(600)]
    rows += [
        row(900.0 * i, rng.choice(OUTCOMES), size=size, billed=rng.choice([True, None]), cost_usd=None)
        for i in range(40)
        for size in ("1K", "4K")
    ]
    return rows + offered(token_bucket(300, 10), evenly(500, 30))


# --- tables at the edge ---------------------------------------------------------------------------------------

EDGES: dict[str, pd.DataFrame] = {
    "no rows": frame([]),
    "no columns": pd.DataFrame(),
    "one row": frame([row(0)]),
    "one failure": frame([row(0, "timeout")]),
    "only not sent": frame(every(60, 0, HOUR, "not_sent", detail="budget")),
    "only failures": frame(every(60, 0, HOUR, "overloaded", size="1K")),
    "all at one instant": frame([row(0, outcome, size=size) for outcome in OUTCOMES for size in ("1K", "2K")]),
    "all null": frame([dict.fromkeys(COLUMNS) for _ in range(3)]),
    "null but for time and provider": frame(
        [dict.fromkeys(COLUMNS) | {"planned_at": at(60 * i), "provider": "p"} for i in range(3)]
    ),
    "no provider": frame([row(0, provider=None)]),
    "load only": frame(offered(token_bucket(300, 10), evenly(500, 30))),
    "infinite and absurd": frame([row(60.0 * i, total_ms=math.inf, status=10**6, cost_usd=math.nan) for i in range(9)]),
    "everything": frame(mixed()),
}


@pytest.mark.parametrize("table", EDGES.values(), ids=EDGES.keys())
@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, DAY), (HOUR, HOUR + 60), (0.0, 0.0), (-DAY, -HOUR)])
def test_any_table_is_judged_in_plain_json(table: pd.DataFrame, start_s: float, end_s: float) -> None:
    facts = Facts({"p": ProviderFacts(advertised_rpm=300, usd_per_image={"1K": 0.05})}, planned_rpm=10)
    said = judge(table, facts, since=at(start_s), until=at(end_s), as_of=at(max(end_s, 0.0)))
    data = to_json(said)
    plain(data)
    json.dumps(data, allow_nan=False)
    assert "p" in said.providers


def test_nothing_measured_is_nothing_claimed() -> None:
    said = judged([], DAY)
    time = said.availability.time
    assert (time.unknown_s, time.value, time.worst, time.best, time.coverage) == (DAY, None, 0.0, 1.0, 0.0)
    assert (said.samples, said.bands, said.latency_ms, said.incidents, said.state) == (0, {}, {}, (), "unknown")
    assert (said.errors.of, said.errors.server, said.cost.usd_per_usable) == (0, None, None)


def test_one_row_says_nothing_of_time() -> None:
    said = judged([row(0)], HOUR)
    assert (said.availability.time.up_s, said.availability.time.value) == (0.0, None)


# --- the same rows, differently -------------------------------------------------------------------------------


def told(table: pd.DataFrame, facts: Facts) -> Any:  # noqa: ANN401 - JSON
    return to_json(judge(table, facts, since=at(0), until=at(10 * HOUR), as_of=at(11 * HOUR)))


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_neither_order_nor_repetition_nor_pieces_change_a_number(seed: int) -> None:
    rows = mixed(seed % 7)
    rng = random.Random(seed)
    other = [*rows, *rng.sample(rows, 100)]
    rng.shuffle(other)
    cut = rng.randrange(len(other))
    facts = Facts({"p": ProviderFacts(usd_per_image={"1K": 0.058, "4K": 0.24})})
    pieces = pd.concat([frame(other[:cut]), frame(other[cut:])], ignore_index=rng.random() < 0.5)
    assert told(pieces, facts) == told(frame(rows), facts)


@settings(max_examples=40)
@given(
    outcomes=st.lists(st.sampled_from(["ok", "server_error", "auth", "rate_limited", ""]), min_size=2, max_size=60),
    added=st.lists(st.tuples(st.floats(0, 3600), st.sampled_from(["auth", "not_sent", "rate_limited"])), max_size=8),
)
def test_adding_unknown_time_never_narrows_what_is_possible(
    outcomes: list[str], added: list[tuple[float, str]]
) -> None:
    rows = [row(60.0 * i, outcome) for i, outcome in enumerate(outcomes) if outcome]
    if not rows:
        return
    extra = [row(round(when, 6), outcome, seq=1) for when, outcome in added]
    before, after = (judged(some, HOUR).availability.time for some in (rows, rows + extra))
    if before.best is None or before.worst is None:
        return
    assert after.best is not None
    assert after.worst is not None
    assert after.worst <= before.worst + 1e-12 or after.best >= before.best - 1e-12
    assert after.best - after.worst >= before.best - before.worst - 1e-12


@settings(max_examples=40)
@given(outcomes=st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=50), gap_s=st.sampled_from([60.0, 61.7]))
def test_all_time_is_in_one_state_and_the_bounds_hold_the_value(outcomes: list[str], gap_s: float) -> None:
    time = judged([row(gap_s * i, outcome) for i, outcome in enumerate(outcomes)], 2 * HOUR).availability.time
    assert time.up_s + time.down_s + time.unknown_s + time.excluded_s == pytest.approx(2 * HOUR)
    if time.value is not None:
        assert time.worst is not None
        assert time.best is not None
        assert time.worst <= time.value <= time.best
        assert time.low is None or time.high is None or time.low <= time.value <= time.high


def test_the_form_in_which_a_table_comes_does_not_matter() -> None:
    rows = mixed()
    plainly = frame(rows)
    typed = plainly.convert_dtypes()
    for name in ("provider", "probe", "mode", "outcome", "attribution", "size"):
        typed[name] = typed[name].astype("category")
    typed["planned_at"] = pd.to_datetime(typed["planned_at"], utc=True).dt.as_unit("ns")
    assert told(typed, Facts()) == told(plainly, Facts())


# --- who and what ---------------------------------------------------------------------------------------------


def test_providers_are_those_configured_and_those_with_rows() -> None:
    rows = every(60, 0, HOUR, provider="seen") + every(60, 0, HOUR, provider="also")
    said = judge(
        frame(rows), Facts({"configured": ProviderFacts("nano")}), since=T0, until=at(HOUR), as_of=at(HOUR)
    ).providers
    assert list(said) == ["configured", "also", "seen"]
    assert (said["configured"].model, said["seen"].model) == ("nano", "m")


def test_providers_do_not_disturb_one_another() -> None:
    alone = judged(mixed(), 10 * HOUR)
    others = [r | {"provider": "q", "sample_id": f"q{i}"} for i, r in enumerate(mixed(3))]
    assert judged(mixed() + others, 10 * HOUR) == alone


@pytest.mark.parametrize(
    ("location", "simulated"),
    [("simulated", True), ("simulated-fra-1", True), ("fra-1", False), ("not-simulated", False)],
)
def test_simulated_rows_mark_all_of_it(location: str, *, simulated: bool) -> None:
    assert judgement([row(0), row(60, location=location)], HOUR).simulated is simulated


def test_the_monitor_accounts_for_its_own_slots() -> None:
    rows = every(60, 0, 300 * 60.0, lateness_ms=2.0) + every(60, 0, 180, "not_sent", detail="late")
    rows += every(60, 0, 120, "not_sent", detail="budget") + every(60, 0, HOUR, mode="imported")
    own = judgement(rows, 10 * HOUR).instrument
    assert (own.slots_planned, own.slots_sent, own.slots_not_sent) == (305, 300, {"budget": 2, "late": 3})
    assert own.lateness_p99_ms == 2.0


def test_what_is_told_is_passed_on() -> None:
    said = judge(frame([]), Facts(location="fra-1", timezone="Europe/Berlin"), since=T0, until=at(1), as_of=at(1),
                 spent_today=1.0, spent_month=2.0, time_compression=600.0)  # fmt: skip
    assert (said.location, said.timezone) == ("fra-1", "Europe/Berlin")
    assert (said.instrument.spent_usd_today, said.instrument.spent_usd_month) == (1.0, 2.0)
    assert said.instrument.time_compression == 600.0


def test_claims_and_comparisons_are_not_judged_here_and_none_is_invented() -> None:
    said: Judgement = judgement(mixed(), 10 * HOUR)
    assert said.comparison == ()
    assert said.providers["p"].claims == ()


def test_json_has_the_keys_of_the_contract() -> None:
    data = to_json(judgement(mixed(), 10 * HOUR))
    assert {"as_of", "since", "until", "simulated", "providers", "comparison"} <= data.keys()
    said = data["providers"]["p"]
    assert {
        "samples", "outcomes", "availability", "latency_ms", "phases_ms", "errors", "rate_limit", "cost", "bands",
        "incidents", "sla", "claims",
    } <= said.keys()  # fmt: skip
    assert {"user", "http", "time"} <= said["availability"].keys()
    assert said["phases_ms"].keys() == {"network", "processing", "return"}
    assert {"advertised_rpm", "sustained_rpm", "burst", "kind", "headroom", "retry_after_honest", "recovery_s"} <= (
        said["rate_limit"].keys()
    )
    assert {"n", "failed", "p50", "p95", "p99", "time_to_image"} <= said["latency_ms"]["1K"].keys()


def test_three_months_of_minutes_take_about_a_second() -> None:
    """Not a benchmark: a loop over rows would take minutes here (see docs/methods.md for what was measured)."""
    n = 90 * 1440
    table = pd.DataFrame({"planned_at": pd.Timestamp(T0) + pd.to_timedelta(np.arange(n) * 60, unit="s")})
    table = table.assign(
        sample_id=[f"{i:x}" for i in range(n)], provider="p", probe="reach", mode="scheduled", outcome="ok",
        attribution="provider", rule="ok", location="fra-1", status=200.0, total_ms=90.0, lateness_ms=1.0,
    )  # fmt: skip
    table["sent_at"] = table["planned_at"]
    said = judge(table, Facts(), since=T0, until=at(90 * DAY), as_of=at(90 * DAY)).providers["p"]
    assert said.availability.time.up_s == 90 * DAY


# --- a real history -------------------------------------------------------------------------------------------


@pytest.mark.skipif(not SHARED.exists(), reason="../shared with the real histories is absent")
def test_the_openai_series_of_levonk_has_p50_93_and_p95_158_beside_a_mean_of_611() -> None:
    with (SHARED / "data/upptime_ai_apis/checks.csv").open() as file:
        checks = [line for line in csv.DictReader(file) if line["slug"] == "open-ai-api"]
    table = frame(
        row(
            (pd.Timestamp(c["time_utc"]) - pd.Timestamp(T0)).total_seconds(),
            "ok" if c["status"] == "up" else "server_error",
            mode="imported", rule="import.upptime.status", status=int(c["http_code"]), seq=i,
            total_ms=float(c["response_ms"]), lateness_ms=None,
        )
        for i, c in enumerate(checks)
    )  # fmt: skip
    since, until = table["planned_at"].min(), table["planned_at"].max() + pd.Timedelta(seconds=1)
    said = judge(table, Facts(), since=since, until=until, as_of=until).providers["p"]
    took = said.latency_ms["reach"]
    assert took.p50 is not None
    assert took.p95 is not None
    assert (took.n, took.p50.value, took.p95.value) == (len(checks), 93.0, 158.0)
    assert took.mean == pytest.approx(611, abs=1)
    assert said.availability.time.unknown_s == 0.0

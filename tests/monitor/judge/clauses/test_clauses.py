"""What each parameter of a clause does, and that the same rows say different things under different clauses."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from monitor.catalogue.clauses import clauses
from monitor.judge.clauses.clause import Clause, Tier, in_words
from monitor.judge.facts import Claim, Maintenance, ProviderFacts
from monitor.judge.sla import claim_by
from monitor.judge.verdicts import SlaResult
from tests.monitor.judge.frames import DAY, HOUR, Row, at, every, judged, minutes, row

MONTH = 30 * DAY
MINUTES = Clause("theirs", "slice", error_rate_gt=0.05, target=0.999)
SHIPPED = {clause.name: clause for clause in clauses()}


def by(clause: Clause, rows: list[Row] | pd.DataFrame, end_s: float, **facts: Any) -> SlaResult:  # noqa: ANN401 - any fact
    return judged(rows, end_s, facts=ProviderFacts(clauses=(clause,), **facts)).sla[0]


def bad_minutes(*runs: tuple[int, int], count: int = 43_200) -> pd.DataFrame:
    return minutes(count, {m: "server_error" for start, length in runs for m in range(start, start + length)})


# --- the same rows, side by side ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shortest", "down", "value", "verdict"),
    [
        (1, 46, 0.998935, "not_met"),
        (5, 42, 0.999028, "met"),
        (10, 42, 0.999028, "met"),
        (30, 30, 0.999306, "met"),
    ],
)
def test_runs_of_1_3_12_and_30_bad_minutes_meet_99_9_by_the_clause_alone(
    shortest: int, down: int, value: float, verdict: str
) -> None:
    """Oracle of statistics 1.3."""
    month = bad_minutes((100, 1), (1000, 3), (5000, 12), (9000, 30))
    said = by(replace(MINUTES, min_consecutive=shortest), month, MONTH)
    assert (said.bad_s, said.verdict) == (down * 60, verdict)
    assert said.value == pytest.approx(value, abs=5e-7)


def test_a_steady_4_percent_is_100_under_one_clause_and_96_under_another() -> None:
    rows = [row(2.4 * i, "server_error" if i % 25 == 7 else "ok") for i in range(25 * 1440)]
    said = {result.definition: result.value for result in judged(rows, DAY).sla}
    assert said["google_minutes"] == 1.0
    assert said["requests"] == pytest.approx(0.96)
    assert said["aws_5min"] == pytest.approx(0.96)


def test_4_minutes_of_total_outage_are_no_downtime_for_google_alone() -> None:
    said = {result.definition: result.value for result in judged(bad_minutes((100, 4), count=1440), DAY).sla}
    assert said.pop("google_minutes") == 1.0
    assert {name: value for name, value in said.items() if value != 1.0}.keys() == {"aws_5min", "requests", "time"}


def test_the_same_month_is_met_and_missed_side_by_side() -> None:
    facts = ProviderFacts(clauses=tuple(replace(clause, target=0.999) for clause in clauses()))
    month = judged(bad_minutes((100, 1), (1000, 3), (5000, 12), (9000, 30)), MONTH, facts=facts)
    assert {result.definition: result.verdict for result in month.sla} == {
        "google_minutes": "met", "aws_5min": "not_met", "requests": "not_met", "time": "not_met",
    }  # fmt: skip
    assert all(result.reason for result in month.sla)


def test_share_of_requests_is_that_of_usable_images() -> None:
    outcomes = ["ok", "ok_degraded", "server_error", "ok_no_image", "timeout", "rate_limited", "blocked", "not_sent"]
    said = judged([row(60.0 * i, outcomes[i % 8], size="1K") for i in range(800)], DAY)
    by_requests = next(result for result in said.sla if result.definition == "requests")
    assert by_requests.value == said.availability.user.value == 0.4


def test_share_of_time_is_that_of_time_availability() -> None:
    said = judged(every(60, 0, 12 * HOUR) + every(300, 12 * HOUR, DAY, "overloaded"), 2 * DAY)
    time = next(result for result in said.sla if result.definition == "time")
    assert (time.value, time.worst) == (said.availability.time.value, said.availability.time.worst)
    assert time.bad_s == said.availability.time.down_s


# --- one parameter each ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "outcome", "given", "value"),
    [
        ({}, "rate_limited", {}, 1.0),
        ({"errors": ("5xx", "429")}, "rate_limited", {}, 0.5),
        ({}, "timeout", {}, 1.0),
        ({"errors": ("no_answer",)}, "timeout", {}, 0.5),
        ({"errors": ("no_answer",)}, "connection", {"attribution": "unknown"}, 1.0),
        ({}, "ok_no_image", {}, 1.0),
        ({"errors": ("unusable",)}, "ok_no_image", {}, 0.5),
        ({"errors": ("unusable",)}, "server_error", {}, 1.0),
        ({}, "ok", {"total_ms": 7001.0}, 1.0),
        ({"latency_as_failure_ms": 7000.0}, "ok", {"total_ms": 7001.0}, 0.5),
        ({"latency_as_failure_ms": 7000.0}, "ok", {"total_ms": 7000.0}, 1.0),
        ({"latency_as_failure_ms": 7000.0}, "timeout", {"total_ms": 180_000.0}, 0.5),
        ({}, "server_error", {"model": "m-preview"}, 0.5),
        ({"exclude_models": ("*-preview",)}, "server_error", {"model": "m-preview"}, 1.0),
        ({}, "server_error", {"attribution": "monitor"}, 1.0),
    ],
)
def test_what_is_an_error(terms: dict[str, Any], outcome: str, given: dict[str, Any], value: float) -> None:
    rows = every(60, 0, HOUR / 2) + every(60, HOUR / 2, HOUR, outcome, **given)
    assert by(replace(MINUTES, **terms), rows, HOUR).value == value


@pytest.mark.parametrize(
    ("terms", "value"),
    [({"exclude": ()}, 0.75), ({"exclude": ("4xx",)}, 2 / 3), ({"exclude": ("4xx", "429", "policy")}, 0.5)],
    ids=["all count", "without 4xx", "without 429 and policy as well"],
)
def test_what_is_left_out_is_no_request(terms: dict[str, Any], value: float) -> None:
    outcomes = ["ok", "server_error", "client_error", "rate_limited"]
    rows = [row(60.0 * i, outcomes[i % 4]) for i in range(60)]
    assert by(Clause("theirs", "request", **terms), rows, HOUR).value == pytest.approx(value)


@pytest.mark.parametrize(
    ("no_traffic", "value", "worst"), [("good", 0.75, 0.75), ("unknown", 0.75, 0.25), ("left_out", 0.5, 0.5)]
)
def test_a_slice_without_a_request(no_traffic: Any, value: float, worst: float) -> None:  # noqa: ANN401 - a literal
    """A probe every two minutes: half of the minutes are empty, and nothing is unknown of them."""
    rows = every(120, 0, HOUR) + every(120, HOUR, 2 * HOUR, "server_error")
    said = by(replace(MINUTES, no_traffic=no_traffic), rows, 2 * HOUR)
    assert said.value == value
    assert said.worst == pytest.approx(worst)


def test_too_few_requests_make_no_slice() -> None:
    rows = every(60, 0, HOUR, "server_error") + every(6, HOUR, 2 * HOUR, "server_error")
    said = by(replace(MINUTES, min_requests=10, no_traffic="good"), rows, 2 * HOUR)
    assert (said.value, said.bad_s) == (0.5, HOUR)


def test_requests_of_images_alone_where_there_are_any() -> None:
    both = every(60, 0, HOUR) + every(600, 0, HOUR, "server_error", size="1K")
    clause = Clause("theirs", "request", probes="images")
    assert by(clause, both, HOUR).value == 0.0
    assert by(clause, every(60, 0, HOUR), HOUR).value == 1.0
    assert by(replace(clause, probes="all"), both, HOUR).value == pytest.approx(60 / 66)


@pytest.mark.parametrize(
    ("shortest", "whole", "down_s"), [(1, False, 1350), (1, True, 1320), (10, False, 1260), (22, True, 0)]
)
def test_outages_by_the_clock(shortest: int, whole: bool, down_s: float) -> None:
    """Outages of 90 s and of 21 min, seen every 30 s."""
    rows = every(30, 0, HOUR) + every(30, HOUR, HOUR + 90, "overloaded") + every(30, HOUR + 90, 2 * HOUR)
    rows += every(30, 2 * HOUR, 2 * HOUR + 1260, "overloaded") + every(30, 2 * HOUR + 1260, 4 * HOUR)
    clause = Clause("theirs", "time", min_consecutive=shortest, partial_minutes_count=not whole)
    assert by(clause, rows, 4 * HOUR).bad_s == down_s


# --- back-off -------------------------------------------------------------------------------------------------


def burst(gap_s: float, count: int) -> list[Row]:
    """Errors one after another, each answered at once, after a success of a minute before; then an hour of health."""
    errors = [row(HOUR + gap_s * i, "server_error", total_ms=0.0) for i in range(count)]
    return every(60, 0, HOUR) + errors + every(60, 2 * HOUR, 3 * HOUR)


@pytest.mark.parametrize(
    ("gap_s", "count", "counted"),
    [
        (60.0, 5, 5),  # as scheduled probes are
        (1.0, 1, 1),
        (0.5, 4, 2),  # 0 s, and 1 s later
        (1.0, 64, 7),  # 0, 1, 3, 7, 15, 31, 63 s: the waits double
        (1.0, 128, 9),  # and 95, 127 s: they stay at 32 s
    ],
)
def test_repeats_without_back_off_do_not_count(gap_s: float, count: int, counted: int) -> None:
    clause = Clause("theirs", "request", backoff_required=True)
    assert f"{counted} of {120 + counted} requests" in (by(clause, burst(gap_s, count), 3 * HOUR).reason or "")
    free = replace(clause, backoff_required=False)
    assert f"{count} of {120 + count} requests" in (by(free, burst(gap_s, count), 3 * HOUR).reason or "")


def test_the_wait_is_of_identical_requests() -> None:
    rows = every(60, 0, HOUR) + [row(HOUR, "server_error", size=size) for size in ("1K", "2K", "4K")]
    clause = Clause("theirs", "request", backoff_required=True)
    assert "3 of 63 requests" in (by(clause, rows, 2 * HOUR).reason or "")


# --- maintenance ----------------------------------------------------------------------------------------------


def maintained(announced_h_ahead: float | None) -> dict[str, Any]:
    start = at(HOUR)
    announced = None if announced_h_ahead is None else start - timedelta(hours=announced_h_ahead)
    return {"maintenance": (Maintenance(start, at(2 * HOUR), "n", announced),)}


@pytest.mark.parametrize("unit", ["slice", "request", "time"])
@pytest.mark.parametrize(
    ("terms", "ahead", "value", "verdict"),
    [
        ({}, None, 1.0, "met"),
        ({"exclude_maintenance": False}, None, 0.75, "not_met"),
        ({"maintenance_notice_h": 72.0}, 72.0, 1.0, "met"),
        ({"maintenance_notice_h": 72.0}, 71.0, 0.75, "not_met"),
        ({"maintenance_notice_h": 72.0}, None, 1.0, "undecided"),
    ],
    ids=["excluded", "counts", "announced in time", "announced too late", "nobody knows when it was announced"],
)
def test_maintenance(unit: Any, terms: dict[str, Any], ahead: float | None, value: float, verdict: str) -> None:  # noqa: ANN401 - a literal
    rows = every(60, 0, HOUR) + every(60, HOUR, 2 * HOUR, "overloaded") + every(60, 2 * HOUR, 4 * HOUR)
    said = by(Clause("theirs", unit, target=0.9, **terms), rows, 4 * HOUR, **maintained(ahead))
    assert said.value == pytest.approx(value, abs=0.006)
    assert said.verdict == verdict


def test_a_minute_that_maintenance_cuts() -> None:
    """From 10:00:30 to 10:10:00; the first half of the minute 10:00 failed."""
    rows = [row(30.0 * i, "overloaded" if i == 120 else "ok") for i in range(240)]
    window = (Maintenance(at(HOUR + 30), at(HOUR + 600), "n"),)
    assert by(MINUTES, rows, 2 * HOUR, maintenance=window).bad_s == 60
    assert by(replace(MINUTES, partial_minutes_count=False), rows, 2 * HOUR, maintenance=window).bad_s == 0


# --- targets, credits, dates ----------------------------------------------------------------------------------


def test_an_agreement_stands_in_place_of_its_clause() -> None:
    agreement = replace(SHIPPED["google_minutes"], target=0.9, credits=(Tier(0.9, 33.0),), exclude_models=("*-pre",))
    facts = ProviderFacts(agreements=(agreement,))
    said = {one.definition: one for one in judged(bad_minutes((0, 720), count=1440), DAY, facts=facts).sla}
    google = said["google_minutes"]
    assert (google.target, google.verdict, google.credit_percent, google.promised) == (0.9, "not_met", 33.0, True)
    assert [one.promised for one in said.values()] == [True, False, False, False]


def test_rounding_earns_no_higher_credit() -> None:
    """A hundred intervals of 99 % are 0.98999... in floats, and 10 % are due below 99.9, 25 % only below 99."""
    mean = float(np.full(100, 0.99).mean())
    assert mean < 0.99
    assert next(one for one in clauses() if one.name == "aws_5min").credit(mean) == 10.0


def test_a_stricter_claim_raises_the_target_of_an_agreement() -> None:
    facts = ProviderFacts(
        agreements=(SHIPPED["google_minutes"],), claims=(Claim("uptime", ">=", 0.9999, "google_minutes"),)
    )
    assert judged(minutes(1440), DAY, facts=facts).sla[0].target == 0.9999


def test_a_model_that_is_not_covered_has_no_verdict_and_is_owed_nothing() -> None:
    clause = replace(SHIPPED["google_minutes"], exclude_models=("*-preview",))
    rows = every(60, 0, DAY, "server_error", model="gemini-3-pro-image-preview")
    said = judged(rows, DAY, facts=ProviderFacts(clauses=(), agreements=(clause,))).sla[0]
    assert (said.value, said.verdict, said.credit_percent, said.promised) == (None, "undecided", None, False)
    assert "does not cover the model" in (said.reason or "")


def test_without_a_target_there_is_a_value_and_no_verdict() -> None:
    said = by(replace(MINUTES, target=None), minutes(60), HOUR)
    assert (said.value, said.target, said.verdict) == (1.0, None, "undecided")


@pytest.mark.parametrize(
    ("terms", "last", "until"),
    [
        ({"claim_within_days": 30}, date(2026, 10, 31), date(2026, 11, 30)),
        ({"claim_within_cycles": 2}, date(2026, 10, 31), date(2026, 12, 31)),
        ({"claim_within_cycles": 2}, date(2026, 12, 31), date(2027, 2, 28)),
        ({}, date(2026, 10, 31), None),
    ],
)
def test_until_when_to_claim(terms: dict[str, Any], last: date, until: date | None) -> None:
    assert claim_by(replace(MINUTES, **terms), last) == until


def test_a_clause_says_its_parameters_in_words() -> None:
    said = in_words(replace(SHIPPED["google_minutes"], backoff_required=True, exclude_models=("*-preview",)))
    assert said["error_rate_gt"] == "down above 5 % errors"
    assert said["min_consecutive"] == "only outages of at least 5 slices in a row count"
    assert said["credits"] == "10 % below 99.5 %, 25 % below 99 %, 50 % below 95 %"
    assert "models like *-preview" in said["exclude"]
    assert "aggregation" not in in_words(SHIPPED["time"])

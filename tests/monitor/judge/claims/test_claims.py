"""Each metric of the contract: its verdicts, with the sentence and the need that people read."""

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from monitor.catalogue.clauses import clauses
from monitor.claim_terms import Metric
from monitor.judge.claims import judging
from monitor.judge.claims.asked import is_other
from monitor.judge.claims.case import bound_of_none
from monitor.judge.claims.sizes import equivalence
from monitor.judge.claims.words import title
from monitor.judge.facts import Claim, Maintenance, ProviderFacts
from monitor.judge.ruling import CONFIRMED, NOT_REFUTED, NOT_TESTABLE, REFUTED, UNDECIDED, VOID
from tests.monitor.judge.claims.cases import failures, images, looks, verdict
from tests.monitor.judge.frames import DAY, Row, at, judged, row

Given = dict[str, Any]
AT_MOST: Given = {"op": "<="}


def test_every_metric_of_the_contract_has_its_function() -> None:
    assert set(judging.METRICS) == set(get_args(Metric))


def said(found: str, pattern: str) -> None:
    assert re.search(pattern, found), found


# --- uptime -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "rows", "days", "given", "word", "reason", "needs"),
    [
        (0.999, looks(7), 7, {"definition": "time"}, UNDECIDED, "no outage seen since 2026-11-01; there was no look",
         r"^about 803 more days without an outage; the next look is on 2026-12-01, in 23 days"),
        (0.999, looks(7, [(30, 60)]), 7, {"definition": "time"}, REFUTED,
         r"17\.9 % failed in 1 outage, where at most 0\.1 % is promised: refuted by a bet", None),
        (0.95, looks(31, [(30, 31)]), 31, {"definition": "time"}, CONFIRMED,
         r"0\.134 % failed in 1 outage; at look 1 at most 5 % fails in the long run, as promised", None),
        (0.999, looks(31, [(30, 31)]), 31, {"definition": "time"}, UNDECIDED, "may be more or less",
         "more days"),
        (1.0, looks(2), 2, {"definition": "time"}, UNDECIDED, "no outage", "nothing can confirm it"),
        (1.0, looks(2, [(5, 6)]), 2, {"definition": "time"}, REFUTED, "and none is promised", None),
        (0.95, looks(10), 31, {"definition": "time"}, VOID, r"nothing is known of 6\d", "more days"),
        (0.9, images(31), 31, {"definition": "requests"}, CONFIRMED, "no outage seen", None),
        (0.9, looks(31), 31, {"definition": "requests"}, UNDECIDED, "no request of ours tells", "requests that do"),
        (0.95, looks(31), 31, {"definition": "aws_5min"}, CONFIRMED, "no outage", None),
        (0.9, looks(31), 31, {"definition": "google_minutes"}, CONFIRMED, "no outage", None),
        (0.9, looks(31, gap_s=1800), 31, {"definition": "google_minutes"}, VOID, "nothing is known of 9", "more days"),
    ],
    ids=["a week", "a long outage", "95 % after a month", "99.9 % after a month", "100 %", "100 % and an outage",
         "half unknown", "by requests", "by requests that nobody sent", "by 5 minutes", "by minutes",
         "by minutes that nobody looked at"],
)  # fmt: skip
def test_uptime(
    value: float, rows: list[Row], days: int, given: Given, word: str, reason: str, needs: str | None
) -> None:
    found = verdict("uptime", value, rows, days, **given)
    assert found.verdict == word, found
    said(found.reason, reason)
    assert (found.needs is None) == (needs is None)
    said(found.needs or "", needs or "")


@pytest.mark.parametrize(
    ("unit", "rows", "verdict_"),
    [
        ("slice", looks(31), CONFIRMED),
        ("slice", looks(31, [(24 * day, 24 * day + 6) for day in range(30)]), REFUTED),
        ("request", [*looks(31), *images(31)], CONFIRMED),
        ("request", [*images(31), *failures(200)], REFUTED),
    ],
    ids=["slices, none bad", "slices of six hours bad each day", "requests, none bad", "requests, many bad"],
)
def test_a_promise_may_be_counted_by_a_clause_of_your_own(unit: str, rows: list[Row], verdict_: str) -> None:
    (usual,) = (clause for clause in clauses() if clause.name == ("aws_5min" if unit == "slice" else "requests"))
    facts: dict[str, Any] = {"clauses": (*clauses(), replace(usual, name="ours"))}
    assert verdict("uptime", 0.95, rows, 31, definition="ours", **facts).verdict == verdict_


@pytest.mark.parametrize("unit", ["slice", "request"])
@pytest.mark.parametrize(
    ("announced", "word"),
    [(None, VOID), (at(0), CONFIRMED), (at(215 * 3600), UNDECIDED)],
    ids=["nobody knows when", "early enough", "an hour before"],
)
def test_maintenance_that_may_not_have_been_announced_confirms_nothing(
    unit: str, announced: datetime | None, word: str
) -> None:
    """A day and a half of outage, and the clause asks for 72 h of notice."""
    (usual,) = (clause for clause in clauses() if clause.name == ("aws_5min" if unit == "slice" else "requests"))
    ours = replace(usual, name="ours", maintenance_notice_h=72.0)
    told = (Maintenance(at(216 * 3600), at(252 * 3600), "notice", announced),)
    rows = looks(31, [(216, 252)])
    found = verdict("uptime", 0.95, rows, 31, definition="ours", clauses=(*clauses(), ours), maintenance=told)
    assert found.verdict == word, found


def test_requests_without_an_answer_do_not_refute_a_promise_about_errors() -> None:
    """Six hours a day, each interval has one 500 and one request that got no answer: 25 % are bad, or 12.5 %."""
    rows = [
        row(150.0 * i, ("timeout" if i % 2 else "server_error") if i % 576 < 144 else "ok") for i in range(31 * 576)
    ]
    found = verdict("uptime", 0.86, rows, 31, definition="aws_5min")
    assert (found.verdict, found.p_refuted) == (UNDECIDED, 1.0)
    assert found.coverage == pytest.approx(0.875)
    assert verdict("uptime", 0.95, rows, 31, definition="aws_5min").verdict == REFUTED  # whatever became of them


def test_a_bare_uptime_is_read_under_every_definition_and_decided_only_if_all_agree() -> None:
    found = verdict("uptime", 0.9, [*looks(31), *images(31)], 31)
    assert [reading.definition for reading in found.readings] == ["time", "requests", "google_minutes", "aws_5min"]
    assert {reading.verdict for reading in found.readings} == {"confirmed"}
    assert found.verdict == CONFIRMED
    found = verdict("uptime", 0.95, [*looks(31), *images(31, outcome="ok_no_image", status=200)], 31)
    assert {reading.definition: reading.verdict for reading in found.readings}["requests"] == REFUTED
    assert found.verdict in {UNDECIDED, VOID}
    said(found.reason, "does not say what counts")
    said(found.needs or "", "the definition that the provider means")
    assert found.p_refuted == 1.0  # by time nothing refutes it, and the least certain definition counts


def test_what_our_own_network_failed_refutes_nothing() -> None:
    """Six hours every third day, and the control probes fail as well: the provider was never seen to fail."""
    ours = {"attribution": "network", "control_ok": False, "status": None}
    lost = [
        row(900.0 * i, "connection", size="1K", **ours) if i // 96 % 3 == 1 and i % 96 < 24 else one
        for i, one in enumerate(images(31, per_day=96))
    ]
    promises: list[tuple[str, float, str, Given]] = [
        ("uptime", 0.95, ">=", {"definition": "requests"}),
        ("p95_ms", 20_000.0, "<=", {}),
        ("error_rate", 0.05, "<=", {}),
    ]
    for metric, value, op, given in promises:
        found = verdict(metric, value, lost, 31, op=op, **given)
        assert (found.verdict, found.p_refuted) == (VOID, 1.0)
        assert found.coverage == pytest.approx(1 - 240 / (31 * 96))
        said(found.reason, r"nothing is known of 8\.06 %")


def test_what_we_did_not_wait_for_confirms_nothing() -> None:
    """Three of ten were given up after 10 s: whether 95 % come within 20 s is not known, within 9 s they do not."""
    gone = {"attribution": "client", "control_ok": True, "status": None, "total_ms": 10_000.0}
    rows = [
        row(900.0 * i, "timeout", size="1K", **gone) if i % 10 < 3 else one
        for i, one in enumerate(images(31, per_day=96))
    ]
    found = verdict("p95_ms", 20_000.0, rows, 31, op="<=")
    assert (found.verdict, found.p_refuted) == (VOID, 1.0)
    said(found.needs or "", "a deadline of ours beyond what is promised")
    assert verdict("p95_ms", 9_000.0, rows, 31, op="<=").verdict == REFUTED


def test_errors_without_any_request_are_not_judged() -> None:
    found = verdict("error_rate", 0.5, looks(31), 31, op="<=")
    assert (found.verdict, found.reason) == (UNDECIDED, "no image request tells anything yet")


def test_images_and_money_stand_in_the_need() -> None:
    found = verdict("uptime", 0.999, [*looks(7), *images(7)], 7, definition="time")
    said(found.needs or "", r"\(about 9,6\d\d images, \$48\d at the list price, at the present rate\)")


def test_promises_are_of_the_provider_and_not_of_the_window() -> None:
    rows = looks(31, [(30, 31)])
    whole = verdict("uptime", 0.95, rows, 31, definition="time")
    assert verdict("uptime", 0.95, rows, 31, definition="time", start_s=30 * DAY) == whole
    assert whole.looks == 1
    assert whole.alpha == pytest.approx(0.025)
    assert whole.coverage == pytest.approx(1.0)


def test_what_kind_of_provider_it_is_stands_beside_what_happened() -> None:
    available = judged(looks(31, [(30, 31)]), 31 * DAY).availability
    assert available.process is not None
    assert available.process.value == pytest.approx(1 - 1 / 744)
    assert available.process.low is not None
    assert available.time.low is not None
    assert available.process.low < available.time.low  # the future is less sure than the past
    assert "L 2 h" in available.process.method


# --- errors and latency -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "value", "rows", "days", "given", "word", "reason"),
    [
        ("error_rate", 0.05, images(31), 31, {}, CONFIRMED, "no outage seen"),
        ("error_rate", 0.001, [*images(8), *failures(90)], 8, {}, REFUTED, "where at most 0.1 % is promised"),
        ("error_rate", 0.02, images(5), 5, {}, UNDECIDED, "there was no look yet"),
        ("p50_ms", 20_000, images(31), 31, {}, CONFIRMED, "0 requests of 372"),
        ("p50_ms", 20_000, images(5), 5, {}, UNDECIDED, "no look yet"),
        ("p95_ms", 20_000, images(45), 45, {}, CONFIRMED, "as promised|promised"),
        ("p95_ms", 4000, images(5), 5, {}, REFUTED, r"60 requests of 60 \(100 %\) failed or took longer than 4 s"),
        ("p95_ms", 20_000, [*images(5), *failures(90)], 5, {}, REFUTED, "failed or took"),
        ("p95_ms", 20_000, images(5), 5, {"size": "4K"}, UNDECIDED, "no image request of that kind"),
        ("p95_ms", 20_000, [*images(5), *images(5, "4K", ms=30_000.0)], 5, {"size": "4K"}, REFUTED, "60 requests"),
    ],
    ids=["few errors", "many errors", "errors, a few days", "p50 kept", "p50, a few days", "p95 kept", "p95 broken",
         "failures exceed", "no such size", "one size"],
)  # fmt: skip
def test_errors_and_percentiles(
    metric: str, value: float, rows: list[Row], days: int, given: Given, word: str, reason: str
) -> None:
    found = verdict(metric, value, rows, days, **(AT_MOST | given))
    assert found.verdict == word, found
    said(found.reason, reason)


def test_a_percentile_is_estimated_with_its_failures() -> None:
    found = verdict("p95_ms", 20_000, images(31), 31, op="<=")
    assert found.estimate is not None
    assert found.estimate.value == pytest.approx(8000, rel=0.06)
    assert found.estimate.n == 372


@pytest.mark.parametrize(
    ("small", "large", "days", "word", "reason"),
    [
        (8000.0, 8200.0, 31, CONFIRMED, "every part of it holds"),
        (8000.0, 16_000.0, 31, REFUTED, r"4K takes 2\.\d+ times as long as 1K, over 31 days"),
        (8000.0, 8200.0, 7, UNDECIDED, "^open: "),
        (30_000.0, 30_000.0, 7, REFUTED, "took over 25.0 s"),
    ],
    ids=["the same", "twice", "a week", "the same, and slower than promised"],
)
def test_the_same_latency_at_every_size(small: float, large: float, days: int, word: str, reason: str) -> None:
    rows = [*images(days, ms=small, per_day=24), *images(days, "4K", ms=large, per_day=23)]
    promised = [Claim("p50_ms", "<=", 20_000.0)]
    found = verdict("same_latency_across_sizes", True, rows, days, op="==", others=promised)
    assert found.verdict == word, found
    said(found.reason, reason)
    assert found.estimate is not None
    assert found.estimate.value == pytest.approx(large / small, rel=0.05)


@pytest.mark.parametrize(
    ("log_ratio", "spread", "days", "same", "other"),
    [(0.0, 0.1, 30, True, False), (0.4, 0.1, 30, False, True), (0.2, 0.3, 30, False, False),
     (0.0, 0.1, 13, False, False), (0.0, 0.0, 14, True, False), (0.5, 0.0, 14, False, True)],
    ids=["the same", "half as long again", "who knows", "too few days", "exactly the same", "exactly other"],
)  # fmt: skip
def test_two_one_sided_tests_on_days(log_ratio: float, spread: float, days: int, *, same: bool, other: bool) -> None:
    difference = log_ratio + spread * np.sin(np.arange(days))
    p_same, p_other = equivalence(difference)
    assert (p_same < 0.01, p_other < 0.01) == (same, other)
    if spread and days == 30:  # statsmodels 0.15: ttost_paired(x, y, ln 0.8, ln 1.25) is the larger of these two
        t = (difference.mean() - np.log([0.8, 1.25])) / (difference.std(ddof=1) / np.sqrt(days))
        assert p_same == pytest.approx(max(stats.t.sf(t[0], days - 1), stats.t.cdf(t[1], days - 1)))


def test_one_size_alone_cannot_be_compared() -> None:
    found = verdict("same_latency_across_sizes", True, images(31), 31, op="==")
    assert (found.verdict, found.reason) == (NOT_TESTABLE, "images of 1K alone so far")


# --- limits and failover ------------------------------------------------------------------------------------------


def load(run: int, start_s: float, accepted: int, gap_s: float = 0.2, count: int = 300) -> list[Row]:
    """A run of so many requests, of which each second the first few are accepted."""
    every_s = round(1 / gap_s)
    return [
        row(start_s + i * gap_s, "ok" if i % every_s < accepted else "rate_limited", size="1K", mode="ramp", seq=i,
            run_id=f"00000000-0000-0000-0000-00000000000{run}")
        | {"probe": "burst"}
        for i in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "runs", "word", "reason", "needs"),
    [
        (600.0, [load(1, 0, 2), load(2, 4000, 2)], REFUTED, "600 are promised; refused with 429 on 2 occasions", None),
        (600.0, [load(1, 0, 2)], UNDECIDED, "on one occasion", "a load run of 201 images at 600 a minute"),
        (100.0, [load(1, 0, 2), load(2, 4000, 2)], NOT_REFUTED, "no limit below 100 was met", None),
        (600.0, [load(1, 0, 5)], NOT_REFUTED, "300 a minute were accepted, and no limit below 600", "run of 201"),
        (600.0, [looks(1)], NOT_TESTABLE, "no burst or endurance probe", "201 images at 600 a minute, \\$10.05"),
        ("unlimited", [load(1, 0, 2), load(2, 4000, 2)], REFUTED, "refused with 429 on 2 occasions", None),
        ("unlimited", [load(1, 0, 2)], UNDECIDED, "a second has to repeat it", "a run of"),
        ("unlimited", [load(1, 0, 5)], NOT_REFUTED, r"not refuted up to that: 30\d requests", "at more than 30"),
        ("unlimited", [looks(1)], NOT_TESTABLE, "no burst or endurance probe", "a burst or endurance run"),
    ],
    ids=["throttled", "throttled once", "enough", "nothing refused", "not probed", "limited", "limited once", "free",
         "unlimited, not probed"],
)  # fmt: skip
def test_rates(value: float | str, runs: list[list[Row]], word: str, reason: str, needs: str | None) -> None:
    found = verdict(
        "rpm", value, [one for run in runs for one in run], 1, op=">=" if isinstance(value, float) else "=="
    )
    assert found.verdict == word, found
    said(found.reason, reason)
    assert (found.needs is None) == (needs is None), found
    said(found.needs or "", needs or "")


BLIND = [  # down for 4 minutes, then nobody looked for 10, then down for 4 once more: it may have been up between
    one
    for one in looks(1, [(5, 5.3)], gap_s=20)
    if not 5 * 3600 + 240 <= (one["planned_at"] - at(0)).total_seconds() < 5 * 3600 + 840
]


@pytest.mark.parametrize(
    ("value", "rows", "word", "reason"),
    [
        (30.0, looks(1, [(5, 6)]), REFUTED, "1 of 1 outage lasted longer for certain"),
        (30.0, looks(1), NOT_TESTABLE, "no outage was seen, and two looks and their answers are 10 min apart"),
        (900.0, looks(1), NOT_TESTABLE, "^no outage was seen$"),
        (900.0, looks(1, [(5, 5.08)], gap_s=60), CONFIRMED, "all of 1 outage were surely over in 15 min"),
        (900.0, looks(1, [(5, 5.24)], gap_s=60), UNDECIDED, "none of 1 outage surely lasted longer than 15 min"),
        (300.0, BLIND, UNDECIDED, "none of 1 outage surely lasted longer than 5 min"),
    ],
    ids=["an hour", "too coarse", "nothing to see", "five minutes", "a quarter of an hour", "twice, nobody looked"],
)
def test_failover(value: float, rows: list[Row], word: str, reason: str) -> None:
    found = verdict("failover_s", value, rows, 1, op="<=")
    assert found.verdict == word, found
    said(found.reason, reason)


# --- money --------------------------------------------------------------------------------------------------------


def bills(days: int, **given: Any) -> list[Row]:  # noqa: ANN401 - any column
    """Images of somebody's call log, with what each was billed at."""
    return images(days, mode="imported", **given)


@pytest.mark.parametrize(
    ("value", "rows", "given", "word", "reason"),
    [
        (0.1, images(2), {}, NOT_TESTABLE, r"the price list says so too \(\$0\.05 at 1K, \$0\.1 at 4K\)"),
        (0.05, images(2), {}, UNDECIDED, r"says \$0\.05 at 1K, \$0\.1 at 4K, other than promised"),
        (0.05, images(2), {"size": "1K"}, NOT_TESTABLE, "no answer tells what was billed"),
        (0.05, bills(2, cost_usd=0.058), {}, REFUTED, r"24 of 24 images were billed otherwise, up to \$0\.058"),
        (0.058, bills(2, cost_usd=0.058), {}, CONFIRMED, "all 24 bills are as promised"),
        (0.05, images(2, cost_usd=0.058), {"size": "1K"}, NOT_TESTABLE, "no answer tells what was billed"),
        (0.058, [*bills(2, cost_usd=0.058), *images(1, "4K", cost_usd=None)], {}, UNDECIDED, "12 are not known"),
        (0.06, bills(2, cost_usd=0.058), {"op": "=="}, REFUTED, "billed otherwise"),
        (0.05, looks(1), {"prices": {}}, NOT_TESTABLE, "no bill is known"),
    ],
    ids=["only the list", "the list is dearer", "the list of a size", "billed more", "billed as promised",
         "booked at an old price", "some not known", "exactly", "no price"],
)  # fmt: skip
def test_the_price(value: float, rows: list[Row], given: Given, word: str, reason: str) -> None:
    found = verdict("usd_per_image", value, rows, 2, **(AT_MOST | given))
    assert found.verdict == word, found
    said(found.reason, reason)


@pytest.mark.parametrize(
    ("rows", "word", "reason"),
    [
        (
            [*images(1), *failures(3, billed=True, mode="imported")],
            REFUTED,
            "3 of 3 failures whose bill is known were billed",
        ),
        (
            [*images(1), *failures(59, billed=False, mode="imported")],
            NOT_REFUTED,
            r"none of 59 failures was billed, so at most 4\.95 % are$",
        ),
        ([*failures(5, billed=False, mode="imported"), *failures(2, "timeout")], NOT_REFUTED, "2 bills not known"),
        ([*images(1), *failures(3, "timeout")], NOT_TESTABLE, "3 failures, none of them with a bill that is known"),
        (
            [*images(1), *failures(299, billed=False, cost_usd=0.0)],
            NOT_TESTABLE,
            "none of them with a bill that is known",
        ),
        (images(1), NOT_TESTABLE, "no failure yet"),
    ],
    ids=["one that was", "none of 59", "some not known", "none known", "only our own belief", "no failure"],
)
def test_billed_only_on_success(rows: list[Row], word: str, reason: str) -> None:
    found = verdict("billed_only_on_success", True, rows, 5, op="==")
    assert found.verdict == word, found
    said(found.reason, reason)


def test_none_of_so_many_bounds_how_often() -> None:
    assert bound_of_none(59) == pytest.approx(0.0495, abs=5e-5)
    assert bound_of_none(299) == pytest.approx(0.01, abs=5e-5)
    assert bound_of_none(0) == 1.0


# --- what was asked -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "rows", "word", "reason"),
    [
        ("size_as_asked", images(5), NOT_REFUTED,
         r"none of 60 images was of another size .*, so at most 4\.87 % are \(11\.2 % whenever one reads\)"),
        ("size_as_asked", [*images(5), row(50, "ok_degraded", size="4K", detail="wrong_size")], REFUTED,
         r"1 of 61 images were of another size than was asked for \(1 at 4K\)"),
        ("size_as_asked", looks(1), NOT_TESTABLE, "no image yet"),
        ("model_as_asked", images(5), NOT_TESTABLE, "none of 60 images says which model made it"),
        ("model_as_asked", images(5, model_version="m"), NOT_REFUTED, "none of 60 images was made by another model"),
        ("model_as_asked", [*images(5, model_version="m"), row(50, size="1K", model_version="small")], REFUTED,
         r"1 of 61 images were made by another model, by its own word \(small\)"),
    ],
    ids=["sizes", "one wrong size", "no image", "no word", "the same", "another"],
)  # fmt: skip
def test_what_was_asked_for(metric: str, rows: list[Row], word: str, reason: str) -> None:
    found = verdict(metric, True, rows, 5, op="==")
    assert found.verdict == word, found
    said(found.reason, reason)


@pytest.mark.parametrize(
    ("asked", "answered", "other"),
    [
        ("gemini-3-pro-image", "gemini-3-pro-image", False),
        ("gemini-3-pro-image-preview", "gemini-3-pro-image", False),
        ("gemini-3-pro-image", "models/gemini-3-pro-image-001", False),
        ("gpt-image-1", "gpt-image-1-2025-04-15", False),
        ("gpt-image-1", "gpt-image-1-mini", True),
        ("gemini-3-pro-image", "gemini-3.1-flash-image", True),
    ],
)
def test_versions_of_a_model_are_that_model(asked: str, answered: str, *, other: bool) -> None:
    assert is_other(asked, answered) is other


# --- all together -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (Claim("uptime", ">=", 0.999), "99.9 % uptime"),
        (Claim("uptime", ">", 0.9995, definition="aws_5min"), "more than 99.95 % uptime, by aws_5min"),
        (Claim("p95_ms", "<=", 20_000, size="1K"), "a P95 latency of at most 20 s at 1K"),
        (Claim("error_rate", "<", 0.005), "less than 0.5 % errors"),
        (Claim("rpm", "==", "unlimited"), "unlimited requests a minute"),
        (Claim("rpm", ">=", 1000.0), "1,000 requests a minute"),
        (Claim("failover_s", "<=", 30), "failover within 30 s"),
        (Claim("usd_per_image", "==", 0.058), "$0.058 per image"),
        (Claim("billed_only_on_success", "==", value=True), "billed only on success"),
    ],
)
def test_promises_as_people_say_them(claim: Claim, words: str) -> None:
    assert title(claim) == words


CLAIMS = (
    Claim("uptime", ">=", 0.999),
    Claim("uptime", ">=", 0.99, definition="time"),
    Claim("p50_ms", "<=", 20_000.0),
    Claim("p95_ms", "<=", 20_000.0, size="4K"),
    Claim("same_latency_across_sizes", "==", value=True),
    Claim("rpm", "==", "unlimited"),
    Claim("rpm", ">=", 300.0),
    Claim("error_rate", "<=", 1.0),
    Claim("failover_s", "<=", 30.0),
    Claim("usd_per_image", "<=", 0.05),
    Claim("billed_only_on_success", "==", value=True),
    Claim("size_as_asked", "==", value=True),
    Claim("model_as_asked", "==", value=True),
)


def test_each_promise_has_a_verdict_a_reason_and_says_how_it_was_made_testable() -> None:
    facts = ProviderFacts(model="m", claims=CLAIMS, usd_per_image={"1K": 0.05})
    rows = [*looks(31, [(30, 31)]), *images(31), *images(31, "4K")]
    found = judged(rows, 31 * DAY, facts=facts).claims
    assert [(one.metric, one.op, one.value) for one in found] == [(c.metric, c.op, c.value) for c in CLAIMS]
    words = {CONFIRMED, REFUTED, UNDECIDED, NOT_TESTABLE, NOT_REFUTED, VOID}
    for one in found:
        assert one.verdict in words
        assert one.reason
        assert one.testable
        assert one.title
        if one.verdict in {UNDECIDED, NOT_TESTABLE, VOID}:
            assert one.needs


def test_the_order_of_rows_and_their_repetition_change_no_verdict() -> None:
    facts = ProviderFacts(model="m", claims=CLAIMS, usd_per_image={"1K": 0.05})
    rows = [*looks(8, [(30, 31)]), *images(8), *images(8, "4K"), *load(1, 0, 2)]
    backwards = [*rows[::-1], *rows[:50]]
    assert judged(rows, 8 * DAY, facts=facts).claims == judged(backwards, 8 * DAY, facts=facts).claims


@pytest.mark.parametrize(
    "table", [[], [row(0)], [row(0, "timeout")], [row(0, size="1K")]], ids=["none", "one", "bad", "image"]
)
@pytest.mark.parametrize("days", [0.0, 1.0, 40.0])
def test_hardly_any_rows_are_judged_too(table: list[Row], days: float) -> None:
    found = judged(table, days * DAY, facts=ProviderFacts(model="m", claims=CLAIMS)).claims
    assert len(found) == len(CLAIMS)
    assert not {one.verdict for one in found} & {CONFIRMED, REFUTED} or table


def test_the_error_over_all_promises_of_a_provider_is_holms() -> None:
    facts = ProviderFacts(model="m", claims=(Claim("p95_ms", "<=", 4000.0), *CLAIMS[1:4]))
    found = judged(images(5), 5 * DAY, facts=facts).claims
    alone, together = found[0].p_refuted, found[0].p_together
    assert alone is not None
    assert together == pytest.approx(min(1.0, alone * 3))  # nothing is known of 4K


def test_what_was_read_long_ago_is_marked_and_judged_all_the_same() -> None:
    assert verdict("uptime", 0.9, looks(1), 1, seen_on=date(2026, 7, 1)).stale
    assert not verdict("uptime", 0.9, looks(1), 1, seen_on=date(2026, 10, 1)).stale


def test_a_table_without_the_column_says_nothing_of_models() -> None:
    table = pd.DataFrame(images(2, model_version="x")).drop(columns=["model_version"])
    found = verdict("model_as_asked", True, table, 2, op="==")
    assert found.verdict == NOT_TESTABLE

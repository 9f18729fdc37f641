"""The two definitions of the contract, google_minutes and aws_5min: their arithmetic, and what was not seen."""

from collections.abc import Iterable

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.judge.facts import Claim, Maintenance, ProviderFacts
from monitor.judge.verdicts import SlaResult
from tests.monitor.judge.frames import DAY, HOUR, Row, at, every, judged, minutes, row

MONTH = 30 * DAY


def sla(
    rows: list[Row] | pd.DataFrame, end_s: float, start_s: float = 0.0, facts: ProviderFacts | None = None
) -> dict[str, SlaResult]:
    said = {result.definition: result for result in judged(rows, end_s, start_s, facts).sla}
    return {name: said[name] for name in ("google_minutes", "aws_5min")}


def failing(bad: Iterable[int], count: int = 43_200) -> pd.DataFrame:
    return minutes(count, dict.fromkeys(bad, "server_error"))


def test_bad_runs_of_1_3_12_and_30_minutes_in_a_month() -> None:
    bad = {100, *range(1000, 1003), *range(5000, 5012), *range(9000, 9030)}
    said = sla(failing(bad), MONTH)
    google, aws = said["google_minutes"], said["aws_5min"]
    assert google.value == pytest.approx(0.999028, abs=5e-7)  # 42 min: the runs of 1 and 3 do not count
    assert (google.verdict, google.credit_percent, google.target) == ("met", 0.0, 0.995)
    assert aws.value == pytest.approx(1 - 46 / 43_200)
    assert (aws.verdict, aws.credit_percent, aws.target) == ("not_met", 10.0, 0.999)


def test_a_steady_4_percent_is_perfect_under_one_definition_and_96_percent_under_the_other() -> None:
    rows = [row(2.4 * i, "server_error" if i % 25 == 7 else "ok") for i in range(25 * 1440)]
    said = sla(rows, DAY)
    assert said["google_minutes"].value == 1.0
    assert said["aws_5min"].value == pytest.approx(0.96)
    assert (said["aws_5min"].verdict, said["aws_5min"].credit_percent) == ("not_met", 25.0)


def test_exactly_5_percent_is_not_more_than_5_percent() -> None:
    rows = [row(3.0 * i, "server_error" if i % 20 == 0 else "ok") for i in range(20 * 60)]
    assert sla(rows, HOUR)["google_minutes"].value == 1.0
    rows[1] |= {"outcome": "server_error", "status": 500}
    assert sla(rows, HOUR)["google_minutes"].value == 1.0  # one minute is no run
    for i in range(1, 101, 20):
        rows[i] |= {"outcome": "server_error", "status": 500}
    assert sla(rows, HOUR)["google_minutes"].value == pytest.approx(55 / 60)


@pytest.mark.parametrize(
    ("run", "down"), [(4, 0), (5, 5), (6, 6)], ids=["4 minutes do not count", "5 do", "all of a longer run do"]
)
def test_minutes_count_in_runs_of_at_least_five(run: int, down: int) -> None:
    assert sla(failing(range(100, 100 + run), 1440), DAY)["google_minutes"].value == (1440 - down) / 1440


@pytest.mark.parametrize("outcome", ["rate_limited", "blocked", "client_error", "auth", "balance", "ok_no_image"])
def test_what_no_clause_counts_as_an_error(outcome: str) -> None:
    said = sla(every(60, 0, HOUR / 2) + every(60, HOUR / 2, HOUR, outcome), HOUR)
    assert {result.value for result in said.values()} == {1.0}


def test_429_is_a_valid_request() -> None:
    rows = [row(6.0 * i, ("server_error", "rate_limited", *["ok"] * 8)[i % 10]) for i in range(600)]
    assert sla(rows, HOUR)["aws_5min"].value == pytest.approx(0.9)


@pytest.mark.parametrize(("mode", "probe"), [("adhoc", "reach"), ("ramp", "burst"), ("incident", "recovery")])
def test_only_scheduled_reach_and_image_requests_are_read(mode: str, probe: str) -> None:
    rows = every(60, 0, HOUR) + every(10, 0, HOUR, "server_error", mode=mode, probe=probe)
    assert {result.value for result in sla(rows, HOUR).values()} == {1.0}


# --- what was not seen ----------------------------------------------------------------------------------------


def test_image_probes_each_15_minutes_cannot_decide_a_clause_about_minutes() -> None:
    google = sla(every(900, 0, MONTH, size="1K"), MONTH)["google_minutes"]
    assert (google.value, google.verdict, google.credit_percent) == (1.0, "undecided", None)
    assert "without an answer" in (google.reason or "")


def test_a_minute_without_a_probe_now_and_then_changes_nothing() -> None:
    table = minutes(1440)
    assert sla(table[table.index % 7 != 0], DAY)["google_minutes"].verdict == "met"


def test_a_dead_monitor_leaves_both_undecided() -> None:
    said = sla(minutes(15 * 1440), MONTH)
    assert {result.verdict for result in said.values()} == {"undecided"}


def test_what_was_not_seen_may_have_been_good() -> None:
    """One day with three minutes of outage, then a dead monitor: 99.79 % of what is known, 99.993 % at best."""
    rows = every(60, 0, HOUR) + every(60, HOUR, HOUR + 180, "overloaded") + every(60, HOUR + 180, DAY)
    said = next(one for one in judged(rows, MONTH).sla if one.definition == "time")
    assert [said.value, said.best] == [pytest.approx(1 - 3 / 1440), pytest.approx(1 - 3 / 43_200)]
    assert (said.verdict, said.credit_percent) == ("undecided", None)


def test_requests_that_tell_nothing_may_have_been_good() -> None:
    rows = [*every(900, 0, 900 * 998, size="1K"), row(900 * 998, "server_error", size="1K")]
    unsent = row(900 * 999, "not_sent", detail="late", size="1K")
    with_, without = (
        next(one for one in judged(table, 900 * 1000).sla if one.definition == "requests")
        for table in ([*rows, unsent], rows)
    )
    assert (without.verdict, without.credit_percent) == ("not_met", 10.0)  # 998 of 999
    assert with_.value == without.value
    assert with_.best == pytest.approx(0.999)
    assert (with_.verdict, with_.credit_percent) == ("undecided", None)


def test_the_credit_is_what_is_due_whatever_was_not_seen() -> None:
    """98.47 % of the requests that tell anything would be 25 %; with the others as good, 99.24 % are 10 %."""
    rows = [row(900 * i, "server_error" if i % 67 == 0 else "ok", size="1K") for i in range(1440)]
    rows += every(900, 900 * 1440, MONTH, "not_sent", detail="missed", size="1K")
    said = next(one for one in judged(rows, MONTH).sla if one.definition == "requests")
    assert [said.value, said.best] == [pytest.approx(1 - 22 / 1440), pytest.approx(1 - 22 / 2880)]
    assert (said.verdict, said.credit_percent) == ("not_met", 10.0)


def test_what_is_missed_whatever_happened_unseen_is_not_met() -> None:
    said = sla(every(60, 0, DAY) + every(60, DAY, 3 * DAY, "overloaded"), 10 * DAY)
    assert {result.verdict for result in said.values()} == {"not_met"}
    assert said["google_minutes"].value == pytest.approx(0.8)
    assert said["google_minutes"].credit_percent == 50.0


def test_requests_without_an_http_answer_may_have_been_errors() -> None:
    said = sla(every(60, 0, 12 * HOUR) + every(60, 12 * HOUR, DAY, "timeout"), DAY)
    assert {(result.value, result.verdict) for result in said.values()} == {(1.0, "undecided")}


@pytest.mark.parametrize("rows", [[], every(60, 0, DAY, "timeout"), every(60, 0, DAY, "auth")])
def test_without_any_answer_there_is_no_value(rows: list[Row]) -> None:
    for result in sla(rows, DAY).values():
        assert (result.value, result.verdict, result.credit_percent) == (None, "undecided", None)


def test_announced_maintenance_is_neither_downtime_nor_unseen() -> None:
    rows = every(60, 0, HOUR) + every(60, HOUR, 2 * HOUR, "overloaded") + every(60, 2 * HOUR, DAY)
    facts = ProviderFacts(maintenance=(Maintenance(at(HOUR), at(2 * HOUR), "n"),))
    assert {result.verdict for result in sla(rows, DAY, facts=facts).values()} == {"met"}


# --- targets --------------------------------------------------------------------------------------------------


def test_the_target_is_the_strictest_claim_under_that_definition() -> None:
    claims = (
        Claim("uptime", ">=", 0.999, "google_minutes"),
        Claim("uptime", ">=", 0.9999, "google_minutes"),
        Claim("uptime", ">=", 0.5, "time"),
        Claim("error_rate", "<=", 0.1, None),
    )
    said = sla(failing(range(100, 110)), MONTH, facts=ProviderFacts(claims=claims))
    assert (said["google_minutes"].target, said["google_minutes"].verdict) == (0.9999, "not_met")
    assert said["google_minutes"].credit_percent == 0.0  # below the promise, above the tiers
    assert said["aws_5min"].target == 0.999


@pytest.mark.parametrize(("down_share", "google", "aws"), [(0.006, 10.0, 10.0), (0.02, 25.0, 25.0), (0.1, 50.0, 100.0)])
def test_credits_follow_the_tiers(down_share: float, google: float, aws: float) -> None:
    said = sla(failing(range(int(43_200 * down_share))), MONTH)
    assert (said["google_minutes"].credit_percent, said["aws_5min"].credit_percent) == (google, aws)


@settings(max_examples=40)
@given(
    seen=st.lists(st.sampled_from(["ok", "server_error", "timeout", "", "rate_limited"]), min_size=1, max_size=90),
    unseen=st.sampled_from(["ok", "server_error"]),
)
def test_a_verdict_stands_whatever_happened_where_we_did_not_see(seen: list[str], unseen: str) -> None:
    """Fill in what was not answered as good or as bad: a verdict that was given must stay.

    Minutes without a request matter to one clause alone: to the other, what was not asked was no error.
    """
    seen = ["ok", *seen]
    end_s = 60.0 * len(seen)
    said = sla([row(60.0 * i, outcome) for i, outcome in enumerate(seen) if outcome], end_s)
    for name, blind in (("google_minutes", {"", "timeout"}), ("aws_5min", {"timeout"})):
        kinds = [unseen if outcome in blind else outcome for outcome in seen]
        filled = sla([row(60.0 * i, outcome) for i, outcome in enumerate(kinds) if outcome], end_s)
        if said[name].verdict != "undecided":
            assert filled[name].verdict == said[name].verdict


def test_requests_without_a_status_count_by_what_only_an_answer_makes() -> None:
    kept = failing(range(100, 110), 1440)
    lost = kept.assign(status=None)
    assert sla(lost, DAY) == sla(kept, DAY)
    assert sla(lost, DAY)["google_minutes"].value == 1430 / 1440


def test_a_window_of_millennia_is_not_read_minute_by_minute() -> None:
    said = sla([row(0), row(60)], 5000 * 365 * DAY)
    for result in said.values():
        assert (result.value, result.verdict) == (None, "undecided")
        assert result.reason == "the window is longer than ten years; choose a shorter one"

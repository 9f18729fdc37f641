"""What a provider's page says beyond its averages: limits, budgets, agreements, recovery, endurance, spending."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from monitor.judge.result import EnduranceTrend, Judgement, ProviderJudgement, Recovery, Span
from monitor.judge.verdicts import ErrorBudget, Estimate
from reports.charts.staircase import staircase
from reports.pages import agreements, budgets, limits, measures, recoveries, spending, steadiness
from reports.pages.provider import provider
from reports.pages.provider_charts import charts
from reports.pages.view import Scene, Subject, scene
from tests.reports import build, details, known


def seen(judgement: Judgement) -> Scene:
    return scene(judgement, None, judgement.as_of, stale=False)


def cedar(**changes: object) -> tuple[Subject, Scene]:
    judged: ProviderJudgement = replace(details.detailed(build.cedar()), **changes)  # type: ignore[arg-type]  # fields of a table
    shown = seen(build.judgement({"Cedar": judged}, instrument=build.detailed().instrument))
    return shown.subjects[0], shown


# --- limits ---------------------------------------------------------------------------------------------------


def test_every_limit_is_a_pair_of_bounds_in_words() -> None:
    found = limits.limits(cedar()[0])
    assert found is not None
    assert {row.what: (row.value, row.note) for row in found.rows} == {
        "Accepted per minute": ("295 to 305", "660 accepted, 1,450 refused"),
        "Advertised per minute": ("1,000", "30 % of it was accepted"),
        "Its own headers say": ("1,000", "requests"),
        "Behaves like": ("a token bucket", "the others were refuted"),
        "Let in at once": ("58 to 61", "requests"),
        "Highest rate tried": ("600", "a minute"),
        "Runs that met a limit, median": ("300", "lowest 296"),
        "Retry-After": ("not true", "first request after the wait let in 3 of 12 times (8.90 to 53.30 %)"),
        "Lets in again after": ("11 to 13 s", "of quiet"),
        "Slows down silently": (
            "38 (31 to 44) ms a request",
            "the last answer of a burst 2.2 s slower than the first; n 60",
        ),
        "At our planned peak": ("headroom 65 %", ""),
    }


def test_a_limit_that_nobody_met_is_no_family_and_refutes_none() -> None:
    free = replace(details.detailed(build.cedar()).rate_limit, kind="none_found", rejected=0)
    subject = cedar(rate_limit=free)[0]
    found = limits.limits(subject)
    assert found is not None
    assert {row.what: row.note for row in found.rows}["Behaves like"] == "up to the highest rate tried"
    (rate,) = (chart for chart in charts(subject) if chart.title == "Rate limit")
    assert "behaves like" not in rate.finding


def test_the_staircase_says_what_it_draws() -> None:
    found = limits.limits(cedar()[0])
    assert found is not None
    assert found.plot is not None
    assert found.finding.startswith("Of 1,260 requests in 2 min, 660 were let in and 600 refused")
    assert [line.name for line in found.plot.lines] == ["accepted", "refused (429)"]


def test_a_run_without_a_refusal_draws_no_line_of_refusals() -> None:
    plot = staircase("s", "", ((0.0, 1, 0), (1.0, 9, 0)))
    assert plot is not None
    assert [line.name for line in plot.lines] == ["accepted"]
    assert staircase("s", "", ()) is None


def test_who_was_never_put_under_load_has_no_limits() -> None:
    assert limits.limits(cedar(rate_limit=build.rate(300, None, None))[0]) is None


# --- budget ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spent_s", "worst_s", "text"),
    [
        (1200, 1200, "99.90 % of 30 days leaves 43 min for failures: 20 min spent, 23 min left."),
        (
            1200,
            2400,
            "99.90 % of 30 days leaves 43 min for failures: 20 min spent, 23 min left. With unknown time down: 40 min.",
        ),
        (3192, 3192, "99.90 % of 30 days leaves 43 min for failures: 53 min spent, overspent by 10 min."),
    ],
    ids=["left", "unknown", "overspent"],
)
def test_a_budget_names_what_is_left_and_what_is_unknown(spent_s: float, worst_s: float, text: str) -> None:
    assert budgets.said(ErrorBudget(0.999, 2_592_000, 2592, spent_s, worst_s, 2592 - spent_s)) == text


def test_burn_rates_carry_their_failures_and_what_is_not_known_has_no_rate() -> None:
    found = budgets.budget(*cedar())
    assert found is not None
    assert [(row.window, row.rate, row.failures, row.alert) for row in found.burn] == [
        ("5 min", "200.0", "5 of 5", "alert"),
        ("1 h", "63.3", "19 of 60", "alert"),
        ("6 h", "not known", "0 of 0", "–"),
    ]
    assert found.windows[0].when == "from 30 Aug 13:07"


# --- agreements -----------------------------------------------------------------------------------------------


def test_the_last_month_that_is_over_says_what_can_be_claimed_until_when() -> None:
    found = agreements.owed(*cedar())
    assert found is not None
    assert (found.month, found.clause.verdict, found.clause.credit, found.clause.claim_by) == (
        "Oct 2026",
        "not met",
        "10 %",
        "30 Nov",
    )


def test_a_clause_that_nobody_promised_is_no_claim() -> None:
    months = {"2026-10": (details.clause(0.9, "not_met", promised=False, credit_percent=10),)}
    assert agreements.owed(*cedar(sla_by_month=months)) is None


def test_a_month_that_is_running_is_never_a_claim() -> None:
    months = {"2026-11": (details.clause(0.9, "not_met", credit_percent=10, claim_by=date(2026, 12, 30)),)}
    assert agreements.owed(*cedar(sla_by_month=months)) is None


def test_months_are_newest_first_and_the_oldest_are_folded_away() -> None:
    open_, earlier = agreements.months(*cedar())
    assert [month.name for month in open_] == ["Nov 2026", "Oct 2026", "Sep 2026"]
    assert [month.name for month in earlier] == ["Aug 2026"]


# --- outages and load -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recovery", "steps"),
    [
        (None, ("–", "–", "–")),
        (Recovery("reach", Span(40, 90), Span(120, 180), Span(600, 900)), ("40 to 90 s", "2 to 3 min", "10 to 15 min")),
        (Recovery("reach", None, Span(1080, None), None), ("–", "not yet after 18 min", "–")),
    ],
    ids=["not known", "over", "open"],
)
def test_each_step_of_a_recovery_has_both_bounds(recovery: Recovery | None, steps: tuple[str, str, str]) -> None:
    incident = replace(build.incident(11, 15, "13:07", 68, "503"), recovery=recovery)
    found = recoveries.steps(incident)
    assert (found.noticed, found.answered, found.normal) == steps


def test_fewer_than_ten_outages_have_no_median() -> None:
    rows, method = recoveries.usual(cedar()[0])
    assert [(row.median, row.interval, row.n) for row in rows] == [
        ("1 to 2 min", "0 to 7 min", "12"),
        ("fewer than 10 outages", "–", "9"),
        ("fewer than 10 outages", "–", "8"),
    ]
    assert method.startswith("Turnbull")


@pytest.mark.parametrize(
    ("verdict", "text"),
    [("drifts", "It drifted"), ("no_drift_seen", "No drift was seen"), ("too_little", "Too little was measured")],
)
def test_an_endurance_run_says_whether_it_drifted(verdict: str, text: str) -> None:
    found = steadiness.steadiness(*cedar(endurance=replace(details.ENDURANCE, verdict=verdict)))
    assert found is not None
    assert found.finding.startswith(f"{text}")


def test_a_trend_has_its_interval_and_a_minus_is_no_dash() -> None:
    falling: EnduranceTrend = replace(
        details.ENDURANCE, latency_ms_per_hour=Estimate(-20.04, -41.0, 3.2, 12, "Theil-Sen"), drift_share=-0.02
    )
    found = steadiness.steadiness(*cedar(endurance=falling))
    assert found is not None
    assert dict(found.facts)["Latency by hour"] == "−20.0 ms an hour (−41.0 to 3.2); n 12 hours; p below 0.001"
    assert dict(found.facts)["From the first to the last hour"] == "−2.0 % of its median"


def test_spending_names_caps_bills_that_are_not_known_and_the_parts_of_the_whole() -> None:
    rows = {row.what: (row.value, row.note) for row in spending.spending(*cedar())}
    assert rows["Probes, today and this month"] == ("$0.93 of $2.00 spent today, $12.30 of $40.00 this month", "")
    assert rows["Bills not known"] == ("208", "counted as nothing; at list price in bounds")
    assert rows["Failures billed"] == ("161", "")
    assert rows["Policy blocks billed"] == ("none seen", "")
    assert rows["Saved against the maker’s price, 1K"] == ("58.1 %", "57.0 to 59.0 %, n 7,702")
    assert rows["A usable image with your worksheet"] == ("$0.0681", "its own bill $0.0561, waiting $0.0120")


def test_the_two_intervals_of_uptime_stand_side_by_side_under_their_own_names() -> None:
    subject, shown = cedar()
    bars = provider(subject, shown).charts[0].bars
    assert bars is not None
    assert [row.name for row in bars.rows][:2] == ["Uptime of this window", "Uptime to expect of it"]
    assert bars.rows[0].end.startswith("98.49 (98.47 to 98.53)")
    assert bars.rows[1].end.startswith("98.48 (96.14 to 99.50)")


def test_without_a_process_interval_only_what_was_seen_is_shown() -> None:
    assert not measures.process(seen(build.one()).subjects[0]).shown.known


def test_the_top_of_the_page_answers_the_agreement_and_the_budget() -> None:
    subject, shown = cedar(state_since=datetime(2026, 11, 22, 9, 41, tzinfo=UTC))
    facts = {fact.term: fact.value for fact in provider(subject, shown).facts}
    assert facts["Oct 2026, 99.50 % agreed: not met"] == "98.93 %"
    assert facts["Error budget of 99.50 %"] == "55 min left"


def test_every_chart_stands_in_numbers_beneath_it() -> None:
    shown = scene(build.four(), known.FACTS, build.NOW, stale=False)
    page = provider(next(one for one in shown.subjects if one.name == "Cedar"), shown)
    numbers = {chart.title: chart.numbers for chart in page.charts}
    assert all(len(row) == len(table.heads) for table in numbers.values() for row in table.rows)
    assert numbers["Where the time goes"].rows[1] == ("processing", "12.0 s", "34 s", "7,702")
    assert numbers["Time to image, 1K images"].rows[-1] == ("99 %", "never")  # a tenth had none
    assert numbers["Availability by definition"].rows[0] == (
        "Uptime of this window",
        "98.49",
        "98.47 to 98.53",
        "90 days, 99.96 % seen",
    )
    assert numbers["What came back"].rows[0] == ("usable image", "118,000", "89.5 %")
    assert len(numbers["By hour of the day, UTC"].rows) == 24

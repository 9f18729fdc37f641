"""Error budget and burn rate: the oracle values of statistics 1.7, and the guard against single failures."""

import pytest

from monitor.judge import error_budget
from monitor.judge.clauses.clause import Clause
from monitor.judge.columns import micros
from monitor.judge.error_budget import DAY, HOUR, RULES, burns, needed
from monitor.judge.facts import Claim, ProviderFacts
from monitor.judge.verdicts import Burn, ErrorBudget
from tests.monitor.judge.frames import Row, at, columns, every, judged, line

PROMISED = ProviderFacts(claims=(Claim("uptime", ">=", 0.999),))


def budget(rows: list[Row], end_s: float, facts: ProviderFacts = PROMISED) -> ErrorBudget:
    found = judged(rows, end_s, facts=facts).availability.budget
    assert found is not None
    return found


def burning(rows: list[Row], end_s: float, slo: float = 0.999) -> dict[float, Burn]:
    return {burn.window_s: burn for burn in burns(line(rows, end_s), columns(rows), slo, micros(at(end_s)))}


@pytest.mark.parametrize(("slo", "minutes"), [(0.999, 43.2), (0.9995, 21.6), (0.995, 216.0)])
def test_the_budget_of_30_days(slo: float, minutes: float) -> None:
    assert error_budget.budget(slo, 30 * DAY) == pytest.approx(60 * minutes, abs=1e-6)


def test_the_fixture_of_slo_generator() -> None:
    """Goal 0.9, half of 12 hours bad: budget 72 min, 360 spent, 288 too many, burn rate 5."""
    rows = every(60, 0, 6 * HOUR) + every(60, 6 * HOUR, 12 * HOUR, "overloaded")
    found = error_budget.of(line(rows, 12 * HOUR), columns(rows), 0.9, micros(at(12 * HOUR)), period_s=43_200)
    assert found is not None
    assert (found.budget_s, found.spent_s, found.left_s) == (72 * 60, 360 * 60, -288 * 60)
    assert error_budget.rate(found.spent_s, 43_200, 0.9) == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("window_s", "fewest"),
    [(300, 2), (1800, 3), (HOUR, 3), (2 * HOUR, 4), (6 * HOUR, 5), (DAY, 9), (3 * DAY, 15)],
)
def test_fewest_failures_that_are_more_than_chance_at_a_probe_a_minute(window_s: int, fewest: int) -> None:
    assert needed(window_s // 60, 0.999) == fewest


def test_a_single_failure_never_alerts_however_few_probes() -> None:
    assert [needed(probes, slo) for probes in (0, 1, 4) for slo in (0.999, 0.99999, 1.0)] == [2] * 9
    one = burning([*every(60, 0, HOUR), *every(60, HOUR, HOUR + 60, "overloaded")], HOUR + 60)
    assert (one[HOUR].failures, one[HOUR].needed, one[HOUR].alert) == (1, 3, False)
    assert (one[HOUR].rate or 0) > 14.4  # what fires without the guard


def test_how_long_a_total_outage_takes_to_exceed_the_first_rate() -> None:
    assert error_budget.detection_s(RULES[0], 0.999) / 60 == pytest.approx(0.864)


def test_an_outage_alerts_as_soon_as_it_is_more_than_chance_and_no_longer_than_it_lasts() -> None:
    before = every(60, 0, 3 * DAY)
    outage = every(60, 3 * DAY, 3 * DAY + 180, "overloaded")
    after = every(60, 3 * DAY + 180, 3 * DAY + 1200)
    assert not burning(before, 3 * DAY)[HOUR].alert
    assert not burning(before + outage[:2], 3 * DAY + 120)[HOUR].alert
    assert burning(before + outage, 3 * DAY + 180)[HOUR].alert
    assert not burning(before + outage + after, 3 * DAY + 1200)[HOUR].alert  # the short window is over it


def test_what_is_not_known_is_not_spent_and_may_have_been() -> None:
    found = budget(every(60, 0, DAY), 2 * DAY)
    assert (found.spent_s, found.left_s, found.spent_worst_s) == (0.0, 2592.0, DAY)
    assert all(burn.rate is None for burn in found.burn if burn.window_s <= 6 * HOUR)


def test_only_the_last_30_days_count() -> None:
    rows = every(900, 0, DAY, "overloaded") + every(900, DAY, 40 * DAY)
    assert budget(rows, 40 * DAY).spent_s == 0.0
    assert budget(rows, 30 * DAY).spent_s == DAY


@pytest.mark.parametrize(
    ("facts", "slo"),
    [
        (ProviderFacts(), None),
        (PROMISED, 0.999),
        (ProviderFacts(claims=(*PROMISED.claims, Claim("uptime", ">=", 0.9995, "time"))), 0.9995),
        (ProviderFacts(agreements=(Clause("theirs", "time", target=0.99),)), 0.99),
        (ProviderFacts(claims=(Claim("error_rate", "<=", 0.1),)), None),
    ],
)
def test_the_objective_is_the_strictest_promise(facts: ProviderFacts, slo: float | None) -> None:
    found = judged(every(60, 0, HOUR), HOUR, facts=facts).availability.budget
    assert (found.slo if found else None) == slo


def test_a_promise_of_100_percent_leaves_nothing() -> None:
    found = budget(
        every(60, 0, HOUR) + every(60, HOUR, HOUR + 60, "overloaded"),
        HOUR + 60,
        ProviderFacts(claims=(Claim("uptime", ">=", 1.0),)),
    )
    assert (found.budget_s, found.left_s) == (0.0, -60.0)
    assert all(burn.rate is None and not burn.alert for burn in found.burn)


# --- sparse probes --------------------------------------------------------------------------------------------

SPARSE = every(900, 0, 10 * HOUR, size="1K")


@pytest.mark.parametrize(
    ("outcomes", "alert"),
    [
        (["ok", "ok", "overloaded"], False),
        (["overloaded", "ok", "ok"], False),
        (["overloaded", "ok", "overloaded"], True),
        (["overloaded"] * 3, True),
    ],
)
def test_image_probes_alone_alert_on_two_of_the_last_three(outcomes: list[str], alert: bool) -> None:
    end_s = 10 * HOUR + 2700
    rows = SPARSE + every(900, 10 * HOUR, end_s, size="1K")
    last = [each | {"outcome": outcome} for each, outcome in zip(rows[-3:], outcomes, strict=True)]
    found = budget(rows[:-3] + last, end_s).burn
    assert [burn.alert for burn in found] == [*[False] * 7, alert]
    assert (found[-1].probes, found[-1].needed, found[-1].failures) == (3, 2, outcomes.count("overloaded"))


@pytest.mark.parametrize(("opinion", "alert"), [("overloaded", True), ("ok", False), ("auth", True)])
def test_a_second_opinion_that_succeeds_is_no_alert(opinion: str, alert: bool) -> None:
    rows = SPARSE + every(900, 10 * HOUR, 10 * HOUR + 1800, "overloaded", size="1K")
    confirm = every(10, 10 * HOUR + 905, 10 * HOUR + 935, opinion, mode="confirm")
    assert budget(rows + confirm, 10 * HOUR + 1800).burn[-1].alert is alert

from dataclasses import replace

import pytest

from monitor.judge.result import Judgement, ProviderJudgement
from monitor.judge.verdicts import Estimate
from reports.mail.changes import changes
from reports.mail.page import Changes
from tests.reports.mail.made import cedar, cost, estimate, judgement, latency, limit, provider


def week(alder: ProviderJudgement) -> Judgement:
    return judgement({"Alder": alder})


def compared(before: ProviderJudgement, now: ProviderJudgement) -> Changes:
    return changes(week(now), week(before), "week 46")


def test_the_same_twice_shows_nothing_and_says_so() -> None:
    assert compared(provider(), provider()) == Changes(
        "Nothing shown: of 3 figures compared with week 46, none differs by more than its interval (a price: 1 %).",
        (),
        (),
    )


@pytest.mark.parametrize(
    ("before_ms", "now_ms", "word"),
    [
        pytest.param(14_200.0, 24_000.0, "slower", id="intervals apart"),
        pytest.param(24_000.0, 14_200.0, "faster", id="the other way"),
        pytest.param(14_200.0, 16_000.0, None, id="intervals overlap"),
        pytest.param(None, 24_000.0, None, id="no bound last week"),
    ],
)
def test_a_wait_changed_only_where_the_intervals_do_not_overlap(
    before_ms: float | None, now_ms: float, word: str | None
) -> None:
    found = compared(provider(latency_ms={"1K": latency(before_ms)}), provider(latency_ms={"1K": latency(now_ms)}))

    assert [(row.name, row.word) for row in found.rows] == ([("Alder, P95 at 1K, s", word)] if word else [])


def test_intervals_that_touch_are_not_apart() -> None:
    before, now = Estimate(10_000.0, 9_000.0, 11_000.0, 600, ""), Estimate(12_000.0, 11_000.0, 13_000.0, 600, "")
    found = compared(
        provider(latency_ms={"1K": replace(latency(), p95=before)}),
        provider(latency_ms={"1K": replace(latency(), p95=now)}),
    )

    assert found.rows == ()


def test_an_outage_shows_as_lower_uptime_but_not_twice_as_lost_images() -> None:
    found = compared(provider(), cedar())

    assert [(row.name, row.before.value, row.now.value, row.word) for row in found.rows] == [
        ("Alder, uptime, %", "no outage", "80.35", "lower")
    ]


@pytest.mark.parametrize(
    ("before_usd", "now_usd", "word"),
    [(0.0600, 0.0602, None), (0.0600, 0.0607, "dearer"), (0.0700, 0.0600, "cheaper")],
    ids=["0.3 % is no news", "more than 1 %", "cheaper"],
)
def test_an_exact_price_changes_from_one_percent_on(before_usd: float, now_usd: float, word: str | None) -> None:
    found = compared(provider(cost=cost(before_usd)), provider(cost=cost(now_usd)))

    assert [row.word for row in found.rows] == ([word] if word else [])


def test_a_rate_limit_that_was_found_lower_is_told() -> None:
    found = compared(provider(rate_limit=limit(590, 610, 1000)), provider(rate_limit=limit(290, 310, 1000)))

    assert [(row.now.value, row.now.bounds, row.word) for row in found.rows] == [("300", "290 to 310", "lower")]


def test_a_limit_that_was_never_met_is_not_compared() -> None:
    found = compared(provider(rate_limit=limit(120, None, 1000)), provider(rate_limit=limit(290, 310, 1000)))

    assert found.rows == ()


def test_figures_without_a_bound_are_counted_as_not_comparable() -> None:
    open_ended = replace(latency(), p95=replace(estimate(14_200.0), high=None))
    found = compared(provider(latency_ms={"1K": open_ended}), provider())

    assert found.notes == ("1 more figure could not be compared: not bounded in one of the weeks.",)


def test_without_a_week_before_there_is_nothing_to_compare() -> None:
    assert changes(week(provider()), None, "week 46").summary == "There is nothing of week 46 to compare with."


def test_who_came_and_who_went_is_said() -> None:
    found = changes(judgement({"Elm": provider()}), judgement({"Fir": provider()}), "week 46")

    assert found.summary == "No figure can be compared with week 46: none has an interval in both weeks."
    assert found.notes == ("Elm: new, not watched in week 46.", "Fir: watched in week 46, not in this week.")


def test_of_many_changes_twenty_are_listed_and_the_rest_counted() -> None:
    before = judgement({f"P{n:02}": provider() for n in range(25)})
    now = judgement({f"P{n:02}": provider(cost=cost(0.12)) for n in range(25)})
    found = changes(now, before, "week 46")

    assert len(found.rows) == 20
    assert "5 more changes not listed here." in found.notes
    assert found.summary.startswith("Shown to differ: 25 of 75 figures")

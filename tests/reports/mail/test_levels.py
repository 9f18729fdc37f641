from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from monitor.judge.result import Judgement, ProviderJudgement
from monitor.judge.verdicts import ErrorBudget, SlaResult
from reports.mail import levels
from tests.reports.mail.made import availability, judgement, provider

TODAY = date(2026, 11, 23)
DUE = date(2026, 11, 30)


def result(verdict: str = "not_met", **more: Any) -> SlaResult:  # noqa: ANN401 - fields of the noun
    """98.93 % by Google's minutes against a promised 99.5 %: ten percent of the bill, until 30 November."""
    made = SlaResult(
        "google_minutes", 0.9893, 0.995, verdict, 10.0, worst=0.9893, claim_by=DUE, promised=True, reason="made"
    )
    return replace(made, **more)


def budget(left_s: float, unknown_s: float = 0.0) -> ErrorBudget:
    return ErrorBudget(0.995, 2_592_000.0, 12_960.0, 12_960.0 - left_s, 12_960.0 - left_s + unknown_s, left_s)


def week(*results: SlaResult) -> Judgement:
    return judgement({"Cedar": provider(sla_by_month={"2026-10": results})})


def told(said: ProviderJudgement) -> list[tuple[str, str, str, str, str]]:
    return [(row.what, str(row.value), row.so_far, row.left, row.note) for row in levels.levels({"Cedar": said})]


def test_a_credit_says_of_whom_for_when_how_much_until_when_and_why() -> None:
    (credit,) = levels.credits_(week(result()), TODAY)

    assert credit.sentence == (
        "Claim Cedar's credit for Oct 2026 until 30 Nov 2026: 10 % of the bill. "
        "It had 98.93 % against 99.5 % by bad minutes (Google)."
    )


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({}, 1),
        ({"claim_by": TODAY}, 1),
        ({"claim_by": date(2026, 11, 22)}, 0),
        ({"claim_by": None}, 1),
        ({"verdict": "undecided", "credit_percent": None}, 0),
        ({"verdict": "met", "credit_percent": 0.0}, 0),
        ({"promised": False}, 0),
        ({"credit_percent": 0.0}, 0),
        ({"credit_percent": None}, 1),
        ({"credit_percent": None, "claim_by": None}, 0),
    ],
    ids=[
        "open", "last day", "too late", "no date known", "undecided", "met", "the usual target", "tier of nothing",
        "tier not known", "no credit agreed",
    ],
)  # fmt: skip
def test_only_what_is_owed_and_can_still_be_claimed_is_told(changed: dict[str, Any], found: int) -> None:
    assert len(levels.credits_(week(result(**changed)), TODAY)) == found


def test_the_most_urgent_credit_comes_first_and_names_the_subject() -> None:
    both = week(result(claim_by=date(2026, 12, 30)), result(definition="aws_5min"))
    found = levels.credits_(both, TODAY)

    assert [credit.result.claim_by for credit in found] == [DUE, date(2026, 12, 30)]
    assert levels.headline(found) == ["2 credits to claim, the first until 30 Nov 2026"]
    assert levels.headline(found[:1]) == ["1 credit to claim until 30 Nov 2026"]
    assert levels.headline(()) == []


def test_a_level_tells_the_latest_month_and_what_is_left() -> None:
    said = provider(
        availability=replace(availability(), budget=budget(3_300.0, 900.0)),
        sla_by_month={
            "2026-10": (result(),),
            "2026-11": (result("undecided", value=0.9985, worst=0.991), result("met", promised=False)),
        },
    )

    assert told(said) == [
        (
            "99.5 % by bad minutes (Google)",
            "99.85 (99.10 if unknown was bad)",
            "Nov 2026 so far: not decided",
            "55.0 of 216.0 min",
            "15.0 min unknown, not counted",
        )
    ]


@pytest.mark.parametrize(
    ("left_s", "said"),
    [(-61.0, "1.1 min over the 216.0 min"), (-118_571.0, "33.0 h over the 216.0 min")],
    ids=["minutes", "hours"],
)
def test_a_budget_that_is_used_up_says_by_how_much(left_s: float, said: str) -> None:
    ((*_, left, note),) = told(provider(availability=replace(availability(), budget=budget(left_s))))

    assert (left, note) == (said, "")


def test_who_promises_no_uptime_is_named_and_has_no_row() -> None:
    said = {"Cedar": provider(), "Birch": provider(sla_by_month={"2026-11": (result(),)})}

    assert [level.name for level in levels.levels(said)] == ["Birch"]
    assert levels.without(said) == "No uptime is promised by Cedar."

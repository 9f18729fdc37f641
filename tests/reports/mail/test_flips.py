from dataclasses import replace

import pytest

from monitor.judge.result import Judgement
from monitor.judge.verdicts import ClaimVerdict
from reports.mail.flips import flips, headline
from tests.reports.mail.made import judgement, provider
from tests.reports.promises import claim

UPTIME = claim("uptime", ">=", 0.999, "undecided", "no outage in 12 days", definition="time")
BILLED = claim("billed_only_on_success", "==", True, "undecided", "no failure was billed")


def week(*claims: ClaimVerdict) -> Judgement:
    return judgement({"Cedar": provider(claims=claims)})


def now(verdict: str, of: ClaimVerdict = UPTIME) -> ClaimVerdict:
    return replace(of, verdict=verdict, reason=f"made {verdict}")


@pytest.mark.parametrize("verdict", ["refuted", "confirmed", "void"])
def test_a_verdict_that_changed_is_told_with_both_and_why(verdict: str) -> None:
    found = flips(week(now(verdict), BILLED), week(UPTIME, BILLED), "week 46")

    assert [(row.name, row.promise, row.was, row.now, row.why) for row in found.rows] == [
        ("Cedar", "Uptime, share of time: at least 99.9 %", "undecided", verdict, f"made {verdict}")
    ]
    assert found.summary == "1 of 2 promises judged otherwise than at the end of week 46."
    assert headline(found) == (["1 promise newly refuted"] if verdict == "refuted" else [])


def test_refuted_ones_come_first() -> None:
    found = flips(week(now("confirmed", BILLED), now("refuted")), week(UPTIME, BILLED), "week 46")

    assert [row.now for row in found.rows] == ["refuted", "confirmed"]


def test_of_many_twenty_are_listed_and_all_are_counted() -> None:
    many = [replace(UPTIME, value=0.9 + number / 1000) for number in range(25)]
    found = flips(week(*(now("refuted", claim) for claim in many)), week(*many), "week 46")

    assert len(found.rows) == 20
    assert found.summary == ("25 of 25 promises judged otherwise than at the end of week 46. The first 20 are listed.")
    assert headline(found) == ["25 promises newly refuted"]


def test_the_same_verdict_for_another_reason_is_no_news() -> None:
    found = flips(week(replace(UPTIME, reason="no outage in 19 days")), week(UPTIME), "week 46")

    assert found.rows == ()
    assert found.summary == "No verdict on 1 promise changed since week 46."
    assert found.tally == "1 promise: 1 undecided."


def test_a_promise_that_was_not_judged_before_is_not_compared() -> None:
    assert flips(week(UPTIME), None, "week 46").summary == "There is no verdict of week 46 to compare with."
    assert flips(week(UPTIME, now("refuted", BILLED)), week(UPTIME), "week 46").rows == ()


def test_all_promises_are_counted_by_verdict() -> None:
    found = flips(week(now("refuted"), now("confirmed", BILLED), now("undecided", BILLED)), None, "week 46")

    assert found.tally == "All 3 promises: 1 refuted, 1 undecided, 1 confirmed."
    assert flips(week(), None, "week 46").summary == "No promise is known to hold anybody to."

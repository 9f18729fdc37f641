import pytest

from monitor.judge.result import Judgement, ProviderJudgement
from monitor.judge.verdicts import Change, Estimate
from reports.mail.changes import changes
from reports.mail.page import Changes
from tests.reports.mail.made import judgement, limit, provider


def change(verdict: str = "changed", provider_name: str = "Alder", **more: object) -> Change:
    """The wait at 1K of Alder rose from 12 to 15.6 s, unless told otherwise."""
    given: dict[str, object] = {
        "metric": "latency",
        "size": "1K",
        "before": 12_000.0,
        "after": 15_600.0,
        "ratio": Estimate(1.3, 1.21, 1.4, 14, "made"),
        "reason": "made",
    } | more
    return Change(provider_name, verdict=verdict, **given)  # type: ignore[arg-type]  # fields of the noun


def share(metric: str, before: float, after: float, half: float = 0.004) -> Change:
    value = after - before
    step = Estimate(value, value - half, value + half, 14, "made")
    return change(metric=metric, size=None, before=before, after=after, ratio=None, difference=step)


def compared(*found: Change) -> Changes:
    both = judgement({"Alder": provider(), "Birch": provider()})
    return changes(judgement(both.providers, changes=found), both, "week 46")


def rates(before: ProviderJudgement, now: ProviderJudgement) -> Changes:
    return changes(judgement({"Alder": now}), judgement({"Alder": before}), "week 46")


def test_what_the_judgement_does_not_hold_for_shown_is_not_told_of() -> None:
    assert compared(change("no_change_seen"), change("not_judged", size="4K")) == Changes(
        "Nothing shown: of 1 figure compared with week 46, none changed by more than chance, and enough to matter, "
        "to its end.",
        (),
        ("1 more figure could not be compared: too few days with enough requests.",),
    )


@pytest.mark.parametrize(
    ("found", "name", "before", "now", "word", "by"),
    [
        (change(), "median wait at 1K, s", "12.0", "15.6", "slower", "by +30 % (+21 to +40)"),
        (
            change(before=15_600.0, after=12_000.0, ratio=Estimate(0.77, 0.7, 0.95, 14, "made")),
            "median wait at 1K, s",
            "15.6",
            "12.0",
            "faster",
            "by −23 % (−30 to −5.0)",
        ),
        (
            change(metric="cost", size=None, before=0.06, after=0.0607, ratio=Estimate(1.0117, 1.011, 1.012, 14, "")),
            "usable image, $",
            "0.0600",
            "0.0607",
            "dearer",
            "by +1.2 % (+1.1 to +1.2)",
        ),
        (share("uptime", 1.0, 0.8), "uptime, %", "no outage", "80.00", "lower", "by −20 points (−20 to −20)"),
        (share("errors", 0.0, 0.02), "failed images, %", "none seen", "2.00", "more", "by +2.0 points (+1.6 to +2.4)"),
    ],
    ids=["slower", "faster", "dearer", "lower uptime", "more errors"],
)
def test_a_change_tells_both_weeks_and_by_how_much(
    found: Change, name: str, before: str, now: str, word: str, by: str
) -> None:
    (row,) = compared(found).rows

    assert (row.of, row.name, row.before.value, row.now.value, row.word) == ("Alder", name, before, now, word)
    assert row.by == f"{by}, the others' movement taken out"


def test_the_summary_counts_what_was_looked_at() -> None:
    found = compared(change(), change("no_change_seen", metric="cost", size=None), change("no_change_seen", "Birch"))

    assert found.summary.startswith("Shown to have changed: 1 of 3 figures compared with week 46;")


def test_a_rate_limit_that_was_found_lower_is_told() -> None:
    found = rates(provider(rate_limit=limit(590, 610, 1000)), provider(rate_limit=limit(290, 310, 1000)))

    assert [(row.now.value, row.now.bounds, row.word) for row in found.rows] == [("300", "290 to 310", "lower")]


@pytest.mark.parametrize("low", [310, 320], ids=["touch", "overlap"])
def test_rates_whose_bounds_are_not_apart_are_no_change(low: float) -> None:
    found = rates(provider(rate_limit=limit(290, 320, 1000)), provider(rate_limit=limit(low, 400, 1000)))

    assert found.rows == ()
    assert "of 1 figure compared" in found.summary


def test_a_limit_that_was_never_met_is_not_compared() -> None:
    found = rates(provider(rate_limit=limit(120, None, 1000)), provider(rate_limit=limit(290, 310, 1000)))

    assert found.summary.startswith("No figure can be compared with week 46")


def test_without_a_week_before_there_is_nothing_to_compare() -> None:
    assert changes(judgement({}), None, "week 46").summary == "There is nothing of week 46 to compare with."


def test_who_came_and_who_went_is_said() -> None:
    found = changes(judgement({"Elm": provider()}), judgement({"Fir": provider()}), "week 46")

    assert found.notes == ("Elm: new, not watched in week 46.", "Fir: watched in week 46, not in this week.")


def test_of_many_changes_twenty_are_listed_and_the_rest_counted() -> None:
    many: Judgement = judgement({f"P{n:02}": provider() for n in range(25)})
    found = changes(
        judgement(many.providers, changes=tuple(change(provider_name=f"P{n:02}") for n in range(25))), many, "week 46"
    )

    assert len(found.rows) == 20
    assert "5 more changes not listed here." in found.notes
    assert found.summary.startswith("Shown to have changed: 25 of 25 figures")

"""The procurement page: who is named, in which tier, at which volume, and how each number is traced."""

from dataclasses import replace
from typing import Any

import pytest

from monitor.judge.facts import Facts, ProviderFacts, Worksheet
from monitor.judge.result import Judgement
from monitor.judge.verdicts import Pair, Recommendation, Tiers
from reports.charts.volume import volumes as drawn
from reports.pages import letters, signing, together, volumes
from reports.pages.behind import behind, export
from reports.pages.compare import compare
from reports.pages.view import Scene, scene
from reports.pages.volumes import Bill
from tests.reports import build, choices


def seen(judgement: Judgement, facts: Facts | None = None) -> Scene:
    return scene(judgement, facts, judgement.as_of, stale=False)


def with_advice(*found: Recommendation) -> Scene:
    return seen(build.four(recommendations=found))


NOBODY = Recommendation("lowest_cost", None, None, "no ranking by cost", (), "more days")


@pytest.mark.parametrize(
    ("recommendations", "heading"),
    [
        (choices.RECOMMENDATIONS, "At 50,000 images a month: Birch, with Alder behind it, for $3,015."),
        ((replace(choices.RECOMMENDATIONS[-1], backup=None),), "At 50,000 images a month: Birch, for $3,015."),
        ((NOBODY,), "The numbers do not say yet whom to sign."),
        ((choices.RECOMMENDATIONS[1], NOBODY), ""),  # somebody is named, but not for most readers
        ((), ""),
    ],
    ids=["with backup", "alone", "nobody", "another priority", "none given"],
)
def test_the_heading_names_whom_to_sign_only_where_the_numbers_do(
    recommendations: tuple[Recommendation, ...], heading: str
) -> None:
    assert signing.heading(with_advice(*recommendations)) == heading


def test_advice_says_why_with_letters_and_leaves_out_nothing_that_limits_it() -> None:
    first = signing.advice(with_advice(*choices.RECOMMENDATIONS))[0]
    assert (first.sign, first.backup, first.href) == ("Birch", "Alder", "providers/birch.html")
    assert first.why == (
        "$0.0603 per usable 1K image, n = 8517 (B). With Alder: 8410 of 8412 shared blocks served, 8341 by Birch "
        "alone. Without Cedar, up for less than 99 %."
    )
    assert first.rule == "The lowest tier of cost per usable image; in it the lowest value."
    assert first.would_change == "Alder below $0.0603 per usable image (now $0.1347)."


def test_where_the_numbers_do_not_say_the_reason_stands_in_place_of_a_name() -> None:
    (found,) = signing.advice(with_advice(NOBODY))
    assert (found.sign, found.backup, found.why, found.rule) == (None, None, "No ranking by cost.", "")


def test_a_volume_decided_by_another_rule_gives_its_cost_and_says_where_the_reasons_stand() -> None:
    balanced, medium = choices.RECOMMENDATIONS[2], choices.RECOMMENDATIONS[-1]
    cost = "50,000 usable images a month at Birch: $3,015.00"
    found = signing.advice(with_advice(balanced, replace(medium, evidence=(*medium.evidence, cost))))[1]
    assert found.why == f"{cost}. For the rest as “Balanced”."
    assert (found.rule, found.others, found.sign) == ("", (), "Birch")


def test_a_name_at_the_beginning_of_a_sentence_is_written_as_it_is() -> None:
    cheap = replace(choices.RECOMMENDATIONS[0], would_change="birch below $0.05")
    judgement = build.judgement({"birch": build.birch(), "Alder": build.provider()}, recommendations=(cheap,))
    (found,) = signing.advice(seen(judgement))
    assert found.would_change == "birch below $0.05."


def test_one_provider_has_no_advice_and_the_page_says_why() -> None:
    page = compare(seen(build.one()))
    assert page.advice == ()
    assert "nothing to choose" in page.why_no_advice


@pytest.mark.parametrize(
    ("tiers", "letter"),
    [
        (Tiers("uptime", None, (("Alder",), ("Birch", "Cedar"))), "B"),
        (Tiers("uptime", None, (("Alder",),), "not ranked: Cedar: too short"), "–"),
        (Tiers("uptime", None, (), "nothing to rank"), "–"),
        (Tiers("usd_per_usable", "4K", (("Cedar",),)), None),
    ],
    ids=["second tier", "left out", "no ranking", "another metric"],
)
def test_a_letter_is_a_tier_and_a_dash_is_no_ranking(tiers: Tiers, letter: str | None) -> None:
    shown = seen(build.four(tiers=(tiers,)))
    cedar = next(subject for subject in shown.subjects if subject.name == "Cedar")
    assert letters.of(shown, cedar, "uptime") == letter


def test_every_ranking_and_every_reason_against_one_is_written_out() -> None:
    found = {grading.what: (grading.tiers, grading.reason) for grading in letters.gradings(seen(build.four()))}
    assert found["Uptime"][0] == "A: Alder; B: Birch; C: Cedar"
    assert found["Uptime"][1].startswith("Not ranked: Doum: watched for 9.0 days")
    assert found["Time to an image, 4K"] == (
        "no ranking",
        "Birch: 28 blocks, 30 are needed; Cedar: 28 blocks, 30 are needed.",
    )


# --- months ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b", "at"),
    [
        (Bill("A", 0.05, None, None), Bill("B", 0.06, None, None), []),
        (Bill("A", 0.05, None, None, fixed=500), Bill("B", 0.06, None, None), [50_000]),
        (Bill("A", 0.05, None, None, minimum=600), Bill("B", 0.06, None, None), [10_000]),
        (Bill("A", 0.05, None, None, minimum=600), Bill("B", 0.055, None, None, fixed=40), [600 / 0.055 - 40 / 0.055]),
        (Bill("A", 0.05, None, None, beside=0.02), Bill("B", 0.06, None, None, fixed=100), [10_000]),
    ],
    ids=["in proportion", "a fee", "a minimum", "a minimum against a fee", "storage against a fee"],
)
def test_months_cross_where_they_cost_the_same(a: Bill, b: Bill, at: list[float]) -> None:
    found = volumes.crossings(a, b)
    assert found == pytest.approx(at)
    assert all(a.month(volume) == pytest.approx(b.month(volume)) for volume in found)


def with_sheet(**sheet: Any) -> Scene:  # noqa: ANN401 - fields of a worksheet
    """Birch with a worksheet, and what the judgement made of it; Alder without."""
    birch = build.birch()
    facts = Facts({"Birch": ProviderFacts(worksheet=Worksheet(images_per_month=50_000, **sheet))})
    cost = replace(birch.cost, total_parts={"images": 0.0603, "subscription": 0.08}, total_usd_per_usable=0.1403)
    return seen(build.judgement({"Alder": build.provider(), "Birch": replace(birch, cost=cost)}), facts)


def test_a_subscription_makes_the_cheaper_image_dearer_below_a_volume_that_has_bounds() -> None:
    found = volumes.months(with_sheet(subscription_usd_per_month=4000).subjects)
    assert found.basis.startswith("with your worksheet")
    assert [row.costs[0].value for row in found.rows] == ["1,347", "4,603"]
    (crossing,) = found.crossings
    assert crossing == (
        "From 53,763 images a month on (53,120 to 54,201 within the intervals of the prices), Birch costs less than "
        "Alder: $7,242 there."
    )
    assert found.chart is not None
    (ring,) = found.chart.points
    assert ring.text == "54k"
    assert found.chart.figure["data"][-1]["x"] == [53_763]


def test_without_fixed_costs_no_lines_cross_and_the_page_says_so() -> None:
    found = volumes.months(seen(build.all_well()).subjects)
    assert found.crossings == ("No two lines cross: whoever is cheaper per image is cheaper at every volume.",)
    assert found.chart is not None
    assert all(line.path.count("L") == 1 for line in found.chart.lines)  # parallel and straight on logarithmic axes


def test_a_month_with_a_minimum_is_drawn_with_its_bend() -> None:
    bent = Bill("A", 0.05, None, None, minimum=2_000)
    chart = drawn("cost", "", {"A": bent.month}, (10_000, 500_000))
    assert chart is not None
    assert chart.lines[0].path.count("L") > 10


def test_nobody_with_a_price_has_no_chart_of_months() -> None:
    assert volumes.months(seen(build.imported()).subjects).chart is None


# --- pairs ----------------------------------------------------------------------------------------------------


def test_a_pair_costs_what_each_of_both_serves() -> None:
    pair = Pair("Alder", "Birch", 100, 80, 90, 100, 1.0, 0.96, 1.0, "method")
    (found,) = together.pairs(seen(build.four(pairs=(pair,))))
    assert (found.served.value, found.served.bounds, found.alone) == ("all", "96.00 or more", "20, 10")
    assert found.cost.value == f"{50_000 * (0.8 * 0.1347 + 0.2 * 0.0603):,.0f}"


def test_pairs_are_in_order_of_what_they_served_and_the_rest_is_counted() -> None:
    pairs = tuple(Pair("Alder", f"P{n}", 100, 90, 90, n, n / 100, None, None, "method") for n in range(90, 100))
    shown = seen(build.four(pairs=pairs))
    assert [found.pair for found in together.pairs(shown)][:2] == ["Alder, then P99", "Alder, then P98"]
    assert (len(together.pairs(shown)), together.left_out(shown)) == (8, 2)


# --- what stands behind ---------------------------------------------------------------------------------------


def test_the_command_for_the_rows_can_be_pasted_whatever_the_name() -> None:
    shown = seen(build.four())
    assert export("Cedar", shown) == (
        "upheld export rows.csv --provider Cedar --since 2026-08-24T10:00:00Z --until 2026-11-22T10:00:00Z"
    )
    assert "--provider '$(rm -rf /)'" in export("$(rm -rf /)", shown)


def test_every_number_has_its_interval_its_n_and_its_method() -> None:
    shown = seen(build.four())
    for subject in shown.subjects:
        numbers = behind(subject, shown).numbers
        assert len(numbers) >= 6
        assert all(number.value and number.bounds and number.n and number.method for number in numbers)


def test_what_is_refused_or_let_in_stands_behind_the_numbers_too() -> None:
    shown = seen(build.four())
    made = {number.what: number for number in behind(shown.subjects[0], shown).numbers}
    assert (made["5xx"].value, made["5xx"].bounds, made["5xx"].n) == ("0.26 %", "0.16 to 0.39", "8,601")
    assert (made["Accepted a minute"].value, made["Accepted a minute"].bounds) == ("310", "304 to 316")
    assert made["429 below the limit"].n == "3 of 8,604"


def test_rates_and_hours_are_told_in_numbers_beside_their_drawings() -> None:
    page = compare(seen(build.four()))
    rates = {fact.name: (fact.accepted, fact.note, fact.advertised, fact.share) for fact in page.rate_facts}
    assert rates["Doum"] == ("295 to 305", "", "1,000", "30 %")
    assert rates["Cedar"] == ("≥ 240", "no limit met", "–", "–")
    assert page.every_hour is not None
    assert page.every_hour.names == ("Cedar", "Birch", "Doum", "Alder")
    assert [hour for hour, _ in page.every_hour.rows] == [f"{hour:02}" for hour in range(24)]
    assert page.every_hour.rows[3][1][2] is None  # nobody asked Doum at that hour
    assert page.every_hour.rows[0][1][3] == ("7.6 s", "350")


@pytest.mark.parametrize(
    ("share", "said"), [(None, "not known"), (1.04, "104 % or more")], ids=["tried to less than it advertises", "kept"]
)
def test_of_a_rate_without_an_upper_bound_only_a_known_share_is_named(share: float | None, said: str) -> None:
    judgement = build.four()
    tried = replace(judgement.providers["Cedar"].rate_limit, advertised_rpm=1000.0, achieved_share=share)
    cedar = replace(judgement.providers["Cedar"], rate_limit=tried)
    page = compare(seen(replace(judgement, providers={**judgement.providers, "Cedar": cedar})))
    (fact,) = (fact for fact in page.rate_facts if fact.name == "Cedar")
    assert fact.share == said


def test_one_method_of_pairs_is_told_once_whatever_it_counted() -> None:
    found = [
        Pair("Alder", backup, 99, 98, 97, 99, 1.0, 0.96, 1.0, f"by the runs in which both failed ({runs})")
        for runs, backup in enumerate(("Birch", "Cedar"))
    ]
    page = compare(seen(replace(build.four(), pairs=tuple(found))))
    assert {pair.method for pair in page.pairs} == {"by the runs in which both failed"}


def test_a_provider_whose_hours_have_no_median_takes_no_line_from_the_others() -> None:
    """Birch has too few samples in each hour: the key of Doum and Alder must be that of their lines."""
    judgement = build.four()
    few = {hour: replace(phase, p50=None, p95=None) for hour, phase in judgement.providers["Birch"].by_hour.items()}
    birch = replace(judgement.providers["Birch"], by_hour=few)
    page = compare(seen(replace(judgement, providers={**judgement.providers, "Birch": birch})))
    assert page.by_hour is not None
    drawn = {line.name: line.style for line in page.by_hour.lines}
    assert {fact.name: fact.style for fact in page.hour_facts} == drawn
    assert "Birch" not in drawn

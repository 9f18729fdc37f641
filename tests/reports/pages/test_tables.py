"""What stands in the cells: value, interval, n, and the right word where there is no number."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.judge.facts import Facts, ProviderFacts
from monitor.judge.result import ProviderJudgement, RateLimit, Spell
from reports.pages import measures, rates
from reports.pages.compare import compare
from reports.pages.outages import bad_days, bar_of, unknown_spells
from reports.pages.provider import provider as provider_page
from reports.pages.status import status
from reports.pages.view import Scene, Subject, scene
from tests.reports import build, known

LIMITED = build.rate(1000, 295, 305, accepted=660, rejected=1450)
UNMET = build.rate(None, 240, None, accepted=2160, offered_rpm=240)


def subject(judged: ProviderJudgement, name: str = "A") -> Subject:
    return seen({name: judged}).subjects[0]


def seen(providers: dict[str, ProviderJudgement]) -> Scene:
    judgement = build.judgement(providers)
    return scene(judgement, None, judgement.as_of, stale=False)


@pytest.mark.parametrize(
    ("limit", "value", "bounds", "note"),
    [
        (LIMITED, "300", "295 to 305", "of 1,000 advertised: 30 %"),
        (replace(LIMITED, advertised_rpm=300, achieved_share=1.0333), "300", "295 to 305", "of 300 advertised: 103 %"),
        (UNMET, "≥ 240", "no limit met", "none advertised"),
        (replace(UNMET, advertised_rpm=300), "≥ 240", "no limit met", "300 advertised, tried to 240"),
        (
            replace(UNMET, advertised_rpm=230, achieved_share=1.04),
            "≥ 240",
            "no limit met",
            "of 230 advertised: 104 % or more",
        ),
        (replace(UNMET, rejected=3), "≥ 240", "above that not bounded", "none advertised"),
        (build.rate(300, None, None), "not probed", None, "300 advertised"),
        (build.rate(300, None, None, accepted=30, rejected=3), "not bounded", None, "300 advertised"),
        (build.rate(30, 9.96, 10.04, accepted=30, rejected=3), "10", "9.9 to 10.1", "of 30 advertised: 33 %"),
    ],
)
def test_a_rate_is_set_against_what_is_advertised(limit: RateLimit, value: str, bounds: str | None, note: str) -> None:
    reading = rates.rate(subject(build.provider(rate_limit=limit)))
    assert (reading.shown.value, reading.shown.bounds, reading.note) == (value, bounds, note)


def test_the_sentence_of_the_throttled_provider() -> None:
    assert rates.of_advertised(build.rate(1000, 295, 305)) == "300 of 1,000 advertised: 30 %"


@pytest.mark.parametrize(
    ("headroom", "text"), [(None, None), (0.34, "headroom 34 %"), (-0.12, "12 % short of our planned peak")]
)
def test_headroom_below_nothing_is_said_as_what_is_missing(headroom: float | None, text: str | None) -> None:
    assert rates.headroom(build.rate(60, 60, 61, headroom=headroom)) == text


def test_unknown_time_shows_both_bounds_and_how_much_was_seen() -> None:
    reading = measures.uptime(subject(build.cedar()))
    assert str(reading.shown) == "98.49 (98.47 to 98.53)"
    assert (reading.n, reading.note) == ("90 days, 99.96 % seen", "worst 98.46, best 98.49")


def test_a_size_without_a_bound_and_a_provider_without_a_sample_have_different_words() -> None:
    assert measures.p95(subject(build.doum())).shown.value == "not bounded"
    assert measures.p95(subject(build.unseen())).shown.value == "no sample"


def test_a_band_about_another_size_names_it() -> None:
    page = compare(seen({"Birch": build.birch(), "Cedar": build.cedar()}))
    bands = {row.subject.name: {b.measure: b.band for b in row.bands} for row in page.sides[0].rows}
    assert bands["Birch"]["Median latency"] == "excellent"
    assert bands["Cedar"]["Median latency"] == "at 2K: acceptable"
    assert bands["Birch"]["Error rate"] == "marginal to concerning"


def test_providers_that_were_only_reached_have_a_table_without_price_and_rate() -> None:
    page = status(scene(build.mixed(), None, build.NOW, stale=False))
    images, reached = page.tables
    assert [row.subject.name for row in reached.rows] == ["open-ai-api"]
    assert [head.text for head in reached.columns] == ["Uptime, %", "Median, ms", "P95, ms", "5xx, %"]
    assert [cell.value for cell in reached.rows[0].cells] == ["99.58", "93", "158", "0.97"]
    assert "open-ai-api" not in [row.subject.name for row in images.rows]


def test_the_worst_state_comes_first() -> None:
    unknown = replace(build.provider(), state="unknown")
    page = status(seen({"A": build.provider(), "B": unknown, "C": build.cedar()}))
    assert [row.subject.name for row in page.tables[0].rows] == ["C", "B", "A"]


def test_a_failing_provider_raises_an_alarm_with_both_bounds_and_a_well_one_none() -> None:
    (alarm,) = status(seen({"Cedar": build.cedar(), "Alder": build.provider()})).alarms
    assert alarm.lead == "Cedar, since 09:40 to 09:41 UTC (at least 18 min)."
    assert alarm.text == "17 requests failed, seen as 15 × server error, 2 × timeout. No success since."


def test_a_month_costs_what_its_images_cost_with_the_bounds_of_one() -> None:
    page = compare(seen({"Cedar": build.cedar(), "Doum": build.doum()}))
    assert [(cell.value, cell.bounds) for cell in page.months.rows[0].costs] == [
        ("561", "549 to 575"),
        ("2,805", "2,745 to 2,875"),
        ("5,610", "5,490 to 5,750"),
        ("28,050", "27,450 to 28,750"),
    ]
    assert {cell.bounds for cell in page.months.rows[1].costs} == {"exact"}


def test_a_curve_that_ends_below_says_never() -> None:
    page = compare(seen({"Cedar": build.cedar(), "Doum": build.doum()}))
    cedar, doum = page.arrivals
    assert (cedar.half, cedar.most, cedar.never) == ("13.2 s", "never", "10.1 %")
    assert doum.most == "not bounded"


def test_beyond_six_lines_the_rest_is_only_in_the_table() -> None:
    page = compare(scene(build.many(), None, build.NOW, stale=False))
    assert page.curves is not None
    assert len(page.curves.lines) == 6
    assert len(page.arrivals) == 20
    assert [row.style for row in page.arrivals[5:8]] == [6, 0, 0]


def test_of_many_providers_the_worst_are_drawn_and_all_are_counted() -> None:
    page = compare(scene(build.many(), None, build.NOW, stale=False))
    assert page.came_back is not None
    assert len(page.came_back.rows) == 16
    drawn = [float(row.end) for row in page.came_back.rows]
    assert drawn == sorted(drawn)
    assert len(page.counts) == 20
    assert page.drawn == " Drawn: the worst 16 of 20; the table has all."


def test_unknown_spells_that_providers_share_are_one_line() -> None:
    found = seen({"Alder": build.provider(), "Birch": build.birch()})
    (line,) = unknown_spells(found.subjects, build.NOW, 8)
    assert (line.lead, line.text) == ("47 min on 5 Nov", "for Alder and Birch: our monitor restarted.")


def test_the_longest_unknown_spells_are_kept_and_told_newest_first() -> None:
    spells = tuple(
        Spell("unknown", build.NOW - timedelta(days=day), build.NOW - timedelta(days=day) + timedelta(minutes=day), "x")
        for day in range(1, 6)
    )
    found = unknown_spells(seen({"A": build.provider(unknown=spells)}).subjects, build.NOW, 2)
    assert [line.lead for line in found] == ["4 min on 18 Nov", "5 min on 17 Nov"]


def test_days_that_were_not_clean_are_told_and_unobserved_ones_are_not_called_clean() -> None:
    days = build.days({(11, 15): 68}, first=60, unknown={(11, 5): 47}, maintenance={(10, 25): 120})
    assert [(day.day, day.what) for day in bad_days(days)] == [
        ("25 Oct", "2 h announced maintenance"),
        ("5 Nov", "47 min unknown"),
        ("15 Nov", "68 min down"),
    ]
    bar = bar_of(subject(build.provider(days=days)), build.NOW)
    assert bar is not None
    assert bar.middle == "60 days not observed"
    assert bar.label.endswith("15 Nov 68 min down; no failure seen on the other days observed.")


def test_published_figures_stand_beside_ours() -> None:
    facts = Facts(
        {"openai": ProviderFacts(published={"mean response time": "611 ms", "uptime": "100.00%", "icon": "x"})}
    )
    judgement = build.judgement({"openai": build.reached()})
    found = scene(judgement, facts, judgement.as_of, stale=False)
    rows = {row.label: (row.theirs, row.ours) for row in provider_page(found.subjects[0], found).published}
    assert rows["mean response time"] == ("611 ms", "p50 93 ms, p95 158 ms, mean 611 ms")
    assert rows["uptime"] == ("100.00%", "99.58 (99.21 to 99.78) % in this window")
    assert rows["icon"] == ("x", "")


def test_quantiles_among_the_failures_and_unbounded_ones_are_told_apart() -> None:
    found = seen({"Cedar": build.cedar(), "Doum": build.doum()})
    cedar, doum = (provider_page(one, found) for one in found.subjects)
    one_k = {head: value for head, value, _, _ in next(row for row in cedar.sizes if row.size == "1K").quantiles}
    assert (one_k["P99"], one_k["95 % within"]) == ("88", "never")
    assert {head: value for head, value, _, _ in doum.sizes[0].quantiles}["P95"] == "not bounded"


def test_an_open_outage_has_no_end_and_an_old_one_has_two_bounds() -> None:
    found = seen({"Cedar": build.cedar()})
    first, second, *_ = provider_page(found.subjects[0], found).outages
    assert (first.began, first.ended, first.down) == ("09:40 to 09:41", "open", "at least 18 min so far")
    assert (second.began, second.ended, second.down) == (
        "15 Nov 13:06 to 13:07",
        "15 Nov 14:15 to 14:16",
        "67 to 69 min",
    )


def test_a_clause_that_counted_nothing_is_not_called_perfect() -> None:
    sla = replace(build.provider().sla[0], value=1.0, reason=None)
    found = seen({"A": build.provider(sla=(sla,))})
    (row,) = provider_page(found.subjects[0], found).slas
    assert (row.value, row.target, row.verdict) == ("no downtime", "99.50", "met")


def test_a_page_with_many_failures_names_five_and_counts_the_rest() -> None:
    failing = {f"p{n}": build.cedar() for n in range(7)}
    page = status(scene(build.judgement(failing), None, build.NOW, stale=False))
    assert (len(page.alarms), page.more_alarms) == (5, 2)


@pytest.mark.parametrize(
    ("down_min", "said"),
    [((600.0, 0.4), "10 h down, nearly all of it at a."), ((600.0, 0.0), "10 h down, all of it at a.")],
    ids=["nearly all", "all"],
)
def test_all_is_said_only_of_all(down_min: tuple[float, float], said: str) -> None:
    each = {
        name: build.provider(availability=replace(build.provider().availability, time=build.time(minutes)))
        for name, minutes in zip("ab", down_min, strict=True)
    }
    assert status(scene(build.judgement(each), None, build.NOW, stale=False)).lede.endswith(said)


def test_the_first_minute_says_when_a_p95_can_stand_at_the_earliest() -> None:
    page = status(scene(build.first_minute(), known.FACTS, build.NOW, stale=False))
    (p95,) = [event.text for event in page.unknowns if event.lead == "P95:"]
    assert p95 == "not bounded for Alder and Birch; 59 images of one size are needed."  # Birch is asked by hand
    facts = Facts({name: known.FACTS.of("Alder") for name in ("Alder", "Birch")})
    page = status(scene(build.first_minute(), facts, build.NOW, stale=False))
    (p95,) = [event.text for event in page.unknowns if event.lead == "P95:"]
    assert p95.endswith("59 images of one size are needed, by the schedule in 7.2 h at the earliest.")

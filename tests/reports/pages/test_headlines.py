"""The heading of each page is the finding of its data."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.judge.result import Judgement
from reports.pages import findings, headlines
from reports.pages.view import Scene, scene
from tests.reports import build


def seen(judgement: Judgement, *, stale: bool = False) -> Scene:
    return scene(judgement, None, judgement.as_of, stale=stale)


def of(*names: str) -> Judgement:
    known = build.four().providers
    return build.judgement({name: known[name] for name in names})


@pytest.mark.parametrize(
    ("judgement", "heading"),
    [
        (build.empty(), "Nothing is watched yet."),
        (build.judgement({"A": build.unseen()}), "No answer yet from 1 provider."),
        (build.first_minute(), "First answers from 2 of 4 providers; no verdict can stand yet."),
        (build.one(), "Alder is serving images."),
        (build.imported(), "Both providers are answering."),
        (build.mixed(), "All 3 providers are serving."),
        (build.all_well(), "All 3 providers are serving images."),
        (build.four(), "Cedar is failing. Alder, Birch and Doum are serving images."),
        (build.blind(), "We cannot see: our control probe fails, so our own network may be down."),
        (of("Cedar"), "Cedar is failing."),
        (
            build.judgement({"Alder": build.provider(), "Birch": replace(build.birch(), state="unknown")}),
            "Alder is serving images. The state of Birch is unknown.",
        ),
        (build.many(), "5 of 20 providers are failing. 15 of 20 providers are serving images."),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_the_status_page_says_what_is_true_now(judgement: Judgement, heading: str) -> None:
    assert headlines.status(seen(judgement)) == heading


def test_a_stale_page_blames_nobody_and_calls_nobody_well() -> None:
    judgement = build.stale()
    assert headlines.status(seen(judgement, stale=True)) == "Last seen 3 h ago. What follows is not the present."


@pytest.mark.parametrize(
    ("name", "heading"),
    [
        ("Alder", "Alder is serving images; it was down 38 min in 90 days."),
        ("Cedar", "Cedar is failing now; it was down 32 h in 90 days."),
        ("Doum", "Doum is serving images; no outage in 8.4 days seen."),
    ],
)
def test_a_provider_is_never_said_to_be_well_for_longer_than_it_was_seen(name: str, heading: str) -> None:
    found = seen(build.four())
    (subject,) = [subject for subject in found.subjects if subject.name == name]
    assert headlines.provider(subject, found) == heading


@pytest.mark.parametrize(
    ("judgement", "heading"),
    [
        (build.empty(), "Nothing to compare yet."),
        (build.one(), "Only Alder is watched: there is nothing to compare it with."),
        (build.first_minute(), "Too early to compare: the first answers are less than an hour old."),
        (build.four(), "Cedar is cheapest at $0.0561 a usable image; Alder is fastest and was down least."),
        (of("Alder", "Birch"), "Birch is cheapest at $0.0603 a usable image; Alder is fastest and was down least."),
        (
            build.judgement({"A": build.provider(), "B": build.provider()}),
            "No clear difference in price, speed and uptime.",
        ),
        (
            build.judgement({"A": build.unseen(), "B": build.unseen()}),
            "Too few samples of 2 providers to set them side by side.",
        ),
        (
            build.judgement({"A": build.provider(), "B": build.provider(), "Cedar": build.cedar()}),
            "Cedar is cheapest at $0.0561 a usable image and was down most; no clear difference in speed.",
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_the_comparison_names_a_leader_only_where_the_intervals_are_apart(judgement: Judgement, heading: str) -> None:
    assert findings.heading(seen(judgement)) == heading


def test_who_was_not_watched_as_long_is_not_compared_by_uptime() -> None:
    text = " ".join(findings.lede(seen(build.four())))
    assert "Doum cannot be compared by uptime: too little of the same time was seen." in text
    assert "In 90 days, Alder was down 38 min, Cedar was down 32 h." in text


def test_a_provider_that_serves_less_than_it_advertises_is_said_so_with_both_numbers() -> None:
    assert "Doum serves 300 of 1,000 advertised: 30 % (requests a minute)." in findings.lede(seen(build.four()))


def test_unknown_time_can_take_the_lead_away() -> None:
    """Ten hours in which the leader was not seen may have been ten hours down."""
    hidden = build.provider(
        availability=replace(build.provider().availability, time=build.time(0, unknown_min=600, low=0.9999, high=1.0))
    )
    heading = findings.heading(seen(build.judgement({"A": hidden, "Birch": build.birch()})))
    assert "uptime" in heading
    assert "down least" not in heading


def test_a_paired_comparison_decides_where_the_intervals_overlap() -> None:
    quicker = {"1K": build.latency(8579, 22, (8000, 7700, 8300), (14_000, 13_100, 15_000))}
    judgement = build.judgement({"A": build.provider(), "B": build.provider(latency_ms=quicker)})
    pair = build.four().comparison[0]
    assert pair.ratio is not None
    paired = replace(judgement, comparison=(replace(pair, a="A", b="B", ratio=replace(pair.ratio, value=1.19)),))
    assert "B is fastest" in findings.heading(seen(paired))
    unsure = replace(paired, comparison=(replace(paired.comparison[0], verdict="undecided"),))
    assert "fastest" not in findings.heading(seen(unsure))


def test_a_short_window_tells_what_happened_and_not_what_will() -> None:
    judgement = replace(build.four(), since=build.NOW - timedelta(hours=6))
    assert findings.lede(seen(judgement))[-1].startswith("6 h tell what happened, not what kind of provider")

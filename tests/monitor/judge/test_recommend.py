"""Whom to sign: fixed rules over tiers, with the rows behind them, and silence where nothing is ranked."""

from dataclasses import replace

import pytest

from monitor.judge import recommend
from monitor.judge.clauses.clause import Clause
from monitor.judge.facts import Facts, ProviderFacts
from monitor.judge.result import ProviderJudgement, Span
from monitor.judge.verdicts import Estimate, Pair, Recommendation, SlaResult, Tiers
from tests.monitor.judge.frames import HOUR, every, judged

SIZE = "1K"


def provider(usd: float, *, rpm: float = 0.0, sla: str = "undecided", concerning: bool = False) -> ProviderJudgement:
    """Asked for images, at this price, seen to accept this rate."""
    said = judged(every(60, 0, HOUR, size=SIZE, billed=True, cost_usd=usd, total_ms=9000.0), HOUR)
    return replace(
        said,
        rate_limit=replace(said.rate_limit, sustained_rpm=Span(rpm, None)),
        sla=(SlaResult("google_minutes", 0.999, 0.995, sla, 0.0),),
        bands={"uptime": ("concerning",)} if concerning else {},
    )


def tiers(
    cost: tuple[tuple[str, ...], ...], time: tuple[tuple[str, ...], ...], uptime: tuple[tuple[str, ...], ...]
) -> tuple[Tiers, ...]:
    return (
        Tiers("usd_per_usable", SIZE, cost),
        Tiers("time_to_image", SIZE, time),
        Tiers("uptime", None, uptime),
    )


THREE = {"dear": provider(0.13, rpm=300), "cheap": provider(0.03, rpm=60), "middle": provider(0.05, rpm=20)}
RANKED = tiers(
    (("cheap",), ("middle",), ("dear",)), (("dear",), ("middle",), ("cheap",)), (("dear", "middle"), ("cheap",))
)
PAIRS = (
    Pair("dear", "middle", 100, 99, 98, 100, 1.0, 0.96, 1.0, ""),
    Pair("dear", "cheap", 100, 99, 90, 99, 0.99, 0.95, 1.0, ""),
    Pair("middle", "cheap", 100, 98, 90, 99, 0.99, 0.95, 1.0, ""),
)


def told(
    providers: dict[str, ProviderJudgement] = THREE, ranked: tuple[Tiers, ...] = RANKED, facts: Facts | None = None
) -> dict[str, Recommendation]:
    found = recommend.of(providers, ranked, PAIRS, facts or Facts(location="fra-1"))
    return {of.priority: of for of in found}


@pytest.mark.parametrize(
    ("priority", "primary", "backup"),
    [
        ("lowest_cost", "cheap", "middle"),  # both backups served alike: the cheaper one
        ("reliability", "dear", "middle"),
        ("balanced", "middle", "dear"),  # tiers 2, 2, 1 against 3, 1, 1 and 1, 3, 2: the lower cost decides
        ("regional", "dear", "middle"),
        ("volume_small", "dear", "middle"),
        ("volume_medium", "middle", "dear"),
        ("volume_large", "dear", "middle"),  # the only one of the best uptime that was seen to take the rate
    ],
)
def test_every_priority_has_its_rule(priority: str, primary: str, backup: str) -> None:
    found = told()[priority]
    assert (found.primary, found.backup) == (primary, backup)
    assert found.evidence[0].startswith(f"{primary}: ")
    assert found.reason
    assert found.would_change


def test_the_rows_behind_it_are_told_with_their_numbers() -> None:
    found = told()["lowest_cost"]
    assert found.evidence == (
        "cheap: $0.0300 per usable 1K image, n = 60 (tier 1)",
        "middle: $0.0500 per usable 1K image, n = 60 (tier 2)",
        "dear: $0.1300 per usable 1K image, n = 60 (tier 3)",
        "with middle: 99 of 100 shared blocks served, 90 by cheap alone",
    )
    assert found.would_change == "middle below $0.0300 per usable image (now $0.0500)"
    assert "50,000 usable images a month at middle: $2,500.00" in told()["volume_medium"].evidence


def test_who_cannot_be_told_apart_is_named() -> None:
    assert "not told from it by uptime: middle" in told()["reliability"].reason


def test_where_nothing_is_ranked_nobody_is_recommended() -> None:
    none = (Tiers("usd_per_usable", SIZE, (), "a: 3 usable images, 30 are needed"), *RANKED[1:])
    found = told(ranked=none)
    assert found["lowest_cost"].primary is None
    assert found["lowest_cost"].reason == "no ranking by cost: a: 3 usable images, 30 are needed"
    assert found["balanced"].primary is None
    assert found["reliability"].primary == "dear"


def test_who_is_certainly_down_too_much_is_nobodys_primary() -> None:
    down = THREE | {"cheap": provider(0.03, rpm=60, concerning=True)}
    found = told(down)["lowest_cost"]
    assert found.primary == "middle"
    assert "without cheap, certainly up for less than 99 %" in found.reason
    all_down = {name: provider(0.05, concerning=True) for name in THREE}
    assert told(all_down)["lowest_cost"].primary is None


def test_a_rate_that_nobody_was_seen_to_take_recommends_nobody() -> None:
    found = told(facts=Facts(planned_rpm=500))["volume_large"]
    assert (found.primary, found.would_change) == (None, "a burst or endurance run at that rate")
    assert "500 requests a minute, your planned_rpm" in found.reason


CLAUSE = Clause("google_minutes", "slice", target=0.995, exclude_models=("*-preview",), source="https://cloud.example")


@pytest.mark.parametrize(
    ("model", "verdict", "primary"),
    [("m", "met", "dear"), ("m", "undecided", "dear"), ("m", "not_met", None), ("m-preview", "met", None)],
)
def test_compliance_needs_an_agreement_that_was_not_broken(model: str, verdict: str, primary: str | None) -> None:
    providers = THREE | {"dear": replace(provider(0.13, sla=verdict), model=model)}
    found = told(providers, facts=Facts({"dear": ProviderFacts(agreements=(CLAUSE,))}))["compliance"]
    assert found.primary == primary
    assert "neither measured nor in the catalogue" in found.reason


def test_without_images_nothing_is_recommended() -> None:
    assert recommend.of({"p": judged(every(60, 0, HOUR), HOUR)}, (), (), Facts()) == ()


def test_your_worksheet_stands_beside_the_price() -> None:
    each = THREE["cheap"]
    whole = replace(each, cost=replace(each.cost, total_usd_per_usable=0.071))
    assert "$0.0710 with your worksheet" in told(THREE | {"cheap": whole})["lowest_cost"].evidence[0]


def test_an_unmeasured_cost_is_no_bargain() -> None:
    free = replace(THREE["cheap"], cost=replace(THREE["cheap"].cost, by_size={"4K": Estimate(0.01, 0.01, 0.01, 9, "")}))
    assert told(THREE | {"cheap": free})["volume_large"].primary == "dear"

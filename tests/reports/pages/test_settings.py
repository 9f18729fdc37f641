"""How a provider is probed, on its page: from the configuration, and only what it says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.judge.facts import Facts, ProviderFacts
from monitor.judge.settings import Caps, ProbeSettings
from reports import render
from reports.pages import settings
from reports.pages.view import scene
from tests.reports import build, known


def probed(facts: ProviderFacts) -> settings.Probed | None:
    shown = scene(build.one(), Facts({"Alder": facts}), build.NOW, stale=False)
    return settings.probed(shown.subjects[0], shown)


def test_nothing_is_said_of_how_a_history_of_somebody_else_was_made() -> None:
    assert probed(ProviderFacts()) is None


def test_without_a_schedule_the_page_says_that_runs_were_started_by_hand() -> None:
    found = probed(ProviderFacts(settings=replace(known.BIRCH, probes=())))
    assert found is not None
    assert found.lines == ()
    assert found.says[0].startswith("No probe is scheduled")


@pytest.mark.parametrize(
    ("probe", "costs"),
    [
        (known.REACH, "nothing"),
        (known.BASELINE, "$0.2000"),
        (known.BURST, "up to $7.50"),
        (known.ENDURANCE, "at most $40.00"),
        (replace(known.ENDURANCE, rpm=50.0, lasts=timedelta(minutes=10)), "up to $25.00"),
        (known.RECOVERY, "at most $2.00 an incident"),
        (replace(known.BASELINE, blocks=("2K",)), "not known"),
    ],
    ids=["reach", "baseline", "burst", "long endurance", "short endurance", "recovery", "size without price"],
)
def test_what_a_run_costs_is_the_list_price_of_what_it_asks_or_its_cap(probe: ProbeSettings, costs: str) -> None:
    known_ = ProviderFacts(settings=replace(known.CEDAR, probes=(probe,)), usd_per_image={"1K": 0.05, "4K": 0.1})
    found = probed(known_)
    assert found is not None
    assert found.lines[0].costs == costs


@pytest.mark.parametrize(("saturates", "said"), [(False, True), (True, False)], ids=["by hand", "scheduled"])
def test_a_search_for_the_limit_that_no_schedule_asks_for_was_started_by_somebody(
    *, saturates: bool, said: bool
) -> None:
    burst = replace(known.BURST, saturates=saturates)
    facts = ProviderFacts(settings=replace(known.CEDAR, probes=(burst,)))
    judgement = build.detailed()
    shown = scene(judgement, Facts({"Cedar": facts}), build.NOW, stale=False)
    cedar = next(subject for subject in shown.subjects if subject.name == "Cedar")
    found = settings.probed(cedar, shown)
    assert found is not None
    assert ("by a run that somebody started" in " ".join(found.says)) is said


@pytest.mark.parametrize(
    ("caps", "text"),
    [
        (Caps(), "Spending stops at $10.00 a minute, $5.00 a day and $120 a month for all."),
        (Caps(run=1.5), "Spending stops at $1.50 a run for this provider; $10.00 a minute, $5.00 a day and $120"),
    ],
    ids=["of all", "of its own"],
)
def test_caps_are_named_by_what_they_hold_for(caps: Caps, text: str) -> None:
    found = probed(ProviderFacts(settings=replace(known.ALDER, caps=caps)))
    assert found is not None
    assert text in " ".join(found.says)


def test_a_deadline_below_what_the_provider_advises_is_called_our_own_doing() -> None:
    found = probed(ProviderFacts(settings=known.CEDAR))
    assert found is not None
    assert "It advises 10 min at 4K: a timeout before that counts as our own doing" in " ".join(found.says)


def test_the_status_page_says_when_the_next_is_due_and_from_when_on_it_is_stale() -> None:
    due = build.NOW + timedelta(minutes=4)
    text = render.pages(build.four(), due=due, every=timedelta(minutes=10))["index.html"].decode()
    assert "The next update is due at 10:04 UTC (11:04 Europe/Berlin), one every 10 min." in text
    assert "past 10:14 UTC (11:14 Europe/Berlin), this copy is stale" in text
    assert "Made once" not in text

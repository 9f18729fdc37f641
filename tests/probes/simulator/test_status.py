"""The status page tells of outages later than they were, or not at all, in two wire formats."""

from datetime import datetime
from typing import Any

import pytest

from tests.probes.simulator.asks import of_format
from tests.probes.simulator.support import START, Bench, Json, JumpClock, bench

OUTAGE = {"kind": "overloaded", "offset_s": 1000, "duration_s": 2000}
RULES = {"lag_s": 300.0, "recovery_lag_s": 600.0}


async def read(to: Bench, page: str = "api/v2/summary") -> Any:  # noqa: ANN401 - a document
    got = await to.ask(f"/p/{page}.json", key=None)
    assert got.status == 200
    return got.json


def instant(text: str) -> float:
    """Seconds from the start."""
    return (datetime.fromisoformat(text) - START).total_seconds()


@pytest.mark.parametrize(
    ("into_s", "indicator", "component", "status"),
    [
        (999, "none", "operational", None),
        (1299, "none", "operational", None),  # it has begun, and nobody says so
        (1300, "critical", "major_outage", "investigating"),
        (3599, "critical", "major_outage", "investigating"),  # it is over, and nobody says so
        (3600, "none", "operational", None),
    ],
)
async def test_the_summary_follows_the_outage_after_its_lags(
    into_s: float, indicator: str, component: str, status: str | None
) -> None:
    clock = JumpClock()
    async with bench(of_format("gemini", outages=[OUTAGE], status_page=RULES), clock) as to:
        clock.at_s += into_s
        summary, state, parts = [await read(to, f"api/v2/{page}") for page in ("summary", "status", "components")]
    assert summary["status"]["indicator"] == state["status"]["indicator"] == indicator
    assert parts["components"][0]["status"] == summary["components"][0]["status"] == component
    assert [incident["status"] for incident in summary["incidents"]] == ([status] if status else [])
    assert summary["page"]["id"] == parts["page"]["id"]


async def test_the_past_is_told_with_the_times_that_the_page_admits() -> None:
    clock = JumpClock()
    async with bench(of_format("gemini", outages=[OUTAGE], status_page=RULES), clock) as to:
        clock.at_s += 5000
        (incident,) = (await read(to, "api/v2/incidents"))["incidents"]
        unresolved = await read(to, "api/v2/incidents/unresolved")
        (google,) = await read(to, "incidents")
        planned = await read(to, "api/v2/scheduled-maintenances")
    assert (incident["status"], incident["impact"]) == ("resolved", "critical")
    assert (instant(incident["started_at"]), instant(incident["resolved_at"])) == (1300, 3600)
    assert [update["status"] for update in incident["incident_updates"]] == ["resolved", "investigating"]
    assert unresolved["incidents"] == planned["scheduled_maintenances"] == []
    assert (instant(google["begin"]), instant(google["end"])) == (1000, 3000)
    assert (google["status_impact"], google["most_recent_update"]["status"]) == ("SERVICE_OUTAGE", "AVAILABLE")


async def test_google_knows_no_end_while_it_lasts() -> None:
    clock = JumpClock()
    async with bench(of_format("gemini", outages=[OUTAGE], status_page=RULES), clock) as to:
        clock.at_s += 2000
        (google,) = await read(to, "incidents")
    assert "end" not in google
    assert google["currently_affected_locations"] != []


@pytest.mark.parametrize(
    ("rules", "told"),
    [({"omits": 1.0}, 0), ({"omits": 0.0}, 40), ({"omits": 0.5}, 20), ({"shortest_s": 31.0}, 0)],
    ids=["all", "none", "half", "short"],
)
async def test_a_page_may_omit_incidents(rules: Json, told: int) -> None:
    outages = [{"offset_s": 100 * index, "duration_s": 30} for index in range(1, 41)]
    clock = JumpClock()
    async with bench(of_format("gemini", outages=outages, status_page={"lag_s": 0.0, **rules}), clock) as to:
        clock.at_s += 10_000
        incidents = (await read(to, "api/v2/incidents"))["incidents"]
        again = (await read(to, "api/v2/incidents"))["incidents"]
    assert len(incidents) == pytest.approx(told, abs=8 if 0 < told < 40 else 0)
    assert incidents == again
    assert len({incident["id"] for incident in incidents}) == len(incidents)


@pytest.mark.parametrize(
    ("changes", "impact"),
    [
        ({"outages": [{**OUTAGE, "share": 0.4}]}, "major"),
        ({"degraded": [{"offset_s": 1000, "duration_s": 2000, "slower": 3.0}]}, "minor"),
    ],
    ids=["partial", "slow"],
)
async def test_less_than_an_outage_is_less_on_the_page(changes: Json, impact: str) -> None:
    clock = JumpClock()
    async with bench(of_format("gemini", status_page=RULES, **changes), clock) as to:
        clock.at_s += 1500
        assert (await read(to))["status"]["indicator"] == impact


async def test_the_page_stays_up_when_the_provider_is_away_and_stands_in_no_ledger() -> None:
    outage = {"kind": "reset", "offset_s": 0, "duration_s": 1e6}
    async with bench(of_format("kie", outages=[outage])) as to:
        await read(to)
        ledger = await to.ledger()
    assert [ledger[kind]["arrived"] for kind in ("image", "control", "file")] == [0, 0, 0]

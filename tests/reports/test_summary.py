"""`summary.json` in the shape that Statuspage readers know."""

import json
from typing import Any

import pytest

from reports import render
from tests.reports import build

PAGE = {"id", "name", "url", "time_zone", "updated_at"}
COMPONENT = {
    "id",
    "name",
    "status",
    "created_at",
    "updated_at",
    "position",
    "description",
    "showcase",
    "start_date",
    "group_id",
    "page_id",
    "group",
    "only_show_if_degraded",
}


def summary(state: str) -> Any:  # noqa: ANN401 - plain JSON data
    return json.loads(render.pages(build.STATES[state]())["summary.json"])


@pytest.mark.parametrize("state", sorted(build.STATES))
def test_the_shape_is_that_of_statuspage(state: str) -> None:
    found = summary(state)
    assert set(found) - {"notice"} == {
        "page",
        "status",
        "components",
        "incidents",
        "scheduled_maintenances",
        "simulated",
    }
    assert set(found["page"]) == PAGE
    for component in found["components"]:
        assert set(component) == COMPONENT
        assert component["status"] in {"operational", "major_outage", "unknown"}


@pytest.mark.parametrize(
    ("state", "indicator"),
    [
        ("four", "major"),
        ("all-well", "none"),
        ("blind", "unknown"),
        ("stale", "unknown"),
        ("empty", "unknown"),
        ("one", "none"),
    ],
)
def test_the_indicator_is_never_better_than_what_is_known(state: str, indicator: str) -> None:
    assert summary(state)["status"]["indicator"] == indicator


def test_only_open_outages_are_listed_with_both_bounds_in_words() -> None:
    (incident,) = summary("four")["incidents"]
    assert incident["name"] == "Cedar is failing"
    assert incident["resolved_at"] is None
    assert "failing since 09:40 to 09:41" in incident["incident_updates"][0]["body"]

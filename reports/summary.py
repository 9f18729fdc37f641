"""`summary.json`: the state of all providers in the shape of Statuspage v2, so that existing readers understand it.

One word is added to that vocabulary, because nothing in it is true when nobody can see: `unknown`.
"""

from datetime import UTC, datetime
from typing import Any

from monitor.judge.result import Incident
from reports import words
from reports.pages import headlines
from reports.pages.outages import story
from reports.pages.shell import SIMULATED
from reports.pages.view import Scene, Subject

_COMPONENT = {"serving": "operational", "failing": "major_outage", "unknown": "unknown"}


def summary(scene: Scene) -> dict[str, Any]:
    """Plain data; `simulated` is true when any number is."""
    judgement = scene.judgement
    name = f"Upheld, seen from {scene.place}"
    return {
        "page": {
            "id": "upheld",
            "name": f"Simulated: {name}" if judgement.simulated else name,
            "url": "index.html",
            "time_zone": "Etc/UTC",
            "updated_at": _iso(judgement.as_of),
        },
        "simulated": judgement.simulated,
        **({"notice": SIMULATED} if judgement.simulated else {}),
        "status": {"indicator": _indicator(scene), "description": headlines.status(scene)},
        "components": [_component(subject, place, scene) for place, subject in enumerate(scene.subjects, 1)],
        "incidents": [
            _incident(subject, incident, scene)
            for subject in scene.subjects
            for incident in subject.judged.incidents
            if incident.open
        ],
        "scheduled_maintenances": [],
    }


def _indicator(scene: Scene) -> str:
    """`major` if anybody fails, `critical` if all do; `unknown` if nothing fails but not all are known."""
    states = [subject.state for subject in scene.subjects]
    if "failing" in states:
        return "critical" if set(states) == {"failing"} else "major"
    return "none" if states and "unknown" not in states else "unknown"


def _component(subject: Subject, place: int, scene: Scene) -> dict[str, Any]:
    judged = subject.judged
    return {
        "id": subject.slug,
        "name": subject.name,
        "status": _COMPONENT[subject.state],
        "created_at": _iso(judged.first_seen),
        "updated_at": _iso(judged.last_seen),
        "position": place,
        "description": headlines.provider(subject, scene),
        "showcase": True,
        "start_date": judged.first_seen.astimezone(UTC).date().isoformat() if judged.first_seen else None,
        "group_id": None,
        "page_id": "upheld",
        "group": False,
        "only_show_if_degraded": False,
    }


def _incident(subject: Subject, incident: Incident, scene: Scene) -> dict[str, Any]:
    key = f"{subject.slug}-{incident.start_latest.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    body = f"{subject.name} {story(incident, scene.now)} {words.plural(incident.failures, 'request')} failed."
    return {
        "id": key,
        "name": f"{subject.name} is failing",
        "status": "investigating",
        "impact": "major",
        "created_at": _iso(incident.start_latest),
        "started_at": _iso(incident.start_latest),
        "updated_at": _iso(scene.judgement.as_of),
        "monitoring_at": None,
        "resolved_at": None,
        "shortlink": subject.page,
        "page_id": "upheld",
        "components": [{"id": subject.slug, "name": subject.name, "status": _COMPONENT[subject.state]}],
        "incident_updates": [
            {
                "id": f"{key}-1",
                "status": "investigating",
                "body": body,
                "created_at": _iso(incident.start_latest),
                "display_at": _iso(incident.start_latest),
                "affected_components": [
                    {
                        "code": subject.slug,
                        "name": subject.name,
                        "old_status": "operational",
                        "new_status": _COMPONENT[subject.state],
                    }
                ],
            }
        ],
    }


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if at else None

"""The provider's own status page: what it says of its outages, when it says it, and what it leaves out.

Statuspage v2 (`/api/v2/summary.json` and the like) and Google Cloud's `incidents.json`. Both tell the same incidents,
which are the outages and overload spells of the scenario, later than they were, or not at all.
Sources: confluence.status.atlassian.com/api; status.cloud.google.com/incidents.schema.json.
"""

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from probes.simulator.desk import Desk

_PAGES: Final = ("summary", "status", "components", "incidents", "incidents/unresolved", "scheduled-maintenances")
_WORST: Final = {"critical": "major_outage", "major": "partial_outage", "minor": "degraded_performance"}
_WORDS: Final = {
    "none": "All Systems Operational",
    "minor": "Minor Service Outage",
    "major": "Partial System Outage",
    "critical": "Major Service Outage",
}
_OF_GOOGLE: Final = {
    "critical": ("SERVICE_OUTAGE", "high"),
    "major": ("SERVICE_DISRUPTION", "medium"),
    "minor": ("SERVICE_INFORMATION", "low"),
}


@dataclass(frozen=True, slots=True)
class Incident:
    """As it was, and as it is told. Seconds from the scenario's start; `over_s` is when the page says that it ended."""

    identifier: str
    impact: str
    begin_s: float
    end_s: float
    told_s: float
    over_s: float


class Page:
    """The status page of one provider, which stays up whatever happens to the provider."""

    def __init__(self, desk: Desk, seed: int) -> None:
        """What is left out depends on the seed alone."""
        self._desk = desk
        self._seed = seed
        self._rules = desk.spec.status_page
        self._identifier = _hash(f"{desk.name}/page", 12)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Both APIs; neither needs a key."""
        return (
            *(web.get(f"/api/v2/{page}.json", self._statuspage(page)) for page in _PAGES),
            web.get("/incidents.json", self._google),
        )

    # --- what it knows ----------------------------------------------------------------------------------------

    def incidents(self, into_s: float) -> list[Incident]:
        """All that the page has told by this second, the newest first."""
        return sorted(
            (incident for incident in self._all(into_s) if incident.told_s <= into_s),
            key=lambda incident: incident.begin_s,
            reverse=True,
        )

    def _all(self, into_s: float) -> Iterator[Incident]:
        outages = ((s.begin_s, s.end_s, "critical" if s.share > 0.5 else "major") for s in self._desk.outages)
        spells = ((s.begin_s, s.end_s, "minor") for s in self._desk.weather.until(into_s))
        for begin_s, end_s, impact in (*outages, *spells):
            name = f"{self._seed}/{self._desk.name}/status/{impact}/{begin_s}"
            chance = random.Random(name).random()  # noqa: S311 - must be repeatable
            if chance >= self._rules.omits and end_s - begin_s >= self._rules.shortest_s:
                told_s = begin_s + self._rules.lag_s
                over_s = max(told_s, end_s + self._rules.recovery_lag_s)
                yield Incident(_hash(name, 12), impact, begin_s, end_s, told_s, over_s)

    def _now_s(self) -> float:
        return self._desk.timeline.into_scenario_s(self._desk.timeline.read())

    def _at(self, into_s: float) -> datetime:
        return self._desk.timeline.utc(self._desk.timeline.from_scenario_s(into_s))

    # --- Statuspage -------------------------------------------------------------------------------------------

    def _statuspage(self, page: str) -> Callable[[web.Request], Any]:
        async def handle(_: web.Request) -> web.Response:
            return web.json_response(self.statuspage(page, self._now_s()))

        return handle

    def statuspage(self, page: str, into_s: float) -> dict[str, Any]:
        """One of its documents at this second. `summary` lists what is not resolved, `incidents` also the past."""
        told = self.incidents(into_s)
        active = [incident for incident in told if into_s < incident.over_s]
        impact = next((word for word in ("critical", "major", "minor") for i in active if i.impact == word), "none")
        parts: dict[str, Any] = {
            "status": {"indicator": impact, "description": _WORDS[impact]},
            "components": [self._component(_WORST.get(impact, "operational"), into_s)],
            "incidents": [self._incident(i, into_s) for i in (told[:50] if page == "incidents" else active)],
            "scheduled_maintenances": [],
        }
        shown = {
            "status": ("status",),
            "components": ("components",),
            "scheduled-maintenances": ("scheduled_maintenances",),
        }
        names = tuple(parts) if page == "summary" else shown.get(page, ("incidents",))
        return {"page": self._page(into_s), **{name: parts[name] for name in names}}

    def _page(self, into_s: float) -> dict[str, Any]:
        name = self._desk.name.replace("-", " ").title()
        url = f"https://status.{self._desk.name}.invalid"
        updated_at = _stamp(self._at(into_s))
        return {"id": self._identifier, "name": name, "url": url, "time_zone": "Etc/UTC", "updated_at": updated_at}

    def _component(self, status: str, into_s: float) -> dict[str, Any]:
        return {
            "id": _hash(f"{self._desk.name}/component", 12),
            "name": self._rules.component,
            "status": status,
            "page_id": self._identifier,
            "group_id": None,
            "group": False,
            "position": 1,
            "showcase": True,
            "only_show_if_degraded": False,
            "description": None,
            "created_at": _stamp(self._at(0)),
            "updated_at": _stamp(self._at(into_s)),
            "start_date": None,
        }

    def _incident(self, incident: Incident, into_s: float) -> dict[str, Any]:
        told, over = self._at(incident.told_s), self._at(incident.over_s)
        resolved = into_s >= incident.over_s
        updates = [self._update(incident, "investigating", told, "operational", _WORST[incident.impact])]
        if resolved:
            updates.insert(0, self._update(incident, "resolved", over, _WORST[incident.impact], "operational"))
        return {
            "id": incident.identifier,
            "name": f"Elevated errors on {self._rules.component}",
            "status": "resolved" if resolved else "investigating",
            "impact": incident.impact,
            "created_at": _stamp(told),
            "started_at": _stamp(told),
            "monitoring_at": None,
            "resolved_at": _stamp(over) if resolved else None,
            "updated_at": _stamp(over if resolved else told),
            "shortlink": f"https://stspg.invalid/{incident.identifier}",
            "page_id": self._identifier,
            "components": [self._component("operational" if resolved else _WORST[incident.impact], into_s)],
            "incident_updates": updates,
        }

    def _update(self, incident: Incident, status: str, at: datetime, before: str, after: str) -> dict[str, Any]:
        code = _hash(f"{self._desk.name}/component", 12)
        affected = {"code": code, "name": self._rules.component, "old_status": before, "new_status": after}
        return {
            "id": _hash(f"{incident.identifier}/{status}", 12),
            "status": status,
            "body": f"We are {status}." if status == "investigating" else "This incident has been resolved.",
            "created_at": _stamp(at),
            "display_at": _stamp(at),
            "affected_components": [affected],
        }

    # --- Google Cloud -----------------------------------------------------------------------------------------

    async def _google(self, _: web.Request) -> web.Response:
        return web.json_response(self.google(self._now_s()))

    def google(self, into_s: float) -> list[dict[str, Any]]:
        """A flat list; an incident is over when it has an `end`."""
        return [self._of_google(incident, into_s) for incident in self.incidents(into_s)]

    def _of_google(self, incident: Incident, into_s: float) -> dict[str, Any]:
        impact, severity = _OF_GOOGLE[incident.impact]
        resolved = into_s >= incident.over_s
        told, over = self._at(incident.told_s).isoformat(), self._at(incident.over_s).isoformat()
        place = [{"title": "Global", "id": "global"}]
        update = {
            "created": over if resolved else told,
            "modified": over if resolved else told,
            "when": over if resolved else told,
            "text": f"Summary: elevated errors on {self._rules.component}",
            "status": "AVAILABLE" if resolved else impact,
            "affected_locations": [] if resolved else place,
        }
        end = {"end": self._at(incident.end_s).isoformat()} if resolved else {}
        return {
            "id": incident.identifier,
            "number": str(int(incident.identifier, 36) % 10**19),
            "begin": self._at(incident.begin_s).isoformat(),
            "created": told,
            **end,
            "modified": over if resolved else told,
            "external_desc": f"Elevated errors on {self._rules.component}",
            "updates": [update],
            "most_recent_update": update,
            "status_impact": impact,
            "severity": severity,
            "service_key": _hash(f"{self._desk.name}/service", 20),
            "service_name": self._rules.component,
            "affected_products": [{"title": self._rules.component, "id": _hash(f"{self._desk.name}/service", 20)}],
            "uri": f"incidents/{incident.identifier}",
            "currently_affected_locations": [] if resolved else place,
            "previously_affected_locations": place if resolved else [],
        }


def _hash(name: str, length: int) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:length]


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"

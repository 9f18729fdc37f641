"""`feed.xml`: outages as an Atom feed (RFC 4287), so that a reader hears of them without looking.

An entry changes when there is news of its outage, and not with every rendering: what was read stays read.
"""

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from monitor.judge.result import Incident
from reports import words
from reports.pages.outages import story
from reports.pages.shell import SIMULATED
from reports.pages.view import Scene, Subject

ATOM = "http://www.w3.org/2005/Atom"
_MOST = 50  # entries


def feed(scene: Scene, site_url: str | None = None) -> bytes:
    """The feed of all providers, the newest news first; links are relative to `site_url` where it is known."""
    base = f"{site_url.rstrip('/')}/" if site_url else ""
    simulated = scene.judgement.simulated
    root = Element("feed", xmlns=ATOM)
    _text(root, "id", _urn(base or "upheld", "feed", scene.judgement.location))
    _text(root, "title", f"{'Simulated: ' if simulated else ''}Outages seen by Upheld from {scene.place}")
    if simulated:
        _text(root, "subtitle", SIMULATED)
    SubElement(root, "link", rel="alternate", type="text/html", href=f"{base}index.html")
    SubElement(root, "link", rel="self", type="application/atom+xml", href=f"{base}feed.xml")
    _text(SubElement(root, "author"), "name", "Upheld")
    news = _news(scene)
    _text(root, "updated", _iso(max((_updated(each) for _, each in news), default=scene.judgement.since)))
    for subject, incident in news[:_MOST]:
        root.append(_entry(subject, incident, scene, base))
    indent(root)
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _news(scene: Scene) -> list[tuple[Subject, Incident]]:
    found = [(subject, incident) for subject in scene.subjects for incident in subject.judged.incidents]
    return sorted(found, key=lambda each: (_updated(each[1]), each[0].name), reverse=True)


def _updated(incident: Incident) -> datetime:
    """When there was last news of it: its end was seen, or else its beginning."""
    return incident.end_latest or incident.start_latest


def _entry(subject: Subject, incident: Incident, scene: Scene, base: str) -> Element:
    entry = Element("entry")
    _text(entry, "id", _urn("incident", subject.name, scene.judgement.location, _iso(incident.start_latest)))
    state = "is failing" if incident.open else "was down"
    _text(entry, "title", f"{subject.name} {state}, {words.duration_between(incident.down_s)}")
    if incident.open:  # its length grows with every rendering, which is no news
        entry[-1].text = f"{subject.name} {state}"
    _text(entry, "published", _iso(incident.start_latest))
    _text(entry, "updated", _iso(_updated(incident)))
    SubElement(entry, "link", rel="alternate", type="text/html", href=f"{base}{subject.page}")
    SubElement(entry, "category", term="open" if incident.open else "over")
    _text(entry, "content", _content(subject, incident), type="text")
    return entry


def _content(subject: Subject, incident: Incident) -> str:
    if incident.open:
        seen = f", seen as {incident.seen_as}" if incident.seen_as else ""
        began = words.when_between(incident.start_earliest, incident.start_latest, incident.start_latest)
        return f"{subject.name} began to fail {began} UTC{seen}. No success since."
    return f"{subject.name}: {story(incident, incident.start_latest)} Times are UTC."


def _text(parent: Element, tag: str, text: str, **attributes: str) -> None:
    SubElement(parent, tag, attributes).text = "".join(char for char in text if char.isprintable())


def _urn(*parts: str) -> str:
    return uuid5(NAMESPACE_URL, "\n".join(("upheld", *parts))).urn


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

"""The status page: does anything fail now, since when, is it them or us?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from reports import words
from reports.pages import headlines, measures
from reports.pages.column import Head, Measure
from reports.pages.outages import Bar, Event, bar_of, recent, unknown_spells
from reports.pages.shell import STATUS, Shell, local, renewal, shell
from reports.pages.view import Cell, Scene, Subject

_WORST_FIRST = ("failing", "unknown", "serving")
_IMAGES = (measures.UPTIME, measures.P95, measures.USD, measures.RATE)
_REACH = (measures.UPTIME, measures.MEDIAN_MS, measures.P95_MS, measures.ERRORS)
_MOST_SPELLS = 8
_MOST_ALARMS = 5
_FOR_P95 = 59  # of fewer no P95 is bounded from above
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """One provider."""

    subject: Subject
    since: str
    bar: Bar | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Providers of one kind, with the columns that suit it."""

    title: str
    note: str
    columns: tuple[Head, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """The whole page."""

    shell: Shell
    heading: str
    lede: str
    updated: str
    alarms: tuple[Event, ...]
    more_alarms: int
    tables: tuple[Table, ...]
    recent: str
    events: tuple[Event, ...]
    more_events: int
    unknowns: tuple[Event, ...]


def status(scene: Scene) -> Status:
    """Worst state first, then by name; providers that were only reached have a table of their own."""
    title = "Status"
    events, more = recent(scene)
    failing = [subject for subject in scene.subjects if subject.state == "failing"]
    return Status(
        shell=shell(scene, title, "Which providers serve now, and how they did in the last 90 days", here=STATUS),
        heading=headlines.status(scene),
        lede=_lede(scene),
        updated=_updated(scene),
        alarms=tuple(_alarm(subject, scene) for subject in failing[:_MOST_ALARMS]),
        more_alarms=max(0, len(failing) - _MOST_ALARMS),
        tables=tuple(_tables(scene)),
        recent="the last 14 days" if not scene.stale else f"the 14 days to {words.instant(scene.judgement.as_of)}",
        events=tuple(events),
        more_events=more,
        unknowns=tuple(unknowns(scene)),
    )


def _lede(scene: Scene) -> str:
    if scene.last_seen is None or headlines.is_early(scene):
        return ""
    incidents = [incident for subject in scene.subjects for incident in subject.judged.incidents]
    present = scene.judgement.until >= scene.judgement.as_of
    span = f"In the last {scene.window}" if present else f"In {scene.window} to {words.instant(scene.judgement.until)}"
    if not incidents:
        return f"{span}, no outage was seen from {scene.place}."
    outages = words.plural(len(incidents), "outage")
    return f"{span}, seen from {scene.place}: {outages}, {_down(scene.subjects)}."


def _updated(scene: Scene) -> str:
    """When the newest measurement was made, how old it was when the page was, and when the next page is due."""
    if scene.last_seen is None:
        return renewal(scene)
    seen, age = words.instant(scene.last_seen), words.ago(scene.last_seen, scene.now)
    newest = f"Newest measurement: {seen}{local(scene.last_seen, scene)}; {age} old when this page was made."
    return f"{newest} {renewal(scene)}"


def _down(subjects: Sequence[Subject]) -> str:
    """`36 h down, 32 h of it at Cedar`."""
    most = max(subjects, key=lambda s: (s.judged.availability.time.down_s, s.name))
    most_s = most.judged.availability.time.down_s
    all_s = sum(subject.judged.availability.time.down_s for subject in subjects)
    if len(subjects) == 1:
        return f"{words.duration(all_s)} down"
    whole, part = words.duration(all_s), words.duration(most_s)
    share = "all" if most_s == all_s else "nearly all" if part == whole else part
    return f"{whole} down, {share} of it at {most.name}"


def _alarm(subject: Subject, scene: Scene) -> Event:
    """The open outage of a failing provider; without one, since when it fails."""
    still = [incident for incident in subject.judged.incidents if incident.open]
    if not still:
        return Event(f"{subject.name} is failing.", _since(subject, scene))
    incident = max(still, key=lambda incident: incident.start_latest)
    since = words.when_between(incident.start_earliest, incident.start_latest, scene.now)
    seen_as = f", seen as {incident.seen_as}" if incident.seen_as else ""
    return Event(
        f"{subject.name}, since {since} UTC ({words.duration_between(incident.down_s)}).",
        f"{words.plural(incident.failures, 'request')} failed{seen_as}. No success since.",
    )


def _since(subject: Subject, scene: Scene) -> str:
    judged = subject.judged
    if subject.state == "unknown" or judged.state_since is None:
        return f"last seen {words.when(judged.last_seen, scene.now)}" if judged.last_seen else "never seen"
    return f"since {words.since(judged.state_since, scene.now)}, {words.ago(judged.state_since, scene.now)}"


def _tables(scene: Scene) -> list[Table]:
    images, reached = scene.of(reach=False), scene.of(reach=True)
    tables = []
    if images:
        tables.append(_table(scene, "Providers", images, _IMAGES, _size_note(images)))
    if reached:
        note = "Their front door is called; no image is asked for, so cost and rate limit do not apply."
        tables.append(_table(scene, "Only reached" if images else "Endpoints", reached, _REACH, note))
    return tables


def _size_note(subjects: Sequence[Subject]) -> str:
    asked = sorted({subject.asked for subject in subjects if subject.size})
    return f"P95 of {words.listed(asked)}, planned start to last byte." if asked else ""


def _table(scene: Scene, title: str, of: Sequence[Subject], columns: Sequence[Measure], note: str) -> Table:
    ordered = sorted(of, key=lambda subject: _WORST_FIRST.index(subject.state))
    measured = [measure.column(ordered) for measure in columns]
    rows = tuple(
        Row(subject, _since(subject, scene), bar_of(subject, scene.now), tuple(cells[place] for _, cells in measured))
        for place, subject in enumerate(ordered)
    )
    order = " Worst state first, then by name." if len(rows) > 1 else ""
    return Table(title, f"{note}{order}".strip(), tuple(head for head, _ in measured), rows)


def unknowns(scene: Scene) -> list[Event]:
    """What nobody should read out of this page."""
    found = unknown_spells(scene.subjects, scene.now, _MOST_SPELLS)
    if late := [s for s in scene.subjects if (s.judged.first_seen or scene.now) - scene.judgement.since > _A_DAY]:
        found += [_before(subject, scene) for subject in late[:_MOST_SPELLS]]
    images = scene.of(reach=False)
    if unbounded := [s for s in images if s.latency is not None and s.latency.p95 is None]:
        named = words.listed([s.name for s in unbounded])
        soonest = _soonest(unbounded)
        found.append(Event("P95:", f"not bounded for {named}; {_FOR_P95} images of one size are needed{soonest}."))
    if unprobed := [s.name for s in images if not s.judged.rate_limit.accepted + s.judged.rate_limit.rejected]:
        found.append(Event("Rate limit:", f"not probed in this window for {words.listed(unprobed)}."))
    if bills := [s.name for s in images if s.judged.cost.unknown_bills]:
        found.append(Event("Bills:", f"not known whether some requests to {words.listed(bills)} were charged."))
    return found


def _soonest(subjects: Sequence[Subject]) -> str:
    """When the last of them has enough images, if each succeeds; nothing where not all have a schedule to tell it."""
    waits = [_wait_s(subject) for subject in subjects]
    if not waits or None in waits:
        return ""
    longest = max(wait for wait in waits if wait is not None)
    return f", by the schedule in {words.duration(longest)} at the earliest"


def _wait_s(subject: Subject) -> float | None:
    settings, latency = subject.facts.settings, subject.latency
    for probe in settings.probes if settings and latency else ():
        each = probe.blocks.count(subject.size or "")
        if probe.kind == "baseline" and probe.every is not None and each and latency is not None:
            return -(-max(_FOR_P95 - latency.n, 0) // each) * probe.every.total_seconds()
    return None


def _before(subject: Subject, scene: Scene) -> Event:
    first = subject.judged.first_seen
    if first is None:
        return Event(f"{subject.name}:", "not observed at all.")
    return Event(f"{subject.name} before {words.when(first, scene.now)}:", "not observed.")

"""Outages, unknown spells and days in words; every edge with its bounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.judge.result import Day, Incident, Spell
from reports import words
from reports.charts.daybar import DayBar, daybar
from reports.pages import recoveries
from reports.pages.view import Scene, Subject

RECENT = timedelta(days=14)
_MOST_SAID = 6  # exceptional days in the label of a bar; the provider's page has them all
_MOST_EVENTS = 12


@dataclass(frozen=True, slots=True)
class Event:
    """One line of what happened: the leading words, the rest, and whose page says more."""

    lead: str
    text: str
    open: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """The 90 days of one provider: drawing, the same in words, and what stands beneath."""

    paths: DayBar
    label: str
    first: str
    middle: str
    last: str


@dataclass(frozen=True, slots=True)
class BadDay:
    """A day that was not clean, in words."""

    day: str
    what: str


def bar_of(subject: Subject, now: datetime) -> Bar | None:
    """None where the judgement has no days."""
    days = subject.judged.days
    if not days:
        return None
    bad = bad_days(days)
    said = [f"{day.day} {day.what}" for day in bad[-_MOST_SAID:]]
    before = len(bad) - len(said)
    label = "; ".join(([f"{words.plural(before, 'earlier day')} not clean"] if before else []) + said)
    seen = f"{subject.name}, {len(days)} days to {words.day(days[-1].day, now.date())}"
    rest = "no day with a failure seen" if not bad else "no failure seen on the other days observed"
    today = days[-1].day
    return Bar(
        paths=daybar(days),
        label=f"{seen}: {'; '.join(filter(None, [label, rest]))}.",
        first=words.day(days[0].day, now.date()),
        middle=_middle(days),
        last="today" if today == now.astimezone(UTC).date() else words.day(today, now.date()),
    )


def _middle(days: Sequence[Day]) -> str:
    """The one thing beneath a bar that colour alone would not say."""
    unseen = sum(not day.observed for day in days)
    unknown_s = sum(day.unknown_s for day in days if day.observed)
    if unseen:
        return f"{words.plural(unseen, 'day')} not observed"
    return f"{words.duration(unknown_s)} unknown" if unknown_s >= 60 else ""


def bad_days(days: Sequence[Day]) -> list[BadDay]:
    """Every observed day that had anything but up time (unknown time from 1 % of the day on)."""
    found = []
    for day in days:
        parts = [
            f"{words.duration(length)} {word}"
            for length, word, least in (
                (day.down_s, "down", 0.0),
                (day.degraded_s, "degraded", 0.0),
                (day.unknown_s, "unknown", 864.0),
                (day.excluded_s, "announced maintenance", 0.0),
            )
            if length > least
        ]
        if day.observed and parts:
            found.append(BadDay(words.day(day.day, days[-1].day), ", ".join(parts)))
    return found


def story(incident: Incident, now: datetime, *, stale: bool = False) -> str:
    """One outage with all its bounds: `began 13:07 to 13:08, ended 14:15 to 14:16, down 67 to 69 min`."""
    began = words.when_between(incident.start_earliest, incident.start_latest, now)
    if incident.open or incident.end_earliest is None:
        still = "not over when last seen" if stale else "still open"
        text = f"failing since {began}, {still}, {words.duration_between(incident.down_s)} so far"
    else:
        text = f"began {began}, {ended(incident, now)}, down {words.duration_between(incident.down_s)}"
    return f"{text}. Seen as {incident.seen_as}." if incident.seen_as else f"{text}."


def ended(incident: Incident, now: datetime) -> str:
    """The bounds of its end; one without a later success has only the first."""
    if incident.end_earliest is None:
        return "open"
    if incident.end_latest is None:
        return f"ended after {words.when(incident.end_earliest, now)}"
    return f"ended {words.when_between(incident.end_earliest, incident.end_latest, now)}"


def recent(scene: Scene) -> tuple[list[Event], int]:
    """What happened in the last 14 days, newest first, and how many lines were left out."""
    since = scene.judgement.as_of - RECENT
    found = [
        (incident.start_latest, subject, incident)
        for subject in scene.subjects
        for incident in subject.judged.incidents
        if incident.open or (incident.end_latest or incident.start_latest) >= since
    ]
    found.sort(key=lambda item: item[0], reverse=True)
    events = [
        Event(
            f"{words.day(started.date(), scene.now.date())}, {subject.name}:",
            f"{story(incident, started, stale=scene.stale)}{_recovered(incident)}",
            incident.open,
        )
        for started, subject, incident in found[:_MOST_EVENTS]
    ]
    return events, len(found) - len(events)


def _recovered(incident: Incident) -> str:
    """How it was noticed and ended, with both bounds, as a further sentence."""
    said = recoveries.said(incident)
    return f" {said[0].upper()}{said[1:]}." if said else ""


def unknown_spells(subjects: Sequence[Subject], now: datetime, most: int) -> list[Event]:
    """Unknown time by spell; providers that share one are named together, since the cause is ours."""
    shared: dict[Spell, list[str]] = {}
    for subject in subjects:
        for spell in subject.judged.unknown:
            shared.setdefault(spell, []).append(subject.name)
    longest = sorted(shared, key=lambda spell: (spell.start - spell.end, spell.start))[:most]
    return [
        _unknown(spell, shared[spell], now) for spell in sorted(longest, key=lambda spell: spell.start, reverse=True)
    ]


def _unknown(spell: Spell, names: Sequence[str], now: datetime) -> Event:
    length = words.duration((spell.end - spell.start).total_seconds())
    lead = f"{length} on {words.day(spell.start.date(), now.date())}"
    return Event(lead, f"for {words.listed(names)}: {spell.why or 'no measurement'}.")


def total_unknown_s(subjects: Sequence[Subject]) -> Mapping[str, float]:
    """Unknown seconds by provider."""
    return {subject.name: subject.judged.availability.time.unknown_s for subject in subjects}

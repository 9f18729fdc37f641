"""Judgement of a week -> everything the mail says; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from monitor.judge.result import Day, Judgement
from monitor.locales import ENGLISH, Style
from monitor.weeks import Week
from reports import words
from reports.mail import accounts, changes, findings, flips, levels, picture, rows
from reports.mail.figures import MINUTE_S, MONTHS, clean, gap_s, moment, uptime, usd, window_s
from reports.mail.page import Changes, Flips, Link, Page, Row
from reports.names import slugs

MOST_ATTENTION = 8


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a mail is made from. `days`: exact days of the reader's zone by provider; without them UTC days serve."""

    week: Judgement
    before: Judgement | None
    iso_week: Week
    now: datetime
    site_url: str | None
    stop_href: str
    days: Mapping[str, Sequence[Day]] | None = None
    style: Style = ENGLISH  # of the numbers in its picture; what is text is rewritten when it is finished

    @property
    def zone(self) -> tzinfo:
        """The reader's clock."""
        return ZoneInfo(self.week.timezone)

    @property
    def running(self) -> bool:
        """Whether the week is not over: all of this is a preview then."""
        return self.now < self.iso_week.bounds(self.zone)[1]

    @property
    def last(self) -> str:
        """What changes are told against; a running week has too few days, so the last seven are compared."""
        return "the seven days before" if self.running else f"week {self.iso_week.previous().number}"

    @property
    def preview_of(self) -> datetime | None:
        """The instant that a preview is of: part of its identity, or mail programs would hide the final mail."""
        return self.now if self.running else None


def page(inputs: Inputs, most_rows: int | None = None) -> Page:
    """The whole mail in words; of the providers at most `most_rows` (those that need a look first) have a row."""
    week, zone = inputs.week, inputs.zone
    last = inputs.last
    compared = changes.changes(week, inputs.before, last)
    promises = flips.flips(week, inputs.before, f"week {inputs.iso_week.previous().number}")
    owed = levels.credits_(week, inputs.now.astimezone(zone).date())
    said = findings.sentences(week, running=inputs.running, also=[*levels.headline(owed), *flips.headline(promises)])
    names = findings.order(week)
    shown = {name: week.providers[name] for name in names[:most_rows]}
    attention = _first((*(credit.sentence for credit in owed), *accounts.attention(week, zone)))
    happened, more = accounts.events(week.providers, zone)
    return Page(
        subject=_subject(inputs, said),
        heading=" ".join(f"{_capital(sentence)}." for sentence in said),
        preheader=_preheader(week, names),
        strip=_strip(week),
        period=f"week {inputs.iso_week.number}, {dates(inputs.iso_week)}",
        status=_status(inputs),
        lede=_lede(week, compared, promises, attention),
        attention=attention,
        cells_note=_cells_note(inputs),
        names=tuple(shown),
        rows=tuple(_row(inputs, name) for name in shown),
        rest=_rest(week, names[len(shown) :]),
        notes=tuple(_notes(inputs)),
        events=happened,
        events_rest=more,
        clock=week.timezone,
        changes=compared,
        levels=levels.levels(shown),
        levels_note=levels.without(shown),
        flips=promises,
        picture=picture.picture(shown, inputs.style),
        money=tuple(accounts.money(week, zone, inputs.now, shown)),
        limits=tuple(accounts.limits(shown)),
        limits_note=accounts.limits_note(shown),
        unknown=tuple(accounts.unknown(week, shown, zone)),
        monitor=accounts.monitor(week.instrument),
        links=_links(inputs.site_url, inputs.iso_week),
        footer=_footer(inputs),
        stop_href=inputs.stop_href,
    )


def _first(attention: tuple[str, ...]) -> tuple[str, ...]:
    if len(attention) <= MOST_ATTENTION:
        return attention
    return *attention[: MOST_ATTENTION - 1], f"{len(attention) - MOST_ATTENTION + 1} more like these."


def _capital(sentence: str) -> str:
    """As sentences begin; a provider's name is left as it is written."""
    return f"{sentence[:1].upper()}{sentence[1:]}" if sentence.startswith(("no ", "the ")) else sentence


def dates(week: Week) -> str:
    """`16 to 22 Nov 2026`; month and year once where they serve both days."""
    first, last = week.monday, week.sunday
    month = "" if first.month == last.month else f" {MONTHS[first.month - 1]}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day}{month}{year} to {last.day} {MONTHS[last.month - 1]} {last.year}"


def _subject(inputs: Inputs, said: Sequence[str]) -> str:
    preview = ", preview" if inputs.running else ""
    mark = "[simulated] " if inputs.week.simulated else ""
    return f"{mark}{'; '.join(said)} (week {inputs.iso_week.number}{preview})"


def _strip(week: Judgement) -> str | None:
    if not week.simulated:
        return None
    faster = week.instrument.time_compression
    speed = f", with time run {words.count(faster)} times faster" if faster is not None and faster > 1 else ""
    return f"Simulated: providers that we run ourselves{speed}. No real provider is judged here."


def _status(inputs: Inputs) -> str:
    end = inputs.iso_week.bounds(inputs.zone)[1]
    if inputs.running:
        return f"preview to {moment(inputs.week.as_of, inputs.zone)}"
    if inputs.week.as_of < end:
        return f"data end {moment(inputs.week.as_of, inputs.zone)}"
    return ""


def _preheader(week: Judgement, names: Sequence[str]) -> str:
    times = {name: week.providers[name].availability.time for name in names[:4]}
    told = [f"{clean(name, 32)} {uptime(time, window_s(week)).value}" for name, time in times.items()]
    spent = sum(provider.cost.spent_usd for provider in week.providers.values())
    return f"Uptime, %: {', '.join(told)}. Probes cost {usd(spent)}." if told else ""


def _lede(week: Judgement, compared: Changes, promises: Flips, attention: Sequence[str]) -> str:
    incidents = sum(len(provider.incidents) for provider in week.providers.values())
    said = [words.plural(incidents, "incident") if incidents else "No incident"]
    unknown_s = [gap_s(provider.availability.time, window_s(week)) for provider in week.providers.values()]
    blind_s = [seconds for seconds in unknown_s if seconds >= MINUTE_S]
    if blind_s:
        said.append(f"up to {words.duration(max(blind_s))} unknown at {words.plural(len(blind_s), 'provider')}")
    if compared.rows:
        said.append(f"{words.plural(len(compared.rows), 'figure')} shown to have changed")
    if promises.found:
        said.append(words.plural(promises.found, "verdict on a promise changed", "verdicts on promises changed"))
    quiet = not (attention or incidents or blind_s or promises.found)
    return f"{'; '.join(said)}.{' Nothing needs you.' if quiet else ''}"


def _row(inputs: Inputs, name: str) -> Row:
    provider, until = inputs.week.providers[name], inputs.week.until.astimezone(UTC).date()
    days = rows.whole(provider.days, until) if inputs.days is None else inputs.days.get(name, ())
    today = inputs.now.astimezone(inputs.zone).date()
    slug = slugs(inputs.week.providers)[name]
    href = None if inputs.site_url is None else f"{inputs.site_url}/providers/{slug}.html"
    return rows.row(inputs.week, name, days, inputs.iso_week, today, href)


def _cells_note(inputs: Inputs) -> str:
    whose = "" if inputs.days is not None or inputs.week.timezone == "UTC" else " UTC"
    return (
        f"One cell a{whose} day: ok, time down, time unknown (?), or no data. "
        "Uptime in % of the time known and 95th percentile of the wait in s, each with its 95 % interval; "
        "USD for each usable image, with bounds where a bill is not known."
    )


def _notes(inputs: Inputs) -> Iterator[str]:
    week = inputs.week
    yield f"States are those of {moment(min(week.as_of, week.until), inputs.zone)}."
    lows = [
        p.availability.time.low
        for p in week.providers.values()
        if p.availability.time.value is not None
        and p.availability.time.value >= 1
        and p.availability.time.low is not None
    ]
    if lows:
        yield (
            "A clean week does not show 100 %: an outage between two probes goes unseen, and a promise is about "
            "more than one week."
        )


def _rest(week: Judgement, left: Sequence[str]) -> str | None:
    if not left:
        return None
    quiet = sum(findings.group_of(week.providers[name], window_s(week)) in {"served", "seen"} for name in left)
    names = words.listed([clean(name, 32) for name in left], 12)
    return f"Not shown for room: {words.plural(len(left), 'provider')}, {quiet} of them without an outage: {names}."


def _links(site_url: str | None, week: Week) -> tuple[Link, ...]:
    if site_url is None:
        return ()
    pages = (
        ("This week on the site", f"weekly/{week.key}"),
        ("Status", "index"),
        ("Compare", "compare"),
        ("Promises", "claims"),
        ("How this is measured", "methodology"),
    )
    return tuple(Link(text, f"{site_url}/{page}.html") for text, page in pages)


def _footer(inputs: Inputs) -> str:
    often = "A preview, sent when asked for." if inputs.running else "Sent once a week."
    return f"{often} Measured from {clean(inputs.week.location)}; times in {inputs.week.timezone}."

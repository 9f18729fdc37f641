"""What stands around every page: the strip, the navigation, how fresh it is, and how to trust it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.duration import spelled
from monitor.judge.result import Instrument, OwnError, Spending
from reports import words
from reports.pages.own_error import MANY_RUNS
from reports.pages.view import Scene

MOST_WEEKS = 6
STATUS = "index.html"
WEEKS = "weekly/"
SIMULATED = "Simulated: providers that we run ourselves, not the real ones; no number here says anything of a vendor."

_NOT_SENT: Mapping[str, str] = {
    "budget": "held back by the budget",
    "late": "too late to count",
    "breaker": "held back by the circuit breaker",
    "shutdown": "cut by a shutdown",
    "missed": "missed, as the monitor was not running",
    "maintenance": "left out for announced maintenance",
    "no_token": "not sent for want of a token of our own",
}


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a navigation; `here` marks the page that is shown."""

    text: str
    href: str
    here: bool = False


@dataclass(frozen=True, slots=True)
class Strip:
    """One line above the masthead: what must be known of all data before any of it is read."""

    kind: str
    lead: str
    text: str


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of one page. `root` leads from the page to the root of the site."""

    title: str
    description: str
    root: str
    links: tuple[Link, ...]
    providers: tuple[Link, ...]
    strips: tuple[Strip, ...]
    as_of: str
    as_of_iso: str
    local: str
    location: str
    monitor: str
    charts: bool
    weeks: tuple[Link, ...] = ()  # pages of weeks, the newest first
    renewal: str = ""


def shell(scene: Scene, title: str, description: str, *, here: str, charts: bool = False) -> Shell:
    """The frame of the page `here` (a path from the root of the site)."""
    judgement = scene.judgement
    root = "../" * here.count("/")
    pages = (
        ("Status", STATUS),
        ("Compare", "compare.html"),
        ("Promises", "claims.html"),
        ("Methodology", "methodology.html"),
    )
    return Shell(
        title=f"{'Simulated · ' if judgement.simulated else ''}{title} · Upheld",
        description=description,
        root=root,
        links=tuple(Link(text, root + page, page == here) for text, page in pages),
        providers=tuple(Link(subject.name, root + subject.page, subject.page == here) for subject in scene.subjects),
        strips=_strips(scene),
        as_of=words.instant(judgement.as_of),
        as_of_iso=judgement.as_of.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        local=local(judgement.as_of, scene),
        location=scene.place,
        monitor=account(judgement.instrument),
        charts=charts,
        renewal=_renewal(scene, here),
        weeks=tuple(Link(key, f"{root}{WEEKS}{key}.html") for key in sorted({*scene.weeks}, reverse=True)[:MOST_WEEKS]),
    )


def _strips(scene: Scene) -> tuple[Strip, ...]:
    strips = []
    if scene.judgement.simulated:
        lead, text = SIMULATED.split(":", 1)
        strips.append(Strip("simulated", f"{lead}:", text.strip() + _compressed(scene.judgement.instrument)))
    if scene.stale and scene.last_seen:
        age = words.ago(scene.last_seen, scene.now)
        strips.append(Strip("stale", "Not the present:", f"the newest measurement is {age} old. No state is known."))
    return tuple(strips)


def _renewal(scene: Scene, here: str) -> str:
    """In the footer; the status page has it on its first screen, and a week's page is kept as it is."""
    return "" if here == STATUS or here.startswith(WEEKS) else renewal(scene)


def renewal(scene: Scene) -> str:
    """When this page is made anew, and how a reader tells one that has stopped: a page does not see the clock."""
    found = scene.renewal
    if found is None:
        return "Made once: this copy is not renewed by itself."
    due, stale = (f"{words.when(at, scene.now)} UTC{local(at, scene)}" for at in (found.due, found.stale_from))
    return (
        f"The next update is due at {due}, one every {spelled(found.every.total_seconds())}. "
        f"If your clock is past {stale}, this copy is stale: nothing on it is the present."
    )


def _compressed(instrument: Instrument) -> str:
    if not instrument.time_compression or instrument.time_compression == 1:
        return ""
    return f" Time ran {words.near(instrument.time_compression)} times as fast as a clock."


def local(at: datetime, scene: Scene) -> str:
    """The clock of the readers' zone beside that of UTC, where it is another one: ` (11:15 Europe/Berlin)`."""
    try:
        there = at.astimezone(ZoneInfo(scene.judgement.timezone))
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    return f" ({there:%H:%M} {scene.judgement.timezone})" if there.utcoffset() else ""


def money(spent: Spending | None) -> str:
    """What probes cost so far, against the caps: `$0.93 of $2.00 spent today, $12.30 this month`."""
    if spent is None:
        return ""
    today = f"${words.usd_total(spent.today_usd)}{_cap(spent.cap_day_usd)} spent today"
    return f"{today}, ${words.usd_total(spent.month_usd)}{_cap(spent.cap_month_usd)} this month"


def _cap(usd: float | None) -> str:
    return "" if usd is None else f" of ${words.usd_total(usd)}"


def _own_error(found: OwnError | None) -> list[str]:
    """How wrong the times on the pages may be."""
    if found is None or found.p99_ms is None or found.max_ms is None:
        return []
    many = found.runs >= MANY_RUNS
    which = (
        f"99 of 100 of {words.count(found.runs)} runs" if many else f"the worst of {words.plural(found.runs, 'run')}"
    )
    parts = [f"its times are right to {words.latency(found.p99_ms if many else found.max_ms)} in {which}"]
    if found.clock_steps:
        steps = words.plural(found.clock_steps, "time")
        parts.append(f"the wall clock was set {steps}, by up to {words.latency(abs(found.clock_step_ms))}")
    return parts


def account(instrument: Instrument) -> str:
    """The monitor's own account: every planned request is accounted for."""
    if not instrument.slots_planned:
        return "This monitor planned no request of its own in this window."
    parts = [
        f"{words.count(instrument.slots_sent)} of {words.plural(instrument.slots_planned, 'planned request')} sent"
    ]
    parts += [
        f"{words.count(number)} {_NOT_SENT.get(detail, detail)}"
        for detail, number in sorted(instrument.slots_not_sent.items())
        if number
    ]
    if instrument.lateness_p99_ms is not None:
        parts.append(f"sent late by {words.latency(instrument.lateness_p99_ms)} at most in 99 of 100 cases")
    parts += _own_error(instrument.own_error)
    spent = money(instrument.spent) or f"${words.usd_total(instrument.spent_usd_month)} spent this month"
    return f"This monitor: {', '.join(parts)}; {spent}. All times UTC."

"""What `upheld report` renders: the judgement of the last 90 days, and what imported monitors published beside it.

Here `monitor` and `reports` meet; every decision lies in `monitor.judge` and `reports`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.cli import judged_weeks, judging, weeklies
from monitor.cli.questions import answers
from monitor.config import Config, location_of
from monitor.judge.facts import Facts
from monitor.judge.result import Judgement
from monitor.locales import STYLES
from monitor.slots import Every, phase_of
from monitor.store import Snapshot, read_published, snapshot_for_reading
from monitor.store.snapshot import reading
from monitor.weekly import JudgedWeek
from monitor.weeks import Week
from reports.render import site

SHOWN = timedelta(days=90)
_LAST_SQL = "SELECT provider, epoch_us(max(planned_at)), bool_and(mode = 'imported') FROM samples GROUP BY provider"


@dataclass(frozen=True, slots=True)
class Last:
    """The newest row of a provider, and whether somebody else made all of its rows."""

    planned_at: datetime
    imported: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """Where the site is, what it is about, and who has rows in the store but none in that window."""

    index: Path
    judgement: Judgement
    left_out: tuple[str, ...]


def render(config: Config, now: datetime, *, since: datetime | None, until: datetime | None, out: Path) -> Rendered:
    """Judge what is stored and make the site of it; without a window also the pages of weeks that are due.

    Raises:
        StoreError: No store, or no snapshot that can be read.
        PublishError, OSError: The site could not be written; the old one is as it was.
    """
    snapshot = snapshot_for_reading(config.service.data_dir)
    newest = last_rows(snapshot.path)
    due = [] if since or until else list(weeklies.due(now, ZoneInfo(config.service.timezone), out))
    judgement, weeks = _judged(config, snapshot, now, (since or begin(newest, until or now), until), due)
    facts = with_published(config.facts(), read_published(snapshot.path))
    also = weeklies.pages(weeks, now, out, STYLES[config.report.locale])
    index = site(
        judgement,
        out,
        facts=facts,
        now=now,
        every=config.report.every,
        due=None if snapshot.fresh or since or until else next_due(config, now),
        site_url=config.report.site_url,
        weeks=weeklies.keys(also, out),
        also=also,
        style=STYLES[config.report.locale],
    )
    return Rendered(index, judgement, tuple(sorted(set(newest) - set(judgement.providers))))


def _judged(
    config: Config, snapshot: Snapshot, now: datetime, span: tuple[datetime, datetime | None], due: Sequence[Week]
) -> tuple[Judgement, dict[Week, JudgedWeek]]:
    """The window and the weeks, from one reading of the rows."""
    of_site = judging.question(config, snapshot, now, since=span[0], until=span[1], clipped=True)
    of_weeks = (judged_weeks.question(config, week, snapshot, now) for week in due)
    found, *weeks = answers(snapshot.path, config.facts(), of_site, *of_weeks)
    return shown(found, config), dict(zip(due, weeks, strict=True))


def next_due(config: Config, now: datetime) -> datetime:
    """When the running service renders next: by the slots that it keeps itself."""
    every = config.report.every
    return Every(every, phase_of(location_of(config), "report", every)).next_after(now)


def last_rows(path: Path) -> dict[str, Last]:
    """By provider."""
    with reading(path) as con:
        rows = con.execute(_LAST_SQL).fetchall()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return {name: Last(epoch + timedelta(microseconds=at), bool(imported)) for name, at, imported in rows}


def begin(newest: Mapping[str, Last], end: datetime) -> datetime:
    """90 days before the end; where everything is somebody else's history, before the end of that."""
    if newest and all(last.imported for last in newest.values()):
        end = min(end, max(last.planned_at for last in newest.values()))
    return _before(end, SHOWN)


def _before(moment: datetime, span: timedelta) -> datetime:
    """So long before; not before there is time."""
    first = datetime.min.replace(tzinfo=UTC)
    return moment - span if moment - first > span else first


def shown(whole: Judgement, config: Config) -> Judgement:
    """Of those who have rows in the window, or are configured."""
    kept = {name: said for name, said in whole.providers.items() if said.samples or name in config.providers}
    return replace(whole, providers=kept)


def with_published(facts: Facts, published: Mapping[str, Mapping[str, str]]) -> Facts:
    """The facts with what imported monitors said; a provider that only they know is added."""
    known = {name: replace(facts.of(name), published=dict(said)) for name, said in published.items()}
    return replace(facts, providers={**facts.providers, **known})

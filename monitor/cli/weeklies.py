"""Pages of weeks on the site: which are due, and how one is made.

A week that is over is written once, with its last word; the running one is made anew when an hour has passed, since
judging a week by all rows takes as long as judging the site. `upheld mail` writes the page of its week in any case.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor import weeks
from monitor.locales import ENGLISH, Style
from monitor.weekly import JudgedWeek
from monitor.weeks import Week, WeekError
from reports import render
from reports.mail.compose import Inputs
from reports.pages.weekly import FOLDER, path

ANEW_AFTER = timedelta(hours=1)
_AS_OF = re.compile(rb'data-as-of="([^"]+)"')


def pages(judged: Mapping[Week, JudgedWeek], now: datetime, site: Path, style: Style = ENGLISH) -> dict[str, bytes]:
    """Those of these weeks that have anything to tell."""
    found: dict[str, bytes] = {}
    for week, said in judged.items():
        if said.samples:
            found |= page(week, said, now, site, style)
    return found


def due(now: datetime, zone: ZoneInfo, site: Path) -> Iterator[Week]:
    """Weeks whose page is missing, is a preview of a week that is over, or is an hour old."""
    for week in (weeks.last_complete(now, zone), weeks.of(now, zone)):
        told, end = as_of(site / path(week.key)), week.bounds(zone)[1]
        if told is None or (told < end and (end <= now or now - told >= ANEW_AFTER)):
            yield week


def as_of(file: Path) -> datetime | None:
    """Up to when a page tells; None: there is none, or none of ours."""
    try:
        said = _AS_OF.search(file.read_bytes())
        return datetime.fromisoformat(said[1].decode()) if said else None
    except (OSError, ValueError):
        return None


def page(week: Week, judged: JudgedWeek, now: datetime, site: Path, style: Style = ENGLISH) -> dict[str, bytes]:
    """The files of one page, with links to the weeks that the site has."""
    inputs = Inputs(judged.week, judged.before, week, now, "..", "", judged.days)
    return render.week(inputs, [*on_site(site), week.key], style)


def on_site(site: Path) -> list[str]:
    """Keys of the weeks that have a page."""
    return sorted(file.stem for file in (site / FOLDER).glob("*.html") if _is_week(file.stem))


def keys(files: dict[str, bytes], site: Path) -> list[str]:
    """Weeks that the site has with these files."""
    return sorted({*on_site(site), *(Path(name).stem for name in files if name.startswith(f"{FOLDER}/"))})


def _is_week(key: str) -> bool:
    try:
        weeks.parse(key)
    except WeekError:
        return False
    return True

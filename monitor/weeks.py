"""ISO weeks as people in one time zone live them: keys, bounds, days; pure.

A week runs from Monday 00:00 to the next Monday 00:00 of the local clock, so the week in which the clock is put
forward lasts 167 h and the one in which it is put back 169 h.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

FIRST_YEAR, LAST_YEAR = 1970, 2999
_KEY = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


class WeekError(ValueError):
    """A text that names no ISO week; the message says what would."""

    exit_code = 2


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """One ISO 8601 week, without a time zone until its bounds are asked for."""

    year: int  # the ISO year: 2026-12-31 lies in 2026-W53, 2027-01-01 as well
    number: int

    @property
    def key(self) -> str:
        """Its name, e.g. `2026-W47`: sorts by time."""
        return f"{self.year}-W{self.number:02}"

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    def previous(self) -> "Week":
        """The week before."""
        return _containing(self.monday - timedelta(days=7))

    def following(self) -> "Week":
        """The week after."""
        return _containing(self.monday + timedelta(days=7))

    def bounds(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """[start, end) as UTC instants: 167, 168 or 169 h apart."""
        return _midnight(self.monday, zone), _midnight(self.monday + timedelta(days=7), zone)

    def days(self, zone: tzinfo) -> Iterator[tuple[date, datetime, datetime]]:
        """Monday to Sunday, each with its own [start, end) as UTC instants."""
        for offset in range(7):
            day = self.monday + timedelta(days=offset)
            yield day, _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def parse(text: str) -> Week:
    """The week that a key names.

    Raises:
        WeekError: The text is no key, or its year has no such week.
    """
    match = _KEY.fullmatch(text)
    if match is None:
        raise WeekError(f"{text!r} is not an ISO week; write it like 2026-W47")
    year, number = int(match[1]), int(match[2])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise WeekError(f"{text!r} lies outside of the years {FIRST_YEAR} to {LAST_YEAR}")
    weeks = date(year, 12, 28).isocalendar().week  # 28 December always lies in the last ISO week of its year
    if not 1 <= number <= weeks:
        raise WeekError(f"{text!r} does not exist: {year} has the weeks {year}-W01 to {year}-W{weeks}")
    return Week(year, number)


def of(instant: datetime, zone: tzinfo) -> Week:
    """The week that people in `zone` live in at `instant`."""
    return _containing(instant.astimezone(zone).date())


def last_complete(now: datetime, zone: tzinfo) -> Week:
    """The latest week that is over."""
    return of(now, zone).previous()


def _containing(day: date) -> Week:
    year, number, _ = day.isocalendar()
    return Week(year, number)


def _midnight(day: date, zone: tzinfo) -> datetime:
    # fold=0: where midnight happens twice the day begins at the first, where it is skipped at the moment of the jump
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)

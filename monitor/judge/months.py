"""Calendar months as people in one time zone live them: the period of service level agreements; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.judge.columns import instant, micros

LAST_YEAR = 9998  # the end of the month after it must be a date
MOST = 60
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Month:
    """[start, end) in microseconds, and its last day."""

    key: str  # 2026-10
    start: int
    end: int
    last_day: date


def month(year: int, number: int, zone: str) -> Month:
    """One month; the one in which the clock is put forward is an hour shorter."""
    following = date(year + number // 12, number % 12 + 1, 1)
    return Month(
        f"{year}-{number:02}", _midnight(date(year, number, 1), zone), _midnight(following, zone), following - _DAY
    )


def _midnight(day: date, zone: str) -> int:
    return micros(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC))


def within(start: int, end: int, zone: str) -> Iterator[Month]:
    """The months that touch [start, end), earliest first; the last 60 of them, which is longer than any claim waits."""
    if start >= end:
        return
    first, last = (instant(at).astimezone(ZoneInfo(zone)) for at in (start, end - 1))
    newest = min(last.year, LAST_YEAR) * 12 + last.month - 1
    oldest = max(first.year * 12 + first.month - 1, newest - MOST + 1)
    for number in range(oldest, newest + 1):
        yield month(number // 12, number % 12 + 1, zone)

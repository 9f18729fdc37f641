"""Moments as people write them on the command line: an ISO 8601 time with its zone, a UTC day, or how long ago."""

from datetime import UTC, date, datetime

from monitor import duration


class MomentError(ValueError):
    """Text that is no moment; says what would be one."""

    exit_code = 2


def parse(text: str, now: datetime) -> datetime:
    """`2026-11-22T10:00:00Z`, `2026-11-22` (its first moment in UTC) or `7d` (before `now`), as aware UTC.

    Raises:
        MomentError: it is none of these; a time without a zone is refused, not guessed.
    """
    if (day := _day(text)) is not None:
        return day
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _ago(text, now)
    if moment.tzinfo is None:
        raise MomentError(f"{text}: no zone; append Z if it is UTC, or for example +01:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise MomentError(f"{text} is outside of the years 1 to 9999 in UTC") from None


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    except ValueError:
        return None


def _ago(text: str, now: datetime) -> datetime:
    try:
        return now.astimezone(UTC) - duration.parse(text)
    except duration.DurationError:
        raise MomentError(
            f"{text!r} is no moment; write for example 2026-11-22T10:00:00Z, 2026-11-22 or 7d (that long ago)"
        ) from None

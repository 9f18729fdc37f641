"""Moments on the command line: with a zone, a UTC day, or how long ago."""

from datetime import UTC, datetime

import pytest

from monitor.moments import MomentError, parse

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-22T10:00:00Z", NOW),
        ("2026-11-22T11:00+01:00", NOW),
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("7d", datetime(2026, 11, 15, 10, tzinfo=UTC)),
        ("1h30m", datetime(2026, 11, 22, 8, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_as_aware_utc(text: str, moment: datetime) -> None:
    assert parse(text, NOW) == moment
    assert parse(text, NOW).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-11-22T10:00:00", "2026-11-22T10:00:00: no zone; append Z if it is UTC"),
        ("last week", "'last week' is no moment; write for example"),
        ("2026-13-01", "'2026-13-01' is no moment"),
        ("", "'' is no moment"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+14:00 is outside of the years 1 to 9999"),
        ("9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59-01:00 is outside of the years 1 to 9999"),
    ],
)
def test_what_is_none_says_what_would_be_one(text: str, says: str) -> None:
    with pytest.raises(MomentError) as caught:
        parse(text, NOW)
    assert str(caught.value).startswith(says)
    assert caught.value.exit_code == 2

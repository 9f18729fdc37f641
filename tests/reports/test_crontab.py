"""Crontab expressions as people read them."""

import pytest

from reports.crontab import words_of


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("0 4 * * sun", "Sundays at 04:00 UTC"),
        ("30 16 * * 1,thu", "Mondays and Thursdays at 16:30 UTC"),
        ("5 0 * * *", "daily at 00:05 UTC"),
        ("0 0 1 * *", "on day 1 of each month at 00:00 UTC"),
        ("*/5 * * * *", "by the calendar */5 * * * * (crontab, UTC)"),
        ("0 4 * * mon-fri", "by the calendar 0 4 * * mon-fri (crontab, UTC)"),
        ("0 4 1 6 *", "by the calendar 0 4 1 6 * (crontab, UTC)"),
    ],
)
def test_a_plain_calendar_is_a_sentence_and_any_other_is_quoted(expression: str, text: str) -> None:
    assert words_of(expression) == text

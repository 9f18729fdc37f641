"""A crontab expression in words, UTC; one that says more than a sentence can is quoted as it is."""

import re

_DAYS = {
    **dict(zip("0123456", ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"), strict=True)),
    **{day.lower()[:3]: day for day in ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")},
    "7": "Sunday",
}


def words_of(expression: str) -> str:
    """`Sundays at 04:00 UTC`, `daily at 04:00 UTC`, `on day 1 of each month at 00:00 UTC`."""
    fields = expression.lower().split()
    plain = len(fields) == 5 and fields[0].isdecimal() and fields[1].isdecimal() and fields[3] == "*"
    days = _days(*fields[2::2]) if plain else None
    if days is None:
        return f"by the calendar {expression} (crontab, UTC)"
    return f"{days} at {int(fields[1]):02}:{int(fields[0]):02} UTC"


def _days(day: str, weekday: str) -> str | None:
    if day == weekday == "*":
        return "daily"
    if weekday == "*" and day.isdecimal():
        return f"on day {int(day)} of each month"
    named = [_DAYS.get(one) for one in re.split(",", weekday)] if day == "*" else [None]
    return " and ".join(f"{one}s" for one in named if one) if all(named) else None

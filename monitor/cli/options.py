"""Options that several commands take: lengths of time, and from when to when."""

from datetime import datetime, timedelta

import click

from monitor import moments
from monitor.cli.boundary import WRONG_USAGE, fail

WHEN = "2026-11-22T10:00:00Z, 2026-11-22 (UTC), or 7d (ago)"


class _Duration(click.ParamType[timedelta]):
    """15s, 10m, 1h, 1d."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """As `monitor.duration.parse`."""
        from monitor.duration import DurationError, parse  # noqa: PLC0415 - not needed for --help

        try:
            return value if isinstance(value, timedelta) else parse(str(value))
        except DurationError as error:
            self.fail(str(error), param, ctx)


DURATION = _Duration()


def moment(option: str, text: str | None, now: datetime) -> datetime | None:
    """What an option says, as aware UTC; what is no moment ends the command, and says which option it was."""
    try:
        return None if text is None else moments.parse(text, now)
    except moments.MomentError as error:
        fail(f"{option}: {error}", WRONG_USAGE)


def span(since: str | None, until: str | None, now: datetime) -> tuple[datetime | None, datetime | None]:
    """From `--since` to `--until`; one that is empty, or has not begun, ends the command."""
    start, end = moment("--since", since, now), moment("--until", until, now)
    if start is not None and end is not None and start >= end:
        fail(f"--since {since} is not before --until {until}", WRONG_USAGE)
    if start is not None and start >= now:
        fail(f"--since {since} has not come yet", WRONG_USAGE)
    return start, end

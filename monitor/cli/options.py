"""Types of options that several commands take."""

from datetime import timedelta

import click


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

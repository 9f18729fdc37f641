"""Which time a judgement is about, where nobody has said."""

from dataclasses import dataclass
from datetime import datetime, timedelta

A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Rows planned in [since, until); the present state is that of `as_of`."""

    since: datetime
    until: datetime
    as_of: datetime


def of(
    first: datetime | None,
    last: datetime | None,
    now: datetime,
    *,
    imported: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Window:
    """From the first row until now. A history that somebody else kept ends, and is judged as of, its last row.

    What was measured here goes on until now: if nothing was, that time is unknown and has to show.

    Args:
        first: when the first row was planned; None: there is none.
        last: when the last row was planned.
        now: until when is judged what was measured here.
        imported: whether all rows are somebody else's.
        since: what was asked for.
        until: as `since`.
    """
    if first is None or last is None:
        return Window(since or until or now, max(until or now, since or now), now)
    end = last + A_MOMENT
    as_of = min(end, now) if imported else max(end, now)
    begin = since or first
    return Window(begin, until or max(as_of, begin), as_of)

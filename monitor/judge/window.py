"""Which time a judgement is about, where nobody has said."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Rows planned in [since, until); the present state is that of `as_of`."""

    since: datetime
    until: datetime
    as_of: datetime


def window(
    frame: "pd.DataFrame", now: datetime, *, since: datetime | None = None, until: datetime | None = None
) -> Window:
    """From the first row until now. A history that somebody else kept ends, and is judged as of, its last row.

    What was measured here goes on until now: if nothing was, that time is unknown and has to show.
    """
    planned = frame["planned_at"].dropna()
    if planned.empty:
        return of(None, None, now, since=since, until=until)
    first, last = planned.min().to_pydatetime(), planned.max().to_pydatetime()
    return of(first, last, now, imported=bool((frame["mode"] == "imported").all()), since=since, until=until)


def of(
    first: datetime | None,
    last: datetime | None,
    now: datetime,
    *,
    imported: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Window:
    """The same from when the first and the last row were planned, and whether all rows are somebody else's."""
    if first is None or last is None:
        return Window(since or until or now, max(until or now, since or now), now)
    end = last + A_MOMENT
    as_of = min(end, now) if imported else max(end, now)
    begin = since or first
    return Window(begin, until or max(as_of, begin), as_of)

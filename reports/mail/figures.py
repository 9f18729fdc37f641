"""What the mail writes otherwise than the pages do: instants on the reader's clock, foreign names; pure."""

import unicodedata
from datetime import datetime, tzinfo

from monitor.judge.result import Judgement, Ratio, TimeAvailability
from monitor.judge.verdicts import Estimate
from reports import words
from reports.words import Shown

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

MINUTE_S, HOUR_S = 60.0, 3600.0


def window_s(week: Judgement) -> float:
    """How long the judged time is."""
    return (week.until - week.since).total_seconds()


def gap_s(time: TimeAvailability, window_s: float) -> float:
    """Seconds of the window of which nothing is known: unknown, or before the first probe of all."""
    return max(0.0, window_s - time.up_s - time.down_s - time.excluded_s)


def uptime(time: TimeAvailability, window_s: float) -> Shown:
    """In percent, floored; where nothing failed, what the week still allows at the least."""
    return share(time, "no outage" if gap_s(time, window_s) < MINUTE_S else "no outage seen")


def share(of: TimeAvailability | Ratio, clean_word: str) -> Shown:
    """An availability in percent, floored; `clean_word` and a least value where nothing failed."""
    shown = words.availability(of.value, of.low, of.high, clean_word)
    if of.value is None or of.value < 1 or of.low is None:
        return shown
    return Shown(shown.value, f"at least {words.availability(min(of.low, 0.999999), None, None).value}")


def usd_each(each: Estimate) -> Shown:
    """The price of a usable image; bounds only where some bill is not known, for else it is an exact sum."""
    exact = each.low == each.high
    return words.usd_each(each.value, None if exact else each.low, None if exact else each.high)


def usd(value: float) -> str:
    """Money in cents, rounded up: what was spent is never understated."""
    return f"${words.ceil(value, 2)}"


def cell_duration(seconds: float) -> str:
    """At most four characters for a day's cell: `<1m`, `19m`, `2.4h`, `24h`."""
    if seconds < MINUTE_S:
        return "<1m"
    if seconds < 99.5 * MINUTE_S:
        return f"{words.near(seconds / MINUTE_S)}m"
    hours = seconds / HOUR_S
    return f"{words.near(hours, 1 if hours < 9.95 else 0)}h"


def moment(instant: datetime, zone: tzinfo) -> str:
    """`Tue 17 Nov 09:41` on the reader's clock; seconds are cut off, as clocks do."""
    local = instant.astimezone(zone)
    return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local:%H:%M}"


def between(first: datetime, last: datetime, zone: tzinfo) -> str:
    """`Tue 17 Nov 09:41`, or `between Tue 17 Nov 09:41 and 09:42` (with the day where it differs)."""
    a, b = moment(first, zone), moment(last, zone)
    if a == b:
        return a
    return f"between {a} and {b[-5:] if a[:-5] == b[:-5] else b}"


def clean(text: str, limit: int = 60) -> str:
    """Foreign text on one harmless line: no control, bidirectional or invisible character, at most `limit` long."""
    spaced = " ".join(text.split())
    seen = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c)[0] == "C" else c for c in spaced)
    return seen if len(seen) <= limit else f"{seen[: limit - 1].rstrip()}…"

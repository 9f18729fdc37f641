"""Numbers, durations and instants as people read them; pure, in English, in UTC.

Three rules hold everywhere. A bound is rounded outwards, so that no interval is printed narrower than it is.
An availability is floored and reads 100 only where nothing failed. Between two bounds stands the word "to", so
that a dash is never a minus.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from monitor.duration import spelled
from monitor.judge.result import Span

NOT_KNOWN = "not known"
NOT_BOUNDED = "not bounded"
NOTHING = "–"

_MOST_PLACES = 6
_UNIT = re.compile(r"(?<=\d) (?=(?:%|ms|s|min|h|days?|RPM)(?!\w))")
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Shown:
    """A value and its bounds, ready to print. `known` is false where `value` is a word that stands for no number."""

    value: str
    bounds: str | None = None
    known: bool = True

    def __str__(self) -> str:
        """In one line of prose: `98.49 (96.14 to 99.49)`."""
        return f"{self.value} ({self.bounds})" if self.bounds else self.value


# --- numbers --------------------------------------------------------------------------------------------------


def _rounded(value: float | Decimal, places: int, rounding: str) -> str:
    """`value` with `places` decimals and thousands separators; exact on the number's shortest decimal form."""
    text = f"{Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=rounding):,}"
    return text if text.strip("-0.,") else text.removeprefix("-")


def floor(value: float | Decimal, places: int = 0) -> str:
    """Rounded down."""
    return _rounded(value, places, ROUND_FLOOR)


def ceil(value: float | Decimal, places: int = 0) -> str:
    """Rounded up."""
    return _rounded(value, places, ROUND_CEILING)


def near(value: float | Decimal, places: int = 0) -> str:
    """Rounded to the nearest."""
    return _rounded(value, places, ROUND_HALF_EVEN)


def count(number: float) -> str:
    """`129,553`."""
    return near(number)


def between(low: float | Decimal | None, high: float | Decimal | None, places: int = 0) -> str | None:
    """`36 to 48`, rounded outwards; `at least 36` and `at most 48` where one side is open, None where both are."""
    if low is None:
        return None if high is None else f"at most {ceil(high, places)}"
    if high is None:
        return f"at least {floor(low, places)}"
    least, most = floor(low, places), ceil(high, places)
    return least if least == most else f"{least} to {most}"


def times(value: float, factor: int) -> float:
    """A product without the noise of binary multiplication: 10,000 times 0.0904 is 904."""
    return float(Decimal(str(value)) * factor)


def plural(number: int, one: str, many: str | None = None) -> str:
    """`1 outage`, `2 outages`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def listed(names: Sequence[str], most: int = 6) -> str:
    """`Alder, Birch and Doum`; beyond `most`, the rest is counted."""
    if len(names) > most:
        names = [*names[: most - 1], f"{count(len(names) - most + 1)} others"]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def p_value(p: float) -> str:
    """Rounded up, and never 0: `0.004`, `below 0.001`, `1`."""
    return "below 0.001" if p < 0.001 else "1" if p >= 1 else ceil(p, 3)


def sentence(text: str) -> str:
    """With a capital and a full stop."""
    return f"{text[0].upper()}{text[1:].rstrip('.')}." if text else ""


# --- shares ---------------------------------------------------------------------------------------------------


def _percent(share: float) -> Decimal:
    """In percent without the noise of binary multiplication."""
    return Decimal(str(share)) * 100


def _places_below_100(share: float) -> int:
    """Decimals (2 at least) with which a share below 1, in percent and rounded up, does not read 100."""
    for places in range(2, _MOST_PLACES):
        if not ceil(_percent(share), places).startswith("100"):
            return places
    return _MOST_PLACES


def availability(value: float | None, low: float | None, high: float | None, clean: str = "no outage") -> Shown:
    """An availability in percent, without the sign: floored, and `clean` where nothing failed at all."""
    if value is None:
        return Shown(NOT_KNOWN, known=False)
    if value >= 1:
        return Shown(clean, None if low is None else f"{floor(_percent(low), 2)} or more")
    places = _places_below_100(max(value, high) if high is not None and high < 1 else value)
    least, most = (None if bound is None else _percent(bound) for bound in (low, high))
    return Shown(floor(_percent(value), places), between(least, most, places))


def in_percent(bounds: str) -> str:
    """Bounds with their sign: `98.00 to 99.50 %`, and `29.24 % or more`."""
    number, more, _ = bounds.partition(" or more")
    return f"{number} %{more}"


def firm(text: str) -> str:
    """The same for a heading, in which no line ends between a number and its unit."""
    return _UNIT.sub("\N{NO-BREAK SPACE}", text)


def percent(share: float, places: int = 0) -> str:
    """`30 %`; a share that is neither none nor all never reads 0 or 100."""
    for more in range(places, _MOST_PLACES):
        text = near(_percent(share), more)
        if share in {0, 1} or Decimal(text.replace(",", "")) not in {0, 100}:
            return f"{text} %"
    return "almost none" if share < 0.5 else "almost all"


def small_share(value: float, low: float | None, high: float | None) -> Shown:
    """A share that should be small, in percent, without the sign: `0.26`; none seen still has an upper bound."""
    least, most = (None if bound is None else _percent(bound) for bound in (low, high))
    if not value:
        return Shown("none seen", None if most is None else f"at most {ceil(most, 2)}")
    return Shown(percent(value, 2).removesuffix(" %"), between(least, most, 2))


# --- time -----------------------------------------------------------------------------------------------------


def _places_of_seconds(seconds: float) -> int:
    return 2 if seconds < 1 else 1 if seconds < 20 else 0


def seconds(ms: float, low_ms: float | None = None, high_ms: float | None = None) -> Shown:
    """Milliseconds as seconds, without the unit: 8.1, 14.2, 41."""
    places = _places_of_seconds(ms / 1000)
    low, high = (None if bound is None else Decimal(str(bound)) / 1000 for bound in (low_ms, high_ms))
    return Shown(near(Decimal(str(ms)) / 1000, places), between(low, high, places))


def milliseconds(ms: float, low_ms: float | None = None, high_ms: float | None = None) -> Shown:
    """Milliseconds as such, without the unit; below 10 with one decimal."""
    places = 1 if ms < 10 else 0
    return Shown(near(ms, places), between(low_ms, high_ms, places))


def latency(ms: float) -> str:
    """With its unit: `93 ms`, `14.2 s`."""
    return f"{milliseconds(ms)} ms" if ms < 1000 else f"{seconds(ms)} s"


_UNITS = ((120, 1, "s"), (5400, 60, "min"), (172_800, 3600, "h"))


def _unit(seconds_: float) -> tuple[int, str]:
    for below, size, name in _UNITS:
        if seconds_ < below:
            return size, name
    return _DAY_S, "days"


def duration(seconds_: float) -> str:
    """One length of time in the unit that suits it: `19 min`, `32 h`, `38 days`."""
    size, unit = _unit(seconds_)
    places = 1 if unit in {"h", "days"} and seconds_ < 10 * size else 0
    text = near(seconds_ / size, places).removesuffix(".0")
    return f"{text} {'day' if unit == 'days' and text == '1' else unit}"


def duration_between(span: Span) -> str:
    """`67 to 69 min`, rounded outwards; `at least 19 min` where it is not over."""
    size, unit = _unit(span.high if span.high is not None else span.low)
    places = 1 if unit in {"h", "days"} else 0
    high = None if span.high is None else span.high / size
    return f"{between(span.low / size, high, places)} {unit}".replace(".0 ", " ")


def spelled_between(low_s: float | None, high_s: float | None) -> str | None:
    """`33 h 14 min to 33 h 45 min`, rounded outwards; one side alone as by `between`."""
    least = None if low_s is None else spelled(low_s, math.floor)
    most = None if high_s is None else spelled(high_s, math.ceil)
    if least is None or most is None:
        return f"at least {least}" if least else f"at most {most}" if most else None
    return least if least == most else f"{least} to {most}"


def day(of: date, near_to: date) -> str:
    """`22 Nov`, with its year where that is not the reader's."""
    text = f"{of.day} {of:%b}"
    return text if of.year == near_to.year else f"{text} {of.year}"


_ISO_DAY = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b(?!T)")


def with_dates(text: str) -> str:
    """A sentence of the judgement with its ISO days as the pages write days: `2026-12-15` reads `15 Dec 2026`."""

    def said(found: re.Match[str]) -> str:
        try:
            of = date.fromisoformat(found[0])
        except ValueError:
            return found[0]
        return f"{of.day} {of:%b %Y}"

    return _ISO_DAY.sub(said, text)


def instant(at: datetime) -> str:
    """`22 Nov 2026, 10:00 UTC`."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y}, {at:%H:%M} UTC"


def when(at: datetime, now: datetime) -> str:
    """The clock for today, the day and the clock for earlier: `09:41`, `15 Nov 13:07`."""
    at, now = at.astimezone(UTC), now.astimezone(UTC)
    return f"{at:%H:%M}" if at.date() == now.date() else f"{day(at.date(), now.date())} {at:%H:%M}"


def since(at: datetime, now: datetime) -> str:
    """`when`, without the clock where it is more than two days ago."""
    return when(at, now) if now - at < timedelta(days=2) else day(at.astimezone(UTC).date(), now.astimezone(UTC).date())


def when_between(early: datetime, late: datetime, now: datetime) -> str:
    """Both bounds of an instant; the day once, and one clock where both fall into one minute."""
    early, late = early.astimezone(UTC), late.astimezone(UTC)
    if f"{early:%F %H:%M}" == f"{late:%F %H:%M}":
        return when(late, now)
    if early.date() == late.date():
        return f"{when(early, now)} to {late:%H:%M}"
    return " to ".join(f"{day(at.date(), now.date())} {at:%H:%M}" for at in (early, late))


def ago(at: datetime, now: datetime) -> str:
    """`3 h`, of a moment that has passed."""
    return duration(max(timedelta(), now - at).total_seconds())


# --- money ----------------------------------------------------------------------------------------------------


def _places_of_money(usd: float) -> int:
    if usd >= 1:
        return 2
    return 4 if usd >= 0.001 or usd == 0 else 6


def usd_each(value: float, low: float | None = None, high: float | None = None) -> Shown:
    """The price of one thing, without the sign: 0.0561."""
    places = _places_of_money(value)
    return Shown(near(value, places), between(low, high, places))


def usd_total(value: float, low: float | None = None, high: float | None = None) -> Shown:
    """A sum: whole dollars from 100 on, cents below."""
    places = 0 if value >= 100 else 2
    return Shown(near(value, places), between(low, high, places))

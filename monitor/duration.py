"""Durations as people write them in configuration and on the command line: 15s, 10m, 1h, 1d, 1h30m; and read them."""

import re
from collections.abc import Callable
from datetime import timedelta

_UNITS_S = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_WHOLE = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
MOST = timedelta(days=3_660)  # ten years: nobody means more, and datetime arithmetic stays in range


class DurationError(ValueError):
    """Text that is no duration; says what would be one."""

    exit_code = 2


def parse(text: str) -> timedelta:
    """`"10m"`, `"72h"`, `"1h30m"` as a timedelta; longer than nothing and at most ten years."""
    match = _WHOLE.fullmatch(text)
    if not text or match is None:
        raise DurationError(f"{text!r} is no duration; write for example 15s, 10m, 1h, 1d or 1h30m")
    if any(len(part or "") > 12 for part in match.groups()):
        raise DurationError(f"{text[:20]!r} is longer than ten years")
    seconds = sum(int(part or 0) * unit for part, unit in zip(match.groups(), _UNITS_S.values(), strict=True))
    if not 0 < seconds <= MOST.total_seconds():
        raise DurationError(f"{text!r} is {'no time at all' if seconds == 0 else 'longer than ten years'}")
    return timedelta(seconds=seconds)


def write(duration: timedelta) -> str:
    """The shortest text that `parse` reads as this duration (whole seconds): 90 s is 1m30s."""
    left, parts = int(duration.total_seconds()), []
    for unit, seconds in _UNITS_S.items():
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_HOURS_UNTIL = 2 * _DAY  # up to here hours say more than days


def spelled(seconds: float, rounded: Callable[[float], float] = round) -> str:
    """A length of time in words, two units at most: `1.5 s`, `20 min 30 s`, `33 h 30 min`, `3 days 4 h`.

    Exact where the smaller unit is; else `rounded` to it (`math.floor` and `math.ceil` round a bound outwards).
    """
    if seconds < _MINUTE:
        few = rounded(seconds * 10) / 10 if seconds < 10 else rounded(seconds)
        if few < _MINUTE:
            return f"{few:g} s"
    if (in_s := rounded(seconds)) < _HOUR:
        return _two(in_s, _MINUTE, "min", "s")
    if (in_min := rounded(seconds / _MINUTE)) * _MINUTE < _HOURS_UNTIL:
        return _two(in_min, _HOUR // _MINUTE, "h", "min")
    return _two(rounded(seconds / _HOUR), _DAY // _HOUR, "days", "h")


def _two(count: float, size: int, large: str, small: str) -> str:
    many, left = divmod(int(count), size)
    parts = [f"{many:,} {'day' if large == 'days' and many == 1 else large}"] if many else []
    return " ".join([*parts, f"{left} {small}"] if left or not parts else parts)

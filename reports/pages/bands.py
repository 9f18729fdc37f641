"""The bands of requirements 3 that each measure lies in; two where its interval spans two."""

from dataclasses import dataclass

from reports.pages.view import Subject

_BANDED_SIZE = "2K"
_NAMES = {
    "uptime": "Uptime",
    "p50": "Median latency",
    "p95": "P95 latency",
    "error_rate": "Error rate",
    "rate_limit": "Rate limit",
}


@dataclass(frozen=True, slots=True)
class Band:
    """A measure and the band, or the two bands, that its interval lies in."""

    measure: str
    band: str


def bands(subject: Subject) -> tuple[Band, ...]:
    """Of every measure that has any."""
    return tuple(Band(_NAMES.get(key, key), _band(subject, key, of)) for key, of in subject.judged.bands.items() if of)


def _band(subject: Subject, measure: str, of: tuple[str, ...]) -> str:
    """With its size where that is not the one that is shown elsewhere."""
    found = of[0] if len(of) == 1 else f"{of[0]} to {of[-1]}"
    size = _size(subject) if measure in {"p50", "p95"} else subject.size
    return found if size == subject.size else f"at {size}: {found}"


def _size(subject: Subject) -> str | None:
    """The size whose latency the bands are about (requirements 3: 2K), else the one that is shown."""
    return _BANDED_SIZE if _BANDED_SIZE in subject.judged.latency_ms else subject.size

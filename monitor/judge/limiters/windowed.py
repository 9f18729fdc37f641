"""What the families with a window have in common: a limit, the length of its window, and the rate that these make."""

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.judge.result import Span


@dataclass(frozen=True, slots=True)
class Windowed:
    """Every limiter of the family that explains the run lies in these bounds."""

    limit: Span
    window_s: Span
    per_s: Span


def gathered(candidates: Iterable[tuple[int, float, float]]) -> Windowed | None:
    """All (limit, shorter than the window, at least the window) of which the window is possible; None: none is."""
    kept = [(limit, low, high) for limit, low, high in candidates if low < high and high > 0]
    if not kept:
        return None
    longest = max(high for _, _, high in kept)
    fastest = max(limit / low if low > 0 else float("inf") for limit, low, _ in kept)
    return Windowed(
        Span(min(limit for limit, _, _ in kept), max(limit for limit, _, _ in kept)),
        Span(max(min(low for _, low, _ in kept), 0.0), _finite(longest)),
        Span(min(limit / high for limit, _, high in kept), _finite(fastest)),
    )


def _finite(value: float) -> float | None:
    return None if value == float("inf") else value

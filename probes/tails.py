"""How far an answer's last byte may have been there before we read it.

Bytes that come in one turn of the event loop after another may have waited for us the whole time; a pause in which the
loop looked and found nothing says that we had caught up. How long a pause must be for that depends on how late the loop
comes, which is known when a run is over: so the unbroken end of each answer is kept for several lengths of pause.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

PAUSES_MS = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0)


@dataclass(slots=True)
class Tail:
    """Of one answer, while it comes in. Readings of the clock in ms."""

    last_ms: float | None = None
    since_ms: list[float] = field(default_factory=lambda: [0.0] * len(PAUSES_MS))

    def came(self, now_ms: float) -> None:
        """A piece was there."""
        pause_ms = PAUSES_MS[-1] + 1.0 if self.last_ms is None else now_ms - self.last_ms
        for index, enough_ms in enumerate(PAUSES_MS):
            if pause_ms <= enough_ms:
                break
            self.since_ms[index] = now_ms
        self.last_ms = now_ms

    def lengths_ms(self) -> tuple[float, ...]:
        """By length of pause, how long its end came without one; none of an answer without a body."""
        return () if self.last_ms is None else tuple(self.last_ms - since_ms for since_ms in self.since_ms)


def longest(*tails_ms: Sequence[float]) -> tuple[float, ...]:
    """The longest for each length of pause."""
    return tuple(map(max, zip(*filter(None, tails_ms), strict=True)))


def unbroken_ms(tails_ms: Sequence[float], lag_ms: float) -> float:
    """The one for the shortest pause that a loop so late could not have made up."""
    fits = (tail for pause_ms, tail in zip(PAUSES_MS, tails_ms, strict=False) if pause_ms >= lag_ms)
    return next(fits, max(tails_ms, default=0.0))

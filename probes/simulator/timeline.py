"""The simulator's time: seconds since this process began, read from one clock, and the instants they stand for."""

from datetime import datetime, timedelta
from typing import Protocol

_SLICE_S = 0.2  # of the operating system's time


class Ticking(Protocol):
    """As much of `probes.clock.Clock` as is needed here."""

    def monotonic(self) -> float:
        """Seconds that never step back."""
        ...

    def now(self) -> datetime:
        """Aware UTC."""
        ...

    def real_s(self, seconds: float) -> float:
        """How long `seconds` last for the operating system."""
        ...

    async def sleep_until(self, monotonic_s: float) -> None:
        """Return at that reading of `monotonic`."""
        ...


class Timeline:
    """Seconds since the start of the process. One source, so that limits, latencies and outages agree."""

    def __init__(self, clock: Ticking, starts_at: datetime | None = None) -> None:
        """Begin now. `starts_at` is the instant from which outages are counted; None: now."""
        self._clock = clock
        self._monotonic = clock.monotonic()
        self.began_at = clock.now()
        self.starts_at = starts_at or self.began_at

    def read(self) -> float:
        """Seconds since the process began."""
        return self._clock.monotonic() - self._monotonic

    def utc(self, at_s: float) -> datetime:
        """The instant of such a reading."""
        return self.began_at + timedelta(seconds=at_s)

    def into_scenario_s(self, at_s: float) -> float:
        """Seconds since the scenario's start at such a reading; negative before it."""
        return at_s - (self.starts_at - self.began_at).total_seconds()

    def from_scenario_s(self, into_s: float) -> float:
        """The reading at so many seconds from the scenario's start."""
        return into_s + (self.starts_at - self.began_at).total_seconds()

    async def until(self, at_s: float) -> None:
        """Return at this reading, or at once if it has passed.

        In slices: a shared clock may be made faster while we sleep, and one long sleep would then end too late.
        """
        slice_s = _SLICE_S / self._clock.real_s(1.0)
        end_s = self._monotonic + at_s
        while (now_s := self._clock.monotonic()) < end_s:
            await self._clock.sleep_until(min(end_s, now_s + slice_s))

"""Readings of the clock while a request is under way, and the phases they mark off."""

import time
from dataclasses import dataclass, field

from probes.clock import Clock
from probes.idleness import Idleness
from probes.model import Phases

_TO_SEND = frozenset(("dns_start", "dns_end", "dialled", "connected", "ready", "sent"))

_WINDOW_BYTES = 32 * 1024  # half of what Linux lets a new connection send unread


@dataclass(slots=True)
class Stamps:
    """Readings of the clock while one request is under way, seconds; and by how much they may be late."""

    clock: Clock
    idle: Idleness | None = None  # of the event loop; None: nobody watches
    marks: dict[str, float] = field(default_factory=dict)
    byte_s: float | None = None  # when bytes of the body last came
    reused: bool = False
    encrypted: bool = False
    noticed_late_s: float = 0.0  # real time, at worst, from when something came until we read it
    woken_late_s: float = 0.0  # and of that, from when it came until the kernel woke us, who had nothing else to do
    _latest_s: float = float("-inf")
    _asked_s: float = 0.0
    _sending_s: float = 0.0  # held up before all was sent
    _first_s: float = 0.0  # the headers, stamped so late
    _last_s: float = 0.0  # the last byte, stamped so late or kept waiting so long
    _touched_s: float = float("-inf")

    def mark(self, name: str, late_s: float | None = None) -> None:
        """Now; or so much earlier in real time, if the kernel has said when it came about."""
        now_s = self.clock.monotonic()
        seen_s = time.perf_counter()
        if late_s is not None:
            late_s = self._possible(late_s, seen_s)
            now_s = max(now_s - late_s / self.clock.real_s(1.0), self._latest_s)
        self.marks[name] = self._latest_s = now_s
        if self.idle is not None:
            self._look_back(name, self.idle.until_s, seen_s, late_s)

    def _possible(self, late_s: float, seen_s: float) -> float:
        """What had come before the loop began to wait was read before: so the wall clock was set meanwhile."""
        return late_s if self.idle is None else min(late_s, max(seen_s - self.idle.since_s, 0.0))

    def _look_back(self, name: str, idle_s: float, now_s: float, told_s: float | None) -> None:
        """By how much this is late: since the kernel had it; else since the loop was idle or it was asked for."""
        late_s = now_s - max(idle_s, self._asked_s) if told_s is None else told_s
        if told_s is not None:
            self.noticed_late_s = max(self.noticed_late_s, told_s)
            self.woken_late_s = max(self.woken_late_s, idle_s - (now_s - told_s))
        if name in _TO_SEND:
            self._sending_s += late_s
            self._asked_s = now_s
        elif name == "start":
            self._asked_s = now_s
        elif name == "headers":
            # the kernel tells when the last of what was read came: the first may have come since the loop was idle
            self._first_s = max(now_s - max(idle_s, self._asked_s) - (told_s or 0.0), 0.0)
        else:
            self._last_s = late_s if told_s is None else self._last_s

    def touch(self, size: int, late_s: float | None) -> None:
        """So many bytes of the body have come, the last of them so long ago.

        While as many as a small window lay here unread, the other side may have had to wait with the next ones.
        """
        self.byte_s = self.clock.monotonic()
        if late_s is None:
            return
        self.byte_s -= late_s / self.clock.real_s(1.0)
        seen_s = time.perf_counter()
        if size >= _WINDOW_BYTES:
            self._last_s += min(late_s, seen_s - self._touched_s)
        self._touched_s = seen_s

    def delay(self, seconds: float) -> None:
        """So long, in real time, something lay here before we went on."""
        self._sending_s += seconds

    def end(self) -> None:
        """It is over now, unless its last byte has said so before."""
        if "end" not in self.marks:
            self.mark("end")

    @property
    def held_up_ms(self) -> float:
        """By at most so much, in real time, these readings are late: what waited, waited for us."""
        return (self._sending_s + max(self._first_s, self._last_s)) * 1000.0

    def between_ms(self, start: str, end: str) -> float | None:
        """From one reading to another; None where either is missing."""
        if start not in self.marks or end not in self.marks:
            return None
        return (self.marks[end] - self.marks[start]) * 1000.0


def phases_of(stamps: Stamps) -> Phases:
    """Where the time went."""
    return Phases(
        dns_ms=stamps.between_ms("dns_start", "dns_end"),
        connect_ms=stamps.between_ms("dialled", "connected"),
        tls_ms=stamps.between_ms("connected", "ready") if stamps.encrypted else None,
        upload_ms=stamps.between_ms("ready", "sent"),
        wait_ms=stamps.between_ms("sent", "headers"),
        download_ms=stamps.between_ms("headers", "end"),
        total_ms=stamps.between_ms("start", "end"),
        conn_reused=stamps.reused if "ready" in stamps.marks else None,
    )

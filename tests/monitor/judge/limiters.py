"""Rate limiters from the other side: who is let in, by the time of arrival."""

import heapq
import random
from collections import deque
from collections.abc import Callable, Sequence

from tests.monitor.judge.frames import Row, at, row

Limiter = Callable[[float], bool]


def token_bucket(rpm: float, capacity: float) -> Limiter:
    """Refills evenly, holds at most `capacity`, full at first."""
    level, last_s = capacity, 0.0

    def admit(now_s: float) -> bool:
        nonlocal level, last_s
        level, last_s = min(capacity, level + (now_s - last_s) * rpm / 60.0), now_s
        if level >= 1.0:
            level -= 1.0
            return True
        return False

    return admit


def fixed_window(most: int, window_s: float, phase_s: float = 0.0) -> Limiter:
    """At most so many in each window; windows begin at `phase_s`."""
    counts: dict[int, int] = {}

    def admit(now_s: float) -> bool:
        window = int((now_s - phase_s) // window_s)
        counts[window] = counts.get(window, 0) + 1
        return counts[window] <= most

    return admit


def sliding_log(most: int, window_s: float) -> Limiter:
    """At most so many in the last `window_s` seconds."""
    log: deque[float] = deque()

    def admit(now_s: float) -> bool:
        while log and log[0] <= now_s - window_s:
            log.popleft()
        if len(log) < most:
            log.append(now_s)
            return True
        return False

    return admit


def unlimited(_now_s: float) -> bool:
    """Everybody."""
    return True


def evenly(rpm: float, duration_s: float) -> list[float]:
    """Start times at a steady rate."""
    return [i * 60.0 / rpm for i in range(int(rpm * duration_s / 60))]


def offered(
    limiter: Limiter,
    starts_s: Sequence[float],
    *,
    delay_s: Callable[[], float] = lambda: 0.0,
    lateness_s: Callable[[], float] = lambda: 0.0,
    refusal_s: float = 0.0,
    run: str = "run-1",
    probe: str = "endurance",
    mode: str = "sustain",
) -> list[Row]:
    """Rows of a run: sent late, on the way for `delay_s`, refused after `refusal_s` more, images after 8 s."""
    sent = [(start + lateness_s(), start, seq) for seq, start in enumerate(starts_s)]
    arrivals = [(at_s + delay_s(), at_s, start, seq) for at_s, start, seq in sent]
    heapq.heapify(arrivals)
    rows = []
    while arrivals:
        arrival, at_s, start, seq = heapq.heappop(arrivals)
        ok = limiter(arrival)
        rows.append(
            row(
                start, "ok" if ok else "rate_limited", size="1K", probe=probe, mode=mode, seq=seq, run_id=run,
                sent_at=at(at_s), lateness_ms=(at_s - start) * 1e3,
                total_ms=8000.0 if ok else (arrival - at_s + refusal_s) * 1e3,
            )
        )  # fmt: skip
    return rows


def jitter(most_s: float, seed: int) -> Callable[[], float]:
    """Seconds at random up to `most_s`, the same each time."""
    rng = random.Random(seed)
    return lambda: rng.uniform(0.0, most_s)

"""The interval of the window covers the truth as often as it says, whatever the outages look like; seeded."""

import numpy as np
import pandas as pd
import pytest

from monitor.judge.availability import of_time
from monitor.judge.columns import micros
from monitor.judge.frames import rows_of
from monitor.judge.timeline import timeline
from tests.monitor.judge.frames import DAY, T0, at, every, frame, row

WINDOWS, PROBES = 60, 1440


def outages(rng: np.random.Generator, mean_s: float, per_day: float) -> list[tuple[float, float]]:
    """Start and end of the outages of a day: as many as come, of exponential length."""
    starts = np.sort(rng.uniform(0, DAY, rng.poisson(per_day)))
    return [(float(start), min(float(start + length), DAY)) for start, length in
            zip(starts, rng.exponential(mean_s, len(starts)), strict=True)]  # fmt: skip


def watched(rng: np.random.Generator, down: list[tuple[float, float]], *, jitter: bool) -> pd.DataFrame:
    """A probe each minute, at a random moment of it or at the same one."""
    times = (np.arange(PROBES) + (rng.uniform(0, 1, PROBES) if jitter else rng.uniform())) * DAY / PROBES
    failed = np.any([(times >= start) & (times < end) for start, end in down] or [np.zeros(PROBES, bool)], axis=0)
    table = pd.DataFrame({"planned_at": pd.Timestamp(T0) + pd.to_timedelta(np.rint(times * 1e6), unit="us")})
    return table.assign(
        provider="p", probe="reach", mode="scheduled", attribution="provider",
        outcome=np.where(failed, "overloaded", "ok"), status=np.where(failed, 503.0, 200.0),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("mean_s", "per_day", "jitter"),
    [(30.0, 20.0, False), (600.0, 3.0, False), (3600.0, 1.0, False), (600.0, 3.0, True), (120.0, 0.7, False)],
    ids=["blips", "10 minutes", "an hour", "10 minutes, jittered", "mostly none"],
)
def test_at_least_19_of_20_windows_hold_the_truth(mean_s: float, per_day: float, *, jitter: bool) -> None:
    rng = np.random.default_rng(20_261_122)
    held = 0
    for _ in range(WINDOWS):
        down = outages(rng, mean_s, per_day)
        rows = rows_of(watched(rng, down, jitter=jitter))
        time = of_time(timeline(rows, (), since=micros(T0), horizon=micros(at(DAY))))
        assert time.low is not None
        assert time.high is not None
        covered = np.zeros(86_400, bool)
        for start, end in down:
            covered[round(start) : round(end)] = True
        held += time.low <= 1 - covered.mean() <= time.high
    assert held >= 0.93 * WINDOWS  # 0.95, less the noise of this many windows


def test_an_outage_of_images_alone_is_never_up_though_the_control_plane_answers_and_trials_are_far_apart() -> None:
    """Six hours, of which the breaker lets one image an hour through: down but for the time when trials thin out."""
    hour, begin, end = 3600, 4 * 3600, 10 * 3600
    images = []
    for at_s in range(30, 20 * hour, 900):
        number = (at_s - begin) // 900
        if not begin <= at_s < end:
            images.append(row(at_s, size="1K"))
        elif number < 3 or number % 4 == 0:
            images.append(row(at_s, "server_error", size="1K"))
        else:
            images.append(row(at_s, "not_sent", size="1K", detail="breaker"))
    rows = rows_of(frame([*every(60, 0, 20 * hour), *images]))
    whole = timeline(rows, (), since=micros(T0), horizon=micros(at(20 * hour)))
    inside = of_time(whole.clip(micros(at(begin + 900)), micros(at(end - 900))))
    assert inside.up_s == 0
    assert inside.down_s > 0.85 * (end - begin - 1800)
    assert inside.unknown_s == end - begin - 1800 - inside.down_s > 0

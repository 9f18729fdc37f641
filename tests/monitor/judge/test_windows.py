"""Worst windows: against every stretch there is, second by second."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.judge import windows
from monitor.judge.columns import SECOND
from monitor.judge.states import State
from monitor.judge.verdicts import WorstWindow
from tests.monitor.judge.frames import DAY, HOUR, Row, at, every, judged, line, minutes

MONTH = 30 * DAY


def worst(rows: list[Row] | pd.DataFrame, end_s: float) -> dict[float, WorstWindow]:
    return {found.length_s / HOUR: found for found in judged(rows, end_s).availability.windows}


def test_one_long_outage_and_many_short_ones_of_the_same_sum_are_told_apart() -> None:
    """6 h down in 30 days, once or 12 min a day: the same 99.17 %."""
    once = minutes(43_200, dict.fromkeys(range(1440, 1800), "overloaded"))
    often = minutes(43_200, {1440 * day + minute: "overloaded" for day in range(30) for minute in range(12)})
    long, short = worst(once, MONTH), worst(often, MONTH)
    assert long[720].value == pytest.approx(short[720].value or 0, abs=1e-4)
    assert (long[1].value, long[6].value, long[24].value) == (0.0, 0.0, 0.75)
    assert short[1].value == 0.8
    assert short[6].value == pytest.approx(1 - 720 / (6 * HOUR))
    assert short[24].value == pytest.approx(1 - 720 / DAY)
    assert long[6].start == at(DAY)


def test_a_stretch_longer_than_the_window_is_not_shown() -> None:
    assert worst(every(60, 0, 2 * HOUR), 2 * HOUR).keys() == {1.0}
    assert worst([], 600) == {}


def test_where_nothing_failed_all_is_up_and_the_first_stretch_is_named() -> None:
    found = worst(every(60, 0, DAY), DAY)[1.0]
    assert (found.value, found.start, found.known, found.worst) == (1.0, at(0), 1.0, 1.0)


def test_a_stretch_of_which_less_than_half_is_known_has_no_value_and_a_bound() -> None:
    """Down for 10 min, then silence: the hour after it is known too little, and may have been down throughout."""
    rows = every(60, 0, 2 * HOUR) + every(60, 2 * HOUR, 2 * HOUR + 600, "overloaded")
    found = worst(rows, DAY)
    assert found[1.0].value == pytest.approx(2 / 3)  # 20 min up, 10 min down, 30 min unknown
    assert (found[1.0].known, found[1.0].start) == (0.5, at(HOUR + 2400))
    assert found[1.0].worst == 0.0
    assert worst(every(60, 0, 600), 2 * HOUR)[1.0].value is None


def course(pieces: list[tuple[str, int]]) -> tuple[list[Row], int]:
    """Rows each second of a minute-like pattern: outcome for so many seconds; nothing where it is empty."""
    rows: list[Row] = []
    now = 0
    for outcome, length in pieces:
        rows += every(1, now, now + length, outcome) if outcome else []
        now += length
    return rows, now


pieces = st.lists(
    st.tuples(st.sampled_from(["ok", "ok_degraded", "server_error", "auth", ""]), st.integers(1, 25)), max_size=9
).map(lambda found: [("ok", 12), *found, ("ok", 12)])


@settings(max_examples=60)
@given(pieces=pieces, length=st.integers(1, 20).map(lambda half: 2 * half))  # half of it in whole seconds, too
def test_no_stretch_is_worse_than_the_one_found(pieces: list[tuple[str, int]], length: int) -> None:
    rows, end = course(pieces)
    told = line(rows, end).clip(int(at(0).timestamp()) * SECOND, int(at(end).timestamp()) * SECOND)
    if length > end:
        return
    found = windows.worst_of(told, length * SECOND)
    second = [State(told.states[(told.edges <= told.begin + s * SECOND).sum() - 1]) for s in range(end)]
    down = [state == State.DOWN for state in second]
    unknown = [state == State.UNKNOWN for state in second]
    values, bounds = [], []
    for start in range(end - length + 1):
        bad, lost = sum(down[start : start + length]), sum(unknown[start : start + length])
        bounds.append(1 - (bad + lost) / length)
        if 2 * (length - lost) >= length:
            values.append(1 - bad / (length - lost))
    assert found.worst == pytest.approx(min(bounds))
    assert found.value == (pytest.approx(min(values)) if values else None)

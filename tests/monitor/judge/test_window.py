"""Which time a judgement is about, where nobody has said."""

from datetime import timedelta

import pytest

from monitor.judge.window import Window, window
from tests.monitor.judge.frames import HOUR, Row, at, every, frame

NOW = at(10 * HOUR)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], Window(NOW, NOW, NOW)),
        (every(60, HOUR, 2 * HOUR), Window(at(HOUR), NOW, NOW)),  # silent since: that has to show
        (every(60, HOUR, 2 * HOUR, mode="imported"), Window(at(HOUR), at(7140) + MOMENT, at(7140) + MOMENT)),
        (
            every(60, HOUR, 2 * HOUR, mode="imported") + every(60, 9 * HOUR, 10 * HOUR),
            Window(at(HOUR), NOW, NOW),
        ),
        (every(60, 20 * HOUR, 21 * HOUR), Window(at(72_000), at(75_540) + MOMENT, at(75_540) + MOMENT)),
        ([{"planned_at": None, "mode": "scheduled"}], Window(NOW, NOW, NOW)),
    ],
    ids=["nothing", "measured here", "imported", "both", "by a clock that is ahead", "without a time"],
)
def test_from_the_first_row_until_now_or_to_the_end_of_a_history(rows: list[Row], expected: Window) -> None:
    assert window(frame(rows), NOW) == expected


def test_what_is_asked_for_is_taken() -> None:
    found = window(frame(every(60, 0, HOUR)), NOW, since=at(60), until=at(120))
    assert found == Window(at(60), at(120), NOW)


def test_a_window_does_not_end_before_it_begins() -> None:
    found = window(frame(every(60, 0, HOUR, mode="imported")), NOW, since=at(5 * HOUR))
    assert (found.since, found.until) == (at(5 * HOUR), at(5 * HOUR))

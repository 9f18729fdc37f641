"""Which time a judgement is about, where nobody has said."""

from datetime import datetime, timedelta

import pytest

from monitor.judge.window import Window, of
from tests.monitor.judge.frames import HOUR, at

NOW = at(10 * HOUR)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("first", "last", "imported", "expected"),
    [
        pytest.param(None, None, False, Window(NOW, NOW, NOW), id="nothing"),
        pytest.param(None, None, True, Window(NOW, NOW, NOW), id="nothing of anybody"),
        pytest.param(at(HOUR), at(7140), False, Window(at(HOUR), NOW, NOW), id="measured here, silent since: it shows"),
        pytest.param(at(HOUR), at(7140), True, Window(at(HOUR), at(7140) + MOMENT, at(7140) + MOMENT), id="imported"),
        pytest.param(
            at(72_000),
            at(75_540),
            False,
            Window(at(72_000), at(75_540) + MOMENT, at(75_540) + MOMENT),
            id="by a clock that is ahead",
        ),
    ],
)
def test_from_the_first_row_until_now_or_to_the_end_of_a_history(
    first: datetime | None, last: datetime | None, imported: bool, expected: Window
) -> None:
    assert of(first, last, NOW, imported=imported) == expected


def test_what_is_asked_for_is_taken() -> None:
    assert of(at(0), at(3540), NOW, since=at(60), until=at(120)) == Window(at(60), at(120), NOW)


def test_a_window_does_not_end_before_it_begins() -> None:
    found = of(at(0), at(3540), NOW, imported=True, since=at(5 * HOUR))
    assert (found.since, found.until) == (at(5 * HOUR), at(5 * HOUR))

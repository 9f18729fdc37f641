"""The foot of every page says how wrong its times may be, if anybody measured it."""

from dataclasses import replace

import pytest

from monitor.judge.result import OwnError
from reports.pages.shell import account
from tests.reports import build


@pytest.mark.parametrize(
    ("found", "told"),
    [
        pytest.param(None, "", id="not asked for"),
        pytest.param(OwnError(0, None, None, None, None, None, 0, 0.0), "", id="no run measured itself"),
        pytest.param(
            OwnError(40, 6.0, 8.0, 90.0, 0.4, 2.0, 0, 0.0),
            "its times are right to 90 ms in the worst of 40 runs",
            id="as always",
        ),
        pytest.param(
            OwnError(1_400, 6.0, 8.0, 90.0, 0.4, 2.0, 0, 0.0),
            "its times are right to 8.0 ms in 99 of 100 of 1,400 runs",
            id="many runs",
        ),
        pytest.param(
            OwnError(40, 6.0, 8.0, 90.0, 0.4, 2.0, 1, -3000.0),
            "in the worst of 40 runs, the wall clock was set 1 time, by up to 3.0 s",
            id="the clock was set",
        ),
    ],
)
def test_the_foot_of_a_page_says_how_wrong_its_times_may_be(found: OwnError | None, told: str) -> None:
    plain = build.four().instrument
    without = account(replace(plain, own_error=None))
    text = account(replace(plain, own_error=found))
    assert told in text
    assert (text == without) is (told == "")

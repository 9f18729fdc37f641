"""User and HTTP availability: what counts, what is good."""

from typing import Any

import pytest

from monitor.judge.result import Availability
from tests.monitor.judge.frames import HOUR, Row, every, judged, row


def available(rows: list[Row], end_s: float = 100 * HOUR) -> Availability:
    return judged(rows, end_s).availability


def images(outcome: str, count: int, start_s: float, **given: Any) -> list[Row]:  # noqa: ANN401 - any column
    return every(60, start_s, start_s + 60 * count, outcome, size="1K", **given)


def test_the_example_of_the_contract() -> None:
    rows = images("ok", 991, 0) + images("rate_limited", 4, 60_000) + images("server_error", 5, 61_000)
    said = judged(rows, 100 * HOUR)
    user, http = said.availability.user, said.availability.http
    assert (said.samples, said.outcomes) == (1000, {"ok": 991, "rate_limited": 4, "server_error": 5})
    assert (user.good, user.of) == (991, 996)
    assert user.value == pytest.approx(0.99498, abs=5e-6)
    assert (http.good, http.of) == (991, 996)
    assert user.low is not None
    assert user.high is not None
    assert 0.98 < user.low < 0.99498 < user.high < 0.998
    assert (said.errors.client, said.errors.server, said.errors.rate_limited) == (0.0, 0.005, 0.004)


GOOD_BOTH, BAD_BOTH, HTTP_ONLY, OUT = (1, 1, 1), (0, 0, 1), (0, 1, 1), (0, 0, 0)


@pytest.mark.parametrize(
    ("outcome", "given", "expected"),  # user good, http good, of
    [
        ("ok", {}, GOOD_BOTH),
        ("ok_degraded", {}, GOOD_BOTH),
        ("ok_no_image", {}, HTTP_ONLY),
        ("malformed", {}, HTTP_ONLY),
        ("truncated", {}, HTTP_ONLY),
        ("image_invalid", {}, HTTP_ONLY),
        ("server_error", {}, BAD_BOTH),
        ("server_error", {"status": 200}, HTTP_ONLY),  # an error inside of HTTP 200
        ("overloaded", {}, BAD_BOTH),
        ("timeout", {}, BAD_BOTH),
        ("timeout", {"status": 504}, BAD_BOTH),
        ("timeout", {"status": 200}, HTTP_ONLY),
        ("connection", {"attribution": "unknown"}, BAD_BOTH),
        ("connection", {"status": 0}, BAD_BOTH),  # others write no answer as 0
        ("ok", {"status": None}, GOOD_BOTH),  # others do not keep the status: an image came, so an answer did
        ("ok_no_image", {"status": None}, HTTP_ONLY),
        ("server_error", {"status": None}, BAD_BOTH),
        ("truncated", {"status": None}, BAD_BOTH),  # nobody can say that its head arrived
        ("blocked", {}, OUT),
        ("client_error", {}, OUT),
        ("auth", {}, OUT),
        ("balance", {}, OUT),
        ("rate_limited", {}, OUT),
        ("rate_limited", {"attribution": "provider"}, OUT),
        ("not_sent", {"detail": "budget"}, OUT),
        ("connection", {"attribution": "monitor"}, OUT),
        ("server_error", {"attribution": "monitor"}, OUT),
        ("ok", {"attribution": "monitor"}, OUT),
    ],
)
def test_what_counts_and_what_is_good(outcome: str, given: dict[str, Any], expected: tuple[int, int, int]) -> None:
    said = available([row(0, outcome, size="1K", **given)])
    assert (said.user.good, said.http.good, said.user.of) == expected
    assert said.user.of == said.http.of


@pytest.mark.parametrize(
    "given",
    [{"probe": "reach"}, {"probe": "burst", "mode": "ramp"}, {"probe": "baseline", "mode": "adhoc"}],
    ids=["reach", "burst", "by hand"],
)
def test_only_scheduled_image_probes_count(given: dict[str, Any]) -> None:
    user = available(every(60, 0, HOUR, **given)).user
    assert (user.good, user.of, user.value, user.low, user.high) == (0, 0, None, None, None)


def test_somebody_elses_schedule_counts() -> None:
    assert available(images("ok", 10, 0, mode="imported")).user.of == 10


def test_no_failure_in_twenty_is_not_certainty() -> None:
    user = available(images("ok", 20, 0)).user
    assert (user.value, user.high) == (1.0, 1.0)
    assert user.low == pytest.approx(1 - 0.1611, abs=5e-5)


def test_throttling_below_the_advertised_limit_is_a_number_of_its_own() -> None:
    rows = images("ok", 90, 0) + images("rate_limited", 6, 9000, attribution="provider")
    rows += images("rate_limited", 4, 12_000) + images("not_sent", 5, 15_000, detail="budget")
    throttled = available(rows).throttled_below_limit
    assert (throttled.good, throttled.of, throttled.value) == (6, 100, 0.06)


def test_rows_outside_of_the_window_do_not_count() -> None:
    rows = images("ok", 60, 0) + images("server_error", 60, 3600)
    assert judged(rows, HOUR).availability.user.value == 1.0
    assert judged(rows, 2 * HOUR, HOUR).availability.user.value == 0.0
    assert judged(rows, 2 * HOUR).availability.user.value == 0.5

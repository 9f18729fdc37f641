"""Time to detect, to the first success, to normal latency: bounds from when requests were sent and answered."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.judge.result import Recovery, Span
from monitor.judge.turnbull import masses, quantile
from tests.monitor.judge.frames import HOUR, Row, every, judged, row

DOWN = 2 * HOUR
IMAGE = {"size": "1K", "probe": "recovery"}


def extra(
    at: float, outcome: str = "ok", mode: str = "incident", size: str | None = None, total_ms: float = 100.0
) -> Row:
    """A request that the incident made us send."""
    return row(at, outcome, mode=mode, size=size, total_ms=total_ms) | {"probe": "recovery"}


def whole(back: float) -> list[Row]:
    """Everything fails from `DOWN` on, seen once a minute, until `back`."""
    return every(60, 0, DOWN) + every(60, DOWN, back, "overloaded") + every(60, back, 4 * HOUR)


def recovery_of(rows: list[Row]) -> Recovery:
    (outage,) = judged(rows, 4 * HOUR).incidents
    assert outage.recovery is not None
    return outage.recovery


def seconds(span: Span | None) -> tuple[float, float | None] | None:
    return None if span is None else (span.low, span.high)


def test_without_a_second_opinion_the_second_scheduled_failure_detects() -> None:
    found = recovery_of(whole(DOWN + 600))
    assert found.kind == "reach"
    assert seconds(found.detect_s) == (60.0, 120.1)  # it began within the minute before the first failure
    assert seconds(found.first_success_s) == (539.9, 660.1)


def test_a_second_opinion_detects_sooner_and_close_looks_tell_the_end_more_closely() -> None:
    looks = [extra(DOWN + 1.1, "overloaded", "confirm")]
    looks += [extra(DOWN + at, "overloaded") for at in range(15, 570, 15)] + [
        extra(DOWN + 570 + at) for at in (1, 16, 31)
    ]
    found = recovery_of([*whole(DOWN + 600), *looks])
    assert seconds(found.detect_s) == (1.1, 61.2)
    assert seconds(found.first_success_s) == (554.9, 631.1)


def test_an_answer_of_twenty_seconds_is_counted_from_when_it_was_sent_to_when_it_came() -> None:
    images = (
        every(900, 7, DOWN, size="1K", total_ms=20_000.0) + every(900, DOWN + 7, 4 * HOUR, "overloaded", size="1K")[:3]
    )
    images += every(900, DOWN + 7 + 2700, 4 * HOUR, size="1K", total_ms=20_000.0)
    found = recovery_of(images + every(60, 0, 4 * HOUR))
    assert found.kind == "image"
    assert seconds(found.first_success_s) == (1799.9, 2700.0 + 900.0 + 20.0)
    assert seconds(found.normal_latency_s) == (1799.9, 2700.0 + 900.0 + 1800.0 + 20.0)


@pytest.mark.parametrize(
    ("after_ms", "bounds"),
    [
        ([100.0] * 30, (539.9, 600.0 + 120.0 + 60.1)),  # the three of them are as usual
        ([900.0] * 10 + [100.0] * 30, (599.9 + 480.0, 600.0 + 60.0 + 11 * 60.0 + 0.1)),  # two of three are
        ([900.0] * 200, (600.0 + 12_000.0 - 180.0, None)),
    ],
    ids=["at once", "after ten minutes", "never"],
)
def test_normal_latency_is_three_in_a_row_within_a_quarter_of_the_usual_median(
    after_ms: list[float], bounds: tuple[float, float | None]
) -> None:
    rows = every(60, 0, DOWN) + every(60, DOWN, DOWN + 600, "overloaded")
    rows += [row(DOWN + 600 + number * 60, total_ms=ms) for number, ms in enumerate(after_ms)]
    found = recovery_of(rows)
    assert found.normal_latency_s is not None
    assert found.normal_latency_s.low == pytest.approx(bounds[0], abs=61)
    assert (found.normal_latency_s.high is None) == (bounds[1] is None)
    if bounds[1] is not None:
        assert found.normal_latency_s.high == pytest.approx(bounds[1], abs=61)


def test_an_outage_that_goes_on_has_no_upper_bound() -> None:
    found = recovery_of(every(60, 0, DOWN) + every(60, DOWN, 4 * HOUR, "overloaded"))
    assert found.first_success_s is not None
    assert found.first_success_s.high is None
    assert found.first_success_s.low == pytest.approx(2 * HOUR - 60.1)


@settings(max_examples=40)
@given(begin=st.floats(0, 60), lasts=st.floats(61, 3000), every_s=st.sampled_from([5.0, 15.0, 40.0]))
def test_the_bounds_hold_the_truth(begin: float, lasts: float, every_s: float) -> None:
    """An outage of all from any moment to any other, seen by the schedule and by looks of the service."""
    start, end = DOWN + begin, DOWN + begin + lasts
    scheduled = [
        row(at, "overloaded" if start <= at < end else "ok") for at in (60.0 * number for number in range(240))
    ]
    first = next(at for at in (60.0 * number for number in range(240)) if at >= start)
    looks = (first + 1.1 + every_s * number for number in range(int(lasts / every_s) + 4))
    rows = scheduled + [
        extra(at, "overloaded" if at < end else "ok", "confirm" if number == 0 else "incident")
        for number, at in enumerate(looks)
    ]
    incidents = judged(rows, 4 * HOUR).incidents
    if not incidents:
        assert first >= end
        return
    found = incidents[0].recovery
    assert found is not None
    assert found.first_success_s is not None
    assert found.first_success_s.high is not None
    assert found.first_success_s.low <= lasts + 1e-6 <= found.first_success_s.high + every_s + 60.0
    assert found.first_success_s.low <= lasts + 1e-6
    if found.detect_s is not None and found.detect_s.high is not None:
        assert found.detect_s.low <= found.detect_s.high


# --- many ---------------------------------------------------------------------------------------------------------


def test_turnbull_of_meeker_and_escobars_heat_exchanger() -> None:
    """100 tubes, inspected once a year: 1, 2 and 2 cracks were found (Meeker & Escobar 1998, example 1.4)."""
    tubes = [Span(0.0, 1.0)] + [Span(1.0, 2.0)] * 2 + [Span(2.0, 3.0)] * 2 + [Span(3.0, None)] * 95
    found = masses(tubes)
    assert [(span.low, span.high) for span, _ in found] == [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, None)]
    assert [mass for _, mass in found] == pytest.approx([0.01, 0.02, 0.02, 0.95], abs=1e-9)
    assert quantile(tubes, 0.05) == Span(2.0, 3.0)
    assert quantile(tubes, 0.5) == Span(3.0, None)


SPANS = st.lists(
    st.tuples(st.integers(0, 20), st.none() | st.integers(0, 10)).map(
        lambda pair: Span(float(pair[0]), None if pair[1] is None else float(pair[0] + pair[1]))
    ),
    min_size=1,
    max_size=15,
)


@settings(max_examples=40)
@given(spans=SPANS)
def test_the_shares_add_up_and_lie_where_durations_may_lie(spans: list[Span]) -> None:
    found = masses(spans)
    assert sum(mass for _, mass in found) == pytest.approx(1.0, abs=1e-6)
    for span, _ in found:
        high = math.inf if span.high is None else span.high
        assert any(one.low <= span.low + 1e-9 and high <= (math.inf if one.high is None else one.high) for one in spans)


@settings(max_examples=40)
@given(values=st.lists(st.integers(0, 50), min_size=1, max_size=20))
def test_durations_that_are_known_exactly_have_their_own_shares(values: list[int]) -> None:
    found = masses([Span(float(value), float(value)) for value in values])
    assert [span.high for span, _ in found] == sorted({float(value) for value in values})
    assert [mass for _, mass in found] == pytest.approx(
        [values.count(int(span.high or 0)) / len(values) for span, _ in found], abs=1e-6
    )


@pytest.mark.parametrize("outages", [9, 10])
def test_a_median_is_given_from_ten_outages_on(outages: int) -> None:
    rows: list[Row] = []
    for number in range(outages):
        begin = number * HOUR
        rows += every(60, begin, begin + 600) + every(60, begin + 600, begin + 1200, "overloaded")
        rows += every(60, begin + 1200, begin + HOUR)
    found = judged(rows, outages * HOUR).recovery
    assert found is not None
    assert found.first_success_s.n == outages
    assert (found.first_success_s.median is not None) == (outages == 10)
    if found.first_success_s.median is not None and found.first_success_s.interval is not None:
        assert found.first_success_s.median.low <= 600.0 <= (found.first_success_s.median.high or math.inf)
        assert found.first_success_s.interval.low <= 600.0 <= (found.first_success_s.interval.high or math.inf)

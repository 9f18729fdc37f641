"""Exact quantiles: values that occurred, bounded or not given."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.judge.quantiles import quantile
from monitor.judge.result import Latency
from tests.monitor.judge.frames import HOUR, Row, every, judged, row


def images(times_ms: list[float], size: str | None = "1K", failures: int = 0, mode: str = "scheduled") -> list[Row]:
    rows = [row(60.0 * i, probe="baseline", size=size, total_ms=ms, mode=mode) for i, ms in enumerate(times_ms)]
    last_s = 60.0 * len(times_ms)
    return rows + every(60, last_s, last_s + 60 * failures, "timeout", probe="baseline", size=size)


def latency(rows: list[Row], key: str = "1K") -> Latency:
    return judged(rows, 1000 * HOUR).latency_ms[key]


def test_one_to_two_hundred_has_the_order_statistics_of_the_method() -> None:
    said = latency(images([float(i) for i in range(1, 201)]))
    assert said.p95 is not None
    assert (said.p95.value, said.p95.low, said.p95.high, said.p95.n) == (190.0, 184.0, 197.0, 200)
    assert said.p50 is not None
    assert said.p50.value == 100.0
    assert said.p99 is None  # 200 cannot bound it
    assert said.mean == pytest.approx(100.5)


@pytest.mark.parametrize(
    ("n", "known"),
    [(0, "---"), (4, "---"), (5, "p--"), (58, "p--"), (59, "pp-"), (298, "pp-"), (299, "ppp")],
)
def test_a_quantile_that_the_sample_cannot_bound_is_not_given(n: int, known: str) -> None:
    said = latency([*images([float(i) for i in range(n)]), row(9e5, "timeout", size="1K")])
    assert [q is not None for q in (said.p50, said.p95, said.p99)] == [mark == "p" for mark in known]


def test_an_upper_end_that_needs_more_requests_is_left_open() -> None:
    said = latency(images([float(i) for i in range(1, 60)]))
    assert said.p95 is not None
    assert (said.p95.value, said.p95.high) == (57.0, None)


def test_counted_from_the_planned_start() -> None:
    said = latency([row(60.0 * i, size="1K", lateness_ms=500.0, total_ms=8000.0) for i in range(5)])
    assert said.p50 is not None
    assert said.p50.value == 8500.0


@pytest.mark.parametrize("failures", [0, 3, 5])
def test_failures_are_infinitely_slow_in_the_time_to_an_image(failures: int) -> None:
    said = latency(images([float(i) for i in range(1, 101 - failures)], failures=failures))
    assert (said.n, said.failed) == (100 - failures, failures)
    to_image = said.time_to_image
    assert to_image.p95 is not None
    assert to_image.p95.value == 95.0
    assert (to_image.p95.high is None) == (failures > 0)
    assert to_image.p95.n == 100


def test_a_quantile_among_the_failures_is_not_given() -> None:
    said = latency(images([float(i) for i in range(1, 95)], failures=6))
    assert said.p95 is not None
    assert said.time_to_image.p95 is None
    assert said.time_to_image.p50 is not None


@pytest.mark.parametrize("outcome", ["blocked", "rate_limited", "auth", "client_error", "balance"])
def test_what_tells_nothing_of_the_provider_is_no_failure(outcome: str) -> None:
    said = latency([*images([1.0] * 10), row(9000, outcome, size="1K")])
    assert (said.n, said.failed) == (10, 0)


def test_sizes_are_kept_apart() -> None:
    rows = images([1000.0] * 10) + [row(60.0 * i, size="4K", total_ms=9000.0) for i in range(10)]
    said = judged(rows, 1000 * HOUR).latency_ms
    assert {size: found.p50.value if found.p50 else None for size, found in said.items()} == {"1K": 1000, "4K": 9000}


def test_image_rows_without_a_size_are_kept_as_all() -> None:
    assert list(judged(images([1.0], size=None, mode="imported"), HOUR).latency_ms) == ["all"]


def test_reach_is_told_only_where_nothing_else_is_measured() -> None:
    assert list(judged(every(60, 0, HOUR), HOUR).latency_ms) == ["reach"]
    assert list(judged(every(60, 0, HOUR) + images([1.0]), HOUR).latency_ms) == ["1K"]


@pytest.mark.parametrize("given_", [{"mode": "adhoc"}, {"probe": "burst"}])
def test_only_scheduled_image_probes_count(given_: dict[str, str]) -> None:
    assert judged([row(60.0 * i, **({"probe": "baseline"} | given_)) for i in range(9)], HOUR).latency_ms == {}


def test_the_curve_ends_below_one_where_some_failed_and_has_at_most_200_points() -> None:
    curve = latency(images([float(i) for i in range(1, 951)], failures=50)).ecdf
    assert len(curve) == 200
    assert curve[0] == (1.0, 0.001)
    assert curve[-1] == (950.0, 0.95)
    assert [share for _, share in curve] == sorted(share for _, share in curve)
    assert all(share == ms / 1000 for ms, share in curve)


@given(values=st.lists(st.floats(0, 1e6), min_size=5, max_size=400), q=st.sampled_from([0.5, 0.95, 0.99]))
def test_a_quantile_occurred_and_lies_within_its_interval(values: list[float], q: float) -> None:
    found = quantile(np.sort(np.array(values)), q)
    if found is not None:
        assert found.value in values
        assert found.low is None or found.low in values
        assert (found.low or 0.0) <= found.value <= (np.inf if found.high is None else found.high)


def test_phases_leave_out_what_an_exchange_did_not_have() -> None:
    cold: dict[str, Any] = {
        "dns_ms": 10.0,
        "connect_ms": 20.0,
        "tls_ms": 30.0,
        "upload_ms": 1.0,
        "wait_ms": 5000.0,
        "download_ms": 9.0,
    }
    warm: dict[str, Any] = {"upload_ms": 1.0, "wait_ms": 5000.0, "download_ms": 9.0}
    phases = judged([row(60.0 * i, size="1K", **(cold if i < 2 else warm)) for i in range(9)], HOUR).phases_ms
    assert (phases.network.n, phases.network.p50) == (9, 1.0)
    assert (phases.processing.p50, phases.return_.p50, phases.processing.p95) == (5000.0, 9.0, None)
    none = judged([row(60.0 * i, size="1K") for i in range(9)], HOUR).phases_ms
    assert (none.network.n, none.network.p50) == (0, None)


def test_latency_by_hour_is_that_of_1k_images() -> None:
    rows = [row(60.0 * i, size="1K", total_ms=1000.0 + (i // 60)) for i in range(120)]
    rows += [row(60.0 * i, size="4K", total_ms=9.0) for i in range(500)]
    by_hour = judged(rows, 10 * HOUR).by_hour
    assert {hour: (phase.n, phase.p50) for hour, phase in by_hour.items()} == {"00": (60, 1000.0), "01": (60, 1001.0)}


def test_each_phase_has_its_share_of_all_the_time() -> None:
    rows = [
        row(60.0 * i, size="1K", upload_ms=100.0, wait_ms=700.0, download_ms=200.0, total_ms=1000.0) for i in range(9)
    ]
    phases = judged(rows, HOUR).phases_ms
    shares = [phase.share for phase in (phases.network, phases.processing, phases.return_)]
    assert shares == pytest.approx([0.1, 0.7, 0.2])


def test_new_and_kept_connections_are_never_mixed() -> None:
    new = [row(60.0 * i, size="1K", total_ms=1500.0 + i, conn_reused=False) for i in range(40)]
    kept = [row(60.0 * i + 30, size="1K", total_ms=1000.0 + i, conn_reused=True) for i in range(40)]
    said = latency(new + kept)
    assert said.cold is not None
    assert said.warm is not None
    assert said.cold.p50 is not None
    assert said.warm.p50 is not None
    assert (said.cold.p50.value, said.warm.p50.value) == (1519.0, 1019.0)
    assert said.cold_extra is not None
    assert said.cold_extra.value == pytest.approx(500.0)
    none = latency(images([1.0] * 9))
    assert (none.cold, none.warm, none.cold_extra) == (None, None, None)


def test_every_size_has_its_hours() -> None:
    rows = images([5.0] * 120) + [row(60.0 * i, size="4K", total_ms=9.0) for i in range(60)]
    said = judged(rows, 10 * HOUR).latency_ms
    assert {size: {hour: of.n for hour, of in one.by_hour.items()} for size, one in said.items()} == {
        "1K": {"00": 60, "01": 60},
        "4K": {"00": 60},
    }


def test_a_timeout_at_a_short_deadline_is_no_proof_of_a_long_time() -> None:
    """Half of the requests waited 30 s only: a success after 50 s shows that deadlines differed."""
    rows = [row(60.0 * i, size="1K", total_ms=20_000.0 if i % 2 else 50_000.0) for i in range(60)]
    cut = [row(60.0 * i + 7, "timeout", size="1K", detail="ttfb", total_ms=30_000.0) for i in range(30)]
    refused = [row(60.0 * i + 9, "server_error", size="1K") for i in range(2)]
    said = latency(rows + cut).time_to_image.p50
    assert said is not None
    assert (said.value, said.n) == (50_000.0, 90)
    assert "Kaplan-Meier" in said.method
    whole = latency(rows + cut + refused)
    assert whole.ecdf[-1][1] < 1.0  # what the server refused never came
    assert latency(rows + refused).time_to_image.p50 is not None

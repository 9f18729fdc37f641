"""Bounds of a limit that we simulate contain the truth, and are tight; what was not met is not claimed."""

from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.judge import limit_words
from monitor.judge.facts import ProviderFacts
from monitor.judge.result import RateLimit, Span
from tests.monitor.judge.frames import HOUR, Row, at, judged, row
from tests.monitor.judge.limiters import (
    Limiter,
    evenly,
    fixed_window,
    jitter,
    offered,
    sliding_log,
    token_bucket,
    unlimited,
)


def limit(rows: Sequence[Row], advertised_rpm: float | None = 1000.0, planned_rpm: float | None = None) -> RateLimit:
    return judged(
        rows, 100 * HOUR, facts=ProviderFacts(advertised_rpm=advertised_rpm), planned_rpm=planned_rpm
    ).rate_limit


def contains(span: Span | None, value: float) -> bool:
    return span is not None and span.low <= value <= (float("inf") if span.high is None else span.high)


@pytest.mark.parametrize("duration_s", [60.0, 120.0])
@pytest.mark.parametrize(
    ("late_s", "delay_s"),
    [(0.0, 0.0), (0.005, 0.0), (0.0, 0.05), (0.1, 0.05), (0.3, 0.3)],
    ids=["exact", "a little late", "on the way", "both", "overlapping"],
)
def test_429_at_300_of_an_advertised_1000_rpm_is_30_percent(duration_s: float, late_s: float, delay_s: float) -> None:
    rows = offered(
        token_bucket(300, 10),
        evenly(500, duration_s),
        lateness_s=jitter(late_s, 1),
        delay_s=jitter(delay_s, 2),
        refusal_s=0.02,
    )
    said = limit(rows)
    assert said.achieved_share is not None
    assert 0.28 <= said.achieved_share <= 0.32
    assert contains(said.sustained_rpm, 300)
    assert contains(said.burst, 10)
    assert said.offered_rpm == pytest.approx(500, rel=0.01)


def test_an_exact_run_bounds_rate_and_bucket_tightly_and_names_the_kind() -> None:
    said = limit(offered(token_bucket(300, 10), evenly(500, 60)))
    assert said.sustained_rpm is not None
    assert said.sustained_rpm.high is not None
    assert said.sustained_rpm.high - said.sustained_rpm.low < 0.01 * 300
    assert said.burst is not None
    assert said.burst.high is not None
    assert said.burst.high - said.burst.low < 2.5
    assert said.kind == "token_bucket"
    assert said.accepted + said.rejected == 500
    assert said.method.startswith("1 of 1 load runs met 429s")


@settings(max_examples=30)
@given(
    rpm=st.floats(30, 600),
    capacity=st.integers(2, 60),
    excess=st.floats(1.3, 3.0),
    late_s=st.sampled_from([0.0, 0.01, 0.2]),
    delay_s=st.sampled_from([0.0, 0.03, 0.4]),
    seed=st.integers(0, 99),
)
def test_bounds_of_any_token_bucket_hold_the_truth(
    rpm: float, capacity: int, excess: float, late_s: float, delay_s: float, seed: int
) -> None:
    # a bucket so small that uneven arrivals run it over has no rate of its own: what it accepts depends on them
    assume(capacity > 2 + 1 / (excess - 1) + 2 * rpm / 60 * (late_s + delay_s))
    rows = offered(
        token_bucket(rpm, capacity),
        evenly(rpm * excess, 120),
        lateness_s=jitter(late_s, seed),
        delay_s=jitter(delay_s, seed + 1),
    )
    said = limit(rows)
    if said.sustained_rpm is not None and said.rejected:
        assert contains(said.sustained_rpm, rpm)
        assert contains(said.burst, capacity)
    assert said.kind in {"token_bucket", "none_found", None}


@pytest.mark.parametrize("delay_s", [0.0, 0.3], ids=["in order", "overlapping"])
def test_a_pause_in_which_the_bucket_runs_over_does_not_lower_the_rate(delay_s: float) -> None:
    starts = [start + (20.0 if start > 15 else 0.0) for start in evenly(500, 60)]
    said = limit(offered(token_bucket(300, 10), starts, delay_s=jitter(delay_s, 5)))
    assert contains(said.sustained_rpm, 300)
    assert said.achieved_share == pytest.approx(0.3, abs=0.01)


def test_a_fixed_window_is_told_by_its_crowds_and_has_its_own_rate() -> None:
    said = limit(offered(fixed_window(100, 60.0, phase_s=-25.0), evenly(240, 300)), 120.0)
    assert said.kind == "fixed_window"
    assert contains(said.sustained_rpm, 100)
    assert said.achieved_share == pytest.approx(100 / 120, rel=0.03)


def test_a_sliding_log_is_not_mistaken_for_anything_else() -> None:
    said = limit(offered(sliding_log(100, 60.0), evenly(240, 300)), 120.0)
    assert said.kind is None
    assert contains(said.sustained_rpm, 100)


def test_a_short_run_at_a_fixed_window_has_wide_bounds_rather_than_wrong_ones() -> None:
    said = limit(offered(fixed_window(300, 60.0, phase_s=-40.0), evenly(1200, 60)))
    assert contains(said.sustained_rpm, 300)
    assert said.sustained_rpm is not None
    assert (said.sustained_rpm.high or 1e9) - said.sustained_rpm.low > 300
    assert said.kind is None


def test_a_spent_daily_quota_is_a_rate_of_nearly_nothing() -> None:
    said = limit(offered(fixed_window(50, 86_400.0), evenly(60, 600)))
    assert said.sustained_rpm is not None
    assert said.sustained_rpm.low == 0.0
    assert (said.sustained_rpm.high or 0.0) < 0.2


@pytest.mark.parametrize(
    ("offered_rpm", "kind", "share"),
    [(500.0, None, None), (1000.0, "none_found", 1.0), (1200.0, "none_found", 1.2)],
    ids=["below what is advertised", "as advertised", "above"],
)
def test_without_a_429_the_limit_lies_above_what_was_held(
    offered_rpm: float, kind: str | None, share: float | None
) -> None:
    said = limit(offered(unlimited, evenly(offered_rpm, 60)))
    assert said.sustained_rpm is not None
    assert said.sustained_rpm.low == pytest.approx(offered_rpm)
    assert said.sustained_rpm.high is None
    assert said.kind == kind
    assert said.achieved_share == (None if share is None else pytest.approx(share))
    assert said.rejected == 0


@pytest.mark.parametrize(("rpm", "duration_s"), [(300.0, 15.0), (12.0, 60.0)], ids=["too short", "too few"])
def test_a_run_that_is_too_short_sustained_nothing(rpm: float, duration_s: float) -> None:
    said = limit(offered(unlimited, evenly(rpm, duration_s)))
    assert (said.sustained_rpm, said.achieved_share, said.offered_rpm) == (None, None, None)


def test_what_failed_was_accepted_and_what_got_no_answer_counts_for_neither() -> None:
    rows = offered(unlimited, evenly(60, 60))
    rows[5] |= {"outcome": "server_error", "status": 500}
    rows[6] |= {"outcome": "connection", "status": None}
    rows[7] |= {"outcome": "auth", "status": 401}
    assert limit(rows).accepted == 58


def test_a_burst_shows_what_is_accepted_at_once() -> None:
    said = limit(
        offered(token_bucket(300, 60), [0.0] * 100, delay_s=jitter(0.3, 3), probe="burst", mode="ramp", refusal_s=0.02)
    )
    assert contains(said.burst, 60)
    assert said.burst is not None
    assert said.burst.low > 50
    assert said.sustained_rpm is None
    assert said.kind is None


def test_waves_do_not_pass_for_a_sustained_rate() -> None:
    waves = [30.0 * (i // 50) for i in range(150)]
    assert limit(offered(token_bucket(60, 20), waves, probe="burst", mode="ramp")).sustained_rpm is None


def test_a_burst_that_is_accepted_whole_has_no_upper_bound() -> None:
    said = limit(offered(unlimited, [0.0] * 100, probe="burst", mode="ramp"), None)
    assert said.burst == Span(100.0, None)


def run(limiter: Limiter, start_s: float, name: str) -> list[Row]:
    rows = offered(limiter, evenly(500, 60), run=name)
    return [r | {"planned_at": at((r["planned_at"] - at(0)).total_seconds() + start_s),
                 "sent_at": at((r["sent_at"] - at(0)).total_seconds() + start_s),
                 "sample_id": f"{name}{r['seq']}"} for r in rows]  # fmt: skip


def test_runs_that_agree_are_taken_together_and_those_that_do_not_are_spanned() -> None:
    one = limit(run(token_bucket(300, 10), 0, "a"))
    same = limit(run(token_bucket(300, 10), 0, "a") + run(token_bucket(300, 10), 9000, "b"))
    other = limit(run(token_bucket(300, 10), 0, "a") + run(token_bucket(200, 10), 9000, "b"))
    assert one.sustained_rpm == same.sustained_rpm
    assert contains(other.sustained_rpm, 300)
    assert contains(other.sustained_rpm, 200)
    assert "disagree" in other.method


def test_a_burst_that_is_cut_does_not_hide_the_rate_that_another_run_held() -> None:
    burst = offered(token_bucket(300, 20), [0.0] * 30, probe="burst")
    steady = offered(unlimited, [HOUR + start_s for start_s in evenly(150, 30)], run="run-2")
    said = limit(burst + steady, 300)
    assert said.sustained_rpm is not None
    assert said.sustained_rpm.low == pytest.approx(150, rel=0.02)
    assert said.sustained_rpm.high is None
    assert said.achieved_share is None


@pytest.mark.parametrize(("planned", "headroom"), [(150.0, 0.5), (600.0, -1.0), (None, None)])
def test_headroom_is_what_our_peak_leaves_of_the_lower_bound(planned: float | None, headroom: float | None) -> None:
    said = limit(offered(token_bucket(300, 10), evenly(500, 120)), planned_rpm=planned).headroom
    assert said == (None if headroom is None else pytest.approx(headroom, abs=0.01))


def test_what_was_not_probed_is_not_known() -> None:
    assert limit([], 300.0) == RateLimit(300.0, None, None, None, None, None, None, None, None, 0, 0, "not probed")


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(290.4, 309.2, "290 to 310"), (300.0, 300.0, "300")],
    ids=["outwards", "exact"],
)
def test_certain_bounds_are_never_said_narrower_than_they_are(low: float, high: float, said: str) -> None:
    limit = RateLimit(1000, Span(low, high), None, None, None, None, None, None, None, 1, 1, stated_requests=1_000.0)
    assert [line for line in limit_words.sentences(limit).says if f"lets through less: {said}." in line]


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.booleans(), st.floats(0, 90_000), st.one_of(st.none(), st.floats(0, 90_000))),
        min_size=2,
        max_size=12,
    )
)
def test_a_run_whose_phases_last_longer_than_the_whole_is_judged_all_the_same(
    asked: list[tuple[int, bool, float, float | None]],
) -> None:
    """Rows may contradict themselves; then a connection stood when the answer was back, at the latest."""
    rows = [
        row(
            second, "rate_limited" if refused else "ok", size="1K", probe="burst", mode="sustain" if n % 2 else "ramp",
            run_id="run", seq=n, dns_ms=dns_ms, total_ms=total_ms,
        )
        for n, (second, refused, dns_ms, total_ms) in enumerate(asked)
    ]  # fmt: skip
    limit = judged(rows, HOUR).rate_limit
    assert (limit.accepted, limit.rejected) == (sum(not one[1] for one in asked), sum(one[1] for one in asked))

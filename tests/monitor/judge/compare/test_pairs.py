"""Two providers on the same blocks: ratio, failures, verdicts, and what is not judged."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.judge.columns import Rows, by_provider
from monitor.judge.compare import backup, holm
from monitor.judge.compare.blocks import Blocks, asked, of
from monitor.judge.compare.signed_ranks import centre
from tests.monitor.judge.compare.worlds import verdict
from tests.monitor.judge.frames import DAY, Row, columns, row

EVERY_S = 900.0


def pair(ms: list[tuple[float, float]], per_day: int = 96) -> Blocks:
    """Blocks of `a` and `b` in order of time; infinite: it failed; NaN: it does not count."""
    table = np.array(ms)
    t = np.arange(len(ms)) * (86_400_000_000 // per_day)
    there = np.ones_like(table, dtype=bool)
    return Blocks("1K", ("a", "b"), t, t // 86_400_000_000, table, there, ~there)


def test_the_ratio_is_that_of_the_times_within_a_block() -> None:
    rng = np.random.default_rng(1)
    base = rng.lognormal(9, 1, 60)
    said = verdict(pair([(ms * 1.25 * f, ms) for ms, f in zip(base, rng.lognormal(0, 0.05, 60), strict=True)]))
    assert said.ratio is not None
    assert said.ratio.value == pytest.approx(1.25, abs=0.02)
    assert (said.verdict, said.blocks, said.days, said.ratio.n) == ("different", 60, 1, 60)
    assert said.cliffs_delta is not None
    assert said.cliffs_delta > 0  # a takes longer
    assert "another week may differ" in said.reason


@pytest.mark.parametrize(("blocks", "verdict_"), [(29, "not_judged"), (30, "no_difference")])
def test_fewer_than_30_blocks_are_not_judged(blocks: int, verdict_: str) -> None:
    rng = np.random.default_rng(2)
    said = verdict(pair([tuple(rng.lognormal(9, 0.2, 2)) for _ in range(blocks)]))
    assert said.verdict == verdict_
    assert (said.ratio is None) == (verdict_ == "not_judged")


def test_blocks_in_which_one_does_not_count_are_left_out() -> None:
    said = verdict(pair([(8.0, 8.0)] * 40 + [(math.nan, 9.0)] * 5))
    assert (said.blocks, said.verdict) == (40, "no_difference")


def test_a_failure_is_slower_than_every_answer_and_is_told() -> None:
    """`a` answers a little faster and fails in a fifth of all blocks: the answers alone would call it faster."""
    rng = np.random.default_rng(3)
    times = [(math.inf if i % 5 == 0 else 7.6 * rng.lognormal(0, 0.3), 8.0 * rng.lognormal(0, 0.3)) for i in range(300)]
    answered = [both for both in times if math.isfinite(both[0])]
    kept, dropped = verdict(pair(times, per_day=300)), verdict(pair(answered, per_day=300))
    assert kept.ratio is not None
    assert dropped.ratio is not None
    assert kept.ratio.value > 1 > dropped.ratio.value
    assert (kept.b_only, kept.a_only, kept.neither) == (60, 0, 0)
    assert "a alone failed in 60, b alone in 0, both in 0" in kept.reason


def test_where_both_failed_neither_was_faster() -> None:
    said = verdict(pair([(8.0, 8.0 + i % 2) for i in range(40)] + [(math.inf, math.inf)] * 9))
    assert (said.neither, said.blocks) == (9, 49)


def test_a_ratio_that_lies_among_failures_is_not_given_and_still_told_apart() -> None:
    said = verdict(pair([(math.inf if i % 10 else 8.0, 8.0) for i in range(100)]))
    assert (said.ratio, said.verdict) == (None, "different")


def test_fourteen_days_are_taken_as_days() -> None:
    rng = np.random.default_rng(4)
    said = verdict(pair([tuple(rng.lognormal(9, 0.2, 2)) for _ in range(14 * 8)], per_day=8))
    assert said.ratio is not None
    assert "a day as one observation, 14 days" in said.ratio.method
    assert said.days == 14


# --- rows -> blocks -------------------------------------------------------------------------------------------


def block(number: int, **outcomes: str) -> list[Row]:
    """One block of these providers with what came of each."""
    return [
        row(
            number * EVERY_S + i,
            outcome,
            size="1K",
            provider=name,
            block_id=f"block {number}",
            total_ms=1000.0 * (i + 1),
        )
        for i, (name, outcome) in enumerate(outcomes.items())
    ]


def blocks_of(rows: Rows, since: int = 0) -> list[Blocks]:
    each = by_provider(rows)
    return list(of([one for name in each for one in asked(name, each[name])], since))


def test_rows_of_one_block_stand_side_by_side() -> None:
    rows = block(1, b="ok", a="timeout") + block(0, a="ok", b="rate_limited", c="ok_degraded")
    (found,) = blocks_of(columns(rows))
    assert found.providers == ("a", "b", "c")
    np.testing.assert_array_equal(found.ms, [[1000.0, np.nan, 3000.0], [np.inf, 1000.0, np.nan]])
    np.testing.assert_array_equal(found.planned, [[True, True, True], [True, True, False]])
    np.testing.assert_array_equal(found.degraded, [[False, False, True], [False, False, False]])


@pytest.mark.parametrize("other", [{"probe": "burst"}, {"mode": "adhoc"}, {"block_id": None}], ids=str)
def test_only_scheduled_rows_of_a_block_are_compared(other: dict[str, str | None]) -> None:
    assert blocks_of(columns(one | other for one in block(0, a="ok", b="ok"))) == []


def test_providers_that_were_read_apart_stand_side_by_side_as_those_that_were_read_together() -> None:
    rows = [one for number in (5, 3, 9) for one in block(number, a="ok", b="timeout", c="ok")] + block(7, b="ok")
    apart = [columns(one for one in rows if one["provider"] == name) for name in "abc"]
    (found,) = of([one for name, of_it in zip("abc", apart, strict=True) for one in asked(name, of_it)], 0)
    (together,) = blocks_of(columns(rows))
    assert found.providers == together.providers
    for name in ("t", "day", "ms", "planned", "degraded"):
        np.testing.assert_array_equal(getattr(found, name), getattr(together, name))


@pytest.mark.parametrize(
    ("why", "ms"),
    [
        pytest.param({"attribution": "network", "control_ok": False}, np.nan, id="our own network"),
        pytest.param({"attribution": "client", "control_ok": True}, np.nan, id="our deadline"),
        pytest.param({"attribution": "unknown", "control_ok": None}, np.nan, id="nobody who is known"),
        pytest.param({"attribution": "network", "control_ok": True}, np.inf, id="its network: the control passed"),
        pytest.param({"attribution": "provider", "control_ok": None}, np.inf, id="its own"),
    ],
)
def test_what_was_not_the_providers_doing_is_not_compared(why: dict[str, str | bool | None], ms: float) -> None:
    rows = block(0, a="timeout", b="ok")
    rows[0] |= why
    (found,) = blocks_of(columns(rows))
    np.testing.assert_array_equal(found.ms, [[ms, 2000.0]])
    assert found.planned.all()


def test_days_are_counted_from_the_beginning_of_the_window() -> None:
    rows = columns(block(0, a="ok", b="ok") + block(96, a="ok", b="ok"))
    assert [list(found.day) for found in blocks_of(rows, int(rows.t[0]))] == [[0, 1]]
    assert [list(found.day) for found in blocks_of(rows, int(rows.t[0] - DAY * 5e5))] == [[0, 1]]


# --- the mathematics ------------------------------------------------------------------------------------------


def test_holm_is_that_of_statsmodels() -> None:
    p_values = [0.01, 0.04, 0.03, 0.005, 0.5, 0.0001, 0.04]
    assert holm.adjusted(p_values) == pytest.approx([0.05, 0.12, 0.12, 0.03, 0.5, 0.0007, 0.12])
    assert holm.adjusted([]) == []


@given(st.lists(st.floats(0, 1), max_size=30))
def test_holm_never_lowers_a_p_value_and_keeps_their_order(p_values: list[float]) -> None:
    found = holm.adjusted(p_values)
    assert all(p <= adjusted <= 1 for p, adjusted in zip(p_values, found, strict=True))
    assert sorted(found) == [found[i] for i in sorted(range(len(found)), key=lambda i: p_values[i])]


def test_the_signed_ranks_are_those_of_r() -> None:
    """wilcox.test(depression$first, depression$second, paired = TRUE, conf.int = TRUE) of Hollander & Wolfe."""
    first = np.array([1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30])
    second = np.array([0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29])
    found = centre(first - second)
    assert found.p_value == pytest.approx(0.03906, abs=5e-6)
    assert found.value == pytest.approx(0.46, abs=5e-4)
    assert found.low == pytest.approx(0.010)
    assert found.high == pytest.approx(0.786)


@given(st.lists(st.floats(-5, 5), min_size=6, max_size=40))
def test_the_centre_lies_in_its_interval_and_turns_with_the_sides(values: list[float]) -> None:
    there, back = centre(np.array(values)), centre(-np.array(values))
    assert there.value is not None
    assert back.value == pytest.approx(-there.value, abs=1e-9)
    assert there.p_value == pytest.approx(back.p_value, rel=1e-6)
    if there.low is not None and there.high is not None:
        assert there.low - 1e-9 <= there.value <= there.high + 1e-9


# --- primary and backup ---------------------------------------------------------------------------------------


def test_a_backup_serves_where_the_primary_did_not() -> None:
    bad_a, bad_b = {3, 4, 50}, {50, 51}
    (found,) = backup.of(
        [pair([(math.inf if i in bad_a else 8.0, math.inf if i in bad_b else 9.0) for i in range(96)])]
    )
    assert (found.primary, found.backup) == ("b", "a")
    assert (found.blocks, found.primary_good, found.backup_good, found.either_good) == (96, 94, 93, 95)
    assert found.value == pytest.approx(95 / 96)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 95 / 96 < found.high <= 1.0
    assert "(1)" in found.method


def test_of_few_shared_blocks_only_the_counts_are_told() -> None:
    (found,) = backup.of([pair([(8.0, 8.0)] * 29)])
    assert (found.either_good, found.value, found.low) == (29, None, None)


def test_providers_that_were_never_asked_together_are_no_pair() -> None:
    assert backup.of([pair([(math.nan, 8.0), (8.0, math.nan)])]) == ()

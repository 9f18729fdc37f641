"""The simulation in small: errors stay below 5 %, and the printed figures are those of the defaults in force."""

import json
from typing import Any

import numpy as np
import pytest
from scipy import stats

from monitor.judge import downtime, record
from monitor.judge.columns import SECOND, micros
from monitor.judge.frames import rows_of
from monitor.judge.timeline import timeline
from tests.monitor.judge.frames import T0, at, minutes
from tests.simulation import outages
from tests.simulation.__main__ import FIGURES, PAGE, rounded
from tests.simulation.outages import Kind
from tests.simulation.page import page
from tests.simulation.study import at_other_promises, at_the_truth, constants, percentile, rhythms, uptime

FEW = 150
PRINTED: dict[str, Any] = json.loads(FIGURES.read_text(encoding="utf-8"))


def test_the_printed_figures_belong_to_the_defaults_in_force() -> None:
    assert PRINTED["constants"] == rounded(constants()), "run `make simulate-claims`"
    assert PAGE.read_text(encoding="utf-8") == page(PRINTED), "run `make simulate-claims`"


def test_every_printed_error_at_99_9_percent_is_below_5_percent() -> None:
    rows = PRINTED["uptime"]["at_the_truth"]
    assert {(row["mean_min"], row["lengths"]) for row in rows} == {(k.mean_min, k.lengths) for k in at_the_truth()}
    assert {row["mean_min"] for row in rows} == {10.0, 30.0, 120.0}
    assert all(row["days"] == 365 and row["providers"] >= 1000 for row in rows)
    assert max(max(row["refuted_high"], row["confirmed_high"]) for row in rows) < 0.05  # the noise included


def test_every_printed_error_of_other_promises_is_below_5_percent_with_outages_of_2_hours() -> None:
    rows = PRINTED["uptime"]["other_promises"]
    assert {(row["lengths"], row["promised"]) for row in rows} == {(k.lengths, k.uptime) for k in at_other_promises()}
    assert max(max(row["refuted_high"], row["confirmed_high"]) for row in rows) < 0.05


@pytest.mark.parametrize("mean_min", [10.0, 30.0, 120.0])
def test_a_small_run_errs_no_more_than_the_printed_one(mean_min: float) -> None:
    found = uptime(Kind(mean_min, "exponential", 0.999), 0.999, FEW)
    (printed,) = (
        row for row in PRINTED["uptime"]["at_the_truth"]
        if (row["mean_min"], row["lengths"]) == (mean_min, "exponential")
    )  # fmt: skip
    for seen, expected in ((found.refuted, printed["refuted_high"]), (found.confirmed, printed["confirmed_high"])):
        assert seen * FEW <= stats.binom.isf(1e-4, FEW, expected)
        assert seen < 0.05


def test_a_promise_that_is_broken_is_found_out() -> None:
    assert uptime(Kind(30.0, "exponential", 0.99), 0.999, 20).refuted == 1.0


def test_percentiles_err_no_more() -> None:
    found = percentile(rhythms()[1], FEW // 5, days=120)
    assert max(found.refuted, found.confirmed) * (FEW // 5) <= stats.binom.isf(1e-3, FEW // 5, 0.05)


def test_what_is_simulated_is_what_the_timeline_makes_of_the_rows() -> None:
    days = 20
    rng = np.random.default_rng(3)
    edges, states = outages.seen(rng, Kind(30.0, "exponential", 0.99), days * outages.DAY_S)
    looks_ = np.arange(days * 1440, dtype=np.int64) * 60 * SECOND
    down = states[np.searchsorted(edges, looks_, side="right") - 1] == 3
    rows = rows_of(minutes(days * 1440, dict.fromkeys(np.flatnonzero(down).tolist(), "overloaded")))
    line = timeline(rows, (), since=micros(T0), horizon=micros(at(days * outages.DAY_S)))
    simulated, measured = record.of_states(0, edges, states), record.of_time(line.begin, line)
    assert (measured.bad.sum(), measured.good.sum()) == (simulated.bad.sum(), simulated.good.sum())
    until = days * 86_400 * SECOND
    one, other = downtime.decide(simulated, 0.05, until), downtime.decide(measured, 0.05, micros(T0) + until)
    assert one.ruling.p_refuted == pytest.approx(other.ruling.p_refuted)
    assert one.days_to_confirm == pytest.approx(other.days_to_confirm)
    assert one.outages == other.outages > 3

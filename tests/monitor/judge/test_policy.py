"""What verdicts on outages assume: another L, G or block is another verdict, and it says so."""

import numpy as np
import pytest

from monitor.judge import downtime, record
from monitor.judge.columns import SECOND
from monitor.judge.policy import DEFAULT, Policy
from monitor.judge.record import Record
from monitor.judge.states import State
from tests.monitor.judge.test_downtime import DAY, HOUR, YEAR, States, of, span


def days_to_confirm(one: Record, policy: Policy) -> float | None:
    return downtime.decide(one, 0.01, span(one), policy=policy).days_to_confirm


def test_the_longer_an_unseen_outage_may_be_the_longer_it_takes_to_confirm() -> None:
    one = of([(24, State.UP)])
    assert [days_to_confirm(one, Policy(survive_s=hours * 3600.0)) for hours in (1, 2, 8)] == [29.0, 59.0, 269.0]


def test_failures_within_the_gap_are_one_outage() -> None:
    parts: States = [(24, State.UP), (0.1, State.DOWN), (1, State.UP), (0.1, State.DOWN), (24, State.UP)]
    one = of(parts)
    found = [downtime.decide(one, 0.01, span(one), policy=Policy(merge_gap_s=gap)).outages for gap in (1800, 7200)]
    assert found == [2, 1]


@pytest.mark.parametrize("hours", [1, 6, 24])
def test_bets_are_on_blocks_of_the_length_that_was_chosen(hours: int) -> None:
    edges = np.cumsum([0, 50 * HOUR, 30 * HOUR, 400 * DAY])
    states = np.array([State.UP, State.DOWN, State.UP], dtype=np.int8)
    one = record.of_states(0, edges.astype(np.int64), states, block_s=hours * 3600.0)
    ruling = downtime.decide(one, 0.001, span(one), policy=Policy(block_s=hours * 3600.0)).ruling
    assert ruling.refuted_at is not None
    assert ruling.refuted_at % (hours * 3600 * SECOND) == 0


def test_what_is_assumed_stands_beside_the_interval() -> None:
    one = of(YEAR)
    assert DEFAULT.is_default
    found = downtime.estimate(one, span(one), Policy(4 * 3600.0, 600.0))
    assert found is not None
    assert found.method == "Fay and Feuer on 0 outages, L 4 h, G 10 min; one of 4 h may exist that was not seen"


def test_where_looks_are_further_apart_than_l_a_failure_weighs_as_much_as_a_look() -> None:
    """Four images a day without an error are no proof of 2 %: by (1 - 0.02)^120, one in eleven such providers."""
    t = np.arange(120, dtype=np.int64) * 6 * HOUR
    fine = np.ones(120, dtype=bool)
    one = record.of_requests(0, t, fine, ~fine)
    found = downtime.decide(one, 0.02, 31 * DAY)
    assert found.ruling.verdict == "undecided"
    assert found.unseen_s == pytest.approx(6 * 3600, rel=0.05)

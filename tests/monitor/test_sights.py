"""What the service makes of one row is what the judge makes of a column of them."""

import itertools
from dataclasses import replace

import pandas as pd

from monitor.judge.frames import rows_of
from monitor.judge.states import State, observed
from monitor.sights import Shows, shows, sight_of
from probes.model import Attribution, Outcome, Sample, as_row
from tests.monitor.test_drills import sample

MEANS = {State.UP: Shows.UP, State.DEGRADED: Shows.UP, State.DOWN: Shows.DOWN, State.UNKNOWN: Shows.NOTHING}


def everything() -> list[Sample]:
    combined = itertools.product(Outcome, Attribution, (True, False, None), (None, 0, 200, 429, 503))
    return [
        replace(sample(number, "ok"), outcome=outcome.value, attribution=whose.value, control_ok=control, status=status)
        for number, (outcome, whose, control, status) in enumerate(combined)
    ]


def test_every_combination_shows_the_same_to_both() -> None:
    rows = everything()
    judged = observed(rows_of(pd.DataFrame([as_row(row) for row in rows], dtype=object)))
    assert [shows(row) for row in rows] == [MEANS[State(state)] for state in judged.tolist()]


def test_what_was_not_sent_is_no_sight() -> None:
    assert sight_of(replace(sample(0, "not_sent"), sent_at=None)) is None
    assert sight_of(sample(0, "not_sent")) is None  # abandoned in flight

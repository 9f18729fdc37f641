"""What must hold for availability, worst windows, error budget and SLA, whatever was measured.

No reordering, repetition or splitting of the rows changes a number; rows that tell nothing never narrow a bound.
"""

import random
from dataclasses import replace
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.catalogue.clauses import clauses
from monitor.judge.clauses.clause import Clause
from monitor.judge.facts import Claim, Maintenance, ProviderFacts
from monitor.judge.result import ProviderJudgement, to_json
from tests.monitor.judge.frames import HOUR, Row, at, every, frame, judged, row

HOURS = 8
SHIPPED = {clause.name: clause for clause in clauses()}
OWN = (
    Clause("left_out", "slice", slice_s=300, error_rate_gt=0.1, no_traffic="left_out", min_requests=2, target=0.99),
    Clause("longer", "time", min_consecutive=3, partial_minutes_count=False, target=0.99),
    Clause("slow", "request", errors=("5xx", "unusable", "no_answer"), latency_as_failure_ms=5000.0, target=0.99),
)
FACTS = ProviderFacts(
    claims=(Claim("uptime", ">=", 0.999),),
    maintenance=(Maintenance(at(3 * HOUR), at(3.5 * HOUR), "n"),),
    clauses=(*clauses(), *OWN),
    agreements=(replace(SHIPPED["google_minutes"], backoff_required=True, exclude_models=("*-preview",)),),
)
OUTCOMES = ("ok", "ok", "ok", "ok", "ok_degraded", "overloaded", "timeout", "rate_limited", "auth", "not_sent")
NOTHING = ("auth", "not_sent", "monitor")


def measured(seed: int) -> list[Row]:
    """Eight hours: a probe a minute with outages and gaps, an image every quarter of an hour, second opinions."""
    rng = random.Random(seed)
    rows: list[Row] = []
    now = 0.0
    while now < HOURS * HOUR:
        length, outcome = rng.choice([60.0, 600.0, 3600.0]), rng.choice([*OUTCOMES, ""])
        rows += every(60, now, now + length, outcome, total_ms=rng.choice([100.0, 9000.0])) if outcome else []
        now += length
    rows += [each for t in range(0, HOURS * 3600, 900) for each in [row(t, rng.choice(OUTCOMES), size="1K")]]
    return rows + every(5, HOUR, HOUR + 60, "overloaded", mode="confirm")


def numbers(rows: list[Row] | pd.DataFrame) -> Any:  # noqa: ANN401 - JSON
    said = judged(rows, HOURS * HOUR, facts=FACTS)
    return to_json((said.availability, said.sla, said.sla_by_month, said.incidents, said.days, said.unknown))


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000))
def test_neither_order_nor_repetition_nor_splitting_changes_a_number(seed: int) -> None:
    rows = measured(seed)
    rng = random.Random(seed)
    other = [*rows, *rng.sample(rows, len(rows) // 3)]
    rng.shuffle(other)
    cut = rng.randrange(len(other))
    assert numbers(pd.concat([frame(other[:cut]), frame(other[cut:])], ignore_index=bool(seed % 2))) == numbers(rows)


def nothing(second: int, kind: str) -> Row:
    """A row that tells nothing of the provider: a refused key, a request not sent, our monitor's own failure."""
    given: dict[str, Any] = {"attribution": "monitor", "status": None} if kind == "monitor" else {}
    return row(second + 0.5, "connection" if kind == "monitor" else kind, seq=9, **given)


@settings(max_examples=15)
@given(
    seed=st.integers(0, 10_000),
    added=st.lists(st.tuples(st.integers(0, HOURS * 3600 - 1), st.sampled_from(NOTHING)), min_size=1, max_size=20),
)
def test_adding_unknown_time_never_narrows_a_bound(seed: int, added: list[tuple[int, str]]) -> None:
    rows = [row(0), *measured(seed)]
    before = judged(rows, HOURS * HOUR, facts=FACTS)
    after = judged(rows + [nothing(*each) for each in added], HOURS * HOUR, facts=FACTS)
    assert [end for end in bounds(after) if end is None] == [end for end in bounds(before) if end is None]
    for known, less in zip(bounds(before), bounds(after), strict=True):
        assert known is None or less is None or less <= known + 1e-12


def bounds(said: ProviderJudgement) -> list[float | None]:
    """Every bound that unknown time bears on, turned so that less is wider."""
    time, budget = said.availability.time, said.availability.budget
    assert budget is not None
    best = None if time.best is None else -time.best
    return [
        time.worst,
        best,
        time.coverage,
        -budget.spent_worst_s,
        *(window.worst for window in said.availability.windows),
        *(result.worst for result in said.sla),
        *(result.worst for month in said.sla_by_month.values() for result in month),
    ]

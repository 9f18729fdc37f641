"""The clause engine against minute-by-minute arithmetic in plain Python, over any clause and any rows."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.judge.clauses.clause import Clause
from monitor.judge.facts import Maintenance, ProviderFacts
from monitor.judge.verdicts import SlaResult
from tests.monitor.judge.clauses import oracle
from tests.monitor.judge.frames import Row, at, judged, row

OUTCOMES = ("ok", "ok", "ok", "server_error", "overloaded", "timeout", "rate_limited", "client_error", "blocked",
            "not_sent", "ok_no_image", "connection")  # fmt: skip

clauses = st.builds(
    Clause,
    name=st.just("theirs"),
    unit=st.sampled_from(["slice", "slice", "slice", "request"]),
    slice_s=st.sampled_from([60, 120, 300]),
    aggregation=st.sampled_from(["good_slices", "good_slices", "mean_rate"]),
    error_rate_gt=st.sampled_from([0.0, 0.05, 0.29, 0.5]),
    min_consecutive=st.integers(1, 6),
    partial_minutes_count=st.booleans(),
    no_traffic=st.sampled_from(["good", "unknown", "left_out"]),
    min_requests=st.integers(1, 3),
    errors=st.sampled_from([("5xx",), ("5xx", "no_answer"), ("5xx", "429", "unusable"), ("no_answer",)]),
    latency_as_failure_ms=st.sampled_from([None, 7000.0]),
    exclude=st.sampled_from([("4xx", "policy"), ("429", "4xx", "policy"), ()]),
    exclude_models=st.sampled_from([(), ("*-preview",)]),
    exclude_maintenance=st.booleans(),
)
rows = st.lists(
    st.builds(
        lambda slot, outcome, seq, given: row(7.5 * slot, outcome, seq=seq, **given),
        slot=st.integers(0, 400),
        outcome=st.sampled_from(OUTCOMES),
        seq=st.integers(0, 10**6),
        given=st.fixed_dictionaries(
            {},
            optional={
                "total_ms": st.sampled_from([100.0, 8000.0]),
                "attribution": st.sampled_from(["monitor", "provider", "unknown"]),
                "model": st.just("m-preview"),
            },
        ),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda each: each["sample_id"],
)
maintenance = st.lists(
    st.tuples(st.integers(0, 2900), st.sampled_from([30, 60, 450])).map(lambda pair: (pair[0], sum(pair))), max_size=1
)


def judged_by(clause: Clause, table: list[Row], announced: list[tuple[int, int]]) -> SlaResult:
    windows = tuple(Maintenance(at(start), at(end), "notice") for start, end in announced)
    first: list[Row] = [row(0, "not_sent", seq=-1)]  # so that the window begins where the oracle begins
    facts = ProviderFacts(clauses=(clause,), maintenance=windows)
    return judged(first + table, 3600.0, facts=facts).sla[0]


def expected(clause: Clause, table: list[Row], announced: list[tuple[int, int]]) -> tuple[float, ...] | None:
    every = [row(0, "not_sent", seq=-1), *table]
    if not any(oracle.kind(each, clause) in {"good", "error"} for each in every):
        return None
    if clause.unit == "request":
        inside = [] if not clause.exclude_maintenance else announced
        return oracle.share_of_requests(
            [each for each in every if not any(a <= oracle.seconds(each) < b for a, b in inside)], clause
        )
    return oracle.of_slices(clause, oracle.cells(every, clause, 3600.0, announced))


@settings(max_examples=80)
@given(clause=clauses, table=rows, announced=maintenance)
def test_any_clause_over_any_rows_is_what_plain_arithmetic_gives(
    clause: Clause,
    table: list[Row],
    announced: Any,  # noqa: ANN401 - pairs of seconds
) -> None:
    said, plain = judged_by(clause, table, announced), expected(clause, table, announced)
    if plain is None:
        assert said.value is None
        return
    assert said.value is not None
    assert said.value == pytest.approx(plain[0], abs=1e-12)
    assert said.worst is not None
    assert said.best is not None
    assert said.worst <= said.value + 1e-12
    assert said.best >= said.value - 1e-12
    if clause.unit == "request" or clause.no_traffic != "left_out":
        assert said.best == pytest.approx(plain[2], abs=1e-12)
    if clause.unit == "request" or clause.no_traffic == "unknown":
        assert said.worst == pytest.approx(plain[1], abs=1e-12)
    elif clause.no_traffic == "good":
        assert said.worst >= plain[1] - 1e-12  # of empty slices those alone are counted of which nothing is known

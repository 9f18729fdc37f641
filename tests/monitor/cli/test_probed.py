"""What a run by hand came to: whole lines, and when it was no measurement at all."""

from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from monitor.adhoc import Errand
from monitor.cli.probed import Result, as_data, failure, kept, lines
from monitor.service.errand import Done
from probes import outcomes
from probes.model import Ask, Attribution, Mode, NotSent, Outcome, Plan, ProbeKind, Sample, Shot, Target
from probes.progress import RunSummary
from probes.run_error import RunError
from probes.sampling import planned_row

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RUN = UUID(int=7)
TARGET = Target("a", "gemini", "http://a.example", "m", usd_per_image={"1K": 0.05}, advertised_rpm=60)
SHOT = Shot(0.0, "a", ProbeKind.BASELINE, Mode.ADHOC, Ask("1K", "1:1"))


def row(seq: int, outcome: Outcome, detail: str | None = None, **more: object) -> Sample:
    blank = planned_row(
        replace(SHOT, offset_s=float(seq)),
        seq,
        model="m",
        run_id=RUN,
        location="here",
        started_at=NOON,
        verdict=outcomes.not_sent(NotSent.BUDGET),
        error=None,
    )
    if outcome == Outcome.NOT_SENT:
        return replace(blank, **{"detail": detail or "budget", **more})  # type: ignore[arg-type]  # columns by name
    sent = {
        "sent_at": NOON + timedelta(seconds=seq),
        "lateness_ms": 0.0,
        "total_ms": 1000.0 + seq,
        "billed": outcome == Outcome.OK,
        "attribution": Attribution.PROVIDER.value,
        "cost_usd": 0.05 if outcome == Outcome.OK else 0.0,
    }
    return replace(blank, outcome=outcome.value, detail=detail, **{**sent, **more})  # type: ignore[arg-type]  # as above


def result(rows: list[Sample], kind: ProbeKind = ProbeKind.BASELINE, stopped: str | None = None) -> Result:
    counts: dict[str, int] = {}
    for one in rows:
        counts[one.outcome] = counts.get(one.outcome, 0) + 1
    sent = sum(one.sent_at is not None for one in rows)
    spent = sum(one.cost_usd or 0.0 for one in rows)
    done = Done(RunSummary(RUN, len(rows), sent, counts, spent, stopped), tuple(rows))
    return Result.of(Errand(kind, Plan((SHOT,) * len(rows)), 0.05 * len(rows)), done, TARGET)


def test_few_answers_bound_no_quantile_and_it_is_said() -> None:
    rows = [row(0, Outcome.OK), row(1, Outcome.TIMEOUT, "ttfb", billed=None, cost_usd=None)]
    assert lines(result(rows)) == [
        ["planned", "2"],
        ["sent", "2"],
        ["ok", "1"],
        ["timeout", "1 (ttfb)"],
        ["p50 of successes", "not bounded by n=1"],
        ["p95 of successes", "not bounded by n=1"],
        ["spent", "$0.0500 (1 bill not known, counted at list price)"],
    ]


def test_a_hundred_answers_bound_p50_and_p95_from_values_that_occurred() -> None:
    table = {name: said for name, said in lines(result([row(number, Outcome.OK) for number in range(100)]))}  # noqa: C416 - pairs, as lists
    assert table["p50 of successes"] == "1.05 s (1.04 to 1.06, n=100)"
    assert table["p95 of successes"] == "1.09 s (1.09 to 1.10, n=100)"


def test_a_run_that_ended_early_says_why() -> None:
    rows = [row(0, Outcome.OK), row(1, Outcome.NOT_SENT)]
    table = lines(result(rows, stopped="cap of this run, $0.05, reached"))
    assert ["not_sent", "1 (budget)"] in table
    assert table[-1] == ["ended early", "cap of this run, $0.05, reached"]


def test_what_was_given_up_in_flight_was_sent_and_stands_apart_so_that_all_adds_up() -> None:
    rows = [
        row(0, Outcome.OK),
        row(1, Outcome.NOT_SENT, "shutdown", sent_at=NOON, billed=None),
        row(2, Outcome.NOT_SENT, "shutdown", billed=False),
    ]
    table = lines(result(rows))
    assert table[:5] == [
        ["planned", "3"],
        ["sent", "2"],
        ["not_sent", "1 (shutdown)"],
        ["ok", "1"],
        ["abandoned", "1 (in flight when it was stopped)"],
    ]


def test_a_run_that_was_stopped_says_how_much_of_it_was_measured() -> None:
    found = result([row(0, Outcome.OK), row(1, Outcome.NOT_SENT, "shutdown"), row(2, Outcome.NOT_SENT, "shutdown")])
    assert kept(found, "x.duckdb", interrupted=False) == "stored in x.duckdb"
    assert kept(found, "x.duckdb", interrupted=True) == "Stopped: 1 of 3 requests sent; 3 rows stored in x.duckdb"


def test_nothing_that_was_sent_is_no_latency() -> None:
    found = result([row(0, Outcome.NOT_SENT, error="day cap reached")])
    assert (found.latency.n, found.latency.failed) == (0, 0)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], None),
        ([row(0, Outcome.OK)], None),
        ([row(0, Outcome.AUTH)], None),
        ([row(0, Outcome.TIMEOUT, "ttfb")], None),
        ([row(0, Outcome.CONNECTION, "reset")], None),
        ([row(0, Outcome.OK), row(1, Outcome.CONNECTION, "refused", error="no")], None),
        (
            [row(0, Outcome.CONNECTION, "refused", error="Connection refused")],
            "the request did not reach http://a.example: connection refused",
        ),
        (
            [row(0, Outcome.TIMEOUT, "connect"), row(1, Outcome.NOT_SENT, "breaker")],
            "the request did not reach http://a.example: no connection in time",
        ),
        (
            [row(0, Outcome.CONNECTION, "tls", error="certificate has expired")] * 2,
            "none of 2 requests reached http://a.example: certificate has expired",
        ),
        ([row(0, Outcome.NOT_SENT, error="day cap $0.01 reached")], "nothing was sent: day cap $0.01 reached"),
    ],
    ids=[
        "no rows",
        "ok",
        "refused key",
        "slow",
        "reset",
        "some",
        "refused",
        "no connection",
        "bad certificate",
        "no money",
    ],
)
def test_nothing_that_arrived_is_no_measurement(rows: list[Sample], why: str | None) -> None:
    assert failure(rows, "http://a.example") == why


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(None, [], id="nobody measured it"),
        pytest.param(
            RunError(8.04, 2.0, 0.0, 3, 0.4, 1.04, 0.96, 0, 0.0),
            [
                ["our own error", "at most 8.0 ms (control request 2.0, event loop 1.0; n=3)"],
                ["sent late by", "at most 1.0 ms in 99 of 100"],
            ],
            id="as always",
        ),
        pytest.param(
            RunError(None, None, 0.0, 0, None, None, None, 2, -3600_000.0),
            [["wall clock", "was set 2 times, by up to -3600.0 s"]],
            id="the clock was set back, and no control request came back",
        ),
    ],
)
def test_a_run_says_how_wrong_its_own_times_may_be(error: RunError | None, told: list[list[str]]) -> None:
    plain = result([row(0, Outcome.OK)])
    found = replace(plain, done=replace(plain.done, summary=replace(plain.done.summary, error=error)))
    assert lines(found) == [*lines(plain), *told]
    assert as_data(found, "x")["own_error"] == (None if error is None else asdict(error))

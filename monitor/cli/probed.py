"""What a run by hand came to: data for `--json`, lines for people, and whether it was a run at all. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from monitor import drills
from monitor.adhoc import Errand
from monitor.drills import Drill, Seen
from monitor.judge import latency, limits
from monitor.judge.facts import ProviderFacts
from monitor.judge.frames import rows_of
from monitor.judge.intervals import bounded_above
from monitor.judge.result import Latency, RateLimit, Span, to_json
from monitor.service.errand import Done
from probes.model import Outcome, ProbeKind, Sample, Target, WireFault, as_row
from probes.run_error import RunError

UNREACHED = frozenset((WireFault.TIMEOUT_CONNECT, WireFault.DNS, WireFault.REFUSED, WireFault.TLS, WireFault.NETWORK))
_IN_WORDS: dict[str, str] = {
    WireFault.REFUSED: "connection refused",
    WireFault.DNS: "its name is not known",
    WireFault.TIMEOUT_CONNECT: "no connection in time",
}  # of the others, what the system said
LOADS = (ProbeKind.BURST, ProbeKind.ENDURANCE)


@dataclass(frozen=True, slots=True)
class Result:
    """A run by hand, judged. `rate` only for probes that offer a rate on purpose."""

    errand: Errand
    done: Done
    target: Target
    latency: Latency
    rate: RateLimit | None
    drill: Drill | None = None

    @classmethod
    def of(cls, errand: Errand, done: Done, target: Target) -> "Result":
        """Judge the rows by the same functions as the scheduled ones."""
        rows = rows_of(pd.DataFrame([as_row(row) for row in done.rows], dtype=object))
        facts = ProviderFacts(advertised_rpm=target.advertised_rpm)
        rate = limits.of(rows, facts, None) if errand.kind in LOADS and len(rows) else None
        return cls(errand, done, target, latency.of(rows.take(rows.sent)), rate, _drill(errand, done.rows))


def _drill(errand: Errand, rows: Sequence[Sample]) -> Drill | None:
    """What came of an agreed outage, if this was one."""
    if errand.drill is None or not rows:
        return None
    begin, lasts = errand.drill
    return drills.of(rows, drills.Agreed(min(row.planned_at for row in rows) + begin, lasts.total_seconds()))


def failure(rows: Sequence[Sample], base_url: str) -> str | None:
    """Why this was no measurement: nothing was sent, or nothing arrived. None: it was one."""
    if not rows:
        return None
    sent = [row for row in rows if row.outcome != Outcome.NOT_SENT]
    if not sent:
        return f"nothing was sent: {next((row.error for row in rows if row.error), 'stopped before it began')}"
    if all(_unreached(row) for row in sent):
        none = "the request did not reach" if len(sent) == 1 else f"none of {len(sent):,} requests reached"
        return f"{none} {base_url}: {_IN_WORDS.get(sent[-1].detail or '', sent[-1].error or sent[-1].detail)}"
    return None


def _unreached(row: Sample) -> bool:
    return row.outcome in {Outcome.CONNECTION, Outcome.TIMEOUT} and row.detail in UNREACHED


def as_data(result: Result, stored_in: str) -> dict[str, Any]:
    """For machines."""
    summary = result.done.summary
    quantiles = to_json(result.latency)
    del quantiles["ecdf"]
    return {
        "provider": result.target.provider,
        "kind": result.errand.kind.value,
        "mode": result.errand.plan.shots[0].mode.value,
        "run_id": str(summary.run_id),
        "planned": summary.planned,
        "sent": summary.sent,
        "outcomes": dict(summary.outcomes),
        "details": _details(result.done.rows),
        "latency_ms": quantiles,
        "rate_limit": to_json(result.rate),
        "drill": to_json(result.drill),
        "spent_usd": round(summary.spent_usd, 9),
        "at_most_usd": round(result.errand.usd, 9),
        "stopped": summary.stopped,
        "own_error": to_json(summary.error),
        "stored_in": stored_in,
    }


def _details(rows: Sequence[Sample]) -> dict[str, int]:
    """`rate_limited/rpm` and so on: what stands behind the outcomes."""
    found: dict[str, int] = {}
    for row in rows:
        if row.detail is not None:
            name = f"{row.outcome}/{row.detail}"
            found[name] = found.get(name, 0) + 1
    return dict(sorted(found.items()))


def lines(result: Result) -> list[list[str]]:
    """What and how much, for a table."""
    summary, took = result.done.summary, result.latency
    table = [["planned", str(summary.planned)], ["sent", str(summary.sent)]]
    table += _outcomes(result)
    table += [[f"p{round(q * 100)} of successes", _quantile(took, q)] for q in (0.50, 0.95)]
    if result.rate is not None:
        table += _rate(result.rate)
    if result.drill is not None:
        table += _drilled(result.drill)
    unknown = sum(row.billed is None for row in result.done.rows)
    bills = f" ({_many(unknown, 'bill')} not known, counted at list price)" if unknown else ""
    table.append(["spent", f"${summary.spent_usd:.4f}{bills}"])
    if summary.stopped:
        table.append(["ended early", summary.stopped])
    return [*table, *_own_error(summary.error)]


def _outcomes(result: Result) -> list[list[str]]:
    """How many came to what, the most frequent first; what was given up in flight was sent, and stands apart."""
    outcomes, abandoned = dict(result.done.summary.outcomes), _abandoned(result.done.rows)
    if abandoned:
        outcomes[Outcome.NOT_SENT] -= abandoned
    ranked = sorted(outcomes.items(), key=lambda item: (-item[1], item[0]))
    table = [[str(name), f"{count}{_why(result.done.rows, name)}"] for name, count in ranked if count]
    return [*table, ["abandoned", f"{abandoned} (in flight when it was stopped)"]] if abandoned else table


def _abandoned(rows: Sequence[Sample]) -> int:
    return sum(row.outcome == Outcome.NOT_SENT and row.sent_at is not None for row in rows)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def kept(result: Result, stored_in: str, *, interrupted: bool) -> str:
    """Where the rows are; of a run that was stopped also how much of it was measured."""
    if not interrupted:
        return f"stored in {stored_in}"
    summary = result.done.summary
    sent = f"{summary.sent:,} of {_many(summary.planned, 'request')}"
    return f"Stopped: {sent} sent; {_many(len(result.done.rows), 'row')} stored in {stored_in}"


def _own_error(error: RunError | None) -> list[list[str]]:
    """How wrong these times may be, and whether somebody set the clock meanwhile."""
    if error is None:
        return []
    rows = []
    if error.error_ms is not None and error.control_max_ms is not None:
        parts = f"control request {error.control_max_ms:.1f}, event loop {error.lag_max_ms or 0.0:.1f}"
        rows.append(["our own error", f"at most {error.error_ms:.1f} ms ({parts}; n={error.controls})"])
    if error.lateness_p99_ms is not None:
        rows.append(["sent late by", f"at most {error.lateness_p99_ms:.1f} ms in 99 of 100"])
    if error.clock_steps:
        rows.append(["wall clock", f"was set {error.clock_steps} times, by up to {error.clock_step_ms / 1000:+.1f} s"])
    return rows


_SEEN = {
    drills.SHORTER: "no longer than agreed",
    drills.LONGER: "longer than agreed",
    drills.UNDECIDED: "looks were too far apart to say whether longer than agreed",
    drills.NOT_SEEN: "no failure was seen",
}


def _drilled(drill: Drill) -> list[list[str]]:
    table = [["agreed outage", f"{drill.agreed.lasts_s:g} s from {drill.agreed.begin:%H:%M:%S} UTC"]]
    for name, seen in (("control plane", drill.reach), ("images", drill.image)):
        if seen is not None:
            table.append([f"{name} down", _outage(seen)])
    return table


def _outage(seen: Seen) -> str:
    if seen.down_s is None:
        return f"{_SEEN[seen.verdict]} in {seen.requests} requests"
    high = "not over yet" if seen.down_s.high is None else f"{seen.down_s.high:.1f} s"
    return f"{seen.down_s.low:.1f} to {high}: {_SEEN[seen.verdict]}"


def _why(rows: Sequence[Sample], outcome: str) -> str:
    details = sorted({row.detail for row in rows if row.outcome == outcome and row.detail})
    return f" ({', '.join(details)})" if details else ""


def _quantile(took: Latency, q: float) -> str:
    estimate = took.p50 if q == 0.50 else took.p95
    if estimate is None:
        return f"not bounded by n={took.n}" if not bounded_above(took.n, q) else "-"
    low = "?" if estimate.low is None else f"{estimate.low / 1000:.2f}"
    high = "?" if estimate.high is None else f"{estimate.high / 1000:.2f}"
    return f"{estimate.value / 1000:.2f} s ({low} to {high}, n={estimate.n})"


def _rate(rate: RateLimit) -> list[list[str]]:
    rows = [["accepted, refused", f"{rate.accepted}, {rate.rejected}"]]
    if rate.sustained_rpm is not None:
        low, high = rate.sustained_rpm.low, rate.sustained_rpm.high
        held = f"{low:.0f} or more" if high is None else f"{low:.0f} to {high:.0f}"
        of = "" if rate.advertised_rpm is None else f" of {rate.advertised_rpm:.0f} advertised"
        rows.append(["accepted a minute", f"{held}{of}"])
    if rate.burst is not None:
        low, high = rate.burst.low, rate.burst.high
        rows.append(["accepted at once", f"{low:.0f} or more" if high is None else f"{low:.0f} to {high:.0f}"])
    if rate.kind is not None:
        rows.append(["kind of limit", rate.kind.replace("_", " ")])
    if rate.window_s is not None and rate.kind is not None:
        rows.append(["its window", _seconds(rate.window_s)])
    if rate.recovery_s is not None:
        rows.append(["let in again after", _seconds(rate.recovery_s)])
    return rows + [["", said] for said in rate.says]


def _seconds(span: Span) -> str:
    return f"{span.low:.1f} s or more" if span.high is None else f"{span.low:.1f} to {span.high:.1f} s"

"""Clauses once more, minute by minute and in plain Python, from the words of docs/sla.md and not from the code."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from fractions import Fraction

from monitor.judge.clauses.clause import Clause
from tests.monitor.judge.frames import T0, Row

FAILED = {"server_error", "overloaded", "timeout", "connection", "ok_no_image", "malformed"}
ANSWERED_BY_WORD = {"ok", "ok_no_image", "rate_limited", "server_error", "overloaded"}


@dataclass
class Cell:
    """What happened in one slice."""

    valid: int = 0
    errors: int = 0
    unheard: int = 0
    in_maintenance: bool = False


def seconds(row: Row) -> float:
    return float((row["planned_at"] - T0).total_seconds())


def kind(row: Row, clause: Clause) -> str:
    """error, good, unheard or nothing."""
    outcome, answered = row["outcome"], row["status"] is not None
    ours = row["attribution"] == "monitor" or outcome == "not_sent"
    if any(fnmatch(row["model"], like) for like in clause.exclude_models):
        return "nothing"
    if not ours and not is_excluded(outcome, clause):
        if is_error(row, clause, answered=answered):
            return "error"
        if answered:
            return "good"
    if clause.unit == "request" and ours:
        return "unheard"
    return "unheard" if row["sent_at"] is not None and not answered else "nothing"


def is_excluded(outcome: str, clause: Clause) -> bool:
    if outcome == "rate_limited":
        return "429" in clause.exclude
    if outcome in {"client_error", "auth", "balance"}:
        return "4xx" in clause.exclude
    return outcome == "blocked" and "policy" in clause.exclude


def is_error(row: Row, clause: Clause, *, answered: bool) -> bool:
    outcome, theirs = row["outcome"], row["attribution"] == "provider"
    slow = clause.latency_as_failure_ms is not None and (row["total_ms"] or 0) > clause.latency_as_failure_ms
    five = answered and row["status"] >= 500
    return (
        ("5xx" in clause.errors and five)
        or ("429" in clause.errors and outcome == "rate_limited")
        or ("no_answer" in clause.errors and not answered and outcome in FAILED and theirs)
        or ("unusable" in clause.errors and answered and not five and outcome in FAILED)
        or (slow and (answered or (outcome == "timeout" and theirs)))
    )


def share_of_requests(rows: Sequence[Row], clause: Clause) -> tuple[float, float, float] | None:
    """Value, worst and best."""
    kinds = [kind(row, clause) for row in rows]
    good, bad, unheard = (kinds.count(word) for word in ("good", "error", "unheard"))
    whole = good + bad + unheard
    return (good / (good + bad), good / whole, (good + unheard) / whole) if good + bad else None


def cells(rows: Sequence[Row], clause: Clause, end_s: float, maintenance: Sequence[tuple[float, float]]) -> list[Cell]:
    found = [Cell() for _ in range(-int(-end_s // clause.slice_s))]
    for number, cell in enumerate(found):
        start, end = number * clause.slice_s, (number + 1) * clause.slice_s
        overlaps = [(max(a, start), min(b, end)) for a, b in maintenance if clause.exclude_maintenance]
        covered = sum(b - a for a, b in overlaps if b > a)
        cell.in_maintenance = covered >= clause.slice_s if clause.partial_minutes_count else covered > 0
    for row in rows:
        at = seconds(row)
        cell = found[int(at // clause.slice_s)]
        if cell.in_maintenance or (clause.exclude_maintenance and any(a <= at < b for a, b in maintenance)):
            continue
        word = kind(row, clause)
        cell.valid += word in {"good", "error"}
        cell.errors += word == "error"
        cell.unheard += word == "unheard"
    return found


def is_down(clause: Clause, errors: int, requests: int) -> bool:
    return requests >= clause.min_requests and Fraction(errors, max(requests, 1)) > Fraction(str(clause.error_rate_gt))


def lasting(bad: Sequence[bool], shortest: int) -> int:
    """Count of bad ones that have at least so many bad neighbours in a row, themselves included."""
    count, run = 0, 0
    for each in [*bad, False]:
        if each:
            run += 1
            continue
        count += run if run >= shortest else 0
        run = 0
    return count


def of_slices(clause: Clause, found: Sequence[Cell]) -> tuple[float, float, float] | None:
    """Value, worst and best; the worst only where slices without requests are not known."""
    thin = [cell.valid < clause.min_requests for cell in found]
    kept = [i for i, _ in enumerate(found) if not (clause.no_traffic == "left_out" and thin[i])]
    if not kept:
        return None
    if clause.aggregation == "mean_rate":
        rates = [1.0 if thin[i] else 1 - found[i].errors / found[i].valid for i in kept]
        least = [lowest_rate(cell, thin=few) for cell, few in zip(found, thin, strict=True)]
        highest = [
            1.0 if few else 1 - cell.errors / (cell.valid + cell.unheard) for cell, few in zip(found, thin, strict=True)
        ]
        return sum(rates) / len(rates), sum(least) / len(least), sum(highest) / len(highest)
    bad = [is_down(clause, cell.errors, cell.valid) for cell in found]
    perhaps = [
        not cell.in_maintenance and (few or is_down(clause, cell.errors + cell.unheard, cell.valid + cell.unheard))
        for cell, few in zip(found, thin, strict=True)
    ]
    down = lasting(bad, clause.min_consecutive)
    most = lasting([a or b for a, b in zip(bad, perhaps, strict=True)], clause.min_consecutive)
    sure = [
        not few and is_down(clause, cell.errors, cell.valid + cell.unheard)
        for cell, few in zip(found, thin, strict=True)
    ]
    least_down = lasting(sure, clause.min_consecutive)
    return (len(kept) - down) / len(kept), (len(found) - most) / len(found), (len(found) - least_down) / len(found)


def lowest_rate(cell: Cell, *, thin: bool) -> float:
    if thin and not cell.in_maintenance:
        return 0.0
    return 1 - (cell.errors + cell.unheard) / max(cell.valid + cell.unheard, 1)

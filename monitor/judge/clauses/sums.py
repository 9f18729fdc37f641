"""What a clause about slices makes of its bins: which were down, which may have been, and the uptime of them all."""

from dataclasses import dataclass

import numpy as np

from monitor.judge.clauses.clause import Clause
from monitor.judge.clauses.slices import Bins, within_runs
from monitor.judge.columns import Flags, Floats, Ints


@dataclass(frozen=True, slots=True)
class Measured:
    """Uptime as a share, between what it would be if all that was not seen was bad, and if it was good.

    `value` None: the clause had nothing to count. `bad_s`: downtime by the clause, and `least_bad_s` with all that was
    not seen as good; None: this clause does not count time.
    """

    value: float | None
    worst: float | None
    best: float | None
    bad_s: float | None
    least_bad_s: float | None
    found: str


def nothing(found: str) -> Measured:
    """Nothing to count, and why."""
    return Measured(None, None, None, None, None, found)


def good_slices(clause: Clause, bins: Bins, excluded: Flags, unknown: Flags) -> Measured:
    """Share of the slices that were not down. One without enough requests is not; it may have been."""
    thin, is_down, may_be_down, blind = downs(clause, bins, excluded, unknown)
    down, most = int(is_down.sum()), int(may_be_down.sum())
    total, largest = len(thin), len(thin)
    if clause.no_traffic == "left_out":
        total, largest = int((~thin).sum()), int((~thin | blind).sum())
    if not total:
        return nothing("no slice has enough requests")
    least, widest = int(surely_down(clause, bins).sum()), int((~left_out(clause, bins, blind)).sum())
    found = _found(clause, down, total)
    if most > down:
        what = "an answer" if clause.min_requests == 1 else "enough requests"
        found += f"; {_span(clause, int((thin & ~excluded).sum()))} without {what} could make it {most:,}"
    return Measured(
        value=(total - down) / total,
        worst=(largest - most) / largest,
        best=(widest - least) / widest,
        bad_s=float(down * clause.slice_s),
        least_bad_s=float(least * clause.slice_s),
        found=found,
    )


def downs(clause: Clause, bins: Bins, excluded: Flags, unknown: Flags) -> tuple[Flags, Flags, Flags, Flags]:
    """Slices with too few requests, those that were down, that may have been, and of which we know too little."""
    thin = bins.valid < clause.min_requests
    heard = bins.valid + bins.unheard
    bad = ~thin & _too_many(clause, bins.errors, bins.valid)
    perhaps = (heard >= clause.min_requests) & _too_many(clause, bins.errors + bins.unheard, heard)
    blind = thin & ~excluded & (unknown | (clause.no_traffic == "unknown"))
    down = within_runs(bad, clause.min_consecutive)
    doubtful = ~excluded & (blind | perhaps)
    return thin, down, within_runs(bad | doubtful, clause.min_consecutive), thin & doubtful


def surely_down(clause: Clause, bins: Bins) -> Flags:
    """Slices that were down even if every request without an answer was a good one."""
    sure = (bins.valid >= clause.min_requests) & _too_many(clause, bins.errors, bins.valid + bins.unheard)
    return within_runs(sure, clause.min_consecutive)


def left_out(clause: Clause, bins: Bins, blind: Flags) -> Flags:
    """Slices that the clause leaves out for want of requests, and in which nothing happened that we did not see."""
    thin = bins.valid < clause.min_requests
    gone: Flags = thin & ~blind & (bins.unheard == 0)
    return gone if clause.no_traffic == "left_out" else np.zeros(len(thin), dtype=bool)


def _found(clause: Clause, down: int, total: int) -> str:
    kinds = _of_errors(clause)
    runs = f" in runs of {clause.min_consecutive} or more" if clause.min_consecutive > 1 else ""
    return f"{down:,} of {_span(clause, total)} with more than {clause.error_rate_gt * 100:g} % {kinds}{runs}"


def _of_errors(clause: Clause) -> str:
    return "5xx" if clause.errors == ("5xx",) and clause.latency_as_failure_ms is None else "errors"


def _span(clause: Clause, count: int) -> str:
    """`43,200 min`, or slices with their length."""
    return f"{count:,} min" if clause.slice_s == 60 else f"{count:,} bins of {clause.slice_s / 60:g} min"


def mean_rate(clause: Clause, bins: Bins, excluded: Flags, unknown: Flags) -> Measured:
    """Mean of 1 - errors / requests over the slices; one without enough requests as the clause says.

    Where it says that such a slice is good, it is certain where we had no reason to ask; where nothing is known of
    the time, it may have been all errors.
    """
    thin, good, worst, blind = rates(clause, bins, excluded, unknown)
    counted = ~left_out(clause, bins, blind)
    worst, highest = worst[counted], highest_rates(clause, bins)[counted]
    good = good[~thin] if clause.no_traffic == "left_out" else good
    if not len(good):
        return nothing("no slice has enough requests")
    value, least, most = float(good.mean()), float(worst.mean()), float(highest.mean())
    found = f"{int((bins.errors > 0).sum()):,} of {_span(clause, len(good))} with {_of_errors(clause)}"
    if least < value:
        found += f"; {int(blind.sum()):,} bins unknown, {int(bins.unheard.sum()):,} requests without an answer"
    return Measured(
        value=value,
        worst=min(least, value),
        best=max(most, value),
        bad_s=(1.0 - value) * len(good) * clause.slice_s,
        least_bad_s=float((1.0 - highest).sum()) * clause.slice_s,
        found=found,
    )


def rates(clause: Clause, bins: Bins, excluded: Flags, unknown: Flags) -> tuple[Flags, Floats, Floats, Flags]:
    """Slices with too few requests, the success rate of each, the lowest it may be, and which we know too little of."""
    thin = bins.valid < clause.min_requests
    good = np.where(thin, 1.0, 1.0 - bins.errors / np.maximum(bins.valid, 1))
    worst = 1.0 - (bins.errors + bins.unheard) / np.maximum(bins.valid + bins.unheard, 1)
    blind = thin & ~excluded & (unknown | (clause.no_traffic == "unknown"))
    worst[blind] = 0.0
    return thin, good, worst, blind


def highest_rates(clause: Clause, bins: Bins) -> Floats:
    """The success rate of each slice if every request without an answer was a good one."""
    thin = bins.valid < clause.min_requests
    return np.where(thin, 1.0, 1.0 - bins.errors / np.maximum(bins.valid + bins.unheard, 1))


def _too_many(clause: Clause, errors: Ints, requests: Ints) -> Flags:
    """More than the share that the clause lets pass, in whole numbers."""
    many: Flags = clause.most_errors.denominator * errors > clause.most_errors.numerator * requests
    return many

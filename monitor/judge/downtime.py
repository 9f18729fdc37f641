"""The verdict on a share of time, requests or minutes that fails in outages (docs/claims.md).

Each look bounds the long-run share by Fay and Feuer's interval on outages; the bet is on blocks. What
`make simulate-claims` simulates is this module as it is.
"""

from dataclasses import dataclass

import numpy as np

from monitor.duration import spelled
from monitor.judge import betting, distributions, looks
from monitor.judge.columns import SECOND, Floats, Ints
from monitor.judge.looks import ALPHA, BETWEEN, alpha_of
from monitor.judge.policy import DEFAULT, Policy
from monitor.judge.process import alternating_renewal, gamma_bounds, incident_interval, unseen_s
from monitor.judge.record import Outages, Record, outages
from monitor.judge.ruling import AtLooks, Bet, Ruling, rule
from monitor.judge.verdicts import Estimate

CROSS_CHECK = 3  # outages from which on another method can be held against this one
FURTHEST = 120  # looks, ten years: later than that nobody waits


@dataclass(frozen=True, slots=True)
class Downtime:
    """A ruling on a record, and the numbers that its sentence needs."""

    ruling: Ruling
    outages: int
    value: float | None  # share that failed, of what is known
    unknown: float | None  # share of which nothing is known
    unseen_s: float  # what an outage that was not seen may weigh, as of now
    days_to_confirm: float | None  # without another outage, nothing more unknown; None: not in ten years


@dataclass(frozen=True, slots=True)
class _Sums:
    """What had happened by each of some moments, in the record's unit."""

    good: Floats
    bad: Floats
    unknown: Floats
    squares: Floats  # of the weights of the outages
    unseen: Floats  # what an outage that was not seen may weigh

    @property
    def known(self) -> Floats:
        return self.good + self.bad

    @property
    def judged(self) -> Floats:
        return self.good + self.bad + self.unknown


def decide(record: Record, allowed: float, until: int, *, strict: bool = False, policy: Policy = DEFAULT) -> Downtime:
    """What may be said at `until` of the promise that at most `allowed` fails."""
    seen = record.until(until)
    found = outages(seen, policy.merge_gap_s)
    registered = looks.registered(record.begin, until)
    at_looks = _at_looks(_sums(seen, found, registered.at, policy), allowed, registered.alpha)
    bet = Bet(*_capital(seen, found, allowed, until, policy))
    now = _sums(seen, found, np.array([until]), policy)
    known, judged = float(now.known[0]), float(now.judged[0])
    return Downtime(
        rule(registered, at_looks, bet, allowed, strict=strict),
        outages=len(found),
        value=float(now.bad[0]) / known if known else None,
        unknown=float(now.unknown[0]) / judged if judged else None,
        unseen_s=float(now.unseen[0]) * _unit_s(seen, until),
        days_to_confirm=_days_to_confirm(seen, now, allowed, until),
    )


def estimate(record: Record, until: int, policy: Policy = DEFAULT) -> Estimate | None:
    """The long-run share that does not fail, with its 95 % interval; None where nothing is known."""
    seen = record.until(until)
    found = outages(seen, policy.merge_gap_s)
    now = _sums(seen, found, np.array([until]), policy)
    known = float(now.known[0])
    if known <= 0:
        return None
    low, high = incident_interval(found.weight.tolist(), known, float(now.unseen[0]), ALPHA)
    unseen_s = float(now.unseen[0]) * _unit_s(seen, until)
    method = (
        f"Fay and Feuer on {len(found)} outages, L {spelled(policy.survive_s)},"
        f" G {spelled(policy.merge_gap_s)}; one of {spelled(unseen_s)} may exist that was not seen"
    )
    if len(found) >= CROSS_CHECK and float(now.good[0]) > 0:
        low_up, high_up = alternating_renewal(len(found), float(now.good[0]), float(now.bad[0]), ALPHA)
        method += f"; cross-check by Trivedi's F: {low_up * 100:.5g} to {high_up * 100:.5g} %"
    return Estimate(1.0 - float(now.bad[0]) / known, 1.0 - high, 1.0 - low, int(seen.seen.sum()), method)


def _unit_s(record: Record, until: int) -> float:
    """Seconds that one unit stands for, as of `until`."""
    if record.unit_s is not None:
        return record.unit_s
    return max(until - record.begin, 1) / SECOND / max(float(len(record)), 1.0)


def _sums(record: Record, found: Outages, moments: Ints, policy: Policy) -> _Sums:
    """Everything at all of the moments in one pass. Only the last outage before a moment can be unfinished then."""
    points = np.searchsorted(record.t, moments)
    running = [np.append(0.0, np.cumsum(part)) for part in (record.good, record.bad, record.unknown)]
    good, bad, unknown = (total[points] for total in running)
    begun = np.searchsorted(found.first, points)
    before = np.maximum(begun - 1, 0)
    starts = np.append(found.first, len(record))[before]
    last = np.where(begun > 0, bad - running[1][starts], 0.0)
    last = np.minimum(last, np.append(found.weight, np.inf)[before])
    squares = np.append(0.0, np.cumsum(found.weight**2))[before] + last**2
    largest = np.maximum(np.append(0.0, np.maximum.accumulate(found.weight))[before], last)
    elapsed_s = np.maximum(moments - record.begin, 1) / SECOND
    unit_s = np.full(len(moments), record.unit_s) if record.unit_s else elapsed_s / np.maximum(points, 1)
    mean = bad / np.maximum(begun, 1)
    unseen = unseen_s(policy.survive_s, largest * unit_s, mean * unit_s, _look(record, points, good + bad) * unit_s)
    return _Sums(good, bad, unknown, squares, unseen / unit_s)


def _look(record: Record, points: Ints, known: Floats) -> Floats:
    """How much lies between two looks in the mean, in the record's unit; 0 where looks were not counted."""
    if not record.paced:
        return np.zeros(len(points))
    apart: Floats = known / np.maximum(np.append(0, np.cumsum(record.seen))[points], 1)
    return apart


def _at_looks(sums: _Sums, allowed: float, alpha: Floats) -> AtLooks:
    """The bounds of each look; unknown time adds to the upper one in full, and to the lower one not at all."""
    _, high = gamma_bounds(sums.bad, sums.squares, sums.unseen, sums.known, 2 * alpha, 2 * alpha)
    some = sums.bad > 0
    bad, squares = np.where(some, sums.bad, 1.0), np.where(some, sums.squares, 1.0)
    p_above = np.where(some, distributions.gamma_cdf(allowed * sums.judged, bad**2 / squares, squares / bad), 1.0)
    known = np.where(sums.judged > 0, sums.known / np.where(sums.judged > 0, sums.judged, 1.0), 0.0)
    return AtLooks(p_above, high * known + (1.0 - known), high, 1.0 - known)


def _capital(record: Record, found: Outages, allowed: float, until: int, policy: Policy) -> tuple[Floats, Ints]:
    """The e-process against "at most `allowed` fails" after each block that is over, and when it was over.

    An outage belongs to the block in which it began, whole, be it longer than the block: where one spans two blocks,
    the second would else depend on the first, and true promises would be refuted too often. While all is up, what
    begins in a block is at most allowed / (1 - allowed) of it in the mean, and no past makes that more.
    """
    block = round(policy.block_s * SECOND)
    blocks = max(until - record.begin, 0) // block
    place = (record.t - record.begin) // block
    inside = place < blocks
    amounts = record.good + record.bad + record.unknown
    judged = np.bincount(place[inside], amounts[inside], minlength=blocks)
    began = place[found.first]
    failed = np.bincount(began[began < blocks], found.weight[began < blocks], minlength=blocks)
    told = np.flatnonzero(judged > 0)  # a block without data bets nothing
    over = record.begin + (told + 1) * block
    if allowed >= 1.0:
        return np.ones(len(told)), over  # nothing is too much
    return betting.e_process(failed[told] / judged[told], allowed / (1.0 - allowed)), over


def _days_to_confirm(record: Record, now: _Sums, allowed: float, until: int) -> float | None:
    """Days until the first look that would confirm, were there no further outage, and nothing more unknown."""
    done = max(until - record.begin, 0) // BETWEEN
    number = np.arange(done + 1, done + 1 + FURTHEST, dtype=np.int64)
    ahead_s = (record.begin + number * BETWEEN - until) / SECOND
    good = now.good + ahead_s / _unit_s(record, until)
    still = [np.repeat(part, len(number)) for part in (now.bad, now.unknown, now.squares, now.unseen)]
    worst = _at_looks(_Sums(good, *still), allowed, alpha_of(number)).worst
    enough = np.flatnonzero(worst <= allowed)
    return float(ahead_s[enough[0]]) / 86_400 if len(enough) else None

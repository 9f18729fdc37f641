"""The same latency at every size: a conjunction that is fixed beforehand, and refuted by any part of it.

(i) at each size at most 5 % fail or take longer than what is promised plus 25 %, where a time is promised; (ii) at each
size at most 5 % fail or take longer than 1.5 times its median; (iii) the largest takes at most 25 % longer than the
smallest, and at least 80 % of it: two one-sided tests on paired days. Confirmed only if all are, which needs no
correction (intersection-union); refuted if one is after Holm's.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.judge import distributions, exceeding, looks
from monitor.judge import latency as measured
from monitor.judge.claims.case import DAY, Case, Finding, allowed_share, next_look, rounded, with_cost
from monitor.judge.claims.latency import exceeds
from monitor.judge.columns import Floats, Ints, Rows
from monitor.judge.compare import holm
from monitor.judge.exceeding import FEWEST_DAYS
from monitor.judge.facts import Claim
from monitor.judge.looks import ALPHA, LOOKS_SHARE
from monitor.judge.ruling import CONFIRMED, NOT_TESTABLE, REFUTED, UNDECIDED
from monitor.judge.verdicts import Estimate

ORDER = ("512", "0.5K", "1K", "2K", "4K")
ALLOWED, TOLERANCE, SPREAD = 0.05, 1.25, 1.5
LOW, HIGH = float(np.log(0.8)), float(np.log(1.25))
PARTS = (
    f"at each size at most 5 % fail or take longer than {SPREAD:g} times its median; the largest takes 0.8 to 1.25 "
    "times as long as the smallest, by days; looks every 30 days, and bets on whole days that are always on"
)


@dataclass(frozen=True, slots=True)
class _Part:
    """One condition: what it says, whether the last look confirms it, and the p-value against it."""

    says: str
    confirmed: bool
    p: float
    looks: int
    alpha: float | None


def same_latency(case: Case, claim: Claim) -> Finding:
    """Whether large images take no longer than small ones; `claim` is a yes."""
    del claim
    by_size = {size: case.images(size) for size in ORDER if size in case.images().size.counts()}
    promised_ms = _promised_ms(case.facts.claims)
    testable = (
        PARTS if promised_ms is None else f"at each size at most 5 % over {promised_ms * TOLERANCE / 1000:g} s; {PARTS}"
    )
    told = {size: rows for size, rows in by_size.items() if rows.good.any()}
    if len(told) < 2:
        seen = f"images of {next(iter(told))} alone" if told else "no image at all"
        return Finding(NOT_TESTABLE, f"{seen} so far", testable, "baseline images of two sizes or more")
    parts = list(_parts(case, told, promised_ms))
    refuted = [part for part, p in zip(parts, holm.adjusted([part.p for part in parts]), strict=True) if p <= ALPHA]
    verdict = REFUTED if refuted else CONFIRMED if all(part.confirmed for part in parts) else UNDECIDED
    open_ = next((part for part in parts if not part.confirmed), parts[0])
    return Finding(
        verdict,
        refuted[0].says if refuted else "every part of it holds" if verdict == CONFIRMED else f"open: {open_.says}",
        testable,
        _needs(case) if verdict == UNDECIDED else None,
        _ratio(told),
        parts[0].looks,
        parts[0].alpha,
        None,
        min(holm.adjusted([part.p for part in parts])),
    )


def _promised_ms(claims: Sequence[Claim]) -> float | None:
    """The time that the provider names for all sizes, if it does."""
    named = [allowed_share(one) for one in claims if one.metric in {"p50_ms", "p95_ms"} and one.size is None]
    return max(named, default=None)


def _parts(case: Case, told: dict[str, Rows], promised_ms: float | None) -> Iterator[_Part]:
    for size, rows in told.items():
        if promised_ms is not None:
            yield _within(case, size, rows, promised_ms * TOLERANCE)
        yield _within(case, size, rows, float(np.nanmedian(measured.took_ms(rows))) * SPREAD)
    yield _equal(case, *(list(told.items())[i] for i in (0, -1)))


def _within(case: Case, size: str, rows: Rows, limit_ms: float) -> _Part:
    t, hit, unknown = exceeds(rows, limit_ms)
    found = exceeding.decide(case.begin, t, hit, ALLOWED, case.until, unknown=unknown)
    share = rounded(found.exceeding / max(found.n, 1))
    says = f"at {size}, {share} of {found.n:,} requests failed or took over {limit_ms / 1000:.1f} s"
    ruling = found.ruling
    return _Part(says, ruling.verdict == CONFIRMED, ruling.p_refuted, ruling.looks, ruling.alpha)


def _equal(case: Case, small: tuple[str, Rows], large: tuple[str, Rows]) -> _Part:
    """Equivalence of the largest and the smallest: at each look, on the days so far that have both."""
    registered = looks.registered(case.begin, case.until)
    day, difference = daily_difference(case.begin, small[1], large[1])
    ends = np.searchsorted(day, (registered.at - case.begin) // DAY)
    tests = [equivalence(difference[:n]) for n in ends.tolist()]
    confirm = [equal <= alpha for (equal, _), alpha in zip(tests, registered.alpha.tolist(), strict=True)]
    spread = (registered.alpha / ALPHA * LOOKS_SHARE).tolist()
    p = min((min(other / part, 1.0) for (_, other), part in zip(tests, spread, strict=True)), default=1.0)
    ratio = float(np.exp(difference.mean())) if len(difference) else float("nan")
    says = f"{large[0]} takes {ratio:.2f} times as long as {small[0]}, over {len(difference)} days"
    alpha = float(registered.alpha[-1]) if len(registered) else None
    return _Part(says, bool(confirm and confirm[-1]), p, len(registered), alpha)


def daily_difference(begin: int, small: Rows, large: Rows) -> tuple[Ints, Floats]:
    """By day with successes of both: mean log time of the large ones less that of the small ones."""
    (first, a), (second, b) = (_daily(begin, rows) for rows in (small, large))
    both, at_a, at_b = np.intersect1d(first, second, return_indices=True)
    return both, b[at_b] - a[at_a]


def _daily(begin: int, rows: Rows) -> tuple[Ints, Floats]:
    took = measured.took_ms(rows)
    done = took > 0
    day = (rows.t[done] - begin) // DAY
    days, place = np.unique(day, return_inverse=True)
    return days, np.bincount(place, np.log(took[done])) / np.bincount(place)


def equivalence(difference: Floats) -> tuple[float, float]:
    """p-values of paired log times: "not equivalent" (two one-sided tests, Schuirmann 1987), and "equivalent".

    The same as `statsmodels.stats.weightstats.ttost_paired`; 1 where there are fewer than 14 days.
    """
    if len(difference) < FEWEST_DAYS:
        return 1.0, 1.0
    if np.ptp(difference) == 0:  # no spread, no t: then it is plain to see
        return (0.0, 1.0) if LOW < difference[0] < HIGH else (1.0, 0.0)
    mean, n = float(difference.mean()), len(difference)
    error = float(difference.std(ddof=1)) / math.sqrt(n)
    above_low = distributions.t_sf((mean - LOW) / error, n - 1)
    below_high = distributions.t_sf((HIGH - mean) / error, n - 1)
    return max(above_low, below_high), 2 * min(1 - above_low, 1 - below_high)


def _ratio(told: dict[str, Rows]) -> Estimate | None:
    """Largest over smallest, by days."""
    small, large = (list(told.values())[i] for i in (0, -1))
    _, difference = daily_difference(0, small, large)
    if not len(difference):
        return None
    mean, n = float(difference.mean()), len(difference)
    half = distributions.t_isf(0.025, n - 1) * float(difference.std(ddof=1)) / math.sqrt(n) if n > 1 else None
    low, high = (None, None) if half is None else (float(np.exp(mean - half)), float(np.exp(mean + half)))
    method = "time at the largest size / at the smallest, geometric mean of days; Student's t"
    return Estimate(float(np.exp(mean)), low, high, n, method)


def _needs(case: Case) -> str:
    at = looks.next_after(case.begin, case.until)
    days = max(at - case.until, 0) / DAY
    return with_cost(case, days, f"{next_look(case, at)}, with {FEWEST_DAYS} days of each size or more")

"""How soon it is back: by the bounds of each outage, not by its guess."""

import math
from collections.abc import Sequence

import numpy as np

from monitor.duration import spelled
from monitor.judge.claims.case import Case, Finding, allowed_share, many
from monitor.judge.columns import SECOND, distinct
from monitor.judge.facts import Claim
from monitor.judge.result import Incident
from monitor.judge.ruling import CONFIRMED, NOT_TESTABLE, REFUTED, UNDECIDED
from monitor.judge.verdicts import Estimate


def failover(case: Case, claim: Claim) -> Finding:
    """Every outage is over within the promised time: one that surely lasted longer refutes it."""
    promised = allowed_share(claim)
    floor_s = resolution_s(case)
    known = "nothing looks yet" if floor_s is None else f"two looks and their answers are {spelled(floor_s)} apart"
    testable = f"each outage between its certain and its possible length; {known}"
    longer = [one for one in case.incidents if one.unbroken_s > promised]
    estimate = _longest(case.incidents)
    if longer:
        worst = max(one.unbroken_s for one in longer)
        of = many(len(case.incidents), "outage")
        said = f"{len(longer)} of {of} lasted longer for certain, the longest {spelled(worst, math.floor)} or more"
        return Finding(REFUTED, said, testable, None, estimate)
    needs = "a drill that is agreed with the provider, seen by requests every few seconds"
    if floor_s is None or floor_s > promised:
        said = "no outage was seen, and " if not case.incidents else ""
        return Finding(NOT_TESTABLE, f"{said}{known}: {spelled(promised)} cannot be told", testable, needs, estimate)
    if not case.incidents:
        return Finding(NOT_TESTABLE, "no outage was seen", testable, f"an outage, or {needs}")
    if all(one.down_s.high is not None and one.down_s.high <= promised for one in case.incidents):
        said = f"all of {many(len(case.incidents), 'outage')} were surely over in {spelled(promised)}"
        return Finding(CONFIRMED, said, testable, None, estimate)
    said = f"none of {many(len(case.incidents), 'outage')} surely lasted longer than {spelled(promised)}, some may have"
    return Finding(UNDECIDED, said, testable, needs, estimate)


def resolution_s(case: Case) -> float | None:
    """Twice the usual spacing of the looks and the usual time of an answer: shorter is not told from longer."""
    watch = case.line.every
    if len(watch) < 2:
        return None
    answer_s = float(np.nanmedian(watch.total_ms)) / 1000 if np.isfinite(watch.total_ms).any() else 0.0
    return 2 * (float(np.median(np.diff(distinct(watch.t)))) / SECOND + answer_s)


def _longest(incidents: Sequence[Incident]) -> Estimate | None:
    """Certain and possible length of the outage that may have been the longest."""
    if not incidents:
        return None
    worst = max(
        incidents, key=lambda one: (float("inf") if one.down_s.high is None else one.down_s.high, one.unbroken_s)
    )
    low, high = worst.unbroken_s, worst.down_s.high
    value = low if high is None else (low + high) / 2
    return Estimate(value, low, high, len(incidents), "bounds of the longest outage, no confidence interval")

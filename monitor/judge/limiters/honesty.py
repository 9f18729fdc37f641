"""Is `Retry-After` true, and how long does it take until something is let in again? From runs that met a limit.

A trial begins with refusals in a row that say when to come back. It is kept if the first request sent after that
moment was let in, broken if it was refused although nothing else of ours can have been let in meanwhile (not even what
was sent later and overtook it), and none if one was let in earlier.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from monitor.judge.columns import Floats, Ints
from monitor.judge.intervals import clopper_pearson
from monitor.judge.result import Ratio, Span
from monitor.judge.saturation import Run


@dataclass(frozen=True, slots=True)
class Rejections:
    """Requests refused in a row, as indices into a run; `then` is the one accepted next, None at the run's end."""

    which: Ints
    then: int | None
    since_s: float  # when the last accepted request before them was sent, and may have arrived


def rejections(run: Run) -> Iterator[Rejections]:
    """The refusals of a run between its accepts, in the order sent."""
    ends = np.flatnonzero(~run.refused)
    for start, end in zip(np.append(-1, ends), np.append(ends, len(run.at_s)), strict=True):
        if end - start > 1:
            since_s = float(run.at_s[start] + run.trip_s[start]) if start >= 0 else -np.inf
            then = int(end) if end < len(run.at_s) and run.accepted[end] else None
            yield Rejections(np.arange(start + 1, end), then, since_s)


def kept(runs: list[Run]) -> Ratio | None:
    """How often it was true; None where it was never put to the test."""
    trials = [held for run in runs for group in rejections(run) if (held := _trial(run, group)) is not None]
    bounds = clopper_pearson(sum(trials), len(trials))
    if bounds is None:
        return None
    return Ratio(sum(trials), len(trials), sum(trials) / len(trials), *bounds, "Clopper-Pearson")


def _trial(run: Run, group: Rejections) -> bool | None:
    """Whether one trial kept what it said; None: it was none."""
    told = group.which[(run.at_s[group.which] > group.since_s) & ~np.isnan(run.told_s[group.which])]
    if not len(told):
        return None
    back_s = float((run.at_s[told] + run.total_s[told] + run.told_s[told]).min())
    if np.isnan(back_s):
        return None
    late = group.which[run.at_s[group.which] >= back_s]
    then_s = np.inf if group.then is None else float(run.at_s[group.then])
    if bool((run.at_s[late] + run.total_s[late] <= then_s).any()):
        return False
    return True if not len(late) and group.then is not None and then_s >= back_s else None


def recovery(runs: list[Run]) -> Span | None:
    """From the first refusal of a run until the next request is let in; over several runs, all that they span."""
    spans = [_until_accepted(run, group) for run in runs for group in list(rejections(run))[:1]]
    if not spans:
        return None
    highs = [span.high for span in spans if span.high is not None]
    return Span(min(span.low for span in spans), max(highs) if len(highs) == len(spans) else None)


def _until_accepted(run: Run, group: Rejections) -> Span:
    """(last refusal, first accept], as bounds: each was decided between when it was sent and when it was back."""
    first, last = int(group.which[0]), int(group.which[-1])
    low = max(0.0, float(run.at_s[last] - run.at_s[first] - run.trip_s[first]))
    if group.then is None:
        return Span(low, None)
    return Span(low, float(run.at_s[group.then] + run.trip_s[group.then] - run.at_s[first]))


def staircase(run: Run, most: int = 200) -> tuple[tuple[float, int, int], ...]:
    """(seconds, accepted, refused) by then, at every request sent; thinned, the first and the last kept."""
    steps: Ints = np.unique(np.linspace(0, len(run.at_s) - 1, min(most, len(run.at_s))).round().astype(np.int64))
    accepted, refused = np.cumsum(run.accepted), np.cumsum(run.refused)
    seconds: Floats = np.round(run.at_s, 3)
    return tuple((float(seconds[i]), int(accepted[i]), int(refused[i])) for i in steps)

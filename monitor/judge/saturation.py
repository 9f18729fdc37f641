"""One run against a rate limiter -> bounds of its rate and bucket, and its kind (statistics 5); seconds, requests.

Pure arithmetic on the times of one run. `trip_s` is the longest that a refusal took: a request reaches the limiter
at most so long after it was sent, which widens every bound.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from monitor.judge.columns import Flags, Floats, Ints
from monitor.judge.result import Span

SHORTEST_S = 10.0  # saturated for less, a run says nothing of a rate per minute
WAVE = 10.0  # a pause of so many usual gaps makes waves: the bucket may have run over
AT_ONCE_S = 1.0
MANY = 20  # saturated accepts that show a steady trickle
CROWD = 5  # accepts in a row that are no trickle


@dataclass(frozen=True, slots=True)
class Run:
    """Requests in the order sent, seconds since the first. `maybe`: no answer, so accepted or not."""

    at_s: Floats
    planned_s: Floats
    accepted: Flags
    maybe: Flags
    refused: Flags
    trip_s: float
    burst: bool


def rate(run: Run) -> Span | None:
    """Bounds of the accepted requests per second while the limiter was saturated; None where it was not for long."""
    refusals = np.flatnonzero(run.refused)
    if not len(refusals) or run.at_s[refusals[-1]] - run.at_s[refusals[0]] < SHORTEST_S or _in_waves(run):
        return None
    saturated = after_refusals(run)
    if len(saturated) > 1 and _in_order(run):
        return _between_accepts(run, int(saturated[0]), int(saturated[-1]))
    return _between_refusals(run, int(refusals[0]), int(refusals[-1]))


def after_refusals(run: Run) -> Ints:
    """Indices of the saturated accepts: each right after a refusal."""
    return 1 + np.flatnonzero(run.accepted[1:] & run.refused[:-1])


def _between_accepts(run: Run, i: int, j: int) -> Span:
    """[n / (D + g_i), n / (D - g_j)]: n let through between the two, D apart, g the gap before each."""
    sure = int(run.accepted[i:j].sum())
    most = sure + int(run.maybe[i:j].sum())
    apart = float(run.at_s[j] - run.at_s[i])
    longest = apart + float(run.at_s[i] - run.at_s[i - 1]) + run.trip_s
    shortest = apart - float(run.at_s[j] - run.at_s[j - 1]) - run.trip_s
    return Span(sure / longest, most / shortest if shortest > 0 else None)


def _between_refusals(run: Run, first: int, last: int) -> Span:
    """The same where answers overlap, so that the order of arrival is not known.

    At a refusal less than one request was left. So what was accepted between two of them differs from rate x time
    by less than one; or by a whole crowd, where the limiter lets crowds through.
    """
    start, end, trip = float(run.at_s[first]), float(run.at_s[last]), run.trip_s
    surely = (run.at_s >= start + trip) & (run.at_s <= end - trip)
    possibly = (run.at_s >= start - trip) & (run.at_s <= end + trip)
    slack = max([1, *(count for count, _ in _crowds(run, first))])
    least = int((run.accepted & surely).sum()) - slack
    most = int(((run.accepted | run.maybe) & possibly).sum()) + slack
    apart = end - start
    return Span(max(least, 0) / (apart + trip), most / (apart - trip) if apart > trip else None)


def bucket(run: Run, rpm: Span | None) -> Span:
    """Bounds of what is accepted at once, if the bucket was full at the start; `rpm` bounds how fast it refills.

    Lower: what was accepted by some time, less all that can have come in since. Upper: what can have been accepted
    by the first refusal, and one, less what came in since and was not lost because the bucket was still full.
    Without a refusal there is no upper; without a rate only the first second counts.
    """
    accepts = run.at_s[run.accepted]
    counts = np.arange(1, len(accepts) + 1)
    if rpm is None or rpm.high is None:
        low, lost = float((accepts <= AT_ONCE_S).sum()), 0.0
    else:
        come_in = rpm.high / 60.0 * (accepts + run.trip_s)
        low = float((counts - come_in).max(initial=0.0))
        lost = float((come_in - counts + 1)[1:].max(initial=0.0))
    if not run.refused.any():
        return Span(low, None)
    refused_s = float(run.at_s[run.refused][0])
    before = int(((run.accepted | run.maybe) & (run.at_s <= refused_s + run.trip_s)).sum())
    refilled = (rpm.low if rpm else 0.0) / 60.0 * max(refused_s - run.trip_s, 0.0)
    return Span(low, max(1.0 + before - max(refilled - lost, 0.0), low))


def family(run: Run, rpm: Span | None) -> str | None:
    """token_bucket or fixed_window where the run shows it clearly, else None.

    Polled faster than it refills, a bucket trickles; a window is silent, then lets a crowd through, always the same
    time apart. A sliding log does that, too, first one window after our first request: that case stays open.
    """
    if rpm is None or rpm.high is None or rpm.low <= 0 or not _in_order(run):
        return None
    each_s = 120.0 / (rpm.low + rpm.high)
    saturated = after_refusals(run)
    first_refusal = int(np.flatnonzero(run.refused)[0])
    accepts = run.at_s[first_refusal:][run.accepted[first_refusal:]]
    silence = float(np.diff(accepts).max(initial=0.0))
    poll_s = float(np.median(np.diff(run.at_s)))
    if len(saturated) >= MANY and silence <= 3 * each_s + 2 * poll_s + run.trip_s:
        return "token_bucket"
    return "fixed_window" if _is_window(run, first_refusal, poll_s + run.trip_s) else None


def _is_window(run: Run, first_refusal: int, fuzz_s: float) -> bool:
    """Crowds that begin the same time apart, three of them, the first sooner than a sliding log could let it."""
    crowds = list(_crowds(run, first_refusal))
    if len(crowds) < 3 or min(count for count, _ in crowds[:-1]) < CROWD:
        return False
    apart = np.diff([start for _, start in crowds])
    steady = float(np.ptp(apart)) <= 2 * fuzz_s
    return steady and crowds[0][1] < float(apart.mean()) - 3 * fuzz_s


def _crowds(run: Run, first: int) -> Iterator[tuple[int, float]]:
    """Runs of accepts after the request `first`: how many, and when each began."""
    index = first
    for accepted, group in groupby(run.accepted[first:].tolist()):
        count = len(list(group))
        if accepted:
            yield count, float(run.at_s[index])
        index += count


def _in_order(run: Run) -> bool:
    """Whether every refusal was back before the next request left, so that they arrived in the order sent."""
    return bool(len(run.at_s) > 1 and float(np.diff(run.at_s).min()) >= run.trip_s)


def _in_waves(run: Run) -> bool:
    gaps = np.diff(run.at_s)
    return bool(gaps.max() > WAVE * max(float(np.median(gaps)), AT_ONCE_S))

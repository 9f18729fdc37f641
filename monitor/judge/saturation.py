"""One run against a rate limiter -> bounds of its rate and bucket, and its kind (docs/methods.md, 5); in seconds.

Pure arithmetic on the times of one run. A request reaches the limiter at some time after it was sent, and not later
than a refusal would have been back: that, seen around each moment that matters, widens every bound.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from monitor.judge.columns import Flags, Floats, Ints
from monitor.judge.result import Span

CLOCK_S = 2e-6  # times are rounded to microseconds: two of them
SHORTEST_S = 10.0  # saturated for less, a run says nothing of a rate per minute
STALL = 10.0  # a pause of so many usual gaps, and of a second: the bucket may have run over, what follows is new
AT_ONCE_S = 1.0
MANY = 20  # saturated accepts that show a steady trickle
CROWD = 5  # accepts in a row that are no trickle
ENDS = 20  # refusals at either end of a stretch, of which the best two are taken
AROUND = 10  # refusals before and after one that tell how long requests are on their way
MARGIN = 1.25  # the longest of 21 is not the longest there can be


@dataclass(frozen=True, slots=True)
class Run:
    """Requests in the order sent, seconds since the first. `maybe`: no answer, so accepted or not.

    `trip_s` is, for each request, the longest that a refusal around it took.
    """

    at_s: Floats
    planned_s: Floats
    accepted: Flags
    maybe: Flags
    refused: Flags
    trip_s: Floats
    burst: bool
    good: Flags
    total_s: Floats  # until the answer was whole; NaN: not known
    download_s: Floats  # its last part, from the first byte on
    told_s: Floats  # how long a refusal said to wait
    setup_s: Floats  # until the connection stood, before any byte of the request
    polled: bool = False  # a burst, then polled on: a saturation run


def rate(run: Run) -> Span | None:
    """Bounds of the accepted requests per second while the limiter was saturated; None where it was not for long."""
    refusals = max((part[run.refused[part]] for part in _without_stalls(run)), key=lambda part: _lasted_s(run, part))
    if _lasted_s(run, refusals) < SHORTEST_S:
        return None
    saturated = after_refusals(run)
    saturated = saturated[(saturated > refusals[0]) & (saturated <= refusals[-1])]
    if len(saturated) > 1 and _in_order(run):
        return _between_accepts(run, int(saturated[0]), int(saturated[-1]))
    return _between_refusals(run, *_best_ends(run, refusals))


def _lasted_s(run: Run, requests: Ints) -> float:
    """From the first to the last of these requests."""
    return float(run.at_s[requests[-1]] - run.at_s[requests[0]]) if len(requests) else 0.0


def after_refusals(run: Run) -> Ints:
    """Indices of the saturated accepts: each right after a refusal."""
    return 1 + np.flatnonzero(run.accepted[1:] & run.refused[:-1])


def _between_accepts(run: Run, i: int, j: int) -> Span:
    """[n / (D + g_i), n / (D - g_j)]: n let through between the two, D apart, g the gap before each."""
    sure = int(run.accepted[i:j].sum())
    most = sure + int(run.maybe[i:j].sum())
    apart = float(run.at_s[j] - run.at_s[i])
    longest = apart + float(run.at_s[i] - run.at_s[i - 1] + run.trip_s[i])
    shortest = apart - float(run.at_s[j] - run.at_s[j - 1] + run.trip_s[j])
    return Span(sure / longest, most / shortest if shortest > 0 else None)


def _between_refusals(run: Run, first: int, last: int) -> Span:
    """The same where answers overlap, so that the order of arrival is not known.

    At a refusal less than one request was left. So what was let through between two of them differs from rate x time
    by less than one; or by a whole crowd, where the limiter is silent for long and then lets a crowd through. Each of
    the two arrived at some time x, y after it was sent: the bounds are the worst of all of these, which lie where one
    more request may have come between.
    """
    start, end = float(run.at_s[first]), float(run.at_s[last])
    early, late, slack = float(run.trip_s[first]), float(run.trip_s[last]), _slack(run, first, last)
    may, sure = run.at_s[run.accepted | run.maybe], run.at_s[run.accepted]
    x = _within(may + early - start, early)[:, None]
    y = _within(may - end, late)[None, :]
    most = np.searchsorted(may, end + y + CLOCK_S, "right") - np.searchsorted(may, start + x - early - CLOCK_S)
    shortest = end - start + y - x
    high = float(((most + slack) / shortest).max()) if float(shortest.min()) > 0 else None
    x = _within(sure - start, early)[:, None]
    y = _within(sure + late - end, late)[None, :]
    least = np.searchsorted(sure, end + y - late - CLOCK_S) - np.searchsorted(sure, start + x + CLOCK_S, "right")
    longest = np.maximum(end - start + y - x, CLOCK_S)
    return Span(float((np.maximum(least - slack, 0) / longest).min()), high)


def _within(moments: Floats, most: float) -> Floats:
    """0, `most`, and the moments between."""
    return np.concatenate([[0.0, most], moments[(moments > 0) & (moments < most)]])


def _best_ends(run: Run, refusals: Ints) -> tuple[int, int]:
    """Two refusals that bound the rate best: far apart, where requests were not on their way for long."""
    half = max(len(refusals) // 2, 1)
    firsts, lasts = refusals[: min(ENDS, half)], refusals[half:][-ENDS:]
    per_s = float(run.accepted[refusals[0] : refusals[-1]].sum()) / _lasted_s(run, refusals)
    apart = run.at_s[lasts][None, :] - run.at_s[firsts][:, None]
    unsure = 2.0 + per_s * (run.trip_s[lasts][None, :] + run.trip_s[firsts][:, None])
    best = int(np.argmin(np.where(apart > 0, unsure / np.maximum(apart, CLOCK_S), np.inf)))
    return int(firsts[best // len(lasts)]), int(lasts[best % len(lasts)])


def _slack(run: Run, first: int, last: int) -> int:
    """1; where the limiter was silent for longer than a steady trickle is, the longest run of accepts."""
    inside = slice(first, last + 1)
    accepts = run.at_s[inside][run.accepted[inside]]
    span_s = float(run.at_s[last] - run.at_s[first])
    if len(accepts) < 2 or span_s <= 0:
        return 1
    trickle_s = span_s / len(accepts)
    fuzz_s = float(run.trip_s[inside].max()) + float(np.diff(run.at_s[inside]).max(initial=0.0))
    waits = np.diff(np.concatenate([[run.at_s[first]], accepts, [run.at_s[last]]]))
    crowds = [count for count, _ in _crowds(run, first, last + 1)]
    return max(crowds, default=1) if float(waits.max()) > 3 * trickle_s + 2 * fuzz_s else 1


def bucket(run: Run, rpm: Span | None) -> Span:
    """Bounds of what is accepted at once, if the bucket was full at the start; `rpm` bounds how fast it refills.

    Lower: what was accepted by some time, less all that can have come in since. Upper: what can have been accepted
    by the first refusal, and one, less what came in since and was not lost because the bucket was still full.
    Without a refusal there is no upper; without a rate only the first second counts.
    """
    accepts, trips = run.at_s[run.accepted], run.trip_s[run.accepted]
    counts = np.arange(1, len(accepts) + 1)
    if rpm is None or rpm.high is None:
        low, lost = float((accepts <= AT_ONCE_S).sum()), 0.0
    else:
        come_in = rpm.high / 60.0 * (accepts + trips)
        low = float((counts - come_in).max(initial=0.0))
        lost = float((come_in - counts + 1)[1:].max(initial=0.0))
    if not run.refused.any():
        return Span(low, None)
    first = int(np.flatnonzero(run.refused)[0])
    refused_s, trip_s = float(run.at_s[first]), float(run.trip_s[first])
    before = int(((run.accepted | run.maybe) & (run.at_s <= refused_s + trip_s)).sum())
    refilled = (rpm.low if rpm else 0.0) / 60.0 * max(refused_s - trip_s, 0.0)
    return Span(low, max(1.0 + before - max(refilled - lost, 0.0), low))


def family(run: Run, rpm: Span | None) -> str | None:
    """token_bucket or fixed_window where the run shows it clearly, else None.

    Polled faster than it refills, a bucket trickles; a window is silent, then lets a crowd through, always the same
    time apart. A sliding log does that, too, first one window after our first request: that case stays open.
    """
    if rpm is None or rpm.high is None or rpm.low <= 0 or not _in_order(run):
        return None
    each_s = 120.0 / (rpm.low + rpm.high)
    first_refusal = int(np.flatnonzero(run.refused)[0])
    accepts = run.at_s[first_refusal:][run.accepted[first_refusal:]]
    silence = float(np.diff(accepts).max(initial=0.0))
    fuzz_s = float(np.median(np.diff(run.at_s))) + float(run.trip_s.max())
    if len(after_refusals(run)) >= MANY and silence <= 3 * each_s + 2 * fuzz_s:
        return "token_bucket"
    return "fixed_window" if _is_window(run, first_refusal, fuzz_s) else None


def _is_window(run: Run, first_refusal: int, fuzz_s: float) -> bool:
    """Crowds that begin the same time apart, three of them, the first sooner than a sliding log could let it."""
    crowds = list(_crowds(run, first_refusal, len(run.at_s)))
    if len(crowds) < 3 or min(count for count, _ in crowds[:-1]) < CROWD:
        return False
    apart = np.diff([start for _, start in crowds])
    steady = float(np.ptp(apart)) <= 2 * fuzz_s
    return steady and crowds[0][1] < float(apart.mean()) - 3 * fuzz_s


def _crowds(run: Run, first: int, after: int) -> Iterator[tuple[int, float]]:
    """Runs of accepts among the requests [first, after): how many, and when each began."""
    index = first
    for accepted, group in groupby(run.accepted[first:after].tolist()):
        count = len(list(group))
        if accepted:
            yield count, float(run.at_s[index])
        index += count


def trips(refused: Flags, total_s: Floats, margin: float = MARGIN) -> Floats:
    """For each request, the longest that the refusals around it took; nothing where none did, or none says."""
    refusals = np.flatnonzero(refused & ~np.isnan(total_s))
    if not len(refusals):
        return np.full(len(refused), CLOCK_S)
    own = np.pad(total_s[refusals], AROUND, mode="edge")
    longest = np.lib.stride_tricks.sliding_window_view(own, 2 * AROUND + 1).max(axis=1)
    following = np.minimum(np.searchsorted(refusals, np.arange(len(refused))), len(refusals) - 1)
    found: Floats = longest[following] * margin + CLOCK_S
    return found


def _in_order(run: Run) -> bool:
    """Whether every refusal was back before the next request left, so that they arrived in the order sent."""
    return bool(len(run.at_s) > 1 and float(np.diff(run.at_s).min()) >= float(run.trip_s.max()))


def _without_stalls(run: Run) -> list[Ints]:
    """Indices of the parts of a run between pauses in which the bucket may have run over."""
    gaps = np.diff(run.at_s)
    usual = float(np.median(gaps)) if len(gaps) else 0.0
    stalls = np.flatnonzero(gaps > max(STALL * usual, AT_ONCE_S)) + 1
    return np.split(np.arange(len(run.at_s)), stalls)

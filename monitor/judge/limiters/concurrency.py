"""Concurrency: how many requests at once explain a run.

As many as were in the provider's hands at one moment were allowed; at a refusal all places were taken.
"""

import numpy as np

from monitor.judge.columns import Flags, Floats, Ints
from monitor.judge.limiters.trace import Trace
from monitor.judge.result import Span


def explain(trace: Trace) -> Span | None:
    """Bounds of the number of places; None: no such limit makes this run."""
    if not len(trace.refused_low) or not len(trace.sure):
        return None
    low, high = held_at_once(trace), int(most_at_refusals(trace).min())
    return Span(low, high) if low <= high else None


def held_at_once(trace: Trace) -> int:
    """The most requests that were in the provider's hands at one moment for certain."""
    held = trace.held
    lasting = held.sure_until > held.sure_from
    began, ended = np.sort(held.sure_from[lasting]), np.sort(held.sure_until[lasting])
    return max(int(_open(began, ended, began).max(initial=0)), 1)


def most_at_refusals(trace: Trace) -> Ints:
    """For each refusal, how many may have been in the provider's hands when it arrived."""
    began, ended = np.sort(trace.held.most_from), np.sort(trace.held.most_until)
    before = np.searchsorted(began, trace.refused_high, "right")
    over = np.searchsorted(ended, trace.refused_low, "left")
    return (before - over).astype(np.int64)


def _open(began: Floats, ended: Floats, at: Floats) -> Ints:
    counts: Ints = (np.searchsorted(began, at, "right") - np.searchsorted(ended, at, "right")).astype(np.int64)
    return counts


def explains(trace: Trace, places: int) -> Flags:
    """The refusals that so many places may have caused."""
    taken: Flags = most_at_refusals(trace) >= places
    return taken

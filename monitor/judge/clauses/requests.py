"""Rows -> the requests that a clause counts, which of them are errors, and which nobody can call either.

A request without an HTTP answer is `unheard`, unless the clause calls that an error and it is known to be the
provider's: the provider may have counted an error, or nothing at all. What our own monitor failed is no error of
anybody, and no success.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

import numpy as np

from monitor.judge.clauses.clause import Clause
from monitor.judge.columns import SECOND, Flags, Ints, Rows, Truths
from monitor.judge.states import FAILURES, is_theirs

MOST_WAIT_S = 32
_DOUBLINGS = 5  # 1, 2, 4, 8, 16, 32 s


@dataclass(frozen=True, slots=True)
class Requests:
    """Those of one clause in order of time: each is valid (and perhaps an error) or unheard."""

    t: Ints
    valid: Flags
    error: Flags
    unheard: Flags
    left_out: int  # valid ones whose model the clause does not cover

    def between(self, start: int, end: int) -> "Requests":
        """Those planned in [start, end)."""
        first, last = (int(i) for i in np.searchsorted(self.t, [start, end]))
        return self._take(slice(first, last))

    def outside(self, stretches: Sequence[tuple[int, int]]) -> "Requests":
        """Those planned in none of these [start, end)."""
        kept = ~self._within(stretches)
        return self if kept.all() else self._take(kept)

    def unheard_within(self, stretches: Sequence[tuple[int, int]]) -> "Requests":
        """The same, where nobody knows whether those planned in these [start, end) count."""
        doubtful = self._within(stretches)
        return replace(self, valid=self.valid & ~doubtful, unheard=self.unheard | doubtful)

    def _within(self, stretches: Sequence[tuple[int, int]]) -> Flags:
        within: Flags = np.zeros(len(self.t), dtype=bool)
        for start, end in stretches:
            within[np.searchsorted(self.t, start) : np.searchsorted(self.t, end)] = True
        return within

    def _take(self, which: Flags | slice) -> "Requests":
        return Requests(self.t[which], self.valid[which], self.error[which], self.unheard[which], self.left_out)


def of(rows: Rows, clause: Clause) -> Requests:
    """The requests of a clause; `rows`: scheduled reach and image probes of one provider, sorted by time."""
    watched = _watched(rows, clause)
    if clause.latency_as_failure_ms is None:
        said = watched.of_kind(f"requests of {clause}", lambda each: _said(each, clause))
    else:
        said = _said(watched, clause)  # which is not a matter of kind alone
    valid, error = said & _VALID != 0, said & _ERROR != 0
    unheard = (said & _UNHEARD != 0) & watched.sent
    if clause.unit == "request":
        unheard |= said & _OURS != 0  # a share knows no time: what was planned and tells nothing has to show here
    if clause.backoff_required:
        valid &= ~_too_soon(watched, error)
    uncovered = said & _UNCOVERED != 0
    kept = (valid | unheard) & ~uncovered
    left_out = int(np.count_nonzero(valid & uncovered))
    if kept.all():
        return Requests(watched.t, valid, error, unheard, left_out)
    return Requests(watched.t[kept], valid[kept], error[kept], unheard[kept], left_out)


_BITS = _VALID, _ERROR, _UNHEARD, _OURS, _UNCOVERED = [np.int8(1 << bit) for bit in range(5)]


def _said(rows: Rows, clause: Clause) -> Truths:
    """What each row is to a clause, bit by bit: valid, an error, not heard of if it was sent, our own, not covered."""
    ours = rows.attribution.isin("monitor") | rows.outcome.isin("not_sent")
    told = ~ours & ~_excluded(rows, clause)
    error = told & _errors(rows, clause)
    valid = told & (rows.answered | error)
    unheard = ~rows.answered & ~error
    uncovered = _uncovered(rows, clause)
    said = np.zeros(len(rows), dtype=np.int8)
    for which, bit in zip((valid, error, unheard, ours, uncovered), _BITS, strict=True):
        said[which] |= bit
    return said


def _watched(rows: Rows, clause: Clause) -> Rows:
    """All of them; of a clause about images, those alone, where there are any."""
    if clause.probes != "images":
        return rows
    images = rows.probe.isin("baseline")
    return rows.take(images) if images.any() else rows


def _excluded(rows: Rows, clause: Clause) -> Flags:
    """What a clause does not take for a request, by the class of the answer."""
    kinds = {"429": ("rate_limited",), "4xx": ("client_error", "auth", "balance"), "policy": ("blocked",)}
    return rows.outcome.isin(*(outcome for kind in clause.exclude for outcome in kinds[kind]))


def _uncovered(rows: Rows, clause: Clause) -> Flags:
    """Requests to models that the clause does not cover."""
    names = (name for name in rows.model.names if any(fnmatchcase(name, like) for like in clause.exclude_models))
    return rows.model.isin(*names)


def _errors(rows: Rows, clause: Clause) -> Flags:
    """Requests that are errors by this clause."""
    error: Flags = np.zeros(len(rows), dtype=bool)
    if "5xx" in clause.errors:
        error |= rows.answered & rows.answered_5xx
    if "429" in clause.errors:
        error |= rows.outcome.isin("rate_limited")
    if "no_answer" in clause.errors:
        error |= ~rows.answered & rows.outcome.isin(*FAILURES) & is_theirs(rows)
    if "unusable" in clause.errors:
        error |= rows.answered & ~rows.answered_5xx & rows.outcome.isin(*FAILURES)
    if clause.latency_as_failure_ms is not None:
        slow: Flags = rows.total_ms > clause.latency_as_failure_ms
        error |= slow & (rows.answered | (rows.outcome.isin("timeout") & is_theirs(rows)))
    return error


# --- back-off -------------------------------------------------------------------------------------------------


def _too_soon(rows: Rows, error: Flags) -> Flags:
    """Errors that repeat a request without the wait: 1 s after the first error, doubling to 32 s.

    Identical requests are those of one probe, size, model and location. A request counts if it waited since the end
    of the last error that counted; each one that counts doubles the wait, and a success begins anew.
    """
    soon: Flags = np.zeros(len(rows), dtype=bool)
    start, end = rows.start, rows.end
    if not _any_close(start[error], end[error]):
        return soon
    stream: Ints = np.zeros(len(rows), dtype=np.int64)
    for words in (rows.probe, rows.size, rows.model, rows.location):
        stream = stream * (len(words.names) + 1) + words.codes + 1
    order = np.lexsort((start, stream))
    wrong, same = error[order], np.diff(stream[order], prepend=-1) == 0
    first = np.flatnonzero(wrong & ~(same & np.append(False, wrong[:-1])))
    last = np.flatnonzero(wrong & ~np.append(wrong[1:] & same[1:], False)) + 1
    several = last - first > 1
    for i, j in zip(first[several].tolist(), last[several].tolist(), strict=True):
        run = order[i:j]
        soon[run[~_waited(start[run], end[run])]] = True
    return soon


def _any_close(start: Ints, end: Ints) -> bool:
    """Whether any errors follow each other within the longest wait: rarely, and then there is nothing to look at."""
    longest = int((end - start).max(initial=0))
    return bool((np.diff(np.sort(start)) < MOST_WAIT_S * SECOND + longest).any())


def _waited(start: Ints, end: Ints) -> Flags:
    """Which of the errors in a row waited for long enough; in order of their starts."""
    counts: Flags = np.zeros(len(start), dtype=bool)
    if (np.diff(start) >= MOST_WAIT_S * SECOND + np.max(end - start)).all():
        return ~counts  # far apart, as scheduled probes are
    at, doublings = 0, 0
    while at < len(start):
        counts[at] = True
        wait = min(2**doublings, MOST_WAIT_S) * SECOND
        at = max(at + 1, int(np.searchsorted(start, end[at] + wait)))
        doublings = min(doublings + 1, _DOUBLINGS)
    return counts

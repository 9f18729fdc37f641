"""What one row says of its provider at that moment: up, degraded, down, or nothing.

Unknown is the answer wherever a row tells of us (our monitor, our key, our balance, our request, our rate) or where
nobody can say whose fault it was: an unknown minute must not become an up one, nor a down one.
"""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from monitor.judge.columns import Flags, Rows
from probes.model import Outcome


class State(IntEnum):
    """Of a provider at a moment. Ordered so that the larger of two observations at one instant is the one to keep."""

    UNKNOWN = 0
    UP = 1
    DEGRADED = 2  # up, but the image was not what was asked
    DOWN = 3
    EXCLUDED = 4  # announced maintenance


States = npt.NDArray[np.int8]

FAILURES = (
    Outcome.OK_NO_IMAGE,
    Outcome.OVERLOADED,
    Outcome.SERVER_ERROR,
    Outcome.TIMEOUT,
    Outcome.CONNECTION,
    Outcome.MALFORMED,
    Outcome.TRUNCATED,
    Outcome.IMAGE_INVALID,
)
UPPTIME = "import.upptime"  # rules of rows that carry another monitor's own verdict


def observed(rows: Rows) -> States:
    """State that each row shows, ignoring all others."""
    return rows.of_kind("observed", _observed)


def _observed(rows: Rows) -> States:
    states = np.full(len(rows), State.UNKNOWN, dtype=np.int8)
    states[rows.outcome.isin("ok")] = State.UP
    states[rows.outcome.isin("ok_degraded")] = State.DEGRADED
    states[_is_down(rows)] = State.DOWN
    states[rows.attribution.isin("monitor") | rows.outcome.isin("not_sent")] = State.UNKNOWN
    return states


def _is_down(rows: Rows) -> Flags:
    """The provider's failures, and what another monitor called down (a 401 included)."""
    told = rows.rule.starts(UPPTIME) & ~rows.good & (rows.outcome.codes >= 0)
    return told | (rows.outcome.isin(*FAILURES) & is_theirs(rows))


def is_theirs(rows: Rows) -> Flags:
    """Whether a failure is the provider's own: by attribution, checked against the control probe beside it.

    An answer over HTTP proves that the network was there. Without one, a control probe that failed as well speaks
    for the provider whatever the attribution says; and where nobody was blamed, only one that passed speaks against.
    """
    return rows.of_kind("theirs", _is_theirs)


def _is_theirs(rows: Rows) -> Flags:
    control_passed: Flags = rows.control_ok == 1
    control_failed: Flags = rows.control_ok == 0
    blamed = rows.attribution.isin("provider") & (rows.answered | ~control_failed)
    return blamed | (rows.attribution.isin("network", "unknown") & control_passed)


def telling(rows: Rows) -> Flags:
    """Requests that count and tell of the provider: one without an answer only if that was its own doing.

    What our network, or nobody who is known, failed is evidence against no promise; it is unknown, as in time.
    """
    return rows.counted & (rows.good | rows.answered | is_theirs(rows))


_WHY = {
    "rate_limited": "throttled (429), which is neither up nor down",
    "auth": "our key was refused",
    "balance": "our balance is spent",
    "client_error": "our request was refused as wrong",
    "blocked": "our prompt was blocked by policy",
}
_WHY_NOT_SENT = {
    "budget": "budget spent",
    "late": "we were too late to send",
    "breaker": "we paused after failures",
    "shutdown": "we were shut down",
    "missed": "our monitor missed its time",
    "maintenance": "maintenance",
}


def why_unknown(rows: Rows, index: int) -> str:
    """Why this row says neither up nor down, in words."""
    outcome = rows.outcome.at(index) or "no outcome"
    if outcome == "not_sent":
        detail = rows.detail.at(index) or ""
        return f"not sent: {_WHY_NOT_SENT.get(detail, detail or 'no reason given')}"
    if rows.attribution.at(index) == "monitor":
        return "our monitor failed"
    if outcome in _WHY:
        return _WHY[outcome]
    if outcome == "timeout" and rows.attribution.at(index) == "client":
        return "our deadline was shorter than the provider advises"
    if rows.control_ok[index] == 0:
        return "our own network failed (control probe)"
    return f"{outcome}, and no control probe says whose fault"

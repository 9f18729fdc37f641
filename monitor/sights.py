"""What one row shows of its provider, for who must decide before there is a frame: the service. Pure.

The same as `monitor.judge.states.observed` says of a column of rows; a test holds the two together.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from monitor.judge.columns import GOOD, ONLY_IF_ANSWERED
from monitor.judge.states import FAILURES
from probes.model import Mode, Outcome, Sample

REACH, IMAGE = "reach", "image"
OUT_OF_DOUBT = frozenset((Mode.SCHEDULED, Mode.CONFIRM, Mode.INCIDENT))
REFUSED = frozenset((Outcome.AUTH, Outcome.BALANCE))


class Shows(Enum):
    """Of a provider, by one request."""

    UP = "up"
    DOWN = "down"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Sight:
    """A request that was answered, or not: what it asked for, what it shows, from when to when, and in words."""

    kind: str  # reach | image
    mode: str
    shows: Shows
    outcome: str
    sent_at: datetime
    ended_at: datetime
    words: str


def sight_of(row: Sample) -> Sight | None:
    """What a row shows; None: it was not sent."""
    if row.sent_at is None or row.outcome == Outcome.NOT_SENT:
        return None
    ended_at = row.sent_at + timedelta(milliseconds=row.total_ms or 0.0)
    kind = REACH if row.size is None else IMAGE
    return Sight(kind, row.mode, shows(row), row.outcome, row.sent_at, ended_at, _words(row))


def shows(row: Sample) -> Shows:
    """Whether this row says that its provider is up, or down."""
    if row.attribution == "monitor" or row.outcome == Outcome.NOT_SENT:
        return Shows.NOTHING
    if row.outcome in GOOD:
        return Shows.UP
    return Shows.DOWN if row.outcome in FAILURES and _is_theirs(row) else Shows.NOTHING


def _is_theirs(row: Sample) -> bool:
    """An answer over HTTP proves that the network was there; else the control probe beside it tells."""
    answered = row.outcome in ONLY_IF_ANSWERED if row.status is None else row.status >= 100
    if row.attribution == "provider":
        return answered or row.control_ok is not False
    return row.attribution in {"network", "unknown"} and row.control_ok is True


def _words(row: Sample) -> str:
    """`503 overloaded`, `timeout (ttfb)`."""
    name = row.outcome.replace("_", " ")
    if row.status is not None and row.status >= 400:
        return f"{row.status} {name}"
    return f"{name} ({row.detail})" if row.detail else name

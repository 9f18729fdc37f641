"""What a run tells of itself: where it stands after every row, and what it came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from probes.run_error import RunError


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands; handed out after every row."""

    planned: int
    done: int
    in_flight: int
    outcomes: Mapping[str, int]
    spent_usd: float


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run came to. `stopped`: why it ended before its plan did."""

    run_id: UUID
    planned: int
    sent: int
    outcomes: Mapping[str, int]
    spent_usd: float
    stopped: str | None
    error: RunError | None = None  # how wrong our own times were; None: nobody measured it

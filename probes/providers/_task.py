"""What task APIs have in common: submit, poll politely until the task is done, fetch.

How long a task queued and ran is told by the polls, on our clock. A state is seen at the first poll after it
began, so each of the two is known to within one poll interval (`poll_s`); the fetch begins up to one interval after
the image was ready, which is part of `total_ms` as it would be for every client that polls as often.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from probes.model import Exchange, Fault, Pause, Request
from probes.providers._json import retry_after_s

_LONGEST_WAIT_S = 30.0
_POLICY = re.compile(
    r"polic(?:y|ies)|safety|sensitive|nsfw|prohibited|moderat|flagged|violat|inappropriate", re.IGNORECASE
)


class Stage(Enum):
    """What one poll says of the task. `BUSY`: nothing, the poll itself was refused for being one too many."""

    QUEUED = auto()
    RUNNING = auto()
    OVER = auto()
    BUSY = auto()


@dataclass(frozen=True, slots=True)
class Course:
    """The course of a task: its polls so far, whether it is over, and what was fetched after that."""

    polls: Sequence[Exchange]
    over: bool
    fetched: Sequence[Exchange]
    queue_ms: float | None
    run_ms: float | None


def course(submitted: Exchange, later: Sequence[Exchange], stage_of: Callable[[Exchange], Stage]) -> Course:
    """Split what followed the submission into polls and fetches, and time the stages.

    `queue_ms`: from the accepted submission until a poll saw the task run; `run_ms`: from there until a poll saw it
    over. Both are None where no poll saw it run: only their sum is known then, which is `wait_ms` of the row.
    """
    begun_ms: float | None = None
    for place, exchange in enumerate(later, 1):
        stage = stage_of(exchange)
        if stage is Stage.OVER:
            queue_ms = None if begun_ms is None else begun_ms - submitted.ended_ms
            run_ms = None if begun_ms is None else exchange.ended_ms - begun_ms
            return Course(later[:place], over=True, fetched=later[place:], queue_ms=queue_ms, run_ms=run_ms)
        if stage is Stage.RUNNING and begun_ms is None:
            begun_ms = exchange.ended_ms
    return Course(later, over=False, fetched=(), queue_ms=None, run_ms=None)


def poll_again(
    later: Sequence[Exchange], request: Request, poll_s: float, stage_of: Callable[[Exchange], Stage]
) -> Pause:
    """Wait, then poll. After a refused poll as long as it asks for, or twice as long each time; never over 30 s."""
    refused = 0
    for exchange in reversed(later):
        if stage_of(exchange) is not Stage.BUSY:
            break
        refused += 1
    if not refused:
        return Pause(poll_s, request)
    wanted = retry_after_s(later[-1].headers) or poll_s * 2.0 ** min(refused, 10)
    return Pause(min(max(wanted, poll_s), _LONGEST_WAIT_S), request)


def failed(code: str | None, message: str) -> Fault:
    """A task that was accepted and ended without an image: theirs, whatever upstream's code says.

    Only a 5xx is taken at its number; any other is kept as a word, where it is not read as a mistake of ours.
    """
    known = code is not None and re.fullmatch(r"5\d\d", code, re.ASCII) is not None
    return Fault(message, code=code if known else None, status="INTERNAL", type=f"task_failed_{code or 'unknown'}")


def lost(code: str | None, message: str) -> Fault | None:
    """A task that they had accepted and do not know any more: theirs. None where the code means something else."""
    return Fault(message, status="INTERNAL", type=f"task_lost_{code}") if code in {"400", "404", "422"} else None


def policy(message: str) -> str | None:
    """Some task APIs say a refusal by policy in words only."""
    return "policy" if _POLICY.search(message) else None

"""One mutated conversation, from the adapter's first request to the row: what must hold whatever came back."""

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from probes.conversation import Conversation
from probes.model import (
    OUR_READER,
    Answer,
    Ask,
    Attribution,
    Exchange,
    Mode,
    Outcome,
    Phases,
    ProbeKind,
    Sample,
    Shot,
    Target,
    Verdict,
    WireFault,
    as_row,
)
from probes.outcomes import RULES, abandoned, classify
from probes.providers import load
from probes.sampling import planned_row, told_row
from probes.scrubbing import scrub_answer
from tests.fuzz.seeds import KEY

MOST_S = 2.0  # of processor time, for one answer
_START, _RUN = datetime(2026, 11, 22, tzinfo=UTC), UUID("01a201bc-84e7-71f9-a3ee-addd8d06cf79")
_RULES = frozenset(name for name, _ in RULES)
_MOST_CHARS = 2000


def row_of(target: Target, ask: Ask, exchanges: Sequence[Exchange]) -> Sample:
    """The row that these exchanges come to. Raises AssertionError where a promise is broken, and nothing else."""
    began_s = time.process_time()
    last, answer = _conversed(target, ask, exchanges)
    scrubbed = None if answer is None else scrub_answer(answer, (target.key,))
    verdict = classify(ask, last, scrubbed, control_ok=True)
    row = _row(target, ask, verdict, last, scrubbed)
    assert time.process_time() - began_s < MOST_S, "slow"
    _holds(row, scrubbed)
    return row


def _conversed(target: Target, ask: Ask, exchanges: Sequence[Exchange]) -> tuple[Exchange, Answer | None]:
    """As `probes.conversation` has it, without a wire: what decided, and the answer as read, if any."""
    so_far: list[Exchange] = []
    for exchange in exchanges:
        step = load(target.adapter).step(target, ask, tuple(so_far))
        if isinstance(step, Answer):
            return so_far[0] if so_far else Exchange(None), step
        placed = replace(exchange, began_ms=1000.0 * len(so_far), ended_ms=1000.0 * len(so_far) + 500.0)
        so_far.append(placed)
        if exchange.fault is not None:
            return placed, None
    step = load(target.adapter).step(target, ask, tuple(so_far))
    if isinstance(step, Answer):
        return so_far[-1], step
    return Exchange(None, fault=WireFault.TIMEOUT_TOTAL), None  # it would go on asking: the deadline ends it


def _row(target: Target, ask: Ask, verdict: Verdict, last: Exchange, answer: Answer | None) -> Sample:
    shot = Shot(0.0, target.provider, ProbeKind.BASELINE, Mode.SCHEDULED, ask)
    blank = planned_row(
        shot, 0, model=target.model, run_id=_RUN, location="here", started_at=_START, verdict=abandoned(), error=None
    )
    conversation = Conversation(last, Phases(total_ms=1.0), answer, len(last.body), None, accepted=False)
    return told_row(blank, verdict, conversation, target=target, shot=shot, control_ok=True)


def _holds(row: Sample, answer: Answer | None) -> None:
    """It is a row of a table: closed words, finite numbers, short texts that can be written, and no key."""
    assert row.outcome in set(Outcome) - {Outcome.NOT_SENT}
    assert row.rule in _RULES
    assert answer is None or answer.malformed != OUR_READER
    assert row.attribution in set(Attribution) - {Attribution.MONITOR}
    for name, value in as_row(row).items():
        if isinstance(value, str):
            assert len(value) <= _MOST_CHARS, name
            assert KEY not in value, name
            value.encode()
            assert "\x00" not in value, name
        if isinstance(value, float):
            assert math.isfinite(value), name
    if row.outcome in {Outcome.OK, Outcome.OK_DEGRADED} and row.size is not None:
        assert row.images > 0
        assert row.width
        assert row.image_bytes

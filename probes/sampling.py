"""From a planned request, and what came of it, to its row."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from probes.conversation import Conversation
from probes.ids import uuid7_of
from probes.model import Sample, Shot, Target, Verdict
from probes.scrubbing import scrub


def price_usd(target: Target, shot: Shot) -> float:
    """List price in USD of what a shot asks for; 0 for reach, and where no price is configured."""
    return 0.0 if shot.ask.is_reach else target.usd_per_image.get(shot.ask.size or "", 0.0)


def sample_id_of(planned_at: datetime, run_id: UUID, seq: int) -> UUID:
    """The identity of a planned request: the same, whoever works it out, and whenever."""
    return uuid7_of(planned_at, str(run_id), str(seq))


def planned_row(
    shot: Shot,
    seq: int,
    *,
    model: str,
    run_id: UUID,
    location: str,
    started_at: datetime,
    verdict: Verdict,
    error: str | None = None,
    sent_after_s: float | None = None,
) -> Sample:
    """The row of a planned request of which nothing is known but when it was sent, if it was.

    `sent_after_s`: since `started_at`. Its identifier follows from run and place, so that a row reconstructed after a
    crash is the same row.
    """
    planned_at = started_at + timedelta(seconds=shot.offset_s)
    billed = False if shot.ask.is_reach else verdict.billed
    block_id = uuid7_of(started_at, str(run_id), "block", str(shot.block)) if shot.block is not None else None
    return Sample(
        sample_id=sample_id_of(planned_at, run_id, seq),
        run_id=run_id,
        seq=seq,
        block_id=block_id,
        location=location,
        provider=shot.provider,
        model=model,
        probe=shot.probe.value,
        mode=shot.mode.value,
        size=shot.ask.size,
        aspect_ratio=shot.ask.aspect_ratio,
        planned_at=planned_at,
        sent_at=None if sent_after_s is None else started_at + timedelta(seconds=sent_after_s),
        lateness_ms=None if sent_after_s is None else max(sent_after_s - shot.offset_s, 0.0) * 1000.0,
        outcome=verdict.outcome.value,
        detail=verdict.detail,
        attribution=verdict.attribution.value,
        rule=verdict.rule,
        billed=billed,
        cost_usd=0.0 if billed is False else None,
        error=error,
    )


def broken_row(blank: Sample, verdict: Verdict, target: Target, error: str) -> Sample:
    """The row of a request that our own prober failed at; what it cost, if anything, is not known."""
    return replace(
        blank,
        outcome=verdict.outcome.value,
        detail=verdict.detail,
        attribution=verdict.attribution.value,
        rule=verdict.rule,
        error=scrub(error, (target.key,)),
    )


def told_row(
    blank: Sample,
    verdict: Verdict,
    conversation: Conversation,
    *,
    target: Target,
    shot: Shot,
    control_ok: bool | None,
) -> Sample:
    """The row with everything that was measured and said (what was said was scrubbed when it was read)."""
    phases, answer = conversation.phases, conversation.answer
    limits = answer.limits if answer else None
    picture = answer.picture if answer else None
    known_price = shot.ask.is_reach or shot.ask.size in target.usd_per_image
    cost_usd = {True: price_usd(target, shot) if known_price else None, False: 0.0, None: None}[verdict.billed]
    return replace(
        blank,
        dns_ms=phases.dns_ms,
        connect_ms=phases.connect_ms,
        tls_ms=phases.tls_ms,
        upload_ms=phases.upload_ms,
        wait_ms=phases.wait_ms,
        download_ms=phases.download_ms,
        total_ms=phases.total_ms,
        conn_reused=phases.conn_reused,
        status=conversation.last.status,
        outcome=verdict.outcome.value,
        detail=verdict.detail,
        attribution=verdict.attribution.value,
        rule=verdict.rule,
        billed=verdict.billed,
        cost_usd=cost_usd,
        images=answer.images if answer else 0,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        image_format=picture.format if picture else None,
        image_bytes=picture.size_bytes if picture else None,
        response_bytes=conversation.response_bytes,
        retry_after_s=limits.retry_after_s if limits else None,
        limit_requests=limits.limit_requests if limits else None,
        remaining_requests=limits.remaining_requests if limits else None,
        reset_s=limits.reset_s if limits else None,
        quota=limits.quota if limits else None,
        request_id=answer.request_id if answer else None,
        server_ms=answer.server_ms if answer else None,
        model_version=answer.model_version if answer else None,
        control_ok=control_ok,
        error=scrub(_said(conversation), (target.key,)),
        body_sha256=conversation.body_sha256,
        queue_ms=answer.queue_ms if answer else None,
        run_ms=answer.run_ms if answer else None,
    )


def _said(conversation: Conversation) -> str | None:
    """What went wrong, in the words of whoever said it."""
    if conversation.last.error:
        return conversation.last.error
    answer = conversation.answer
    if answer is None:
        return None
    return (answer.fault.message if answer.fault else None) or (answer.text if answer.picture is None else None)

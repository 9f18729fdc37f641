"""Where the time of a whole conversation went: one set of phases for one row."""

from collections.abc import Sequence
from dataclasses import replace

from probes.model import Exchange, Phases


def joined(exchanges: Sequence[Exchange], own: Sequence[Exchange], total_ms: float) -> Phases:
    """The phases of a conversation. `own`: the exchanges with the provider itself, in order.

    One exchange: its own phases. One answer and the fetch of its image: what followed the answer is download. A task
    (several exchanges with the provider): upload is the submission, wait is from there until the task was seen to
    be over (or the deadline), download is the fetch of its image. DNS, connect and TLS are those of the first.
    """
    first = exchanges[0]
    if len(exchanges) == 1:
        return first.phases
    if len(own) > 1:
        return _of_task(first, own[-1], exchanges, total_ms)
    later = [exchange.phases.total_ms or 0.0 for exchange in exchanges[1:]]
    return replace(first.phases, download_ms=(first.phases.download_ms or 0.0) + sum(later), total_ms=total_ms)


def _of_task(first: Exchange, last_poll: Exchange, exchanges: Sequence[Exchange], total_ms: float) -> Phases:
    """What is left of the total after submission and fetch is waiting, so that the three add up."""
    phases = first.phases
    submit_ms = sum(part or 0.0 for part in (phases.upload_ms, phases.wait_ms, phases.download_ms))
    fetched = [exchange for exchange in exchanges if exchange.began_ms >= last_poll.ended_ms > 0.0]
    over_ms = fetched[0].began_ms if fetched else total_ms
    return replace(
        phases,
        upload_ms=submit_ms,
        wait_ms=max(over_ms - first.ended_ms, 0.0),
        download_ms=total_ms - over_ms if fetched else None,
        total_ms=total_ms,
    )

"""An agreed outage, watched closely: what was seen of it, as bounds, beside what was agreed. Pure.

A provider that promises failover within thirty seconds can be held to it only where requests start every few seconds
and both sides know when: in a drill. Its rows have mode `drill` and enter nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.judge.result import Span
from monitor.sights import IMAGE, REACH, Shows, Sight, sight_of
from probes.model import Sample

SHORTER, LONGER, UNDECIDED, NOT_SEEN = "no_longer_than_agreed", "longer_than_agreed", "undecided", "not_seen"


@dataclass(frozen=True, slots=True)
class Agreed:
    """When it was to begin, and for how long."""

    begin: datetime
    lasts_s: float


@dataclass(frozen=True, slots=True)
class Seen:
    """By one kind of request. It began in (`start_earliest`, `start_latest`], and ended likewise; None: not known."""

    requests: int
    failures: int
    start_earliest: datetime | None
    start_latest: datetime | None
    end_earliest: datetime | None
    end_latest: datetime | None
    down_s: Span | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Drill:
    """What came of it."""

    agreed: Agreed
    reach: Seen
    image: Seen | None  # None: no image was asked for


def of(rows: Sequence[Sample], agreed: Agreed) -> Drill:
    """From all rows of a drill."""
    sights = [sight for row in rows if (sight := sight_of(row)) is not None]
    images = [sight for sight in sights if sight.kind == IMAGE]
    reach = _seen([sight for sight in sights if sight.kind == REACH], agreed)
    return Drill(agreed, reach, _seen(images, agreed) if images else None)


def _seen(sights: Sequence[Sight], agreed: Agreed) -> Seen:
    """From the first failure to the last; what came and went in between is one."""
    sights = sorted(sights, key=lambda sight: sight.sent_at)
    failed = [sight for sight in sights if sight.shows is Shows.DOWN]
    if not failed:
        return Seen(len(sights), 0, None, None, None, None, None, NOT_SEEN)
    well = [sight for sight in sights if sight.shows is Shows.UP]
    last_failed_at = max(sight.sent_at for sight in failed)
    first_known = min(sight.ended_at for sight in failed)
    before = max((sight.sent_at for sight in well if sight.sent_at < failed[0].sent_at), default=None)
    after = min((sight.ended_at for sight in well if sight.sent_at > last_failed_at), default=None)
    low_s = max(0.0, (last_failed_at - first_known).total_seconds())
    high_s = (after - before).total_seconds() if after is not None and before is not None else None
    down = Span(low_s, high_s)
    return Seen(
        len(sights), len(failed), before, first_known, last_failed_at, after, down, _verdict(down, agreed.lasts_s)
    )


def _verdict(down: Span, agreed_s: float) -> str:
    if down.low > agreed_s:
        return LONGER
    return SHORTER if down.high is not None and down.high <= agreed_s else UNDECIDED

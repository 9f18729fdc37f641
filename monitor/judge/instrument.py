"""How well the monitor kept its own schedule: its scheduled rows of all providers in the window."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from monitor.judge import quantiles
from monitor.judge.columns import Floats, Rows
from monitor.judge.result import Instrument

LATE = 0.99


@dataclass(frozen=True, slots=True)
class Slots:
    """Of one provider: scheduled requests, those that left and how late, and why the others did not."""

    planned: int
    sent: int
    not_sent: Mapping[str, int]
    timed: int  # of those that left: of how many it is known how late
    latest_ms: Floats  # of these the latest, among which the quantile of all providers lies; in any order


def slots(rows: Rows, all_rows: int) -> Slots:
    """`rows` are those of one provider in the window; there are at most `all_rows` of all."""
    scheduled = rows.of_kind("of the schedule", lambda each: each.mode.isin("scheduled"))
    left = rows.sent
    sent = scheduled & left
    held = rows.take(scheduled & (~left | rows.of_kind("held back", lambda each: each.outcome.isin("not_sent"))))
    late = rows.lateness_ms[sent & ~np.isnan(rows.lateness_ms)]
    return Slots(
        planned=int(np.count_nonzero(scheduled)),
        sent=int(np.count_nonzero(sent)),
        not_sent=held.detail.counts(),
        timed=len(late),
        latest_ms=quantiles.largest(late, all_rows, LATE),
    )


def of(each: Sequence[Slots], spent_today: float, spent_month: float, time_compression: float | None) -> Instrument:
    """Of all providers together."""
    not_sent = sum((Counter(one.not_sent) for one in each), Counter[str]())
    return Instrument(
        slots_planned=sum(one.planned for one in each),
        slots_sent=sum(one.sent for one in each),
        slots_not_sent=dict(sorted(not_sent.items())),
        lateness_p99_ms=quantiles.of_largest(
            np.concatenate([[], *(one.latest_ms for one in each)]), sum(one.timed for one in each), LATE
        ),
        spent_usd_today=spent_today,
        spent_usd_month=spent_month,
        time_compression=time_compression,
    )

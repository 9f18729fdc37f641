"""A run that goes by its answers: each request as asked for, a row for each, and an end for every reason."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from probes.model import Ask, Continuation, Done, Exchange, Mode, Phases, Plan, ProbeKind, Seen, Shot, Wait
from probes.plans import saturation
from probes.prompts import prompt
from probes.simulator.limits import TokenBucket
from tests.probes import bodies as b
from tests.probes.bench import IMAGE, OVERLOADED, PRICE, Sent, after, play
from tests.probes.test_runner_rows import Capped

REFUSED = Exchange(429, {}, b.BARE_429, Phases(total_ms=50.0))
FIRST = Shot(0.0, "a", ProbeKind.BURST, Mode.RAMP, Ask("1K", "1:1", prompt(0)))


@dataclass
class Script:
    """Asks for these in turn; remembers what it was shown."""

    steps: list[Shot | Wait | Done]
    most_images: int = 10
    shown: list[tuple[float, tuple[Seen, ...]]] = field(default_factory=list)

    def next(self, seen: Sequence[Seen], now_s: float) -> Shot | Wait | Done:
        self.shown.append((now_s, tuple(seen)))
        return self.steps.pop(0) if self.steps else Done()


def going_on(more: Continuation, **given: float) -> Plan:
    return replace(Plan((FIRST,), max_in_flight=50, more=more), **given)  # type: ignore[arg-type]  # by name


def limited(rpm: float, burst: float) -> "Limited":
    return Limited(TokenBucket(rpm, burst))


@dataclass
class Limited:
    """A provider with a bucket: refusals come back at once, images after five seconds."""

    bucket: TokenBucket

    async def __call__(self, sent: Sent) -> Exchange:
        await asyncio.sleep(0.02)
        if self.bucket.wait_s(sent.at_s + 0.02) > 0:
            await asyncio.sleep(0.02)
            return REFUSED
        self.bucket.take(sent.at_s + 0.02)
        await asyncio.sleep(5.0)
        return IMAGE


def test_it_is_asked_again_when_something_comes_back_and_when_a_wait_is_over() -> None:
    script = Script([Wait(9.0), replace(FIRST, offset_s=4.0), Wait(5.5), Done()])
    played = play(going_on(script), after(2.0, IMAGE))
    assert [now_s for now_s, _ in script.shown] == pytest.approx([0.0, 2.0, 4.0, 5.5])
    assert [[one.outcome for one in seen] for _, seen in script.shown] == [[None], ["ok"], ["ok", None], ["ok", None]]
    assert [sent.at_s for sent in played.sent] == [0.0, 4.0]
    assert [row.seq for row in played.in_order] == [0, 1]
    assert played.summary is not None
    assert (played.summary.planned, played.summary.sent, played.summary.stopped) == (2, 2, None)


def test_what_it_could_not_find_out_is_why_the_run_ended() -> None:
    played = play(going_on(Script([Done("the quota of the day is spent")])))
    assert played.summary is not None
    assert played.summary.stopped == "the quota of the day is spent"
    assert played.outcomes == ["ok"]


def test_a_saturation_run_saturates() -> None:
    played = play(saturation.plan("a", max_images=60), limited(120, 8))
    assert played.outcomes.count("ok") <= 8 + 30
    assert {(row.probe, row.mode) for row in played.rows} == {("burst", "ramp"), ("burst", "sustain")}
    assert played.summary is not None
    assert played.summary.stopped is None
    assert played.summary.spent_usd == pytest.approx(PRICE * played.outcomes.count("ok"))
    assert played.progress[-1].done == played.progress[-1].planned == len(played.rows)
    assert all(told.done < told.planned for told in played.progress[:20])


def test_three_failures_in_a_row_end_it() -> None:
    played = play(saturation.plan("a"), after(0.2, OVERLOADED))
    assert played.summary is not None
    assert played.summary.stopped == "3 failures of a in a row"
    assert len(played.sent) <= 3 + 0.2 / 0.05 + 1  # those in flight by then
    assert played.outcomes.count("not_sent") == 1


@pytest.mark.parametrize("cap_usd", [0.0, 0.5])
def test_money_ends_it_and_refusals_cost_none(cap_usd: float) -> None:
    gate = Capped(cap_usd)
    played = play(saturation.plan("a"), limited(120, 4), gate=gate)
    assert played.summary is not None
    assert played.summary.stopped == "cap reached for a"
    assert played.outcomes.count("ok") == round(cap_usd / PRICE)
    assert played.outcomes.count("not_sent") == 1
    assert gate.most_reserved <= gate.cap


def test_the_cap_of_the_run_holds_too() -> None:
    played = play(saturation.plan("a", max_usd=0.5), limited(120, 4))
    assert played.outcomes.count("ok") == 10
    assert played.summary is not None
    assert played.summary.stopped == "cap of this run, $0.50, reached"


def test_an_order_to_stop_ends_it_and_what_is_in_flight_is_kept() -> None:
    played = play(saturation.plan("a"), limited(60, 10), stop_at_s=3.0)
    assert max(sent.at_s for sent in played.sent) <= 3.0
    assert len(played.rows) == len(played.sent)
    assert set(played.outcomes) == {"ok", "rate_limited"}


def test_a_run_that_is_cancelled_leaves_a_row_for_all_that_it_sent() -> None:
    played = play(saturation.plan("a"), limited(60, 10), cancel_at_s=3.0)
    assert played.summary is None
    assert len(played.rows) == len(played.sent)

"""One in ten scheduled requests for an image opens a connection of its own; which, is known beforehand."""

import pytest

from probes.clock import RealClock
from probes.exchange import Wire
from probes.model import Ask, Mode, Plan, ProbeKind, Request, Shot
from probes.runner import COLD_ONE_IN
from tests.probes import bench
from tests.probes.servers import answering, serving


async def test_a_cold_request_has_a_connection_of_its_own_and_leaves_the_kept_one_alone() -> None:
    async with serving(answering()) as served, Wire(RealClock()) as wire:
        found = [
            (await wire.send(Request("GET", served.url), 5, cold=cold)).phases.conn_reused
            for cold in (False, False, True, False)
        ]
        assert served.connections == 2
    assert found == [False, True, False, True]


@pytest.mark.parametrize(
    ("mode", "size", "some"),
    [
        pytest.param(Mode.SCHEDULED, "1K", True, id="a scheduled image"),
        pytest.param(Mode.SCHEDULED, None, False, id="reach"),
        pytest.param(Mode.RAMP, "1K", False, id="a burst"),
    ],
)
def test_which_requests_are_cold_follows_from_their_identity(mode: Mode, size: str | None, *, some: bool) -> None:
    shots = tuple(Shot(2.0 * number, "p", ProbeKind.BASELINE, mode, Ask(size)) for number in range(200))
    played = bench.play(Plan(shots))
    cold = [sent.cold for sent in played.sent]
    assert cold == [some and row.sample_id.int % COLD_ONE_IN == 0 for row in played.in_order]
    assert (8 <= sum(cold) <= 36) is some  # 20 in the mean; which ones is fixed

"""Where the time of a conversation went, as a table of conversations."""

from collections.abc import Sequence

import pytest

from probes.model import Exchange, Phases, WireFault
from probes.stages import joined

CONNECTED = Phases(dns_ms=1.0, connect_ms=2.0, tls_ms=3.0, upload_ms=4.0, wait_ms=90.0, download_ms=5.0, total_ms=105.0)
REUSED = Phases(upload_ms=1.0, wait_ms=8.0, download_ms=1.0, total_ms=10.0, conn_reused=True)


def at(began_ms: float, ended_ms: float, phases: Phases = REUSED, status: int | None = 200) -> Exchange:
    return Exchange(status, phases=phases, began_ms=began_ms, ended_ms=ended_ms)


SUBMIT = at(0.0, 105.0, CONNECTED)
EARLY, LATE = at(3105.0, 3115.0), at(6115.0, 6125.0)
IMAGE = at(6126.0, 6626.0, Phases(dns_ms=7.0, download_ms=480.0, total_ms=500.0))
REDIRECT = at(6126.0, 6146.0)
AFTER_IT = at(6147.0, 6647.0)
DEADLINE = Exchange(None, fault=WireFault.TIMEOUT_TOTAL)


@pytest.mark.parametrize(
    ("exchanges", "own", "total_ms", "expected"),
    [
        pytest.param([SUBMIT], [SUBMIT], 105.0, (4.0, 90.0, 5.0, 105.0), id="one exchange is as it was"),
        pytest.param([SUBMIT, IMAGE], [SUBMIT], 6626.0, (4.0, 90.0, 505.0, 6626.0), id="an image behind a URL"),
        pytest.param(
            [SUBMIT, EARLY, LATE, IMAGE], [SUBMIT, EARLY, LATE], 6626.0, (99.0, 6021.0, 500.0, 6626.0), id="a task"
        ),
        pytest.param(
            [SUBMIT, EARLY, LATE, REDIRECT, AFTER_IT],
            [SUBMIT, EARLY, LATE],
            6647.0,
            (99.0, 6021.0, 521.0, 6647.0),
            id="a task whose image was redirected",
        ),
        pytest.param([SUBMIT, EARLY], [SUBMIT, EARLY], 3115.0, (99.0, 3010.0, None, 3115.0), id="a task that failed"),
        pytest.param(
            [SUBMIT, EARLY, DEADLINE], [SUBMIT, EARLY], 9000.0, (99.0, 8895.0, None, 9000.0), id="a task out of time"
        ),
    ],
)
def test_the_phases_of_a_conversation(
    exchanges: Sequence[Exchange], own: Sequence[Exchange], total_ms: float, expected: tuple[float | None, ...]
) -> None:
    found = joined(exchanges, own, total_ms)
    assert (found.upload_ms, found.wait_ms, found.download_ms, found.total_ms) == expected
    assert (found.dns_ms, found.connect_ms, found.tls_ms) == (1.0, 2.0, 3.0)


def test_the_phases_of_a_task_add_up_to_its_total() -> None:
    found = joined([SUBMIT, EARLY, LATE, IMAGE], [SUBMIT, EARLY, LATE], 6626.0)
    parts = (found.dns_ms, found.connect_ms, found.tls_ms, found.upload_ms, found.wait_ms, found.download_ms)
    assert sum(part or 0.0 for part in parts) == 6626.0

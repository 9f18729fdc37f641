"""Stored times differ from the truth by less than the error that the run found of itself."""

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from probes.clock import RealClock
from probes.conversation import open_tools
from probes.gates import FreeGate
from probes.ids import uuid7
from probes.model import Ask, Mode, Plan, ProbeKind, Sample, Shot, Target
from probes.progress import RunSummary
from probes.run_error import RunError
from probes.runner import run
from tests.probes import authority
from tests.probes import bodies as b
from tests.probes.pictures import picture
from tests.probes.true_server import Answer, Truth, telling

ASK = Ask("1K", "1:1", "A red fox")
SMALL, LARGE = (
    json.dumps({"candidates": [{"content": {"parts": [b.inline(image)]}, "finishReason": "STOP"}]})
    for image in (b.IMAGE, picture(1024, 1024))
)  # without an identifier: that is the server's, in a header
HELD_UP_MS = 60.0


def answers(count: int) -> list[Answer]:
    """Headers late, bodies in one piece or dripping, small or large enough to be kept in a file."""
    rng = random.Random(7)
    return [
        Answer(rng.uniform(1, 60), rng.uniform(1, 25), halves(rng.choice((SMALL, LARGE)), rng.randint(1, 4)))
        for _ in range(count)
    ]


def halves(text: str, count: int) -> list[str]:
    size = -(-len(text) // count)
    return [text[start : start + size] for start in range(0, len(text), size)]


async def measured(
    truth: Truth, ca_file: str | None, offsets_s: list[float], disturb: Callable[[], None] | None = None
) -> tuple[RunSummary, list[Sample]]:
    rows: list[Sample] = []
    url = f"{'https' if ca_file else 'http'}://127.0.0.1:{truth.port}"
    target = Target("p", "gemini", url, "m", timeout_s=20, usd_per_image={"1K": 0.0})
    shots = tuple(Shot(offset_s, "p", ProbeKind.BASELINE, Mode.ADHOC, ASK) for offset_s in offsets_s)
    async with open_tools(RealClock(), ca_file=ca_file) as tools:
        if disturb is not None:  # tools take a while to open
            asyncio.get_running_loop().call_later(offsets_s[-1] / 2, disturb)
        done = await run(
            Plan(shots), run_id=uuid7(), location="x", targets={"p": target}, tools=tools, record=rows.append,
            gate=FreeGate(),
        )  # fmt: skip
    return done, rows


@contextmanager
def serving(script: list[Answer], folder: Path, *, tls: bool) -> Iterator[tuple[Truth, str | None]]:
    if not tls:
        with telling(script, folder) as truth:
            yield truth, None
        return
    ca_file, _ = authority.make(folder)
    with telling(script, folder, folder / "server.pem") as truth:
        yield truth, str(ca_file)


def differences_ms(row: Sample, truth: Truth) -> dict[str, float]:
    """Stored less true, between two stamps of the server. What was before it had read, it cannot know: not counted."""
    stamps = truth.stamps[int(row.request_id or -1)]
    before = sum(part or 0.0 for part in (row.dns_ms, row.connect_ms, row.tls_ms, row.upload_ms))
    assert row.wait_ms is not None
    assert row.download_ms is not None
    assert row.total_ms is not None
    return {
        "wait": row.wait_ms - (stamps.head_s - stamps.read_s) * 1000,
        "download": row.download_ms - (stamps.last_s - stamps.head_s) * 1000,
        "total": row.total_ms - before - (stamps.last_s - stamps.read_s) * 1000,
    }


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
async def test_stored_times_differ_from_the_truth_by_less_than_the_printed_error(tmp_path: Path, *, tls: bool) -> None:
    """Thirty requests, some alone on a kept connection, ten of them at once."""
    offsets_s = [0.02 * number for number in range(20)] + [0.5] * 10
    with serving(answers(30), tmp_path, tls=tls) as (truth, ca_file):
        done, rows = await measured(truth, ca_file, offsets_s)
    assert done.error is not None
    assert done.error.error_ms is not None
    assert [row.outcome for row in rows if row.outcome != "image_invalid"] == ["ok"] * done.outcomes.get("ok", 0)
    assert {row.conn_reused for row in rows} == {True, False}
    assert all((row.tls_ms is not None) == (tls and not row.conn_reused) for row in rows)
    for row in rows:
        wrong = differences_ms(row, truth)
        assert max(map(abs, wrong.values())) < done.error.error_ms + 2 * truth.lag_ms, (row, wrong, done.error)


async def test_what_holds_us_up_shows_in_the_printed_error(tmp_path: Path) -> None:
    """Somebody blocks the event loop while answers come in: times get worse, and the error says by how much."""
    spent_ms: list[float] = []

    def hold_up() -> None:
        begun_s = time.perf_counter()
        while time.perf_counter() - begun_s < HELD_UP_MS / 1000:
            pass
        spent_ms.append((time.perf_counter() - begun_s) * 1000)

    offsets_s = [0.01 * number for number in range(20)]
    with serving(answers(20), tmp_path, tls=False) as (truth, ca_file):
        done, rows = await measured(truth, ca_file, offsets_s, hold_up)
    assert done.error is not None
    assert done.error.lag_max_ms is not None
    assert done.error.error_ms is not None
    assert done.error.lag_max_ms >= spent_ms[0]
    worst = max(max(map(abs, differences_ms(row, truth).values())) for row in rows)
    assert worst < done.error.error_ms + 2 * truth.lag_ms


async def test_a_run_that_is_given_up_tells_its_own_error_too() -> None:
    """Ctrl-C twice: no summary comes back, and what was sent before has rows."""
    found: list[RunError] = []
    asked: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    async with await asyncio.start_server(lambda _, writer: asked.put_nowait(writer), "127.0.0.1", 0) as silent:
        url = f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}"
        target = Target("p", "gemini", url, "m", timeout_s=20, usd_per_image={"1K": 0.0})
        plan = Plan((Shot(0.0, "p", ProbeKind.BASELINE, Mode.ADHOC, ASK),))
        rows: list[Sample] = []
        async with open_tools(RealClock()) as tools:
            going = asyncio.create_task(
                run(
                    plan, run_id=uuid7(), location="x", targets={"p": target}, tools=tools, record=rows.append,
                    gate=FreeGate(), measured=found.append,
                )
            )  # fmt: skip
            writer = await asked.get()
            going.cancel()
            await asyncio.wait({going})
            writer.close()
            await writer.wait_closed()
    assert going.cancelled()
    assert [row.rule for row in rows] == ["not_sent.abandoned"]
    (error,) = found
    assert error.error_ms is not None
    assert error.controls >= 1

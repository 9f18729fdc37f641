"""Large bodies lie in files while they are needed, and leave nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.clock import RealClock
from probes.conversation import converse, open_tools
from probes.exchange import Wire
from probes.model import Ask, Exchange, Request, Target, WireFault
from probes.spool import IN_MEMORY_BYTES, Body, Spool, SpoolError, opened
from tests.probes import bodies as b
from tests.probes.pictures import picture
from tests.probes.servers import answering, serving

LARGE = b.gemini(b.inline(picture(1024, 1024)))
ROOT = Path(__file__).parents[2]


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def exchange_of(body: Body) -> Exchange:
    data, kept_in = body.kept()
    return Exchange(200, {}, data, kept_in=kept_in, body_bytes=body.size)


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=50_000), max_size=8))
def test_what_was_put_in_comes_out_wherever_it_was_kept(chunks: list[bytes]) -> None:
    spool = Spool()
    try:
        body = spool.body()
        for chunk in chunks:
            body.add(chunk)
        kept = exchange_of(body)
        whole = b"".join(chunks)
        assert (kept.kept_in is not None) == (len(whole) > IN_MEMORY_BYTES)
        assert kept.size == len(whole)
        assert opened(kept).body == whole
    finally:
        spool.close()
    assert not spool.folder.exists()


async def test_a_conversation_forgets_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    async with serving(answering(LARGE)) as served, open_tools(RealClock()) as tools:
        (folder,) = (tmp_path / name for name in names(tmp_path))
        said = await converse(tools, Target("p", "gemini", served.url, "m"), Ask("1K", "1:1", "x"))
        assert said.answer is not None
        assert said.answer.picture is not None
        assert (said.answer.picture.width, said.response_bytes) == (1024, len(LARGE))
        held = names(folder)
        await converse(tools, Target("p", "gemini", served.url, "m"), Ask("1K", "1:1", "x"))
        assert len(held) == 1  # a file to write the next answer to
        assert names(folder) == held
    assert names(tmp_path) == []


async def test_a_full_disk_is_our_own_fault_and_no_answer_of_theirs() -> None:
    spool = Spool()
    spool.close()  # the folder is gone: nothing can be written
    async with serving(answering(LARGE)) as served, Wire(RealClock(), spool=spool) as wire:
        with pytest.raises(SpoolError, match="could not be kept"):
            await wire.send(Request("GET", served.url), 5)
        small = await wire.send(Request("GET", f"{served.url}/"), 0.0)
    assert small.fault is WireFault.TIMEOUT_CONNECT  # the wire goes on working


_KILLED = """
import asyncio, sys
from probes.clock import RealClock
from probes.conversation import open_tools
async def main():
    async with open_tools(RealClock()) as tools:
        print(tools.wire._spool.folder, flush=True)
        await asyncio.Event().wait()
if __name__ == "__main__":
    asyncio.run(main())
"""


def test_a_killed_process_leaves_no_answers_behind(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(_KILLED)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, script], env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        (folder / "0").write_bytes(b"x")
        process.send_signal(signal.SIGKILL)
        process.stdout.read()  # to its end: the reading process, which removes the folder, holds the pipe as well
    assert not folder.exists()


def test_a_file_that_was_forgotten_is_written_over_and_its_old_end_is_not_read() -> None:
    spool = Spool()
    try:
        kept = [exchange_of(filled(spool, size)) for size in (3 * IN_MEMORY_BYTES, 2 * IN_MEMORY_BYTES)]
        assert kept[0].kept_in != kept[1].kept_in  # not while it is needed
        spool.forget(kept[0].kept_in)
        again = exchange_of(filled(spool, 2 * IN_MEMORY_BYTES, b"y"))
        assert again.kept_in == kept[0].kept_in
        assert opened(again).body == b"y" * (2 * IN_MEMORY_BYTES)
    finally:
        spool.close()


def filled(spool: Spool, size: int, byte: bytes = b"x") -> Body:
    body = spool.body()
    body.add(byte * size)
    return body


def test_no_more_files_than_a_burst_leaves_wait_to_be_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.spool._KEPT_FILES", 3)
    spool = Spool()
    try:
        for kept in [exchange_of(filled(spool, 2 * IN_MEMORY_BYTES)) for _ in range(20)]:
            spool.forget(kept.kept_in)
        assert len(names(spool.folder)) == 3
    finally:
        spool.close()


def test_to_forget_what_is_gone_is_no_fault() -> None:
    spool = Spool()
    spool.close()
    for number in range(20):
        spool.forget(f"{spool.folder}/{number}")
    spool.forget(None)

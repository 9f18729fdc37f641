"""Providers judged side by side: a process for each core, which reads the rows of its own share of them.

Threads would share one interpreter, and half of the work is its. `python -m monitor.judge.shares` is such a process:
it takes a task from its standard input, and answers on its standard output.
"""

import gc
import logging
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from monitor.judge.columns import Rows
from monitor.judge.reading import REPLACED, Plan, rows_of
from monitor.store.errors import StoreError
from monitor.store.narrow import reading_arrays

log = logging.getLogger(__name__)
MUCH = 24 * 2**20  # bytes of rows, that take longer to judge than a process to start
MOST = 4  # processes: more would wait for memory
AT_ONCE = 16_000_000  # rows that a process holds

Answer = TypeVar("Answer")
Job = Callable[[str, Rows], Answer]


@contextmanager
def others(path: Path, processes: int | None = None) -> Iterator[Sequence["subprocess.Popen[bytes]"]]:
    """Further processes that wait for a task: they are started first, since that takes as long as looking at the rows.

    Args:
        path: a snapshot.
        processes: how many there shall be, this one included; by default one for each core, if there is much to do.
    """
    if processes is None:
        processes = min(_cores(), MOST) if path.stat().st_size > MUCH else 1
    with ExitStack() as stack:
        yield [stack.enter_context(_process()) for _ in range(processes - 1)]


def each(
    path: Path, wanted: Plan, job: Job[Answer], helpers: Sequence["subprocess.Popen[bytes]"] = ()
) -> dict[str, Answer]:
    """What `job` says of each provider, by its name and all of its rows.

    Args:
        path: a snapshot.
        wanted: what of it is read.
        job: can be pickled, as its answers can.
        helpers: those of `others`, that share the work.

    Raises:
        StoreError: The snapshot is no longer the one of which `wanted` is.
    """
    shares = divided(wanted.rows, 1 + len(helpers))
    tasks = [_Task(path, wanted, tuple(share), job, None if len(shares) == 1 else 1) for share in shares]
    asked = [_told(helper, task) for helper, task in zip(helpers, tasks[1:], strict=False)]
    found = tasks[0].done()
    for helper, task, told in zip(helpers, tasks[1:], asked, strict=False):
        found |= (_answer(helper) if told else None) or task.done()
    return {name: cast("Answer", found[name]) for name in wanted.rows}


def divided(rows: Mapping[str, int], shares: int) -> list[list[str]]:
    """Names in so many shares of about as many rows each, at most one for each name; the first is the largest."""
    found: list[list[str]] = [[] for _ in range(max(1, min(shares, len(rows))))]
    sizes = [0] * len(found)
    for name in sorted(rows, key=lambda name: (-rows[name], name)):
        smallest = sizes.index(min(sizes))
        found[smallest].append(name)
        sizes[smallest] += rows[name]
    return [share for _, share in sorted(zip(sizes, found, strict=True), key=lambda pair: -pair[0])]


@dataclass(frozen=True, slots=True)
class _Task:
    """Providers, and what is asked of them."""

    path: Path
    wanted: Plan
    names: tuple[str, ...]
    job: Callable[[str, Rows], object]
    threads: int | None

    def done(self) -> dict[str, object]:
        """One provider after another; its rows are let go when it is done."""
        found: dict[str, object] = {}
        with reading_arrays(self.path, threads=self.threads) as source:
            if source is None:
                raise StoreError(REPLACED)
            for names in self._groups():
                found |= {name: self.job(name, rows) for name, rows in rows_of(source, self.wanted, names)}
        return found

    def _groups(self) -> list[list[str]]:
        """Names whose rows are read at once: each time the whole file is read, and a row takes 36 bytes."""
        rows = self.wanted.rows
        return divided({name: rows[name] for name in self.names}, -(-sum(rows[name] for name in self.names) // AT_ONCE))


@contextmanager
def _process() -> Iterator["subprocess.Popen[bytes]"]:
    """One that waits for a task; gone when this is left, whatever came of it."""
    places = [place or str(Path.cwd()) for place in sys.path]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "monitor.judge.shares"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what it cannot do is tried again here, and told by who asked
        env=os.environ | {"PYTHONPATH": os.pathsep.join(places)},
    )
    try:
        yield process
    finally:
        process.kill()
        for end in (process.stdin, process.stdout):
            with suppress(BrokenPipeError):
                cast("Any", end).close()
        process.wait()


def _told(helper: "subprocess.Popen[bytes]", task: _Task) -> bool:
    """Whether it took the task; False: it is gone."""
    try:
        pickle.dump(task, cast("Any", helper.stdin), pickle.HIGHEST_PROTOCOL)
        cast("Any", helper.stdin).flush()
    except BrokenPipeError:
        return False
    return True


def _answer(helper: "subprocess.Popen[bytes]") -> dict[str, object] | None:
    """What it found; None where it did not come to an end."""
    try:
        return cast("dict[str, object]", pickle.load(cast("Any", helper.stdout)))  # noqa: S301 - from who we started
    except (EOFError, pickle.UnpicklingError):
        log.warning("a process that judges ended early: its share is judged by another")
        return None


def _cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def main() -> None:
    """Do one task. Ctrl-C is for who asked, and ends us."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # rows and what is said of them are there to stay
    import monitor.judge.judgement  # noqa: F401, PLC0415 - what most tasks need, while nobody waits for it

    with suppress(EOFError):  # nobody has a task for us
        task: _Task = pickle.load(sys.stdin.buffer)  # noqa: S301 - from who started us
        pickle.dump(task.done(), sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    main()

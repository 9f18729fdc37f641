"""The thread that owns a `Store`: whoever measures hands rows over and goes on at once.

Rows are collected and appended together, every `flush_s` seconds or as soon as `max_rows` wait. A flush that fails
keeps its rows, is tried again ever more slowly, and tells everyone who asks (`flush`, `call`): as long as rows
cannot be kept, no new slot is claimed and no money is spent. Rows that cannot be stored at the end go to the spool.
"""

import asyncio
import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from monitor.rows import RowError, to_values
from monitor.store import spooling
from monitor.store.errors import StoreError
from monitor.store.store import Store
from probes.model import Sample, as_row

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
_SLOWEST_RETRY_S = 10.0


@dataclass(frozen=True, slots=True)
class _Call:
    """Something to do on the writer's thread, and where its result goes. `fn` None: the end."""

    fn: Callable[[Store], Any] | None
    done: Future[Any]


class Writer:
    """Rows in from any thread, durable rows out. `Writer.start(path)`, then `stop()` or `stop_sync()`."""

    def __init__(self, path: Path, flush_s: float, max_rows: int, wait_s: float) -> None:
        """Use `Writer.start`."""
        self._path = path
        self._flush_s = flush_s
        self._max_rows = max_rows
        self._wait_s = wait_s
        self._inbox: queue.SimpleQueue[Sample | _Call] = queue.SimpleQueue()
        self._waiting: list[Sample] = []
        self._retry_at = 0.0
        self._failures = 0
        self._told: StoreError | None = None  # a row was set aside: said once to whoever asks next
        self._stopped = False
        self._gate = threading.Lock()  # nothing enters behind the end
        # time.monotonic: how long rows wait is a matter of this machine, not of what is measured
        self._thread = threading.Thread(target=self._run, name="upheld-writer", daemon=True)
        self._opened: Future[None] = Future()

    @classmethod
    def start(cls, path: Path, *, flush_s: float = 0.5, max_rows: int = 500, wait_s: float = 0.0) -> Self:
        """Open the store on a thread of its own.

        Args:
            path: the database.
            flush_s: how long a row waits at most before it is stored.
            max_rows: how many rows are stored at once at most, in normal times.
            wait_s: how long to wait for another process that holds the file.

        Raises:
            StoreError: it did not open (`StoreLocked`: another process owns it).
        """
        writer = cls(path, flush_s, max_rows, wait_s)
        writer._thread.start()
        writer._opened.result()
        return writer

    # --- for everybody ---

    def put(self, sample: Sample) -> None:
        """Hand over a row; never blocks. It is durable after the next `flush`, or `flush_s` later."""
        self._enter(sample)

    @property
    def backlog(self) -> int:
        """Rows that are not durable yet, about."""
        return len(self._waiting) + self._inbox.qsize()

    async def flush(self) -> None:
        """Return when everything put so far is durable.

        Raises:
            StoreError: it is not; the rows are kept and tried again.
        """
        await self.call(_nothing)

    async def call(self, fn: Callable[[Store], T]) -> T:
        """Run `fn(store)` on the writer's thread, after everything put so far is durable.

        Raises:
            StoreError: rows could not be stored (then `fn` did not run), or what `fn` raised.
        """
        return await asyncio.wrap_future(self._ask(fn))

    async def drain(self) -> None:
        """Store now what other processes left in the spool (it happens by itself within `flush_s`)."""
        await self.call(self._drain)

    def call_sync(self, fn: Callable[[Store], T]) -> T:
        """As `call`, for code without an event loop."""
        return self._ask(fn).result()

    async def stop(self) -> None:
        """As `stop_sync`, without blocking the event loop."""
        await asyncio.to_thread(self.stop_sync)

    def stop_sync(self) -> None:
        """Store what waits, close, end the thread. Stopping twice is stopping once.

        Raises:
            StoreError: rows could not be stored; it says where they are now.
        """
        end = _Call(None, Future())
        with self._gate:
            if self._stopped:
                return
            self._stopped = True
            self._inbox.put(end)
        self._thread.join()
        end.done.result()

    def _ask(self, fn: Callable[[Store], T]) -> Future[T]:
        call = _Call(fn, Future())
        self._enter(call)
        return call.done

    def _enter(self, item: Sample | _Call) -> None:
        with self._gate:
            if self._stopped:
                raise StoreError(f"{self._path}: the writer has stopped")
            self._inbox.put(item)

    # --- on the thread ---

    def _run(self) -> None:
        try:
            store = Store.open(self._path, wait_s=self._wait_s)
        except BaseException as error:  # noqa: BLE001 - told to whoever started us
            self._opened.set_exception(error)
            return
        self._opened.set_result(None)
        try:
            with store:
                self._serve(store)
        except BaseException as error:
            self._give_up(error)
            raise

    def _give_up(self, error: BaseException) -> None:
        """A defect ended the thread: nobody may wait for it, and what waits goes to the spool."""
        with self._gate:
            self._stopped = True
        while not self._inbox.empty():
            item = self._inbox.get()
            if isinstance(item, Sample):
                self._waiting.append(item)
            elif item.done.set_running_or_notify_cancel():
                item.done.set_exception(self._rescued(StoreError(f"{self._path}: the writer failed: {error!r}")))
        _LOG.error("%s", self._rescued(StoreError(f"{self._path}: the writer failed: {error!r}")))

    def _serve(self, store: Store) -> None:
        """Until the end is asked for: take what comes, flush in time, drain the spool when idle."""
        due = time.monotonic()  # the first look at the spool is now
        while True:
            try:
                item = self._inbox.get(timeout=max(0.0, due - time.monotonic()))
            except queue.Empty:
                self._on_time(store)
                due = time.monotonic() + self._flush_s
                continue
            if isinstance(item, Sample):
                self._waiting.append(item)
                if len(self._waiting) >= self._max_rows:
                    self._quietly(store)
            elif item.fn is None:
                self._end(store, item.done)
                return
            else:
                self._answer(store, item)

    def _on_time(self, store: Store) -> None:
        self._quietly(store)
        if not self._waiting:
            self._drain(store)

    def _quietly(self, store: Store) -> None:
        """Flush, unless a flush has just failed; a failure is logged and told to whoever asks."""
        if time.monotonic() < self._retry_at:
            return
        try:
            self._flush(store)
        except Exception as error:  # noqa: BLE001 - the thread outlives whatever happens to a flush
            _LOG.error("%d rows wait in memory: %s", len(self._waiting), error)

    def _flush(self, store: Store) -> None:
        """Append what waits; it stays waiting where that fails."""
        if self._waiting:
            try:
                store.append(self._waiting)
            except RowError:
                self._sort_out()
                store.append(self._waiting)
            except Exception:
                self._failures = min(self._failures + 1, 16)
                delay_s = min(_SLOWEST_RETRY_S, self._flush_s * 2**self._failures)
                self._retry_at = time.monotonic() + delay_s
                raise
        self._waiting, self._failures, self._retry_at = [], 0, 0.0

    def _sort_out(self) -> None:
        """Set rows aside that no column takes (a defect of ours), so that the others are stored."""
        good = []
        for sample in self._waiting:
            try:
                to_values(sample)
                good.append(sample)
            except RowError as error:
                where = spooling.keep_damaged(self._path.parent, json.dumps(as_row(sample), default=str), str(error))
                self._told = StoreError(f"{where}: a row that cannot be stored was set aside: {error}")
                _LOG.error("%s", self._told)
        self._waiting = good

    def _answer(self, store: Store, call: _Call) -> None:
        if not call.done.set_running_or_notify_cancel():
            return
        try:
            self._flush(store)
            self._tell()
            result = call.fn(store) if call.fn else None
        except BaseException as error:  # noqa: BLE001 - raised where it was asked
            call.done.set_exception(error)
        else:
            call.done.set_result(result)

    def _tell(self) -> None:
        told, self._told = self._told, None
        if told:
            raise told

    def _drain(self, store: Store) -> None:
        """Store what other processes left; a damaged file is set aside, one that could not be stored stays."""
        try:
            failures: Sequence[Exception] = spooling.drain(store)
        except Exception as error:  # noqa: BLE001 - the thread outlives a defect of what others left
            failures = [error]
        for failure in failures:
            _LOG.error("%s", failure)

    def _end(self, store: Store, done: Future[Any]) -> None:
        try:
            self._flush(store)
            self._tell()
        except BaseException as error:  # noqa: BLE001 - raised where it was asked
            done.set_exception(self._rescued(error))
        else:
            done.set_result(None)

    def _rescued(self, error: BaseException) -> BaseException:
        """Leave what could not be stored in the spool, for the next owner."""
        if not self._waiting:
            return error
        try:
            folder = spooling.spool(self._path.parent, self._waiting)
        except (StoreError, RowError) as worse:
            return StoreError(f"{len(self._waiting)} rows are lost: {error}; {worse}")
        return StoreError(f"{error}; {len(self._waiting)} rows are in {folder} and will be stored at the next start")


def _nothing(store: Store) -> None:
    """What `flush` calls: the flush before it is all."""

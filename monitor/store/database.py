"""The one read-write connection to the database file: opened, migrated, closed.

DuckDB keeps other processes out with a POSIX record lock, and the kernel drops that lock as soon as *any*
descriptor of the file is closed in this process. So nothing here opens and closes the file beside DuckDB: one
descriptor is held for as long as the connection, and copies are read through it.
"""

import contextlib
import os
import re
import shutil
import threading
import time
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import IO
from uuid import uuid4

import duckdb

from monitor.store.errors import StoreDamaged, StoreError, StoreLocked

SCHEMA = Path(__file__).parent / "schema"
Config = dict[str, str | bool | int | float | list[str]]
OFFLINE: Config = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}  # never fetch anything
_POLL_S = 0.05
_HEADERS = 3 * 4096  # bytes: of the file, and of its last two checkpoints
_HANDOVER = threading.Lock()  # of this process: whoever closes must not give up the lock of whoever opens next


def connect(path: Path, wait_s: float = 0.0) -> duckdb.DuckDBPyConnection:
    """Open `path` for writing; try again for `wait_s` while another process holds it (a reader takes a snapshot).

    Raises:
        StoreLocked: somebody else has it. StoreDamaged: it is no database. StoreError: anything else.
    """
    until = time.monotonic() + wait_s
    while True:
        try:
            return _connect(path)
        except StoreLocked:
            if time.monotonic() >= until:
                raise
            time.sleep(_POLL_S)


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    # threads: a query must not take the core that times requests. custom_user_agent: DuckDB refuses a second
    # connection of this process with another configuration, else two owners would share one file unnoticed.
    config: Config = OFFLINE | {"threads": 1, "custom_user_agent": f"upheld-{uuid4()}"}
    try:
        if not path.exists():
            _create(path)
        # resolved: two names of one file would be two owners, which DuckDB does not notice within a process
        with _HANDOVER:
            con = duckdb.connect(str(path.resolve()), config=config)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error
    except duckdb.Error as error:
        raise opening_failed(path, error) from error
    con.execute("SET TimeZone = 'UTC'")  # else an aware time would be shifted by the zone of the host
    return con


def _create(path: Path) -> None:
    """Make the file beside its place and link it there: a kill in the middle leaves no half database behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        with contextlib.closing(duckdb.connect(str(part), config=OFFLINE)) as con:
            migrate(con, path, datetime.now(UTC))
        with contextlib.suppress(FileExistsError):  # another process was faster: its file is as good
            os.link(part, path)
    finally:
        part.unlink(missing_ok=True)


def opening_failed(path: Path, error: duckdb.Error) -> StoreError:
    """Why it did not open, in our words."""
    text = str(error)
    if "Could not set lock" in text:
        pid = re.search(r"PID (\d+)", text)
        owner = f"another process (PID {pid[1]})" if pid else "another process"
        return StoreLocked(f"{path}: in use by {owner}, the one owner of the store; stop it to take its place")
    if "different configuration" in text:
        return StoreLocked(f"{path}: already open in this process; it has one owner")
    if isinstance(error, duckdb.IOException) and "Cannot open file" in text:
        return StoreError(f"{path}: {text.partition(':')[2].strip()}")
    return StoreDamaged(f"{path}: not a database that this version reads ({_line(error)}); put a backup in its place")


def _line(error: Exception) -> str:
    """The first line of a message of DuckDB's."""
    return str(error).partition("\n")[0]


class Database:
    """The open file: connection, and the descriptor that copies are read through."""

    def __init__(self, path: Path, wait_s: float = 0.0) -> None:
        """Open, bring the schema up to date, hold a descriptor."""
        self.path = path
        self._wait_s = wait_s
        self._con: duckdb.DuckDBPyConnection | None = None
        self._file: BufferedReader | None = None
        self._closed = False
        self._open()

    def _open(self) -> duckdb.DuckDBPyConnection:
        if self._closed:
            raise StoreError(f"{self.path}: closed")
        con = self._con = connect(self.path, self._wait_s)
        try:
            self._file = self.path.open("rb")
            migrate(con, self.path, datetime.now(UTC))
        except duckdb.Error as error:  # a file that opens, and cannot be read
            self.let_go()
            raise opening_failed(self.path, error) from error
        except BaseException:
            self.let_go()
            raise
        return con

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """The connection; opened anew after `let_go`."""
        return self._con or self._open()

    def close(self) -> None:
        """Close for good."""
        self._closed = True
        self.let_go()

    def let_go(self) -> None:
        """Close what is broken; the next use opens it anew. The connection first: the descriptor holds the lock."""
        with _HANDOVER:
            if self._con is not None:
                with contextlib.suppress(duckdb.Error):  # a broken instance says so again; its rows are in the WAL
                    self._con.close()
            if self._file is not None:
                self._file.close()
            self._con = self._file = None

    def copy(self, to: Path) -> None:
        """Checkpoint, then copy the file to `to`, which appears whole or not at all.

        A year is gigabytes. So where nothing was written since `to` was copied, `to` only gets the present time.

        Raises:
            StoreDamaged: the file is no longer where it was; the copy is there.
        """
        self.con.execute("CHECKPOINT")
        assert self._file is not None, "open since the line above"  # noqa: S101 - for the type checker
        if _is_copy(to, self._file):
            os.utime(to)
        else:
            self._file.seek(0)
            write_whole(to, self._file, to.with_name(f".{to.name}.part"))  # one name: a kill leaves one at most
        if not self.path.exists() or not os.path.samestat(os.fstat(self._file.fileno()), self.path.stat()):
            raise StoreDamaged(f"{self.path}: removed or replaced while in use; {to} has all rows up to now")


def _is_copy(path: Path, source: BufferedReader) -> bool:
    """Whether nothing was written to `source` since it was copied to `path`.

    The headers of a DuckDB file hold the number of its checkpoint and where the tables of that lie. A file that was
    put in the place of the other since, be it with the same headers, is younger than the copy.
    """
    if not path.is_file():
        return False
    copied, now = path.stat(), os.fstat(source.fileno())
    if copied.st_size != now.st_size or copied.st_mtime_ns < now.st_mtime_ns:
        return False
    source.seek(0)
    with path.open("rb") as copy:
        return copy.read(_HEADERS) == source.read(_HEADERS)


def write_whole(to: Path, source: IO[bytes], part: Path | None = None) -> None:
    """Copy a stream to a file that appears whole or not at all; `part` is where it grows."""
    part = part or to.with_name(f".{to.name}.{uuid4().hex}.part")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)


# --- schema ---------------------------------------------------------------------------------------------------


def versions() -> dict[int, Path]:
    """The migrations that this version knows, by number: `schema/0001_what.sql`."""
    return {int(path.name[:4]): path for path in sorted(SCHEMA.glob("[0-9][0-9][0-9][0-9]_*.sql"))}


def migrate(con: duckdb.DuckDBPyConnection, path: Path, now: datetime) -> None:
    """Apply what is missing, each step in a transaction and checkpointed at once.

    (Released versions of DuckDB have crashed on DDL that they replayed from a WAL.)

    Raises:
        StoreDamaged: a newer Upheld wrote the file, or it is some other program's database.
    """
    done, known = _applied(con, path), versions()
    if done and max(done) > max(known):
        raise StoreDamaged(f"{path}: written by a newer Upheld (schema {max(done)}, this one knows {max(known)})")
    for number in sorted(known.keys() - done):
        try:
            _apply(con, number, known[number], now)
        except duckdb.Error as error:
            raise StoreError(f"{path}: could not be brought to schema {number}: {_line(error)}") from error


def _apply(con: duckdb.DuckDBPyConnection, number: int, step: Path, now: datetime) -> None:
    con.execute("BEGIN")
    con.execute(step.read_text(encoding="utf-8"))
    con.execute(
        "INSERT INTO migrations VALUES (?, ?, ?, ?)",
        [number, step.stem, now.astimezone(UTC).replace(tzinfo=None), duckdb.__version__],
    )
    con.execute("COMMIT")
    con.execute("CHECKPOINT")


def _applied(con: duckdb.DuckDBPyConnection, path: Path) -> set[int]:
    tables = {row[0] for row in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if not tables:
        con.execute(
            "CREATE TABLE migrations (version INTEGER, name VARCHAR, applied_at TIMESTAMP, duckdb_version VARCHAR)"
        )
        con.execute("CHECKPOINT")
    elif "migrations" not in tables:
        raise StoreDamaged(f"{path}: a database, but not one of Upheld's; choose another data_dir")
    return {row[0] for row in con.execute("SELECT version FROM migrations").fetchall()}

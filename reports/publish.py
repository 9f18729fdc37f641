"""Put a set of files in a folder's place, so that a reader sees all of the old or all of the new.

The new folder is built beside the old one and the two change names in one step (`renameat2` with
`RENAME_EXCHANGE`). Where the system cannot do that (not Linux, or the folder is itself a mount point), the files
are replaced one by one, each atomically, pages before the index.
"""

import ctypes
import fcntl
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_OURS = ("providers", "assets")  # folders that hold nothing but what is published here


def publish(files: Mapping[str, bytes], out: Path) -> None:
    """Make `out` hold `files` (path -> content). A file that did not change stays the same file, time and all.

    What others put into `out` stays (weekly reports, badges), except in folders that are wholly ours and for
    pages at the root that are no more.
    """
    out = out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    with _alone(out):
        fresh = out.with_name(f".{out.name}.next")
        shutil.rmtree(fresh, ignore_errors=True)  # what a killed publisher left
        try:
            _build(files, fresh, out)
            _swap(files, fresh, out)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """One publisher at a time for a folder; the others wait."""
    with out.with_name(f".{out.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(files: Mapping[str, bytes], fresh: Path, out: Path) -> None:
    fresh.mkdir()
    for name, content in files.items():
        _place(content, fresh / name, out / name)
    for other in _others(files, out):
        target = fresh / other.relative_to(out)
        target.parent.mkdir(parents=True, exist_ok=True)
        _link(other, target)


def _place(content: bytes, target: Path, old: Path) -> None:
    """Write a file, or take over the one that already has these bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if old.is_file() and not old.is_symlink() and old.stat().st_size == len(content) and old.read_bytes() == content:
        _link(old, target)
    else:
        target.write_bytes(content)


def _link(old: Path, target: Path) -> None:
    try:
        os.link(old, target, follow_symlinks=False)
    except OSError:  # a file system without hard links
        shutil.copy2(old, target, follow_symlinks=False)


def _others(files: Mapping[str, bytes], out: Path) -> list[Path]:
    """Files in `out` that somebody else put there."""
    if not out.is_dir():
        return []
    found = sorted(path for path in out.rglob("*") if path.is_symlink() or path.is_file())
    return [path for path in found if not _is_ours(path.relative_to(out).as_posix(), files)]


def _is_ours(name: str, files: Mapping[str, bytes]) -> bool:
    return name in files or PurePosixPath(name).parts[0] in _OURS


def _swap(files: Mapping[str, bytes], fresh: Path, out: Path) -> None:
    if not out.exists():
        fresh.rename(out)
    elif not _exchange(fresh, out):
        _replace_each(files, fresh, out)


def _exchange(a: Path, b: Path) -> bool:
    """Swap two folders' names in one step; false where that cannot be done."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):  # a C library older than 2018
        return False
    return bool(rename(_AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), _RENAME_EXCHANGE) == 0)


def _replace_each(files: Mapping[str, bytes], fresh: Path, out: Path) -> None:
    """The second best: file by file, what is linked to before what links to it, then what is gone."""
    for name in sorted(files, key=lambda name: (name == "index.html", name.endswith(".html"), name)):
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (target.exists() and target.samefile(fresh / name)):
            (fresh / name).replace(target)
    for folder in _OURS:
        for path in sorted((out / folder).rglob("*")) if (out / folder).is_dir() else ():
            if path.is_file() and path.relative_to(out).as_posix() not in files:
                path.unlink()

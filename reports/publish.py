"""Put a set of files in a folder's place, so that a reader sees all of the old or all of the new.

The new folder is built beside the old one and the two change names in one step (`renameat2` with
`RENAME_EXCHANGE`). Where that cannot be done (not Linux, a mount point, a parent that is not ours to write), the
files are replaced one by one, each atomically, pages before the index.
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
_OURS = ("providers", "assets", "badges")  # folders that hold nothing but what is published here
_NEXT, _LOCK = ".next", ".lock"  # while publishing, as endings of the folder's name or within it
# What a site holds at its root (contract, "Site"), and what a volume has of itself. A folder with anything else is
# somebody's: to replace it as a whole could lose it.
_KNOWN = frozenset(
    {"index.html", "compare.html", "claims.html", "methodology.html", "summary.json", "judge.json", "feed.xml"}
    | {"providers", "assets", "weekly", "badges", "lost+found", _NEXT, _LOCK}
)


class PublishError(Exception):
    """The folder cannot be a site; says why and what to do."""

    exit_code = 3


def publish(files: Mapping[str, bytes], out: Path) -> None:
    """Make `out` hold `files` (path -> content). A file that did not change stays the same file, time and all.

    What others put into a site stays (weekly reports, badges).

    Raises:
        PublishError: `out` is a file, or a folder with something else in it.
        OSError: it could not be written; the old site is as it was.
    """
    out = out.resolve()
    _refuse_foreign(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh, lock = _beside(out)
    with _alone(lock):
        shutil.rmtree(fresh, ignore_errors=True)  # what a killed publisher left
        try:
            _build(files, fresh, out)
            if not (_can_swap(out) and _swap(files, fresh, out)):
                _replace_each(files, fresh, out)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def add(files: Mapping[str, bytes], out: Path) -> None:
    """Put single files into a site, each atomically, while nobody publishes; whatever else it holds stays.

    Raises:
        PublishError, OSError: As `publish`.
    """
    out = out.resolve()
    _refuse_foreign(out)
    out.mkdir(parents=True, exist_ok=True)
    fresh, lock = _beside(out)
    with _alone(lock):
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            _build(files, fresh, out)
            _put_each(files, fresh, out)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def _beside(out: Path) -> tuple[Path, Path]:
    """Where the next site is built, and the lock: beside the site, or in it where its parent is not ours to write."""
    beside = _can_swap(out)
    fresh, lock = (out.with_name(f".{out.name}{end}") if beside else out / end for end in (_NEXT, _LOCK))
    return fresh, lock


def _can_swap(out: Path) -> bool:
    return os.access(out.parent, os.W_OK) and not os.path.ismount(out)


def _refuse_foreign(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise PublishError(f"{out} is a file; the site needs a folder of its own")
    strangers = sorted(path.name for path in out.iterdir() if path.name not in _KNOWN) if out.exists() else []
    if strangers:
        raise PublishError(f"{out} holds {strangers[0]}, which is no part of a site; choose a folder of its own")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One publisher at a time for a folder; the others wait."""
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(files: Mapping[str, bytes], fresh: Path, out: Path) -> None:
    fresh.mkdir()
    for name, content in files.items():
        _place(content, fresh / name, out / name)


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


def _swap(files: Mapping[str, bytes], fresh: Path, out: Path) -> bool:
    """Exchange the two folders, with what others put into the old one; false where that cannot be done."""
    if not out.exists():
        fresh.rename(out)
        return True
    for other in _others(files, out):
        target = fresh / other.relative_to(out)
        target.parent.mkdir(parents=True, exist_ok=True)
        _link(other, target)
    shutil.copymode(out, fresh)  # who may read the site is not ours to change
    return _exchange(fresh, out)


def _others(files: Mapping[str, bytes], out: Path) -> list[Path]:
    """Files in `out` that somebody else put there."""
    found = sorted(path for path in out.rglob("*") if path.is_symlink() or path.is_file())
    return [path for path in found if not _is_ours(path.relative_to(out), files)]


def _is_ours(path: PurePosixPath | Path, files: Mapping[str, bytes]) -> bool:
    return path.as_posix() in files or path.parts[0] in {*_OURS, _NEXT, _LOCK}


def _exchange(a: Path, b: Path) -> bool:
    """Swap two folders' names in one step."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):  # a C library older than 2018
        return False
    return bool(rename(_AT_FDCWD, os.fsencode(a), _AT_FDCWD, os.fsencode(b), _RENAME_EXCHANGE) == 0)


def _replace_each(files: Mapping[str, bytes], fresh: Path, out: Path) -> None:
    """The second best: file by file, what is linked to before what links to it, then what is gone."""
    _put_each(files, fresh, out)
    for folder in _OURS:
        for path in sorted((out / folder).rglob("*")) if (out / folder).is_dir() else ():
            if path.is_file() and path.relative_to(out).as_posix() not in files:
                path.unlink()


def _put_each(files: Mapping[str, bytes], fresh: Path, out: Path) -> None:
    for name in sorted(files, key=lambda name: (name == "index.html", name.endswith(".html"), name)):
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not (target.exists() and target.samefile(fresh / name)):
            (fresh / name).replace(target)

"""What Git says of a repository, read with its own command line and nothing of the environment around us."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from monitor.imports import refuse

_TIMEOUT_S = 600
_QUIET = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_PAGER": "cat"}


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: its hash, when it was authored (ISO 8601), the first line it says, and the files it changed."""

    hash: str
    authored: str
    subject: str
    files: tuple[str, ...]


def is_repository(path: Path) -> bool:
    """Whether Git knows this folder as (part of) a repository."""
    return _git(path, "rev-parse", "--git-dir").returncode == 0


def is_shallow(path: Path) -> bool:
    """Whether the clone lacks the older history."""
    return _git(path, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"


def commits(path: Path, below: str) -> list[Commit]:
    """All commits up to HEAD that changed something below a folder, oldest first.

    Raises:
        ImportRefused: Git cannot say, with its reason.
    """
    form = "--format=%x02%H%x1f%aI%x1f%s"
    run = _git(path, "log", "--reverse", "--no-show-signature", "-z", "--name-only", form, "HEAD", "--", below)
    if run.returncode:
        raise refuse(path, f"git: {_reason(run)}")
    return [_commit(record) for record in run.stdout.decode(errors="replace").split("\x02")[1:]]


def show(path: Path, file: str) -> str | None:
    """A file as it is at HEAD; None where there is none."""
    run = _git(path, "show", f"HEAD:{file}")
    return None if run.returncode else run.stdout.decode(errors="replace")


def _commit(record: str) -> Commit:
    head, *files = record.split("\0")
    commit_hash, authored, subject = head.split("\x1f", 2)
    return Commit(commit_hash, authored, subject, tuple(name.lstrip("\n") for name in files if name.strip()))


def _git(path: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    # A hook's GIT_DIR would lead to another repository; safe.directory is left as it is: it protects the user
    environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | _QUIET
    command = ["git", "-C", str(path), *arguments]
    try:
        return subprocess.run(command, capture_output=True, check=False, env=environ, timeout=_TIMEOUT_S)  # noqa: S603 - no shell, arguments of ours
    except FileNotFoundError:
        raise refuse(path, "git is needed to read this repository, and is not installed") from None
    except subprocess.TimeoutExpired:
        raise refuse(path, f"git took longer than {_TIMEOUT_S} s") from None


def _reason(run: subprocess.CompletedProcess[bytes]) -> str:
    lines = [line for line in run.stderr.decode(errors="replace").splitlines() if line.strip()]
    return lines[0].removeprefix("fatal: ") if lines else f"exit code {run.returncode}"

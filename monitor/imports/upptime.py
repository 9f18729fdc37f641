"""The history of an Upptime monitor: its git repository, or a folder with its checks as CSV.

Upptime commits each check that it records; the commit's message carries status, HTTP code and milliseconds:
`🟩 OpenAI API is up (200 in 92 ms) [skip ci] [upptime]`. Its verdict is kept as it is: what it called up is ok here
(a 401 that it expected included), what it called down is a failure of the provider (a 401 included), what it called
degraded is ok_degraded, though its own uptime counts that as down. The rules `import.upptime.*` say so in each row.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.imports import Imported, ImportRefused, LineFault, Options, _git, refuse
from monitor.store import Published
from probes.ids import uuid7_of
from probes.model import Attribution, Mode, Outcome, ProbeKind, Sample

LOCATION = "upptime"
_SAYS = re.compile(r"\bis (up|down|degraded) \((\d+) in (\d+) ?ms\)")
_PREFIX = re.compile(r"^(🟩|🟥|🟨).*\((\d+) in (\d+) ?ms\)")  # messages that a site has reworded
_STATUS_OF = {"🟩": "up", "🟥": "down", "🟨": "degraded"}
_HISTORY = re.compile(r"^history/([^/]+)\.ya?ml$")
_COLUMNS = ("commit", "time_utc", "slug", "status", "http_code", "response_ms")
_SPANS = {"": "", "Day": ", last day", "Week": ", last week", "Month": ", last month", "Year": ", last year"}


@dataclass(frozen=True, slots=True)
class Check:
    """One check as Upptime committed it. `http_code` 0: no answer; `response_ms` 0: not measured."""

    commit: str
    at: datetime
    slug: str
    status: str  # up | down | degraded
    http_code: int
    response_ms: int


def read(path: Path, options: Options) -> Imported:
    """All checks of a repository or of a folder with `checks.csv`.

    Raises:
        ImportRefused: it is neither, or a line of it cannot be read.
    """
    notes: list[str] = []
    if (path / "checks.csv").is_file():
        checks = list(_of_csv(path / "checks.csv"))
        said = _summaries(path)
    elif path.is_dir() and _git.is_repository(path):
        checks, notes = _of_git(path)
        said = list(_figures(_git.show(path, "history/summary.json") or "[]", path / "history/summary.json"))
    else:
        raise refuse(path, "neither a git repository of Upptime nor a folder with checks.csv")
    names = _names(path, checks, options.provider)
    notes += _retired(names, {slug for slug, *_ in said})
    published = [Published(names[slug], label, text, source) for slug, label, text, source in said if slug in names]
    return Imported(tuple(_samples(checks, names)), tuple(published), tuple(notes))


def _names(path: Path, checks: Sequence[Check], provider: str | None) -> dict[str, str]:
    """Slug -> provider: the slug itself. `--provider` chooses one slug, or names the only one there is."""
    slugs = sorted({check.slug for check in checks})
    if not slugs:
        raise refuse(path, "no checks: no commit below history/ says `is up (200 in 92 ms)`")
    if provider is None:
        return {slug: slug for slug in slugs}
    if provider in slugs:
        return {provider: provider}
    if len(slugs) > 1:
        raise refuse(path, f"{len(slugs)} sites, none of them {provider}; --provider chooses one: {', '.join(slugs)}")
    return {slugs[0]: provider}


def _retired(names: Iterable[str], summarised: set[str]) -> Iterator[str]:
    """A site that was renamed or removed keeps its checks under the old name, and is none of Upptime's figures."""
    retired = sorted(set(names) - summarised) if summarised else []
    if retired:
        yield f"{len(retired)} sites have checks, but are no longer in its summary: {', '.join(retired)}"


# --- the repository -------------------------------------------------------------------------------------------


def _of_git(path: Path) -> tuple[list[Check], list[str]]:
    checks, left_out = [], Counter[str]()
    for commit in _git.commits(path, "history"):
        slugs = [found[1] for name in commit.files if (found := _HISTORY.match(name))]
        told = _told(commit.subject)
        if told is None or not slugs:
            left_out["that are no checks"] += bool(slugs)
        elif (slug := _slug(slugs, commit.subject)) is None:
            left_out["of several sites at once"] += 1
        else:
            checks.append(Check(commit.hash, datetime.fromisoformat(commit.authored).astimezone(UTC), slug, *told))
    notes = [f"left out: {count} commits to site histories {why}" for why, count in left_out.items() if count]
    if _git.is_shallow(path):
        notes.append("the clone is shallow: older checks are missing (git fetch --unshallow)")
    return checks, notes


def _told(subject: str) -> tuple[str, int, int] | None:
    """Status, HTTP code and milliseconds of a commit's message; the last ones, since a site's name can say anything."""
    if found := list(_SAYS.finditer(subject)):
        return found[-1][1], int(found[-1][2]), int(found[-1][3])
    if reworded := _PREFIX.match(subject):
        return _STATUS_OF[reworded[1]], int(reworded[2]), int(reworded[3])
    return None


def _slug(slugs: Sequence[str], subject: str) -> str | None:
    """The site that a commit is about; of several that it changed, the one that it names."""
    if len(slugs) == 1:
        return slugs[0]
    words = _letters(subject)
    named = [slug for slug in slugs if words.startswith(f"{_letters(slug)}is")]
    return named[0] if len(named) == 1 else None


def _letters(text: str) -> str:
    """Letters and digits alone: `OpenAI API` and its slug `open-ai-api` are the same."""
    return "".join(char for char in text.casefold() if char.isalnum())


# --- the folder -----------------------------------------------------------------------------------------------


def _of_csv(path: Path) -> Iterator[Check]:
    """Checks of a CSV file; every line that cannot be read is named."""
    try:
        rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
        if missing := [name for name in _COLUMNS if name not in (rows.fieldnames or ())]:
            raise ImportRefused([LineFault(str(path), 1, name, "no such column") for name in missing])
        faults: list[LineFault] = []
        for row in rows:
            check, wrong = _check(row)
            faults += [LineFault(str(path), rows.line_num, column, reason) for column, reason in wrong]
            if check:
                yield check
    except (UnicodeDecodeError, csv.Error) as error:
        raise refuse(path, f"no CSV: {error}") from error
    if faults:
        raise ImportRefused(faults)


def _check(row: dict[str, Any]) -> tuple[Check | None, list[tuple[str, str]]]:
    """One line, or every reason why it is none."""
    wrong = [(name, "missing") for name in _COLUMNS if not row[name]]
    given = {name for name in _COLUMNS if row[name]}
    if "status" in given and row["status"] not in _STATUS_OF.values():
        wrong.append(("status", f"{row['status']!r} is neither up, down nor degraded"))
    wrong += [
        (name, f"{row[name]!r} is no whole number")
        for name in ("http_code", "response_ms")
        if name in given and not (row[name].isascii() and row[name].isdigit())
    ]
    at, reason = _time(row["time_utc"]) if "time_utc" in given else (None, None)
    wrong += [("time_utc", reason)] if reason else []
    if None in row:
        wrong.append(("commit", "more cells than columns"))
    if wrong or at is None:
        return None, wrong
    numbers = int(row["http_code"]), int(row["response_ms"])
    return Check(row["commit"], at, row["slug"], row["status"], *numbers), []


def _time(text: str) -> tuple[datetime | None, str | None]:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None, f"{text!r} is no ISO 8601 time like 2026-11-22T10:00:00Z"
    return (at.astimezone(UTC), None) if at.tzinfo else (None, f"{text} has no zone; append Z if it is UTC")


# --- what it published ----------------------------------------------------------------------------------------


def _summaries(folder: Path) -> list[tuple[str, str, str, str]]:
    files = sorted(folder.glob("summary*.json"))
    return [said for file in files for said in _figures(file.read_text(encoding="utf-8-sig"), file)]


def _figures(text: str, file: Path) -> Iterator[tuple[str, str, str, str]]:
    """(slug, label, text, source) of each figure of a `summary.json`."""
    try:
        sites = json.loads(text)
        for site in sites:
            for key, span in _SPANS.items():
                if time := site.get(f"time{key}"):
                    yield site["slug"], f"mean response time{span}", f"{time} ms", f"Upptime, {file.name}"
                if uptime := site.get(f"uptime{key}"):
                    yield site["slug"], f"uptime{span}", str(uptime), f"Upptime, {file.name}"
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise refuse(file, f"no summary of Upptime: {error!r}") from error


# --- rows -----------------------------------------------------------------------------------------------------


def _samples(checks: Iterable[Check], names: dict[str, str]) -> Iterator[Sample]:
    """Rows by time; a run is a UTC day of a site."""
    counts: Counter[object] = Counter()
    chosen = sorted((check for check in checks if check.slug in names), key=lambda check: (check.at, check.commit))
    for check in chosen:
        provider, day = names[check.slug], check.at.replace(hour=0, minute=0, second=0, microsecond=0)
        run_id = uuid7_of(day, "upptime run", provider)
        outcome, detail = _outcome(check)
        yield Sample(
            # ten characters of the hash, as the CSV has them: both ways give the same rows
            sample_id=uuid7_of(check.at, "upptime", provider, check.slug, check.commit[:10]),
            run_id=run_id,
            seq=counts[run_id],
            location=LOCATION,
            provider=provider,
            model="",
            probe=ProbeKind.REACH,
            mode=Mode.IMPORTED,
            planned_at=check.at,
            sent_at=check.at,
            lateness_ms=0.0,
            total_ms=float(check.response_ms) or None,
            status=check.http_code or None,
            outcome=outcome,
            detail=detail,
            attribution=Attribution.PROVIDER,
            rule=f"import.upptime.{check.status}",
        )
        counts[run_id] += 1


def _outcome(check: Check) -> tuple[Outcome, str | None]:
    """Upptime's word in ours. A failure with an answer below 500 is `malformed`: not the answer that was expected."""
    if check.status == "up":
        return Outcome.OK, None
    if check.status == "degraded":
        return Outcome.OK_DEGRADED, "slow_or_partial"
    if check.http_code == 0:
        return Outcome.CONNECTION, None
    if check.http_code >= 500:
        return Outcome.SERVER_ERROR, None
    return Outcome.MALFORMED, "unexpected_status"

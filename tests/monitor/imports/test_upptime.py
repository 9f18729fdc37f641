"""Upptime's history, from a real git repository and from a folder of CSV: the same rows either way."""

import json
import math
import os
import re
import shutil
import subprocess
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.imports import Imported, ImportRefused, Options
from monitor.imports.upptime import read
from monitor.store import Store
from probes.model import Outcome, Sample

SHARED = Path(__file__).parents[4] / "shared" / "data" / "upptime_ai_apis"
HEADER = "commit,time_utc,slug,status,http_code,response_ms\n"
NOBODY = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


class Upptime:
    """A repository that commits as Upptime does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "history").mkdir(parents=True)
        self.git("init", "-q", "-b", "master")

    def git(self, *arguments: str, at: str = "2026-08-10T07:00:00Z") -> str:
        who = {f"GIT_{role}_{what}": "upptime" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        # pushed later: the commit's date is not the check's
        dates = {"GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": "2026-09-01T00:00:00Z"}
        environ = os.environ | NOBODY | who | dates
        run = subprocess.run(
            ["git", *arguments], cwd=self.path, env=environ, check=True, capture_output=True, text=True
        )
        return run.stdout.strip()

    def commit(self, message: str, at: str, *slugs: str) -> str:
        for slug in slugs:
            (self.path / "history" / f"{slug}.yml").write_text(f"- status: {message} {at}\n")
        self.git("add", ".")
        self.git("commit", "-q", "--allow-empty", "-m", message, at=at)
        return self.git("rev-parse", "HEAD")

    def check(self, name: str, slug: str, says: str, at: str) -> str:
        emoji = {"up": "🟩", "down": "🟥", "degraded": "🟨"}[says.partition(" ")[0]]
        return self.commit(f"{emoji} {name} is {says} [skip ci] [upptime]", at, slug)


@pytest.fixture
def repository(tmp_path: Path) -> Upptime:
    upptime = Upptime(tmp_path / "status")
    upptime.check("OpenAI API", "open-ai-api", "up (401 in 92 ms)", "2026-08-10T07:25:38Z")
    upptime.check("DeepSeek API", "deep-seek-api", "down (401 in 80 ms)", "2026-08-10T08:00:00Z")
    upptime.check("DeepSeek API", "deep-seek-api", "down (0 in 0 ms)", "2026-08-10T09:00:00+02:00")
    upptime.check("OpenAI API", "open-ai-api", "down (503 in 31 ms)", "2026-08-11T07:00:00Z")
    upptime.check("OpenAI API", "open-ai-api", "degraded (200 in 19612 ms)", "2026-08-11T08:00:00Z")
    (upptime.path / "history" / "summary.json").write_text(
        json.dumps([{"slug": "open-ai-api", "time": 611, "timeWeek": 92, "uptime": "100.00%", "uptimeDay": "99.31%"}])
    )
    upptime.commit("🗃️ Update summary [skip ci] [upptime]", "2026-08-11T08:01:00Z")
    return upptime


def by_time(imported: Imported) -> list[Sample]:
    return sorted(imported.samples, key=lambda row: row.planned_at)


def test_each_committed_check_is_a_row_with_upptimes_own_verdict(repository: Upptime) -> None:
    rows = by_time(read(repository.path, Options()))
    assert [(row.provider, row.status, row.total_ms, row.outcome, row.detail, row.rule) for row in rows] == [
        ("deep-seek-api", None, None, "connection", None, "import.upptime.down"),
        ("open-ai-api", 401, 92.0, "ok", None, "import.upptime.up"),
        ("deep-seek-api", 401, 80.0, "malformed", "unexpected_status", "import.upptime.down"),
        ("open-ai-api", 503, 31.0, "server_error", None, "import.upptime.down"),
        ("open-ai-api", 200, 19612.0, "ok_degraded", "slow_or_partial", "import.upptime.degraded"),
    ]
    assert {(row.probe, row.mode, row.size, row.attribution, row.lateness_ms) for row in rows} == {
        ("reach", "imported", None, "provider", 0.0)
    }


def test_a_check_was_made_when_its_commit_was_authored_in_utc(repository: Upptime) -> None:
    rows = by_time(read(repository.path, Options()))
    assert rows[0].planned_at == rows[0].sent_at == datetime(2026, 8, 10, 7, 0, tzinfo=UTC)
    assert rows[1].planned_at == datetime(2026, 8, 10, 7, 25, 38, tzinfo=UTC)


def test_rows_of_a_day_of_a_site_are_one_run_in_order(repository: Upptime) -> None:
    rows = [row for row in by_time(read(repository.path, Options())) if row.provider == "open-ai-api"]
    assert [row.seq for row in rows] == [0, 0, 1]
    assert rows[1].run_id == rows[2].run_id != rows[0].run_id


def test_what_upptime_published_is_kept_beside_the_rows(repository: Upptime) -> None:
    imported = read(repository.path, Options())
    assert {(said.provider, said.label): said.text for said in imported.published} == {
        ("open-ai-api", "mean response time"): "611 ms",
        ("open-ai-api", "mean response time, last week"): "92 ms",
        ("open-ai-api", "uptime"): "100.00%",
        ("open-ai-api", "uptime, last day"): "99.31%",
    }
    assert {said.source for said in imported.published} == {"Upptime, summary.json"}
    assert imported.notes == ("1 sites have checks, but are no longer in its summary: deep-seek-api",)


def test_a_provider_is_chosen_by_its_slug_and_the_only_one_can_be_named(repository: Upptime, tmp_path: Path) -> None:
    chosen = read(repository.path, Options(provider="open-ai-api"))
    assert {row.provider for row in chosen.samples} == {"open-ai-api"}
    with pytest.raises(ImportRefused, match=r"2 sites, none of them openai; .*: deep-seek-api, open-ai-api"):
        read(repository.path, Options(provider="openai"))
    single = Upptime(tmp_path / "single")
    single.check("OpenAI API", "open-ai-api", "up (200 in 92 ms)", "2026-08-10T07:25:38Z")
    assert [row.provider for row in read(single.path, Options(provider="openai")).samples] == ["openai"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("🟩 OpenAI API is up (200 in 92 ms) [skip ci] [upptime]", ("up", 200, 92.0)),
        ("🟩 OpenAI API is up (200 in 92ms)", ("up", 200, 92.0)),
        ("🟥 What is up (200 in 1 ms)? is down (500 in 321 ms) [skip ci] [upptime]", ("down", 500, 321.0)),
        ("🟨 OpenAI antwortet langsam (200 in 9000 ms)", ("degraded", 200, 9000.0)),
        ("✅ OpenAI is up (200 in 5 ms)", ("up", 200, 5.0)),
    ],
)
def test_a_message_is_read_however_the_site_is_named(
    tmp_path: Path, message: str, expected: tuple[str, int, float]
) -> None:
    upptime = Upptime(tmp_path / "status")
    upptime.commit(message, "2026-08-10T07:25:38Z", "open-ai-api")
    (row,) = read(upptime.path, Options()).samples
    assert (row.rule.rpartition(".")[2], row.status, row.total_ms) == expected


def test_a_commit_that_changed_several_sites_is_of_the_one_it_names(tmp_path: Path) -> None:
    upptime = Upptime(tmp_path / "status")
    message = "🟩 OpenAI API is up (200 in 92 ms) [skip ci] [upptime]"
    upptime.commit(message, "2026-08-10T07:25:38Z", "open-ai-api", "deep-seek-api")
    upptime.commit("🟩 Renamed is up (200 in 9 ms)", "2026-08-10T08:25:38Z", "open-ai-api", "deep-seek-api")
    upptime.commit("Remove what nobody needs", "2026-08-10T09:25:38Z", "open-ai-api")
    imported = read(upptime.path, Options())
    assert [row.provider for row in imported.samples] == ["open-ai-api"]
    assert set(imported.notes) == {
        "left out: 1 commits to site histories of several sites at once",
        "left out: 1 commits to site histories that are no checks",
    }


def test_a_bare_clone_and_a_hook_of_another_repository_make_no_difference(
    repository: Upptime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.git("clone", "-q", "--bare", ".", str(tmp_path / "bare.git"))
    other = Upptime(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    assert read(tmp_path / "bare.git", Options()) == read(repository.path, Options())


def test_a_shallow_clone_says_that_older_checks_are_missing(repository: Upptime, tmp_path: Path) -> None:
    repository.git("clone", "-q", "--depth", "3", f"file://{repository.path}", str(tmp_path / "shallow"))
    imported = read(tmp_path / "shallow", Options())
    assert "the clone is shallow: older checks are missing (git fetch --unshallow)" in imported.notes


def test_a_folder_of_csv_gives_the_same_rows_as_the_repository(repository: Upptime, tmp_path: Path) -> None:
    folder = tmp_path / "csv"
    folder.mkdir()
    shutil.copy(repository.path / "history" / "summary.json", folder / "summary.json")
    lines = []
    for line in repository.git("log", "--format=%h %aI %s", "--abbrev=10", "--", "history").splitlines():
        commit, at, subject = line.split(" ", 2)
        if found := re.search(r"is (\w+) \((\d+) in (\d+) ms\)", subject):
            slug = "open-ai-api" if "OpenAI" in subject else "deep-seek-api"
            lines.append(",".join((commit, at, slug, *found.groups())) + "\n")
    (folder / "checks.csv").write_text(HEADER + "".join(lines))
    assert len(lines) == 5
    assert read(folder, Options()) == read(repository.path, Options())


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("a,2026-08-10T07:25:43,openai,up,200,92", "line 3, time_utc: 2026-08-10T07:25:43 has no zone"),
        ("a,yesterday,openai,up,200,92", "line 3, time_utc: 'yesterday' is no ISO 8601 time"),
        ("a,2026-08-10T07:25:43Z,openai,green,200,92", "line 3, status: 'green' is neither up, down nor degraded"),
        ("a,2026-08-10T07:25:43Z,openai,up,ok,92", "line 3, http_code: 'ok' is no whole number"),
        ("a,2026-08-10T07:25:43Z,openai,up,200,-1", "line 3, response_ms: '-1' is no whole number"),
        ("a,2026-08-10T07:25:43Z,,up,200,92", "line 3, slug: missing"),
        ("a,2026-08-10T07:25:43Z,openai,up,200", "line 3, response_ms: missing"),
        ("a,2026-08-10T07:25:43Z,openai,up,200,92,93", "line 3, commit: more cells than columns"),
    ],
)
def test_a_damaged_line_is_named_with_its_column(tmp_path: Path, line: str, says: str) -> None:
    good = "b,2026-08-10T07:25:43Z,openai,up,200,92\n"
    (tmp_path / "checks.csv").write_text(f"{HEADER}{good}{line}\n{good}")
    with pytest.raises(ImportRefused) as caught:
        read(tmp_path, Options())
    assert says in str(caught.value)
    assert len(caught.value.faults) == 1


def test_all_damaged_lines_are_named_and_a_missing_column_is_one_fault(tmp_path: Path) -> None:
    (tmp_path / "checks.csv").write_text(HEADER + "a,x,s,up,1,1\n" * 3)
    with pytest.raises(ImportRefused) as caught:
        read(tmp_path, Options())
    assert [fault.line for fault in caught.value.faults] == [2, 3, 4]
    (tmp_path / "checks.csv").write_text("commit,slug\na,b\n")
    with pytest.raises(ImportRefused, match=r"checks\.csv, line 1, time_utc: no such column"):
        read(tmp_path, Options())


def test_what_holds_no_check_is_refused(tmp_path: Path) -> None:
    upptime = Upptime(tmp_path / "status")
    with pytest.raises(ImportRefused, match="git: "):  # a repository without a commit
        read(upptime.path, Options())
    upptime.commit("first", "2026-08-10T07:25:38Z", "open-ai-api")
    with pytest.raises(ImportRefused, match="no checks: no commit"):
        read(upptime.path, Options())
    with pytest.raises(ImportRefused, match="neither a git repository of Upptime nor a folder"):
        read(tmp_path / "nowhere", Options())


def test_a_summary_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "checks.csv").write_text(HEADER + "a,2026-08-10T07:25:43Z,openai,up,200,92\n")
    (tmp_path / "summary.json").write_text('{"sites": 1}')
    with pytest.raises(ImportRefused, match=r"summary\.json: no summary of Upptime"):
        read(tmp_path, Options())


def test_without_git_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImportRefused, match="git is needed to read this repository, and is not installed"):
        read(tmp_path, Options())


def test_importing_twice_stores_once(repository: Upptime, tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        assert store.append(read(repository.path, Options()).samples) == 5
        repository.check("OpenAI API", "open-ai-api", "up (401 in 90 ms)", "2026-08-11T09:00:00Z")
        assert store.append(read(repository.path, Options()).samples) == 1
        assert store.verify("upptime") is None


@pytest.mark.skipif(not SHARED.exists(), reason="the published history in ../shared is not here")
def test_the_published_history_of_levonk_is_read_as_it_was_measured() -> None:
    imported = read(SHARED, Options())
    assert len(imported.samples) == 12_423
    assert Counter(row.outcome for row in imported.samples) == {
        Outcome.OK: 12_417,
        Outcome.CONNECTION: 4,
        Outcome.MALFORMED: 2,
    }
    openai = sorted(row.total_ms for row in imported.samples if row.provider == "open-ai-api" and row.total_ms)
    quantiles = [openai[math.ceil(share * len(openai)) - 1] for share in (0.5, 0.95)]  # inverse ECDF
    assert quantiles == [93.0, 158.0]
    published = {said.label: said.text for said in imported.published if said.provider == "open-ai-api"}
    assert published["mean response time"] == "611 ms"
    assert published["uptime"] == "100.00%"
    assert round(sum(openai) / len(openai)) == 610  # Upptime's mean, but for the checks after the summary

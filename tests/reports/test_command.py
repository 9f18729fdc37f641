"""`upheld report` over a real store: the site it makes, the window it is about, and how it says what is wrong."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from monitor.store import Store
from tests.monitor.watched import SERVICE, configured, database, keep, settle, watched
from tests.reports.reading import Page

CONFIG = SERVICE + configured("alder")


class Noon:
    """A clock that stands at noon of Sunday, 22 November 2026."""

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def stored() -> bytes:
    """Five days of one provider that was down for twelve hours, seen until now."""
    down = [("2026-11-18T06:00", "2026-11-18T18:00")]
    return database(watched("alder", "2026-11-17T12:00", "2026-11-22T12:00", down=down, location="simulated"))


@pytest.fixture
def home(tmp_path: Path, stored: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("monitor.cli.report.RealClock", Noon)
    monkeypatch.chdir(tmp_path)
    settle(tmp_path, CONFIG, stored)
    return tmp_path


def report(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["report", *arguments], catch_exceptions=False)


def words(path: Path) -> str:
    return Page(path.read_text()).text


def test_it_prints_where_the_site_is_and_the_site_says_what_was_stored(home: Path) -> None:
    result = report()
    assert (result.exit_code, result.output) == (0, f"{home / 'data/site/index.html'}\n")
    text = words(home / "data/site/index.html")
    assert "alder is serving images." in text
    assert "In the last 5 days, seen from a simulation: 1 outage, 12 h down." in text
    assert "Simulated: providers that we run ourselves" in text


def test_a_window_is_rendered_where_it_was_asked_for(home: Path) -> None:
    result = report("--since", "2026-11-18", "--until", "2026-11-19", "--out", "day", "--json")
    told = json.loads(result.stdout)
    assert (told["since"], told["until"]) == ("2026-11-18T00:00:00Z", "2026-11-19T00:00:00Z")
    assert told["index"] == "day/index.html"
    judged = json.loads((home / "day/judge.json").read_text())["providers"]["alder"]["availability"]["time"]
    assert judged["down_s"] == pytest.approx(12 * 3600, abs=120)
    assert not (home / "data/site").exists()


@pytest.mark.usefixtures("home")
def test_judge_json_of_the_site_is_what_upheld_judge_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.cli.judge.RealClock", Noon)
    report("--out", "site")
    judged = CliRunner().invoke(main, ["judge", "--json"], catch_exceptions=False)
    assert Path("site/judge.json").read_text() == judged.stdout


def test_rows_of_more_than_90_days_ago_are_left_out_and_named(home: Path) -> None:
    keep(home, watched("birch", "2026-05-01T00:00", "2026-05-02T00:00", location="simulated"))
    result = report()
    assert result.exit_code == 0
    assert "no rows in this window, so not shown: birch; an earlier --since shows them" in result.stderr
    assert not (home / "data/site/providers/birch.html").exists()
    assert report("--since", "2026-05-01").exit_code == 0
    assert (home / "data/site/providers/birch.html").exists()


def test_a_history_of_somebody_else_is_shown_up_to_its_own_end_and_not_as_the_present(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.cli.report.RealClock", Noon)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "upheld.toml").write_text('[service]\ndata_dir = "data"\n')
    old = watched("openai", "2025-03-01T00:00", "2025-03-04T00:00")
    keep(tmp_path, [replace(sample, mode="imported") for sample in old])
    with Store.open(tmp_path / "data/upheld.duckdb") as store:
        store.put_published("openai", "mean response time", "611 ms", "Upptime")
    assert report().exit_code == 0
    text = words(tmp_path / "data/site/index.html")
    assert "What follows is not the present." in text
    assert "As of 3 Mar 2025" in text
    assert "3 days, all seen" in text
    assert "611 ms" in words(tmp_path / "data/site/providers/openai.html")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--since", "2026-11-20", "--until", "2026-11-19"], 2, "--since 2026-11-20 is not before --until 2026-11-19"),
        (["--since", "2027-01-01"], 2, "--since 2027-01-01 has not come yet"),
        (["--since", "yesterday"], 2, "'yesterday' is no moment"),
        (["--out", "upheld.toml"], 3, "upheld.toml is a file; the site needs a folder of its own"),
        (["--out", "."], 3, "which is no part of a site; choose a folder of its own"),
    ],
)
@pytest.mark.usefixtures("home")
def test_what_cannot_be_done_is_one_sentence(arguments: list[str], code: int, said: str) -> None:
    result = report(*arguments)
    assert result.exit_code == code
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--until", "9999-12-31"], 0, ""),
        (["--since", "0001-01-01"], 0, ""),
        (["--until", "0001-01-01"], 3, "upheld: no row was planned before "),
    ],
    ids=str,
)
@pytest.mark.usefixtures("home")
def test_a_window_may_reach_to_the_ends_of_time(arguments: list[str], code: int, said: str) -> None:
    ended = report(*arguments)
    assert ended.exit_code == code
    assert ended.stderr.startswith(said) if said else not ended.stderr


def test_without_a_store_it_says_what_makes_one(home: Path) -> None:
    (home / "data/upheld.duckdb").unlink()
    result = report()
    assert result.exit_code == 3
    assert "no samples yet" in result.stderr


def test_while_a_service_runs_the_page_says_when_it_makes_the_next_one(home: Path) -> None:
    assert "Made once: this copy is not renewed by itself." in words(Path(report().output.strip()))
    with Store.open(home / "data/upheld.duckdb"):  # as the service does, which has published a snapshot
        text = words(Path(report().output.strip()))
        november = words(Path(report("--since", "2026-11-01", "--out", "november").output.strip()))
    assert re.search(r"The next update is due at 12:\d\d UTC, one every 15 min\.", text)
    assert "Made once" in november


def test_the_page_of_a_provider_says_how_it_is_probed(home: Path) -> None:
    (home / "upheld.toml").write_text(f'{CONFIG}\n[probes.baseline]\nevery = "90m"\n')
    report()
    text = words(home / "data/site/providers/alder.html")
    assert "Baseline: images, side by side every 1 h 30 min images: 1 of 1K, 1:1 $0.0600" in text
    assert "An answer may take 3 min in all; later is a failure." in text

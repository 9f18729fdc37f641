"""Pages of weeks: which are due when, and that mail and report write them for the site to keep."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main, weeklies
from tests.monitor.watched import SERVICE, configured, database, settle, utc, watched
from tests.reports.reading import Page

CONFIG = f"""{SERVICE}
[report]
site_url = "https://status.example.org/upheld"
{configured("alder")}"""
SUNDAY = "2026-11-22T12:00"
BERLIN = ZoneInfo("Europe/Berlin")


class Clock:
    """Stands where it is put."""

    at = utc(SUNDAY)

    def now(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def stored() -> bytes:
    """A provider that was seen from Thursday of week 46 to the noon of Sunday of week 47."""
    down = [("2026-11-18T06:00", "2026-11-18T18:00")]
    return database(watched("alder", "2026-11-12T00:00", SUNDAY, down=down, location="simulated"))


@pytest.fixture
def home(tmp_path: Path, stored: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    for command in ("report", "mail"):
        monkeypatch.setattr(f"monitor.cli.{command}.RealClock", Clock)
    monkeypatch.chdir(tmp_path)
    settle(tmp_path, CONFIG, stored)
    return tmp_path


def upheld(*arguments: str) -> Result:
    result = CliRunner().invoke(main, [*arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result


def week(home: Path, key: str) -> Path:
    return home / "data/site/weekly" / f"{key}.html"


def put(site: Path, key: str, as_of: str) -> None:
    (site / "weekly").mkdir(parents=True, exist_ok=True)
    (site / f"weekly/{key}.html").write_text(f'<article data-as-of="{as_of}">')


@pytest.mark.parametrize(
    ("last", "running", "due"),
    [
        (None, None, ["2026-W46", "2026-W47"]),
        ("2026-11-15T23:00:00+00:00", "2026-11-22T11:30:00+00:00", []),
        ("2026-11-15T22:59:00+00:00", "2026-11-22T11:30:00+00:00", ["2026-W46"]),
        ("2026-11-15T23:00:00+00:00", "2026-11-22T11:00:00+00:00", ["2026-W47"]),
        ("not a time", "2026-11-22T12:00:00+00:00", ["2026-W46"]),
    ],
    ids=["none yet", "both fresh", "the last one was a preview", "an hour old", "not one of ours"],
)
def test_a_week_is_written_once_when_over_and_hourly_while_it_runs(
    tmp_path: Path, last: str | None, running: str | None, due: list[str]
) -> None:
    for key, as_of in (("2026-W46", last), ("2026-W47", running)):
        if as_of is not None:
            put(tmp_path, key, as_of)

    assert [found.key for found in weeklies.due(utc(SUNDAY), BERLIN, tmp_path)] == due


def test_a_report_writes_both_weeks_and_links_to_them_from_every_page(home: Path) -> None:
    upheld("report")
    last, running = (Page(week(home, key).read_text()) for key in ("2026-W46", "2026-W47"))

    assert "alder served" not in last.text, "it was first seen on Thursday"
    assert "alder was down 12 h" in running.text
    assert "preview to Sun 22 Nov 12:00" in running.text
    for page, root in (("index", ""), ("providers/alder", "../")):
        html = (home / f"data/site/{page}.html").read_text()
        assert f'<a href="{root}weekly/2026-W47.html">2026-W47</a> · <a href="{root}weekly/2026-W46.html">' in html


def test_a_page_that_is_not_due_stays_the_same_file(home: Path) -> None:
    upheld("report")
    before = [week(home, key).stat().st_ino for key in ("2026-W46", "2026-W47")]
    upheld("report")

    assert [week(home, key).stat().st_ino for key in ("2026-W46", "2026-W47")] == before


def test_a_report_about_a_window_leaves_the_weeks_alone(home: Path) -> None:
    upheld("report", "--since", "2026-11-18", "--out", "november")

    assert not (home / "november/weekly").exists()


def test_a_mail_writes_the_page_that_it_links_to(home: Path) -> None:
    upheld("mail", "--week", "2026-W46", "--eml", "week.eml")

    assert "https://status.example.org/upheld/weekly/2026-W46.html" in (home / "week.eml").read_text().replace(
        "=\n", ""
    )
    assert "Week 46" in Page(week(home, "2026-W46").read_text()).text
    assert (home / "data/site/assets/style.css").exists(), "it can be read before there is a site"
    upheld("report")
    assert week(home, "2026-W46").exists()


def test_a_site_that_cannot_be_written_keeps_no_mail_back(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    (home / "data/site").write_text("a file")
    upheld("mail", "--week", "2026-W46", "--eml", "week.eml")

    assert (home / "week.eml").exists()
    assert "the page of 2026-W46 was not written" in caplog.text


def test_the_time_that_a_page_tells_to_is_read_back(home: Path) -> None:
    upheld("report")

    assert weeklies.as_of(week(home, "2026-W46")) == datetime(2026, 11, 16, tzinfo=UTC)
    assert weeklies.as_of(home / "nowhere.html") is None

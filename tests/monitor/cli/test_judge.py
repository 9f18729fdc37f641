"""`upheld judge` over a real store: what it prints, how it gates, how it says what is wrong."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import judging, main
from tests.monitor.watched import SERVICE, configured, database, settle, watched

CONFIG = SERVICE + configured("alder", "cedar")
CLAIM = """
[[providers.{provider}.claims]]
metric = "{metric}"
op = "{op}"
value = {value}
{rest}
source = "https://example.org"
seen_on = 2026-11-22
"""
DAYS = ("--since", "2026-11-17T00:00:00Z", "--until", "2026-11-19")


class Noon:
    """A clock that stands at noon of Sunday, 22 November 2026."""

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def stored() -> bytes:
    """Five days of two providers, one of which was down for 12 of 48 hours of the window."""
    days, down = ("2026-11-16T00:00", "2026-11-21T00:00"), [("2026-11-17T06:00", "2026-11-17T18:00")]
    return database(
        watched("alder", *days, location="simulated"), watched("cedar", *days, down=down, location="simulated")
    )


@pytest.fixture
def home(tmp_path: Path, stored: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("monitor.cli.judge.RealClock", Noon)
    settle(tmp_path, CONFIG, stored)
    return tmp_path


def judge(home: Path, *args: str, claims: str = "") -> Result:
    path = home / "upheld.toml"
    path.write_text(CONFIG + claims, encoding="utf-8")
    return CliRunner().invoke(main, ["judge", "--config", str(path), *args], env={"NO_COLOR": "1", "COLUMNS": "200"})


def said(home: Path, *args: str) -> Any:  # noqa: ANN401 - JSON
    result = judge(home, *args, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


def test_json_tells_the_window_and_every_provider(home: Path) -> None:
    data = said(home, *DAYS)
    assert (data["since"], data["until"]) == ("2026-11-17T00:00:00Z", "2026-11-19T00:00:00Z")
    assert (data["as_of"], data["simulated"]) == ("2026-11-22T12:00:00Z", True)
    times = {name: provider["availability"]["time"] for name, provider in data["providers"].items()}
    assert {name: (time["value"], time["down_s"], time["unknown_s"]) for name, time in times.items()} == {
        "alder": (1.0, 0.0, 0.0),
        "cedar": (0.75, 43_200.0, 0.0),
    }
    assert data["providers"]["cedar"]["samples"] == 288
    assert len(data["providers"]["cedar"]["incidents"]) == 1


def test_without_a_window_time_goes_on_until_now_and_what_was_not_seen_is_unknown(home: Path) -> None:
    data = said(home, "alder")
    assert (data["since"], data["until"]) == ("2026-11-16T00:00:00Z", "2026-11-22T12:00:00Z")
    assert list(data["providers"]) == ["alder"]
    assert data["providers"]["alder"]["availability"]["time"]["unknown_s"] == 36 * 3600
    assert data["providers"]["alder"]["state"] == "unknown"


def test_the_last_days_can_be_asked_for_as_people_say_it(home: Path) -> None:
    assert said(home, "--since", "3d")["since"] == "2026-11-19T12:00:00Z"


def test_tables_for_people(home: Path) -> None:
    result = judge(home, *DAYS, "--all")
    assert result.exit_code == 0
    lines = [line.split() for line in result.stdout.splitlines()]
    (cedar,) = (line for line in lines if line[:2] == ["cedar", "unknown"])
    assert cedar[2] == "75.000"
    assert cedar[-1] == "288"
    took = next(line for line in lines if line[:2] == ["alder", "1K"])
    assert took[2:4] == ["8.96", "8.84"]
    assert "Simulated" in result.stdout
    assert "2026-11-17 00:00 to 2026-11-19 00:00 UTC" in result.stdout


def test_without_all_it_is_the_finding_then_promises_then_numbers_on_two_screens(home: Path) -> None:
    claims = "".join(
        CLAIM.format(provider=name, metric="uptime", op=">=", value=0.999, rest='definition = "time"')
        for name in ("alder", "cedar")
    )
    said = judge(home, *DAYS, claims=claims).stdout
    lines = said.splitlines()
    finding, promises, numbers = (
        next(place for place, line in enumerate(lines) if line.startswith(text))
        for text in ("2 promises: ", "Promises", "Uptime of the time known")
    )

    assert lines[finding] == "2 promises: 1 refuted, 1 undecided."
    assert "Service level not met: cedar (time, 75.000 % of 99.900 %)." in lines
    assert finding < promises < numbers
    assert len(lines) < 60
    assert "undecided  alder, 99.9 % uptime, by time: nothing failed (" in said
    assert re.search(r"cedar +unknown +75\.000 ", said)
    assert re.search(r"cedar +99\.900 +time +75\.000 +75\.000 +not met +-676\.8 of 43\.2", said)
    assert "google_minutes" not in said, "nobody promised that"
    assert "--all shows every table" in lines[-1]


def test_every_clause_stands_side_by_side_with_what_was_promised_and_what_is_usual(home: Path) -> None:
    own = '[[providers.cedar.sla]]\nclause = "ours"\ntarget = 0.9\n[[sla]]\nname = "ours"\nunit = "5m"\n'
    lines = [line.split() for line in judge(home, *DAYS, "--all", claims=own).stdout.splitlines()]
    names = ("google_minutes", "aws_5min", "requests", "time", "ours")
    clauses = {line[1]: line[2:] for line in lines if line[:1] == ["cedar"] and line[1:2] and line[1] in names}
    assert tuple(clauses) == names
    assert clauses["time"][:6] == ["75.000", "75.000", "99.900", "(usual)", "not", "met"]
    assert clauses["ours"][2:5] == ["90.000", "not", "met"]
    assert clauses["google_minutes"][4] == "undecided"


def test_worst_stretches_and_what_is_left_of_the_error_budget(home: Path) -> None:
    claims = CLAIM.format(provider="cedar", metric="uptime", op=">=", value=0.999, rest='definition = "time"')
    lines = [line.split() for line in judge(home, *DAYS, "--all", claims=claims).stdout.splitlines()]
    (cedar,) = (line for line in lines if line[:3] == ["cedar", "0", "0"])  # 12 h down: the worst hour, and 6 h
    assert cedar[3:] == ["50.000", "-", "-", "99.900", "43.2", "720.0", "0.0", "-676.8"]


def test_each_promise_stands_there_with_verdict_estimate_reason_and_need(home: Path) -> None:
    claims = CLAIM.format(provider="alder", metric="uptime", op=">=", value=0.999, rest='definition = "time"')
    lines = judge(home, *DAYS, "--all", claims=claims).stdout.splitlines()
    first = lines.index("alder: 99.9 % uptime, by time: undecided")
    assert lines[first - 1] == "Promises"
    measured, because, needs = (line.split(maxsplit=1) for line in lines[first + 1 : first + 4])
    assert measured[0] == "measured"
    assert measured[1].startswith("nothing failed (")
    assert measured[1].endswith("% or more, n 432)")
    assert because == [
        "because",
        "no outage seen since 2026-11-16; there was no look yet, and the bet does not refute it",
    ]
    assert needs[0] == "needs"
    assert needs[1].startswith("about 807 more days without an outage")


@pytest.mark.parametrize(
    ("claim", "fail_on", "code", "reason"),
    [
        ({}, "undecided", 0, ""),
        (
            {"provider": "cedar", "rest": 'definition = "aws_5min"'},
            "refuted",
            1,
            "cedar: uptime by aws_5min is not met",
        ),
        ({"provider": "alder", "rest": 'definition = "aws_5min"'}, "refuted", 0, ""),
        ({"provider": "alder", "rest": 'definition = "google_minutes"'}, "refuted", 0, ""),
        (
            {"provider": "alder", "rest": 'definition = "google_minutes"'},
            "undecided",
            1,
            "alder: uptime by google_minutes is undecided",
        ),
        ({"provider": "alder", "metric": "p50_ms", "op": "<=", "value": 1}, "refuted", 0, ""),
        (
            {"provider": "alder", "metric": "p50_ms", "op": "<=", "value": 1},
            "undecided",
            1,
            "alder: a median latency of at most 0.001 s is undecided",
        ),
        (
            {"provider": "cedar", "value": 0.999, "rest": 'definition = "time"'},
            "refuted",
            1,
            "cedar: 99.9 % uptime, by time is refuted (16.7 % failed in 1 outage, where at most 0.1 % is promised",
        ),
        ({"provider": "alder", "metric": "failover_s", "op": "<=", "value": 30}, "undecided", 0, ""),
    ],
    ids=[
        "nothing promised",
        "broken",
        "kept",
        "open",
        "open, strictly",
        "too few days",
        "too few days, strictly",
        "refuted in the long run",
        "what cannot be tested is not open",
    ],
)
def test_the_gate(home: Path, claim: dict[str, Any], fail_on: str, code: int, reason: str) -> None:
    usual = {"metric": "uptime", "op": ">=", "value": 0.9, "rest": ""}
    claims = CLAIM.format(**(usual | claim)) if claim else ""
    result = judge(home, *DAYS, "--json", "--fail-on", fail_on, claims=claims)
    assert result.exit_code == code, result.output
    assert reason in " ".join(result.stderr.split())
    json.loads(result.stdout)


@pytest.mark.parametrize(
    ("args", "code", "sentence"),
    [
        (("aldr",), 2, "no provider 'aldr'; nearest known: alder"),
        (("qqqqq",), 2, "no provider 'qqqqq'; known: alder, cedar"),
        (("--since", "2026-11-19", "--until", "2026-11-17"), 2, "--since 2026-11-19 is not before --until 2026-11-17"),
        (("--since", "2026-11-19T00:00:00"), 2, "no zone"),
        (("--since", "yesterday"), 2, "'yesterday' is no moment"),
        (("--fail-on", "rain"), 2, "refuted"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(home: Path, args: tuple[str, ...], code: int, sentence: str) -> None:
    result = judge(home, *args)
    assert result.exit_code == code
    assert sentence in " ".join(result.stderr.split())
    assert "Traceback" not in result.output
    assert result.stdout == ""


def test_without_a_store_it_says_how_to_get_one(home: Path) -> None:
    (home / "data/upheld.duckdb").unlink()
    result = judge(home)
    assert result.exit_code == 3
    assert "no samples yet" in result.stderr


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (None, "-"),
        (1.0, "100"),
        (0.0, "0"),
        (0.9995, "99.950"),
        (0.99999999, ">99.999"),
        (1e-9, "<0.001"),
        (43_199 / 43_200, "99.998"),
    ],
)
def test_a_share_is_never_rounded_to_certainty(share: float | None, shown: str) -> None:
    assert judging.percent(share) == shown

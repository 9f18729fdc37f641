"""`upheld plan`: the price before anything is sent, the caps, and the gate."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from tests.monitor.configs import ONE, SIMULATED, WHOLE, write


class Noon:
    """A clock that stands at noon of Sunday, 22 November 2026."""

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.cli.plan.RealClock", Noon)


def plan(folder: Path, text: str, *args: str) -> Result:
    arguments = ["plan", "--config", str(write(folder, text)), *args]
    return CliRunner().invoke(main, arguments, env={"NO_COLOR": "1"})


CHEAP = ONE + '[probes.reach]\n[probes.baseline]\nevery = "1h"\n'


def test_the_price_of_each_probe_is_shown_before_anything_is_sent(tmp_path: Path) -> None:
    result = plan(tmp_path, CHEAP, "--days", "7")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["wisgate", "reach", "10,080", "10,080", "0.00", "0.00", "0.00", "0.00"] in lines
    assert ["wisgate", "baseline", "168", "168", "9.74", "1.39", "1.39", "43.15"] in lines
    assert ["all", "together", "10,248", "9.74", "1.39", "1.39", "43.15"] in lines
    assert result.stdout.startswith(
        "At most $43.15 in 31 days, of the $120.00 that a month may cost; no cap is reached, the nearest is"
        " the month's cap of all providers: $43.15 of $120.00 (36%).\n"
    )
    assert "within budget $1.39 of $5.00 on the dearest day, $43.15 of $120.00 in 31 days." in result.stdout
    assert "What 7 days of it can prove\n" in result.stdout


def test_a_plan_over_budget_says_so_and_is_no_failure(tmp_path: Path) -> None:
    result = plan(tmp_path, WHOLE)
    assert result.exit_code == 0
    over = [line for line in result.stdout.splitlines() if line.startswith("over budget")]
    assert [line.split(": ")[0] for line in over] == [
        "over budget all providers",
        "over budget all providers",
        "over budget wisgate",
    ]
    assert result.stdout.startswith(
        "At most $247.37 in 31 days, of the $120.00 that a month may cost; the day's cap of all providers is reached"
        " first, on 2026-11-23: $45.53 of $5.00 are asked for.\n"
    )
    assert "$247.37 in 31 days against $120.00 a month, used up on 2026-12-05" in over[1]
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["wisgate", "recovery", "an", "incident", "<=", "34", "<=", "2.00"] in lines
    assert [
        "all",
        "month",
        "120.00",
        "247.37",
        "206%",
        "in",
        "31",
        "days,",
        "over",
        "from",
        "2026-12-05",
        "on",
    ] in lines
    assert "if all of it were sent (the budget stops it before)" in result.stdout


@pytest.mark.parametrize(("text", "code"), [(WHOLE, 1), (CHEAP, 0)], ids=["over", "within"])
def test_the_gate_fails_only_over_budget(tmp_path: Path, text: str, code: int) -> None:
    assert plan(tmp_path, text, "--fail-over-budget").exit_code == code
    assert plan(tmp_path, text, "--fail-over-budget", "--json").exit_code == code


def test_json_is_alone_on_standard_output_and_complete(tmp_path: Path) -> None:
    result = plan(tmp_path, WHOLE + SIMULATED, "--json", "--days", "30")
    data = json.loads(result.stdout)
    assert data["from"] == "2026-11-23"
    assert (data["days"], data["budget"]) == (
        30,
        {"usd_per_day": 5.0, "usd_per_month": 120.0, "usd_per_minute": None, "usd_per_run": None},
    )
    loads = {(load["provider"], load["probe"]): load for load in data["loads"]}
    assert loads["wisgate", "baseline"]["requests"] == 2880
    assert loads["wisgate", "baseline"]["usd"] == 167.04
    assert data["providers"]["alder"]["usd"] == pytest.approx(
        loads["alder", "baseline"]["usd"] + loads["alder", "burst"]["usd"]
    )
    assert data["says"].startswith("At most $")
    assert (data["first_cap"]["period"], data["first_cap"]["whose"]) == ("day", None)
    assert data["incident"] == {"max_usd": 2.0, "images": {"wisgate": 34, "alder": 20}}
    assert [cap["period"] for cap in data["caps"] if cap["whose"] is None] == ["day", "month"]
    assert {over["period"] for over in data["over_budget"]} == {"day", "month"}
    assert {proof["answer"] for proof in data["proofs"]} == {"yes", "partly", "no"}
    assert any(note.startswith("recovery looks every 15s") for note in data["notes"])


@pytest.mark.parametrize("days", ["0", "367", "x"])
def test_a_number_of_days_that_makes_no_sense_is_wrong_usage(tmp_path: Path, days: str) -> None:
    assert plan(tmp_path, CHEAP, "--days", days).exit_code == 2


def test_nothing_to_do_is_said(tmp_path: Path) -> None:
    result = plan(tmp_path, "")
    assert result.exit_code == 0
    assert "within budget $0.00" in result.stdout
    assert "note no provider is configured: nothing will be measured" in result.stderr


def test_no_key_is_needed_and_a_bad_configuration_ends_with_code_2(tmp_path: Path) -> None:
    assert plan(tmp_path, CHEAP).exit_code == 0
    result = plan(tmp_path, "[budgets]")
    assert (result.exit_code, result.stdout) == (2, "")


def test_what_the_caps_will_leave_out_is_told_in_the_table_and_as_data(tmp_path: Path) -> None:
    shown = [line.split() for line in plan(tmp_path, WHOLE).stdout.splitlines()]
    assert ["wisgate", "baseline", "2,034", "2,880", "wisgate,", "day,", "$2.00", "2026-11-23"] in shown
    left_out = json.loads(plan(tmp_path, WHOLE, "--json").stdout)["left_out"]
    assert left_out[0] == {
        "provider": "wisgate",
        "probe": "baseline",
        "requests": 2034,
        "of": 2880,
        "period": "day",
        "whose": "wisgate",
        "key": "providers.wisgate.budget.usd_per_day",
        "cap_usd": 2.0,
        "first": "2026-11-23",
    }
    assert [one["probe"] for one in left_out] == ["baseline", "burst", "endurance"]


def test_where_all_fits_nothing_is_said_of_what_is_left_out(tmp_path: Path) -> None:
    assert "Left out" not in plan(tmp_path, CHEAP).stdout
    assert json.loads(plan(tmp_path, CHEAP, "--json").stdout)["left_out"] == []

"""`upheld check`: what it prints, what it never prints, and how it ends; online against the real simulator."""

import json
import socket
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from monitor.cli.overview import deeds, schedule
from monitor.config import example, json_schema
from monitor.online import reached
from probes.model import Attribution, Outcome, Target, Verdict
from probes.simulator.process import running
from tests.monitor.configs import ONE, SIMULATED, WHOLE, loaded, write

KEY = "hunter2-not-a-key"
SCENARIO = """
seed = 1
[providers.alder]
format = "gemini"
models = ["gemini-3-pro-image"]
projects = { main = ["sim-alder-key"] }
answer_bytes = { "1K" = 40_000 }
[providers.alder.latency]
network_s = 0.0
download_share = 0.1
control = { median_s = 0.001, sigma = 0.1 }
sizes = { "1K" = { median_s = 0.01, sigma = 0.1 } }
[providers.birch]
format = "openai_images"
models = ["gpt-image-1"]
projects = { main = ["sim-birch-key"] }
answer_bytes = { "1K" = 40_000 }
[providers.birch.latency]
network_s = 0.0
download_share = 0.1
control = { median_s = 0.001, sigma = 0.1 }
sizes = { "1K" = { median_s = 0.01, sigma = 0.1 } }
"""


def check(path: Path, *args: str, key: str | None = KEY, alert_url: str | None = "json://127.0.0.1") -> Result:
    environ = {"WISGATE_API_KEY": key, "ALERT_URL": alert_url, "NO_COLOR": "1"}
    return CliRunner().invoke(main, ["check", "--config", str(path), *args], env=environ)


# --- offline --------------------------------------------------------------------------------------------------


def test_a_valid_file_is_shown_with_providers_and_schedule_and_without_keys(tmp_path: Path) -> None:
    result = check(write(tmp_path, WHOLE))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].endswith("is valid: 1 provider, at most $5.00 a day and $120.00 a month.")
    assert any(line.split()[:3] == ["wisgate", "gemini", "gemini-3-pro-image-preview"] for line in lines)
    assert "there (env WISGATE_API_KEY)" in result.stdout
    kinds = ("reach", "base", "burst", "endu", "reco", "site", "alert", "mail")
    assert [line.split()[0] for line in lines if line.startswith(kinds)] == [
        "reach",
        "baseline",
        "burst",
        "endurance",
        "recovery",
        "site",
        "alerts",
        "mail",
    ]
    assert KEY not in result.output


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (None, "is not set"),
        ("hunter2", "holds no URL; write one as Apprise knows them"),
        ("slack://hunter2", "is no complete slack:// address"),
    ],
)
def test_an_address_that_no_alert_can_go_to_is_a_fault_and_is_not_printed(
    tmp_path: Path, url: str | None, says: str
) -> None:
    result = check(write(tmp_path, WHOLE), alert_url=url)
    assert result.exit_code == 2
    assert f"alerts[0].url_env: environment variable ALERT_URL {says}" in result.stderr
    assert "hunter2" not in result.output
    assert "note wisgate: the catalogue" in result.stderr


def test_a_missing_key_ends_with_code_2_and_names_the_variable(tmp_path: Path) -> None:
    result = check(write(tmp_path, ONE), key=None)
    assert result.exit_code == 2
    assert "missing (env WISGATE_API_KEY)" in result.stdout
    assert result.stderr.splitlines()[-1].endswith(
        "providers.wisgate.api_key_env: environment variable WISGATE_API_KEY is not set"
    )


def test_all_faults_are_told_on_standard_error_with_code_2(tmp_path: Path) -> None:
    path = write(tmp_path, ONE + 'modle = "x"\n[probes.reach]\nevery = 5\n')
    result = check(path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f"{path}: providers.wisgate.modle: unknown key; nearest known: model",
        f'{path}: probes.reach.every: must be a duration in quotes, such as "15s", "10m", "1h" or "1d"',
    ]


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    result = check(tmp_path / "upheld.toml")
    assert result.exit_code == 2
    assert "there is no such file; make one with: upheld check --example > upheld.toml" in result.stderr


@pytest.mark.parametrize(
    ("text", "key", "code", "faults"),
    [
        (WHOLE, KEY, 0, []),
        (ONE, None, 2, [("providers.wisgate.api_key_env", "environment variable WISGATE_API_KEY is not set")]),
        ("[budgets]", KEY, 2, [("budgets", "unknown key; nearest known: budget")]),
    ],
    ids=["valid", "no-key", "faults"],
)
def test_json_is_alone_on_standard_output_and_holds_the_faults(
    tmp_path: Path, text: str, key: str | None, code: int, faults: list[tuple[str, str]]
) -> None:
    path = write(tmp_path, text)
    result = check(path, "--json", key=key)
    data = json.loads(result.stdout)
    assert (result.exit_code, data["ok"]) == (code, code == 0)
    assert [(fault["key"], fault["reason"]) for fault in data["faults"]] == faults
    assert {fault["file"] for fault in data["faults"]} <= {str(path)}
    assert KEY not in result.output


def test_json_says_what_will_run_and_where_each_key_comes_from(tmp_path: Path) -> None:
    data = json.loads(check(write(tmp_path, WHOLE), "--json").stdout)
    wisgate = data["providers"]["wisgate"]
    assert wisgate["key"] == {"source": "env WISGATE_API_KEY", "present": True}
    assert (wisgate["advertised_rpm"], wisgate["usd_per_image"]["1K"]) == (300.0, 0.058)
    assert (data["location"], data["simulated"]) == ("fra-1", False)
    burst = next(item for item in data["schedule"] if item["what"] == "burst")
    assert datetime.fromisoformat(burst["next"]).strftime("%a %H:%M") == "Sun 04:00"


def test_the_example_can_be_printed_without_any_configuration() -> None:
    result = CliRunner().invoke(main, ["check", "--example"])
    assert (result.exit_code, result.stdout) == (0, example())
    assert tomllib.loads(result.stdout)


def test_the_schema_can_be_printed_without_any_configuration() -> None:
    result = CliRunner().invoke(main, ["check", "--schema"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == json_schema()


# --- what will run (pure) -------------------------------------------------------------------------------------


def test_the_next_time_of_each_probe_is_the_one_of_its_schedule(tmp_path: Path) -> None:
    now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    planned = {item.what: item for item in schedule(loaded(tmp_path, WHOLE), now)}
    assert planned["burst"].at == datetime(2026, 11, 29, 4, 0, tzinfo=UTC)
    assert planned["endurance"].at == datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
    reach = planned["reach"].at
    assert reach is not None
    assert 0 < (reach - now).total_seconds() <= 60
    assert (planned["recovery"].at, planned["recovery"].when) == (None, "every 15s in an incident")
    assert planned["mail"].when == "mon 07:00 Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (ONE + "[probes.reach]", {"reach": "a free call to wisgate"}),
        (
            ONE + SIMULATED + "[probes.baseline]",
            {"baseline": "1 image (1K; 1:1) from each of 2 providers, side by side"},
        ),
        (
            ONE + "[probes.burst]\nconcurrency = 5\nmax_images = 9",
            {"burst": "up to 9 images (1K) from wisgate, 5 at once"},
        ),
        (
            ONE + '[probes.endurance]\nduration = "90m"\nmax_usd = 3',
            {"endurance": "50% of the advertised rate for 1h30m, up to $3.00 at wisgate"},
        ),
        (ONE + "[probes.recovery]", {"recovery": "until it is over, up to $2.00"}),
        (ONE, {}),
    ],
    ids=["reach", "baseline", "burst", "endurance", "recovery", "nothing"],
)
def test_what_a_probe_does_is_said_in_words(tmp_path: Path, text: str, says: dict[str, str]) -> None:
    assert deeds(loaded(tmp_path, text)) == says


# --- online ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def base_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    scenario = tmp_path_factory.mktemp("simulator") / "two.toml"
    scenario.write_text(SCENARIO, encoding="utf-8")
    with running(scenario) as simulator:
        yield simulator.base_url


def provider(name: str, adapter: str, base_url: str, model: str, key: str) -> str:
    return f"""
    [providers.{name}]
    adapter = "{adapter}"
    base_url = "{base_url}"
    model = "{model}"
    environment = "simulated"
    api_key_env = "{key}"
    timeout_s = 5
    """


def online(tmp_path: Path, *providers: str) -> tuple[int, dict[str, Any], str]:
    result = CliRunner().invoke(
        main,
        ["check", "--online", "--json", "--config", str(write(tmp_path, "".join(providers)))],
        env={"ALDER": "sim-alder-key", "BIRCH": "sim-birch-key", "WRONG": "sim-wrong-key"},
    )
    return result.exit_code, json.loads(result.stdout), result.stderr


def test_providers_that_answer_are_called_once_each_with_their_key(tmp_path: Path, base_url: str) -> None:
    code, data, _ = online(
        tmp_path,
        provider("alder", "gemini", f"{base_url}/alder", "gemini-3-pro-image", "ALDER"),
        provider("birch", "openai_images", f"{base_url}/birch", "gpt-image-1", "BIRCH"),
    )
    assert (code, data["ok"]) == (0, True)
    for name in ("alder", "birch"):
        answer = data["providers"][name]["online"]
        assert (answer["ok"], answer["status"], answer["says"]) == (True, 200, "answers")
        assert answer["total_ms"] > 0


def test_each_provider_that_cannot_be_used_is_one_sentence_and_code_3(tmp_path: Path, base_url: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and never listening: connections are refused
        port = unused.getsockname()[1]
        code, data, err = online(
            tmp_path,
            provider("alder", "gemini", f"{base_url}/alder", "gemini-3-pro-image", "WRONG"),
            provider("birch", "gemini", f"{base_url}/alder", "no-such-model", "ALDER"),
            provider("cedar", "gemini", f"http://127.0.0.1:{port}", "gemini-3-pro-image", "ALDER"),
            provider("doum", "gemini", f"{base_url}/alder", "gemini-3-pro-image", "ALDER"),
        )
    assert (code, data["ok"]) == (3, False)
    assert err.splitlines() == [
        "calling alder, birch, cedar, doum ...",
        "alder: refuses the key (HTTP 400, api_key_invalid)",
        "birch: does not know this request (HTTP 404): check base_url and model 'no-such-model'",
        f"cedar: cannot be reached at 127.0.0.1:{port}: the connection is refused",
    ]
    assert data["providers"]["doum"]["online"]["ok"]
    assert "sim-" not in err


def test_nobody_is_called_while_a_key_is_missing(tmp_path: Path, base_url: str) -> None:
    text = provider("alder", "gemini", f"{base_url}/alder", "gemini-3-pro-image", "NOT_SET")
    code, data, err = online(tmp_path, text)
    assert code == 2
    assert "online" not in data["providers"]["alder"]
    assert "calling" not in err


TARGET = Target("alder", "gemini", "https://alder.example.org/x", "m", timeout_s=30)


@pytest.mark.parametrize(
    ("outcome", "detail", "status", "ok", "says"),
    [
        (Outcome.OK, None, 200, True, "answers"),
        (Outcome.RATE_LIMITED, "rpm", 429, True, "answers, and throttles already (HTTP 429, rpm)"),
        (Outcome.AUTH, "401", 401, False, "refuses the key (HTTP 401)"),
        (Outcome.BALANCE, None, 402, False, "answers that the account has no money left (HTTP 402)"),
        (Outcome.OVERLOADED, None, 503, False, "answers with an error (HTTP 503)"),
        (Outcome.SERVER_ERROR, "500", 500, False, "answers with an error (HTTP 500)"),
        (Outcome.TIMEOUT, "server_504", 504, False, "answers with an error (HTTP 504, server_504)"),
        (Outcome.TIMEOUT, "ttfb", None, False, "gave no answer at alder.example.org within 30 s"),
        (Outcome.CONNECTION, "dns", None, False, "cannot be reached at alder.example.org: the name is not known"),
        (
            Outcome.CONNECTION,
            "network",
            None,
            False,
            "cannot be reached at alder.example.org: the network fails (network)",
        ),
        (
            Outcome.MALFORMED,
            "html",
            200,
            False,
            "answers, but not as gemini does (HTTP 200, html): check base_url and adapter",
        ),
    ],
)
def test_each_outcome_is_one_sentence(
    outcome: Outcome, detail: str | None, status: int | None, ok: bool, says: str
) -> None:
    answer = reached(TARGET, status, 12.0, Verdict(outcome, detail, Attribution.UNKNOWN, "rule", billed=False))
    assert (answer.ok, answer.says) == (ok, says)
    assert answer.total_ms == (None if status is None else 12.0)

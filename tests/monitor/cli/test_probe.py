"""`upheld probe` against the real simulator: the price before, the rows after, and one sentence where it cannot be."""

import json
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from monitor.config import load
from monitor.notes import Notes
from monitor.pressing import Presses
from monitor.store import Store, read_samples, snapshot_for_reading
from monitor.store.spooling import drain, read
from probes.clock import EPOCH, RealClock
from probes.simulator.process import Simulator, running
from tests.monitor.service.memory import Memory
from tests.simulated import asked, begin, environment, served
from tests.virtual import closed_port

SCENARIO = "seed = 3\n" + served("alder", 0.05, limits="rpm = 60\nburst = 6\nadvertised_rpm = 60")
CONFIG = """
[service]
data_dir = "data"
[budget]
usd_per_day = {cap}
"""


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    scenario = tmp_path_factory.mktemp("simulator") / "scenario.toml"
    scenario.write_text(SCENARIO)
    with running(scenario) as simulator:
        yield simulator


@pytest.fixture
def config(tmp_path: Path, simulator: Simulator) -> Path:
    return written(tmp_path, f"{simulator.base_url}/alder")


def written(folder: Path, base_url: str, cap: float = 5.0) -> Path:
    path = folder / "upheld.toml"
    path.write_text(CONFIG.format(cap=cap) + asked("alder", base_url, more="limits = { rpm = 60 }"))
    return path


def probe(config: Path, *words: str) -> Result:
    arguments = ["probe", *words, "--config", str(config)]
    return CliRunner().invoke(main, arguments, env=environment("alder"))


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.stderr
    data: dict[str, Any] = json.loads(result.stdout)
    return data


def test_a_run_says_its_price_first_then_what_came_of_it_and_keeps_the_rows(config: Path) -> None:
    result = probe(config, "alder", "--kind", "baseline", "--count", "3", "--rate", "600")
    assert result.exit_code == 0, result.stderr
    said = result.stderr.splitlines()
    assert said[0] == "3 baseline requests to alder: at most $0.15"
    assert said[1].startswith("3/3 done, 0 in flight, $0.15 spent")
    assert "alder, baseline" in result.stdout
    assert "not bounded by n=3" in result.stdout
    rows = read_samples(snapshot_for_reading(config.parent / "data").path)
    assert Counter(zip(rows["probe"], rows["mode"], rows["outcome"], strict=True)) == {("baseline", "adhoc", "ok"): 3}
    with Store.open(config.parent / "data" / "upheld.duckdb") as store:
        assert sum(store.spent(rows["planned_at"].min().floor("D").to_pydatetime()).values()) == pytest.approx(0.15)


def test_json_alone_is_on_standard_output(config: Path) -> None:
    data = told(probe(config, "alder", "--kind", "reach", "--count", "2", "--rate", "600", "--json"))
    assert {name: data[name] for name in ("provider", "kind", "mode", "planned", "sent", "outcomes", "spent_usd")} == {
        "provider": "alder",
        "kind": "reach",
        "mode": "adhoc",
        "planned": 2,
        "sent": 2,
        "outcomes": {"ok": 2},
        "spent_usd": 0.0,
    }
    assert (data["latency_ms"]["n"], data["latency_ms"]["p95"], data["rate_limit"]) == (2, None, None)


def test_a_burst_tells_what_was_accepted_at_once_and_is_paid_for_that_alone(config: Path) -> None:
    data = told(probe(config, "alder", "--kind", "burst", "--concurrency", "12", "--count", "12", "--json"))
    assert data["mode"] == "ramp"
    accepted = data["outcomes"]["ok"]
    assert 1 <= accepted <= 8  # a bucket of 6 that other tests have drawn on
    assert data["outcomes"]["rate_limited"] == 12 - accepted
    assert data["details"] == {"rate_limited/rpm": 12 - accepted}
    assert data["spent_usd"] == pytest.approx(0.05 * accepted)
    assert data["rate_limit"]["accepted"] == accepted
    assert data["rate_limit"]["advertised_rpm"] == 60


def test_an_unreachable_provider_is_a_row_and_one_sentence(tmp_path: Path) -> None:
    port = closed_port()
    config = written(tmp_path, f"http://127.0.0.1:{port}")
    result = probe(config, "alder", "--kind", "reach", "--count", "2", "--rate", "600")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr.splitlines()[-1].startswith(
        f"upheld: alder: none of 2 requests reached http://127.0.0.1:{port}: connection refused; stored in {tmp_path}"
    )
    rows = read_samples(snapshot_for_reading(tmp_path / "data").path)
    assert list(rows["outcome"]) == ["connection", "connection"]


def test_without_money_nothing_is_sent_and_the_reason_is_said(tmp_path: Path, simulator: Simulator) -> None:
    config = written(tmp_path, f"{simulator.base_url}/alder", cap=0.01)
    result = probe(config, "alder", "--kind", "baseline")
    assert result.exit_code == 3
    assert "the caps leave $0.01, what would exceed them is not sent" in result.stderr
    assert "upheld: alder: nothing was sent: day cap $0.01 of all providers reached" in result.stderr
    rows = read_samples(snapshot_for_reading(tmp_path / "data").path)
    assert list(rows["detail"]) == ["budget"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["alder", "--kind", "brust"], "'brust' is no kind of probe; known: reach, baseline, burst, endurance"),
        (["elder", "--kind", "reach"], "no provider is called 'elder'; did you mean 'alder'?"),
        (["alder", "--kind", "burst", "--duration", "1m"], "--duration is not for burst probes, but for endurance"),
        (["alder", "--kind", "endurance", "--duration", "soon"], "'soon' is no duration"),
        (["alder", "--kind", "baseline", "--count", "0"], "0 is not in the range x>=1"),
        (["alder"], "Missing option '--kind'"),
    ],
    ids=["kind", "provider", "option of another kind", "duration", "count", "no kind"],
)
def test_wrong_usage_is_one_sentence_and_nothing_is_made(tmp_path: Path, words: list[str], says: str) -> None:
    result = probe(written(tmp_path, "http://127.0.0.1:9"), *words)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_missing_key_is_told_and_nothing_is_made(tmp_path: Path) -> None:
    config = written(tmp_path, "http://127.0.0.1:9")
    result = CliRunner().invoke(
        main, ["probe", "alder", "--kind", "reach", "--config", str(config)], env={"SIMULATED_KEY": None}
    )
    assert result.exit_code == 2
    assert "providers.alder.api_key_env: environment variable SIMULATED_KEY is not set" in result.stderr
    assert not (tmp_path / "data").exists()


def test_beside_the_owner_of_the_store_rows_and_money_are_left_in_its_spool(config: Path) -> None:
    data = config.parent / "data"
    with Store.open(data / "upheld.duckdb"):
        done = told(probe(config, "alder", "--kind", "baseline", "--count", "2", "--rate", "600", "--json"))
    assert done["stored_in"] == f"{data / 'spool'}, for the service that owns the store"
    rows = [row for path in (data / "spool").glob("*.jsonl") for row in read(path).samples]
    assert [row.outcome for row in sorted(rows, key=lambda row: row.seq)] == ["ok", "ok"]
    memory = Memory()
    (note,) = Notes(data).enter(memory, RealClock().now())  # type: ignore[arg-type]  # as the owner does
    assert (note.provider, note.usd, note.paid) == ("alder", 0.10, True)
    with Store.open(data / "upheld.duckdb") as store:
        assert drain(store) == []
        (run,) = store.runs(EPOCH)
    assert (str(run.run_id), run.state, run.error and asdict(run.error)) == (
        done["run_id"], "done", done["own_error"],
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["burst", "endurance"])
def test_an_account_under_load_is_not_pressed_a_second_time(config: Path, kind: str) -> None:
    (target,) = load(config, {}).targets(environment("alder"), only=["alder"]).values()
    with Presses(config.parent / "data").take([target], "endurance", RealClock().now()):
        result = probe(config, "alder", "--kind", kind, "--count", "3")
        assert result.exit_code == 3
        assert result.stderr.startswith(
            "upheld: the account of alder is under load already (endurance of alder, since "
        )
        assert told(probe(config, "alder", "--kind", "reach", "--json"))["sent"] == 1  # no load: it goes on


def test_a_steady_run_whose_money_is_spent_ends_there_with_what_was_measured(config: Path) -> None:
    """Ten minutes were planned, and the test has one."""
    steadily = ["--kind", "endurance", "--rate", "600", "--duration", "10m"]
    told_ = told(probe(config, "alder", *steadily, "--max-usd", "0.15", "--json"))
    assert (told_["planned"], told_["sent"], told_["spent_usd"]) == (6000, 3, 0.15)
    assert told_["outcomes"] == {"ok": 3, "not_sent": 5997}
    assert told_["details"] == {"not_sent/budget": 5997}
    assert told_["stopped"] == "cap of this run, $0.15, reached"
    rows = read_samples(snapshot_for_reading(config.parent / "data").path)
    assert Counter(rows["outcome"]) == told_["outcomes"]


def test_ctrl_c_sends_nothing_more_and_keeps_what_was_measured(config: Path) -> None:
    words = ["probe", "alder", "--kind", "endurance", "--rate", "60", "--duration", "5m", "--json"]
    process = begin("alder", config, *words)
    assert process.stderr is not None
    assert process.stderr.readline().startswith(b"300 endurance requests to alder: at most $15.00; the caps leave $5")
    assert b" ok" in process.stderr.readline()  # the line that comes after a second
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert b"Traceback" not in err
    data = json.loads(out)
    assert process.returncode == 130
    assert data["outcomes"]["ok"] >= 1
    assert data["own_error"]["error_ms"] > 0
    assert data["details"]["not_sent/shutdown"] == 300 - data["outcomes"]["ok"]
    rows = read_samples(snapshot_for_reading(config.parent / "data").path)
    assert len(rows) == 300

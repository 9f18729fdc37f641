"""The service as a process of its own against simulated providers over sockets: killed, restarted, stopped, read."""

import os
import select
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pytest

from monitor.notes import Notes
from monitor.service.lost import MAYBE_SENT
from monitor.slots import Every, phase_of, slots_between
from monitor.store import SlotRow, Store, read_samples, snapshot_for_reading
from probes.simulator.process import Simulator, running
from tests.simulated import asked, begin, served

SCENARIO = "seed = 7\n" + served("quick", 0.6, 0.01) + served("slow", 2.5, 0.01)
CONFIG = """
[service]
data_dir = "data"
{probes}
[report]
every = "1h"
"""
BOTH = '[probes.reach]\nevery = "1s"\n[probes.baseline]\nevery = "2s"\n'
LOCATION = "simulated"


@dataclass(frozen=True)
class Place:
    """A folder with a configuration for one simulated provider."""

    folder: Path
    name: str
    simulator: Simulator

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def upheld(self, *words: str) -> "subprocess.Popen[bytes]":
        return begin(self.name, self.folder / "upheld.toml", *words, UPHELD_DEBUG="1")

    def served(self) -> dict[str, Any]:
        served: dict[str, Any] = self.simulator.ledger()["providers"][self.name]
        return served

    def rows(self) -> pd.DataFrame:
        return read_samples(snapshot_for_reading(self.data).path)

    def slots(self) -> list[SlotRow]:
        with Store.open(self.data / "upheld.duckdb") as store:
            assert store.verify(LOCATION) is None  # the chain of hashes is whole
            return store.slots()


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    scenario = tmp_path_factory.mktemp("simulator") / "scenario.toml"
    scenario.write_text(SCENARIO)
    with running(scenario) as simulator:
        yield simulator


def place(folder: Path, simulator: Simulator, name: str = "quick", probes: str = BOTH) -> Place:
    provider = asked(name, f"{simulator.base_url}/{name}", more="timeout_s = 20")
    (folder / "upheld.toml").write_text(CONFIG.format(probes=probes) + provider)
    return Place(folder, name, simulator)


def wait_for(stream: IO[bytes] | None, said: str, times: int = 1, within_s: float = 60.0) -> str:
    """What a process says until it has said this so often."""
    assert stream is not None
    text, until = b"", time.monotonic() + within_s
    while text.decode(errors="replace").count(said) < times:
        ready, _, _ = select.select([stream], [], [], max(0.0, until - time.monotonic()))
        more = os.read(stream.fileno(), 65_536) if ready else b""
        assert more, f"{said!r} was not said {times} times within {within_s} s, but: {text.decode(errors='replace')}"
        text += more
    return text.decode(errors="replace")


@contextmanager
def service(at: Place, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = at.upheld("run", *words)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: "subprocess.Popen[bytes]", within_s: float) -> tuple[int, str]:
    _, said = process.communicate(timeout=within_s)
    return process.returncode, said.decode(errors="replace")


def test_a_killed_service_loses_no_stored_row_sends_no_slot_twice_and_is_read_while_it_runs(
    tmp_path: Path, simulator: Simulator
) -> None:
    at, began = place(tmp_path, simulator), datetime.now(UTC)
    before_it = at.served()
    with service(at) as process:
        wait_for(process.stderr, "baseline: 1 ok")
        wait_for(process.stderr, "reach: 1 ok", times=2)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    before = at.rows()
    assert len(before) >= 2

    with service(at) as process:
        wait_for(process.stderr, "reach: 1 ok")
        reader = snapshot_for_reading(at.data)
        assert not reader.fresh  # the service has the file, and has published a copy
        assert set(before["sample_id"]) <= set(read_samples(reader.path)["sample_id"])
        probe_by_hand(at)
        process.send_signal(signal.SIGTERM)
        code, said = ended(process, within_s=30)
    assert code == 0, said

    after = at.rows()
    kept = after.set_index("sample_id").loc[before["sample_id"]].reset_index()
    pd.testing.assert_frame_equal(kept[before.columns], before)
    by_hand = after["mode"] == "adhoc"
    assert by_hand.sum() == 2
    assert_slots_are_accounted_for(at, after[~by_hand], began)
    assert_nothing_was_sent_twice(at, after, before_it)
    assert_money_is_accounted_for(at, after)


def probe_by_hand(at: Place) -> None:
    probe = at.upheld("probe", "quick", "--kind", "baseline", "--count", "2", "--rate", "600", "--json")
    out, said = probe.communicate(timeout=60)
    assert probe.returncode == 0, said
    assert b"for the service that owns the store" in out


def assert_money_is_accounted_for(at: Place, rows: pd.DataFrame) -> None:
    """Of the killed run the store knows no more than that its image may have been billed."""
    with Store.open(at.data / "upheld.duckdb") as store:
        Notes(at.data).enter(store, datetime.now(UTC))  # as the next service does
        spent = store.spent(datetime.now(UTC) - timedelta(hours=1))["quick"]
    maybe = int((rows["error"] == MAYBE_SENT).sum())
    assert rows["cost_usd"].sum() - 1e-9 <= spent <= rows["cost_usd"].sum() + 0.05 * maybe + 1e-9


def assert_slots_are_accounted_for(at: Place, rows: pd.DataFrame, began: datetime) -> None:
    slots = at.slots()
    for probe, seconds in (("reach", 1), ("baseline", 2)):
        own = [slot.slot_at for slot in slots if slot.probe == probe]
        interval = timedelta(seconds=seconds)
        schedule = Every(interval, phase_of(LOCATION, probe, interval))
        assert own == list(slots_between(schedule, own[0] - interval, own[-1]))
        assert began < own[0] < began + timedelta(seconds=60)
        assert (rows["probe"] == probe).sum() == len(own)
    states = Counter(slot.state for slot in slots)
    assert states["missed"] >= 1  # nobody was there between the kill and the restart
    assert set(states) <= {"run", "late", "skipped", "missed", "lost"}
    missed = rows[rows["detail"] == "missed"]
    assert set(missed["attribution"]) == {"monitor"}
    assert set(missed["rule"]) == {"not_sent.missed"}


def assert_nothing_was_sent_twice(at: Place, rows: pd.DataFrame, before: dict[str, Any]) -> None:
    served = at.served()
    for probe, kind in (("reach", "control"), ("baseline", "image")):
        own = rows[rows["probe"] == probe]
        arrived = served[kind]["arrived"] - before[kind]["arrived"]
        sent, maybe = int(own["sent_at"].notna().sum()), int((own["error"] == MAYBE_SENT).sum())
        assert sent <= arrived <= sent + maybe
        assert not own[own["mode"] == "scheduled"].duplicated("run_id").any()


def test_sigterm_lets_what_is_in_flight_finish_and_ends_with_0(tmp_path: Path, simulator: Simulator) -> None:
    at = place(tmp_path, simulator, "slow", '[probes.baseline]\nevery = "2s"\n')
    with service(at) as process:
        wait_for(process.stderr, "baseline: 1 requests begin")
        wait_until_in_flight(at)
        process.send_signal(signal.SIGTERM)
        code, said = ended(process, within_s=30)
    assert code == 0, said
    outcomes = Counter(at.rows()["outcome"])
    assert outcomes["ok"] == 1
    assert not [slot for slot in at.slots() if slot.state is None]


def wait_until_in_flight(at: Place, within_s: float = 60.0) -> None:
    """Ask the simulator until it is answering an image request; each question is a real exchange."""
    until = time.monotonic() + within_s
    while not at.served()["image"]["in_flight"]:
        assert time.monotonic() < until, "no image request arrived"


def test_a_second_signal_ends_at_once(tmp_path: Path, simulator: Simulator) -> None:
    at = place(tmp_path, simulator, "slow", '[probes.baseline]\nevery = "2s"\n')
    with service(at) as process:
        wait_for(process.stderr, "baseline: 1 requests begin")
        wait_until_in_flight(at)
        process.send_signal(signal.SIGTERM)
        wait_for(process.stderr, "ending")
        process.send_signal(signal.SIGTERM)
        code, _ = ended(process, within_s=10)
    assert code == 128 + signal.SIGTERM


def test_once_probes_renders_and_ends(tmp_path: Path, simulator: Simulator) -> None:
    at = place(tmp_path, simulator, probes='[probes.reach]\nevery = "1h"\n[probes.baseline]\nevery = "1h"\n')
    with service(at, "--once") as process:
        code, said = ended(process, within_s=60)
    assert code == 0, said
    assert dict(at.rows()["outcome"].value_counts()) == {"ok": 2}
    assert "simulated" in (at.data / "site" / "index.html").read_text().lower()

"""What judging does without: heavy imports, threads for linear algebra, searches for garbage."""

import gc
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.cli.lean import in_one_thread, lean, uncollected
from probes.ids import uuid7_of
from probes.model import Sample
from tests.monitor.watched import SERVICE, configured, keep, utc, watched

JUDGE = """
import sys
from monitor.cli import main
main(["judge", "--json", "--since", "2026-11-01", "--until", "2026-11-16"], standalone_mode=False)
sys.stderr.write(" ".join(sys.modules))
"""
THREADS = """
import os
from monitor.cli.lean import in_one_thread
in_one_thread()
import numpy, scipy.special
print(len(os.listdir("/proc/self/task")))
"""
CLAIM = """
[[providers.alder.claims]]
metric = "same_latency_across_sizes"
op = "=="
value = true
source = "https://example.org"
seen_on = 2026-11-01
"""
BEGIN, END = "2026-11-01T00:00", "2026-11-16T00:00"


def loaded(kind: str, mode: str, count: int, every_s: float) -> list[Sample]:
    """A load run whose answers take the longer the later they were asked for."""
    begin = utc("2026-11-03T12:00:05")
    pattern = watched("alder", "2026-11-03T12:00", "2026-11-03T12:10")[0]
    return [
        replace(
            pattern, sample_id=uuid7_of(at, kind, "alder"), run_id=uuid7_of(begin, kind, "run"), seq=number,
            probe=kind, mode=mode, planned_at=at, sent_at=at, total_ms=4000.0 + 100 * number,
        )
        for number in range(count)
        for at in [begin + timedelta(seconds=every_s * number)]
    ]  # fmt: skip


def images(size: str) -> list[Sample]:
    """Fifteen days of one size, of which some were waited for less long than others took."""
    rows = [
        replace(
            sample, size=size, sample_id=uuid7_of(sample.planned_at, size, "alder"),
            run_id=uuid7_of(sample.planned_at, size, "run"),
        )
        for sample in watched("alder", BEGIN, END)
    ]  # fmt: skip
    return [_given_up(row) if row.seq % 50 == 7 else row for row in rows]


def _given_up(row: Sample) -> Sample:
    return replace(row, outcome="timeout", detail="ttfb", status=None, total_ms=9000.0, billed=None, images=0)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, set[str]]:
    """What is said of a provider with load runs of every kind, and the modules that saying it took."""
    home = tmp_path_factory.mktemp("home")
    (home / "upheld.toml").write_text(SERVICE + configured("alder") + CLAIM, encoding="utf-8")
    keep(home, images("1K"), images("4K"), loaded("burst", "ramp", 60, 1.0), loaded("endurance", "sustain", 72, 300.0))
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run(
        [sys.executable, "-c", JUDGE], cwd=home, env=environ, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)["providers"]["alder"], set(done.stderr.split())


def test_judging_slopes_curves_and_paired_days_takes_neither_scipys_statistics_nor_pandas(
    judged: tuple[Any, set[str]],
) -> None:
    said, modules = judged
    assert said["endurance"]["latency_ms_per_hour"]["low"] > 0
    assert "Kaplan-Meier" in said["latency_ms"]["1K"]["time_to_image"]["p95"]["method"]
    assert said["claims"][0]["looks"] is not None
    assert said["rate_limit"]["throttling"]["slope_ms"]["method"] == "Theil-Sen"
    assert not modules & {"scipy.stats", "scipy.optimize", "pandas", "plotly", "statsmodels"}


def test_judging_loads_nothing_that_measures(judged: tuple[Any, set[str]]) -> None:
    assert not judged[1] & {"probes.exchange", "probes.runner", "httpx", "apscheduler", "rich.progress", "pygments"}


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the kernel tells of threads in /proc on Linux alone")
def test_linear_algebra_starts_no_thread() -> None:
    environ = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", THREADS], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_a_number_of_threads_that_the_user_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    in_one_thread()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "2"


def test_nobody_looks_for_garbage_while_a_lean_command_runs_and_everybody_does_after_it() -> None:
    @lean
    def fails() -> None:
        assert not gc.isenabled()
        raise LookupError

    assert gc.isenabled()
    with pytest.raises(LookupError):
        fails()
    assert gc.isenabled()


def test_who_had_switched_the_search_off_finds_it_off() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()

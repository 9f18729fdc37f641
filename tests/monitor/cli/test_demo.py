"""Ctrl-C in the demonstration: what was measured until then is kept, with its own error, and can be judged."""

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from monitor.own_error import read_own_error
from monitor.store import read_samples, snapshot_for_reading

ROOT = Path(__file__).parents[3]


def test_ctrl_c_ends_the_demonstration_and_keeps_what_was_measured(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "monitor.cli", "demo", "--out", str(tmp_path / "demo")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Four providers that we run ourselves")
        assert process.stderr.readline().startswith("a week of reach and baseline: ")  # the first request is done
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)

    assert (process.returncode, out) == (130, "")
    snapshot = snapshot_for_reading(tmp_path / "demo").path
    rows = read_samples(snapshot)
    assert len(rows) >= 1
    assert err == (
        f"upheld: interrupted; {len(rows):,} rows were measured until then: "
        f"upheld judge --config {tmp_path / 'demo' / 'upheld.toml'}\n"
    )
    assert rows["sent_at"].notna().any()
    found = read_own_error(snapshot, datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    assert (found.runs, found.unmeasured) == (2, 0)  # reach and baseline, cut in their middle
    assert found.max_ms is not None
    assert found.max_ms > 0

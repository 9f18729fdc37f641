"""Ctrl-C in the demonstration: what was measured until then is kept, and can be judged."""

import signal
import subprocess
import sys
from pathlib import Path

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
    assert err == (
        "upheld: interrupted; what was measured until then: "
        f"upheld judge --config {tmp_path / 'demo' / 'upheld.toml'}\n"
    )
    rows = read_samples(snapshot_for_reading(tmp_path / "demo").path)
    assert len(rows) >= 1
    assert rows["sent_at"].notna().any()

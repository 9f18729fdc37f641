"""One demonstration for all tests that look at what it leaves."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Demo:
    """What `upheld demo --json` printed and left behind."""

    folder: Path
    told: dict[str, Any]
    stderr: str

    @property
    def site(self) -> Path:
        return Path(self.told["site"]).parent

    @property
    def judged(self) -> dict[str, Any]:
        judged: dict[str, Any] = json.loads((self.site / "judge.json").read_text())
        return judged

    def staircase(self, provider: str) -> list[list[float]]:
        """Seconds, accepted and refused by then, of its search for a limit."""
        steps: list[list[float]] = self.judged["providers"][provider]["rate_limit"]["staircase"]
        return steps

    @property
    def truth(self) -> dict[str, Any]:
        truth: dict[str, Any] = json.loads((self.folder / "truth.json").read_text())
        return truth


def upheld(*words: str, timeout_s: float = 60) -> "subprocess.CompletedProcess[str]":
    """Run the real command."""
    env = {**os.environ, "NO_COLOR": "1"}
    command = [sys.executable, "-m", "monitor.cli", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, env=env, check=False)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    done = upheld("demo", "--out", str(folder), "--json", timeout_s=150)
    assert done.returncode == 0, done.stderr
    return Demo(folder, json.loads(done.stdout), done.stderr)

"""A simulated provider from both sides: its scenario, its configuration, and the real command that asks it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODELS = {"gemini": "gemini-3-pro-image", "openai_images": "gpt-image-1"}


def key(name: str) -> str:
    """What this provider takes for a key."""
    return f"sim-{name}-key"


def served(name: str, median_s: float, sigma: float = 0.1, *, wire: str = "gemini", limits: str = "") -> str:
    """The provider in a scenario. `limits`: lines of TOML."""
    return f"""
[providers.{name}]
format = "{wire}"
models = ["{MODELS[wire]}"]
projects = {{ main = ["{key(name)}"] }}
[providers.{name}.latency]
control = {{ median_s = 0.01, sigma = 0.1 }}
sizes = {{ "1K" = {{ median_s = {median_s}, sigma = {sigma} }} }}
{limits and f"[providers.{name}.limits]"}
{limits}
"""


def asked(name: str, base_url: str, *, wire: str = "gemini", more: str = "") -> str:
    """The provider in a configuration. `more`: lines of TOML."""
    return f"""
[providers.{name}]
adapter = "{wire}"
base_url = "{base_url}"
model = "{MODELS[wire]}"
environment = "simulated"
api_key_env = "SIMULATED_KEY"
prices = {{ "1K" = 0.05 }}
{more}
"""


def environment(name: str) -> dict[str, str]:
    """What the command finds there: the key of this provider."""
    return {"SIMULATED_KEY": key(name), "NO_COLOR": "1"}


def begin(name: str, config: Path, *words: str, **more: str) -> "subprocess.Popen[bytes]":
    """The real command in a process of its own, with the key of this provider. `more`: its environment."""
    return subprocess.Popen(
        [sys.executable, "-m", "monitor.cli", *words, "--config", str(config)],
        cwd=ROOT,
        env={**os.environ, **environment(name), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )

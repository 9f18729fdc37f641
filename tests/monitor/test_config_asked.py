"""How a provider is probed, from the tables of `upheld.toml`."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from monitor.judge.settings import Caps, Settings
from tests.monitor.configs import loaded
from tests.reports import known

TEXT = """
[budget]
usd_per_day = 3.0
usd_per_run = 1.5

[providers.a]
adapter = "gemini"
base_url = "https://a.example"
model = "m"
api_key_env = "K"
timeout_s = 90
prices = { "1K" = 0.05, "4K" = 0.1 }
limits = { rpm = 300 }
budget = { usd_per_day = 2.0 }

[providers.b]
adapter = "gemini"
base_url = "https://b.example"
model = "m"
api_key_env = "K"
prices = { "1K" = 0.05, "4K" = 0.1 }

[probes.reach]
[probes.baseline]
every = "90m"
sizes = ["1K", "4K"]
weights = [2, 1]
[probes.burst]
saturate = true
[probes.endurance]
share_of_limit = 0.1
[probes.recovery]
"""
BASELINE = replace(known.BASELINE, every=timedelta(minutes=90))
ENDURANCE = replace(known.ENDURANCE, rpm=30.0)
OF_ALL = Caps(day=3.0, month=93.0, run=1.5)


def test_all_that_is_configured_is_told_and_nothing_else(tmp_path: Path) -> None:
    assert loaded(tmp_path, TEXT).facts().of("a").settings == Settings(
        "gemini",
        "production",
        90.0,
        probes=(known.REACH, BASELINE, known.BURST, ENDURANCE, known.RECOVERY),
        caps=Caps(day=2.0),
        caps_of_all=OF_ALL,
    )


def test_a_provider_without_a_limit_gets_no_share_of_it(tmp_path: Path) -> None:
    settings = loaded(tmp_path, TEXT).facts().of("b").settings
    assert settings is not None
    assert [probe.kind for probe in settings.probes] == ["reach", "baseline", "burst", "recovery"]


def test_a_provider_that_is_not_configured_has_none(tmp_path: Path) -> None:
    assert loaded(tmp_path, TEXT).facts().of("somebody's history").settings is None

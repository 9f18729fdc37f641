"""Configurations that tests share: a small valid one, the contract's own, and how to write and load one."""

import os
from collections.abc import Mapping
from pathlib import Path

from monitor.config import Config, load

ONE = """
[providers.wisgate]
adapter = "gemini"
base_url = "https://wisgate.ai"
model = "gemini-3.1-flash-image"
api_key_env = "WISGATE_API_KEY"
prices = { "1K" = 0.058 }
"""

SIMULATED = """
[providers.alder]
adapter = "gemini"
base_url = "http://127.0.0.1:8080/alder"
model = "gemini-3-pro-image"
environment = "simulated"
prices = { "1K" = 0.1 }
"""

# the contract's own configuration, word for word but for the ellipses in its addresses
WHOLE = """
[service]
data_dir = "data"
location = "fra-1"
timezone = "Europe/Berlin"

[budget]
usd_per_day = 5.00
usd_per_month = 120.00

[providers.wisgate]
adapter = "gemini"
base_url = "https://wisgate.ai"
model = "gemini-3-pro-image-preview"
auth = "x-goog-api-key"
api_key_env = "WISGATE_API_KEY"
catalogue = "wisgate"
environment = "production"
tags = { team = "growth" }
timeout_s = 180
limits = { rpm = 300, rpd = 1500, concurrency = 40 }
prices = { "1K" = 0.058, "2K" = 0.058, "4K" = 0.058 }
budget = { usd_per_day = 2.00 }

[[providers.wisgate.claims]]
metric = "uptime"
op = ">="
value = 0.999
definition = "time"
source = "https://wisgate.ai/sla"
seen_on = 2026-11-22

[probes.reach]
every = "1m"
[probes.baseline]
every = "15m"
sizes = ["1K"]
[probes.burst]
cron = "0 4 * * sun"
concurrency = 100
max_images = 150
[probes.endurance]
cron = "0 0 1 * *"
share_of_limit = 0.5
duration = "72h"
max_usd = 40.00
[probes.recovery]
every = "15s"
max_usd_per_incident = 2.00

[report]
every = "15m"
[mail]
smtp_url = "smtp://localhost:1025"
from = "upheld@example.org"
to = ["procurement@example.org"]
when = "mon 07:00"
[[alerts]]
url_env = "ALERT_URL"
on = ["down", "budget", "quota_80", "claim_refuted"]
[[maintenance]]
provider = "wisgate"
start = 2026-11-23T02:00:00Z
end = 2026-11-23T03:00:00Z
notice = "https://wisgate.ai/notice"
"""


def write(folder: Path, text: str) -> Path:
    """The text as `upheld.toml` in this folder."""
    path = folder / "upheld.toml"
    path.write_text(text, encoding="utf-8")
    return path


def loaded(folder: Path, text: str, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration in this text."""
    return load(write(folder, text), environ)

"""What is known of the hypothetical providers without measuring: how they are probed, and what others published."""

from datetime import timedelta

from monitor.judge.facts import Facts, ProviderFacts, Worksheet
from monitor.judge.settings import Caps, ProbeSettings, Settings

_MINUTE = timedelta(minutes=1)
_OF_ALL = Caps(day=5.0, month=120.0, minute=10.0)
REACH = ProbeSettings("reach", every=_MINUTE)
BASELINE = ProbeSettings("baseline", every=15 * _MINUTE, blocks=("1K", "1K", "4K"), aspect_ratio="1:1")
BURST = ProbeSettings(
    "burst", cron="0 4 * * sun", blocks=("1K",), images=150, at_once=100, saturates=True, aspect_ratio="1:1"
)
ENDURANCE = ProbeSettings(
    "endurance",
    cron="0 0 1 * *",
    blocks=("1K",),
    rpm=150.0,
    lasts=timedelta(hours=72),
    aspect_ratio="1:1",
    most_usd=40.0,
)
RECOVERY = ProbeSettings("recovery", every=timedelta(seconds=15), blocks=("1K",), aspect_ratio="1:1", most_usd=2.0)

CEDAR = Settings(
    "openai_images",
    "production",
    180.0,
    advised_timeout_s={"1K": 120.0, "4K": 600.0},
    probes=(REACH, BASELINE, BURST, ENDURANCE, RECOVERY),
    caps=Caps(day=2.0, month=40.0),
    caps_of_all=_OF_ALL,
)
ALDER = Settings("gemini", "production", 180.0, probes=(REACH, BASELINE), caps_of_all=_OF_ALL)
BIRCH = Settings("gemini", "staging", 90.0, caps_of_all=_OF_ALL)

SHEET = Worksheet(images_per_month=50_000, subscription_usd_per_month=800.0)  # so that lines of cost cross
FACTS = Facts(
    {
        "Alder": ProviderFacts(settings=ALDER, usd_per_image={"1K": 0.134}),
        "Birch": ProviderFacts(settings=BIRCH),
        "Cedar": ProviderFacts(settings=CEDAR, usd_per_image={"1K": 0.05, "4K": 0.1}, worksheet=SHEET),
        "open-ai-api": ProviderFacts(published={"response time, mean": "611 ms", "uptime": "100.00%"}),
    },
    location="fra-1",
)

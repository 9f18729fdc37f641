"""Endurance: a steady rate for a long time, evenly spaced (open loop)."""

import math

from probes.model import Ask, Mode, Plan, ProbeKind, Shot
from probes.prompts import prompt


def plan(
    provider: str,
    *,
    rpm: float,
    duration_s: float,
    max_usd: float | None = None,
    size: str = "1K",
    aspect_ratio: str = "1:1",
    mode: Mode = Mode.SUSTAIN,
) -> Plan:
    """`rpm` requests a minute for `duration_s` seconds, the first at once.

    In flight at most twice what a three-minute answer would need, so that a stalled provider is not piled upon.
    """
    if not 0 < rpm < math.inf:
        raise ValueError("rpm must be above 0")
    gap_s = 60.0 / rpm
    count = math.ceil(duration_s * rpm / 60.0 - 1e-9)  # exact where the gap is not: 11 a minute are 55 in five minutes
    shots = tuple(
        Shot(number * gap_s, provider, ProbeKind.ENDURANCE, mode, Ask(size, aspect_ratio, prompt(number)))
        for number in range(count)
    )
    in_flight = max(10, math.ceil(rpm * 6))
    return Plan(shots, max_in_flight=in_flight, max_usd=max_usd, stop_after_errors=50, late_after_s=30.0)

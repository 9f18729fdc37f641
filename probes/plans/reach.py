"""Reach: one cheap control-plane call to each provider, now. Costs nothing, sees up and down by the minute."""

from collections.abc import Sequence

from probes.model import Ask, Mode, Plan, ProbeKind, Shot


def plan(providers: Sequence[str], *, mode: Mode = Mode.SCHEDULED, spread_s: float = 0.0) -> Plan:
    """One request to each provider, evenly over `spread_s` seconds (0: all at once)."""
    step_s = spread_s / max(len(providers), 1)
    shots = (Shot(i * step_s, name, ProbeKind.REACH, mode, Ask()) for i, name in enumerate(providers))
    return Plan(tuple(shots), max_in_flight=max(len(providers), 1), late_after_s=10.0)

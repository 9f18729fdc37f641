"""Recovery: single requests while an incident is open, and a drill, in which an agreed outage is watched closely.

In a drill requests start every few seconds whatever has not been answered yet (open loop), because an image takes
twenty seconds and a failover that is promised within thirty could not be seen otherwise.
"""

from probes.model import Ask, Mode, Plan, ProbeKind, Shot
from probes.prompts import prompt


def single(provider: str, *, size: str | None, aspect_ratio: str, mode: Mode, number: int = 0) -> Plan:
    """One request, now. `size` None: a call that makes no image. `number` chooses the prompt: no two images repeat."""
    return Plan((Shot(0.0, provider, ProbeKind.RECOVERY, mode, _ask(size, aspect_ratio, number)),), max_in_flight=1)


def drill(
    provider: str,
    *,
    duration_s: float,
    reach_every_s: float = 2.0,
    image_every_s: float | None = 5.0,
    size: str = "1K",
    aspect_ratio: str = "1:1",
    max_usd: float | None = None,
) -> Plan:
    """Control-plane calls and images side by side, each evenly spaced, for `duration_s` seconds; None: no images."""
    if not (duration_s > 0 and reach_every_s > 0 and (image_every_s is None or image_every_s > 0)):
        raise ValueError("a drill lasts, and looks, for longer than nothing")
    shots = _every(provider, reach_every_s, duration_s, None, aspect_ratio)
    if image_every_s is not None:
        shots += _every(provider, image_every_s, duration_s, size, aspect_ratio)
    ordered = tuple(sorted(shots, key=lambda shot: shot.offset_s))
    return Plan(ordered, max_in_flight=max(10, len(ordered)), max_usd=max_usd, late_after_s=5.0)


def _every(provider: str, every_s: float, duration_s: float, size: str | None, aspect_ratio: str) -> list[Shot]:
    count = int(duration_s / every_s - 1e-9) + 1
    return [
        Shot(number * every_s, provider, ProbeKind.RECOVERY, Mode.DRILL, _ask(size, aspect_ratio, number))
        for number in range(count)
    ]


def _ask(size: str | None, aspect_ratio: str, number: int) -> Ask:
    return Ask() if size is None else Ask(size, aspect_ratio, prompt(number))

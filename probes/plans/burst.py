"""Burst: many requests at once, in waves, until it is known what is accepted at once or the images are spent."""

from probes.model import Ask, Mode, Plan, ProbeKind, Shot
from probes.prompts import prompt


def plan(
    provider: str,
    *,
    concurrency: int = 100,
    max_images: int = 150,
    size: str = "1K",
    aspect_ratio: str = "1:1",
    mode: Mode = Mode.RAMP,
    gap_s: float = 30.0,
    max_usd: float | None = None,
) -> Plan:
    """Waves of at most `concurrency` simultaneous requests, `gap_s` apart, `max_images` in all.

    The document asks for 100 concurrent requests; a second, smaller wave shows how much has refilled.
    """
    if concurrency < 1:
        raise ValueError("concurrency must be at least 1")
    shots = tuple(
        Shot(
            (number // concurrency) * gap_s,
            provider,
            ProbeKind.BURST,
            mode,
            Ask(size, aspect_ratio, prompt(number)),
        )
        for number in range(max_images)
    )
    return Plan(shots, max_in_flight=2 * concurrency, max_usd=max_usd, stop_after_errors=10, late_after_s=5.0)

"""Baseline: interleaved blocks, so that providers can be compared in pairs.

In one block every provider gets the same prompt and size, in random order, within about a minute, at a random
moment of the slot (stratified jitter).

Abedi & Brecht (ICPE 2017): randomised multiple interleaved trials; anything else finds differences between
identical systems.
"""

import random
from collections import Counter
from collections.abc import Sequence

from probes.model import Ask, Mode, Plan, ProbeKind, Shot
from probes.prompts import prompt


def plan(
    providers: Sequence[str],
    sizes: Sequence[str],
    *,
    aspect_ratio: str = "1:1",
    seed: int = 0,
    spread_s: float = 0.0,
    mode: Mode = Mode.SCHEDULED,
    max_gap_s: float = 15.0,
) -> Plan:
    """One block for each size named: all providers in random order. A size that is named again has another block.

    Args:
        providers: names of the targets.
        sizes: tiers such as "1K"; one block for each time that one is named.
        aspect_ratio: of all images.
        seed: the same seed gives the same plan (a slot's number).
        spread_s: the blocks start at random within this many seconds from now; those of one size each within
            their own equal part of it (stratified).
        mode: why this is measured; only `scheduled` enters availability.
        max_gap_s: longest distance between two requests of one block.
    """
    rng = random.Random(seed)  # noqa: S311 - order and jitter, not secrets
    gap_s = min(max_gap_s, spread_s / (2 * max(len(providers), 1)))
    span_s = gap_s * max(len(providers) - 1, 0)
    shots: list[Shot] = []
    room_s, begun, planned = max(spread_s - span_s, 0.0), Counter[str](), Counter(sizes)
    for block, size in enumerate(sizes):
        part_s = room_s / planned[size]
        start_s = rng.uniform(begun[size] * part_s, (begun[size] + 1) * part_s)
        begun[size] += 1
        ask = Ask(size, aspect_ratio, prompt(seed + block))
        order = rng.sample(list(providers), len(providers))
        shots += [Shot(start_s + i * gap_s, name, ProbeKind.BASELINE, mode, ask, block) for i, name in enumerate(order)]
    shots.sort(key=lambda shot: shot.offset_s)
    return Plan(tuple(shots), max_in_flight=max(len(shots), 1), late_after_s=60.0)

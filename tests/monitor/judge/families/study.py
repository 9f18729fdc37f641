"""How often a saturation run names the family of a hidden limiter, and whether its bounds ever miss the truth.

    python -m tests.monitor.judge.families.study --runs 200

prints the table of `docs/methods.md`, section 5: random families, parameters, delays, times of images and hints.
"""

import argparse
import random
from collections import Counter

from monitor.judge.result import RateLimit
from probes.plans.saturation import plan
from tests.hidden import World
from tests.monitor.judge.families.test_hidden import Truth, bucket, found, holds, log, places, window

WAYS_S = (0.003, 0.02, 0.05, 0.15)


def drawn(rng: random.Random) -> Truth:
    """A limiter as it may be hidden anywhere."""
    family = rng.choice(("token_bucket", "fixed_window", "sliding_log", "concurrency"))
    if family == "token_bucket":
        return bucket(rng.choice((6, 12, 30, 60, 100, 300)), rng.choice((1, 2, 5, 10, 30, 60)))
    if family == "concurrency":
        return places(rng.choice((1, 2, 3, 5, 10, 20, 40, 60)))
    limit, window_s = rng.choice((2, 3, 5, 10, 20, 60)), rng.choice((5.0, 10.0, 30.0, 60.0))
    return log(limit, window_s) if family == "sliding_log" else window(limit, window_s, rng.uniform(0, window_s))


def verdict(truth: Truth, said: RateLimit) -> str:
    """named | open | wrong: a bound that misses the truth is as wrong as another family."""
    if not said.rejected:
        return "not met"
    missed = not holds(said.burst, truth.at_once) or (
        truth.rpm is not None and said.sustained_rpm is not None and not holds(said.sustained_rpm, truth.rpm)
    )
    if missed or said.kind not in {truth.kind, None}:
        return "wrong"
    return "open" if said.kind is None else "named"


def study(runs: int) -> Counter[tuple[str, str]]:
    """(family, verdict) -> how often."""
    counts: Counter[tuple[str, str]] = Counter()
    for seed in range(runs):
        rng = random.Random(seed)
        truth, way_s, spread = drawn(rng), rng.choice(WAYS_S), rng.choice((0.1, 0.25, 0.5))
        world = World(
            truth.make(),
            seed=seed,
            way_s=lambda draw, most=way_s: draw.uniform(most / 3, most),  # type: ignore[misc]  # bound now
            image_s=lambda draw, spread=spread: draw.lognormvariate(1.6, spread),  # type: ignore[misc]  # as above
            says_wait=rng.choice((None, 1.0, 0.1)),
        )
        world.play(plan("p", max_images=200, seed=seed))
        said = found(world)
        counts[truth.kind, verdict(truth, said)] += 1
        if verdict(truth, said) in {"wrong", "open"}:
            print(f"{verdict(truth, said)}: seed {seed}: {truth}, ways up to {way_s * 1000:g} ms")  # noqa: T201 - a command
    return counts


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--runs", type=int, default=200)
    for (kind, word), count in sorted(study(asked.parse_args().runs).items()):
        print(f"{kind:14} {word:8} {count}")  # noqa: T201 - as above

"""Baseline: in every block each provider once, with the same prompt and size, in an order that chance decides."""

import hashlib
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.model import Mode, Plan, ProbeKind
from probes.plans.baseline import plan
from probes.prompts import PROMPTS, VERSION

NAMES = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8, unique=True)
SIZES = st.lists(st.sampled_from(["512", "1K", "2K", "4K"]), min_size=1, max_size=4, unique=True)
SPREADS = st.floats(0, 3600)


@given(providers=NAMES, sizes=SIZES, seed=st.integers(), spread_s=SPREADS)
def test_every_block_has_each_provider_once_and_asks_the_same_of_all(
    providers: list[str], sizes: list[str], seed: int, spread_s: float
) -> None:
    made = plan(providers, sizes, seed=seed, spread_s=spread_s)
    blocks: dict[int | None, list[str]] = {}
    for shot in made.shots:
        blocks.setdefault(shot.block, []).append(shot.provider)
    assert set(blocks) == set(range(len(sizes)))
    assert all(Counter(names) == Counter(providers) for names in blocks.values())
    assert {shot.block: shot.ask.size for shot in made.shots} == dict(enumerate(sizes))
    assert len({(shot.block, shot.ask) for shot in made.shots}) == len(sizes)
    assert all(shot.ask.prompt in PROMPTS and shot.probe is ProbeKind.BASELINE for shot in made.shots)


@given(providers=NAMES, sizes=SIZES, seed=st.integers(), spread_s=SPREADS)
def test_all_starts_lie_within_the_spread_in_order_and_near_their_block(
    providers: list[str], sizes: list[str], seed: int, spread_s: float
) -> None:
    made = plan(providers, sizes, seed=seed, spread_s=spread_s, max_gap_s=15.0)
    offsets = [shot.offset_s for shot in made.shots]
    assert offsets == sorted(offsets)
    assert all(0 <= offset <= spread_s + 1e-9 for offset in offsets)
    for block in range(len(sizes)):
        of_block = [shot.offset_s for shot in made.shots if shot.block == block]
        assert all(later - earlier <= 15.0 + 1e-9 for earlier, later in pairwise(of_block))


@given(providers=NAMES, sizes=SIZES, seed=st.integers(), spread_s=SPREADS)
def test_the_same_seed_is_the_same_plan(providers: list[str], sizes: list[str], seed: int, spread_s: float) -> None:
    assert plan(providers, sizes, seed=seed, spread_s=spread_s) == plan(providers, sizes, seed=seed, spread_s=spread_s)


def of_seeds(n: int) -> list[Plan]:
    return [plan(["a", "b", "c"], ["1K"], seed=seed, spread_s=600.0) for seed in range(n)]


def test_the_order_and_the_moment_vary_from_slot_to_slot() -> None:
    """Each of the six orders about as often, each tenth of the slot about as often (no order is a hiding place)."""
    plans = of_seeds(3000)
    orders = Counter("".join(shot.provider for shot in made.shots) for made in plans)
    assert len(orders) == 6
    assert all(400 < n < 600 for n in orders.values())
    span_s = 600.0 - 2 * 15.0
    tenths = Counter(int(made.shots[0].offset_s / span_s * 10) for made in plans)
    assert len(tenths) == 10
    assert all(220 < n < 380 for n in tenths.values())


@given(seed=st.integers(), spread_s=st.floats(1, 3600))
def test_blocks_of_one_size_have_equal_parts_of_the_slot_each(seed: int, spread_s: float) -> None:
    made = plan(["a"], ["1K", "1K", "4K", "1K"], seed=seed, spread_s=spread_s)
    starts = sorted(shot.offset_s for shot in made.shots if shot.ask.size == "1K")
    assert len({shot.block for shot in made.shots}) == 4
    assert all(part * spread_s / 3 - 1e-6 <= at <= (part + 1) * spread_s / 3 + 1e-6 for part, at in enumerate(starts))


def test_prompts_are_versioned() -> None:
    """Another prompt is another version: latencies of one are not those of the other (docs/service.md names it)."""
    digest = hashlib.sha256("\n".join(PROMPTS).encode()).hexdigest()[:12]
    assert (VERSION, digest) == ("2026-11", "b6d182ee5a10")


def test_prompts_go_round() -> None:
    used = [plan(["a"], ["1K"], seed=seed).shots[0].ask.prompt for seed in range(len(PROMPTS))]
    assert used == list(PROMPTS)


@pytest.mark.parametrize(
    ("providers", "sizes", "offsets"),
    [
        (["a", "b"], ["1K"], [0.0, 0.0]),
        (["a"], ["1K", "2K"], [0.0, 0.0]),
        ([], ["1K"], []),
        (["a"], [], []),
    ],
)
def test_without_a_spread_all_is_now(providers: list[str], sizes: list[str], offsets: list[float]) -> None:
    made = plan(providers, sizes, aspect_ratio="16:9", mode=Mode.ADHOC)
    assert [shot.offset_s for shot in made.shots] == offsets
    assert all((shot.ask.aspect_ratio, shot.mode) == ("16:9", Mode.ADHOC) for shot in made.shots)
    assert made.max_in_flight >= 1

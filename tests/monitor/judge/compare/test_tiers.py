"""Tiers instead of ranks; the minima, each with its reason."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from monitor.judge.columns import Flags
from monitor.judge.compare import tiers
from monitor.judge.compare.blocks import DAY as DAY_US
from monitor.judge.compare.blocks import Blocks
from monitor.judge.compare.pairs import contests
from monitor.judge.compare.tiers import layered
from monitor.judge.verdicts import Tiers
from tests.monitor.judge.frames import DAY, HOUR, T0, Row, at, every, judgement


def world(slower: dict[str, float], days: int = 8, per_day: int = 24, noise: float = 0.05) -> Blocks:
    """Blocks of providers that are slower than 8 s by these shares."""
    rng, n = np.random.default_rng(11), days * per_day
    t = np.arange(n) * (DAY_US // per_day)
    ms = np.column_stack([8000 * (1 + more) * rng.lognormal(0, noise, n) for more in slower.values()])
    there = np.ones_like(ms, dtype=bool)
    return Blocks("1K", tuple(slower), t, t // DAY_US, ms, there, ~there)


def told(of: Blocks, days: int = 8) -> Tiers:
    return tiers.of([of], contests([of]), {}, T0, at(days * DAY))[0]


@pytest.mark.parametrize(
    ("slower", "groups"),
    [
        ({"a": 0.0, "b": 0.0}, (("a", "b"),)),
        ({"a": 0.03, "b": 0.0}, (("a", "b"),)),  # told apart, and yet within the margin
        ({"a": 0.2, "b": 0.0, "c": 0.01}, (("b", "c"), ("a",))),
        ({"a": 0.5, "b": 0.25, "c": 0.0}, (("c",), ("b",), ("a",))),
    ],
    ids=str,
)
def test_who_is_beaten_by_more_than_the_margin_stands_lower(
    slower: dict[str, float], groups: tuple[tuple[str, ...], ...]
) -> None:
    found = told(world(slower))
    assert (found.metric, found.size, found.groups, found.reason) == ("time_to_image", "1K", groups, None)


def without(of: Blocks, which: Callable[[Blocks], Flags], value: float = math.nan) -> Blocks:
    """The same with these blocks of the first provider changed."""
    ms = of.ms.copy()
    ms[which(of), 0] = value
    return replace(of, ms=ms)


def test_a_window_of_less_than_seven_days_ranks_nobody() -> None:
    found = told(world({"a": 0.0, "b": 0.5}, days=6), days=6)
    assert (found.groups, found.reason) == ((), "a: 6 full days, 7 are needed; b: 6 full days, 7 are needed")


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        (without(world({"a": 0, "b": 0, "c": 0}, per_day=4), lambda of: of.t > 7.1 * DAY_US), "29 blocks, 30"),
        (without(world({"a": 0, "b": 0, "c": 0}), lambda of: of.t % DAY_US < DAY_US // 4), "not measured in every"),
        (without(world({"a": 0, "b": 0, "c": 0}), lambda of: np.arange(len(of.t)) % 10 == 0), "only 172 of 192 blocks"),
        (replace(w := world(dict.fromkeys("abc", 0)), degraded=w.degraded | [True, False, False]), "192 of 192 images"),
    ],
    ids=["blocks", "quarter", "coverage", "quality"],
)  # fmt: skip
def test_who_lacks_something_is_left_out_with_the_reason(of: Blocks, reason: str) -> None:
    found = told(of)
    assert found.groups == (("b", "c"),)
    assert found.reason is not None
    assert found.reason.startswith("not ranked: a: ")
    assert reason in found.reason


def test_failures_alone_can_cost_the_tier() -> None:
    failing = without(world({"a": 0.0, "b": 0.0}), lambda of: np.arange(len(of.t)) % 2 == 0, math.inf)
    assert told(failing).groups == (("b",), ("a",))


def test_a_circle_of_beatings_is_one_tier() -> None:
    beats = {("a", "b"), ("b", "c"), ("c", "a")}
    assert layered(["c", "a", "b"], lambda x, y: (x, y) in beats) == (("a", "b", "c"),)


# --- uptime and cost ------------------------------------------------------------------------------------------


def provider(name: str, outage: tuple[float, float] = (0, 0), usd: float = 0.05) -> list[Row]:
    rows = every(300, 0, outage[0], provider=name) + every(300, *outage, "server_error", provider=name)
    rows += every(300, outage[1], 8 * DAY, provider=name)
    images = every(4 * HOUR, 60, 8 * DAY, provider=name, size="1K", billed=True, cost_usd=usd, total_ms=8000.0)
    return rows + images


def test_uptime_and_cost_are_ranked_by_intervals_that_do_not_touch() -> None:
    rows = provider("a", usd=0.05) + provider("b", (DAY, 3 * DAY), usd=0.03) + provider("c", usd=0.051)
    found = {(of.metric, of.size): of for of in judgement(rows, 8 * DAY).tiers}
    assert found["uptime", None].groups == (("a", "c"), ("b",))
    assert found["usd_per_usable", "1K"].groups == (("b",), ("a", "c"))


def test_the_same_of_three_days_ranks_nobody() -> None:
    rows = provider("a") + provider("b", (DAY, 2 * DAY), usd=0.03)
    for of in judgement(rows, 3 * DAY).tiers:
        assert of.groups == ()
        assert of.reason is not None
        assert "are needed" in of.reason

"""Whiskers, curves, hours and bars: what is drawn is what was measured, and nothing is filled in."""

import json
import math
import re
from itertools import pairwise

import numpy as np
import pytest

from monitor.judge.result import Latency, Phase, Quantiles
from reports.charts.bars import Point, Stack, amounts, availabilities, lengths, stacks
from reports.charts.curves import curves, step_path
from reports.charts.hours import HOURS, hours, medians
from reports.charts.plot import Row
from reports.charts.scale import Scale
from reports.charts.whisker import whisker
from reports.outcomes import Group
from tests.reports import build

SCALE = Scale(0.0, 100.0, 0, 200)


def test_a_whisker_spans_its_interval_with_a_cap_at_either_end() -> None:
    found = whisker(SCALE, 50, 25, 75)
    assert (found.dot, found.line, found.hatched) == (120, "M64 14H176M64 8v12M176 8v12", "")


@pytest.mark.parametrize(("low", "high", "hatched"), [(50, None, "M120 10H232v8H120z"), (None, 50, "M8 10h112v8H8z")])
def test_an_open_end_is_hatched_and_has_no_cap(low: float | None, high: float | None, hatched: str) -> None:
    found = whisker(SCALE, 50, low, high)
    assert found.hatched == hatched
    assert found.line.count("v12") == 1


def latency(*points: tuple[float, float], failed: int = 0) -> Latency:
    none = Quantiles(None, None, None)
    return Latency(len(points), failed, None, None, None, None, none, tuple(points))


def test_a_curve_is_a_staircase_that_ends_where_images_stopped_coming() -> None:
    across, up = Scale(0, 4000, 0, 400), Scale(0, 1, 100, 0)
    assert step_path([(1000, 0.25), (2000, 0.5)], across, up) == "M100 100V75H200V50H400"


def test_a_curve_that_never_reaches_all_has_the_rest_hatched() -> None:
    plot = curves("k", "said", {"a": latency((1000, 0.4), (2000, 0.8), failed=1)})
    assert plot is not None
    assert plot.hatched
    whole = curves("k", "said", {"a": latency((1000, 0.5), (2000, 1.0))})
    assert whole is not None
    assert whole.hatched == ""


def test_nobody_to_draw_is_no_chart() -> None:
    assert curves("k", "said", {"a": latency()}) is None
    assert hours("k", "said", {"a": [None] * 24}) is None
    assert stacks("k", "said", "%", []) is None
    assert stacks("k", "said", "%", [Stack("a", {}), Stack("b", {Group.FAILED: 0.0})]) is None, "an axis without a bar"
    assert amounts("k", "said", "$", []) is None
    assert availabilities("k", "said", []) is None


def test_an_hour_without_a_sample_is_a_gap() -> None:
    by_hour = {"00": Phase(3, 1000, None), "01": Phase(3, 1100, None), "05": Phase(3, 900, None)}
    plot = hours("k", "said", {"a": medians(by_hour)})
    assert plot is not None
    (line,) = plot.lines
    assert line.path.count("M") == 2  # two stretches
    assert len(line.dots) == 1  # the lonely hour is a dot
    assert plot.figure["data"][0]["connectgaps"] is False


def test_medians_are_24_and_none_is_invented() -> None:
    found = medians({"07": Phase(1, None, None), "08": Phase(9, 800.0, None)})
    assert len(found) == len(HOURS) == 24
    assert [hour for hour, value in zip(HOURS, found, strict=True) if value is not None] == ["08"]


def test_small_shares_can_be_seen_and_the_axis_ends_at_the_worst() -> None:
    bars = stacks("k", "said", "%", [Stack("a", {Group.FAILED: 0.05, Group.OURS: 0.00001}), Stack("b", {})])
    assert bars is not None
    assert [part.kind for part in bars.rows[0].segments] == ["b-failed", "b-ours"]
    assert all(part.width >= 2 for part in bars.rows[0].segments)
    assert bars.rows[1].segments == ()
    assert float(bars.across[-1].text) <= 10


def test_neighbouring_pieces_touch_and_do_not_overlap() -> None:
    bars = stacks("k", "said", "%", [Stack("a", {Group.DEGRADED: 0.07, Group.FAILED: 0.03, Group.LIMITED: 0.001})])
    assert bars is not None
    parts = bars.rows[0].segments
    assert all(a.x + a.width == b.x for a, b in pairwise(parts))


def test_a_list_price_is_a_mark_of_its_own_and_a_bound_that_is_missing_has_no_cap() -> None:
    bars = amounts("k", "said", "$", [Point("a", 60, 60, None, mark=50), Point("b", 100, 90, 110)])
    assert bars is not None
    first, second = bars.rows
    assert first.mark is not None
    assert first.dot is not None
    assert first.mark < first.dot
    assert (first.line.count("v10"), second.line.count("v10")) == (1, 2)


def test_bars_begin_at_zero_and_grow_with_their_value() -> None:
    bars = lengths("k", "said", "s", [(Row("a"), 1000, 2000), (Row("b"), 500, None)], 0.001)
    widths = [row.segments[0].width for row in bars.rows]
    assert widths[0] == pytest.approx(2 * widths[1], abs=1)
    assert bars.across[0].text == "0"


def _numbers(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _numbers(item)]
    return [leaf for item in value for leaf in _numbers(item)] if isinstance(value, list) else [value]


def test_figures_for_plotly_are_plain_lists_with_stable_content() -> None:
    plot = curves("k", "said", {name: judged.latency_ms["1K"] for name, judged in build.four().providers.items()})
    assert plot is not None
    leaves = _numbers(plot.figure)
    assert not any(isinstance(leaf, np.ndarray | np.generic) for leaf in leaves)
    assert all(math.isfinite(leaf) for leaf in leaves if isinstance(leaf, float))
    assert json.dumps(plot.figure) == json.dumps(plot.figure)


def test_names_in_figures_cannot_carry_markup() -> None:
    plot = curves("k", "said", {"<a href='x'>": latency((1.0, 1.0))})
    assert plot is not None
    assert plot.figure["data"][0]["name"] == "&lt;a href='x'&gt;"


@pytest.mark.parametrize("name", ["Alder", "Birch", "Cedar", "Doum"])
def test_all_coordinates_are_whole_numbers(name: str) -> None:
    judged = build.four().providers[name]
    plot = curves("k", "said", {name: judged.latency_ms["1K"]})
    assert plot is not None
    assert not re.search(r"\d\.\d", plot.lines[0].path)

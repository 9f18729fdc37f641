"""Providers side by side on the terminal: every finding with its reason, nothing invented."""

from dataclasses import replace

import pytest

from monitor.cli import side_by_side
from monitor.judge.result import Judgement
from tests.monitor.judge.frames import DAY, HOUR, Row, every, judgement

WEEKS_S = 14 * DAY


def rows(name: str, took_ms: float, usd: float) -> list[Row]:
    """An image every two hours for a fortnight, in blocks, a little uneven."""
    found = every(2 * HOUR, 0, WEEKS_S, provider=name, size="1K", billed=True, cost_usd=usd)
    return [
        row | {"block_id": f"b{i}", "total_ms": took_ms * (1 + (i * 7 + len(name)) % 11 / 50)}
        for i, row in enumerate(found)
    ]


@pytest.fixture(scope="module")
def said() -> Judgement:
    return judgement(rows("fast", 8000, 0.1) + rows("slow[b]", 12_000, 0.05), WEEKS_S)


def table(said: Judgement, title: str) -> list[list[str]]:
    (found,) = [one for one in side_by_side.tables(said) if one.title.startswith(title)]
    assert all(len(row) == len(found.columns) for row in found.rows)
    assert set(found.numbers) <= set(found.columns)
    return [list(row) for row in found.rows]


def test_a_comparison_has_ratio_interval_and_reason(said: Judgement) -> None:
    ((a, b, size, ratio, bounds, verdict, blocks, days, why),) = table(said, "On the same blocks")
    assert (a, b, size, verdict, blocks, days) == ("fast", r"slow\[b]", "1K", "different", "168", "14")
    assert 0.6 < float(ratio) < 0.75
    assert " to " in bounds
    assert why.startswith("p < 0.001; told apart")


def test_tiers_pairs_money_and_advice_are_told(said: Judgement) -> None:
    tiers = {row[0]: row[1] for row in table(said, "Tiers")}
    assert tiers["time to an image, 1K"] == r"fast; then slow\[b]"
    assert tiers["cost of a usable image, 1K"] == r"slow\[b]; then fast"
    assert table(said, "Primary and backup")[0][4] == "100"
    money = {row[0]: row for row in table(said, "What usable images cost")}
    assert money["fast"][2:5] == ["0.1000", "0.1000 to 0.1000", "1,000"]
    advice = {row[0]: row[1] for row in table(said, "Whom to sign")}
    assert advice["lowest cost"] == r"slow\[b]"
    assert advice["regional"] == "fast"
    assert advice["compliance"] == "nobody"
    assert {row[4] for row in table(said, "The last week")} == {"no change seen"}


def test_one_provider_alone_keeps_what_is_said_of_it_beside_others(said: Judgement) -> None:
    alone = side_by_side.only(said, ["fast"])
    assert list(alone.providers) == ["fast"]
    assert (len(alone.comparison), len(alone.pairs)) == (1, 1)
    assert {change.provider for change in alone.changes} == {"fast"}
    assert side_by_side.only(said, []).comparison == ()


def test_without_findings_there_is_no_table(said: Judgement) -> None:
    bare = replace(said, providers={}, comparison=(), tiers=(), pairs=(), changes=(), recommendations=())
    assert side_by_side.tables(bare) == ()

"""What `upheld judge` shows first: tables that a terminal of 80 columns has room for."""

from dataclasses import replace

import pytest

from monitor.cli import brief
from monitor.cli.judging import Table
from monitor.cli.tables import Drawing
from monitor.judge.verdicts import ErrorBudget, Estimate, SlaResult
from tests.reports import build

PROMISED = SlaResult("time", 0.9989, 0.999, "not_met", None, "", promised=True, worst=0.9912)
BUDGET = ErrorBudget(0.999, 30 * 86_400.0, 2592.0, 4_000.0, 4_700.0, -1408.0)
OWED = build.provider(sla=(PROMISED,), availability=replace(build.provider().availability, budget=BUDGET))
TABLES = (*brief.tables(build.four()), *brief.tables(build.judgement({"Alder": OWED})))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.title)
def test_every_table_fits_into_80_columns(table: Table) -> None:
    assert Drawing(table.title, table.columns, table.rows, table.numbers).fits(80)


def test_a_level_says_what_is_left_of_its_budget() -> None:
    (row,) = next(table.rows for table in TABLES if table.title.startswith("Service levels"))
    assert list(row) == ["Alder", "99.900", "time", "99.890", "99.120", "not met", "-23.5 of 43.2"]


@pytest.mark.parametrize(
    ("each", "said"),
    [
        ({}, "-"),
        ({"1K": 0.134, "2K": 0.134}, "0.1340"),
        ({"1K": 0.058, "4K": 0.12}, "1K 0.0580, 4K 0.1200"),
    ],
    ids=["no image", "one price", "by size"],
)
def test_a_price_stands_once_where_it_is_one(each: dict[str, float], said: str) -> None:
    estimates = {size: Estimate(usd, usd, usd, 60, "") for size, usd in each.items()}
    provider = build.provider(cost=replace(build.provider().cost, by_size=estimates))
    tables = {table.title: table for table in brief.tables(build.judgement({"Alder": provider}))}
    assert tables["Rate and cost"].rows[0][2] == said

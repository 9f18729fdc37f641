"""What was spent, by provider and in all, from the snapshot to the sentence on the page."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.judge.result import Spending
from monitor.spending import spending
from monitor.store import Store
from reports.pages.shell import money
from tests.monitor.configs import ONE, SIMULATED, loaded

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def test_each_provider_has_its_own_books_and_caps(tmp_path: Path) -> None:
    config = loaded(
        tmp_path, f"[budget]\nusd_per_day = 5\nusd_per_month = 50\n{ONE}budget.usd_per_day = 2\n{SIMULATED}"
    )
    with Store.open(tmp_path / "upheld.duckdb") as store:
        for provider, usd, at in (
            ("wisgate", 0.5, NOON),
            ("wisgate", 1.0, NOON - timedelta(days=2)),
            ("gone", 0.25, NOON),
        ):
            store.settle(store.reserve(provider, usd, at), usd, at)
        store.snapshot(tmp_path / "snapshot.duckdb")
    assert spending(config, tmp_path / "snapshot.duckdb", NOON) == {
        None: Spending(0.75, 1.75, 5.0, 50.0),
        "wisgate": Spending(0.5, 1.5, 2.0),
        "alder": Spending(0.0, 0.0),
        "gone": Spending(0.25, 0.25),
    }


@pytest.mark.parametrize(
    ("spent", "says"),
    [
        (None, ""),
        (Spending(0.5, 12.3), "$0.50 spent today, $12.30 this month"),
        (Spending(0.5, 12.3, 2.0, 50.0), "$0.50 of $2.00 spent today, $12.30 of $50.00 this month"),
    ],
)
def test_the_pages_say_what_is_spent_of_what_may_be(spent: Spending | None, says: str) -> None:
    assert money(spent) == says

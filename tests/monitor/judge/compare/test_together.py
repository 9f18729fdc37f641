"""All that is said side by side is the same however the rows come."""

import random
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.judge.facts import Facts, ProviderFacts
from monitor.judge.judgement import judge
from monitor.judge.result import to_json
from tests.monitor.judge.frames import DAY, HOUR, Row, at, frame, row

FIELDS = ("comparison", "tiers", "pairs", "recommendations", "changes")
FACTS = Facts({name: ProviderFacts(usd_per_image={"1K": 0.05, "2K": 0.09}) for name in "abc"})


def fortnight(seed: int) -> list[Row]:
    """Three providers in blocks of two sizes for 15 days, with failures, refusals and requests never sent."""
    rng = random.Random(seed)
    outcomes = ["ok"] * 12 + ["server_error", "timeout", "rate_limited", "not_sent", "ok_degraded"]
    return [
        row(
            6 * HOUR * slot + place,
            rng.choice(outcomes),
            provider=name,
            size="2K" if slot % 5 == 0 else "1K",
            block_id=f"{slot:04d}",
            total_ms=8000.0 * (1 + place / 5) * rng.lognormvariate(0, 0.2),
            billed=rng.random() < 0.9,
        )
        for slot in range(60)
        for place, name in enumerate("abc")
    ]


def told(table: pd.DataFrame) -> dict[str, Any]:
    said = judge(table, FACTS, since=at(0), until=at(15 * DAY), as_of=at(15 * DAY))
    return {name: to_json(getattr(said, name)) for name in FIELDS}


@settings(max_examples=8)
@given(seed=st.integers(0, 1000))
def test_neither_order_nor_repetition_changes_what_is_said_of_two(seed: int) -> None:
    rows = fortnight(seed % 3)
    other = [*rows, *random.Random(seed).sample(rows, 40)]
    random.Random(seed + 1).shuffle(other)
    assert told(frame(other)) == told(frame(rows))


@pytest.mark.parametrize("field", FIELDS)
def test_such_a_fortnight_says_something_of_everything(field: str) -> None:
    assert told(frame(fortnight(1)))[field]


def test_rows_of_other_days_change_nothing_of_this_window() -> None:
    rows = fortnight(2)
    before = [row(-5 * DAY + 60.0 * i, size="1K", provider="a", block_id=f"x{i}") for i in range(50)]
    for field in ("comparison", "tiers", "pairs"):
        assert told(frame([*before, *rows]))[field] == told(frame(rows))[field]

"""What becomes news: tables of what was seen and what is said of it, over the real store."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from monitor.alerts import seen
from monitor.budget import Budget, Caps, Limits
from monitor.store import NewsRow, SentCount, Store, TransitionRow
from tests.monitor.store.making import sample

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "upheld.duckdb") as opened:
        yield opened


def told(rows: list[NewsRow]) -> list[tuple[str, str]]:
    return [(row.kind, row.title) for row in rows if row.kind != "quiet"]


@pytest.mark.parametrize(
    ("spent", "asked", "titles"),
    [
        (3.99, 0.0, []),
        (4.0, 0.0, ["Budget 80% spent: all providers, day"]),
        (4.0, 0.5, ["Budget 80% spent: all providers, day"]),
        (4.99, 0.5, ["Budget reached: all providers, day"]),
    ],
    ids=["below", "80 %", "what still fits", "refused"],
)
def test_a_cap_is_told_from_80_percent_on(spent: float, asked: float, titles: list[str]) -> None:
    budget = Budget(Limits(Caps(5.0)), lambda: NOON)
    budget.charge("a", spent)
    budget.reserve("a", asked)
    assert [row.title for row in seen.of_budget(budget.books(), NOON)] == titles


def test_each_cap_and_period_is_told_once_for_80_percent_and_once_when_it_is_reached(store: Store) -> None:
    now = NOON
    budget = Budget(Limits(Caps(5.0, None, 1.0), {"a": Caps(None, 6.0)}), lambda: now)
    found = []
    for _ in range(2 * 24 * 6):
        if budget.reserve("a", 0.5) is None:
            budget.settle("a", 0.5, 0.5)
        found += store.add_news(list(seen.of_budget(budget.books(), now)))
        now += timedelta(minutes=10)
    assert [row.title for row in found] == [
        "Budget 80% spent: all providers, day",
        "Budget 83% spent: a, month",
        "Budget reached: all providers, day",
        "Budget reached: a, month",
    ]
    assert "$5.00 of the $5.00 that may be spent in a day (UTC) are spent" in found[2].body


def test_a_minutes_cap_is_told_once_a_day(store: Store) -> None:
    now = NOON
    budget = Budget(Limits(Caps(None, None, 0.1)), lambda: now)
    found = []
    for _ in range(24 * 6):
        assert budget.reserve("a", 0.5) is not None
        found += store.add_news(list(seen.of_budget(budget.books(), now)))
        now += timedelta(minutes=10)
    assert [row.title for row in found] == ["Budget reached: all providers, minute"] * 2


@pytest.mark.parametrize(
    ("counts", "titles"),
    [
        ([23, 23], []),
        ([24], ["Quota 80% used: a, minute"]),
        ([23] * 4, ["Quota 92% used: a, day"]),
        ([40] * 4, ["Quota 133% used: a, minute", "Quota 160% used: a, day"]),
    ],
)
def test_a_quota_is_told_from_80_percent_of_what_is_advertised(counts: list[int], titles: list[str]) -> None:
    of_a = [SentCount("a", NOON + timedelta(minutes=number), count) for number, count in enumerate(counts)]
    others = [SentCount("b", NOON, 1000), SentCount("a", NOON - timedelta(days=1), 1000)]
    quotas = {"a": seen.Quota(30, 100), "b": seen.Quota(None, None)}
    assert [row.title for row in seen.of_quotas([*of_a, *others], quotas, NOON)] == titles


def test_our_own_image_requests_are_counted_by_the_minute(store: Store) -> None:
    rows = [
        replace(sample(number), provider=provider, probe=probe, sent_at=NOON + timedelta(seconds=at), planned_at=NOON)
        for number, (provider, probe, at) in enumerate(
            [("a", "baseline", 0), ("a", "burst", 59), ("a", "burst", 60), ("a", "reach", 1), ("b", "baseline", -1)]
        )
    ]
    store.append([*rows, replace(sample(99), sent_at=None)])
    assert store.sent_by_minute(NOON) == [
        SentCount("a", NOON, 2),
        SentCount("a", NOON + timedelta(minutes=1), 1),
    ]


@pytest.mark.parametrize(
    ("remaining", "reset_s", "title", "says"),
    [
        (61.0, 60.0, None, ""),
        (60.0, 60.0, "Quota 80% used: a, by its own headers", "60 of 300 requests were left; it resets 60 s later."),
        (0.0, None, "Quota 100% used: a, by its own headers", "0 of 300 requests were left. That counts everybody"),
    ],
)
def test_a_quota_that_others_used_is_told_by_the_providers_own_headers(
    store: Store, remaining: float, reset_s: float | None, title: str | None, says: str
) -> None:
    full = replace(
        sample(1), provider="a", planned_at=NOON, sent_at=NOON, limit_requests=300.0, remaining_requests=290.0
    )
    least = replace(full, sample_id=UUID(int=2), remaining_requests=remaining, reset_s=reset_s, seq=2)
    silent = replace(full, sample_id=UUID(int=3), remaining_requests=None, seq=3)
    before = replace(least, sample_id=UUID(int=4), sent_at=NOON - timedelta(days=1), remaining_requests=0.0, seq=4)
    store.append([full, least, silent, before])
    found = list(seen.of_told_quotas(store.told_quotas(NOON), NOON))
    assert [row.title for row in found] == ([title] if title else [])
    assert all(says in row.body for row in found)


def transition(number: int, state: str) -> TransitionRow:
    at = NOON + timedelta(minutes=number)
    return TransitionRow(UUID(int=number), UUID(int=9), "wisgate", state, at, NOON, "image", "503 overloaded")


def test_an_incident_is_told_when_it_is_confirmed_and_when_it_is_over(store: Store) -> None:
    states = ["suspected", "opened", "breaker_open", "breaker_closed", "closed", "suspected", "dismissed", "opened"]
    history = [transition(number, state) for number, state in enumerate(states, 1)]
    found = []
    for known in range(1, len(history) + 1):  # each look sees all that came before as well
        found += store.add_news(list(seen.of_transitions(history[:known])))
    assert told(found) == [("down", "Down: wisgate"), ("down", "Up again: wisgate"), ("down", "Down: wisgate")]
    assert "503 overloaded" in found[0].body


def judged(state: str, failures: int = 0, verdict: str = "undecided") -> dict[str, Any]:
    incident = {
        "open": state == "failing",
        "failures": failures,
        "start_latest": "2026-11-22T11:00:00Z",
        "seen_as": "503",
    }
    claim = {
        "metric": "uptime", "op": ">=", "value": 0.999, "title": "99.9 % uptime", "verdict": verdict,
        "reason": "down 3 h", "source": "https://wisgate.ai", "definition": None, "size": None,
    }  # fmt: skip
    return {"providers": {"wisgate": {"state": state, "state_since": None, "incidents": [incident], "claims": [claim]}}}


def test_without_recovery_probes_an_outage_is_told_as_judged(store: Store) -> None:
    looks = [judged("serving"), judged("failing", 1), judged("failing", 2), judged("failing", 9), judged("unknown")]
    looks += [judged("serving"), judged("serving"), {}, judged("failing", 5)]
    found = [row for look in looks for row in store.add_news(list(seen.of_judged_outages(look, NOON)))]
    assert told(found) == [("down", "Down: wisgate"), ("down", "Up again: wisgate"), ("down", "Down: wisgate")]


def test_a_claim_is_told_each_time_it_becomes_refuted(store: Store) -> None:
    verdicts = ["undecided", "refuted", "refuted", "undecided", "refuted"]
    looks = [judged("serving", 0, verdict) for verdict in verdicts]
    found = [row for look in looks for row in store.add_news(list(seen.of_judged_claims(look, NOON)))]
    assert told(found) == [("claim_refuted", "Claim refuted: wisgate, 99.9 % uptime")] * 2
    assert found[0].body == "wisgate: 99.9 % uptime: down 3 h. Promised: https://wisgate.ai"


def test_news_survives_a_restart(tmp_path: Path) -> None:
    path, now = tmp_path / "upheld.duckdb", NOON
    for _ in range(3):
        with Store.open(path) as store:
            store.add_news(list(seen.of_judged_claims(judged("serving", 0, "refuted"), now)))
            assert told(store.news()) == [("claim_refuted", "Claim refuted: wisgate, 99.9 % uptime")]

"""A timeline that leaves out what tells nothing new says the same as one that leaves out nothing."""

import random
from dataclasses import replace
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.catalogue.clauses import clauses
from monitor.judge import quiet
from monitor.judge.columns import Flags, Rows
from monitor.judge.facts import Claim, Maintenance, ProviderFacts
from monitor.judge.result import to_json
from tests.monitor.judge.frames import DAY, HOUR, Row, at, every, judged, line, row

LENGTH = 10 * HOUR
NOTICED = next(clause for clause in clauses() if clause.name == "google_minutes")
FACTS = ProviderFacts(
    claims=(Claim("uptime", ">=", 0.999), Claim("error_rate", "<=", 0.001), Claim("failover_s", "<=", 600.0)),
    maintenance=(
        Maintenance(at(3 * HOUR + 7), at(3.5 * HOUR), "short"),
        Maintenance(at(6 * HOUR), at(6.4 * HOUR), "long", announced=at(0)),
    ),
    agreements=(replace(NOTICED, maintenance_notice_h=5.0, target=0.999),),
)
OUTCOMES = ("ok",) * 12 + ("ok_degraded", "overloaded", "timeout", "rate_limited", "auth")


def calls(rng: random.Random) -> list[Row]:
    """Control-plane calls at a cadence that changes, with gaps, outages, failures alone, and two at one time."""
    rows, now = [], 0.0
    while now < LENGTH:
        gap, length = rng.choice([20.0, 20.0, 60.0, 300.0]), rng.choice([60.0, 900.0, 5000.0])
        kind = rng.choice(["ok", "ok", "ok", "overloaded", "gap"])
        stretch = every(gap, now, now + length, kind) if kind != "gap" else []
        rows += [each for each in stretch if rng.random() > 0.02]
        now += length
    jitter_s = rng.choice([0.0, 0.0, 9.0])
    moved = [row(each["planned_at"].timestamp() - at(0).timestamp() + jitter_s * rng.random()) for each in rows[::3]]
    return [*rows, *moved, *(row(rng.randrange(int(LENGTH)), rng.choice(OUTCOMES)) for _ in range(4))]


def images(rng: random.Random) -> list[Row]:
    """Image requests that fail now and then, or were held back by the breaker."""
    rows = []
    for t in range(0, int(LENGTH), rng.choice([450, 900, 1800])):
        held: Row = {"outcome": "not_sent", "detail": "breaker"} if rng.random() < 0.1 else {}
        rows.append(row(t, **{"outcome": rng.choice(OUTCOMES), "size": "1K", **held}))
    return rows


def said(rows: list[Row]) -> Any:  # noqa: ANN401 - JSON
    return to_json(judged(rows, LENGTH, facts=FACTS))


def all_of_them(watch: Rows, *_: object) -> Flags:
    return np.ones(len(watch), dtype=bool)


@settings(max_examples=25)
@given(seed=st.integers(0, 100_000), with_images=st.booleans())
def test_leaving_out_what_tells_nothing_changes_no_number(seed: int, *, with_images: bool) -> None:
    rng = random.Random(seed)
    rows = calls(rng) + (images(rng) if with_images else [])
    with mock.patch.object(quiet, "remarkable", all_of_them):
        whole = said(rows)
    assert said(rows) == whole


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        pytest.param(every(60, 0, DAY), [0, 1439], id="a day of answers is its first and its last"),
        pytest.param(
            [*every(60, 0, 600), row(600, "overloaded"), *every(60, 660, 1200)], [0, 9, 10, 11, 19],
            id="both neighbours of a failure stay",
        ),
        pytest.param(
            [*every(60, 0, 600), *every(60, 4200, 4800)], [0, 9, 10, 19], id="both ends of a silence stay"
        ),
        pytest.param(
            [*every(60, 0, 300), row(210, "overloaded", size="1K"), row(390, "ok", size="1K"), *every(60, 300, 600)],
            [0, 3, 4, 5, 6, 7, 8, 9, 11],
            id="and all between an image that failed and the next",
        ),
    ],
)  # fmt: skip
def test_what_is_kept(rows: list[Row], kept: list[int]) -> None:
    found = line(rows, DAY)
    assert np.searchsorted(found.every.t, found.rows.t).tolist() == kept
    assert len(found.rows) + len(found.instants.left_out) == len(rows)

"""Identifiers sort by time, are well formed, and follow from what they name."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.ids import uuid7, uuid7_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TIMES = st.datetimes(datetime(1971, 1, 1), datetime(2500, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone


def milliseconds(identifier: UUID) -> int:
    return identifier.int >> 80


@given(at=TIMES, parts=st.lists(st.text(max_size=9), max_size=4))
def test_it_is_a_uuid7_of_its_instant(at: datetime, parts: list[str]) -> None:
    for identifier in (uuid7(at), uuid7_of(at, *parts)):
        assert (identifier.version, identifier.variant) == (7, RFC_4122)
        assert abs(milliseconds(identifier) / 1000 - at.timestamp()) <= 0.001


@given(first=TIMES, second=TIMES, parts=st.lists(st.text(max_size=9), max_size=2))
def test_the_later_instant_sorts_later(first: datetime, second: datetime, parts: list[str]) -> None:
    if second - first > timedelta(milliseconds=1):
        assert uuid7_of(first, *parts) < uuid7_of(second, *parts)
        assert uuid7(first) < uuid7(second)


@given(at=TIMES, parts=st.lists(st.text(max_size=9), max_size=4))
def test_the_same_thing_has_the_same_name(at: datetime, parts: list[str]) -> None:
    assert uuid7_of(at, *parts) == uuid7_of(at, *parts)
    assert uuid7_of(at, *parts) == uuid7_of(at.astimezone(timezone(timedelta(hours=5, minutes=30))), *parts)


def test_another_thing_has_another_name() -> None:
    names = [uuid7_of(NOON, run, str(seq)) for run in ("r1", "r2") for seq in range(500)]
    names += [uuid7_of(NOON, "r1", "block", "1"), uuid7_of(NOON, "r11"), uuid7_of(NOON)]
    assert len(set(names)) == len(names)


def test_parts_do_not_run_into_each_other() -> None:
    assert uuid7_of(NOON, "ab", "c") != uuid7_of(NOON, "a", "bc") != uuid7_of(NOON, "abc")


def test_fresh_ones_differ_and_those_of_now_come_in_order() -> None:
    assert len({uuid7(NOON) for _ in range(1000)}) == 1000
    fresh = [uuid7() for _ in range(1000)]
    assert all(earlier < later for earlier, later in pairwise(fresh))
    assert abs(milliseconds(fresh[0]) / 1000 - datetime.now(UTC).timestamp()) < 5


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC), 1500),
        (datetime(2026, 11, 22, tzinfo=UTC), 1_795_305_600_000),
    ],
)
def test_the_first_48_bits_are_unix_milliseconds(at: datetime, expected: int) -> None:
    assert milliseconds(uuid7_of(at, "x")) == expected

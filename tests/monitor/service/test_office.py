"""The weekly mail once, and in time, whatever fails; the snapshot before the page."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.values import Weekly
from monitor.service.office import WEEKLY, Post, Site, Told, last_moment
from monitor.store import StoreError
from tests.monitor.service.memory import Memory
from tests.monitor.service.world import Inline

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # 07:00 in Berlin
SEVEN = Weekly(0, 7, 0)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "now", "last"),
    [
        (SEVEN, "2026-11-23T06:00", "2026-11-23T06:00"),
        (SEVEN, "2026-11-23T05:59", "2026-11-16T06:00"),
        (SEVEN, "2026-11-29T23:59", "2026-11-23T06:00"),
        (SEVEN, "2026-07-06T05:00", "2026-07-06T05:00"),
        (Weekly(6, 2, 30), "2026-03-29T12:00", "2026-03-29T01:30"),
        (Weekly(6, 2, 30), "2026-10-25T12:00", "2026-10-25T00:30"),
        (Weekly(6, 2, 30), "2026-10-25T00:29", "2026-10-18T00:30"),
    ],
    ids=[
        "on time",
        "a minute before",
        "late in the week",
        "in summer",
        "skipped in spring",
        "twice in autumn",
        "before",
    ],
)
def test_the_moment_of_the_week_is_that_of_the_readers_clock(when: Weekly, now: str, last: str) -> None:
    assert last_moment(when, BERLIN, utc(now)) == utc(last)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants naive bounds
    st.integers(0, 6),
    st.integers(0, 23),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
)
def test_the_last_moment_is_past_and_no_more_than_a_week_ago(now: datetime, day: int, hour: int, zone: str) -> None:
    moment = last_moment(Weekly(day, hour, 0), ZoneInfo(zone), now)
    assert now - timedelta(days=8) < moment <= now


@dataclass
class Desk:
    """A post office under test: what it was told to send, and how that went."""

    answers: Sequence[Told]
    now: datetime = MONDAY
    memory: Memory = field(default_factory=Memory)
    sent: list[tuple[str, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keeper = Inline(self.memory)

    async def send(self, week: str) -> Told:
        self.sent.append((week, self.now))
        return self.answers[min(len(self.sent), len(self.answers)) - 1]

    def post(self) -> Post:
        return Post(self.keeper, SEVEN, BERLIN, lambda: self.now, self.send)

    async def minutes(self, post: Post, count: int) -> None:
        for _ in range(count):
            await post.tick()
            self.now += timedelta(minutes=1)


async def test_the_mail_of_a_week_is_sent_once() -> None:
    desk = Desk([Told.SENT])
    await desk.minutes(desk.post(), 120)
    assert desk.sent == [("2026-W47", MONDAY)]
    (row,) = desk.memory.deliveries()
    assert (row.kind, row.key, row.error, row.finished_at) == (WEEKLY, "2026-W47", None, MONDAY)


async def test_the_next_week_is_sent_when_its_moment_comes() -> None:
    desk = Desk([Told.SENT])
    post = desk.post()
    await desk.minutes(post, 1)
    desk.now = MONDAY + timedelta(days=7) - timedelta(minutes=2)
    await desk.minutes(post, 5)
    assert [week for week, _ in desk.sent] == ["2026-W47", "2026-W48"]
    assert desk.sent[1][1] == MONDAY + timedelta(days=7)


async def test_a_service_that_was_down_at_the_moment_sends_the_latest_mail_afterwards() -> None:
    desk = Desk([Told.SENT], now=MONDAY + timedelta(days=2))
    await desk.minutes(desk.post(), 5)
    assert [week for week, _ in desk.sent] == ["2026-W47"]


async def test_a_restart_sends_nothing_again() -> None:
    desk = Desk([Told.SENT])
    for _ in range(3):
        post = desk.post()
        await post.begin()
        await desk.minutes(post, 5)
    assert len(desk.sent) == 1


async def test_a_service_killed_while_sending_sends_again_rather_than_not_at_all() -> None:
    desk = Desk([Told.SENT])
    desk.memory.claim_delivery(WEEKLY, "2026-W47", MONDAY)
    post = desk.post()
    await post.begin()
    await desk.minutes(post, 1)
    assert [week for week, _ in desk.sent] == ["2026-W47"]


async def test_what_failed_is_tried_again_ever_more_slowly_until_it_is_sent() -> None:
    desk = Desk([Told.FAILED] * 5 + [Told.SENT])
    await desk.minutes(desk.post(), 300)
    minutes = [round((at - MONDAY) / timedelta(minutes=1)) for _, at in desk.sent]
    assert minutes == [0, 1, 3, 7, 15, 31]
    assert desk.memory.deliveries()[0].error is None


async def test_a_week_without_rows_is_over_without_a_mail() -> None:
    desk = Desk([Told.NOTHING])
    await desk.minutes(desk.post(), 60)
    assert len(desk.sent) == 1
    assert desk.memory.deliveries()[0].error == "no rows in this week"


async def test_a_mail_that_was_sent_and_could_not_be_noted_is_not_sent_again() -> None:
    desk = Desk([Told.SENT])
    post = desk.post()
    claim = desk.memory.claim_delivery

    def claim_and_break(kind: str, key: str, at: datetime) -> bool:
        desk.keeper.breaks_after = 1
        return claim(kind, key, at)

    desk.memory.claim_delivery = claim_and_break  # type: ignore[method-assign]  # the disk is full from here on
    await desk.minutes(post, 1)
    desk.keeper.breaks_after = None
    await desk.minutes(post, 60)
    assert len(desk.sent) == 1


@pytest.mark.parametrize("made", [True, False])
async def test_the_page_is_made_from_a_fresh_snapshot(made: bool) -> None:
    memory, seen = Memory(), list[int]()

    async def render() -> bool:
        seen.append(memory.snapshots)
        return made

    await Site(Inline(memory), Path("snapshot.duckdb"), render).publish()
    assert seen == [1]


async def test_no_page_is_made_without_a_snapshot() -> None:
    keeper = Inline(Memory())
    keeper.broken = StoreError("disk full")
    rendered = asyncio.Event()

    async def render() -> bool:
        rendered.set()
        return True

    with pytest.raises(StoreError, match="disk full"):
        await Site(keeper, Path("snapshot.duckdb"), render).publish()
    assert not rendered.is_set()

"""Told once, whatever fails or is killed; and for real: through Apprise, over a socket, to a server of ours."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.alerts.addresses import channels, faults
from monitor.alerts.channel import fault_of
from monitor.alerts.desk import Channel, Desk
from monitor.alerts.message import Message
from monitor.cli import apart
from monitor.store import NewsRow, Store
from tests.monitor.configs import ONE, loaded
from tests.monitor.service.world import Inline

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ALL = frozenset(("down", "budget", "quota_80", "claim_refuted"))


class KilledError(Exception):
    """The service was killed here."""


def news(number: int, kind: str = "down", state: str = "down") -> NewsRow:
    at = NOON + timedelta(minutes=number)
    return NewsRow(UUID(int=number + 1), kind, f"subject {number}", state, at, f"News {number}", "What happened.")


@dataclass
class World:
    """A store that outlives services, people who are told, and what happens meanwhile."""

    store: Store
    on: frozenset[str] = ALL
    now: datetime = NOON
    happened: list[NewsRow] = field(default_factory=list)
    answers: list[bool | Exception] = field(default_factory=list)
    arrived: list[Message] = field(default_factory=list)

    async def send(self, message: Message) -> bool:
        """An exception: killed, before or (an answer was given) after the message left."""
        answer = self.answers.pop(0) if self.answers else True
        if isinstance(answer, Exception):
            raise answer
        if answer:
            self.arrived.append(message)
        return answer

    async def desk(self, *names: str) -> Desk:
        places = [Channel(name, self.on) for name in names or ("ALERT_URL",)]
        desk = Desk(Inline(self.store), places, lambda _: lambda _: list(self.happened), lambda: self.now, self.send)
        await desk.begin()
        return desk

    async def minutes(self, desk: Desk, count: int) -> None:
        for _ in range(count):
            await desk.tick()
            self.now += timedelta(minutes=1)

    @property
    def titles(self) -> list[str]:
        return [message.title for message in self.arrived]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        yield World(store)


async def test_news_is_told_once_to_each_channel_and_not_again_after_a_restart(world: World) -> None:
    world.happened = [news(1), news(2, "budget")]
    for _ in range(3):
        await world.minutes(await world.desk("ONE", "TWO"), 5)
    assert sorted((message.channel, message.title) for message in world.arrived) == [
        ("ONE", "News 1"), ("ONE", "News 2"), ("TWO", "News 1"), ("TWO", "News 2"),
    ]  # fmt: skip
    assert world.arrived[0].body == "What happened.\n\nReference 000000000002, 2026-11-22 12:01:00 UTC."


async def test_a_channel_is_told_what_it_wants_and_only_what_happens_from_then_on(world: World) -> None:
    world.on, world.happened = frozenset(["budget"]), [news(-1, "budget"), news(1), news(2, "budget")]
    await world.minutes(await world.desk(), 2)
    world.now += timedelta(hours=1)
    await world.minutes(await world.desk("ALERT_URL", "A_NEW_ONE"), 2)
    assert [(message.channel, message.title) for message in world.arrived] == [("ALERT_URL", "News 2")]


async def test_what_nobody_took_is_tried_again_ever_more_slowly_until_somebody_does(world: World) -> None:
    world.happened, world.answers = [news(0), news(1)], [*[False] * 4, True]
    desk, tried = await world.desk(), []
    for minute in range(40):
        before = len(world.answers)
        await world.minutes(desk, 1)
        tried += [minute] if len(world.answers) < before else []
    assert tried == [0, 1, 3, 7, 15]
    assert world.titles == ["News 0", "News 1"]


async def test_a_channel_that_does_not_answer_keeps_no_other_from_being_told(world: World) -> None:
    world.happened, world.answers = [news(0)], [False, True]
    await world.minutes(await world.desk("BROKEN", "SOUND"), 1)
    assert [message.channel for message in world.arrived] == ["SOUND"]


async def test_a_service_killed_before_it_could_send_sends_afterwards(world: World) -> None:
    world.happened, world.answers = [news(0)], [KilledError()]
    with pytest.raises(KilledError):
        await (await world.desk()).tick()
    world.happened = []  # it is stored: nobody need see it again
    await world.minutes(await world.desk(), 3)
    assert world.titles == ["News 0"]


STEPS = st.lists(st.sampled_from(["happens", "tick", "restart", "fails", "killed"]), max_size=15)


@settings(max_examples=10)
@given(steps=STEPS)
def test_in_any_order_of_failures_and_kills_all_is_told_and_nothing_twice(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    """Killed before the message left; after it left and before that is noted, it is repeated, as documented."""
    with Store.open(tmp_path_factory.mktemp("news") / "upheld.duckdb") as store:
        asyncio.run(lived_through(World(store), steps))


async def lived_through(world: World, steps: list[str]) -> None:
    desk, number = await world.desk(), 0
    for step in steps:
        if step == "happens":
            number += 1
            world.happened.append(news(number))
        elif step == "restart":
            desk = await world.desk()
        else:
            outcomes: dict[str, list[bool | Exception]] = {"fails": [False], "killed": [KilledError()], "tick": []}
            world.answers = outcomes[step]
            try:
                await world.minutes(desk, 1)
            except KilledError:
                desk = await world.desk()
    world.answers = []
    for _ in range(3):
        await world.minutes(desk, 1)
        world.now += timedelta(hours=1)
    assert world.titles == [f"News {n}" for n in range(1, number + 1)]


# --- for real -----------------------------------------------------------------------------------------------------


@dataclass
class Hook:
    """A webhook on loopback: what it was sent, and how it answers."""

    statuses: list[int]
    got: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0


@pytest.fixture
def hook() -> Iterator[Hook]:
    here = Hook([])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status = here.statuses.pop(0) if here.statuses else 200
            if status == 200:
                here.got.append(body)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here.port = server.server_port
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield here
        server.shutdown()


async def test_an_alert_arrives_through_apprise_once_and_after_a_failure(
    world: World, hook: Hook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("ALERT_URL", f"json://user:top-secret-9@127.0.0.1:{hook.port}/hidden-path")
    hook.statuses, world.happened = [500, 200], [replace(news(0), title="Down: wisgate")]
    monkeypatch.setattr(world, "send", apart.alert)
    for _ in range(3):  # with restarts in between
        await world.minutes(await world.desk(), 1)
    (got,) = hook.got
    assert (got["title"], got["type"]) == ("Down: wisgate", "warning")
    assert got["message"].startswith("What happened.")
    assert "the address in ALERT_URL did not take it (HTTP 500)" in caplog.text
    assert not [secret for secret in ("top-secret-9", "hidden-path", str(hook.port)) if secret in caplog.text]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("json://127.0.0.1:9/x", None),
        ("mailtos://user:pw@example.org?to=ops@example.org", None),
        (None, "is not set"),
        ("  ", "is empty"),
        ("hunter2-my-token", "holds no URL"),
        ("hunter2://x", "begins with a scheme that Apprise does not know"),
        ("slack://hunter2", "is no complete slack:// address"),
    ],
)
def test_an_address_is_judged_without_being_repeated(url: str | None, says: str | None) -> None:
    fault = fault_of(url)
    assert (fault is None) if says is None else str(fault).startswith(says)
    assert "hunter2" not in str(fault)


def test_every_wrong_address_is_told_at_once_and_none_is_repeated(tmp_path: Path) -> None:
    config = loaded(tmp_path, ONE + '[[alerts]]\nurl_env = "A"\n[[alerts]]\nurl_env = "B"\n[[alerts]]\nurl_env = "C"\n')
    found = faults(config, {"B": "hunter2", "C": "json://127.0.0.1"})
    assert [(fault.key, fault.reason.partition(";")[0]) for fault in found] == [
        ("alerts[0].url_env", "environment variable A is not set"),
        ("alerts[1].url_env", "environment variable B holds no URL"),
    ]


def test_two_tables_with_one_address_are_one_channel(tmp_path: Path) -> None:
    table = '[[alerts]]\nurl_env = "{}"\non = ["{}"]\n'
    text = ONE + "".join(table.format(*pair) for pair in (("A", "down"), ("B", "down"), ("A", "budget")))
    found = {channel.name: channel.on for channel in channels(loaded(tmp_path, text))}
    assert found == {"A": {"down", "budget"}, "B": {"down"}}

"""Keys that expire, in virtual time: when they are renewed, by how many, and what happens when they cannot be."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

import pytest

from probes.control import Control
from probes.conversation import Tools, converse
from probes.credentials import ServiceAccountFile
from probes.exchange import Wire
from probes.keys import Keys
from probes.model import Ask, Exchange, Mode, Phases, Plan, ProbeKind, Sample, Secret, Shot, Target, WireFault
from probes.reading import Reader
from tests import virtual
from tests.probes import accounts, bench
from tests.probes import bodies as b
from tests.probes.bench import REACHED, Sent, ToldWire

T = TypeVar("T")
HOUR = 3600.0
ASK = Ask("1K", "1:1", "x")


def token(number: int) -> str:
    return f"ya29.token-number-{number:04d}"


class Google:
    """The token endpoint, whose n-th grant is token n unless it is told to answer otherwise, and the API behind it."""

    def __init__(self, *, lasts_s: float = HOUR, takes_s: float = 0.5, answers: Iterable[Exchange | None] = ()) -> None:
        self.lasts_s, self.takes_s = lasts_s, takes_s
        self.answers = iter(answers)
        self.granted = 0
        self.asked_at: list[float] = []
        self.used: list[str] = []
        self.reply: Exchange | None = None

    async def __call__(self, sent: Sent) -> Exchange:
        if sent.provider != "oauth2.googleapis.com":
            self.used.append(sent.request.headers["authorization"].removeprefix("Bearer "))
            await asyncio.sleep(0.2)
            return self.reply or REACHED
        self.asked_at.append(sent.at_s)
        await asyncio.sleep(self.takes_s)
        if (instead := next(self.answers, None)) is not None:
            return instead
        self.granted += 1
        said = {"access_token": token(self.granted), "expires_in": self.lasts_s}
        return Exchange(200, {}, json.dumps(said).encode(), Phases())


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(
        "v",
        "vertex",
        "http://v",
        "m",
        credential=ServiceAccountFile(accounts.write(tmp_path)),
        timeout_s=60,
        options={"project": "p", "location": "global"},
    )


def asked_at(target: Target, google: Google, times: Iterable[float]) -> list[str]:
    """The key at each of these times, or why there was none; all with one `Keys`."""

    async def main(clock: virtual.VirtualClock) -> list[str]:
        keys, wire, said = Keys(), cast(Wire, ToldWire(clock, google)), []
        for at_s in times:
            await clock.sleep_until(at_s)
            found = await keys.fresh(target, wire, clock)
            said.append(found.key.reveal() if isinstance(found, Target) else found)
        await keys.close()
        return said

    return virtual.run(main)


def test_a_key_of_the_configuration_stays_as_it_is() -> None:
    static = Target("p", "gemini", "http://a", "m", key=Secret(b.KEY))
    google = Google()
    assert asked_at(static, google, [0, 1e6]) == [b.KEY, b.KEY]
    assert google.asked_at == []


@pytest.mark.parametrize(
    ("lasts_s", "renewed_s"),
    [
        pytest.param(3600.0, 3300.0, id="an hour: five minutes before its end"),
        pytest.param(1500.0, 1200.0, id="25 minutes: where both rules meet"),
        pytest.param(600.0, 480.0, id="ten minutes: after 80 %"),
        pytest.param(10.0, 8.0, id="ten seconds"),
    ],
)
def test_a_token_is_renewed_late_in_its_life_while_the_old_one_is_used(
    target: Target, lasts_s: float, renewed_s: float
) -> None:
    google = Google(lasts_s=lasts_s, takes_s=0.25)
    said = asked_at(target, google, [0.0, renewed_s - 0.01, renewed_s + 0.01, renewed_s + 0.3])
    assert said == [token(1), token(1), token(1), token(2)]
    assert google.asked_at == pytest.approx([0.0, renewed_s + 0.01], abs=0.005)


def test_a_token_that_has_expired_unused_is_waited_for(target: Target) -> None:
    google = Google()
    assert asked_at(target, google, [0.0, 2 * HOUR]) == [token(1), token(2)]


def test_a_token_is_not_used_in_the_last_moments_of_its_life(target: Target) -> None:
    google = Google(answers=[None, *[Exchange(503, {}, b"")] * 99])
    said = asked_at(target, google, [0.0, HOUR - 11, HOUR - 9])
    assert said[:2] == [token(1), token(1)]
    assert said[2].endswith("token endpoint oauth2.googleapis.com answered 503")


def test_a_burst_waits_for_one_refresh(target: Target) -> None:
    google = Google(takes_s=2.0)

    async def main(clock: virtual.VirtualClock) -> set[str]:
        keys, wire = Keys(), cast(Wire, ToldWire(clock, google))
        found = await asyncio.gather(*(keys.fresh(target, wire, clock) for _ in range(100)))
        assert clock.monotonic() == pytest.approx(2.0)
        return {one.key.reveal() if isinstance(one, Target) else one for one in found}

    assert virtual.run(main) == {token(1)}
    assert len(google.asked_at) == 1


def test_who_gives_up_waiting_does_not_end_the_refresh_for_others(target: Target) -> None:
    google = Google(takes_s=2.0)

    async def main(clock: virtual.VirtualClock) -> str:
        keys, wire = Keys(), cast(Wire, ToldWire(clock, google))
        impatient = asyncio.create_task(keys.fresh(target, wire, clock))
        await asyncio.sleep(1.0)
        impatient.cancel()
        found = await keys.fresh(target, wire, clock)
        return found.key.reveal() if isinstance(found, Target) else found

    assert virtual.run(main) == token(1)
    assert len(google.asked_at) == 1


def test_an_endpoint_that_fails_is_left_in_peace_for_a_while(target: Target) -> None:
    down = Exchange(None, fault=WireFault.REFUSED)
    google = Google(takes_s=0.0, answers=[down, down])
    said = asked_at(target, google, [0.0, 1.0, 9.9, 10.1, 20.2])
    reason = f"{target.credential}: token endpoint oauth2.googleapis.com: refused"
    assert said == [reason, reason, reason, reason, token(1)]
    assert google.asked_at == pytest.approx([0.0, 10.1, 20.2], abs=0.01)


def test_a_refresh_that_fails_leaves_the_old_token_in_use(target: Target) -> None:
    google = Google(answers=[None, Exchange(503, {}, b"")])
    said = asked_at(target, google, [0.0, 3301.0, 3302.0, 3312.0, 3313.0])
    assert said == [token(1), token(1), token(1), token(1), token(2)]


def test_a_fault_of_ours_in_a_refresh_ends_no_run(target: Target) -> None:
    async def broken(_sent: Sent) -> Exchange:
        raise LookupError(b.KEY)

    async def main(clock: virtual.VirtualClock) -> Target | str:
        return await Keys().fresh(target, cast(Wire, ToldWire(clock, broken)), clock)

    assert virtual.run(main) == f"{target.credential}: LookupError"


def test_two_credentials_have_tokens_of_their_own(target: Target, tmp_path: Path) -> None:
    other = replace(target, credential=ServiceAccountFile(accounts.write(tmp_path), scope="other"))
    google = Google()

    async def main(clock: virtual.VirtualClock) -> list[Target | str]:
        keys, wire = Keys(), cast(Wire, ToldWire(clock, google))
        return [await keys.fresh(one, wire, clock) for one in (target, other, target, other)]

    found = [one.key.reveal() for one in virtual.run(main) if isinstance(one, Target)]
    assert found == [token(1), token(2), token(1), token(2)]


def test_closing_ends_a_refresh_that_is_under_way(target: Target) -> None:
    async def main(clock: virtual.VirtualClock) -> bool:
        keys, wire = Keys(), ToldWire(clock, Google(takes_s=1e6))
        waiting = asyncio.create_task(keys.fresh(target, cast(Wire, wire), clock))
        await asyncio.sleep(1.0)
        assert wire.in_flight
        await keys.close()
        await asyncio.wait([waiting])
        return waiting.cancelled() and not wire.in_flight

    assert virtual.run(main)


# --- in a conversation ----------------------------------------------------------------------------------------------


def conversing(google: Google, main: Callable[[Tools], Awaitable[T]]) -> T:
    async def begin(clock: virtual.VirtualClock) -> T:
        wire = cast(Wire, ToldWire(clock, google))
        return await main(Tools(wire, Reader(), Control(wire, clock, ()), clock))

    return virtual.run(begin)


def test_a_conversation_uses_the_token_and_does_not_time_its_fetching(target: Target) -> None:
    google = Google(takes_s=5.0)
    said = conversing(google, lambda tools: converse(tools, target, Ask()))
    assert google.used == [token(1)]
    assert said.phases == REACHED.phases
    assert (said.last.began_ms, said.last.ended_ms) == pytest.approx((0.0, 200.0), abs=0.1)


def test_a_token_that_a_provider_echoes_is_not_kept(target: Target) -> None:
    google = Google()
    google.reply = Exchange(401, {}, b.rpc(401, f"Invalid credentials: Bearer {token(1)}", "UNAUTHENTICATED"))
    said = conversing(google, lambda tools: converse(tools, target, ASK))
    assert said.answer is not None
    assert said.answer.fault is not None
    assert said.answer.fault.message == "Invalid credentials: Bearer ***"


def test_a_token_in_the_words_of_a_broken_connection_is_not_kept(target: Target) -> None:
    google = Google()
    google.reply = Exchange(None, fault=WireFault.RESET, error=f"ClientOSError: cannot write Bearer {token(1)}")
    said = conversing(google, lambda tools: converse(tools, target, ASK))
    assert said.last.error == "ClientOSError: cannot write Bearer ***"


def test_a_token_that_is_refused_is_replaced_for_the_next_request_but_never_in_secret(target: Target) -> None:
    google = Google()
    google.reply = Exchange(401, {}, b.rpc(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED"))

    async def main(tools: Tools) -> None:
        for at_s in (0.0, 10.0, 100.0, 101.0):
            await tools.clock.sleep_until(at_s)
            await converse(tools, target, ASK)

    conversing(google, main)
    assert google.used == [token(1), token(1), token(1), token(2)]  # a young one is believed in for a minute


def row_of(target: Target, google: Google) -> Sample:
    plan = Plan((Shot(0.0, target.provider, ProbeKind.BASELINE, Mode.SCHEDULED, ASK),))
    played = bench.play(plan, google, targets={target.provider: target})
    [row] = played.rows
    assert played.summary is not None
    assert played.summary.sent == (row.sent_at is not None)
    return row


def test_a_request_without_a_token_is_a_row_that_blames_nobody_else(target: Target) -> None:
    refusal = json.dumps({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}).encode()
    google = Google(answers=[Exchange(400, {}, refusal)])
    row = row_of(target, google)
    assert (row.outcome, row.detail, row.attribution, row.rule) == ("auth", "no_token", "client", "account.auth")
    assert (row.billed, row.cost_usd, row.status, row.total_ms) == (False, 0.0, None, None)
    assert (row.sent_at, row.lateness_ms, row.conn_reused) == (None, None, None)
    assert row.error == (
        f"{target.credential}: token endpoint oauth2.googleapis.com answered 400: invalid_grant: Invalid JWT Signature."
    )
    assert google.used == []


def test_no_row_holds_the_token_or_the_private_key(target: Target) -> None:
    google = Google()
    google.reply = Exchange(500, {"x-request-id": token(1)}, token(1).encode())
    row = row_of(target, google)
    assert google.used == [token(1)]
    assert token(1) not in repr(row)
    assert accounts.pem()[40:80] not in repr(target)

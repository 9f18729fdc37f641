"""Where a provider's URL may lead: the open internet, never our own network, whatever its name is made to say."""

import json
import socket

import pytest

from probes.clock import RealClock
from probes.control import Control
from probes.conversation import Conversation, Tools, converse
from probes.dialing import Address
from probes.exchange import Wire
from probes.model import Ask, Attribution, Outcome, Request, Secret, Target
from probes.outcomes import classify
from probes.reading import Reader
from probes.strangers import NOWHERE, allowed_by, kind_of, refusal, refused_address
from tests.probes.bodies import IMAGE, KEY
from tests.probes.servers import Call, response, serving

KINDS = {
    "8.8.8.8": None,
    "2606:4700::1111": None,
    "::ffff:8.8.8.8": None,
    "64:ff9b::808:808": None,  # NAT64 of an address of the internet: all that an IPv6-only host has
    "127.0.0.1": "loopback",
    "127.255.1.2": "loopback",
    "::1": "loopback",
    "::ffff:127.0.0.1": "loopback",
    "64:ff9b::7f00:1": "loopback",
    "10.1.2.3": "private",
    "172.31.255.255": "private",
    "192.168.0.1": "private",
    "fd12:3456::1": "private",
    "::ffff:192.168.0.1": "private",
    "64:ff9b::a00:1": "private",
    "169.254.169.254": "link-local",  # where clouds keep the credentials of a machine
    "fe80::1%eth0": "link-local",
    "64:ff9b::a9fe:a9fe": "link-local",
    "0.0.0.0": "unspecified",
    "::": "unspecified",
    "::ffff:0.0.0.0": "unspecified",
    "224.0.0.1": "multicast",
    "ff02::1": "multicast",
    "ff0e::1": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "100.64.0.1": "reserved",
    "2002:7f00:1::": "reserved",
    "2001:0:53aa::1": "reserved",
    "::7f00:1": "reserved",
    "64:ff9b:1::7f00:1": "reserved",
    "fec0::1": "reserved",
    "localhost": "no address",
    "": "no address",
}
OURS = frozenset(("loopback", "private"))


@pytest.mark.parametrize(("address", "kind"), KINDS.items())
def test_the_kind_of_an_address(address: str, kind: str | None) -> None:
    assert kind_of(address) == kind


@pytest.mark.parametrize(
    ("base_url", "allowed"),
    [
        ("https://api.kie.ai", NOWHERE),
        ("https://localhost.example.com", NOWHERE),
        ("https://8.8.8.8/v1", NOWHERE),
        ("http://127.0.0.1:7860", OURS),
        ("http://[::1]:7860", OURS),
        ("http://192.168.1.5", OURS),
        ("http://sdxl:7860", OURS),
        ("http://localhost", OURS),
        ("http://gpu.lan:7860", OURS),
        ("http://sd.corp.internal", OURS),
        ("http://100.64.1.2", {"reserved"}),
        ("http://169.254.1.1", {"link-local"}),
        ("http://[", NOWHERE),
        ("", NOWHERE),
    ],
)
def test_a_provider_on_our_own_network_may_name_images_there(base_url: str, allowed: frozenset[str]) -> None:
    assert allowed_by(base_url) == allowed


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://files.example/a.png", None),
        ("http://8.8.8.8:81/a.png?x=@y", None),
        ("https://user@files.example/", "user"),
        ("https://:@files.example/", "user"),
        ("https://key:secret@files.example/", "user"),
        ("file:///etc/passwd", "only http"),
        ("ftp://files.example/a.png", "only http"),
        ("//files.example/a.png", "only http"),
        ("https:///a.png", "without a host"),
        ("http://[::1", "no URL"),
    ],
)
def test_what_is_no_plain_url_of_the_web_is_not_looked_up(url: str, said: str | None) -> None:
    why = refusal(url)
    assert why is None if said is None else said in (why or "")


@pytest.mark.parametrize(
    ("addresses", "allowed", "said"),
    [
        (["8.8.8.8", "2606:4700::1111"], NOWHERE, None),
        (["8.8.8.8", "127.0.0.1"], NOWHERE, "loopback"),  # one of them is enough: any may be connected to
        (["10.0.0.1", "127.0.0.1"], OURS, None),
        (["10.0.0.1", "169.254.169.254"], OURS, "link-local"),
        (["10.0.0.1", "127.0.0.1"], NOWHERE, "loopback and a private"),
    ],
)
def test_all_addresses_of_a_host_count(addresses: list[str], allowed: frozenset[str], said: str | None) -> None:
    why = refused_address(addresses, allowed)
    assert why is None if said is None else said in (why or "")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_a_strangers_url_to_ourselves_is_not_connected_to(host: str) -> None:
    async with serving(silent_witness) as served, Wire(RealClock()) as wire:
        exchange = await wire.send(Request("GET", f"http://{host}:{served.port}/"), 5, allowed=NOWHERE)
    assert (exchange.status, exchange.fault, exchange.body, served.connections) == (None, None, b"", 0)
    assert exchange.error is not None
    assert "loopback address" in exchange.error


async def test_no_kept_connection_is_a_way_in() -> None:
    async with serving(silent_witness) as served, Wire(RealClock()) as wire:
        assert (await wire.send(Request("GET", served.url), 5)).status == 200  # the provider of ours; kept open
        refused = await wire.send(Request("GET", served.url), 5, allowed=NOWHERE)
        allowed = [await wire.send(Request("GET", served.url), 5, allowed=OURS) for _ in range(2)]
        after_them = await wire.send(Request("GET", served.url), 5, allowed=NOWHERE)
    assert (refused.status, after_them.status) == (None, None)
    assert [(exchange.status, exchange.phases.conn_reused) for exchange in allowed] == [(200, False)] * 2
    assert served.connections == 3


async def test_nothing_that_names_us_goes_to_a_stranger() -> None:
    headers = {"authorization": f"Bearer {KEY}", "x-goog-api-key": KEY, "cookie": "a=b", "accept": "image/*"}
    async with serving(silent_witness) as served, Wire(RealClock()) as wire:
        await wire.send(Request("GET", served.url, headers), 5, allowed=OURS)
    sent = served.requests[0].lower()
    assert b"accept: image/*" in sent
    assert b"user-agent: upheld" in sent
    for secret in (KEY.lower().encode(), b"cookie", b"authorization", b"x-goog-api-key"):
        assert secret not in sent


async def rebound(_host: str, port: int) -> list[Address]:
    """Every name leads here, as one does whose owner has just changed his mind."""
    return [(socket.AF_INET, ("127.0.0.1", port))]


async def test_a_name_of_the_internet_that_leads_to_us_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.dialing._looked_up", rebound)
    async with serving(silent_witness) as served, Wire(RealClock()) as wire:
        ours = await wire.send(Request("GET", f"http://files.example:{served.port}/"), 5)
        theirs = await wire.send(Request("GET", f"http://files.example:{served.port}/"), 5, allowed=NOWHERE)
    assert ours.status == 200  # the configuration may lead anywhere
    assert (theirs.status, theirs.fault, served.connections) == (None, None, 1)


async def silent_witness(call: Call) -> None:
    await call.send(response(IMAGE, content_type="image/png"))


async def told(url: str, base_host: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Conversation, list[bytes]]:
    """What comes of an answer that names this URL, from a provider that lives at `base_host`."""

    async def provider(call: Call) -> None:
        if call.request.startswith(b"POST"):
            named = url.replace("PORT", str(call.served.port))
            await call.send(response(json.dumps({"data": [{"url": named}]}).encode()))
        else:
            await call.send(response(IMAGE))

    monkeypatch.setattr("probes.dialing._looked_up", rebound)
    clock = RealClock()
    async with serving(provider) as served, Wire(clock) as wire:
        tools = Tools(wire, Reader(), Control(wire, clock, ()), clock)
        base_url = f"http://{base_host}:{served.port}"
        target = Target("p", "openai_images", base_url, "gpt-image-1", auth="bearer", key=Secret(KEY), timeout_s=5)
        return await converse(tools, target, Ask("1K", None, "a cup")), served.requests


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:PORT/a.png", "http://files.example:PORT/a.png", "http://u:p@files.example:PORT/a.png"]
)
async def test_an_image_that_cannot_be_had_is_no_image(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation, requests = await told(url, "api.example", monkeypatch)
    verdict = classify(Ask("1K"), conversation.last, conversation.answer)
    assert (verdict.outcome, verdict.detail, verdict.rule) == (Outcome.IMAGE_INVALID, "url_refused", "image.unsound")
    assert (verdict.attribution, verdict.billed) == (Attribution.PROVIDER, None)
    assert conversation.last.status == 200
    assert (conversation.last.error or "").startswith("image not fetched: ")
    assert len(requests) == 1


async def test_a_provider_on_our_own_machine_serves_its_images_there(monkeypatch: pytest.MonkeyPatch) -> None:
    conversation, requests = await told("http://127.0.0.1:PORT/a.png", "127.0.0.1", monkeypatch)
    assert classify(Ask("1K"), conversation.last, conversation.answer).outcome is Outcome.OK
    assert [KEY.encode() in request for request in requests] == [True, False]


async def test_a_redirect_of_an_image_is_judged_as_its_url_is(monkeypatch: pytest.MonkeyPatch) -> None:
    async def file_host(call: Call) -> None:
        await call.send(response(b"", status="302 Found", location="http://169.254.169.254/latest/meta-data/"))

    async with serving(file_host) as files:
        conversation, _ = await told(f"{files.url}/a.png", "127.0.0.1", monkeypatch)
    assert len(files.requests) == 1
    assert conversation.answer is not None
    assert conversation.answer.picture is not None
    assert conversation.answer.picture.problem == "url_refused"
    assert conversation.last.error == "image not fetched: its host has a link-local address"

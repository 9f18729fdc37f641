"""The product's own adapters take the simulator for what it stands for: each, at each profile of the catalogue."""

import pytest

from monitor import catalogue
from probes.model import Answer, Ask, Exchange, Pause, Request, Secret, Target
from probes.providers import load as load_adapter
from probes.simulator import formats
from probes.simulator.loading import load, named
from probes.simulator.scenario import Provider
from tests.probes.simulator.support import Bench, Json, JumpClock, bench

SCENARIO = load(named("catalogue"))
PROFILES = list(SCENARIO.providers)
CALM = SCENARIO.model_copy(
    update={
        "providers": {
            name: spec.model_copy(update={"faults": {}, "overload": None, "answer_bytes": {}})
            for name, spec in SCENARIO.providers.items()
        }
    }
)
PAST_ALL_POLLS = 400


def target(name: str, base_url: str, **options: Json) -> Target:
    spec = SCENARIO.providers[name]
    more = {"project": "main", "location": "global"} if spec.format == "vertex" else {}
    return Target(
        provider=name,
        adapter=spec.format,
        base_url=f"{base_url}/{name}",
        model=spec.models[0],
        auth=auth_of(spec),
        key=Secret("" if auth_of(spec) == "none" else spec.projects["main"][0]),
        options={**more, **options},
    )


def auth_of(spec: Provider) -> str:
    return (spec.auth or list(formats.load(spec.format).AUTH))[0]


async def answered(to: Bench, clock: JumpClock, at: Target, ask: Ask) -> tuple[Answer, list[Exchange]]:
    """The conversation that the adapter wants, over real sockets, in time that jumps."""
    adapter, so_far = load_adapter(at.adapter), list[Exchange]()
    for _ in range(PAST_ALL_POLLS):
        step = adapter.step(at, ask, so_far)
        if isinstance(step, Answer):
            return step, so_far
        if isinstance(step, Pause):
            clock.at_s += step.seconds
            step = step.then
        so_far.append(await exchanged(to, clock, step))
    raise AssertionError("the adapter never comes to an answer")


async def exchanged(to: Bench, clock: JumpClock, request: Request) -> Exchange:
    began_s = clock.at_s
    async with to.session.request(
        request.method, request.url, headers=dict(request.headers), data=request.body or None, allow_redirects=False
    ) as got:
        headers = {name.lower(): value for name, value in got.headers.items()}
        body = await got.read()
    return Exchange(got.status, headers, body, began_ms=began_s * 1000, ended_ms=clock.at_s * 1000)


@pytest.mark.parametrize("name", PROFILES)
async def test_every_profile_is_reached_and_gives_an_image_of_its_size(name: str) -> None:
    clock = JumpClock()
    async with bench(CALM, clock) as to:
        at = target(name, to.base_url)
        reached, _ = await answered(to, clock, at, Ask())
        answer, exchanges = await answered(to, clock, at, Ask("1K", "1:1", "a red fox"))
        ledger = await to.ledger(name)
    assert (reached.malformed, reached.fault) == (None, None)
    assert (answer.malformed, answer.fault, answer.block) == (None, None, None)
    assert answer.picture is not None
    assert (answer.picture.problem, answer.picture.width, answer.picture.height) == (None, 1024, 1024)
    assert ledger["images"]["delivered"] == {"1K": 1}
    assert all(exchange.status == 200 for exchange in exchanges)


@pytest.mark.parametrize("options", [{"stream": True}, {"batch": True}], ids=["stream", "batch"])
async def test_the_modes_of_gemini_come_to_an_image(options: Json) -> None:
    clock = JumpClock()
    async with bench(CALM, clock) as to:
        answer, _ = await answered(to, clock, target("google-gemini", to.base_url, **options), Ask("1K", "16:9", "x"))
    assert answer.picture is not None
    assert (answer.picture.problem, answer.picture.width, answer.picture.height) == (None, 1376, 768)


def test_there_is_a_profile_for_each_provider_of_the_catalogue_that_can_be_measured() -> None:
    measurable = {name for name in catalogue.names() if catalogue.load(name).endpoints}
    assert set(PROFILES) == measurable
    assert "midjourney" not in measurable


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_has_the_format_the_key_and_the_models_of_its_catalogue(name: str) -> None:
    spec, known = SCENARIO.providers[name], catalogue.load(name)
    ways = {(endpoint.adapter, endpoint.auth) for endpoint in known.endpoints}
    accepted = spec.auth or formats.load(spec.format).AUTH
    assert spec.format in {adapter for adapter, _ in ways}
    assert {given for adapter, given in ways if adapter == spec.format} <= {*accepted, None}
    default = next((model for model in known.models if model.default), known.models[0])
    assert {default.id, *default.aliases} & set(spec.models)

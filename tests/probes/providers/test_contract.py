"""What every file in `probes/providers/` promises: the folder is the registry, and this test runs over all of it."""

import json
import pickle
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes import providers
from probes.model import Answer, Ask, Exchange, Pause, Request, Secret, Target
from probes.providers import load, names
from tests.probes import bodies as b
from tests.probes.verdicts import CASES

ADAPTERS = names()
ASKS = [Ask("1K", "1:1", "A red fox"), Ask("4K", "16:9", "ein Fuchs im Schnee 🦊"), Ask("8K", "auto", ""), Ask()]
AUTHS = ["x-goog-api-key", "bearer", "query"]
KEY = "sk-contract-0123456789"


def example_options(adapter: str) -> dict[str, Any]:
    """What an adapter is asked with: the first example of its `Options`, if it has to have any."""
    options = getattr(load(adapter), "Options", None)
    examples = options.model_json_schema().get("examples", []) if options else []
    return options.model_validate(examples[0]).model_dump() if options and examples else {}


def target(adapter: str, auth: str = "bearer") -> Target:
    options = example_options(adapter)
    return Target("p", adapter, "http://127.0.0.1:1", "m", auth=auth, key=Secret(KEY), options=options)


def test_the_folder_is_the_registry() -> None:
    files = Path(providers.__file__).parent.glob("*.py")
    assert names() == tuple(sorted(file.stem for file in files if not file.stem.startswith("_")))


def test_an_adapter_that_is_not_there_is_named_with_those_that_are() -> None:
    for name in ("vertex9", "", "_json", "../gemini", "probes.runner"):
        with pytest.raises(KeyError, match=r"available: .*gemini, .*openai_images"):
            load(name)


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("auth", AUTHS)
@pytest.mark.parametrize("ask", ASKS, ids=lambda ask: ask.size or "reach")
def test_a_conversation_begins_with_a_request_that_carries_the_key_once(adapter: str, auth: str, ask: Ask) -> None:
    request = load(adapter).step(target(adapter, auth), ask, ())
    assert isinstance(request, Request)
    assert request.carries_key
    assert request.url.startswith("http://127.0.0.1:1/")
    assert f"{request.url} {dict(request.headers)} {request.body!r}".count(KEY) == 1
    assert all(name == name.lower() for name in request.headers)
    if ask.is_reach:
        assert request.method == "GET" or request.url.partition("?")[0].endswith(":countTokens")  # free of charge
    else:
        assert ask.prompt in json.dumps(json.loads(request.body), ensure_ascii=False)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_the_key_does_not_print(adapter: str) -> None:
    request = load(adapter).step(target(adapter, "bearer"), ASKS[0], ())
    assert KEY not in repr(request)
    assert KEY not in repr(target(adapter))
    assert KEY not in str(target(adapter).key)


# --- whatever comes back ------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=15,
)
REAL = sorted({case.body for case in CASES if 2 < len(case.body) < 20_000})
STATUSES = st.sampled_from([200, 200, 200, 201, 204, 307, 400, 401, 403, 404, 429, 500, 503, 504, 524, 599])
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "date", "server-timing", "x-request-id", "openai-processing-ms", "location"]),
    st.text(max_size=30),
    max_size=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401 - any JSON
    """Every place in a JSON value."""
    found = [path]
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            found += places(inner, (*path, key))
    return found


def put(value: Any, path: tuple[Any, ...], new: object) -> Any:  # noqa: ANN401 - any JSON
    """The value with something else in one place."""
    if not path:
        return new
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = put(value[path[0]], path[1:], new)
    return changed


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real body in which one thing is another, or bytes of which are flipped, lost or repeated."""
    body = draw(st.sampled_from(REAL))
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if value is not None and draw(st.booleans()):
        return b.to_bytes(put(value, draw(st.sampled_from(places(value))), draw(JSON)))
    at, length = draw(st.integers(0, len(body))), draw(st.integers(0, 40))
    return body[:at] + draw(st.binary(max_size=8)) * draw(st.integers(0, 2)) + body[at + length :]


BODIES = mutated() | JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60)
EXCHANGES = st.lists(st.builds(Exchange, status=STATUSES, headers=HEADERS, body=BODIES), min_size=1, max_size=3)


@pytest.mark.parametrize("adapter", ADAPTERS)
@settings(max_examples=50)
@given(so_far=EXCHANGES, ask=st.sampled_from(ASKS))
def test_it_never_raises_and_says_the_same_of_the_same(adapter: str, so_far: list[Exchange], ask: Ask) -> None:
    step = load(adapter).step
    to = target(adapter)
    before = pickle.dumps((to, ask, so_far))
    said = step(to, ask, tuple(so_far))
    assert isinstance(said, Request | Pause | Answer)
    assert repr(step(to, ask, tuple(so_far))) == repr(said)
    assert pickle.dumps((to, ask, so_far)) == before
    assert isinstance(pickle.loads(pickle.dumps(said)), type(said))  # it comes home from another process
    if isinstance(said, Request) and not said.carries_key:
        assert KEY not in f"{said.url} {dict(said.headers)} {said.body!r}"
    if isinstance(said, Answer) and said.images:
        assert said.picture is not None
        assert said.picture.size_bytes > 0


HUGE = {
    "nested arrays": b"[" * 300_000,
    "nested objects": b'{"a":' * 300_000,
    "many numbers": b"[" + b"1," * 300_000 + b"1]",
    "many candidates": b.to_bytes({"candidates": [{"content": {"parts": [{"text": "x"}]}}] * 15_000}),
    "many parts": b.gemini(*[{"text": "x" * 20}] * 15_000),
    "many images": b.gemini(*[b.inline("AAAA")] * 15_000),
    "many results": b.openai(*[{"b64_json": "AAAA"}] * 15_000),
    "one long base64": b.openai({"b64_json": "A" * 4_000_000}),
    "long base64 that is none": b.gemini(b.inline("A" * 4_000_000 + "!")),
    "one long string": b.to_bytes({"error": "x" * 4_000_000}),
    "one long number": b'{"error": {"code": ' + b"9" * 4000 + b"}}",
    "blanks": b" " * 4_000_000,
    "backslashes": b'{"error": "' + b"\\\\" * 1_000_000,
    "digits for a duration": b.rpc(429, "x", "y", b.retry_info("1s" * 300_000)),
}


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("body", HUGE.values(), ids=HUGE)
def test_it_is_done_in_time_with_what_was_made_to_hold_it_up(adapter: str, body: bytes) -> None:
    began_s = time.process_time()
    load(adapter).step(target(adapter), ASKS[0], (Exchange(200, {"x-request-id": "y" * 8000}, body),))
    assert time.process_time() - began_s < 3

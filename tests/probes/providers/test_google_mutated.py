"""Whatever is answered to a stream, a batch or Vertex AI: an answer or a next request, never an exception."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.model import Answer, Exchange, Pause, Request
from tests.probes import bodies as b
from tests.probes.pictures import cheap
from tests.probes.providers.asking import step, target
from tests.probes.providers.test_contract import JSON, STATUSES, places, put

SMALL: dict[str, Any] = json.loads(b.gemini(b.inline(cheap(16, 16), thought=True), b.inline(cheap(64, 64))))
JOB: dict[str, Any] = {
    "name": "batches/1",
    "done": True,
    "metadata": {"state": "BATCH_STATE_SUCCEEDED", "createTime": "2026-11-22T06:00:00Z"},
}
ITEMS = {"inlinedResponses": {"inlinedResponses": [{"response": SMALL}, {"error": {"code": 8, "message": "x"}}]}}
REAL: list[Any] = [
    SMALL,
    [SMALL, SMALL],
    json.loads(b.DAILY_429),
    JOB | {"error": {"code": 13, "message": "x"}},
    JOB | {"metadata": JOB["metadata"] | {"output": ITEMS}},
    {"name": "batches/1", "metadata": {"state": "BATCH_STATE_RUNNING"}},
]
WAYS = [{"stream": True}, {"batch": True}, {"service_tier": "priority"}]


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A real answer in which one thing is another, as JSON or as events, perhaps cut or with foreign bytes in it."""
    value = draw(st.sampled_from(REAL))
    value = put(value, draw(st.sampled_from(places(value))), draw(JSON))
    chunks = value if isinstance(value, list) and draw(st.booleans()) else [value]
    body = json.dumps(value).encode()
    if draw(st.booleans()):
        body = b"".join(
            b"data: " + json.dumps(chunk).encode() + draw(st.sampled_from([b"\n\n", b"\r\n", b""])) for chunk in chunks
        )
    at = draw(st.integers(0, len(body)))
    return draw(st.sampled_from([body, body[:at], body[:at] + draw(st.binary(max_size=6)) + body[at:]]))


EXCHANGES = st.lists(
    st.builds(Exchange, status=STATUSES, body=bodies(), ended_ms=st.floats(0, 1e9)), min_size=1, max_size=4
)


@pytest.mark.parametrize("options", WAYS, ids=lambda way: next(iter(way)))
@settings(max_examples=60)
@given(so_far=EXCHANGES)
def test_no_answer_is_too_strange(options: dict[str, Any], so_far: list[Exchange]) -> None:
    said = step(target("gemini", **options), *so_far)
    assert isinstance(said, Request | Pause | Answer)
    if isinstance(said, Answer) and said.images:
        assert said.picture is not None
        assert said.picture.size_bytes
    if isinstance(said, Pause):
        assert said.then.url == "https://api.example/v1beta/" + json.loads(so_far[0].body)["name"]

"""Where mutations begin: real conversations of every wire format, small ones, so that many can be tried."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from probes.model import Ask, Exchange, Secret, Target
from probes.providers import load, names
from tests.probes import bodies as b
from tests.probes.pictures import cheap
from tests.probes.verdicts import CASES

KEY = "sk-fuzz-0123456789abcdef"
ASKS = (Ask("1K", "1:1", "A red fox"), Ask("4K", "16:9", "a fox"), Ask())
_MOST_BYTES = 4000
_PNG = b.b64(cheap(64, 64))
_VARIANTS: Mapping[str, tuple[Mapping[str, Any], ...]] = {"gemini": ({"batch": True},)}


@dataclass(frozen=True, slots=True)
class Seed:
    """A conversation: who is asked, and what comes back, exchange by exchange."""

    adapter: str
    exchanges: tuple[Exchange, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        base_url = "https://api.example"
        return Target("p", self.adapter, base_url, "m", "bearer", Secret(KEY), options=self.options, timeout_s=60)


def options_of(adapter: str) -> dict[str, Any]:
    """What an adapter is asked with: the first example of its `Options`, if it has any."""
    options = getattr(load(adapter), "Options", None)
    examples = options.model_json_schema().get("examples", []) if options else []
    return options.model_validate(examples[0]).model_dump() if options and examples else {}


def seeds() -> list[Seed]:
    """Those of the table of verdicts, those that it lacks, and every body of one format for all the others."""
    small = [case for case in CASES if case.fault is None and len(case.body) < _MOST_BYTES]
    found = [
        Seed(case.adapter, (Exchange(case.status, case.headers, case.body), *case.fetched), options_of(case.adapter))
        for case in small
    ]
    bodies = sorted({case.body for case in small} | {one.body for _, _, more in _MORE for one in more})
    for adapter in names():
        variants = (options_of(adapter), *_VARIANTS.get(adapter, ()))
        found += [Seed(adapter, (Exchange(200, {}, body),), options) for body in bodies for options in variants]
    return found + [Seed(adapter, more, {**options_of(adapter), **options}) for adapter, options, more in _MORE]


def _said(*values: object) -> tuple[Exchange, ...]:
    return tuple(Exchange(200, {}, json.dumps(value).encode()) for value in values)


def _chat(message: Mapping[str, object]) -> tuple[Exchange, ...]:
    return _said({"id": "c1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "model": "m"})


def _batch(state: str, **more: object) -> dict[str, object]:
    meta = {"name": "batches/1", "state": f"BATCH_STATE_{state}", "createTime": "2026-11-22T00:00:00Z"}
    return {"name": "batches/1", "metadata": meta | more, "done": state not in {"PENDING", "RUNNING"}}


_ITEM = {"response": json.loads(b.gemini(b.inline(cheap(64, 64)))), "metadata": {"key": "k"}}
_FAILED = {"error": {"code": 8, "message": "Resource has been exhausted"}, "metadata": {"key": "k"}}
_URL = f"data:image/png;base64,{_PNG}"
_MORE: tuple[tuple[str, Mapping[str, Any], tuple[Exchange, ...]], ...] = (
    ("a1111", {}, _said({"images": [_PNG], "parameters": {}, "info": '{"seed": 1, "width": 64}'})),
    ("a1111", {}, _said({"error": "OutOfMemoryError", "detail": "", "body": "", "errors": "CUDA out of memory"})),
    ("openai_chat", {}, _chat({"role": "assistant", "content": f"![image]({_URL})"})),
    ("openai_chat", {}, _chat({"content": "", "images": [{"type": "image_url", "image_url": {"url": _URL}}]})),
    ("openai_chat", {}, _chat({"content": [{"type": "image_url", "image_url": {"url": _URL}}]})),
    ("openai_chat", {}, _chat({"content": json.dumps({"image": _PNG})})),
    ("openai_chat", {}, _chat({"content": "I cannot do that", "refusal": "no"})),
    ("http_json", {}, _said({"data": [{"b64_json": _PNG}], "error": None})),
    *(
        ("gemini", {"batch": True}, _said(_batch("PENDING"), _batch("RUNNING"), done))
        for done in (
            _batch("SUCCEEDED", output={"inlinedResponses": {"inlinedResponses": [_ITEM]}}),
            _batch("SUCCEEDED", output={"inlinedResponses": {"inlinedResponses": [_FAILED]}}),
            _batch("FAILED"),
            _batch("EXPIRED"),
        )
    ),
    (
        "kie",
        {},
        (
            *_said({"code": 200, "msg": "success", "data": {"taskId": "t1"}}),
            *(
                Exchange(200, {}, b.kie(200, "success", {"taskId": "t1", "state": state, "costTime": 18_500}))
                for state in ("waiting", "queuing", "generating")
            ),
            Exchange(
                200,
                {},
                b.kie(200, "ok", {"state": "success", "resultJson": '{"resultUrls":["https://f.example/x.png"]}'}),
            ),
            Exchange(302, {"location": "https://g.example/y.png"}, b""),
            Exchange(200, {}, cheap(64, 64)),
        ),
    ),
)

"""Conversations with one adapter, as its tests tell them."""

from collections.abc import Mapping
from typing import Any

from probes import outcomes
from probes.model import Answer, Ask, Exchange, Request, Secret, Step, Target
from probes.providers import load

KEY = "sk-test-0123456789"
ASK = Ask("1K", "1:1", "A red fox")
URL = "https://cdn.example/a%2Fb.png?sig=x%2B"


def target(adapter: str, model: str = "m", *, key: str = KEY, auth: str = "bearer", **options: Any) -> Target:  # noqa: ANN401 - options are any JSON
    """A provider with these options, checked and completed as the configuration does it."""
    checked = options_of(adapter, options)
    return Target("p", adapter, "https://api.example", model, auth=auth, key=Secret(key), options=checked)


def options_of(adapter: str, options: Mapping[str, Any], folder: str = ".") -> dict[str, Any]:
    """What the configuration hands to the adapter.

    Raises:
        ValidationError: the options are wrong.
    """
    model = load(adapter).Options  # type: ignore[attr-defined]  # of every adapter that takes options
    checked: dict[str, Any] = model.model_validate(dict(options), context={"folder": folder}).model_dump()
    return checked


def step(to: Target, *so_far: Exchange, ask: Ask = ASK) -> Step:
    return load(to.adapter).step(to, ask, so_far)


def request(to: Target, *so_far: Exchange, ask: Ask = ASK) -> Request:
    said = step(to, *so_far, ask=ask)
    assert isinstance(said, Request)
    return said


def answer(to: Target, *so_far: Exchange, ask: Ask = ASK) -> Answer:
    said = step(to, *so_far, ask=ask)
    assert isinstance(said, Answer)
    return said


def verdict(to: Target, *so_far: Exchange, ask: Ask = ASK, own: int = 1) -> tuple[str, str | None, str]:
    """Outcome, detail and whose doing; `own`: how many of the exchanges were with the provider itself."""
    found = outcomes.classify(ask, so_far[own - 1], answer(to, *so_far, ask=ask), accepted=own > 1)
    return found.outcome.value, found.detail, found.attribution.value


def ok(body: bytes, headers: Mapping[str, str] | None = None) -> Exchange:
    return Exchange(200, headers or {}, body)

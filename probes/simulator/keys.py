"""The key of a request, in the ways that providers accept it."""

import base64
from collections.abc import Sequence

from aiohttp import web

from probes.simulator.scenario import Auth


def presented(request: web.Request, ways: Sequence[Auth]) -> str | None:
    """The key, if it was given in one of these ways; None otherwise."""
    found: dict[Auth, str | None] = {
        "x-goog-api-key": request.headers.get("x-goog-api-key"),
        "bearer": _bearer(request.headers.get("authorization", "")),
        "query": request.query.get("key"),
        "basic": _basic(request.headers.get("authorization", "")),
    }
    return next((key for way in ways if (key := found.get(way))), None)


def _basic(header: str) -> str | None:
    """`user:password`, as AUTOMATIC1111's --api-auth has it."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode() or None
    except ValueError:
        return None


def _bearer(header: str) -> str | None:
    scheme, _, key = header.partition(" ")
    return key.strip() or None if scheme.lower() == "bearer" else None

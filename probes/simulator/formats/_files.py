"""The host of result files: images behind signed URLs, without a key, for a limited time. Shared by formats."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from probes.simulator.desk import Desk
from probes.simulator.endings import Ending
from probes.simulator.faults import AT_A_URL, Fault
from probes.simulator.ledger import Kind
from probes.simulator.nouns import Declined, ImageAsk, ImageFormat, Reply, Visit

FOLDER: Final = "files"
PLACED: Final = AT_A_URL | {Fault.BY_URL}
_PRIVATE: Final = "http://169.254.169.254/latest/meta-data/iam/security-credentials/"
_PAGE: Final = b"<!DOCTYPE html><html><body><p>This file has moved.</p></body></html>"


@dataclass(frozen=True, slots=True)
class _Result:
    """How to make a file again, until when, and whom to tell when it has been fetched."""

    name: str
    ask: ImageAsk
    fault: Fault | None
    expires_s: float
    fetched: Callable[[], None]


class Files:
    """The result files of one provider."""

    def __init__(self, desk: Desk) -> None:
        """Nothing is there yet."""
        self._desk = desk
        self._results: dict[str, _Result] = {}

    def route(self, fmt: ImageFormat) -> web.AbstractRouteDef:
        """Where they are fetched."""

        async def get(request: web.Request) -> web.StreamResponse:
            return await self._desk.open(request, fmt, self._answer, Kind.FILE)

        return web.get(f"/{FOLDER}/{{name}}", get)

    def url(
        self,
        origin: str,
        name: str,
        ask: ImageAsk,
        fault: Fault | None = None,
        fetched: Callable[[], None] = lambda: None,
    ) -> str:
        """The address of a new file; with a fault, an address where it is not to be had."""
        if fault is Fault.URL_PRIVATE:
            return _PRIVATE
        if fault is Fault.URL_SCHEME:
            return "file:///etc/hostname"
        now_s, ttl_s = self._desk.timeline.read(), self._desk.spec.url_ttl_s
        self._forget(now_s)
        file = hashlib.sha256(name.encode()).hexdigest()[:32] + ".png"
        if fault is not Fault.URL_404:
            expires_s = now_s if fault is Fault.URL_EXPIRED else now_s + ttl_s
            self._results[file] = _Result(name, ask, fault, expires_s, fetched)
        return f"{origin}/{self._desk.name}/{FOLDER}/{file}"

    def _forget(self, now_s: float) -> None:
        """Results that expired long ago; they are in order of their making."""
        for file, result in list(self._results.items()):
            if result.expires_s + self._desk.spec.url_ttl_s > now_s:
                break
            del self._results[file]

    def _answer(self, visit: Visit) -> Reply | Declined:
        """As a blob store: 404, or 403 when the signature has expired."""
        result = self._results.get(visit.request.match_info["name"])
        if result is None:
            return Declined(Ending.NOT_FOUND, _blob_error(404, "BlobNotFound", "The specified blob does not exist."))
        if self._desk.timeline.read() >= result.expires_s:
            text = "Signature not valid in the specified time frame"
            return Declined(Ending.NOT_FOUND, _blob_error(403, "AuthenticationFailed", text))
        if result.fault is Fault.URL_HTML:
            return Reply(200, (_PAGE,), {"content-type": "text/html"})
        if result.fault is Fault.URL_REDIRECT:
            return Reply(302, (), {"location": _PRIVATE})
        drawn = self._desk.studio.shown(result.name, result.ask, result.fault)
        result.fetched()
        return Reply(200, drawn.parts(), {"content-type": drawn.mime})


def _blob_error(status: int, code: str, message: str) -> Reply:
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Reply(status, (body.encode(),), {"content-type": "application/xml", "server": "Windows-Azure-Blob/1.0"})

"""Answers that no format has words for: proxies' pages, redirects, and HTTP 200 around something else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from probes.simulator.faults import Fault
from probes.simulator.nouns import ImageFormat, Refusal, Reply, Visit

_HTML: Final = {"content-type": "text/html; charset=UTF-8", "server": "cloudflare"}
_JSON: Final = {"content-type": "application/json"}
_DEPTH: Final = 100_000
_OTHER: Final = (
    b'{"candidates":"none","data":7,"choices":{"0":null},"images":{},"code":"200","created":[],"name":false,'
    b'"usageMetadata":[],"usage":"none","promptFeedback":3,"output":null,"result":[[[]]]}'
)


def _html(title: str, text: str = "") -> bytes:
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n{text}"
        "<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
    ).encode()


def _redirect(visit: Visit) -> Reply:
    """To a path of the same provider: who follows it stands in the ledger as an unknown path."""
    return Reply(307, (), {"location": f"{visit.request.url.origin()}{visit.request.path}/moved"})


_PAGES: Final[dict[Fault, Callable[[Visit], Reply]]] = {
    Fault.HTML_502: lambda _: Reply(502, (_html("502 Bad Gateway"),), _HTML | {"content-type": "text/html"}),
    Fault.HTML_524: lambda _: Reply(
        524, (_html("524: A timeout occurred", "<p>The origin did not answer.</p>"),), _HTML
    ),
    Fault.CLOUDFLARE_1010: lambda _: Reply(403, (b"error code: 1010",), _HTML | {"content-type": "text/plain"}),
    Fault.REDIRECT: _redirect,
}
_INSTEAD: Final[dict[Fault, Reply]] = {
    Fault.EMPTY: Reply(200, (), _JSON),
    Fault.EMPTY_OBJECT: Reply(200, (b"{}",), _JSON),
    Fault.HTML_200: Reply(200, (_html("Welcome to nginx!"),), _HTML),
    Fault.NOT_UTF8: Reply(200, (b'{"data":"\xff\xfe\xc3\x28"',), _JSON),
    Fault.DEEP_JSON: Reply(200, (b"[" * _DEPTH + b"]" * _DEPTH,), _JSON),
    Fault.OTHER_JSON: Reply(200, (_OTHER,), _JSON),
}


def page(visit: Visit, fault: Fault) -> Reply | None:
    """What stands in front of the provider answers; None if it is not that kind of fault."""
    made = _PAGES.get(fault)
    return made(visit) if made else None


def instead(visit: Visit, fmt: ImageFormat, fault: Fault) -> Reply:
    """HTTP 200 around what is no answer."""
    if fault is Fault.ERROR_IN_200:
        return replace(fmt.refuse(visit, Refusal(Fault.OVERLOADED)), status=200)
    return _INSTEAD[fault]

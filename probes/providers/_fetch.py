"""The image behind a URL: fetched without the key, because the host is a stranger.

Redirects are followed, a few: there is no key that could leave with them. What a provider names is fetched only
over HTTP; anything but 200 at the end means that nobody has an image.
"""

from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from probes.images import examine
from probes.model import Exchange, Picture, Request
from probes.providers._json import decode_base64

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_MAX_HOPS = 5


def fetch(url: str, fetched: Sequence[Exchange]) -> Request | Picture:
    """The next request on the way to the image, or what was found at its end."""
    for hops, exchange in enumerate(fetched, 1):
        location = exchange.headers.get("location")
        if exchange.status == 200:
            return examine(exchange.body)
        if exchange.status not in _REDIRECTS or not location or hops > _MAX_HOPS:
            return Picture(problem=f"url_{exchange.status}")
        url = _join(url, location)
    return Request("GET", url, carries_key=False) if _is_http(url) else Picture(problem="url_not_http")


def take(url: str, fetched: Sequence[Exchange]) -> Request | Picture | None:
    """The image that a URL holds (`data:`) or leads to; None where it holds something that is no base64."""
    if not url[:5].lower().startswith("data:"):
        return fetch(url, fetched)
    data = decode_base64(url.partition(",")[2])
    return None if data is None else examine(data)


def _join(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError:
        return ""


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)

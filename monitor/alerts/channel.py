"""The only place that knows Apprise: is this an address, and send there. Nothing said here repeats the address."""

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from monitor.alerts.message import Message

_CODE = re.compile(r"\berror=(\d{3})\b")
_SCHEME = re.compile(r"([a-z0-9]+)://", re.IGNORECASE)


def fault_of(url: str | None) -> str | None:
    """Why this is no address that alerts can go to; None: it is one."""
    if url is None:
        return "is not set"
    if not url.strip():
        return "is empty"
    scheme = _SCHEME.match(url.strip())
    if scheme is None:
        return "holds no URL; write one as Apprise knows them, such as mailto://, slack:// or json://"
    with _apprise() as apprise:
        schemes = set(apprise.plugins.N_MGR.schemas())
        if scheme[1].lower() not in schemes:
            return "begins with a scheme that Apprise does not know; see the list at appriseit.com/services"
        if apprise.Apprise.instantiate(url.strip(), suppress_exceptions=True) is None:
            return f"is no complete {scheme[1].lower()}:// address; see appriseit.com/services"
    return None


def send(message: Message, url: str) -> str | None:
    """Why the service there did not take it; None: it did."""
    with _apprise() as apprise, _warned() as said:
        place = apprise.Apprise(
            asset=apprise.AppriseAsset(app_id="Upheld", app_desc="Upheld", app_url="", async_mode=False)
        )
        if not place.add(url.strip()):
            return "is no address that Apprise knows"
        kind = apprise.NotifyType.WARNING if message.is_bad else apprise.NotifyType.SUCCESS
        if place.notify(
            title=message.title, body=message.body, notify_type=kind, body_format=apprise.NotifyFormat.TEXT
        ):
            return None
    codes = [code[1] for line in said if (code := _CODE.search(line))]
    return f"did not take it (HTTP {codes[-1]})" if codes else "did not take it"


@contextmanager
def _apprise() -> Iterator[Any]:
    """The library, loaded here: it takes half a second, and imports what Python calls deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import apprise  # noqa: PLC0415 - see above
        import apprise.plugins  # noqa: PLC0415 - as above

        yield apprise


@contextmanager
def _warned() -> Iterator[list[str]]:
    """What the library logs meanwhile; kept from every other log, because it names addresses."""
    lines: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger, handler = logging.getLogger("apprise"), Kept(logging.WARNING)
    before, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.propagate = before

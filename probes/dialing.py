"""From a host and port to a connection: name, judgement of its addresses, TCP, TLS; each phase stamped.

Several addresses are tried as RFC 8305 says (the next after a quarter of a second, or as soon as one fails).
"""

import asyncio
import errno
import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, zip_longest
from typing import Any

from probes import arrivals
from probes.connection import Connection
from probes.stamps import Stamps
from probes.strangers import refused_address
from probes.wire_faults import NameLookupError

_NEXT_AFTER_S = 0.25
_NAMES_HOLD_S = 10.0
_MOST_NAMES = 1000
Address = tuple[socket.AddressFamily, tuple[Any, ...]]  # family, and what `connect` takes


class RefusedError(Exception):
    """A stranger's URL that we do not connect to; the message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection leads. `trust`: whom to believe, where it is encrypted."""

    host: str
    port: int
    trust: ssl.SSLContext | None


@lru_cache(maxsize=4)
def trust(ca_file: str | None) -> ssl.SSLContext:
    """Whom to believe: the system's authorities and, if given, one of our own. Read once, it takes 20 ms and more."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


class Names:
    """Names looked up in threads, each once at a time, and held for ten seconds."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: dict[tuple[str, int], tuple[float, asyncio.Task[list[Address]]]] = {}

    async def addresses(self, host: str, port: int, *, anew: bool) -> list[Address]:
        """In the order of preference; `anew`: whatever was known.

        Raises:
            NameLookupError: there is none.
        """
        now_s = asyncio.get_running_loop().time()
        held_until_s, looking = self._known.get((host, port), (float("-inf"), None))
        if anew or looking is None or now_s > held_until_s:
            if len(self._known) >= _MOST_NAMES:
                self._known.clear()
            looking = asyncio.create_task(_looked_up(host, port))
            self._known[host, port] = now_s + _NAMES_HOLD_S, looking
            looking.add_done_callback(lambda done: self._forget_failed((host, port), done))
        return await asyncio.shield(looking)

    def _forget_failed(self, key: tuple[str, int], done: "asyncio.Task[list[Address]]") -> None:
        failed = done.cancelled() or done.exception() is not None
        if failed and self._known.get(key, (0.0, None))[1] is done:
            del self._known[key]


async def _looked_up(host: str, port: int) -> list[Address]:
    loop, flags = asyncio.get_running_loop(), socket.AI_ADDRCONFIG
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except (socket.gaierror, UnicodeError) as exc:  # the latter: too long to be a name
        raise NameLookupError(f"{host}: {exc}") from exc
    by_family: dict[socket.AddressFamily, list[Address]] = {}
    for family, _, _, _, address in found:
        by_family.setdefault(family, []).append((family, address))
    return [one for one in chain.from_iterable(zip_longest(*by_family.values())) if one is not None]


async def dialled(
    place: Place, stamps: Stamps, names: Names, *, allowed: frozenset[str] | None, anew: bool
) -> Connection:
    """A new connection, ready to be used.

    `allowed`: the kinds of special address that a stranger's URL may lead to; None: any. `anew`: no name is remembered.

    Raises:
        RefusedError: a stranger's host has an address that we do not connect to; nothing was sent.
        OSError: there is none, in whatever way.
    """
    addresses = _literal(place)
    if addresses is None:
        stamps.mark("dns_start")
        addresses = await names.addresses(place.host, place.port, anew=anew)
        stamps.mark("dns_end")
    if allowed is not None and (why := refused_address((str(one[1][0]) for one in addresses), allowed)) is not None:
        raise RefusedError(why)
    stamps.mark("dialled")
    sock, late_s = await _first_of(addresses)
    stamps.mark("connected", late_s)
    connection = Connection(sock, asyncio.get_running_loop())
    if place.trust is not None:
        stamps.encrypted = True
        try:
            stamps.delay(await connection.encrypt(place.trust, place.host))
        except BaseException:
            connection.close()
            raise
    return connection


def _literal(place: Place) -> list[Address] | None:
    """An address needs no name server."""
    try:
        version = ipaddress.ip_address(place.host.partition("%")[0]).version
    except ValueError:
        return None
    if version == 4:
        return [(socket.AF_INET, (place.host, place.port))]
    return [(socket.AF_INET6, (place.host, place.port, 0, 0))]


async def _first_of(addresses: Sequence[Address]) -> tuple[socket.socket, float | None]:
    """The first that is connected, and how many seconds ago it was."""
    if len(addresses) == 1:
        return await _connected(addresses[0])
    left, trying, failures = list(addresses), set[asyncio.Task[tuple[socket.socket, float | None]]](), list[OSError]()
    try:
        while left or trying:
            if left:
                trying.add(asyncio.create_task(_connected(left.pop(0))))
            done, trying = await asyncio.wait(
                trying, timeout=_NEXT_AFTER_S if left else None, return_when=asyncio.FIRST_COMPLETED
            )
            failures += [exc for task in done if isinstance(exc := task.exception(), OSError)]
            if winners := [task for task in done if task.exception() is None]:
                trying |= set(winners[1:])
                return winners[0].result()
    finally:
        await _given_up(trying)
    raise _together(failures)


async def _given_up(trying: "set[asyncio.Task[tuple[socket.socket, float | None]]]") -> None:
    for task in trying:
        task.cancel()
    for found in await asyncio.gather(*trying, return_exceptions=True):
        if not isinstance(found, BaseException):
            found[0].close()


def _together(failures: Sequence[OSError]) -> OSError:
    """One failure out of several: their own, if all are of one kind."""
    numbers = {failure.errno for failure in failures}
    if len(numbers) == 1:
        return failures[0]
    return OSError("; ".join(map(str, failures)))


async def _connected(address: Address) -> tuple[socket.socket, float | None]:
    family, where = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)  # noqa: FBT003 - the name says it
        arrivals.ask_for(sock)
        return sock, await _connect(sock, where)
    except BaseException:
        sock.close()
        raise


async def _connect(sock: socket.socket, where: tuple[Any, ...]) -> float | None:
    begun_s = time.perf_counter()
    code = sock.connect_ex(where)
    if code == errno.EINPROGRESS:
        await _writable(sock)
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, f"{os.strerror(code)} ({where[0]}, port {where[1]})")
    took_s = arrivals.handshake_s(sock)
    return None if took_s is None else max(time.perf_counter() - begun_s - took_s, 0.0)


async def _writable(sock: socket.socket) -> None:
    loop, fd = asyncio.get_running_loop(), sock.fileno()
    over: asyncio.Future[None] = loop.create_future()

    def told() -> None:
        if not over.done():
            over.set_result(None)

    loop.add_writer(fd, told)
    try:
        await over
    finally:
        loop.remove_writer(fd)

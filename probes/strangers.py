"""Where an image that a provider names may be fetched from: the open internet, and not our own network.

A provider chooses the URL of its result, and so chooses what our machine asks for. Names are no protection (one that
led to the internet a moment ago can lead to 127.0.0.1 now), so the addresses are judged where the connection is made.
Address blocks: IANA's special-purpose registries (RFC 6890), as Python's `ipaddress` has them, and the ways in which
IPv6 carries an IPv4 address (RFC 4291, 6052, 8215, 3056, 4380).
"""

import ipaddress
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # the last four bytes are the IPv4 address that is meant
_RETIRED = (
    ipaddress.IPv6Network("64:ff9b:1::/48"),  # NAT64 of one's own network
    ipaddress.IPv6Network("2002::/16"),  # 6to4
    ipaddress.IPv6Network("2001::/32"),  # Teredo
    ipaddress.IPv6Network("::/96"),  # IPv4-compatible; ::1 and :: are told before
)
_OURS = frozenset(("loopback", "private"))
_OWN_SUFFIXES = ("localhost", "local", "internal", "lan", "home.arpa")  # names that nobody outside can have
NOWHERE: frozenset[str] = frozenset()  # no kind of special address is allowed


def kind_of(address: str) -> str | None:
    """What kind of special address this is; None for an ordinary one of the internet."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "no address"
    return _kind(parsed)


def _kind(address: IPv4Address | IPv6Address) -> str | None:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return _kind(address.ipv4_mapped)
        if address in _NAT64:
            return _kind(IPv4Address(int(address) & 0xFFFFFFFF))
    for name, holds in (
        ("unspecified", address.is_unspecified),
        ("loopback", address.is_loopback),
        ("link-local", address.is_link_local),
        ("multicast", address.is_multicast),
    ):
        if holds:
            return name
    if isinstance(address, IPv6Address) and (address.is_site_local or any(address in block for block in _RETIRED)):
        return "reserved"
    if address.is_reserved or not address.is_global:
        return "private" if address.is_private and not address.is_reserved else "reserved"
    return None


def allowed_by(base_url: str) -> frozenset[str]:
    """The kinds of special address that images of this provider may come from: those of its own place, if any.

    Judged by how the provider is configured and not by what its name leads to, which is its own to decide.
    """
    try:
        host = (urlsplit(base_url).hostname or "").rstrip(".")
    except ValueError:
        return NOWHERE
    kind = kind_of(host)
    if kind == "no address":
        return _OURS if _is_of_our_network(host) else NOWHERE
    return _OURS if kind in _OURS else frozenset(filter(None, (kind,)))


def _is_of_our_network(host: str) -> bool:
    """A name without a dot, or below one that is never given to anybody: of a host file, container or router."""
    return bool(host) and ("." not in host or host.endswith(tuple(f".{suffix}" for suffix in _OWN_SUFFIXES)))


def refusal(url: str) -> str | None:
    """Why a URL is not even looked up: another scheme than http(s), no host, or a user in it; None if it may be."""
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
    except ValueError:
        return "no URL"
    if parts.scheme not in {"http", "https"}:
        return "only http and https are fetched"
    if user is not None or "@" in parts.netloc:
        return "a URL with a user in it is not fetched"
    return None if host else "a URL without a host"


def refused_address(addresses: Iterable[str], allowed: frozenset[str]) -> str | None:
    """Why these addresses of one host are not connected to; None if every one of them may be."""
    kinds = {kind for address in addresses if (kind := kind_of(address)) is not None}
    forbidden = sorted(kinds - allowed)
    return f"its host has a {' and a '.join(forbidden)} address" if forbidden else None

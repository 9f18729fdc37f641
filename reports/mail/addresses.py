"""Addresses that may stand in a header: one line, one mailbox, ASCII on the wire; pure."""

import unicodedata
from email import policy
from email.errors import HeaderParseError, NonASCIILocalPartDefect
from email.headerregistry import Address, AddressHeader
from typing import cast

_NOT_ONE = "{!r} is not one address; write it like name@example.org"


class AddressError(ValueError):
    """A text that is no mailbox; the message says which and why."""

    exit_code = 2


def parse(text: str) -> Address:
    """`upheld@example.org` or `Upheld <upheld@example.org>`; names in any script, an international domain in IDNA.

    Raises:
        AddressError: More than one line or mailbox, or none.
    """
    if any(unicodedata.category(c)[0] == "C" for c in text):
        raise AddressError(f"{text!r}: an address holds no line break or control character")
    address = _only(text)
    return Address(address.display_name, address.username, _ascii_domain(address.domain, text))


def _only(text: str) -> Address:
    try:
        header = policy.default.header_factory("from", text)
        groups = cast("AddressHeader", header).groups  # what the factory makes of a From field
    except (HeaderParseError, IndexError, ValueError):  # the standard library's parser raises all three
        raise AddressError(_NOT_ONE.format(text)) from None
    if any(isinstance(defect, NonASCIILocalPartDefect) for defect in header.defects):
        raise AddressError(f"{text!r}: the part before the @ must be ASCII, or many servers refuse it")
    if header.defects or len(groups) != 1 or groups[0].display_name is not None or not groups[0].addresses[0].domain:
        raise AddressError(_NOT_ONE.format(text))
    return groups[0].addresses[0]


def _ascii_domain(domain: str, text: str) -> str:
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise AddressError(f"{text!r}: {domain!r} is no domain name") from None

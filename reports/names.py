"""Names of providers are foreign text: what they become in file names, in anchors and in narrow places."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count

_MOST = 64
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)$")  # names that Windows keeps to itself


def _plain(name: str) -> str:
    """Lower-case ASCII letters, digits and single hyphens; may be empty."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")[:_MOST].strip("-")


def _marked(name: str) -> str:
    """The plain name with a digest of the whole one: safe for any text, and its own."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{_plain(name)[: _MOST - 13] or 'provider'}-{digest}"


def slugs(names: Iterable[str]) -> dict[str, str]:
    """Name -> a file name's stem, safe on every file system and unique, the same in whatever order they come.

    A name keeps its plain form where nobody else has it; where two would share one, all of them get a digest.
    """
    names = sorted(set(names))
    taken = Counter(_plain(name) for name in names)
    clear = {
        name: plain for name in names if (plain := _plain(name)) and taken[plain] == 1 and not _DEVICES.match(plain)
    }
    used = set(clear.values())
    for name in names:
        if name not in clear:
            slug = _marked(name)
            while slug in used:  # somebody is called like our digest
                slug += "x"
            clear[name] = slug
            used.add(slug)
    return clear


def shorts(names: Iterable[str], most: int = 16) -> dict[str, str]:
    """Name -> a form for narrow places, cut with an ellipsis and still unique; the full name stands elsewhere."""
    found: dict[str, str] = {}
    for name in sorted(set(names), key=lambda name: (len(name) > most, name)):
        used = set(found.values())
        found[name] = next(form for form in _cut(name, most) if form not in used)
    return found


def _cut(name: str, most: int) -> Iterator[str]:
    if len(name) <= most:
        yield name
    yield f"{name[: most - 1].rstrip()}…"
    yield f"{name[: most - 6].rstrip()}…{name[-5:]}"
    for number in count(2):
        yield f"{name[: most - 4].rstrip()}… {number}"

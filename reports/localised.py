"""Text as it was composed (English: `1,234.5`, `22 Nov 2026`) -> the numbers and dates of a locale; pure.

Done once, to finished text, so that a number in a sentence of the judgement and the same number in a table beside it
cannot be written differently: `1,234` next to `1.234,5` would be read as 1.234. Names of others, code, addresses and
versions stay as they are, quotations and their sources too (`<q>`, `<cite>`); ISO dates and the 24 hours of the clock
read the same everywhere. The language stays English. What a script draws learns the separators from `data-number`,
a number that is rewritten like all others.
"""

import html
import re
from collections.abc import Collection, Iterator

from monitor.judge.result import Judgement
from monitor.locales import ENGLISH, Style

_MONTH = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_NUMBER = r"(?<![\w.,:/@-])-?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)(?![\w:/@-]|[.,]\d)"
_UNITS = r"(?<![\w.,:/@-])-?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+)(?=[smh]\b)"  # `2.4h` in the cell of a day
_DATE = rf"\b(?P<day>\d{{1,2}}(?: to \d{{1,2}})?) (?P<month>{_MONTH})\b(?: (?P<year>\d{{4}})\b)?"
_ADDRESS = r"\b(?:https?://|mailto:)\S+"
_APART = re.compile(r"(<!--.*?-->|<(script|style|code|pre|q|cite)\b.*?</\2>|<[^>]*>)", re.DOTALL)
_SPOKEN = re.compile(r'(?<=\s)(aria-label|title|alt|data-h|data-number)="([^"]*)"')


def names_of(judgement: Judgement) -> set[str]:
    """What others are called: it may look like a number, and is none."""
    return {name for key, said in judgement.providers.items() for name in (key, said.model, judgement.location) if name}


def text(composed: str, style: Style, names: Collection[str] = ()) -> str:
    """Plain text. A character takes the place of a character, so that what was aligned stays so (but for dates)."""
    if style == ENGLISH:
        return composed
    kept = "|".join([_ADDRESS, *(re.escape(name) for name in sorted(names, key=len, reverse=True))])
    pattern = re.compile(rf"(?P<kept>{kept})|(?P<number>{_NUMBER}|{_UNITS})|{_DATE}")
    return pattern.sub(lambda found: _written(found, style), composed)


def page(composed: str, style: Style, names: Collection[str] = ()) -> str:
    """HTML: what is read and what is read aloud, never what is run, linked or drawn."""
    if style == ENGLISH:
        return composed
    escaped = {*names, *map(html.escape, names)}
    return "".join(_pieces(composed, style, escaped))


def _pieces(composed: str, style: Style, names: Collection[str]) -> Iterator[str]:
    at = 0
    for apart in _APART.finditer(composed):
        yield text(composed[at : apart.start()], style, names)
        yield apart[0] if apart[2] else _SPOKEN.sub(lambda said: _spoken(said, style, names), apart[0])
        at = apart.end()
    yield text(composed[at:], style, names)


def _spoken(said: re.Match[str], style: Style, names: Collection[str]) -> str:
    return f'{said[1]}="{text(said[2], style, names)}"'


def _written(found: re.Match[str], style: Style) -> str:
    if found["number"]:
        return found["number"].translate({ord(","): style.group, ord("."): style.decimal})
    if found["month"] and style.month_first:
        year = f", {found['year']}" if found["year"] else ""
        return f"{found['month']} {found['day']}{year}"
    return found[0]

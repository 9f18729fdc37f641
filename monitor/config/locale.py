"""The locale of numbers and dates, as the configuration names it."""

from typing import Annotated

from pydantic import AfterValidator

from monitor.locales import STYLES
from monitor.strict import nearest


def _locale(text: str) -> str:
    if text not in STYLES:
        raise ValueError(f"{text[:60]!r} is no known locale; {nearest(text, tuple(sorted(STYLES)))}")
    return text


Locale = Annotated[str, AfterValidator(_locale)]

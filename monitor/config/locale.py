"""The locale of numbers and dates, as the configuration names it."""

from typing import Annotated

from pydantic import AfterValidator

from monitor.locales import STYLES


def _locale(text: str) -> str:
    if text not in STYLES:
        near = sorted(tag for tag in STYLES if tag.partition("-")[0] == text[:2].lower())
        hint = f"known of that language: {', '.join(near)}" if near else "write it like en-GB, en-US or de-DE"
        raise ValueError(f"{text[:60]!r} is no known locale; {hint}")
    return text


Locale = Annotated[str, AfterValidator(_locale)]

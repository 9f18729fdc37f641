"""Text from outside, made fit to keep: without keys, without what no database or page can hold, and short."""

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from probes.model import Answer, Secret

MAX_CHARS = 500
_READ_CHARS = 8 * MAX_CHARS
_SHORTEST_KEY = 4  # what is shorter guards nothing, and would blank out words
_SHORTEST_PIECE = 6  # characters of a key that, at the end of a text that was cut, are taken for the key
_LONGEST_SPELLING = 8
_CUT_SPELLING = re.compile(r"(?:%[0-9a-f]?|\\(?:u[0-9a-f]{0,3})?|&#?[0-9a-z]{0,6})?", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def scrub(text: str | None, secrets: Sequence[Secret]) -> str | None:
    """The text without any of the keys; at most 500 characters, none of them a control or half a character.

    Keys are found as they are, in any case, and as URLs, JSON and HTML spell them; also the beginning of a key
    where the text was cut in its middle.
    """
    if text is None:
        return None
    text = text[:_READ_CHARS]
    for secret in secrets:
        if len(secret.reveal()) >= _SHORTEST_KEY:
            spellings, whole = _patterns(secret)
            text = _without_beginning(whole.sub("***", text), spellings)
    return _UNPRINTABLE.sub(" ", text)[:MAX_CHARS]


def scrub_answer(answer: Answer, secrets: Sequence[Secret]) -> Answer:
    """The answer with every text of the provider scrubbed: whatever is made of it cannot hold a key."""

    def clean(text: str | None) -> str | None:
        return scrub(text, secrets)

    fault, limits = answer.fault, answer.limits
    said = (answer.finish, answer.block, answer.text, answer.request_id, answer.model_version, answer.degraded)
    if fault is None and limits.quota is None and all(clean(text) == text for text in said):
        return answer  # the usual one
    return replace(
        answer,
        finish=clean(answer.finish),
        block=clean(answer.block),
        text=clean(answer.text),
        request_id=clean(answer.request_id),
        model_version=clean(answer.model_version),
        degraded=clean(answer.degraded),
        limits=replace(limits, quota=clean(limits.quota)),
        fault=fault
        and replace(
            fault,
            message=clean(fault.message) or "",
            code=clean(fault.code),
            status=clean(fault.status),
            reason=clean(fault.reason),
            type=clean(fault.type),
            quota=tuple(clean(quota) or "" for quota in fault.quota),
        ),
    )


def _without_beginning(text: str, spellings: tuple[re.Pattern[str], ...]) -> str:
    """The text without the first characters of a key at its very end."""
    for start in range(max(0, len(text) - _LONGEST_SPELLING * len(spellings)), len(text)):
        position, matched = start, 0
        for spelling in spellings:
            if (found := spelling.match(text, position)) is None:
                break
            position, matched = found.end(), matched + 1
        if matched >= _SHORTEST_PIECE and _CUT_SPELLING.fullmatch(text, position):
            return text[:start] + "***"
    return text


@lru_cache(maxsize=256)
def _patterns(secret: Secret) -> tuple[tuple[re.Pattern[str], ...], re.Pattern[str]]:
    """A pattern of each character of the key, and one of the whole."""
    key = secret.reveal()
    spellings = [_spellings(char) for char in key]
    each = tuple(re.compile(spelling, re.IGNORECASE) for spelling in spellings)
    return each, re.compile(rf"{re.escape(key)}|{''.join(spellings)}", re.IGNORECASE)


def _spellings(char: str) -> str:
    r"""One character: %XX, \uXXXX, an HTML entity, itself, or itself after a backslash; atomic, so never slow."""
    percent = "".join(f"%{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))
    code, entity = ord(char), re.escape(html.escape(char))
    plus = r"|\+" if char == " " else ""
    return rf"(?>{percent}|\\u{code:04x}|&\#0*{code};|&\#x0*{code:x};|{entity}|\\?{re.escape(char)}{plus})"

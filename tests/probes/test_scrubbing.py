"""No text that a provider sends brings a key, or what cannot be stored, into a row."""

import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.model import Answer, Fault, Limits, Secret
from probes.scrubbing import scrub, scrub_answer

KEY = "sk-Upheld/Test+Key=42&more%"
KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=60)


@pytest.mark.parametrize(
    "spelt",
    [
        KEY,
        KEY.lower(),
        KEY.upper(),
        quote(KEY, safe=""),
        quote(KEY),
        quote_plus(KEY).lower(),
        json.dumps(KEY)[1:-1],
        json.dumps(KEY)[1:-1].replace("/", "\\/"),
        html.escape(KEY),
        "".join(f"\\u{ord(char):04x}" for char in KEY),
        "".join(f"&#x{ord(char):X};" for char in KEY),
        "".join(f"%{ord(char):02x}" for char in KEY),
    ],
)
def test_a_key_is_found_however_it_is_spelt(spelt: str) -> None:
    assert scrub(f"key: {spelt}, sorry", (Secret(KEY),)) == "key: ***, sorry"


@pytest.mark.parametrize("length", range(6, len(KEY)))
def test_the_beginning_of_a_key_at_the_end_of_a_text_that_was_cut_is_found(length: int) -> None:
    assert scrub("Incorrect API key provided: " + KEY[:length], (Secret(KEY),)) == "Incorrect API key provided: ***"
    cut_in_a_url = "GET /v1?key=" + quote(KEY, safe="")[:length]
    assert KEY[:6] not in str(scrub(cut_in_a_url, (Secret(KEY),)))


@given(key=KEYS, before=st.text(max_size=30), after=st.text(max_size=30), again=st.integers(1, 200))
def test_a_key_never_comes_through(key: str, before: str, after: str, again: int) -> None:
    scrubbed = scrub((before + key + after) * again, (Secret(key),))
    assert scrubbed is not None
    if key not in (before + "***" + after) * 2:  # unless the text around it spells the key anew
        assert key.lower() not in scrubbed.lower()
        assert not scrubbed.endswith(key[:8]) or (before + after).find(key[:8]) >= 0


def test_every_key_is_looked_for() -> None:
    assert scrub("first-key second-key", (Secret("first-key"), Secret("second-key"))) == "*** ***"


@pytest.mark.parametrize("key", ["", "a", "abc"])
def test_what_is_too_short_to_guard_anything_does_not_blank_out_words(key: str) -> None:
    assert scrub("an abc of errors", (Secret(key),)) == "an abc of errors"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (None, None),
        ("", ""),
        ("a\x00b", "a b"),
        ("a\x1b[31mb", "a [31mb"),
        ("a\ud800b", "a b"),
        ("a\u2028b\x85c", "a b c"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("分组 default 无可用渠道", "分组 default 无可用渠道"),
        ("🦊", "🦊"),
        ("x" * 501, "x" * 500),
    ],
)
def test_what_is_kept_of_a_text(text: str | None, kept: str | None) -> None:
    assert scrub(text, ()) == kept


@given(text=st.text(st.characters(), max_size=600))
def test_what_is_kept_can_be_stored_everywhere(text: str) -> None:
    kept = scrub(text, (Secret(KEY),))
    assert kept is not None
    assert len(kept) <= 500
    assert kept.encode().decode() == kept
    assert "\x00" not in kept


def test_long_texts_and_long_keys_take_no_time() -> None:
    key = Secret("ya29." + "aB3-" * 700)
    began_s = time.process_time()
    for text in ("aB3-" * 1_000_000, key.reveal()[:-1] * 100, "ya29." * 2000, "\\u00" * 500_000):
        scrub(text, (key,))
    scrub("\\" * 4000 + "x", (Secret("\\" * 60 + "y"),))
    assert time.process_time() - began_s < 2


def test_every_text_of_an_answer_is_scrubbed() -> None:
    said = f"x{KEY}y"
    answer = Answer(
        finish=said,
        block=said,
        text=said,
        fault=Fault(said, said, said, said, said, (said, said)),
        degraded=said,
        limits=Limits(quota=said, retry_after_s=3.0),
        request_id=said,
        model_version=said,
        server_ms=5.0,
    )
    scrubbed = scrub_answer(answer, (Secret(KEY),))
    assert KEY not in repr(scrubbed)
    assert repr(scrubbed).count("x***y") == 14
    assert (scrubbed.limits.retry_after_s, scrubbed.server_ms) == (3.0, 5.0)
    assert scrub_answer(Answer(), (Secret(KEY),)) == Answer()

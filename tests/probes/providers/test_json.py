"""The small readers that every JSON dialect needs, as tables."""

import base64
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.model import Exchange
from probes.providers._json import decode_base64, duration_s, number, parse, retry_after_s, said, text, word


@pytest.mark.parametrize(
    ("said_", "seconds"),
    [
        ("26", 26.0),
        ("26s", 26.0),
        ("600.5s", 600.5),
        ("0.5s", 0.5),
        ("120ms", 0.12),
        ("1m30s", 90.0),
        ("6m0s", 360.0),
        ("1h2m3.5s", 3723.5),
        (" 12s ", 12.0),
        ("0", 0.0),
        ("-1", None),
        ("-1s", None),
        ("1 s", None),
        ("s", None),
        ("1d", None),
        ("1e400s", None),
        ("9" * 30 + "h", None),
        ("nan", None),
        ("inf", None),
        ("", None),
        (None, None),
        ("Sun, 22 Nov 2026 10:00:00 GMT", None),
    ],
)
def test_durations(said_: str | None, seconds: float | None) -> None:
    assert duration_s(said_) == seconds


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (7, 7.0),
        ("7", 7.0),
        (" 7.5 ", 7.5),
        ("1e3", 1000.0),
        ("-1", -1.0),
        ("250,000", None),
        ("1_000", None),
        ("１２", None),  # digits of another script are no number on this wire
        ("0x10", None),
        ("nan", None),
        (math.nan, None),
        (math.inf, None),
        (10**400, None),
        ("9" * 400, None),
        (1e16, None),
        (True, None),
        (None, None),
        ([1], None),
        ("", None),
    ],
)
def test_numbers(value: object, result: float | None) -> None:
    assert number(value) == result


@pytest.mark.parametrize(
    ("value", "result"),
    [("a", "a"), (7, "7"), (0, "0"), ("", None), (None, None), (True, None), ({}, None), ([], None)],
)
def test_text(value: object, result: str | None) -> None:
    assert text(value) == result
    assert word(value) == result
    assert said(value) == result


def test_a_long_label_is_none_and_a_long_message_is_its_beginning() -> None:
    assert word("x" * 200) == "x" * 200
    assert word("x" * 201) is None
    assert said("x" * 9000) == "x" * 2000


@given(data=st.binary(max_size=200), cut=st.integers(0, 3))
def test_base64_is_read_with_and_without_padding_in_both_alphabets(data: bytes, cut: int) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        encoded = encode(data).decode()
        assert decode_base64(encoded) == data
        assert decode_base64(encoded.rstrip("=")) == data
        whole = encoded.rstrip("=")
        short = decode_base64(whole[: len(whole) - cut])
        assert short is not None
        assert data.startswith(short[:-1])  # cut short, it is the beginning of the data, and never made up


@pytest.mark.parametrize(
    "data", ["not base64!", "data:image/png;base64,AAAA", "AAAA\nAAAA", "ÄÖ", "AA=A", "\ud800", "AAAA!", "!"]
)
def test_what_is_no_base64_is_not_guessed(data: str) -> None:
    assert decode_base64(data) is None


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b'{"a": 1}', None),
        (b'\xef\xbb\xbf{"a": 1}', None),
        (b" [] ", None),
        (b"null", None),
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"<html>", "html"),
        (b"  <!DOCTYPE", "html"),
        (b"upstream connect error", "not_json"),
        (b"error code: 1010", "not_json"),
        (b"[ERROR] out of memory", "not_json"),
        (b"{broken}", "not_json"),
        (b"{'a': 1}", "not_json"),
        (b'{"a": 1} trailing', "not_json"),
        (b"\x89PNG\r\n\x1a\n", "not_json"),
        (b'{"a": "\xff\xfe"}', "not_json"),
        (b"[" * 100_000, "not_json"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not_json"),
        (b"{", "cut"),
        (b"[", "cut"),
        (b'{"a', "cut"),
        (b'{"a"', "cut"),
        (b'{"a":', "cut"),
        (b'{"a": 1', "cut"),
        (b'{"a": 1,', "cut"),
        (b'{"a": tr', "cut"),
        (b'{"a": -', "cut"),
        (b'{"a": "x', "cut"),
        (b'{"a": "x\\', "cut"),
        (b'{"a": "x\\u12', "cut"),
        (b'{"a": "\xe5\x88', "cut"),
        (b'{"a": {"b": 1}', "cut"),
        (b'[{"a": 1}, {"b"', "cut"),
    ],
)
def test_bodies(body: bytes, problem: str | None) -> None:
    value, found = parse(Exchange(200, {}, body))
    assert found == problem
    assert problem is None or value is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.data(),
)
def test_json_that_was_cut_anywhere_is_called_cut(value: object, data: st.DataObject) -> None:
    import json  # noqa: PLC0415 - only here

    body = json.dumps({"a": value}, ensure_ascii=data.draw(st.booleans())).encode("utf-8", "surrogatepass")
    length = data.draw(st.integers(1, len(body) - 1))
    _, problem = parse(Exchange(200, {}, body[:length]))
    assert problem == "cut"


@given(st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms", "date"]), st.text(max_size=40)))
def test_no_header_makes_it_raise(headers: dict[str, str]) -> None:
    seconds = retry_after_s(headers)
    assert seconds is None or seconds >= 0

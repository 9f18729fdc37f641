"""Indented JSON says what was to be said, or refuses."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.json_text import indented

numbers = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
texts = st.text(st.characters(codec="utf-8"))
data = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(texts, inner)),
    max_leaves=20,
)


@given(value=data, ascii_only=st.booleans())
def test_what_is_read_is_what_was_written(value: Any, *, ascii_only: bool) -> None:  # noqa: ANN401 - any JSON data
    text = indented(value, ascii_only=ascii_only)
    assert json.loads(text) == value
    assert text.isascii() or not ascii_only


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_none_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        indented({"a": [number]})


def test_it_is_indented_by_two() -> None:
    assert indented({"a": [1.5], "ü": {}}) == '{\n  "a": [\n    1.5\n  ],\n  "ü": {}\n}'

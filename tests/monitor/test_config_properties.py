"""What holds for every configuration: nothing but ConfigError is raised, no key is repeated, one fault is one fault."""
# ruff: noqa: ANN401 - any TOML data is made here

import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.config import ConfigError, ConfigFault, load
from monitor.config.faults import key_path
from tests.monitor.configs import WHOLE, write

KEY = "AIzaSyA0000000000000000000000000000000"
FREE = ("tags",)  # tables whose keys are the user's own
SLOW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

Where = tuple[str | int, ...]


def tables(node: Any, at: Where = ()) -> Iterator[Where]:
    if isinstance(node, dict):
        if not (at and at[-1] in FREE):
            yield at
        for key, item in node.items():
            yield from tables(item, (*at, key))
    for number, item in enumerate(node if isinstance(node, list) else ()):
        yield from tables(item, (*at, number))


def values(node: Any, at: Where = ()) -> Iterator[Where]:
    for key, item in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*at, key)
        yield from values(item, (*at, key))


def to_toml(value: Any) -> str:
    """The data as TOML, all tables inline: enough to write any configuration."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(key)} = {to_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return text(value) if isinstance(value, str) else repr(value)


def text(value: str) -> str:
    escaped = "".join(char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08x}" for char in value)
    return f'"{escaped}"'


def document(data: dict[str, Any]) -> str:
    return "".join(f"{text(key)} = {to_toml(item)}\n" for key, item in data.items())


def changed(at: Where, value: Any) -> dict[str, Any]:
    data = tomllib.loads(WHOLE)
    node: Any = data
    for part in at[:-1]:
        node = node[part]
    node[at[-1]] = value
    return data


def faults(path: Path) -> tuple[ConfigFault, ...]:
    """The faults of a file; none where it is a configuration. Any other exception fails the test."""
    try:
        load(path, {})
    except ConfigError as error:
        return error.faults
    return ()


TABLES = list(tables(tomllib.loads(WHOLE)))
VALUES = list(values(tomllib.loads(WHOLE)))
UNKNOWN = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12).map("zz".__add__)


@SLOW
@given(at=st.sampled_from(TABLES), name=UNKNOWN)
def test_an_unknown_key_anywhere_is_exactly_one_fault_with_its_path(tmp_path: Path, at: Where, name: str) -> None:
    path = write(tmp_path, document(changed((*at, name), 1)))
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert [fault.key for fault in caught.value.faults] == [key_path((*at, name))]
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("at", "known"),
    [((*at[:-1],), str(at[-1])) for at in VALUES if len(str(at[-1])) > 4 and at != ("providers", "wisgate")],
    ids=lambda part: key_path(part) if isinstance(part, tuple) else part,
)
def test_a_misspelt_key_names_the_one_that_was_meant(tmp_path: Path, at: Where, known: str) -> None:
    path = write(tmp_path, document(changed((*at, f"{known}x"), 1)))
    with pytest.raises(ConfigError, match=f"unknown key; nearest known: {known}$"):
        load(path, {})


@SLOW
@given(
    at=st.sampled_from(VALUES),
    value=st.one_of(
        st.none().map(lambda _: {}),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(max_size=20),
        st.datetimes(),
        st.dates(),
        st.lists(st.integers(), max_size=2),
        st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
    ),
)
def test_any_value_anywhere_is_taken_or_told_with_a_path_that_leads_there(
    tmp_path: Path, at: Where, value: Any
) -> None:
    path = write(tmp_path, document(changed(at, value)))
    for fault in faults(path):
        assert fault.key
        assert fault.reason
        assert "\n" not in str(fault)


@pytest.mark.parametrize("at", VALUES, ids=key_path)
def test_a_key_written_in_the_wrong_place_is_never_repeated(tmp_path: Path, at: Where) -> None:
    path = write(tmp_path, document(changed(at, KEY)))
    assert not [fault for fault in faults(path) if KEY[:20] in str(fault)]


@SLOW
@given(
    content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
)
def test_any_bytes_are_a_configuration_or_a_config_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "upheld.toml"
    path.write_bytes(content)
    assert all(fault.reason for fault in faults(path))


@SLOW
@given(cut=st.integers(0, len(WHOLE)), junk=st.text(max_size=3), span=st.integers(0, 5))
def test_a_damaged_file_is_a_configuration_or_a_config_error(tmp_path: Path, cut: int, junk: str, span: int) -> None:
    path = tmp_path / "upheld.toml"
    path.write_bytes((WHOLE[:cut] + junk + WHOLE[cut + span :]).encode("utf-8", "replace"))
    assert all(fault.reason for fault in faults(path))


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, ""])
def test_a_name_that_no_file_can_have_is_a_config_error(name: str) -> None:
    with pytest.raises(ConfigError):
        load(Path(name), {})

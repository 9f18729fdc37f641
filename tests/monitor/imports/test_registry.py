"""The folder is the registry: every file in it is a format with the same promises."""

from pathlib import Path

import pytest

from monitor.imports import ImportRefused, LineFault, Options, load, names


def test_the_formats_are_the_files_of_the_folder() -> None:
    assert names() == ("llmperf", "samples", "upptime")
    with pytest.raises(KeyError):
        load("../exports")


@pytest.mark.parametrize("name", names())
def test_what_no_format_can_read_is_refused_by_every_format_with_its_path(name: str, tmp_path: Path) -> None:
    for path in (tmp_path / "empty_folder", tmp_path / "junk.json", tmp_path / "junk.csv", tmp_path / "junk"):
        if path.suffix or path.name == "junk":
            path.write_bytes(b"\x00\xff junk")
        else:
            path.mkdir()
        with pytest.raises(ImportRefused) as caught:
            load(name)(path, Options("somebody"))
        assert str(path) in str(caught.value)


def test_a_refusal_names_every_fault_on_its_own_line_and_says_that_nothing_was_stored() -> None:
    one = LineFault("a.csv", 3, "total_ms", "'x' is no number")
    two = LineFault("a.csv", None, None, "no column provider")
    assert str(ImportRefused([one])) == "a.csv, line 3, total_ms: 'x' is no number"
    assert str(ImportRefused([one, two])).splitlines() == [
        "a.csv, line 3, total_ms: 'x' is no number",
        "a.csv: no column provider",
        "2 faults; nothing was stored",
    ]

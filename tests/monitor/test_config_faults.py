"""One bad file for each message: the faults that its `# fault:` lines name, all of them, and no others."""

import os
from pathlib import Path

import pytest

from monitor.config import ConfigError, load

FOLDER = Path(__file__).parent / "bad_configs"
MARK = "# fault: "
KEY = "AIzaSyA0000000000000000000000000000000"


def faults_of(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path, os.environ)
    assert str(caught.value).splitlines() == [str(fault) for fault in caught.value.faults]
    assert {fault.file for fault in caught.value.faults} == {str(path)}
    return [f"{fault.key}: {fault.reason}" if fault.key else fault.reason for fault in caught.value.faults]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_a_bad_file_is_told_all_its_faults_and_nothing_else(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert faults_of(path) == [line.removeprefix(MARK) for line in lines if line.startswith(MARK)]

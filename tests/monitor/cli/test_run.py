"""`upheld run`: wrong usage and what cannot be done, each one sentence; the rest is in `tests/end_to_end`."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from monitor.store import Store
from tests.monitor.configs import ONE, SIMULATED


def run(folder: Path, text: str, *words: str, key: str | None = "some-key") -> Result:
    (folder / "upheld.toml").write_text(text)
    arguments = ["run", *words, "--config", str(folder / "upheld.toml")]
    return CliRunner().invoke(main, arguments, env={"WISGATE_API_KEY": key, "NO_COLOR": "1"})


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--once", "--for", "1m"], "upheld: --once ends by itself; leave out --for"),
        (["--for", "soon"], "'soon' is no duration; write for example 15s"),
        (["--for", "0s"], "'0s' is no time at all"),
    ],
    ids=["once and for", "no duration", "no time"],
)
def test_wrong_usage_is_one_sentence(tmp_path: Path, words: list[str], says: str) -> None:
    result = run(tmp_path, SIMULATED, *words)
    assert result.exit_code == 2
    assert says in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_missing_key_is_told_before_anything_is_made(tmp_path: Path) -> None:
    result = run(tmp_path, ONE, key=None)
    assert result.exit_code == 2
    assert "providers.wisgate.api_key_env: environment variable WISGATE_API_KEY is not set" in result.stderr
    assert not (tmp_path / "data").exists()


def test_a_store_in_use_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.cli.run.BRIEF_OWNER_S", 0.0)
    with Store.open(tmp_path / "data" / "upheld.duckdb"):
        result = run(tmp_path, SIMULATED)
    assert result.exit_code == 3
    assert result.stderr.splitlines()[-1].startswith(f"upheld: {tmp_path / 'data' / 'upheld.duckdb'}: already open")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    result = run(tmp_path, '[service]\ndata_dir = "file/data"\n' + SIMULATED)
    assert result.exit_code == 3
    assert str(tmp_path / "file" / "data") in result.stderr
    assert "Traceback" not in result.stderr

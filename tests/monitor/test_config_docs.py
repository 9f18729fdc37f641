"""docs/configuration.md: every key is in it, its examples are valid, its messages are the real ones."""

import re
from pathlib import Path

import pytest

from monitor import catalogue
from monitor.claim_terms import TERMS
from monitor.config import ConfigError, json_schema, load
from monitor.config.sections import Document
from tests.monitor.configs import loaded

TEXT = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
MESSAGES = re.search(r"```text\n(.*?)```", TEXT, re.DOTALL)


def keys() -> set[str]:
    tables = json_schema()["$defs"].values()
    return {key for table in tables for key in table.get("properties", {})} | set(Document.model_fields)


@pytest.mark.parametrize("key", sorted(keys()))
def test_every_key_is_explained(key: str) -> None:
    assert re.search(rf"`[^`\n]*\b{re.escape(key)}\b[^`\n]*`|\[+{re.escape(key)}\b", TEXT)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.partition("\n")[0])
def test_every_example_is_valid(tmp_path: Path, block: str) -> None:
    assert loaded(tmp_path, block)


@pytest.mark.parametrize("name", [*catalogue.names(), *TERMS])
def test_every_catalogue_and_every_metric_is_named(name: str) -> None:
    assert f"`{name}`" in TEXT


def test_the_messages_shown_are_those_that_are_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("upheld.toml").write_text(
        """
[providers.wisgate]
catalogue = "wisgate"
api_key_env = "K"
modle = "x"
[probes.reach]
every = 5
[[maintenance]]
provider = "wisgate"
start = 2026-11-23T02:00:00
end = 2026-11-23T03:00:00Z
notice = "x"
""",
        encoding="utf-8",
    )
    assert MESSAGES is not None
    with pytest.raises(ConfigError, match=r".") as caught:
        load(Path("upheld.toml"), {})
    assert str(caught.value) == MESSAGES[1].strip()

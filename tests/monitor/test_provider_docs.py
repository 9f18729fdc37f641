"""docs/providers.md: every adapter, every option as its model has it, and examples that are right configurations."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from monitor.config import load as load_config
from probes.model import Ask, Request
from probes.providers import load, names
from probes.providers._http_options import Call, Error, Image, LimitPlaces, Reach, Task
from tests.probes.pictures import cheap

DOC = Path(__file__).parents[2] / "docs" / "providers.md"
TEXT = DOC.read_text(encoding="utf-8")
NESTED: dict[str, type[BaseModel]] = {
    "request": Call,
    "reach": Reach,
    "images": Image,
    "error": Error,
    "task": Task,
    "limits": LimitPlaces,
}
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
KEY = "sk-docs-0123456789"


def section(title: str) -> str:
    found = re.search(rf"^##+ `{re.escape(title)}`.*?(?=^##+ |\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert found is not None, f"docs/providers.md has no section about {title}"
    return found[0]


def rows(model: type[BaseModel]) -> Iterator[str]:
    """The table of a model's fields, as the document has to have it."""
    for name, field in model.model_fields.items():
        meaning = (field.description or "").replace("|", "\\|")
        yield f"| `{name}` | {default(field)} | {meaning} |"


def default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value: Any = field.get_default(call_default_factory=True)
    if value is None or isinstance(value, BaseModel) or value in ([], {}, ""):
        return "none"
    return f"`{json.dumps(value)}`"


def test_every_adapter_has_its_section_and_its_example() -> None:
    for name in names():
        assert f'adapter = "{name}"' in section(name)


@pytest.mark.parametrize("name", names())
def test_every_option_is_told_as_the_adapter_has_it(name: str) -> None:
    options = getattr(load(name), "Options", None)
    for row in rows(options) if options else ():
        assert row in section(name)


@pytest.mark.parametrize("table", NESTED)
def test_every_table_of_http_json_is_told(table: str) -> None:
    for row in rows(NESTED[table]):
        assert row in section(f"http_json.{table}")


def test_every_row_is_an_option() -> None:
    models = [getattr(load(name), "Options", None) for name in names()] + list(NESTED.values())
    known = {row for model in models if model for row in rows(model)}
    told = set(re.findall(r"^\| `[a-z_]+` \| .* \|$", TEXT, re.MULTILINE))
    assert told == known


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_is_a_right_configuration(example: str, tmp_path: Path) -> None:
    (tmp_path / "fox.png").write_bytes(cheap(64, 64))
    file = tmp_path / "upheld.toml"
    file.write_text(example, encoding="utf-8")
    environ = dict.fromkeys(re.findall(r'api_key_env = "(\w+)"', example), KEY)
    config = load_config(file, environ)
    for target in config.targets(environ).values():
        for ask in (Ask("1K", "1:1", "A red fox"), Ask()):
            said = load(target.adapter).step(target, ask, ())
            assert isinstance(said, Request)
            assert said.url.startswith(target.base_url.rstrip("/"))

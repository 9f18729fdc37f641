"""The JSON Schema for editors: it allows what `upheld check` allows, and knows the faults that a schema can know."""

import json
import tomllib
from pathlib import Path

import pytest

from monitor.config import example, json_schema
from tests.monitor.configs import ONE, SIMULATED, WHOLE
from tests.monitor.json_schema import problems

SCHEMA = json_schema()
BAD = Path(__file__).parent / "bad_configs"


@pytest.mark.parametrize(
    "text", [example(), WHOLE, ONE, SIMULATED, ""], ids=["example", "contract", "one", "simulated", "empty"]
)
def test_a_valid_file_fits_the_schema(text: str) -> None:
    assert list(problems(tomllib.loads(text), SCHEMA)) == []


@pytest.mark.parametrize(
    "name",
    [
        "unknown_key",
        "unknown_section",
        "unknown_key_in_claim",
        "missing_everything",
        "missing_in_mail",
        "budget_not_positive",
        "price_of_unknown_size",
        "size_unknown",
        "sizes_empty",
        "auth_unknown",
        "catalogue_unknown",
        "duration",
        "cron_fields",
        "every_and_cron",
        "literal_key",
        "claim_metric",
        "env_name_with_dollar",
        "share_of_limit",
        "wrong_types",
    ],
)
def test_what_a_schema_can_know_is_refused_by_it_too(name: str) -> None:
    assert list(problems(tomllib.loads((BAD / f"{name}.toml").read_text(encoding="utf-8")), SCHEMA))


def test_the_schema_is_plain_json_that_names_its_dialect() -> None:
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert '"null"' not in json.dumps(SCHEMA)  # TOML has none
    assert SCHEMA["$defs"]["Provider"]["properties"]["adapter"]["examples"] == ["gemini"]

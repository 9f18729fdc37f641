"""Clauses in TOML: what is shipped, what users write, and what a provider owes by catalogue and configuration."""

import re
import tomllib
from pathlib import Path

import pytest

from monitor.catalogue.clauses import FOLDER, clauses
from monitor.clause_table import ClauseTable, misfits
from monitor.judge.clauses.clause import Clause, Tier
from monitor.judge.facts import ProviderFacts
from tests.monitor.configs import loaded

DOC = (Path(__file__).parents[2] / "docs" / "sla.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml\n(.*?)```", DOC, re.DOTALL)
PROVIDER = '[providers.vertex]\ncatalogue = "google-vertex"\ntoken_command = ["true"]\noptions = { express = true }\n'
WISGATE = '[providers.wisgate]\ncatalogue = "wisgate"\napi_key_env = "K"\n'


def facts(tmp_path: Path, text: str) -> ProviderFacts:
    return next(iter(loaded(tmp_path, text).facts().providers.values()))


def test_four_clauses_are_shipped_those_of_the_contract_first() -> None:
    assert [clause.name for clause in clauses()] == ["google_minutes", "aws_5min", "requests", "time"]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_a_shipped_clause_can_be_copied_under_another_name(tmp_path: Path, path: Path) -> None:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    assert list(misfits(table)) == []
    own = facts(tmp_path, f'[[sla]]\nname = "mine"\n{path.read_text(encoding="utf-8")}\n{WISGATE}').clauses[-1]
    assert own == ClauseTable.model_validate(table).clause("mine")


def test_own_clauses_follow_the_shipped_ones(tmp_path: Path) -> None:
    own = facts(tmp_path, f'[[sla]]\nname = "ours"\nunit = "15m"\nerror_rate_gt = 0.1\n{WISGATE}').clauses[4:]
    assert own == (Clause("ours", "slice", slice_s=900, error_rate_gt=0.1),)


def test_the_catalogue_says_what_vertex_owes(tmp_path: Path) -> None:
    (owed,) = facts(tmp_path, PROVIDER).agreements
    assert (owed.name, owed.target, owed.claim_within_days) == ("google_minutes", 0.995, 30)
    assert owed.credits == (Tier(0.995, 10), Tier(0.99, 25), Tier(0.95, 50))
    assert (owed.exclude_models, owed.backoff_required) == (("*-preview",), True)


def test_who_has_no_agreement_owes_nothing(tmp_path: Path) -> None:
    assert facts(tmp_path, WISGATE).agreements == ()


def test_what_is_written_in_the_configuration_wins(tmp_path: Path) -> None:
    own = '[[providers.vertex.sla]]\nclause = "google_minutes"\ntarget = 0.999\nclaim_within_cycles = 1\n'
    (owed,) = facts(tmp_path, PROVIDER + own).agreements
    assert (owed.target, owed.claim_within_cycles, owed.claim_within_days) == (0.999, 1, None)
    assert owed.exclude_models == ("*-preview",)
    assert owed.credits == clauses()[0].credits


def test_an_agreement_may_rest_on_a_clause_of_ones_own(tmp_path: Path) -> None:
    text = (
        f'{WISGATE}[[providers.wisgate.sla]]\nclause = "ours"\ntarget = 0.99\n[[sla]]\nname = "ours"\nunit = "time"\n'
    )
    assert facts(tmp_path, text).agreements == (Clause("ours", "time", target=0.99),)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.partition("\n")[0])
def test_the_examples_of_the_document_are_valid(tmp_path: Path, block: str) -> None:
    assert loaded(tmp_path, block if "[providers." in block else block + WISGATE)


@pytest.mark.parametrize("key", sorted(ClauseTable.model_fields))
def test_the_document_explains_every_key(key: str) -> None:
    assert f"`{key}`" in DOC


@pytest.mark.parametrize("clause", clauses(), ids=lambda clause: clause.name)
def test_the_document_names_every_shipped_clause(clause: Clause) -> None:
    assert f"`{clause.name}`" in DOC

"""`docs/outcomes.md` says what the rules do: no rule, attribution or bill more, and none less."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from probes import outcomes
from probes.model import OUR_READER, Answer, Attribution, Exchange, NotSent, Outcome, Picture, Verdict
from reports.outcomes import WORDS
from tests.probes.verdicts import CASES, IMAGE_ASK, verdict_of

PAGE = Path(__file__).parents[2] / "docs" / "outcomes.md"
BILLED = {"yes": True, "no": False, "unknown": None}


@dataclass(frozen=True)
class Line:
    rule: str
    outcome: Outcome
    detail: str
    attributions: frozenset[Attribution]
    billed: frozenset[bool | None]
    user: str
    http: str


def lines() -> list[Line]:
    table = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return [
        Line(
            rule.strip("`"),
            Outcome(outcome.strip("`")),
            detail,
            frozenset(Attribution(word) for word in attribution.split(", ")),
            frozenset(BILLED[word] for word in billed.split(", ")),
            user,
            http,
        )
        for rule, _, outcome, detail, attribution, billed, user, http in cells
    ]


@cache
def verdicts() -> list[Verdict]:
    """Every verdict that the tests know of."""
    degraded = Answer(picture=Picture("png", 1024, 1024, 9), expected=(1024, 1024), degraded="standard")
    return [
        *(verdict_of(case) for case in CASES),
        outcomes.classify(IMAGE_ASK, Exchange(200), Answer(malformed=OUR_READER)),
        outcomes.classify(IMAGE_ASK, Exchange(200), degraded),
        *(outcomes.not_sent(reason) for reason in NotSent),
        outcomes.abandoned(),
        outcomes.broken(),
    ]


def test_the_page_has_every_rule_in_its_order() -> None:
    on_page = list(dict.fromkeys(line.rule for line in lines()))
    in_code = [name for name, _ in outcomes.RULES]
    assert on_page[: len(in_code)] == in_code
    assert set(on_page[len(in_code) :]) == {
        "monitor.broken",
        "not_sent.abandoned",
        *(f"not_sent.{reason}" for reason in NotSent),
    }


def test_every_verdict_is_on_the_page() -> None:
    by_rule = {(line.rule, line.outcome): line for line in lines()}
    for verdict in verdicts():
        line = by_rule[verdict.rule, verdict.outcome]
        assert verdict.attribution in line.attributions, verdict
        assert verdict.billed in line.billed, verdict
        assert is_named(verdict.detail, line.detail), verdict


def is_named(detail: str | None, cell: str) -> bool:
    """By the word itself, or as what the page says of it in prose."""
    if detail is None:
        return not cell or "none" in cell
    number = detail.removeprefix("http_").removeprefix("url_")
    in_prose = "the provider's word" in cell or (number.isdigit() and "the status" in cell)
    return f"`{detail}`" in cell or in_prose


@pytest.mark.parametrize("line", lines(), ids=lambda line: f"{line.rule}-{line.outcome}")
def test_a_line_claims_no_more_than_happens(line: Line) -> None:
    of_line = [verdict for verdict in verdicts() if (verdict.rule, verdict.outcome) == (line.rule, line.outcome)]
    assert {verdict.attribution for verdict in of_line} == line.attributions
    assert {verdict.billed for verdict in of_line} == line.billed
    assert set(re.findall(r"`([a-z0-9_]+[a-z0-9])`", line.detail)) <= {verdict.detail for verdict in of_line}


@pytest.mark.parametrize("line", lines(), ids=lambda line: f"{line.rule}-{line.outcome}")
def test_a_line_counts_as_the_methods_page_of_the_site_says(line: Line) -> None:
    if line.attributions == {Attribution.MONITOR}:
        assert (line.user, line.http) == ("left out", "left out")
        return
    words = WORDS[line.outcome]
    assert (line.user.split()[0], line.http.split()[0]) == (words.user.split()[0], words.http.split()[0])

"""The page of a week says what its mail says."""

import re
from dataclasses import replace

import pytest

from monitor.judge.result import Judgement
from reports import render
from reports.mail import compose
from reports.mail.compose import Inputs
from tests.reports.mail.made import MONDAY, WEEK, cedar, doum, elm, incident, judgement, provider
from tests.reports.promises import claim
from tests.reports.reading import Page

PROMISE = claim("error_rate", "<=", 0.005, "refuted", "31 of 612 failed")
FOUR = {"Alder": provider(claims=(PROMISE,)), "Cedar": cedar(), "Doum": doum(), "Elm": elm()}


def inputs(week: Judgement) -> Inputs:
    before = {**FOUR, "Alder": provider(claims=(replace(PROMISE, verdict="undecided"),))}
    return Inputs(week, judgement(before), WEEK, MONDAY, "..", "")


def page(week: Judgement, *weeks: str) -> str:
    return render.week(inputs(week), weeks)["weekly/2026-W47.html"].decode()


def squeezed(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("field", ["heading", "lede", "cells_note", "limits_note", "levels_note"])
def test_what_the_mail_says_stands_on_the_page(field: str) -> None:
    week = judgement(FOUR)

    assert getattr(compose.page(inputs(week)), field) in squeezed(Page(page(week)).text)


def test_incidents_unknown_time_promises_money_and_limits_stand_on_the_page() -> None:
    week, said = judgement(FOUR), compose.page(inputs(judgement(FOUR)))
    text = squeezed(Page(page(week)).text)

    assert all(event.when in text for event in said.events)
    assert all(line.value in text for line in (*said.unknown, *said.money, *said.limits))
    assert all(flip.why in text for flip in said.flips.rows)
    assert "Error rate: at most 0.5 %" in text


def test_links_lead_to_the_providers_and_to_other_weeks() -> None:
    html = page(judgement(FOUR), "2026-W46", "2026-W47")

    assert '<a href="../providers/cedar.html">Cedar</a>' in html
    assert '<a href="2026-W47.html" aria-current="page">2026-W47</a> <a href="2026-W46.html">2026-W46</a>' in html
    assert not re.search(r'(?:href|src)="(?:https?:)?//', html)


def test_a_week_that_is_made_again_is_named_once_at_the_foot() -> None:
    foot = page(judgement(FOUR), "2026-W47", "2026-W46", "2026-W47").partition("Weekly reports")[2]
    assert re.findall(r">(2026-W\d\d)</a>", foot) == ["2026-W47", "2026-W46"]


def test_a_week_alone_names_no_others() -> None:
    assert 'aria-label="Weeks"' not in page(judgement(FOUR))


def test_foreign_text_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    html = page(judgement({evil: provider(incidents=(incident(("17 09:40", "17 09:41"), None, seen_as=evil),))}))

    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_simulation_says_so() -> None:
    assert "providers that we run ourselves" in Page(page(judgement(FOUR, simulated=True))).text
    assert "<title>Simulated" in page(judgement(FOUR, simulated=True))

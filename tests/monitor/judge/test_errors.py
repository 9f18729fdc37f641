"""Shares of sent rows, by whose error it was."""

from typing import Any

import pytest

from monitor.judge.result import Errors
from tests.monitor.judge.frames import HOUR, Row, judged, row


def errors(rows: list[Row]) -> Errors:
    return judged(rows, HOUR).errors


NONE, CLIENT, SERVER, LIMITED = (0.0, 0.0, 0.0), (0.5, 0.0, 0.0), (0.0, 0.5, 0.0), (0.0, 0.0, 0.5)


@pytest.mark.parametrize(
    ("outcome", "given", "expected"),
    [
        ("ok", {}, NONE),
        ("ok", {"status": 401}, NONE),  # another monitor expects it so
        ("client_error", {}, CLIENT),
        ("client_error", {"status": 404}, CLIENT),
        ("auth", {}, CLIENT),
        ("balance", {}, CLIENT),
        ("blocked", {}, CLIENT),  # it is a 400
        ("blocked", {"status": 200}, NONE),
        ("rate_limited", {}, LIMITED),
        ("balance", {"status": 429}, NONE),  # 4xx without 429
        ("server_error", {}, SERVER),
        ("overloaded", {}, SERVER),
        ("timeout", {"status": 504}, SERVER),
        ("timeout", {}, NONE),
        ("connection", {}, NONE),
        ("server_error", {"status": 200}, SERVER),  # an error inside of HTTP 200
        ("auth", {"status": 200}, CLIENT),
        ("rate_limited", {"status": 200}, LIMITED),
        ("malformed", {}, NONE),
    ],
)
def test_each_kind_of_error(outcome: str, given: dict[str, Any], expected: tuple[float, float, float]) -> None:
    said = errors([row(0), row(60, outcome, **given)])
    assert (said.client, said.server, said.rate_limited) == expected
    assert said.of == 2


def test_what_was_not_sent_is_not_in_the_denominator() -> None:
    said = errors([row(0, "server_error"), row(60, "not_sent", detail="budget")])
    assert (said.server, said.of) == (1.0, 1)


def test_nothing_sent_has_no_shares() -> None:
    assert errors([row(0, "not_sent", detail="budget")]) == Errors(None, None, None, 0)

"""The key is in no row, though the provider repeats it wherever it can."""

from dataclasses import replace

import pytest

from probes.model import Exchange, Phases, Plan, WireFault, as_row
from tests.probes import bodies as b
from tests.probes.bench import Sent, after, play, said, target
from tests.probes.test_runner_rows import shots

KEY = b.KEY
DETAILS = [
    {"reason": KEY, "retryDelay": KEY},
    {"violations": [{"quotaId": KEY, "quotaMetric": KEY, "quotaValue": KEY}]},
]
ECHOES = {
    "message": said({"error": {"message": f"Incorrect API key provided: {KEY}."}}, 401),
    "message, in lower case": said({"error": {"message": f"key {KEY.lower()}"}}, 401),
    "message, cut": said({"error": {"message": "x" * (2000 - 20) + KEY}}, 401),
    "every word of an error": said(
        {"error": {"message": KEY, "code": KEY, "status": KEY, "type": KEY, "details": DETAILS}}, 400
    ),
    "an error that is only text": said({"error": KEY}, 403),
    "throttled": said({"error": {"message": KEY, "status": "RESOURCE_EXHAUSTED", "details": DETAILS}}, 429),
    "error inside 200": said({"error": {"message": KEY, "code": KEY}}),
    "finish reason": said({"candidates": [{"finishReason": KEY}]}),
    "block reason": said({"promptFeedback": {"blockReason": KEY}}),
    "text": said({"candidates": [{"content": {"parts": [{"text": f"your key is {KEY}"}]}}]}),
    "text, cut": said({"candidates": [{"content": {"parts": [{"text": "x" * 185 + KEY}]}}]}),
    "identifiers": said({"candidates": [{}], "responseId": KEY, "modelVersion": KEY}),
    "headers": said(
        {"candidates": [{}]},
        x_request_id=KEY,
        openai_model=KEY,
        server_timing=f"{KEY};dur={KEY}",
        retry_after=KEY,
        x_ratelimit_limit_requests=KEY,
        location=f"http://evil/?key={KEY}",
    ),
    "a page": Exchange(502, {}, f"<html>{KEY}</html>".encode()),
    "a page, cut": Exchange(200, {}, b"<html>" + b"x" * 170 + KEY.encode()),
    "an exception": Exchange(None, {}, b"", Phases(), WireFault.PROTOCOL, f"400, url='http://a/?key={KEY}'"),
    "an image's name": said({"candidates": [{"content": {"parts": [b.inline(KEY.encode(), mime=KEY)]}}]}),
}


@pytest.mark.parametrize("exchange", ECHOES.values(), ids=ECHOES)
@pytest.mark.parametrize("adapter", ["gemini", "openai_images"])
def test_the_key_is_in_no_row(adapter: str, exchange: Exchange) -> None:
    targets = {"a": replace(target(), adapter=adapter)}
    (row,) = play(Plan(shots(0.0)), after(0.1, exchange), targets=targets).rows
    text = repr(as_row(row)).lower()
    assert row.outcome not in {"ok", "not_sent"}
    for beginning in range(8, len(KEY) + 1):
        assert KEY[:beginning].lower() not in text


def test_the_key_is_in_no_row_of_a_request_that_broke_us() -> None:
    async def behave(sent: Sent) -> Exchange:
        raise ValueError(f"cannot send {sent.request.url} {dict(sent.request.headers)}")

    targets = {"a": replace(target(), auth="query")}
    (row,) = play(Plan(shots(0.0)), behave, targets=targets).rows
    assert row.rule == "monitor.broken"
    assert KEY not in repr(as_row(row))
    assert "***" in (row.error or "")


def test_what_a_provider_says_of_itself_can_be_stored() -> None:
    """Half a character (a lone surrogate) ends databases, a NUL ends strings."""
    odd = "\ud83e a\x00b \x1b[31m"
    exchange = said({"candidates": [{"finishReason": odd}], "responseId": odd, "modelVersion": odd})
    (row,) = play(Plan(shots(0.0)), after(0.1, exchange)).rows
    for value in as_row(row).values():
        if isinstance(value, str):
            assert value.encode().decode() == value
            assert "\x00" not in value

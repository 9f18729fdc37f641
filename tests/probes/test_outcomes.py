"""Every answer that the two adapters can get, and the verdict on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes import outcomes
from probes.error_words import quota_kind
from probes.model import (
    OUR_READER,
    Answer,
    Ask,
    Attribution,
    Exchange,
    Fault,
    NotSent,
    Outcome,
    Phases,
    Picture,
    WireFault,
)
from tests.probes.verdicts import CASES, IMAGE_ASK, Case, verdict_of


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_verdict_on_an_answer(case: Case) -> None:
    verdict = verdict_of(case)
    found = (verdict.outcome, verdict.detail, verdict.attribution, verdict.billed, verdict.rule)
    assert found == case.expected


def test_every_rule_is_the_verdict_on_some_answer() -> None:
    seen = {case.expected[4] for case in CASES}
    of_ours = {
        "monitor.reader",
        "image.downgraded",
    }  # below: no provider can cause the first, no adapter yet the second
    assert seen == {name for name, _ in outcomes.RULES} - of_ours


def test_every_outcome_but_not_sent_is_the_verdict_on_some_answer() -> None:
    assert {case.expected[0] for case in CASES} == set(Outcome) - {Outcome.NOT_SENT}


def test_our_own_reading_is_nobody_elses_fault() -> None:
    verdict = outcomes.classify(IMAGE_ASK, Exchange(200), Answer(malformed=OUR_READER))
    assert (verdict.outcome, verdict.attribution, verdict.billed) == (Outcome.MALFORMED, Attribution.MONITOR, None)
    assert verdict.rule == "monitor.reader"


def test_a_lower_tier_of_service_is_a_degraded_success() -> None:
    answer = Answer(picture=Picture("png", 1024, 1024, 9), expected=(1024, 1024), degraded="standard")
    verdict = outcomes.classify(IMAGE_ASK, Exchange(200), answer)
    assert (verdict.outcome, verdict.detail, verdict.rule) == (Outcome.OK_DEGRADED, "standard", "image.downgraded")


@pytest.mark.parametrize("reason", list(NotSent))
def test_what_was_not_sent_is_ours_and_costs_nothing(reason: NotSent) -> None:
    verdict = outcomes.not_sent(reason)
    assert (verdict.outcome, verdict.detail, verdict.attribution, verdict.billed) == (
        Outcome.NOT_SENT,
        reason.value,
        Attribution.MONITOR,
        False,
    )


def test_of_what_was_abandoned_in_flight_nobody_knows_whether_it_was_billed() -> None:
    assert outcomes.abandoned().billed is None
    assert outcomes.abandoned().attribution is Attribution.MONITOR
    assert outcomes.broken().billed is None
    assert outcomes.broken().attribution is Attribution.MONITOR


def test_an_error_object_cannot_make_a_5xx_our_fault() -> None:
    for code, status in (("401", "UNAUTHENTICATED"), ("400", "INVALID_ARGUMENT"), ("404", "NOT_FOUND")):
        answer = Answer(fault=Fault(code=code, status=status, reason="API_KEY_INVALID"))
        verdict = outcomes.classify(IMAGE_ASK, Exchange(500), answer)
        assert (verdict.outcome, verdict.attribution) == (Outcome.SERVER_ERROR, Attribution.PROVIDER)


WORDS = (
    st.none() | st.text(max_size=90) | st.sampled_from(["429", "503", "UNAVAILABLE", "channel:", "Ä/ß \n", "x" * 500])
)
FAULTS = st.none() | st.builds(
    Fault,
    message=st.text(max_size=50),
    code=WORDS,
    status=WORDS,
    reason=WORDS,
    type=WORDS,
    quota=st.lists(st.text(max_size=20), max_size=3).map(tuple),
)
PICTURES = st.none() | st.builds(
    Picture,
    width=st.none() | st.integers(0, 5000),
    height=st.none() | st.integers(0, 5000),
    problem=st.none() | st.just("truncated"),
)
ANSWERS = st.none() | st.builds(
    Answer,
    picture=PICTURES,
    finish=WORDS,
    block=WORDS,
    text=WORDS,
    fault=FAULTS,
    malformed=st.none() | st.sampled_from(["html", "cut", "schema"]),
    expected=st.none() | st.just((1024, 1024)),
    degraded=st.none() | st.just("standard"),
)
EXCHANGES = st.builds(
    Exchange,
    status=st.none() | st.integers(100, 599),
    phases=st.builds(Phases, total_ms=st.none() | st.floats(0, 1e6), conn_reused=st.none() | st.booleans()),
    fault=st.none() | st.sampled_from(WireFault),
)
YES_NO = st.none() | st.booleans()


@given(
    exchange=EXCHANGES,
    answer=ANSWERS,
    control=YES_NO,
    below=YES_NO,
    accepted=st.booleans(),
    ask=st.sampled_from([IMAGE_ASK, Ask()]),
)
def test_there_is_a_verdict_on_everything_and_it_is_consistent(
    exchange: Exchange, answer: Answer | None, control: bool | None, below: bool | None, accepted: bool, ask: Ask
) -> None:
    verdict = outcomes.classify(ask, exchange, answer, control_ok=control, below_limit=below, accepted=accepted)
    assert verdict.outcome is not Outcome.NOT_SENT
    assert verdict.rule in dict(outcomes.RULES)
    if verdict.detail is not None:
        assert len(verdict.detail) <= 64
        assert verdict.detail == verdict.detail.lower()
        assert verdict.detail.isascii()
    if ask.is_reach:
        assert verdict.billed is False
    if verdict.outcome in {Outcome.OK, Outcome.OK_DEGRADED}:
        assert exchange.fault is None
        assert exchange.status == 200
        assert verdict.attribution is Attribution.PROVIDER
    if exchange.fault is not None:
        assert verdict.billed is not True
        assert verdict.attribution not in {Attribution.CLIENT, Attribution.POLICY}
    if accepted and not ask.is_reach:
        assert verdict.rule != "wire.fault" or verdict.billed is None
    if verdict.billed is True:
        assert answer is not None
        assert answer.picture is not None
        assert answer.picture.problem is None


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(quota=("GenerateRequestsPerMinutePerProjectPerModel",)), "rpm"),
        (Fault(quota=("GenerateRequestsPerDayPerProjectPerModel-FreeTier",)), "rpd"),
        (Fault(quota=("GenerateContentInputTokensPerModelPerMinute",)), "tpm"),
        (Fault(quota=("GenerateImagesPerMinutePerProjectPerModel",)), "ipm"),
        (Fault(quota=("InputTokensPerMinute", "RequestsPerMinute", "RequestsPerDay")), "rpd"),
        (Fault(quota=("InputTokensPerMinute", "RequestsPerMinute")), "rpm"),
        (Fault(quota=("RequestsPerMinute",), message="requests per day"), "rpm"),  # what is named counts, not prose
        (Fault(code="token_concurrency_limit_reached"), "concurrency"),
        (Fault(message="on tokens per min (TPM): Limit 90000"), "tpm"),
        (Fault(message="on requests per day (RPD): Limit 200"), "rpd"),
        (Fault(message="on images per minute"), "ipm"),
        (Fault(message="model gemini-3-pro-image per minute"), "rpm"),  # the name of a model is not a quota of images
        (Fault(message="Too many concurrent requests"), "concurrency"),
        (Fault(message="This token has expired its quota"), "unknown"),
        (Fault(), "unknown"),
    ],
)
def test_which_limit_a_429_means(fault: Fault, kind: str) -> None:
    assert quota_kind(Answer(fault=fault)) == kind

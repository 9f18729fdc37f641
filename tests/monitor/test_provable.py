"""What a schedule can prove: the numbers of the statistics, and one sentence for each question."""

import math
from datetime import date
from pathlib import Path

import pytest

from monitor.provable import Proof, days_to_confirm, proofs
from monitor.schedule_cost import plan_schedule
from tests.monitor.configs import ONE, SIMULATED, WHOLE, loaded


@pytest.mark.parametrize(
    ("unseen_min", "uptime", "days"),
    [
        (10, 0.999, 20.8),
        (10, 0.9995, 41.6),
        (30, 0.999, 62.4),
        (30, 0.9995, 124.8),
        (60, 0.999, 124.8),
        (60, 0.9995, 249.6),
        (120, 0.999, 249.6),
        (120, 0.9995, 499.3),
    ],
)
def test_days_without_an_outage_to_confirm_an_uptime(unseen_min: float, uptime: float, days: float) -> None:
    assert days_to_confirm(uptime, unseen_min) == pytest.approx(days, abs=0.05)


def test_a_hundred_percent_is_never_confirmed() -> None:
    assert math.isinf(days_to_confirm(1.0))


def of(folder: Path, text: str, days: int = 30) -> dict[str, Proof]:
    config = loaded(folder, text)
    return {proof.question: proof for proof in proofs(config, plan_schedule(config, date(2026, 11, 23), days))}


def claimed(claim: str) -> str:
    return f"{ONE}claims = [{{ {claim} }}]\n"


@pytest.mark.parametrize(
    ("text", "days", "question", "answer", "says"),
    [
        ("[probes.reach]", 30, "outages of the whole API", "yes", "each that lasts 1m or longer"),
        ("[probes.baseline]", 30, "outages of image generation alone", "yes", "each that lasts 30m or longer"),
        (
            "[probes.baseline]",
            1,
            "p95 latency of each size",
            "yes",
            "96 images of each size; the p95 is bounded from 59",
        ),
        ("[probes.baseline]", 1, "p99 latency of each size", "no", "the p99 is bounded from 299 on, after 3.11 days"),
        ("[probes.baseline]", 4, "p99 latency of each size", "yes", "384 images of each size"),
        ("[probes.baseline]", 13, "latency beyond these days", "no", "needs 14 of them"),
        ('[probes.baseline]\nevery = "15m"', 1, "p95 latency of each size", "yes", "after 14.8 hours"),
        (
            "[probes.burst]",
            30,
            "how much is accepted at once",
            "partly",
            "where it is less than 100; else only that 100",
        ),
    ],
)
def test_each_question_is_answered_with_its_reason(
    tmp_path: Path, text: str, days: int, question: str, answer: str, says: str
) -> None:
    proof = of(tmp_path, ONE + text, days)[question]
    assert proof.answer == answer
    assert says in proof.why


@pytest.mark.parametrize(
    ("claim", "probes", "answer", "says"),
    [
        (
            'metric = "uptime", op = ">=", value = 0.999',
            "[probes.reach]",
            "partly",
            "takes 124.8 days without an outage",
        ),
        ('metric = "uptime", op = ">=", value = 0.99', "[probes.reach]", "yes", "takes 12.5 days without an outage"),
        ('metric = "uptime", op = ">=", value = 1', "[probes.reach]", "partly", "can be refuted, never confirmed"),
        ('metric = "uptime", op = ">=", value = 0.999', "[probes.burst]", "no", "neither reach nor baseline runs"),
        ('metric = "failover_s", op = "<=", value = 30', "[probes.recovery]", "no", "cannot tell less than 70 s"),
        ('metric = "failover_s", op = "<=", value = 90', "[probes.recovery]", "partly", "tells 70 s apart"),
        ('metric = "failover_s", op = "<=", value = 30', "[probes.reach]", "no", "cannot tell less than 160 s"),
        ('metric = "failover_s", op = "<=", value = 30', "", "no", "neither recovery nor reach runs"),
        ('metric = "rpm", op = "==", value = "unlimited"', "[probes.burst]", "partly", "only not refuted up to"),
        ('metric = "rpm", op = ">=", value = 300', "", "no", "[probes.burst] does not run"),
        ('metric = "rpm", op = ">=", value = 300', "[probes.burst]", "partly", "150 images a run"),
        (
            'metric = "same_latency_across_sizes", op = "==", value = true',
            "[probes.baseline]",
            "no",
            "asks for 1K alone",
        ),
        ('metric = "same_latency_across_sizes", op = "==", value = true', "", "no", "the baseline does not run"),
        ('metric = "billed_only_on_success", op = "==", value = true', "", "partly", "one billed failure refutes it"),
    ],
)
def test_each_claim_is_told_what_would_decide_it(
    tmp_path: Path, claim: str, probes: str, answer: str, says: str
) -> None:
    (proof,) = (proof for question, proof in of(tmp_path, claimed(claim) + probes).items() if "wisgate: " in question)
    assert proof.answer == answer
    assert says in proof.why


def test_the_same_latency_can_be_tested_with_two_sizes(tmp_path: Path) -> None:
    text = claimed('metric = "same_latency_across_sizes", op = "==", value = true').replace("0.058", "0.058, '4K' = 1")
    proof = of(tmp_path, text + '[probes.baseline]\nsizes = ["1K", "4K"]')["wisgate: same_latency_across_sizes == true"]
    assert (proof.answer, proof.why) == ("yes", "of 1K, 4K, from 59 images of each on")


@pytest.mark.parametrize(
    ("days", "answer", "needs_days"), [(6, "no", 7), (7, "yes", 7)], ids=["too-few-days", "enough"]
)
def test_providers_are_compared_after_a_week_of_blocks(
    tmp_path: Path, days: int, answer: str, needs_days: float
) -> None:
    proof = of(tmp_path, ONE + SIMULATED + "[probes.baseline]", days)["which provider is faster"]
    assert (proof.answer, proof.needs_days) == (answer, needs_days)


def test_one_provider_is_compared_with_nobody(tmp_path: Path) -> None:
    assert "which provider is faster" not in of(tmp_path, ONE + "[probes.baseline]")


@pytest.mark.parametrize(
    ("more", "answer", "says"),
    [
        ("limits = { rpm = 300 }", "no", "$40.00 are spent after 4m35s: 689 of 648000 requests at 150 rpm"),
        ("limits = { rpm = 0.1 }", "partly", "that 0.05 rpm are sustained, 50% of what is advertised"),
        ("", "no", "no rate is advertised"),
    ],
    ids=["cut-by-its-cap", "whole", "no-rate"],
)
def test_an_endurance_run_says_what_it_reaches_for_its_money(tmp_path: Path, more: str, answer: str, says: str) -> None:
    proof = of(tmp_path, f"{ONE}{more}\n[probes.endurance]")["wisgate: a steady rate for 3d"]
    assert proof.answer == answer
    assert says in proof.why


def test_the_whole_contract_has_an_answer_for_every_question_once(tmp_path: Path) -> None:
    config = loaded(tmp_path, WHOLE)
    found = proofs(config, plan_schedule(config, date(2026, 11, 23), 30))
    assert len({proof.question for proof in found}) == len(found) == 9
    assert all(proof.why for proof in found)


def test_nothing_configured_proves_nothing(tmp_path: Path) -> None:
    assert of(tmp_path, "") == {}

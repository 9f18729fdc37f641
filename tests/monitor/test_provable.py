"""What a schedule can prove: the numbers of the statistics, and one sentence for each question."""

import re
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from monitor.provable import proofs
from monitor.provable_claims import Proof
from monitor.schedule_cost import plan_schedule, steady_of
from tests.monitor.configs import ONE, SIMULATED, WHOLE, loaded


def of(folder: Path, text: str, days: int = 30) -> dict[str, Proof]:
    config = loaded(folder, text)
    return {proof.question: proof for proof in proofs(config, plan_schedule(config, date(2026, 11, 23), days))}


SATURATE = "[probes.burst]\nsaturate = true"


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
            "takes 810 days without an outage",
        ),
        ('metric = "uptime", op = ">=", value = 0.99', "[probes.reach]", "partly", "takes 60 days without an outage"),
        ('metric = "uptime", op = ">=", value = 0.95', "[probes.reach]", "yes", "takes 30 days without an outage"),
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
        (
            'metric = "rpm", op = ">=", value = 300',
            SATURATE,
            "partly",
            "20 images, about 320 ($18.56); 150 images a run",
        ),
        ('metric = "rpm", op = ">=", value = 130', SATURATE, "yes", "about 150 ($8.70)"),
        ('metric = "rpm", op = "==", value = "unlimited"', "", "no", "[probes.burst] does not run"),
        (
            'metric = "p95_ms", op = "<=", value = 9000',
            "[probes.baseline]",
            "yes",
            "if 1% are slower, confirmed by the look after 30 days; if 20% are, refuted after 6 days",
        ),
        ('metric = "p95_ms", op = "<=", value = 9000', "", "no", "the baseline has no images of 1K"),
        ('metric = "p50_ms", op = "<=", value = 9000, size = "2K"', "[probes.baseline]", "no", "no images of 2K"),
        ('metric = "p50_ms", op = "<=", value = 9000', '[probes.baseline]\nevery = "1d"', "yes", "30 images of 1K"),
        (
            'metric = "error_rate", op = "<=", value = 0.01',
            "[probes.baseline]",
            "partly",
            "takes 60 days without an outage (one of 2h may be unseen)",
        ),
        ('metric = "error_rate", op = "<=", value = 0.02', "[probes.baseline]", "yes", "takes 30 days"),
        (
            'metric = "error_rate", op = "<=", value = 0.02',
            '[probes.baseline]\nevery = "6h"',
            "partly",
            "takes 60 days without an outage (one of 6h may be unseen)",
        ),
        ('metric = "error_rate", op = "<=", value = 0.02', "", "no", "the baseline counts errors, and does not run"),
        (
            'metric = "p95_ms", op = "<=", value = 9000',
            '[probes.baseline]\nevery = "1d"',
            "no",
            "confirmed by the look after 360 days; if 20% are, refuted after 34 days",
        ),
        (
            'metric = "uptime", op = ">=", value = 0.95',
            '[probes.baseline]\nevery = "15m"',
            "partly",
            "never confirmed: google_minutes needs a request each minute, this schedule has one in 15m",
        ),
        (
            'metric = "uptime", op = ">=", value = 0.99, definition = "requests"',
            '[probes.reach]\n[probes.baseline]\nevery = "12h"',
            "partly",
            "takes 420 days without an outage (one of 12h may be unseen)",
        ),
        (
            'metric = "uptime", op = ">=", value = 0.95',
            '[judge]\nunseen_outage = "1d"\n[probes.reach]',
            "partly",
            "takes 120 days without an outage (one of 1d may be unseen)",
        ),
        (
            'metric = "size_as_asked", op = "==", value = true',
            "[probes.baseline]",
            "partly",
            "59 without one leave 5 %",
        ),
        ('metric = "model_as_asked", op = "==", value = true', "", "no", "the baseline has none"),
        ('metric = "usd_per_image", op = "<=", value = 0.058', "[probes.baseline]", "partly", "the invoice decides it"),
    ],
)
def test_each_claim_is_told_what_would_decide_it(
    tmp_path: Path, claim: str, probes: str, answer: str, says: str
) -> None:
    metric = claim.split('"')[1]
    found = of(tmp_path, claimed(claim) + probes)
    (proof,) = (proof for question, proof in found.items() if question.startswith(f"wisgate: {metric} "))
    assert proof.answer == answer
    assert says in proof.why


def test_the_same_latency_can_be_tested_with_two_sizes(tmp_path: Path) -> None:
    text = claimed('metric = "same_latency_across_sizes", op = "==", value = true').replace("0.058", "0.058, '4K' = 1")
    proof = of(tmp_path, text + '[probes.baseline]\nsizes = ["1K", "4K"]')["wisgate: same_latency_across_sizes == true"]
    assert proof.answer == "yes"
    assert proof.why.startswith("of 1K, 4K: 2880 images of 1K; if 1% are slower, confirmed by the look after 30 days")


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
    assert len({proof.question for proof in found}) == len(found) == 12
    assert all(proof.why for proof in found)


def test_nothing_configured_proves_nothing(tmp_path: Path) -> None:
    assert of(tmp_path, "") == {}


@pytest.mark.parametrize(
    ("probes", "says"),
    [
        ("[probes.reach]", "43,200 looks; with none failed it was 99.991 % or more"),
        ('[probes.baseline]\nevery = "1h"', "720 looks; with none failed it was 99.487 % or more"),
        ('[probes.reach]\nevery = "1s"', "it was 99.999 % or more"),
    ],
)
def test_what_happened_in_these_days_is_known_the_better_the_more_looks(tmp_path: Path, probes: str, says: str) -> None:
    assert says in of(tmp_path, ONE + probes)["uptime of these days"].why


def test_an_incident_says_how_long_its_money_lasts(tmp_path: Path) -> None:
    proof = of(tmp_path, ONE + "[probes.recovery]")["wisgate: when an outage is over"]
    assert proof.why.startswith("known to 15s for 8m30s: 34 images for the $2.00 of an incident")


@pytest.mark.parametrize(
    ("max_usd", "says"),
    [
        ("40.00", "share_of_limit = 0.00053 lasts to the end: an image every 6m16s shows drift"),
        ("40.00", "it takes $13.33 a day beside the other probes, which the caps must leave"),
        ("1.00", "shows little: 17 are fewer than the 40 that a trend needs"),
        ("0.05", "not one image can be had for it"),
    ],
)
def test_an_endurance_run_that_is_too_dear_has_an_affordable_variant(tmp_path: Path, max_usd: str, says: str) -> None:
    text = f"{ONE}limits = {{ rpm = 300 }}\n[probes.endurance]\nmax_usd = {max_usd}"
    proof = of(tmp_path, text)["wisgate: a steady rate for 3d"]
    assert proof.answer == "no"
    assert says in proof.why


@settings(max_examples=30)
@given(st.floats(0.05, 1e4), st.floats(0.1, 5000), st.sampled_from(["1h", "12h", "72h"]))
def test_the_affordable_variant_is_affordable(max_usd: float, rpm: float, duration: str) -> None:
    """What it names is planned again: it lasts to the end, and spends no more than the cap."""
    text = f'{ONE}limits = {{ rpm = {rpm} }}\n[probes.endurance]\nmax_usd = {max_usd}\nduration = "{duration}"\n'
    with TemporaryDirectory() as folder:
        why = next(p.why for q, p in of(Path(folder), text).items() if q.startswith("wisgate: a steady rate"))
        named = re.search(r"share_of_limit = ([0-9.]+) ", why)
        assume(named is not None)
        config = loaded(Path(folder), f"{text}share_of_limit = {named[1] if named else 0}\n")
    table, provider = config.probes.endurance, config.providers["wisgate"]
    steady = steady_of(table, provider) if table else None
    assert steady is not None
    assert steady.sent == steady.planned

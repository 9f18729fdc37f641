"""The cases that other tools get wrong, one row each: from the simulator over a socket to the verdict in a row.

Each row is what a provider of that format really does; what is said of it is outcome, detail, attribution, whether it
was billed, and the rule that said so.
"""

import asyncio
from dataclasses import dataclass

import pytest

from probes.clock import RealClock
from probes.conversation import open_tools
from probes.gates import FreeGate
from probes.ids import uuid7
from probes.model import Ask, Attribution, Mode, Outcome, Plan, ProbeKind, Sample, Secret, Shot, Target
from probes.runner import run
from probes.simulator import formats
from probes.simulator.scenario import Scenario
from probes.simulator.server import serving as simulating
from tests.probes.servers import answering, serving

PROVIDER, CLIENT, POLICY = Attribution.PROVIDER, Attribution.CLIENT, Attribution.POLICY
UNKNOWN = Attribution.UNKNOWN
O = Outcome  # noqa: E741 - the table is read by column
ENDED_BY_US = {"hang", "stall", "drip", "task_unknown_state"}
DEADLINE_S, PATIENCE_S = 3.0, 30.0


@dataclass(frozen=True)
class Hard:
    """`said`: outcome, detail, attribution, billed, rule."""

    phrase: str
    format: str
    fault: str
    said: tuple[Outcome, str | None, Attribution, bool | None, str]
    size: str = "1K"
    times: int = 1

    @property
    def name(self) -> str:
        return f"{self.format}-{self.fault}".replace("_", "-")


CASES = [
    Hard("400 that is a bad key", "gemini", "key_invalid", (O.AUTH, "api_key_invalid", CLIENT, False, "account.auth")),
    Hard(
        "429 that is our own empty balance, in Chinese",
        "gemini",
        "gateway_out_of_credit",
        (O.BALANCE, None, CLIENT, False, "account.balance"),
    ),
    Hard(
        "429 per day with a 26 s retry hint",
        "gemini",
        "rate_limited_day",
        (O.RATE_LIMITED, "rpd", UNKNOWN, False, "limit.rate"),
    ),
    Hard(
        "503 that is a timeout",
        "gemini",
        "deadline_503",
        (O.TIMEOUT, "server_503_deadline", PROVIDER, None, "server.timeout"),
    ),
    Hard(
        '503 that means "no channel"',
        "gemini",
        "gateway_no_channel",
        (O.OVERLOADED, "no_channel", PROVIDER, False, "server.overloaded"),
    ),
    Hard(
        "an error inside HTTP 200",
        "openai_images",
        "error_in_200",
        (O.OVERLOADED, None, PROVIDER, None, "server.overloaded"),
    ),
    Hard("200 with HTML", "gemini", "html_200", (O.MALFORMED, "html", PROVIDER, None, "body.malformed")),
    Hard("empty body", "gemini", "empty", (O.MALFORMED, "empty", PROVIDER, None, "body.malformed")),
    Hard("`{}`", "gemini", "empty_object", (O.MALFORMED, "schema", PROVIDER, None, "body.malformed")),
    Hard("text instead of an image", "gemini", "text_only", (O.OK_NO_IMAGE, "text_only", PROVIDER, None, "image.none")),
    Hard("a thought image only", "gemini", "thought_only", (O.OK_NO_IMAGE, "stop", PROVIDER, None, "image.none")),
    Hard(
        "a smaller image than was paid for",
        "gemini",
        "wrong_tier",
        (O.OK_DEGRADED, "wrong_size", PROVIDER, True, "image.wrong_size"),
        size="2K",
    ),
    Hard(
        "the same image twice",
        "openai_images",
        "duplicate",
        (O.IMAGE_INVALID, "repeat", PROVIDER, None, "image.repeat"),
        times=2,
    ),
    Hard("PNG without IEND", "gemini", "png_no_iend", (O.TRUNCATED, "truncated", PROVIDER, None, "image.unsound")),
    Hard("JPEG without EOI", "gemini", "jpeg_no_eoi", (O.TRUNCATED, "truncated", PROVIDER, None, "image.unsound")),
    Hard("base64 cut short", "gemini", "base64_cut", (O.TRUNCATED, "truncated", PROVIDER, None, "image.unsound")),
    Hard(
        "JSON cut short with a consistent Content-Length",
        "gemini",
        "json_cut",
        (O.TRUNCATED, "json", PROVIDER, None, "body.cut"),
    ),
    Hard("reset", "gemini", "reset", (O.CONNECTION, "reset", PROVIDER, None, "wire.fault")),
    Hard("silence", "gemini", "hang", (O.TIMEOUT, "ttfb", PROVIDER, None, "wire.fault")),
    Hard("silence within the body", "gemini", "stall", (O.TIMEOUT, "read_stall", PROVIDER, None, "wire.fault")),
    Hard("drip", "gemini", "drip", (O.TIMEOUT, "total", PROVIDER, None, "wire.fault")),
    Hard("redirect", "gemini", "redirect", (O.MALFORMED, "http_307", PROVIDER, None, "http.unexpected_status")),
    Hard(
        "an unknown reason to stop",
        "gemini",
        "finish_unknown",
        (O.OK_NO_IMAGE, "something_new", PROVIDER, None, "image.none"),
    ),
    Hard(
        "an unknown reason to refuse",
        "gemini",
        "blocked_unknown",
        (O.BLOCKED, "something_new", POLICY, None, "policy.blocked"),
    ),
    Hard(
        "an unknown state of a task",
        "kie",
        "task_unknown_state",
        (O.TIMEOUT, "task", PROVIDER, None, "task.unfinished"),
    ),
    Hard(
        "an unknown limit",
        "gemini",
        "rate_limited_bare",
        (O.RATE_LIMITED, "unknown", UNKNOWN, False, "limit.rate"),
    ),
]


def simulated(case: Hard) -> dict[str, object]:
    latency = {"sizes": {"1K": {"median_s": 0.05}, "2K": {"median_s": 0.05}}, "control": {"median_s": 0.01}}
    return {
        "format": case.format,
        "models": ["gpt-image-1" if case.format == "openai_images" else "m"],
        "projects": {"main": ["the-key"]},
        "latency": latency,
        "faults": {case.fault: 1.0},
        "keep_alive": False,
    }


def target(case: Hard, base_url: str) -> Target:
    return Target(
        case.name,
        case.format,
        base_url,
        "gpt-image-1" if case.format == "openai_images" else "m",
        auth=str(formats.load(case.format).AUTH[0]),
        key=Secret("the-key"),
        timeout_s=DEADLINE_S if case.fault in ENDED_BY_US else PATIENCE_S,
        usd_per_image={"1K": 0.05, "2K": 0.05},
        options={"poll_s": 2.0} if case.format == "kie" else {},
    )


@pytest.fixture(scope="module")
def rows() -> dict[str, list[Sample]]:
    """All of them at once, against one simulator; those that repeat, a moment after."""
    kept = sorted(asyncio.run(probed()), key=lambda row: row.seq)
    return {case.name: [row for row in kept if row.provider == case.name] for case in CASES}


async def probed() -> list[Sample]:
    scenario = Scenario.model_validate({"providers": {case.name: simulated(case) for case in CASES}})
    kept: list[Sample] = []
    async with simulating(scenario, RealClock()) as at, serving(answering()) as control:
        targets = {case.name: target(case, at.url_of(case.name)) for case in CASES}
        async with open_tools(RealClock(), control_urls=[control.url]) as tools:
            await run(
                plan(),
                run_id=uuid7(),
                location="here",
                targets=targets,
                tools=tools,
                record=kept.append,
                gate=FreeGate(),
            )
    return kept


def plan() -> Plan:
    shots = [
        Shot(float(again), case.name, ProbeKind.BASELINE, Mode.SCHEDULED, Ask(case.size, "1:1", "A red fox"), again)
        for case in CASES
        for again in range(case.times)
    ]
    return Plan(tuple(sorted(shots, key=lambda shot: shot.offset_s)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.phrase)
def test_what_is_said_of_a_hard_case(case: Hard, rows: dict[str, list[Sample]]) -> None:
    assert len(rows[case.name]) == case.times
    row = rows[case.name][-1]
    assert (row.outcome, row.detail, row.attribution, row.billed, row.rule) == case.said
    assert (row.retry_after_s == 26) is (
        case.fault == "rate_limited_day"
    )  # a hint, and no promise: midnight may be far

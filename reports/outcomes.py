"""The closed vocabulary of outcomes in the reader's words: what each is, and how it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from probes.model import Outcome


class Group(StrEnum):
    """What an outcome means to somebody who waits for an image."""

    USABLE = "usable"
    DEGRADED = "not as asked"
    FAILED = "failed"
    LIMITED = "rate limited"
    BLOCKED = "blocked by policy"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class OutcomeWords:
    """`user` and `http` say how a scheduled image request counts in the two availabilities."""

    label: str
    group: Group
    evidence: str
    user: str
    http: str


WORDS: Mapping[Outcome, OutcomeWords] = {
    Outcome.OK: OutcomeWords(
        "usable image", Group.USABLE, "the image decodes and has the size and ratio asked for", "good", "good"
    ),
    Outcome.OK_DEGRADED: OutcomeWords(
        "not as asked", Group.DEGRADED, "the image decodes, but its size, ratio or tier differs", "good", "good"
    ),
    Outcome.OK_NO_IMAGE: OutcomeWords("no image", Group.FAILED, "HTTP 200 and no final image in it", "failed", "good"),
    Outcome.MALFORMED: OutcomeWords(
        "malformed", Group.FAILED, "not JSON, another schema, or bad base64", "failed", "good"
    ),
    Outcome.IMAGE_INVALID: OutcomeWords(
        "not decodable", Group.FAILED, "empty, damaged or of a single colour", "failed", "good"
    ),
    Outcome.TRUNCATED: OutcomeWords(
        "cut off", Group.FAILED, "the connection or the image ends early", "failed", "good if a status came"
    ),
    Outcome.OVERLOADED: OutcomeWords("overloaded", Group.FAILED, "503 or 529 that names capacity", "failed", "failed"),
    Outcome.SERVER_ERROR: OutcomeWords(
        "server error",
        Group.FAILED,
        "other 5xx, or such an error inside HTTP 200",
        "failed",
        "failed if the status is 5xx",
    ),
    Outcome.TIMEOUT: OutcomeWords(
        "timed out", Group.FAILED, "the deadline of the request passed, or 504", "failed", "failed"
    ),
    Outcome.CONNECTION: OutcomeWords(
        "no connection",
        Group.FAILED,
        "DNS, refused, reset, disconnect or TLS",
        "failed unless it was our network",
        "failed",
    ),
    Outcome.RATE_LIMITED: OutcomeWords(
        "rate limited", Group.LIMITED, "429 of any quota", "left out, shown as its own number", "left out"
    ),
    Outcome.BLOCKED: OutcomeWords(
        "blocked", Group.BLOCKED, "the provider's content policy refused", "left out", "left out"
    ),
    Outcome.CLIENT_ERROR: OutcomeWords("bad request", Group.OURS, "400, 404, 413, 415, 422", "left out", "left out"),
    Outcome.AUTH: OutcomeWords("key refused", Group.OURS, "401, 403", "left out", "left out"),
    Outcome.BALANCE: OutcomeWords("balance spent", Group.OURS, "402, quota of the account", "left out", "left out"),
    Outcome.NOT_SENT: OutcomeWords(
        "not sent",
        Group.OURS,
        "planned, but our budget, breaker, shutdown or lateness held it back",
        "left out",
        "left out",
    ),
}

ORDER: tuple[str, ...] = tuple(outcome.value for outcome in WORDS)


def label(outcome: str) -> str:
    """The reader's words for an outcome; an unknown one is printed as it is."""
    return WORDS[Outcome(outcome)].label if outcome in ORDER else outcome


def group(outcome: str) -> Group:
    """An outcome that we do not know is nobody's success: it is shown among the failed."""
    return WORDS[Outcome(outcome)].group if outcome in ORDER else Group.FAILED


def by_group(outcomes: Mapping[str, int]) -> dict[Group, int]:
    """How many requests ended in each group, every group named."""
    return {of: sum(n for outcome, n in outcomes.items() if group(outcome) is of) for of in Group}

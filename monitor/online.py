"""One cheap authenticated call to each provider: does it answer, with this key, at this address?

The call is the adapter's reach request: it makes no image and costs nothing. Sentences never hold the key.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from probes.clock import Clock
from probes.conversation import Tools, converse, open_tools
from probes.model import Ask, Outcome, Target, Verdict
from probes.outcomes import classify

MOST_S = 30.0  # nobody waits longer for a check


@dataclass(frozen=True, slots=True)
class Reached:
    """How one provider answered. `ok`: the address, the key and the model are right."""

    provider: str
    ok: bool
    outcome: str
    status: int | None
    total_ms: float | None
    says: str


async def reach_all(
    targets: Mapping[str, Target],
    clock: Clock,
    *,
    ca_file: str | None = None,
    ca_files: Mapping[str, str] | None = None,
) -> list[Reached]:
    """Ask all of them at once, each within 30 s; in the order of `targets`."""
    async with open_tools(clock, ca_file=ca_file, ca_files=ca_files) as tools:
        return list(await asyncio.gather(*(_reach(tools, target) for target in targets.values())))


async def _reach(tools: Tools, target: Target) -> Reached:
    bounded = replace(target, timeout_s=min(target.timeout_s, MOST_S))
    said = await converse(tools, bounded, Ask())
    verdict = classify(Ask(), said.last, said.answer)
    return reached(bounded, said.last.status, said.phases.total_ms, verdict)


def reached(target: Target, status: int | None, total_ms: float | None, verdict: Verdict) -> Reached:
    """The finding on one answer (`status` None: there was none); pure."""
    return Reached(
        provider=target.provider,
        ok=verdict.outcome in {Outcome.OK, Outcome.RATE_LIMITED},
        outcome=verdict.outcome.value,
        status=status,
        total_ms=total_ms if status is not None else None,
        says=_sentence(target, status, verdict),
    )


_SENTENCES = {
    Outcome.OK: "answers",
    Outcome.RATE_LIMITED: "answers, and throttles already ({http})",
    Outcome.AUTH: "refuses the key ({http})",
    Outcome.BALANCE: "answers that the account has no money left ({http})",
    Outcome.CLIENT_ERROR: "does not know this request ({http}): check base_url and model '{model}'",
    Outcome.MALFORMED: "answers, but not as {adapter} does ({http}): check base_url and adapter",
    Outcome.CONNECTION: "cannot be reached at {host}: {broken}",
}
_BROKEN = {
    "dns": "the name is not known",
    "refused": "the connection is refused",
    "tls": "the TLS handshake fails",
    "reset": "the connection is reset",
    "disconnect": "the connection is closed without an answer",
}


def _sentence(target: Target, status: int | None, verdict: Verdict) -> str:
    detail = verdict.detail or ""
    if verdict.outcome is Outcome.TIMEOUT and status is None:
        return f"gave no answer at {urlsplit(target.base_url).netloc} within {target.timeout_s:g} s"
    return _SENTENCES.get(verdict.outcome, "answers with an error ({http})").format(
        http=f"HTTP {status}" + (f", {detail}" if detail not in {"", str(status)} else ""),
        host=urlsplit(target.base_url).netloc,
        model=target.model,
        adapter=target.adapter,
        broken=_BROKEN.get(detail, f"the network fails ({detail})"),
    )

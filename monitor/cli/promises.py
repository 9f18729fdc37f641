"""Promises and their verdicts on the terminal, and the gate that rests on them. Pure."""

from collections.abc import Callable, Iterator, Mapping

from rich.markup import escape

from monitor.judge.looks import ALPHA
from monitor.judge.result import Judgement, ProviderJudgement
from monitor.judge.verdicts import ClaimVerdict, Estimate

WORDS: Mapping[str, str] = {
    "confirmed": "[green]confirmed[/green]",
    "refuted": "[red]refuted[/red]",
    "undecided": "[yellow]undecided[/yellow]",
    "not_testable": "[yellow]not testable[/yellow]",
    "not_refuted_up_to": "not refuted so far",
    "void": "[yellow]void[/yellow]",
}
TWO_HOURS_S = 7200
OPEN = ("undecided", "void")
_SHARES = ("uptime", "error_rate", "billed_only_on_success", "size_as_asked", "model_as_asked")


def lines(judgement: Judgement) -> Iterator[str]:
    """Each promise with verdict, estimate, reason, and what would decide it; Rich markup."""
    for name, said in judgement.providers.items():
        for claim in said.claims:
            yield from _lines(name, claim)


def _lines(name: str, claim: ClaimVerdict) -> Iterator[str]:
    stale = " (read more than 90 days ago)" if claim.stale else ""
    yield f"{escape(name)}: {escape(claim.title)}{stale}: {WORDS[claim.verdict]}"
    if claim.estimate is not None:
        yield f"    measured  {estimate_in_words(claim, claim.estimate)}"
    yield f"    because   {escape(claim.reason)}"
    if claim.needs:
        yield f"    needs     {escape(claim.needs)}"
    for reading in claim.readings:
        value = "-" if reading.value is None else f"{reading.value * 100:.6g} %"
        yield f"    by {reading.definition:<15} {value:>10}  {reading.verdict.replace('_', ' ')}"


def estimate_in_words(claim: ClaimVerdict, estimate: Estimate) -> str:
    """Value, interval and n in the unit of the promise; a side that is not bounded is open. No uptime reads 100 %."""
    show = _unit(claim.metric)
    low, high = (None if end is None else show(end) for end in (estimate.low, estimate.high))
    clean = claim.metric == "uptime" and estimate.value >= 1
    value, high = ("nothing failed", None) if clean else (show(estimate.value), high)
    return f"{value} ({_between(low, high)}n {estimate.n:,})"


def _between(low: str | None, high: str | None) -> str:
    """`1.2 s to 1.4 s, `; nothing where neither side is bounded."""
    if low is None or high is None:
        return f"{low} or more, " if low else f"at most {high}, " if high else ""
    return f"{low} to {high}, "


def _unit(metric: str) -> Callable[[float], str]:
    if metric in _SHARES:
        return lambda value: f"{value * 100:.6g} %"
    if metric.endswith("_ms"):
        return lambda value: f"{value / 1000:.2f} s"
    if metric.endswith("_s"):
        return lambda value: f"{value:,.0f} s" if value < TWO_HOURS_S else f"{value / 3600:,.1f} h"
    return lambda value: f"${value:.4g}" if metric == "usd_per_image" else f"{value:,.4g}"


# --- the gate -------------------------------------------------------------------------------------------------


def broken(judgement: Judgement, fail_on: str) -> tuple[str, ...]:
    """Why the gate is not met, one sentence for each promise. An SLA result counts where the provider promised it."""
    bad = {"refuted", "not_met"} if fail_on == "refuted" else {"refuted", "not_met", *OPEN}
    return tuple(
        f"{name}: {what} is {verdict.replace('_', ' ')}{f' ({reason})' if reason else ''}"
        for name, said in judgement.providers.items()
        for what, verdict, reason in _promises(said)
        if verdict in bad
    )


def _promises(said: ProviderJudgement) -> Iterator[tuple[str, str, str | None]]:
    """Each promise of one provider: what, verdict, reason."""
    for result in said.sla:
        if result.promised:
            yield f"uptime by {result.definition}", result.verdict, result.reason
    for claim in said.claims:
        alone = claim.verdict == "refuted" and (claim.p_together or 0.0) > ALPHA
        if alone:  # of many true promises one is refuted now and then: Holm's correction keeps the gate honest
            yield claim.title, "undecided", f"refuted alone, not together with all promises: {claim.reason}"
        else:
            yield claim.title, claim.verdict, claim.reason

"""A promise as people say it: "99.9 % uptime", "P95 latency of at most 20 s at 1K"."""

from collections.abc import Callable, Mapping

from monitor.duration import spelled
from monitor.judge.facts import Claim

_AT_MOST = {"<=": "at most ", "<": "less than ", "==": "", ">=": "", ">": "more than "}
_PLAIN = {
    "same_latency_across_sizes": "the same latency at every size",
    "billed_only_on_success": "billed only on success",
    "size_as_asked": "images of the size that was asked for",
    "model_as_asked": "the model that was asked for",
}
_NUMBERS: Mapping[str, Callable[[str, float], str]] = {
    "uptime": lambda op, value: f"{op}{value * 100:.10g} % uptime",
    "error_rate": lambda op, value: f"{op}{value * 100:.10g} % errors",
    "p50_ms": lambda op, value: f"a median latency of {op}{value / 1000:,.10g} s",
    "p95_ms": lambda op, value: f"a P95 latency of {op}{value / 1000:,.10g} s",
    "rpm": lambda op, value: f"{op}{value:,.10g} requests a minute",
    "failover_s": lambda op, value: f"failover {'within' if op else 'in'} {spelled(value)}",
    "usd_per_image": lambda op, value: f"{op}${value:.6g} per image",
}


def title(claim: Claim) -> str:
    """The promise in a few words."""
    if isinstance(claim.value, str):
        said = f"{claim.value} requests a minute" if claim.metric == "rpm" else f"{claim.metric} {claim.value}"
    elif claim.metric in _NUMBERS and not isinstance(claim.value, bool):
        said = _NUMBERS[claim.metric](_AT_MOST[claim.op], float(claim.value))
    else:
        said = _PLAIN.get(claim.metric, f"{claim.metric} {claim.op} {claim.value}")
    where = f" at {claim.size}" if claim.size else ""
    return f"{said}{where}" + (f", by {claim.definition}" if claim.definition else "")

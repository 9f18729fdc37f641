"""What a claim may say: the metrics, and the comparison, value and definition that each of them takes.

One vocabulary for `upheld.toml` and the catalogue. Shares are 0 to 1, latencies milliseconds, money USD.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

Metric = Literal[
    "uptime",
    "p50_ms",
    "p95_ms",
    "same_latency_across_sizes",
    "rpm",
    "error_rate",
    "failover_s",
    "usd_per_image",
    "billed_only_on_success",
    "size_as_asked",
    "model_as_asked",
]
Op = Literal[">=", ">", "<=", "<", "=="]
Definition = Literal["time", "requests", "google_minutes", "aws_5min"]
OPS: tuple[str, ...] = get_args(Op)
UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class Terms:
    """How one metric is claimed: the comparisons that make sense, and what its value must be."""

    ops: tuple[str, ...]
    fits: Callable[[Any], bool]
    must_be: str


def _is_number(value: Any) -> bool:  # noqa: ANN401 - whatever the file holds
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_positive(value: Any) -> bool:  # noqa: ANN401 - as above
    return _is_number(value) and value > 0


def _is_share(value: Any) -> bool:  # noqa: ANN401 - as above
    return _is_number(value) and 0 < value <= 1


def _is_rate(value: Any) -> bool:  # noqa: ANN401 - as above
    return value == UNLIMITED if isinstance(value, str) else _is_positive(value)


_AT_LEAST, _AT_MOST = (">=", ">"), ("<=", "<")
_YES = Terms(("==",), lambda value: value is True, "true (the claim is a yes)")
TERMS = {
    "uptime": Terms(_AT_LEAST, _is_share, "a share above 0 and up to 1, for example 0.999 for 99.9 %"),
    "p50_ms": Terms(_AT_MOST, _is_positive, "milliseconds above 0"),
    "p95_ms": Terms(_AT_MOST, _is_positive, "milliseconds above 0"),
    "same_latency_across_sizes": _YES,
    "rpm": Terms((*_AT_LEAST, "=="), _is_rate, 'requests per minute above 0, or "unlimited"'),
    "error_rate": Terms(_AT_MOST, _is_share, "a share above 0 and up to 1, for example 0.005 for 0.5 %"),
    "failover_s": Terms(_AT_MOST, _is_positive, "seconds above 0"),
    "usd_per_image": Terms((*_AT_MOST, "=="), _is_positive, "USD above 0"),
    "billed_only_on_success": _YES,
    "size_as_asked": _YES,
    "model_as_asked": _YES,
}


@dataclass(frozen=True, slots=True)
class Misfit:
    """A key of a claim that does not fit its metric, and what would."""

    key: str
    reason: str


def misfits(metric: Any, op: Any, value: Any, definition: Any) -> list[Misfit]:  # noqa: ANN401 - whatever the file holds
    """What of a claim does not fit together; nothing where the metric itself is unknown (that is said elsewhere)."""
    terms = TERMS.get(metric) if isinstance(metric, str) else None
    if terms is None:
        return []
    found = []
    if op in OPS and op not in terms.ops:
        known = " or ".join(f'"{known}"' for known in terms.ops)
        found.append(Misfit("op", f'{metric} is claimed with {known}, not "{op}"'))
    if value is not None and not isinstance(value, list | dict) and not terms.fits(value):
        found.append(Misfit("value", f"{metric} must be {terms.must_be}, not {_shown(value)}"))
    if definition is not None and metric != "uptime":
        found.append(Misfit("definition", f"is for uptime alone; {metric} has one meaning"))
    return found


def _shown(value: Any) -> str:  # noqa: ANN401 - as above
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value[:40]}"' if isinstance(value, str) else str(value)

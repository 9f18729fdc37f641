"""The first of those that are ranked, with the rows behind it, its backup, and what would change it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from monitor.judge.recommend.field import WORDS, Field, row
from monitor.judge.verdicts import Recommendation


def best_of(field: Field, metrics: Sequence[str], order: Callable[[str], tuple[float, ...]]) -> list[str]:
    """Those ranked by all of these, first by the sum of their tiers, then by `order`, then by name."""
    ranked = field.ranked(metrics)
    return sorted(
        (name for name in ranked if not field.is_down_too_much(name)),
        key=lambda name: (ranked[name], *order(name), name),
    )


def nobody(priority: str, field: Field, metrics: Sequence[str]) -> Recommendation:
    """No primary, with the first reason why nothing is ranked."""
    unranked = [metric for metric in metrics if not (metric in field.tiers and field.tiers[metric].groups)]
    if unranked:
        why = f"no ranking by {WORDS[unranked[0]]}: {field.why_not(unranked[0])}"
        return Recommendation(priority, None, None, why, would_change="more measurements of what is missing")
    if all(field.is_down_too_much(name) for name in field.ranked(metrics)):
        why = "all that are ranked were certainly up for less than 99 % of the time"
        return Recommendation(priority, None, None, why, would_change="a window without such outages")
    why = f"nobody ranked by {' and '.join(WORDS[metric] for metric in metrics)} is in the best tier of uptime"
    return Recommendation(priority, None, None, why, would_change="more measurements of who is")


def chosen(priority: str, field: Field, best: Sequence[str], metrics: Sequence[str], rule: str) -> Recommendation:
    """The first of `best` with the rows behind it."""
    first, rest = best[0], best[1:]
    alike = field.alike(metrics, first)
    same = f"; not told from it by {' or '.join(WORDS[of] for of in metrics)}: {', '.join(alike)}" if alike else ""
    out = f"; without {', '.join(field.left_out)}, certainly up for less than 99 %" if field.left_out else ""
    return Recommendation(
        priority=priority,
        primary=first,
        backup=None,
        reason=f"{rule}{same}{out}",
        evidence=tuple(row(field, name, metrics) for name in (first, *rest)),
        would_change=_would_change(field, first, rest, metrics),
    )


def _would_change(field: Field, first: str, rest: Sequence[str], metrics: Sequence[str]) -> str:
    """The next one, and by how much it would have to be better."""
    if not rest:
        return "another provider that is ranked"
    other = rest[0]
    if len(metrics) > 2:
        return f"{other} in a better tier of cost, time to an image or uptime, or {first} in a worse one"
    if metrics[0] == "usd_per_usable":
        return f"{other} below ${field.usd(first):.4f} per usable image (now ${field.usd(other):.4f})"
    if metrics[0] == "time_to_image":
        return f"{other} faster than {field.half_ms(first) / 1000:.1f} s (now {field.half_ms(other) / 1000:.1f} s)"
    return f"an outage of {first}, or more days without one of {other}"


def backed(found: Recommendation, field: Field) -> Recommendation:
    """With the other provider that served most together with the primary; the cheaper one where two served alike."""
    partners = [
        (pair, pair.backup if pair.primary == found.primary else pair.primary)
        for pair in field.pairs
        if found.primary in {pair.primary, pair.backup} and pair.value is not None
    ]
    partners = [(pair, name) for pair, name in partners if name in field.providers]
    if not partners:
        return found
    pair, backup = min(partners, key=lambda item: (-(item[0].value or 0.0), field.usd(item[1]), item[1]))
    alone = pair.primary_good if pair.primary == found.primary else pair.backup_good
    told = f"with {backup}: {pair.either_good} of {pair.blocks} shared blocks served, {alone} by {found.primary} alone"
    return replace(found, backup=backup, evidence=(*found.evidence, told))

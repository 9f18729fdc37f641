"""Whom to sign for which priority (requirements 5): fixed rules over tiers, so that the same numbers say the same.

The rules are those of `docs/methods.md`, 10. Where a ranking is not allowed, nobody is recommended and the reason is
that of the ranking. Who is certainly up for less than 99 % of the time is nobody's primary.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from monitor.judge.clauses.clause import Clause
from monitor.judge.facts import Facts
from monitor.judge.result import ProviderJudgement
from monitor.judge.verdicts import Pair, Recommendation, Tiers

MAIN = "1K"
SMALL, MEDIUM, LARGE = 1_000, 50_000, 100_000  # images a month at which each class of volume is reckoned
MINUTES = 43_200  # of a month
PEAK = 10  # the busiest minute against the mean one, where no planned rate is configured


@dataclass(frozen=True, slots=True)
class _Field:
    """What the rules look at."""

    providers: Mapping[str, ProviderJudgement]
    facts: Facts
    tiers: Mapping[str, Tiers]  # by metric, of the main size
    pairs: Sequence[Pair]
    size: str

    def place(self, metric: str, name: str) -> int | None:
        """Its tier from 0; None where it is not ranked."""
        groups = self.tiers[metric].groups if metric in self.tiers else ()
        return next((place for place, group in enumerate(groups) if name in group), None)

    def why_not(self, metric: str) -> str:
        """Why nothing is ranked by this."""
        return (self.tiers[metric].reason if metric in self.tiers else None) or "fewer than two providers were measured"

    def usd(self, name: str) -> float:
        """Paid per usable image of the main size; infinite where that is not known."""
        each = self.providers[name].cost.by_size.get(self.size)
        return each.value if each else float("inf")

    def up(self, name: str) -> float:
        """The lowest that its uptime may have been."""
        time = self.providers[name].availability.time
        return min((end for end in (time.low, time.worst, time.value) if end is not None), default=0.0)

    def half_ms(self, name: str) -> float:
        """Median latency of the main size."""
        took = self.providers[name].latency_ms.get(self.size)
        return took.p50.value if took and took.p50 else float("inf")

    def is_down_too_much(self, name: str) -> bool:
        """Certainly below 99 %."""
        return self.providers[name].bands.get("uptime") == ("concerning",)


Rule = Callable[[_Field], Recommendation]


def of(
    providers: Mapping[str, ProviderJudgement], tiers: Sequence[Tiers], pairs: Sequence[Pair], facts: Facts
) -> tuple[Recommendation, ...]:
    """One for each priority; none at all where no provider was asked for an image."""
    asked = {name: said for name, said in providers.items() if said.availability.user.of and said.cost.by_size}
    if not asked:
        return ()
    sizes = sorted({size for said in asked.values() for size in said.cost.by_size})
    size = MAIN if MAIN in sizes else sizes[0]
    field = _Field(asked, facts, {of.metric: of for of in tiers if of.size in {None, size}}, pairs, size)
    return tuple(_backed(rule(field), field) for rule in RULES)


def _best(field: _Field, metrics: Sequence[str], order: Callable[[str], tuple[float, ...]]) -> list[str]:
    """Those ranked by all of these, first by the sum of their tiers, then by `order`, then by name."""
    places = {name: [field.place(metric, name) for metric in metrics] for name in field.providers}
    ranked = {
        name: sum(place for place in places_ if place is not None)
        for name, places_ in places.items()
        if None not in places_ and not field.is_down_too_much(name)
    }
    return sorted(ranked, key=lambda name: (ranked[name], *order(name), name))


def _nobody(priority: str, field: _Field, metrics: Sequence[str]) -> Recommendation:
    """No primary, with the first reason why nothing is ranked."""
    unranked = [metric for metric in metrics if not (metric in field.tiers and field.tiers[metric].groups)]
    if unranked:
        why = f"no ranking by {_WORDS[unranked[0]]}: {field.why_not(unranked[0])}"
        return Recommendation(priority, None, None, why, would_change="more measurements of what is missing")
    why = "all that are ranked were certainly up for less than 99 % of the time"
    return Recommendation(priority, None, None, why, would_change="a window without such outages")


_WORDS = {"usd_per_usable": "cost", "time_to_image": "time to an image", "uptime": "uptime"}


def _chosen(priority: str, field: _Field, best: Sequence[str], metrics: Sequence[str], rule: str) -> Recommendation:
    """The first of `best` with the rows behind it."""
    first, rest = best[0], best[1:]
    alike = _alike(field, metrics, first)
    same = f"; not told from it by {' or '.join(_WORDS[of] for of in metrics)}: {', '.join(alike)}" if alike else ""
    return Recommendation(
        priority=priority,
        primary=first,
        backup=None,
        reason=f"{rule}{same}",
        evidence=tuple(_row(field, name, metrics) for name in (first, *rest)),
        would_change=_would_change(field, first, rest, metrics),
    )


def _group(field: _Field, metric: str, name: str) -> tuple[str, ...]:
    place = field.place(metric, name)
    return () if place is None else field.tiers[metric].groups[place]


def _alike(field: _Field, metrics: Sequence[str], name: str) -> list[str]:
    """Who stands in the same tier by all of these."""
    groups = [set(_group(field, metric, name)) for metric in metrics]
    return sorted(set.intersection(*groups) - {name}) if groups else []


def _row(field: _Field, name: str, metrics: Sequence[str]) -> str:
    """One provider in numbers."""
    said = field.providers[name]
    numbers = {"usd_per_usable": _usd, "time_to_image": _half, "uptime": _uptime}
    tiers = (f"{numbers[metric](said, field.size)} (tier {(field.place(metric, name) or 0) + 1})" for metric in metrics)
    return f"{name}: {', '.join(tiers)}"


def _usd(said: ProviderJudgement, size: str) -> str:
    each = said.cost.by_size.get(size)
    return "cost not known" if each is None else f"${each.value:.4f} per usable {size} image, n = {each.n}"


def _half(said: ProviderJudgement, size: str) -> str:
    took = said.latency_ms.get(size)
    if took is None or took.p50 is None:
        return "median not bounded"
    return f"median {took.p50.value / 1000:.1f} s, {took.failed} of {took.n + took.failed} failed"


def _uptime(said: ProviderJudgement, _size: str) -> str:
    time = said.availability.time
    if time.value is None:
        return "uptime not known"
    floor = int(time.value * 100_000) / 1000  # floored: 100 only where nothing was down
    return f"{floor:g} % up, {100 * (time.coverage or 0.0):.0f} % of the time known"


def _would_change(field: _Field, first: str, rest: Sequence[str], metrics: Sequence[str]) -> str:
    """The next one, and by how much it would have to be better."""
    if not rest:
        return "another provider that is ranked"
    other = rest[0]
    if metrics[0] == "usd_per_usable":
        return f"{other} below ${field.usd(first):.4f} per usable image (now ${field.usd(other):.4f})"
    if metrics[0] == "time_to_image":
        return f"{other} faster than {field.half_ms(first) / 1000:.1f} s (now {field.half_ms(other) / 1000:.1f} s)"
    return f"an outage of {first}, or more days without one of {other}"


# --- the backup -----------------------------------------------------------------------------------------------


def _backed(found: Recommendation, field: _Field) -> Recommendation:
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


# --- the rules ------------------------------------------------------------------------------------------------


def _lowest_cost(field: _Field) -> Recommendation:
    metrics = ("usd_per_usable",)
    best = _best(field, metrics, lambda name: (field.usd(name),))
    rule = "the lowest tier of cost per usable image; in it the lowest value"
    return _chosen("lowest_cost", field, best, metrics, rule) if best else _nobody("lowest_cost", field, metrics)


def _reliability(field: _Field, priority: str = "reliability") -> Recommendation:
    metrics = ("uptime",)
    best = _best(field, metrics, lambda name: (-field.up(name),))
    rule = "the best tier of uptime; in it the highest lower bound, unknown time counted as down"
    return _chosen(priority, field, best, metrics, rule) if best else _nobody(priority, field, metrics)


def _balanced(field: _Field, priority: str = "balanced") -> Recommendation:
    metrics = ("usd_per_usable", "time_to_image", "uptime")
    best = _best(field, metrics, lambda name: (field.usd(name),))
    rule = "the lowest sum of tiers in cost, time to an image and uptime; then the lowest cost"
    return _chosen(priority, field, best, metrics, rule) if best else _nobody(priority, field, metrics)


def _regional(field: _Field) -> Recommendation:
    metrics = ("time_to_image",)
    best = _best(field, metrics, lambda name: (field.half_ms(name),))
    if not best:
        return _nobody("regional", field, metrics)
    rule = f"the best tier of time to an image as seen from {field.facts.location}; in it the lowest median"
    found = _chosen("regional", field, best, metrics, rule)
    return replace(found, would_change=f"measurements from another place than {field.facts.location}")


def _compliance(field: _Field) -> Recommendation:
    """Who owes an agreement for the model that was asked, and was not seen to break it."""
    unmeasured = "certificates and where data are kept are neither measured nor in the catalogue"
    agreed = {name: clause for name in field.providers if (clause := _agreement(field, name)) is not None}
    if not agreed:
        why = f"no provider here has a service level agreement for its model; {unmeasured}"
        return Recommendation("compliance", None, None, why, would_change="an agreement in a catalogue or contract")
    verdicts = {name: _verdict(field.providers[name], clause) for name, clause in agreed.items()}
    evidence = tuple(
        f"{name}: {clause.target:.2%} by {clause.name} ({clause.source or 'upheld.toml'}): {verdicts[name]}; "
        f"{_uptime(field.providers[name], field.size)}"
        for name, clause in sorted(agreed.items())
    )
    kept = [name for name in agreed if verdicts[name] != "not met"]
    if not kept:
        why = f"every agreement was broken in this window; {unmeasured}"
        return Recommendation("compliance", None, None, why, evidence, "a month in which one is kept")
    best = min(kept, key=lambda name: (verdicts[name] != "met", -field.up(name), name))
    why = f"an agreement that was {'kept' if verdicts[best] == 'met' else 'not seen to be broken'}; {unmeasured}"
    return Recommendation("compliance", best, None, why, evidence, "a month in which it is not met, or your audit")


def _agreement(field: _Field, name: str) -> Clause | None:
    """The first with a target that holds for this provider's model."""
    model = field.providers[name].model
    return next(
        (
            clause
            for clause in field.facts.of(name).agreements
            if clause.target is not None and not any(fnmatchcase(model, pattern) for pattern in clause.exclude_models)
        ),
        None,
    )


def _verdict(said: ProviderJudgement, clause: Clause) -> str:
    found = next((result.verdict for result in said.sla if result.definition == clause.name), "undecided")
    return found.replace("_", " ")


def _small(field: _Field) -> Recommendation:
    """So few images that reliability is worth more than the bill."""
    return _at_volume(_reliability(field, "volume_small"), field, SMALL)


def _medium(field: _Field) -> Recommendation:
    return _at_volume(_balanced(field, "volume_medium"), field, MEDIUM)


def _large(field: _Field) -> Recommendation:
    """The cheapest of those in the best tier of uptime whose rate limit was seen to be high enough."""
    metrics = ("usd_per_usable", "uptime")
    need = field.facts.planned_rpm or PEAK * LARGE / MINUTES
    best = _best(field, ("usd_per_usable",), lambda name: (field.usd(name),))
    best = [name for name in best if field.place("uptime", name) == 0]
    if not best:
        return _nobody("volume_large", field, metrics)
    held = [name for name in best if _rate(field, name) >= need]
    if not held:
        why = f"no cheap and reliable provider was seen to accept {need:.0f} requests a minute"
        told = tuple(f"{name}: at least {_rate(field, name):.0f} a minute" for name in best)
        return Recommendation("volume_large", None, None, why, told, "a burst or endurance run at that rate")
    rule = f"the lowest cost in the best tier of uptime that was seen to accept {need:.0f} requests a minute"
    return _at_volume(_chosen("volume_large", field, held, metrics, rule), field, LARGE)


def _rate(field: _Field, name: str) -> float:
    """Requests a minute that were accepted for certain."""
    sustained = field.providers[name].rate_limit.sustained_rpm
    return sustained.low if sustained else 0.0


def _at_volume(found: Recommendation, field: _Field, images: int) -> Recommendation:
    """With what a month of this volume costs."""
    if found.primary is None:
        return found
    month = field.usd(found.primary) * images
    told = f"{images:,} usable images a month at {found.primary}: ${month:,.2f}"
    return replace(found, evidence=(*found.evidence, told))


RULES: tuple[Rule, ...] = (_lowest_cost, _reliability, _balanced, _compliance, _regional, _small, _medium, _large)

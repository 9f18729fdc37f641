"""One rule for each priority of requirements 5; they are those of `docs/methods.md`, 10."""

from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase

from monitor.judge.clauses.clause import Clause
from monitor.judge.recommend.choosing import best_of, chosen, nobody
from monitor.judge.recommend.field import Field, uptime
from monitor.judge.result import ProviderJudgement
from monitor.judge.verdicts import Recommendation

SMALL, MEDIUM, LARGE = 1_000, 50_000, 100_000  # images a month at which each class of volume is reckoned
MINUTES = 43_200  # of a month
PEAK = 10  # the busiest minute against the mean one, where no planned rate is configured

Rule = Callable[[Field], Recommendation]


def _lowest_cost(field: Field) -> Recommendation:
    metrics = ("usd_per_usable",)
    best = best_of(field, metrics, lambda name: (field.usd(name),))
    rule = "the lowest tier of cost per usable image; in it the lowest value"
    return chosen("lowest_cost", field, best, metrics, rule) if best else nobody("lowest_cost", field, metrics)


def _reliability(field: Field, priority: str = "reliability") -> Recommendation:
    metrics = ("uptime",)
    best = best_of(field, metrics, lambda name: (-field.up(name),))
    rule = "the best tier of uptime; in it the highest lower bound, unknown time counted as down"
    return chosen(priority, field, best, metrics, rule) if best else nobody(priority, field, metrics)


def _balanced(field: Field, priority: str = "balanced") -> Recommendation:
    metrics = ("usd_per_usable", "time_to_image", "uptime")
    best = best_of(field, metrics, lambda name: (field.usd(name),))
    rule = "the lowest sum of tiers in cost, time to an image and uptime; then the lowest cost"
    return chosen(priority, field, best, metrics, rule) if best else nobody(priority, field, metrics)


def _regional(field: Field) -> Recommendation:
    metrics = ("time_to_image",)
    best = best_of(field, metrics, lambda name: (field.half_ms(name),))
    if not best:
        return nobody("regional", field, metrics)
    rule = f"the best tier of time to an image as seen from {field.facts.location}; in it the lowest median"
    found = chosen("regional", field, best, metrics, rule)
    return replace(found, would_change=f"measurements from another place than {field.facts.location}")


def _compliance(field: Field) -> Recommendation:
    """Who owes an agreement for the model that was asked, and was not seen to break it."""
    unmeasured = "certificates and where data are kept are neither measured nor in the catalogue"
    agreed = {name: clause for name in field.providers if (clause := _agreement(field, name)) is not None}
    if not agreed:
        why = f"no provider here has a service level agreement for its model; {unmeasured}"
        return Recommendation("compliance", None, None, why, would_change="an agreement in a catalogue or contract")
    verdicts = {name: _verdict(field.providers[name], clause) for name, clause in agreed.items()}
    evidence = tuple(
        f"{name}: {clause.target:.2%} by {clause.name} ({clause.source or 'upheld.toml'}): {verdicts[name]}; "
        f"{uptime(field.providers[name])}"
        for name, clause in sorted(agreed.items())
    )
    kept = [name for name in agreed if verdicts[name] != "not met"]
    if not kept:
        why = f"every agreement was broken in this window; {unmeasured}"
        return Recommendation("compliance", None, None, why, evidence, "a month in which one is kept")
    best = min(kept, key=lambda name: (verdicts[name] != "met", -field.up(name), name))
    why = f"an agreement that was {'kept' if verdicts[best] == 'met' else 'not seen to be broken'}; {unmeasured}"
    return Recommendation("compliance", best, None, why, evidence, "a month in which it is not met, or your audit")


def _agreement(field: Field, name: str) -> Clause | None:
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


def _small(field: Field) -> Recommendation:
    """So few images that reliability is worth more than the bill."""
    return _at_volume(_reliability(field, "volume_small"), field, SMALL)


def _medium(field: Field) -> Recommendation:
    return _at_volume(_balanced(field, "volume_medium"), field, MEDIUM)


def _large(field: Field) -> Recommendation:
    """The cheapest of those in the best tier of uptime whose rate limit was seen to be high enough."""
    metrics = ("usd_per_usable", "uptime")
    need, whose = field.facts.planned_rpm or PEAK * LARGE / MINUTES, _NEED[field.facts.planned_rpm is not None]
    ranked = best_of(field, metrics, lambda name: (field.usd(name),))
    best = sorted(
        (name for name in ranked if field.place("uptime", name) == 0), key=lambda name: (field.usd(name), name)
    )
    if not best:
        return nobody("volume_large", field, metrics)
    held = [name for name in best if _rate(field, name) >= need]
    if not held:
        why = f"no cheap and reliable provider was seen to accept {need:.0f} requests a minute, {whose}"
        told = tuple(f"{name}: at least {_rate(field, name):.0f} a minute" for name in best)
        return Recommendation("volume_large", None, None, why, told, "a burst or endurance run at that rate")
    rule = f"the lowest cost in the best tier of uptime that was seen to accept {need:.0f} requests a minute, {whose}"
    return _at_volume(chosen("volume_large", field, held, metrics, rule), field, LARGE)


_NEED = (f"{PEAK} times the mean of {LARGE:,} a month", "your planned_rpm")


def _rate(field: Field, name: str) -> float:
    """Requests a minute that were accepted for certain."""
    sustained = field.providers[name].rate_limit.sustained_rpm
    return sustained.low if sustained else 0.0


def _at_volume(found: Recommendation, field: Field, images: int) -> Recommendation:
    """With what a month of this volume costs."""
    if found.primary is None:
        return found
    month = field.usd(found.primary) * images
    told = f"{images:,} usable images a month at {found.primary}: ${month:,.2f}"
    return replace(found, evidence=(*found.evidence, told))


RULES: tuple[Rule, ...] = (_lowest_cost, _reliability, _balanced, _compliance, _regional, _small, _medium, _large)

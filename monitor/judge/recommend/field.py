"""What the rules look at, and one provider of it in numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from monitor.judge.facts import Facts
from monitor.judge.result import ProviderJudgement
from monitor.judge.verdicts import Pair, Tiers

WORDS = {"usd_per_usable": "cost", "time_to_image": "time to an image", "uptime": "uptime"}


@dataclass(frozen=True, slots=True)
class Field:
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

    @property
    def left_out(self) -> list[str]:
        """Who is nobody's primary."""
        return sorted(name for name in self.providers if self.is_down_too_much(name))

    def is_down_too_much(self, name: str) -> bool:
        """Certainly below 99 %."""
        return self.providers[name].bands.get("uptime") == ("concerning",)

    def ranked(self, metrics: Sequence[str]) -> dict[str, int]:
        """The sum of its tiers for each provider that has a place in all of these."""
        places = {name: [self.place(metric, name) for metric in metrics] for name in self.providers}
        known = {name: [place for place in found if place is not None] for name, found in places.items()}
        return {name: sum(found) for name, found in known.items() if len(found) == len(metrics)}

    def group(self, metric: str, name: str) -> tuple[str, ...]:
        """All of its tier."""
        place = self.place(metric, name)
        return () if place is None else self.tiers[metric].groups[place]

    def alike(self, metrics: Sequence[str], name: str) -> list[str]:
        """Who stands in the same tier by all of these."""
        return sorted(set.intersection(*(set(self.group(metric, name)) for metric in metrics)) - {name})


def row(field: Field, name: str, metrics: Sequence[str]) -> str:
    """One provider in numbers."""
    said = field.providers[name]
    numbers: dict[str, Callable[[ProviderJudgement, str], str]] = {
        "usd_per_usable": _usd,
        "time_to_image": _half,
        "uptime": uptime,
    }
    tiers = (f"{numbers[metric](said, field.size)} (tier {(field.place(metric, name) or 0) + 1})" for metric in metrics)
    return f"{name}: {', '.join(tiers)}"


def _usd(said: ProviderJudgement, size: str) -> str:
    each = said.cost.by_size.get(size)
    if each is None:
        return "cost not known"
    whole = said.cost.total_usd_per_usable
    own = "" if whole is None else f", ${whole:.4f} with your worksheet"
    return f"${each.value:.4f} per usable {size} image{own}, n = {each.n}"


def _half(said: ProviderJudgement, size: str) -> str:
    took = said.latency_ms.get(size)
    if took is None or took.p50 is None:
        return "median not bounded"
    return f"median {took.p50.value / 1000:.1f} s, {took.failed} of {took.n + took.failed} failed"


def uptime(said: ProviderJudgement, _size: str = "") -> str:
    """How long it was up and how much of the time is known, both floored; no outage is said as such."""
    time = said.availability.time
    if time.value is None:
        return "uptime not known"
    up = "no outage" if time.value >= 1 else f"{int(time.value * 100_000) / 1000:g} % up"
    coverage = time.coverage or 0.0
    known = "all" if coverage >= 1 else f"{int(coverage * 10_000) / 100:g} %"
    return f"{up}, {known} of the time known"

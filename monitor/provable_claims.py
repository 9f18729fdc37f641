"""What would decide each claim, in days and images, and whether these days of a schedule can. Pure.

As the verdicts are really given (`docs/claims.md`): at looks every 30 days and by bets, where days do not differ, which
is the best case. Uptime and error rate are decided by time without an outage, not by requests.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from monitor.config import Config, ProviderConfig, location_of
from monitor.duration import write
from monitor.judge.facts import Claim
from monitor.schedule_cost import SchedulePlan, midnight
from monitor.slots import schedule_of, spacing

DAYS_FOR_INTERVAL = 14  # differences between days enter an interval only when there are this many
NEEDED = {"p95": 59, "p99": 299}  # smallest sample whose maximum bounds the quantile from above with 95 %
SHARES = {"p50": (0.5, 0.25, 0.75), "p95": (0.05, 0.01, 0.20)}  # allowed; when well kept; when broken
MINUTES, A_MINUTE = "google_minutes", timedelta(minutes=1)
ANSWER_S = 20.0  # how long an image takes where nothing better is known
SATURATING = 20  # accepted images beyond the bucket that bound a rate to 5 %
YES, NO, PARTLY = "yes", "no", "partly"


@dataclass(frozen=True, slots=True)
class Proof:
    """A question, whether these days of the schedule can answer it, and why. `needs_days`: how many could."""

    question: str
    answer: str
    why: str
    needs_days: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One claim of one provider, and what will be measured."""

    config: Config
    plan: SchedulePlan
    provider: ProviderConfig
    claim: Claim
    said: str

    @property
    def days(self) -> int:
        """How many days are asked for."""
        return len(self.plan.days)

    @property
    def size(self) -> str:
        """The size that the claim is about, or the first that is measured."""
        table = self.config.probes.baseline
        return self.claim.size or (table.sizes[0] if table else "1K")

    @property
    def images(self) -> int:
        """Baseline images of that size in these days."""
        table = self.config.probes.baseline
        return slots_of(self.plan, "baseline") if table is not None and self.size in table.sizes else 0

    @property
    def price(self) -> float:
        """USD of one image of that size."""
        return self.provider.price(self.size) or 0.0

    def needs_days(self, images: int, at_least: float = 0.0) -> float | None:
        """Days until the baseline has so many images; None: never."""
        return max(images * self.days / self.images, at_least) if self.images else None


def claims_of(config: Config, plan: SchedulePlan) -> Iterator[Proof]:
    """An answer for every claim of every provider, each question once."""
    told: set[str] = set()
    for provider in config.providers.values():
        for claim in provider.claims:
            size = f" at {claim.size}" if claim.size else ""
            said = f"{provider.name}: {claim.metric} {claim.op} {_value(claim)}{size}"
            if said not in told:
                told.add(said)
                yield _METRICS[claim.metric](Case(config, plan, provider, claim, said))


def _value(claim: Claim) -> str:
    if claim.metric in {"uptime", "error_rate"} and not isinstance(claim.value, str):
        return f"{float(claim.value) * 100:.10g} %"
    return str(claim.value).lower()


def _number(case: Case) -> float:
    return float(case.claim.value)


# --- time ---------------------------------------------------------------------------------------------------------


def _uptime(case: Case) -> Proof:
    """By the days without an outage that the registered looks ask for, as the verdict itself does."""
    finest = min((every for probe in ("reach", "baseline") if (every := _every(case, probe))), default=None)
    if finest is None:
        return Proof(case.said, NO, "nothing looks: neither reach nor baseline runs")
    if case.claim.definition in {None, MINUTES} and finest > A_MINUTE:
        why = f"can be refuted, never confirmed: {MINUTES} needs a request each minute, this schedule has one in"
        return Proof(case.said, PARTLY, f"{why} {write(finest)}")
    every = _every(case, "baseline") if case.claim.definition == "requests" else finest
    return _without_outage(case, 1.0 - _number(case), every or finest)


def _without_outage(case: Case, allowed: float, every: timedelta) -> Proof:
    """Days without an outage until a look confirms it: one that nobody saw may last L, and a failure weighs a look."""
    from monitor.judge.needed import days_at_looks  # noqa: PLC0415 - scipy, which most commands do without

    unseen_s = max(case.config.judge.policy.survive_s, every.total_seconds())
    needed = days_at_looks(allowed, unseen_s)
    if math.isinf(needed):
        return Proof(case.said, PARTLY, "can be refuted, never confirmed")
    unseen = write(timedelta(seconds=unseen_s))
    why = f"confirming takes {needed:g} days without an outage (one of {unseen} may be unseen)"
    if case.days >= needed:
        return Proof(case.said, YES, why, needed)
    return Proof(case.said, PARTLY, f"{why}; {days_in_words(case.days)} can refute it, not confirm it", needed)


def _every(case: Case, probe: str) -> timedelta | None:
    return resolution(case.config, case.plan, probe)


def _failover(case: Case) -> Proof:
    """Begin and end of an outage are each known to one look and one answer: twice that is the floor."""
    probes = case.config.probes
    every = probes.recovery.every if probes.recovery else resolution(case.config, case.plan, "reach")
    if every is None:
        return Proof(case.said, NO, "nothing looks often enough: neither recovery nor reach runs")
    floor_s = 2 * (every.total_seconds() + ANSWER_S)
    if floor_s <= _number(case):
        return Proof(case.said, PARTLY, f"when an outage comes: a look every {write(every)} tells {floor_s:g} s apart")
    why = f"a look every {write(every)} with answers of {ANSWER_S:g} s cannot tell less than {floor_s:g} s"
    return Proof(case.said, NO, why)


# --- latency ------------------------------------------------------------------------------------------------------


def _quantile(case: Case) -> Proof:
    """Read as: no more than half, or 5 %, of the images take longer."""
    if not case.images:
        return Proof(case.said, NO, f"the baseline has no images of {case.size}")
    return _exceeding(case, case.claim.metric.removesuffix("_ms"))


def _exceeding(case: Case, name: str) -> Proof:
    """When the looks would confirm it and the bet refute it, where days do not differ."""
    from monitor.judge.needed import days_confirmed, days_refuted  # noqa: PLC0415 - scipy, as above

    allowed, fast, slow = SHARES[name]
    a_day = case.images / case.days
    confirmed, refuted = days_confirmed(allowed, fast, a_day), days_refuted(allowed, slow, a_day)
    why = (
        f"{case.images} images of {case.size}; if {fast:.0%} are slower, confirmed by the look {_after(confirmed)};"
        f" if {slow:.0%} are, refuted {_after(refuted)}"
    )
    answer = YES if case.days >= confirmed else PARTLY if case.days >= refuted else NO
    return Proof(case.said, answer, why, None if math.isinf(confirmed) else confirmed)


def _after(days: float) -> str:
    return "in no ten years" if math.isinf(days) else f"after {days:.0f} days"


def _same_latency(case: Case) -> Proof:
    table = case.config.probes.baseline
    sizes = table.sizes if table else ()
    if len(sizes) < 2:
        asked = f"asks for {sizes[0]} alone" if sizes else "does not run"
        return Proof(case.said, NO, f"needs two sizes or more, the baseline {asked}")
    proof = _exceeding(case, "p95")
    return replace(proof, why=f"of {', '.join(sizes)}: {proof.why}")


# --- counting -----------------------------------------------------------------------------------------------------


def _errors(case: Case) -> Proof:
    """Errors come in outages: the same method as for an uptime, whatever the number of images."""
    share, every = _number(case), _every(case, "baseline")
    if every is None or not case.images:
        return Proof(case.said, NO, "the baseline counts errors, and does not run")
    if not 0 < share < 1:
        return Proof(case.said, PARTLY, "one error refutes none at all; the baseline counts")
    return _without_outage(case, share, every)


def _as_asked(case: Case) -> Proof:
    why = f"one other image refutes it; {NEEDED['p95']} without one leave 5 % at most, {NEEDED['p99']} leave 1 %"
    if not case.images:
        return Proof(case.said, NO, f"{why}; the baseline has none of {case.size}")
    return Proof(case.said, PARTLY, f"{why}; {case.images} in these days", case.needs_days(NEEDED["p95"]))


def _billing(case: Case) -> Proof:
    why = (
        "one billed failure refutes it; only the provider's bill shows one."
        f" {NEEDED['p95']} failures without a bill leave 5 % at most, {NEEDED['p99']} leave 1 %"
    )
    return Proof(case.said, PARTLY, why)


def _price(case: Case) -> Proof:
    why = f"the invoice decides it, to the cent; {case.images} images of {case.size} in these days are held against it"
    return Proof(case.said, PARTLY if case.images else NO, why)


# --- rates --------------------------------------------------------------------------------------------------------


def _rate(case: Case) -> Proof:
    burst = case.config.probes.burst
    if case.claim.value == "unlimited":
        upto = f", {burst.max_images} images a run" if burst else "; nothing is: [probes.burst] does not run"
        why = f"can be refuted, never confirmed: only not refuted up to what was sent{upto}"
        return Proof(case.said, PARTLY if burst else NO, why)
    if burst is None:
        return Proof(case.said, NO, f"nothing goes up to it: [probes.burst] does not run; {_saturation(case)}")
    if not burst.saturate:
        seen = f"{burst.max_images} images a run bound what is seen"
        return Proof(
            case.said, PARTLY, f"refuted where fewer are accepted; {seen}; with saturate = true, {_saturation(case)}"
        )
    enough = burst.max_images >= _number(case) + SATURATING
    return Proof(
        case.said, YES if enough else PARTLY, f"{_saturation(case)}; {burst.max_images} images a run are allowed"
    )


def _saturation(case: Case) -> str:
    """What a saturation run needs: what is accepted at once (at most a minute's worth is usual), and 20 more."""
    images = math.ceil(_number(case)) + SATURATING
    size = case.config.probes.burst.size if case.config.probes.burst else case.size
    usd = images * (case.provider.price(size) or 0.0)
    return f"a saturation run takes what is accepted at once and {SATURATING} images, about {images} (${usd:,.2f})"


_METRICS: Mapping[str, Callable[[Case], Proof]] = {
    "uptime": _uptime,
    "failover_s": _failover,
    "p50_ms": _quantile,
    "p95_ms": _quantile,
    "same_latency_across_sizes": _same_latency,
    "error_rate": _errors,
    "size_as_asked": _as_asked,
    "model_as_asked": _as_asked,
    "billed_only_on_success": _billing,
    "usd_per_image": _price,
    "rpm": _rate,
}


# --- what is planned ----------------------------------------------------------------------------------------------


def slots_of(plan: SchedulePlan, probe: str) -> int:
    """Slots of a probe in the days of the plan."""
    load = next((load for load in plan.loads if load.probe == probe), None)
    return load.begun(plan.days) if load else 0


def resolution(config: Config, plan: SchedulePlan, probe: str) -> timedelta | None:
    """How far apart two looks of this probe are; None: it does not run."""
    table = getattr(config.probes, probe)
    if table is None:
        return None
    schedule = schedule_of(location_of(config), probe, every=table.every, cron=table.cron)
    return table.every or spacing(schedule, midnight(plan.start))


def days_in_words(days: float) -> str:
    """`14.8 hours`, `1 day`, `3.11 days`."""
    if days < 1:
        return f"{days * 24:.1f} hours"
    return "1 day" if days == 1 else f"{days:.3g} days"

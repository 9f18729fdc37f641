"""What a schedule can prove, and what it cannot, before a cent is spent. Pure.

The limits are those of statistics, not of the tool: outages cluster, so an uptime claim is confirmed by months
without an outage and not by many probes; a percentile is bounded by a sample of a certain size and not below; an end
that is looked at every minute is known to a minute.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from monitor.config import Config, ProviderConfig, location_of
from monitor.config.sections import Burst, Endurance
from monitor.duration import write
from monitor.judge.facts import Claim
from monitor.schedule_cost import SchedulePlan, midnight, steady_of
from monitor.slots import schedule_of, spacing

UNSEEN_MIN = 60.0  # an assumption: the outage that we must be able to survive not having seen, minutes
DAYS_FOR_INTERVAL = 14  # differences between days enter an interval only when there are this many
BLOCKS_TO_COMPARE, DAYS_TO_COMPARE = 30, 7
NEEDED = {"p95": 59, "p99": 299}  # smallest sample whose maximum bounds the quantile from above with 95 %
ANSWER_S = 20.0  # how long an image takes where nothing better is known
YES, NO, PARTLY = "yes", "no", "partly"


@dataclass(frozen=True, slots=True)
class Proof:
    """A question, whether these days of the schedule can answer it, and why. `needs_days`: how many could."""

    question: str
    answer: str
    why: str
    needs_days: float | None = None


def days_to_confirm(uptime: float, unseen_min: float = UNSEEN_MIN, alpha: float = 0.05) -> float:
    """Days without any outage after which an uptime is confirmed: L ln(1/alpha) / (1 - A). Never for 100 %."""
    if uptime >= 1.0:
        return math.inf
    return unseen_min * math.log(1 / alpha) / (1 - uptime) / 1440


def proofs(config: Config, plan: SchedulePlan) -> tuple[Proof, ...]:
    """What the schedule of `plan.days` can answer, in the order in which people ask."""
    return (
        *_outages(config, plan),
        *_percentiles(config, plan),
        *_difference(config, plan),
        *_limits(config),
        *_claims(config, plan),
    )


# --- outages ------------------------------------------------------------------------------------------------------


def _resolution(config: Config, plan: SchedulePlan, probe: str) -> timedelta | None:
    """How far apart two looks of this probe are; None: it does not run."""
    table = getattr(config.probes, probe)
    if table is None:
        return None
    schedule = schedule_of(location_of(config), probe, every=table.every, cron=table.cron)
    return table.every or spacing(schedule, midnight(plan.start))


def _outages(config: Config, plan: SchedulePlan) -> Iterator[Proof]:
    reach, baseline = (_resolution(config, plan, probe) for probe in ("reach", "baseline"))
    if reach is not None:
        each = write(reach)
        why = f"each that lasts {each} or longer; when it began and ended is known to {each}"
        yield Proof("outages of the whole API", YES, why)
    if baseline is not None:
        each = write(2 * baseline)  # stratified jitter: two looks are at most two intervals apart
        why = f"each that lasts {each} or longer; when it began and ended is known to {each}"
        yield Proof("outages of image generation alone", YES, why)


# --- latency and comparison -----------------------------------------------------------------------------------------


def _slots(plan: SchedulePlan) -> int:
    """Baseline slots in the days of the plan."""
    load = next((load for load in plan.loads if load.probe == "baseline"), None)
    return load.begun(plan.days) if load else 0


def _percentiles(config: Config, plan: SchedulePlan) -> Iterator[Proof]:
    if config.probes.baseline is None or not config.providers:
        return
    slots, days = _slots(plan), len(plan.days)
    for quantile, needed in NEEDED.items():
        needs_days = needed * days / slots if slots else None
        after = f"after {_days(needs_days)}" if needs_days else "never at this schedule"
        enough = slots >= needed
        why = f"{slots} images of each size; the {quantile} is bounded from {needed} on, {after}"
        yield Proof(f"{quantile} latency of each size", YES if enough else NO, why, needs_days)
    if slots and days < DAYS_FOR_INTERVAL:
        why = f"an interval that allows for differences between days needs {DAYS_FOR_INTERVAL} of them"
        yield Proof("latency beyond these days", NO, why, DAYS_FOR_INTERVAL)


def _difference(config: Config, plan: SchedulePlan) -> Iterator[Proof]:
    if config.probes.baseline is None or len(config.providers) < 2:
        return
    slots, days = _slots(plan), len(plan.days)
    enough = slots >= BLOCKS_TO_COMPARE and days >= DAYS_TO_COMPARE
    needs_days = max(BLOCKS_TO_COMPARE * days / slots, DAYS_TO_COMPARE) if slots else None
    why = f"{slots} blocks side by side; {BLOCKS_TO_COMPARE} blocks and {DAYS_TO_COMPARE} days are needed"
    yield Proof("which provider is faster", YES if enough else NO, why, needs_days)


# --- rate limits ----------------------------------------------------------------------------------------------------


def _limits(config: Config) -> Iterator[Proof]:
    if (burst := config.probes.burst) is not None:
        at_once = burst.max_images if burst.saturate else burst.concurrency
        why = f"where it is less than {at_once}; else only that {at_once} are accepted"
        yield Proof("how much is accepted at once", PARTLY, why)
    if (endurance := config.probes.endurance) is not None:
        yield from (_steady(endurance, provider) for provider in config.providers.values())


def _steady(endurance: Endurance, provider: ProviderConfig) -> Proof:
    question = f"{provider.name}: a steady rate for {write(endurance.duration)}"
    steady = steady_of(endurance, provider)
    if steady is None:
        return Proof(question, NO, "no rate is advertised, so there is no share of it to send; write limits.rpm")
    rate = f"{60 / steady.gap_s:g} rpm"
    if steady.sent < steady.planned:
        spent = f"${endurance.max_usd:.2f} are spent {_lasting(steady.lasts_s)}"
        return Proof(question, NO, f"{spent}: {steady.sent} of {steady.planned} requests at {rate}")
    share = f"{endurance.share_of_limit:.0%} of what is advertised"
    return Proof(question, PARTLY, f"that {rate} are sustained, {share}; nothing of what is above")


def _lasting(seconds: float) -> str:
    return f"after {write(timedelta(seconds=round(seconds)))}"


# --- claims -----------------------------------------------------------------------------------------------------------


def _claims(config: Config, plan: SchedulePlan) -> Iterator[Proof]:
    for provider in config.providers.values():
        told: set[str] = set()
        for claim in provider.claims:
            proof = _claim(config, plan, provider, claim)
            if proof is not None and proof.question not in told:
                told.add(proof.question)
                yield proof


def _claim(config: Config, plan: SchedulePlan, provider: ProviderConfig, claim: Claim) -> Proof | None:
    said = f"{provider.name}: {claim.metric} {claim.op} {_value(claim)}"
    if claim.metric == "uptime" and not isinstance(claim.value, str):
        return _uptime(said, float(claim.value), config, plan)
    if claim.metric == "failover_s" and not isinstance(claim.value, str):
        return _failover(said, float(claim.value), config, plan)
    if claim.metric == "rpm":
        return _rate(said, claim, config.probes.burst)
    if claim.metric == "same_latency_across_sizes":
        return _same_latency(said, config, plan)
    if claim.metric == "billed_only_on_success":
        return Proof(said, PARTLY, "one billed failure refutes it; only the provider's bill shows one")
    return None  # what is left follows from the percentiles, the errors and the prices above


def _value(claim: Claim) -> str:
    if claim.metric == "uptime" and not isinstance(claim.value, str):
        return f"{float(claim.value) * 100:.10g} %"
    return str(claim.value).lower()


def _uptime(said: str, uptime: float, config: Config, plan: SchedulePlan) -> Proof:
    needed, days = days_to_confirm(uptime), len(plan.days)
    if config.probes.reach is None and config.probes.baseline is None:
        return Proof(said, NO, "nothing looks: neither reach nor baseline runs")
    if math.isinf(needed):
        return Proof(said, PARTLY, "can be refuted, never confirmed")
    why = f"confirming takes {needed:.1f} days without an outage (allowing for one of {UNSEEN_MIN:g} min unseen)"
    if days >= needed:
        return Proof(said, YES, why, needed)
    return Proof(said, PARTLY, f"{why}; {_days(days)} can refute it, not confirm it", needed)


def _failover(said: str, seconds: float, config: Config, plan: SchedulePlan) -> Proof:
    """Begin and end of an outage are each known to one look and one answer: twice that is the floor."""
    every = config.probes.recovery.every if config.probes.recovery else _resolution(config, plan, "reach")
    if every is None:
        return Proof(said, NO, "nothing looks often enough: neither recovery nor reach runs")
    floor_s = 2 * (every.total_seconds() + ANSWER_S)
    if floor_s <= seconds:
        return Proof(said, PARTLY, f"when an outage comes: a look every {write(every)} tells {floor_s:g} s apart")
    why = f"a look every {write(every)} with answers of {ANSWER_S:g} s cannot tell less than {floor_s:g} s"
    return Proof(said, NO, why)


def _rate(said: str, claim: Claim, burst: Burst | None) -> Proof:
    if claim.value == "unlimited":
        return Proof(said, PARTLY, "can be refuted, never confirmed: only not refuted up to what was sent")
    if burst is None:
        return Proof(said, NO, "nothing goes up to it: [probes.burst] does not run")
    return Proof(said, PARTLY, f"refuted where fewer are accepted; {burst.max_images} images a run bound what is seen")


def _same_latency(said: str, config: Config, plan: SchedulePlan) -> Proof:
    sizes = config.probes.baseline.sizes if config.probes.baseline else ()
    if len(sizes) < 2:
        asked = f"asks for {sizes[0]} alone" if sizes else "does not run"
        return Proof(said, NO, f"needs two sizes or more, the baseline {asked}")
    enough = _slots(plan) >= NEEDED["p95"]
    return Proof(said, YES if enough else NO, f"of {', '.join(sizes)}, from {NEEDED['p95']} images of each on")


def _days(days: float) -> str:
    if days < 1:
        return f"{days * 24:.1f} hours"
    return "1 day" if days == 1 else f"{days:.3g} days"

"""What a schedule can prove, and what it cannot, before a cent is spent. Pure.

The limits are those of statistics, not of the tool: outages cluster, so an uptime claim is confirmed by months
without an outage and not by many probes; a percentile is bounded by a sample of a certain size and not below; an end
that is looked at every minute is known to a minute.
"""

import math
from collections.abc import Iterator
from datetime import timedelta

from monitor.config import Config, ProviderConfig
from monitor.config.sections import Burst, Endurance, Recovery
from monitor.duration import write
from monitor.provable_claims import (
    DAYS_FOR_INTERVAL,
    NEEDED,
    NO,
    PARTLY,
    SATURATING,
    YES,
    Proof,
    claims_of,
    days_in_words,
    resolution,
    slots_of,
)
from monitor.schedule_cost import SchedulePlan, Steady, steady_of
from probes.plans.endurance import FEWEST_IMAGES

BLOCKS_TO_COMPARE, DAYS_TO_COMPARE = 30, 7
NONE_FAILED = 3.689  # upper 95 % bound of an expected count of which none was seen (Garwood, two-sided)


def proofs(config: Config, plan: SchedulePlan) -> tuple[Proof, ...]:
    """What the schedule of `plan.days` can answer, in the order in which people ask."""
    return (
        *_outages(config, plan),
        *_realised(config, plan),
        *_ends(config),
        *_percentiles(config, plan),
        *_difference(config, plan),
        *_limits(config),
        *claims_of(config, plan),
    )


# --- outages ------------------------------------------------------------------------------------------------------


def _outages(config: Config, plan: SchedulePlan) -> Iterator[Proof]:
    reach, baseline = (resolution(config, plan, probe) for probe in ("reach", "baseline"))
    if reach is not None:
        each = write(reach)
        why = f"each that lasts {each} or longer; when it began and ended is known to {each}"
        yield Proof("outages of the whole API", YES, why)
    if baseline is not None:
        each = write(2 * baseline)  # stratified jitter: two looks are at most two intervals apart
        why = f"each that lasts {each} or longer; when it began and ended is known to {each}"
        yield Proof("outages of image generation alone", YES, why)


def _realised(config: Config, plan: SchedulePlan) -> Iterator[Proof]:
    """What happened in these days, not what kind of provider it is: here more looks do help."""
    probe = "reach" if config.probes.reach is not None else "baseline"
    looks = slots_of(plan, probe)
    if looks and looks > NONE_FAILED:
        least = f"{math.floor(100_000 * (1 - NONE_FAILED / looks)) / 1000:g} %"  # never rounded up
        why = f"{looks:,} looks; with none failed it was {least} or more, whatever we did not see"
        yield Proof("uptime of these days", YES, why)


def _ends(config: Config) -> Iterator[Proof]:
    """How long the money of one incident lasts."""
    if (recovery := config.probes.recovery) is not None:
        yield from (_end(recovery, provider) for provider in config.providers.values())


def _end(recovery: Recovery, provider: ProviderConfig) -> Proof:
    question, price = f"{provider.name}: when an outage is over", provider.price(recovery.size)
    if not price:
        return Proof(question, YES, f"known to {write(recovery.every)}; it is free")
    images = math.floor(recovery.max_usd_per_incident / price)
    lasts = write(timedelta(seconds=round(images * recovery.every.total_seconds()))) if images else "no time"
    why = (
        f"known to {write(recovery.every)} for {lasts}: {images} images for the ${recovery.max_usd_per_incident:.2f}"
        " of an incident; after that to what reach and baseline see"
    )
    return Proof(question, PARTLY, why)


# --- latency and comparison -----------------------------------------------------------------------------------------


def _percentiles(config: Config, plan: SchedulePlan) -> Iterator[Proof]:
    if config.probes.baseline is None or not config.providers:
        return
    slots, days = slots_of(plan, "baseline"), len(plan.days)
    for quantile, needed in NEEDED.items():
        needs_days = needed * days / slots if slots else None
        after = f"after {days_in_words(needs_days)}" if needs_days else "never at this schedule"
        enough = slots >= needed
        why = f"{slots} images of each size; the {quantile} is bounded from {needed} on, {after}"
        yield Proof(f"{quantile} latency of each size", YES if enough else NO, why, needs_days)
    if slots and days < DAYS_FOR_INTERVAL:
        why = f"an interval that allows for differences between days needs {DAYS_FOR_INTERVAL} of them"
        yield Proof("latency beyond these days", NO, why, DAYS_FOR_INTERVAL)


def _difference(config: Config, plan: SchedulePlan) -> Iterator[Proof]:
    if config.probes.baseline is None or len(config.providers) < 2:
        return
    slots, days = slots_of(plan, "baseline"), len(plan.days)
    enough = slots >= BLOCKS_TO_COMPARE and days >= DAYS_TO_COMPARE
    needs_days = max(BLOCKS_TO_COMPARE * days / slots, DAYS_TO_COMPARE) if slots else None
    why = f"{slots} blocks side by side; {BLOCKS_TO_COMPARE} blocks and {DAYS_TO_COMPARE} days are needed"
    yield Proof("which provider is faster", YES if enough else NO, why, needs_days)


# --- rate limits ----------------------------------------------------------------------------------------------------


def _limits(config: Config) -> Iterator[Proof]:
    if (burst := config.probes.burst) is not None:
        if burst.saturate:
            yield from (_saturated(burst, provider) for provider in config.providers.values())
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
        return Proof(question, NO, f"{_cut(endurance, provider, steady, rate)}; {_affordable(endurance, provider)}")
    share = f"{endurance.share_of_limit:.0%} of what is advertised"
    return Proof(question, PARTLY, f"that {rate} are sustained, {share}; nothing of what is above")


def _lasting(seconds: float) -> str:
    return f"after {write(timedelta(seconds=round(seconds)))}"


def _cut(endurance: Endurance, provider: ProviderConfig, steady: Steady, rate: str) -> str:
    whole = steady.planned * (provider.price(endurance.size) or 0.0)
    spent = f"${endurance.max_usd:.2f} are spent {_lasting(steady.lasts_s)}"
    return f"{spent}: {steady.sent} of {steady.planned} requests at {rate} (${whole:,.2f} for all)"


def _affordable(endurance: Endurance, provider: ProviderConfig) -> str:
    """The share that lasts the whole time for the same money, and what it still proves."""
    price, rpm = provider.price(endurance.size) or 0.0, provider.advertised_rpm or 0.0
    images = math.floor(endurance.max_usd / price)
    if not images:
        return "not one image can be had for it"
    share = images * 60.0 / endurance.duration.total_seconds() / rpm
    short = math.floor(share * 10 ** (digits := 1 - math.floor(math.log10(share)))) / 10**digits
    every = write(timedelta(seconds=max(1, round(endurance.duration.total_seconds() / images))))
    drift = f"drift and errors over {write(endurance.duration)}, and nothing of the limit"
    if images < FEWEST_IMAGES:
        drift = f"little: {images} are fewer than the {FEWEST_IMAGES} that a trend needs"
    days = max(endurance.duration.total_seconds() / 86_400, 1.0)
    a_day = f"${endurance.max_usd / days:,.2f} a day beside the other probes, which the caps must leave"
    return f"share_of_limit = {short:.12g} lasts to the end: an image every {every} shows {drift}; it takes {a_day}"


def _saturated(burst: Burst, provider: ProviderConfig) -> Proof:
    """A bucket of B takes B images and a few more; what is not accepted is normally free."""
    question, price = f"{provider.name}: rate, bucket and kind of its limit", provider.price(burst.size) or 0.0
    most, usd = burst.max_images - SATURATING, burst.max_images * price
    why = f"where {max(most, 0)} or fewer are accepted at once, for ${usd:,.2f} at most; else only that it is more"
    return Proof(question, PARTLY if most > 0 else NO, why)

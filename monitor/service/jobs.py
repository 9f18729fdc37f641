"""The configured probes as jobs. Pure: a slot's requests follow from the configuration and the slot alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.config import Config, location_of
from monitor.config.sections import Baseline, Burst, Endurance, Reach
from monitor.service.due import grace_of
from monitor.service.job import Job, Part, seed_of
from monitor.slots import schedule_of, spacing
from probes.model import Plan, ProbeKind, Target, in_order
from probes.plans import baseline, burst, endurance, reach, saturation

ALL = "all"
REACH_TIMEOUT_S = 30.0  # a control-plane call that takes longer is not reachable in any useful sense
MARGIN_S = 2.0


def jobs_of(config: Config, targets: Mapping[str, Target]) -> tuple[Job, ...]:
    """A job for each probe that has a table in the configuration and something to ask."""
    return tuple(job for job in _jobs(config, targets) if job.targets)


def _jobs(config: Config, targets: Mapping[str, Target]) -> Iterator[Job]:
    probes, location = config.probes, location_of(config)
    if probes.reach is not None:
        yield _reach(probes.reach, location, targets)
    if probes.baseline is not None:
        yield _baseline(probes.baseline, location, targets)
    if probes.burst is not None:
        yield _burst(probes.burst, location, targets)
    if probes.endurance is not None:
        yield _endurance(probes.endurance, location, targets)


def _job(
    probe: ProbeKind,
    timing: Reach | Baseline | Burst | Endurance,
    location: str,
    targets: Mapping[str, Target],
    parts: Callable[[datetime], tuple[Part, ...]],
) -> Job:
    schedule = schedule_of(location, probe, every=timing.every, cron=timing.cron)
    return Job(probe, schedule, timing.every or spacing(schedule, datetime(2026, 1, 1, tzinfo=UTC)), parts, targets)


def _reach(config: Reach, location: str, targets: Mapping[str, Target]) -> Job:
    """A call ends before the next one is due, so that a provider that hangs is seen to hang in every slot."""
    job = _job(ProbeKind.REACH, config, location, targets, lambda _: (Part(ALL, reach.plan(tuple(targets))),))
    limit_s = min(REACH_TIMEOUT_S, 0.75 * job.interval.total_seconds())
    bounded = {name: replace(target, timeout_s=min(target.timeout_s, limit_s)) for name, target in targets.items()}
    return replace(job, targets=bounded)


def _baseline(config: Baseline, location: str, targets: Mapping[str, Target]) -> Job:
    job = _job(ProbeKind.BASELINE, config, location, targets, lambda _: ())
    spread_s = spread_of(job.interval, [target.timeout_s for target in targets.values()])

    def parts(slot: datetime) -> tuple[Part, ...]:
        seed = seed_of(location, ProbeKind.BASELINE, slot)
        plan = baseline.plan(
            tuple(targets), config.blocks, aspect_ratio=config.aspect_ratio, seed=seed, spread_s=spread_s
        )
        return (Part(ALL, plan),)

    return replace(job, parts=parts, overlap=1 if spread_s else 0)


def spread_of(interval: timedelta, timeouts_s: Sequence[float]) -> float:
    """Within how many seconds a slot's blocks begin: all of the interval, so that no moment of the day is left out.

    The last answers then come while the next slot has begun. Where they might not have come by its end, all begin
    at once.
    """
    interval_s = interval.total_seconds()
    fits = max(timeouts_s, default=0.0) + grace_of(interval).total_seconds() + MARGIN_S <= interval_s
    return interval_s if fits else 0.0


def _burst(config: Burst, location: str, targets: Mapping[str, Target]) -> Job:
    """One provider after another: a hundred answers of eight megabytes at once are enough for one machine."""

    def parts(slot: datetime) -> tuple[Part, ...]:
        seed = seed_of(location, ProbeKind.BURST, slot)
        return tuple(Part(name, _load(config, name, target, seed)) for name, target in targets.items())

    return replace(_job(ProbeKind.BURST, config, location, targets, parts), at_once=False, exclusive=True)


def _load(config: Burst, name: str, target: Target, seed: int) -> Plan:
    """All at once, or until the limit is known."""
    if config.saturate:
        return saturation.plan(
            name,
            max_images=config.max_images,
            rpm=config.rpm or saturation.rate_of(target.advertised_rpm),
            size=config.size,
            aspect_ratio=config.aspect_ratio,
            seed=seed,
        )
    return burst.plan(
        name,
        concurrency=config.concurrency,
        max_images=config.max_images,
        size=config.size,
        aspect_ratio=config.aspect_ratio,
    )


def _endurance(config: Endurance, location: str, targets: Mapping[str, Target]) -> Job:
    """All providers at the same time: three days of one beside three other days of another prove nothing.

    The plans are made when their slot comes: days of requests are hundreds of thousands of shots.
    """
    rates = {name: target.advertised_rpm for name, target in targets.items() if target.advertised_rpm is not None}

    def parts(_: datetime) -> tuple[Part, ...]:
        return tuple(
            Part(
                name,
                _for_days(
                    endurance.plan(
                        name,
                        rpm=config.share_of_limit * rpm,
                        duration_s=config.duration.total_seconds(),
                        max_usd=config.max_usd,
                        size=config.size,
                        aspect_ratio=config.aspect_ratio,
                    )
                ),
            )
            for name, rpm in rates.items()
        )

    limited = {name: targets[name] for name in rates}
    job = _job(ProbeKind.ENDURANCE, config, location, limited, parts)
    return replace(job, exclusive=True, resumable=True)


def _for_days(plan: Plan) -> Plan:
    """A restart takes it up, and failures in a row suspend it (the circuit breaker) but do not end it."""
    return replace(plan, resumable=True, stop_after_errors=None)


def at_once(job: Job) -> Job:
    """The same job, its requests a second apart: for who waits for the end. Their order, and so their seq, stays."""

    def parts(slot: datetime) -> tuple[Part, ...]:
        return tuple(replace(part, plan=_dense(part.plan)) for part in job.parts(slot))

    return replace(job, parts=parts)


def _dense(plan: Plan) -> Plan:
    return replace(
        plan,
        shots=tuple(
            replace(shot, offset_s=min(shot.offset_s, float(number)))
            for number, shot in enumerate(in_order(plan.shots))
        ),
    )


def overlong(jobs: Sequence[Job]) -> Iterator[str]:
    """A sentence for each job whose answers may take longer than its interval: then slots are skipped."""
    for job in jobs:
        slow = [name for name, target in job.targets.items() if target.timeout_s >= job.interval.total_seconds()]
        if slow and not job.exclusive:
            yield (
                f"{job.probe}: answers of {', '.join(slow)} may take longer than its interval of"
                f" {job.interval.total_seconds():g} s; slots that fall due meanwhile are skipped (and say so)"
            )

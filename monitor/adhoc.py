"""One run by hand: from what was asked on the command line to a plan with a price, or a sentence why not. Pure."""

import math
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.config import Config
from monitor.config.sections import Burst
from monitor.config.values import RATIOS
from monitor.pressing import LOADS, Presses
from monitor.strict import SIZES, nearest
from probes.model import Mode, Plan, ProbeKind, Shot, Target
from probes.plans import baseline, burst, endurance, reach, recovery, saturation
from probes.plans.endurance import Steady, affordable
from probes.sampling import price_usd

REACH_RPM, BASELINE_RPM, ENDURANCE_RPM = 60.0, 6.0, 6.0  # where no rate is given
ENDURANCE_FOR = timedelta(minutes=10)
MOST_REQUESTS = 200_000  # a plan is made whole before it is run
_TOO_MANY = f"requests are more than one run can hold ({MOST_REQUESTS})"
TAKES = {  # which options a kind understands beside --max-usd
    ProbeKind.REACH: {"count", "concurrency", "rate"},
    ProbeKind.BASELINE: {"count", "concurrency", "rate", "size", "aspect"},
    ProbeKind.BURST: {"count", "concurrency", "rate", "saturate", "size", "aspect"},
    ProbeKind.ENDURANCE: {"count", "rate", "duration", "size", "aspect"},
    ProbeKind.RECOVERY: {"rate", "duration", "size", "aspect", "outage_in", "outage_for"},
}
DRILL_RPM, DRILL_IMAGE_EVERY_S = 30.0, 5.0  # control-plane calls a minute; images, as far as the money goes
DRILL_FOR, DRILL_AFTER = timedelta(seconds=30), timedelta(minutes=5)
DRILL_USD = 2.0  # where neither the command nor the configuration says


class WishError(ValueError):
    """What was asked for makes no run; says what would."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for. None: as the kind's default, or as configured."""

    provider: str
    kind: str
    count: int | None = None
    concurrency: int | None = None
    rate: float | None = None  # requests per minute
    duration: timedelta | None = None
    size: str | None = None
    aspect: str | None = None
    max_usd: float | None = None
    saturate: bool | None = None  # a burst that goes on until the limit is known
    outage_in: timedelta | None = None  # a drill: when the agreed outage begins, from now
    outage_for: timedelta | None = None  # and for how long it was agreed


@dataclass(frozen=True, slots=True)
class Errand:
    """A plan, and what it costs at most at list price. `drill`: in how long an agreed outage begins, and how long."""

    kind: ProbeKind
    plan: Plan
    usd: float
    drill: tuple[timedelta, timedelta] | None = None
    proves: tuple[str, ...] = ()  # of endurance: what it still shows, and what another variant for the same money would


def errand(wish: Wish, config: Config, targets: Mapping[str, Target]) -> Errand:
    """The run that was asked for.

    Raises:
        WishError: there is none such.
    """
    kind = kind_of(wish)
    _check(wish, kind)
    target = targets[wish.provider]
    plan = _PLANS[kind](wish, config, target)
    if len(plan.shots) > MOST_REQUESTS:
        raise WishError(f"{len(plan.shots)} {_TOO_MANY}")
    _check_price(plan, target)
    usd = sum(price_usd(target, shot) for shot in plan.payable)
    caps = [cap for cap in (wish.max_usd, plan.max_usd) if cap is not None]
    drill = drill_of(wish) if kind is ProbeKind.RECOVERY else None
    capped = replace(plan, max_usd=min(caps, default=None))
    return Errand(kind, capped, min([usd, *caps]), drill, tuple(_proves(capped, target)))


def _proves(plan: Plan, target: Target) -> Iterator[str]:
    """What an endurance run still shows under its cap, and what it would at a rate that lasts to the end."""
    if not isinstance(plan.shots, Steady) or not plan.shots or plan.max_usd is None:
        return
    gap_s, duration_s = plan.shots.gap_s, len(plan.shots) * plan.shots.gap_s
    variants = affordable(60.0 / gap_s, duration_s, price_usd(target, plan.shots[0]), plan.max_usd)
    whole_or_cut = variants[-1]
    yield f"{whole_or_cut.images} of {len(plan.shots)} images can be paid; they show {whole_or_cut.proves}"
    for slower in variants[:-1]:
        yield f"--rate {slower.rpm:.3g} would last to the end for the same money, and show {slower.proves}"


def pressed(
    config: Config, errand: Errand, targets: Mapping[str, Target], now: datetime
) -> AbstractContextManager[object]:
    """Hold the provider's account for as long as a load probe lasts.

    Raises:
        PressedError: another one is under way, here or in another process.
    """
    if errand.kind not in LOADS:
        return nullcontext()
    return Presses(config.service.data_dir).take(targets.values(), errand.kind, now)


def known_provider(name: str, config: Config) -> str:
    """The name, if it is configured.

    Raises:
        WishError: it is not; names those that are.
    """
    if name in config.providers:
        return name
    if not config.providers:
        raise WishError(f"{config.file} has no provider; add [providers.{name}]")
    raise WishError(f"no provider is called {name!r}; {nearest(name, tuple(config.providers))}")


def kind_of(wish: Wish) -> ProbeKind:
    """The kind of probe that was asked for.

    Raises:
        WishError: there is none such.
    """
    try:
        kind = ProbeKind(wish.kind)
    except ValueError:
        raise WishError(f"{wish.kind!r} is no kind of probe; known: {', '.join(ProbeKind)}") from None
    return kind


def _check(wish: Wish, kind: ProbeKind) -> None:
    given = {name for name in set().union(*TAKES.values()) if getattr(wish, name) is not None}
    if strange := sorted(given - TAKES[kind]):
        who = [other for other in ProbeKind if strange[0] in TAKES[other]]
        raise WishError(f"--{strange[0].replace('_', '-')} is not for {kind} probes, but for {', '.join(who)}")
    for name in ("rate", "max_usd"):
        value = getattr(wish, name)
        if value is not None and not (math.isfinite(value) and value > 0):
            raise WishError(f"--{name.replace('_', '-')} must be a number above 0, not {value:g}")
    if wish.size is not None and wish.size not in SIZES:
        raise WishError(f"{wish.size!r} is no size; {nearest(wish.size, SIZES)}")
    if wish.aspect is not None and wish.aspect not in RATIOS:
        raise WishError(f"{wish.aspect!r} is no aspect ratio; known: {', '.join(RATIOS)}")
    if max(wish.count or 0, wish.concurrency or 0) > MOST_REQUESTS:  # before any of them is made
        raise WishError(f"{max(wish.count or 0, wish.concurrency or 0)} {_TOO_MANY}")
    if kind == ProbeKind.BURST and wish.rate is not None and not wish.saturate:
        raise WishError("--rate is for a burst that goes on, --saturate; without it all are sent at the same moment")
    if wish.saturate and wish.concurrency is not None:
        raise WishError("--concurrency and --saturate exclude each other; --rate says how fast a saturation run begins")
    if wish.count is not None and wish.duration is not None:
        raise WishError("--count and --duration both say when to end; give one of them")


def _check_price(plan: Plan, target: Target) -> None:
    sizes = sorted({shot.ask.size for shot in plan.shots if shot.ask.size is not None} - set(target.usd_per_image))
    if sizes:
        raise WishError(
            f"no price for {sizes[0]} of {target.provider}, so no budget could hold it;"
            f' write prices = {{ "{sizes[0]}" = ... }} in [providers.{target.provider}]'
        )


# --- one function for each kind ------------------------------------------------------------------------------


def _reach(wish: Wish, config: Config, target: Target) -> Plan:
    del config
    shot = reach.plan([target.provider], mode=Mode.ADHOC).shots[0]
    return _paced(wish, [shot] * (wish.count or 1), wish.rate or REACH_RPM)


def _baseline(wish: Wish, config: Config, target: Target) -> Plan:
    configured = config.probes.baseline
    size = wish.size or (configured.sizes[0] if configured else "1K")
    ratio = wish.aspect or (configured.aspect_ratio if configured else "1:1")
    shots = [
        baseline.plan([target.provider], [size], aspect_ratio=ratio, seed=number, mode=Mode.ADHOC).shots[0]
        for number in range(wish.count or 1)
    ]
    return _paced(wish, shots, wish.rate or BASELINE_RPM)


def _paced(wish: Wish, shots: list[Shot], rpm: float) -> Plan:
    """`rpm` requests a minute, `concurrency` of them at the same moment. Open loop: no start waits for an answer."""
    at_once = wish.concurrency or 1
    gap_s = 60.0 * at_once / rpm
    paced = tuple(replace(shot, offset_s=(number // at_once) * gap_s, block=None) for number, shot in enumerate(shots))
    return Plan(paced, max_in_flight=max(100, 2 * at_once), late_after_s=60.0)


def _burst(wish: Wish, config: Config, target: Target) -> Plan:
    configured = config.probes.burst
    if wish.saturate:
        return _saturation(wish, configured, target)
    concurrency = wish.concurrency or (configured.concurrency if configured else 100)
    images = wish.count or (configured.max_images if configured and wish.concurrency is None else concurrency * 3 // 2)
    return burst.plan(
        target.provider,
        concurrency=concurrency,
        max_images=images,
        size=wish.size or (configured.size if configured else "1K"),
        aspect_ratio=wish.aspect or (configured.aspect_ratio if configured else "1:1"),
    )


def _saturation(wish: Wish, configured: Burst | None, target: Target) -> Plan:
    """`--count` images at most; a request that is refused costs nothing and is not counted."""
    return saturation.plan(
        target.provider,
        max_images=wish.count or (configured.max_images if configured else 150),
        rpm=wish.rate or (configured.rpm if configured else None) or saturation.rate_of(target.advertised_rpm),
        size=wish.size or (configured.size if configured else "1K"),
        aspect_ratio=wish.aspect or (configured.aspect_ratio if configured else "1:1"),
    )


def _endurance(wish: Wish, config: Config, target: Target) -> Plan:
    configured = config.probes.endurance
    rpm = wish.rate or _share(configured.share_of_limit if configured else 0.5, target.advertised_rpm)
    seconds = (wish.duration or ENDURANCE_FOR).total_seconds()
    if wish.count is not None:
        seconds = wish.count * 60.0 / rpm
    if math.ceil(seconds * rpm / 60.0) > MOST_REQUESTS:
        raise WishError(f"{rpm:g} requests a minute for that long are more than one run can hold ({MOST_REQUESTS})")
    return endurance.plan(
        target.provider,
        rpm=rpm,
        duration_s=seconds,
        max_usd=configured.max_usd if configured else None,
        size=wish.size or (configured.size if configured else "1K"),
        aspect_ratio=wish.aspect or (configured.aspect_ratio if configured else "1:1"),
    )


def _recovery(wish: Wish, config: Config, target: Target) -> Plan:
    """A drill: control-plane calls close together, images as close as the money allows, until well after its end."""
    configured = config.probes.recovery
    size = wish.size or (configured.size if configured else "1K")
    most_usd = wish.max_usd or (configured.max_usd_per_incident if configured else DRILL_USD)
    duration_s = (wish.duration or drill_of(wish)[0] + drill_of(wish)[1] + DRILL_AFTER).total_seconds()
    if duration_s * (wish.rate or DRILL_RPM) / 60 > MOST_REQUESTS:
        raise WishError(f"a drill of that length and rate has more {_TOO_MANY}")
    dearest_s = duration_s * target.usd_per_image.get(size, 0.0) / most_usd
    return recovery.drill(
        target.provider,
        duration_s=duration_s,
        reach_every_s=60.0 / (wish.rate or DRILL_RPM),
        image_every_s=max(DRILL_IMAGE_EVERY_S, dearest_s) if size in target.usd_per_image else None,
        size=size,
        aspect_ratio=wish.aspect or (configured.aspect_ratio if configured else "1:1"),
        max_usd=most_usd,
    )


def drill_of(wish: Wish) -> tuple[timedelta, timedelta]:
    """In how long the agreed outage begins, and how long it lasts."""
    return wish.outage_in or timedelta(), wish.outage_for or DRILL_FOR


def _share(share: float, advertised_rpm: float | None) -> float:
    return ENDURANCE_RPM if advertised_rpm is None else share * advertised_rpm


_PLANS = {
    ProbeKind.REACH: _reach,
    ProbeKind.BASELINE: _baseline,
    ProbeKind.BURST: _burst,
    ProbeKind.ENDURANCE: _endurance,
    ProbeKind.RECOVERY: _recovery,
}

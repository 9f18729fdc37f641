"""Which providers are simulated, how often, and what is counted: `study` -> the figures of reports/coverage.json."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass

import numpy as np

from monitor.judge import downtime, exceeding, intervals, needed
from monitor.judge.columns import SECOND
from monitor.judge.looks import ALPHA, BETWEEN
from monitor.judge.policy import BLOCK_S, DEFAULT, MERGE_GAP_S, SURVIVE_S, Policy
from monitor.judge.ruling import Ruling
from tests.simulation import latencies, outages
from tests.simulation.latencies import Rhythm
from tests.simulation.outages import Kind

DAY = 86_400 * SECOND
YEAR = 365
SEED = 20_261_122
SHAPES = ("fixed", "exponential", "lognormal")
MARGIN = 1e-9  # of a promise that lies exactly at the truth


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a year of daily readings came to, over many providers of one kind; `high` are upper 97.5 % bounds."""

    providers: int
    days: int
    refuted: float  # ever, on any day
    refuted_high: float
    confirmed: float
    confirmed_high: float
    days_to_refute: float | None  # median, of those that were
    days_to_confirm: float | None


def at_the_truth() -> tuple[Kind, ...]:
    """Outages of 10 min, 30 min and 2 h at a true 99.9 %, of every shape."""
    return tuple(Kind(mean, shape, 0.999) for mean in (10.0, 30.0, 120.0) for shape in (*SHAPES, "half"))


def at_other_promises() -> tuple[Kind, ...]:
    """The longest outages at other uptimes: where L has to prove itself."""
    return tuple(Kind(120.0, shape, uptime) for uptime in (0.95, 0.99, 0.995, 0.9995) for shape in SHAPES)


def beyond() -> tuple[Kind, ...]:
    """Outages twice as long as L in the mean: what it does not hold for."""
    return tuple(Kind(240.0, shape, uptime) for uptime in (0.99, 0.999) for shape in SHAPES)


def other_survivals() -> tuple[tuple[float, Kind], ...]:
    """Shorter L, where outages last 2 h."""
    uptimes = (0.99, 0.995, 0.999)
    return tuple((least, Kind(120.0, "exponential", uptime)) for least in (60.0, 90.0) for uptime in uptimes)


def off_the_truth() -> tuple[Kind, ...]:
    """Providers that are worse or better than 99.9 %: what the verdicts find out, and when."""
    kinds = (Kind(mean, "exponential", uptime) for uptime in (0.99, 0.995, 0.998) for mean in (10.0, 30.0, 120.0))
    return (*kinds, *(Kind(mean, "exponential", 0.9999) for mean in (10.0, 30.0)))


def rhythms() -> tuple[Rhythm, ...]:
    """P95 and median exactly as promised, with days that do not differ, or do, up to as much as requests do."""
    return tuple(Rhythm(share, share, differ) for share in (0.05, 0.5) for differ in (0.0, 0.3, 0.6, 1.0))


# --- one kind -------------------------------------------------------------------------------------------------


def uptime(
    kind: Kind, promised: float, providers: int, days: int = YEAR, seed: int = SEED, policy: Policy = DEFAULT
) -> Outcome:
    """The verdicts of the product on the promise of this uptime, read every day."""
    rng = np.random.default_rng(seed)
    allowed = 1.0 - promised + MARGIN
    records = (outages.record(rng, kind, days) for _ in range(providers))
    return _counted([downtime.decide(one, allowed, days * DAY, policy=policy).ruling for one in records], days)


def percentile(rhythm: Rhythm, providers: int, days: int = YEAR, seed: int = SEED) -> Outcome:
    """The same for a promised percentile."""
    rng = np.random.default_rng(seed)
    drawn = (latencies.requests(rng, rhythm, days) for _ in range(providers))
    allowed = rhythm.promised + MARGIN
    return _counted([exceeding.decide(0, t, hit, allowed, days * DAY).ruling for t, hit in drawn], days)


def uptime_with(survive_min: float, kind: Kind, providers: int) -> Outcome:
    """The same as `uptime` at the truth, were L another: why it is what it is."""
    return uptime(kind, kind.uptime, providers, policy=Policy(survive_s=survive_min * 60.0))


def covered(kind: Kind, providers: int, days: int, seed: int = SEED) -> float:
    """How often the 95 % process interval holds the truth, on one day."""
    rng = np.random.default_rng(seed)
    found = (downtime.estimate(outages.record(rng, kind, days), days * DAY) for _ in range(providers))
    held = [one for one in found if one is not None and (one.low or 0.0) <= kind.uptime <= (one.high or 1.0)]
    return len(held) / providers


def _counted(rulings: Sequence[Ruling], days: int) -> Outcome:
    """A ruling at the end of the year tells of every day before: refuted holds for good, and looks do not change."""
    n = len(rulings)
    refuted = [one.refuted_at / DAY for one in rulings if one.refuted_at is not None]
    confirmed = [one.confirmed_at / DAY for one in rulings if one.confirmed_at is not None]
    highs = [(intervals.clopper_pearson(len(part), n) or (0.0, 1.0))[1] for part in (refuted, confirmed)]
    return Outcome(
        n,
        days,
        len(refuted) / n,
        highs[0],
        len(confirmed) / n,
        highs[1],
        float(np.median(refuted)) if refuted else None,
        float(np.median(confirmed)) if confirmed else None,
    )


# --- all of it ------------------------------------------------------------------------------------------------


def study(providers: int, workers: int | None = None) -> dict[str, object]:
    """Everything, as plain data."""
    with ProcessPoolExecutor(workers) as pool:
        tables = {
            name: [asdict(kind) | {"promised": promised} | asdict(found) for kind, promised, found in part]
            for name, part in (
                ("at_the_truth", zip(*_uptimes(pool, at_the_truth(), None, providers), strict=True)),
                ("other_promises", zip(*_uptimes(pool, at_other_promises(), None, providers // 2), strict=True)),
                ("beyond", zip(*_uptimes(pool, beyond(), None, providers // 4), strict=True)),
                ("power", zip(*_uptimes(pool, off_the_truth(), 0.999, providers // 4), strict=True)),
            )
        }
        others = other_survivals()
        tried = pool.map(uptime_with, *zip(*others, strict=True), [providers // 4] * len(others))
        tables["other_survivals"] = [
            asdict(kind) | {"survive_min": least} | asdict(found)
            for (least, kind), found in zip(others, tried, strict=True)
        ]
        sure = pool.map(uptime, *_long(off_the_truth()[-2:], providers // 4))
        tables["power_in_years"] = [
            asdict(kind) | {"promised": 0.999} | asdict(found)
            for kind, found in zip(off_the_truth()[-2:], sure, strict=True)
        ]
        told = pool.map(percentile, rhythms(), [providers // 4] * len(rhythms()))
        latency = [asdict(one) | asdict(found) for one, found in zip(rhythms(), told, strict=True)]
        held = list(_coverage(pool, providers // 4))
    return {"constants": constants(), "uptime": tables, "percentiles": latency, "intervals": held}


def _uptimes(
    pool: ProcessPoolExecutor, kinds: Sequence[Kind], promised: float | None, providers: int
) -> tuple[Sequence[Kind], list[float], list[Outcome]]:
    """Each kind against what it keeps exactly, or against this promise."""
    promises = [kind.uptime if promised is None else promised for kind in kinds]
    return kinds, promises, list(pool.map(uptime, kinds, promises, [providers] * len(kinds)))


def _long(kinds: Sequence[Kind], providers: int) -> tuple[Sequence[Kind], list[float], list[int], list[int]]:
    return kinds, [0.999] * len(kinds), [providers] * len(kinds), [4 * YEAR] * len(kinds)


def _coverage(pool: ProcessPoolExecutor, providers: int) -> Iterator[dict[str, object]]:
    for days in (30, 90, YEAR):
        held = pool.map(covered, at_the_truth(), [providers] * 12, [days] * 12)
        for kind, share in zip(at_the_truth(), held, strict=True):
            yield asdict(kind) | {"days": days, "providers": providers, "covered": share}


def constants() -> dict[str, float]:
    """What the figures hold for: other defaults need another run."""
    return {
        "alpha": ALPHA,
        "survive_min": SURVIVE_S / 60.0,
        "merge_gap_min": MERGE_GAP_S / 60.0,
        "look_days": BETWEEN / DAY,
        "block_hours": BLOCK_S / 3600,
        "seed": SEED,
        "days_to_confirm": needed.days_at_looks(0.001),
    }

"""What was paid, what one usable image came to, and what it will come to in a month (docs/methods.md, 4).

A bill that nobody knows counts 0 in the value and in the lower end, the price in force at that time in the upper.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from monitor.judge import distributions, worksheet
from monitor.judge.columns import Flags, Floats, Rows, micros
from monitor.judge.facts import Official, ProviderFacts
from monitor.judge.intervals import ALPHA, ratio_error
from monitor.judge.quantiles import DAY
from monitor.judge.result import Cost, Latency, TimeAvailability
from monitor.judge.verdicts import Estimate

VOLUMES = (10_000, 50_000, 100_000, 500_000)  # images a month
MAIN = "1K"
_UNKNOWN = "bills that are not known count 0 in value and low, the price of that day in high"
_ONE_DAY = (
    f"paid / usable images; 95 % by linearised ratio of requests; one day, and others may differ more; {_UNKNOWN}"
)
_DAYS = f"paid / usable images; 95 % by linearised ratio with {{days}} days as clusters; {_UNKNOWN}"


def of(rows: Rows, facts: ProviderFacts, took: Mapping[str, Latency], time: TimeAvailability) -> Cost:
    """Cost of all rows of one provider in the window; reach requests are free and give no image."""
    paid_for = rows.take(rows.sent & ~rows.probe.isin("reach"))
    sizes = {size: paid_for.take(which) for size, which in paid_for.size.split() if size is not None}
    each = {size: found for size, part in sizes.items() if (found := _per_usable(part, facts)) is not None}
    main = main_size(each)
    usd = bills(rows, facts)
    paid = paid_for.billed == 1
    parts = worksheet.parts(facts.worksheet, each.get(main or ""), took.get(main or ""), time)
    saved = _savings(each, facts.official)
    return Cost(
        spent_usd=math.fsum(usd[~np.isnan(usd)].tolist()),
        usable=int(paid_for.good.sum()),
        usd_per_usable=_per_usable(paid_for, facts),
        unknown_bills=int(np.isnan(bills(paid_for, facts)).sum()),
        list_usd={size: float(usd) for size, usd in facts.usd_per_image.items()},
        by_size=each,
        blocked_billed=int((paid & paid_for.outcome.isin("blocked")).sum()),
        failed_billed=int((paid & ~paid_for.good & ~paid_for.outcome.isin("blocked")).sum()),
        saving=saved.get(main or ""),
        saving_by_size=saved,
        monthly_usd=_months(each, facts.usd_per_image),
        monthly_from={size: "measured" if size in each else "listed" for size in {**facts.usd_per_image, **each}},
        total_usd_per_usable=math.fsum(parts.values()) if parts else None,
        total_parts=parts,
    )


def main_size(each: Mapping[str, Estimate]) -> str | None:
    """1K where it was measured, else the size of most usable images."""
    return MAIN if MAIN in each else max(sorted(each), key=lambda size: each[size].n, default=None)


def _per_usable(rows: Rows, facts: ProviderFacts) -> Estimate | None:
    """None where no image was usable, or where nothing at all is known of the bills."""
    usable, usd = rows.good, bills(rows, facts)
    n, unknown = int(usable.sum()), np.isnan(usd)
    if not n or unknown.all():
        return None
    least = np.where(unknown, 0.0, usd)
    most = np.where(unknown, price_then(rows, facts), usd)
    low, _, days = _ends(least, usable, rows)
    _, high, _ = _ends(most, usable, rows)
    method = _ONE_DAY if days < 2 else _DAYS.format(days=days)
    return Estimate(math.fsum(least.tolist()) / n, max(low, 0.0), high if math.isfinite(high) else None, n, method)


def _ends(usd: Floats, usable: Flags, rows: Rows) -> tuple[float, float, int]:
    """Two-sided 95 % of paid / usable with days as clusters, and their number; of a single day, with its requests."""
    value = math.fsum(usd.tolist()) / int(usable.sum())
    if not math.isfinite(value):
        return value, value, 0
    cluster = rows.t // DAY
    days = len(np.unique(cluster))
    if days == 1:
        order = np.lexsort((usable, usd))  # sums of floats must not depend on the order of rows
        usd, usable, cluster = usd[order], usable[order], np.arange(len(rows))
    found = ratio_error(usd, usable.astype(np.float64), cluster)
    if found is None:
        return value, value, days
    error, clusters = found
    half = distributions.t_isf(ALPHA / 2, clusters - 1) * error if error > 1e-12 * value else 0.0  # of rounding alone
    return value - half, value + half, days


def bills(rows: Rows, facts: ProviderFacts) -> Floats:
    """Bill of each row: as booked; else 0 where it was not billed, the price then where it was; NaN: not known."""
    free = (rows.billed == 0) | ~rows.sent | rows.probe.isin("reach")
    assumed = np.where(free, 0.0, np.where(rows.billed == 1, price_then(rows, facts), np.nan))
    return np.where(np.isnan(rows.cost_usd), assumed, rows.cost_usd)


def price_then(rows: Rows, facts: ProviderFacts) -> Floats:
    """What each row's image was priced at when it was asked for; NaN where no price is known.

    A price that was replaced holds for all rows before the day on which the other was read.
    """
    listed = [*(facts.usd_per_image.get(size, math.nan) for size in rows.size.names), math.nan]
    prices = np.array(listed, dtype=np.float64)[rows.size.codes]
    for old in sorted(facts.past_prices, key=lambda past: past.until, reverse=True):
        before = micros(datetime(old.until.year, old.until.month, old.until.day, tzinfo=UTC))
        prices[rows.size.isin(old.size) & (rows.t < before)] = old.usd
    return prices


# --- what it will come to -------------------------------------------------------------------------------------


def _months(each: Mapping[str, Estimate], listed: Mapping[str, float]) -> dict[str, dict[int, float]]:
    """By size and volume; a size that was not measured at its list price, as if nothing ever failed."""
    usd = {**listed, **{size: estimate.value for size, estimate in each.items()}}
    return {size: {volume: volume * value for volume in VOLUMES} for size, value in usd.items()}


def _savings(each: Mapping[str, Estimate], official: Official | None) -> dict[str, Estimate]:
    """Share saved per usable image against the maker's list price of the same size; negative where it is dearer."""
    listed = official.usd_per_image if official else {}
    return {
        size: _saved(estimate, listed[size].usd, f"{official.name} ({listed[size].source})")
        for size, estimate in each.items()
        if official is not None and size in listed and listed[size].usd > 0
    }


def _saved(estimate: Estimate, usd: float, whose: str) -> Estimate:
    low = None if estimate.high is None else 1 - estimate.high / usd
    high = None if estimate.low is None else 1 - estimate.low / usd
    method = f"1 - paid per usable image / ${usd:g}, the list price of {whose}, whose own failures are not in it"
    return Estimate(1 - estimate.value / usd, low, high, estimate.n, method)

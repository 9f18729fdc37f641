"""What was paid, and what one usable image came to (docs/methods.md, 4): sums, not a sample, so bounds.

`low` puts bills that nobody knows at 0, `high` at the list price.
"""

import math
from collections.abc import Mapping

import numpy as np

from monitor.judge.columns import Floats, Rows
from monitor.judge.result import Cost
from monitor.judge.verdicts import Estimate

_METHOD = "paid / usable images; bills that are not known count 0 in value and low, the list price in high"


def of(rows: Rows, list_usd: Mapping[str, float]) -> Cost:
    """Cost of all rows of one provider in the window; reach requests are free and give no image."""
    paid_for = rows.take(rows.sent & ~rows.probe.isin("reach"))
    sizes = {size: paid_for.take(which) for size, which in paid_for.size.split() if size is not None}
    each = {size: _per_usable(part, list_usd) for size, part in sizes.items()}
    return Cost(
        spent_usd=math.fsum(_known_usd(rows, list_usd).tolist()),
        usable=int(paid_for.good.sum()),
        usd_per_usable=_per_usable(paid_for, list_usd),
        unknown_bills=int(np.isnan(_usd(paid_for, list_usd)).sum()),
        list_usd={size: float(usd) for size, usd in list_usd.items()},
        by_size={size: estimate for size, estimate in each.items() if estimate is not None},
    )


def _per_usable(rows: Rows, list_usd: Mapping[str, float]) -> Estimate | None:
    """None where no image was usable, or where nothing at all is known of the bills."""
    usable = int(rows.good.sum())
    usd = _usd(rows, list_usd)
    unknown = np.isnan(usd)
    if not usable or unknown.all():
        return None
    known = math.fsum(usd[~unknown].tolist())
    most = known + math.fsum(_list_price(rows, list_usd)[unknown].tolist())
    high = most / usable if math.isfinite(most) else None
    return Estimate(known / usable, known / usable, high, usable, _METHOD)


def _known_usd(rows: Rows, list_usd: Mapping[str, float]) -> Floats:
    usd = _usd(rows, list_usd)
    return usd[~np.isnan(usd)]


def _usd(rows: Rows, list_usd: Mapping[str, float]) -> Floats:
    """Bill of each row: as booked; else 0 where it was not billed, the list price where it was; NaN: not known."""
    free = (rows.billed == 0) | ~rows.sent | rows.probe.isin("reach")
    assumed = np.where(free, 0.0, np.where(rows.billed == 1, _list_price(rows, list_usd), np.nan))
    return np.where(np.isnan(rows.cost_usd), assumed, rows.cost_usd)


def _list_price(rows: Rows, list_usd: Mapping[str, float]) -> Floats:
    """List price of what each row asked for; NaN where none is configured."""
    prices = np.array([*(list_usd.get(size, math.nan) for size in rows.size.names), math.nan], dtype=np.float64)
    return prices[rows.size.codes]

"""The total cost of a usable image: what was paid for it, and what you say that it costs you besides.

The worksheet of requirements 5, per image: integration, monitoring, support, subscription and minimum spend, storage,
waiting and downtime. Only the bill and the two last rest on measurements; the rest is yours.
"""

from monitor.judge.facts import Worksheet
from monitor.judge.result import Latency, TimeAvailability
from monitor.judge.verdicts import Estimate

HOURS = 730.0  # of a month


def parts(
    sheet: Worksheet | None, each: Estimate | None, took: Latency | None, time: TimeAvailability
) -> dict[str, float]:
    """USD per usable image by what it is for; empty where nothing is configured, or a part that counts is not known."""
    if sheet is None or each is None:
        return {}
    waiting, down = _waiting(sheet, took), _down(sheet, time)
    if waiting is None or down is None:
        return {}
    bill = each.value * sheet.images_per_month
    month = {
        "integration": sheet.integration_hours * sheet.usd_per_hour / sheet.months,
        "monitoring": sheet.monitoring_usd_per_month,
        "support": sheet.support_usd_per_month,
        "subscription": sheet.subscription_usd_per_month,
        "minimum": max(0.0, sheet.minimum_usd_per_month - bill),
        "downtime": down,
    }
    spread = {what: usd / sheet.images_per_month for what, usd in month.items()}
    found = {"images": each.value, "storage": sheet.storage_usd_per_image, "waiting": waiting, **spread}
    return {what: usd for what, usd in found.items() if usd}


def _waiting(sheet: Worksheet, took: Latency | None) -> float | None:
    """What the mean time to an image costs; None where that is priced and not known."""
    if not sheet.usd_per_minute_waiting:
        return 0.0
    return None if took is None or took.mean is None else sheet.usd_per_minute_waiting * took.mean / 60_000


def _down(sheet: Worksheet, time: TimeAvailability) -> float | None:
    """A month's downtime at this window's share; None where that is priced and not known."""
    if not sheet.usd_per_hour_down:
        return 0.0
    return None if time.value is None else sheet.usd_per_hour_down * HOURS * (1 - time.value)

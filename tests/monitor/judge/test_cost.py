"""What one usable image came to, with what is not known on both sides."""

import math
from datetime import timedelta
from typing import Any

import pytest

from monitor.judge.facts import Listed, Official, PastPrice, ProviderFacts, Worksheet
from monitor.judge.result import Cost
from tests.monitor.judge.frames import DAY, HOUR, T0, Row, judged, row

PRICES = {"1K": 0.05, "4K": 0.20}


def cost(rows: list[Row], prices: dict[str, float] | None = None) -> Cost:
    return judged(rows, HOUR, facts=ProviderFacts(usd_per_image=PRICES if prices is None else prices)).cost


def image(seconds: float, outcome: str = "ok", **given: Any) -> Row:  # noqa: ANN401 - any column
    usual = {"size": "1K", "billed": outcome == "ok", "cost_usd": 0.05 if outcome == "ok" else 0.0}
    return row(seconds, outcome, **(usual | given))


def test_failures_that_are_not_billed_cost_nothing() -> None:
    said = cost([image(0), image(60), image(120, "server_error")])
    assert (said.usable, said.unknown_bills) == (2, 0)
    assert said.spent_usd == pytest.approx(0.1)
    assert said.usd_per_usable is not None
    assert (said.usd_per_usable.value, said.usd_per_usable.low, said.usd_per_usable.high) == (0.05, 0.05, 0.05)


@pytest.mark.parametrize(("billed_failures", "per_image"), [(0, 0.058), (5, 0.0610526), (2, 0.0592211)])
def test_billed_failures_make_usable_images_dearer(billed_failures: int, per_image: float) -> None:
    """c (1 + b (1 - p) / p) for p = 0.95, c = 0.058."""
    rows = [image(float(i), cost_usd=0.058) for i in range(95)]
    rows += [image(100.0 + i, "timeout", billed=True, cost_usd=0.058) for i in range(billed_failures)]
    rows += [image(200.0 + i, "timeout") for i in range(5 - billed_failures)]
    said = cost(rows).usd_per_usable
    assert said is not None
    assert said.value == pytest.approx(per_image, abs=5e-8)


def test_a_bill_that_is_not_known_lies_between_nothing_and_the_list_price() -> None:
    said = cost([image(0), image(60), image(120, "timeout", billed=None, cost_usd=None)])
    assert said.unknown_bills == 1
    assert said.usd_per_usable is not None
    # paid in full: R 0.075, residuals -0.025 twice and 0.05, so se = sqrt(3 / 2 x 0.00375) / 2 = 0.0375; t(2) 4.3027
    assert (said.usd_per_usable.low, said.usd_per_usable.high) == pytest.approx(
        (0.05, 0.075 + 4.3027 * 0.0375), abs=1e-5
    )


def test_one_day_is_uncertain_by_its_requests() -> None:
    """Ten images, two of the failures between them billed: 0.06 each, and nobody would sign that it is just that."""
    failed = [image(60.0 * i, "ok_no_image", billed=True, cost_usd=0.05) for i in (20, 21)]
    said = cost([image(60.0 * i) for i in range(10)] + failed).usd_per_usable
    assert said is not None
    assert said.value == pytest.approx(0.06)
    assert said.low is not None
    assert said.high is not None
    half = 2.200985 * math.sqrt(12 / 11 * (10 * 0.01**2 + 2 * 0.05**2)) / 10  # t of 11 degrees
    assert (said.low, said.high) == pytest.approx((0.06 - half, 0.06 + half), abs=1e-6)


def test_without_a_list_price_what_is_not_known_has_no_upper_bound() -> None:
    said = cost([image(0), image(60, "timeout", billed=None, cost_usd=None)], {})
    assert said.usd_per_usable is not None
    assert (said.usd_per_usable.low, said.usd_per_usable.high) == (0.05, None)


def test_a_bill_without_a_sum_counts_the_list_price() -> None:
    said = cost([image(0, cost_usd=None)])
    assert (said.spent_usd, said.unknown_bills) == (0.05, 0)


def test_where_nothing_is_known_of_any_bill_nothing_is_said() -> None:
    said = cost([row(0, size=None, probe="baseline", mode="imported")], {})
    assert (said.usd_per_usable, said.unknown_bills, said.usable) == (None, 1, 1)


def test_no_usable_image_has_no_cost_each() -> None:
    said = cost([image(0, "server_error", billed=True, cost_usd=0.05)])
    assert (said.spent_usd, said.usd_per_usable) == (0.05, None)


def test_reach_is_free_and_gives_no_image() -> None:
    assert cost([row(0), row(60, "timeout")], {}) == Cost(0.0, 0, None, 0, {}, {})


def test_what_was_abandoned_in_flight_may_have_been_billed_and_what_never_left_was_not() -> None:
    abandoned = image(0, "not_sent", detail="shutdown", sent_at=row(0)["sent_at"], billed=None, cost_usd=None)
    said = cost([abandoned, image(60), image(120, "not_sent", detail="budget", billed=None, cost_usd=None)])
    assert said.unknown_bills == 1


def test_sizes_are_kept_apart_and_all_kinds_of_probes_are_paid() -> None:
    rows = [image(0), image(60, probe="burst", mode="ramp"), image(120, size="4K", cost_usd=0.2)]
    said = cost(rows)
    assert {size: (one.value, one.n) for size, one in said.by_size.items()} == {"1K": (0.05, 2), "4K": (0.2, 1)}
    assert said.spent_usd == pytest.approx(0.3)


# --- days, prices of their time, and what nobody used ---------------------------------------------------------


def test_with_two_days_and_more_the_days_make_an_interval() -> None:
    """se^2 = D / (D - 1) * sum_d (billed_d - R usable_d)^2 / usable^2, by hand: R = 0.06, three days of 10 images."""
    rows = []
    for day, billed_failures in enumerate((0, 2, 4)):
        rows += [image(day * DAY + 60.0 * i) for i in range(10)]
        rows += [image(day * DAY + 60.0 * i + 7, "timeout", billed=True, cost_usd=0.05) for i in range(billed_failures)]
    said = judged(rows, 3 * DAY, facts=ProviderFacts(usd_per_image=PRICES)).cost.usd_per_usable
    assert said is not None
    half = 4.302653 * ((0.1**2 + 0 + 0.1**2) * 3 / 2) ** 0.5 / 30
    assert (said.value, said.low, said.high) == pytest.approx((0.06, 0.06 - half, 0.06 + half))
    assert "3 days as clusters" in said.method


def test_a_steady_price_stays_exact_over_days() -> None:
    rows = [image(day * DAY + 60.0 * i) for day in range(9) for i in range(7)]
    said = judged(rows, 9 * DAY).cost.usd_per_usable
    assert said is not None
    assert said.low == said.value == said.high


def test_a_bill_without_a_sum_counts_the_price_in_force_at_that_time() -> None:
    facts = ProviderFacts(
        usd_per_image={"1K": 0.09}, past_prices=(PastPrice("1K", 0.05, T0.date() + timedelta(days=2)),)
    )
    rows = [image(day * DAY, cost_usd=None) for day in range(4)]
    assert judged(rows, 4 * DAY, facts=facts).cost.spent_usd == pytest.approx(2 * 0.05 + 2 * 0.09)


def test_what_was_billed_without_an_image_is_counted_by_kind() -> None:
    rows = [image(0), image(1, "blocked", billed=True), image(2, "ok_no_image", billed=True), image(3, "blocked")]
    said = cost([*rows, image(4, "timeout", billed=None, cost_usd=None)])
    assert (said.blocked_billed, said.failed_billed, said.unknown_bills) == (1, 1, 1)


def test_a_month_is_reckoned_from_what_was_paid_and_from_the_list_where_nothing_was_measured() -> None:
    rows = [image(0), image(60), image(120, "timeout", billed=True, cost_usd=0.05)]
    said = cost(rows)
    assert said.monthly_usd["1K"] == pytest.approx({10_000: 750, 50_000: 3750, 100_000: 7500, 500_000: 37_500})
    assert said.monthly_usd["4K"][10_000] == pytest.approx(2000)
    assert said.monthly_from == {"1K": "measured", "4K": "listed"}


def test_the_saving_is_against_the_makers_price_of_that_size() -> None:
    official = Official("maker", {"1K": Listed("1K", 0.0672, "price list"), "4K": Listed("4K", 0.151, "price list")})
    facts = ProviderFacts(usd_per_image=PRICES, official=official)
    rows = [image(0, cost_usd=0.058), image(60, size="4K", cost_usd=0.2), image(120, size="2K", cost_usd=0.1)]
    said = judged(rows, HOUR, facts=facts).cost
    assert {size: one.value for size, one in said.saving_by_size.items()} == pytest.approx(
        {"1K": 1 - 0.058 / 0.0672, "4K": 1 - 0.2 / 0.151}
    )
    assert said.saving == said.saving_by_size["1K"]
    assert "price list" in said.saving_by_size["1K"].method
    assert cost(rows).saving is None


# --- the worksheet --------------------------------------------------------------------------------------------

SHEET = Worksheet(
    images_per_month=10_000, months=12, integration_hours=40, usd_per_hour=90, monitoring_usd_per_month=50,
    support_usd_per_month=100, subscription_usd_per_month=20, minimum_usd_per_month=700, storage_usd_per_image=0.001,
    usd_per_minute_waiting=0.02, usd_per_hour_down=10,
)  # fmt: skip


def total(rows: list[Row], sheet: Worksheet | None) -> Cost:
    return judged(rows, HOUR, facts=ProviderFacts(usd_per_image=PRICES, worksheet=sheet)).cost


def test_the_total_is_the_sum_of_its_parts() -> None:
    rows = [image(60.0 * i, "ok" if i % 10 else "server_error", total_ms=15_000.0) for i in range(40)]
    said = total(rows, SHEET)
    assert said.total_parts == pytest.approx(
        {
            "images": 0.05,
            "storage": 0.001,
            "waiting": 0.02 * 15 / 60,
            "integration": 40 * 90 / 12 / 10_000,
            "monitoring": 0.005,
            "support": 0.01,
            "subscription": 0.002,
            "minimum": (700 - 500) / 10_000,
            "downtime": 10 * 730 * 0.1 / 10_000,
        },
        rel=0.02,
    )
    assert said.total_usd_per_usable == pytest.approx(sum(said.total_parts.values()))


@pytest.mark.parametrize(
    ("rows", "sheet"),
    [
        ([image(0)], None),
        ([image(0, "server_error")], SHEET),  # no image has no cost
        ([image(0)], SHEET),  # a single probe says nothing of the time down, which is priced
    ],
    ids=["nothing configured", "nothing usable", "downtime not known"],
)
def test_no_total_is_invented(rows: list[Row], sheet: Worksheet | None) -> None:
    said = total(rows, sheet)
    assert (said.total_usd_per_usable, said.total_parts) == (None, {})


def test_what_is_not_priced_needs_no_measurement() -> None:
    assert total([image(0)], Worksheet(images_per_month=1000)).total_usd_per_usable == pytest.approx(0.05)

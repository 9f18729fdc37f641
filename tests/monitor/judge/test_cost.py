"""What one usable image came to, with what is not known on both sides."""

from typing import Any

import pytest

from monitor.judge.facts import ProviderFacts
from monitor.judge.result import Cost
from tests.monitor.judge.frames import HOUR, Row, judged, row

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
    assert (said.usd_per_usable.low, said.usd_per_usable.high) == pytest.approx((0.05, 0.075))


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

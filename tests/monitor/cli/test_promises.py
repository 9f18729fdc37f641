"""What was measured of a promise, in its unit: open sides are called so, and nothing reads 100 %."""

from dataclasses import replace

import pytest

from monitor.cli.promises import estimate_in_words
from monitor.judge.verdicts import Estimate
from tests.reports.promises import ALDER


@pytest.mark.parametrize(
    ("metric", "estimate", "words"),
    [
        ("uptime", (0.9999, 0.95, 0.99999), "99.99 % (95 % to 99.999 %, n 59)"),
        ("uptime", (1.0, 0.95, 1.0), "nothing failed (95 % or more, n 59)"),
        ("p95_ms", (38_130.0, 34_090.0, None), "38.13 s (34.09 s or more, n 59)"),
        ("p50_ms", (6_980.0, None, 7_540.0), "6.98 s (at most 7.54 s, n 59)"),
        ("p50_ms", (6_980.0, None, None), "6.98 s (n 59)"),
        ("failover_s", (41.0, 40.0, 42.0), "41 s (40 s to 42 s, n 59)"),
        ("failover_s", (120_880.0, 120_263.0, 121_498.0), "33.6 h (33.4 h to 33.7 h, n 59)"),
        ("rpm", (299.5, 292.4, 306.6), "299.5 (292.4 to 306.6, n 59)"),
        ("usd_per_image", (0.058, 0.058, 0.0581), "$0.058 ($0.058 to $0.0581, n 59)"),
    ],
)
def test_an_estimate_is_in_the_unit_of_its_promise(
    metric: str, estimate: tuple[float, float | None, float | None], words: str
) -> None:
    value, low, high = estimate
    claim = replace(ALDER[0], metric=metric)
    assert estimate_in_words(claim, Estimate(value, low, high, 59, "")) == words

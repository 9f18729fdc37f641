"""This week against the one before: what changed, what only seems to, and what cannot be said."""

import math

import numpy as np
import pytest

from monitor.judge.compare.daily import DAYS, Series
from monitor.judge.compare.weeks import changes
from monitor.judge.verdicts import Change
from tests.monitor.judge.frames import DAY, HOUR, Row, every, judgement


def series(
    after: float = 1.0, *, seed: int = 1, name: str = "p", moves: float = 0.0, phi: float = 0.0, noise: float = 0.02
) -> Series:
    """Daily medians around 8 s, from the second week on times `after`; `moves` is what they all share."""
    rng = np.random.default_rng(seed)
    days = rng.normal(0, noise, DAYS)
    for i in range(1, DAYS):
        days[i] = phi * days[i - 1] + math.sqrt(1 - phi**2) * days[i]
    values = math.log(8000) + days + np.where(np.arange(DAYS) >= 7, math.log(after) + moves, 0.0)
    return Series(name, "latency", "1K", values, is_log=True)


def only(found: tuple[Change, ...], name: str = "p") -> Change:
    return next(change for change in found if change.provider == name)


def test_a_lasting_rise_of_a_quarter_is_a_change() -> None:
    found = only(changes([series(1.25), *(series(seed=i, name=f"q{i}") for i in (2, 3, 4))]))
    assert found.verdict == "changed"
    assert found.ratio is not None
    assert found.ratio.low is not None
    assert found.ratio.high is not None
    assert found.ratio.low < 1.25 < found.ratio.high
    assert found.before == pytest.approx(8000, rel=0.02)
    assert found.after == pytest.approx(10_000, rel=0.02)


def test_what_all_providers_share_is_our_network() -> None:
    found = changes([series(seed=i, name=f"q{i}", moves=0.3) for i in range(4)])
    assert {change.verdict for change in found} == {"no_change_seen"}


def test_when_the_others_change_one_has_not() -> None:
    found = changes([series(1.3, name="a"), series(seed=2, name="b")])
    assert only(found, "a").verdict == "changed"
    assert only(found, "b").verdict == "no_change_seen"
    assert only(found, "b").reason.startswith("not seen without the others")


def test_less_than_10_percent_is_no_change() -> None:
    found = only(changes([series(1.08)]))
    assert (found.verdict, found.reason) == ("no_change_seen", "less than 10 %")


def test_what_was_over_before_the_last_three_days_did_not_last() -> None:
    values = series(1.5).values.copy()
    values[-1] = values[0] - 0.1
    found = only(changes([Series("p", "latency", "1K", values, is_log=True)]))
    assert (found.verdict, found.reason.partition(":")[0]) == ("no_change_seen", "did not last")


def test_fewer_than_five_days_of_a_week_are_not_judged() -> None:
    values = series(1.5).values.copy()
    values[:3] = math.nan
    found = only(changes([Series("p", "latency", "1K", values, is_log=True)]))
    assert (found.verdict, found.ratio, found.p_value) == ("not_judged", None, None)


def test_a_price_needs_no_chance() -> None:
    steps = {1.005: "no_change_seen", 1.02: "changed", 1.0: "no_change_seen"}
    for step, verdict in steps.items():
        values = np.log(np.where(np.arange(DAYS) < 7, 0.05, 0.05 * step))
        assert only(changes([Series("p", "cost", None, values, is_log=True)])).verdict == verdict


@pytest.mark.parametrize("phi", [0.0, 0.3, 0.6])
def test_days_that_resemble_those_before_raise_few_false_alarms(phi: float) -> None:
    """One provider, and chance alone: 5 % is the aim; a naive test has 49 % at 0.6 (statistics 4)."""
    alarms = [(only(changes([series(seed=seed, phi=phi)])).p_value or 0.0) < 0.05 for seed in range(1000, 1400)]
    assert sum(alarms) / len(alarms) <= 0.12


# --- from rows ------------------------------------------------------------------------------------------------


def fortnight(slower: float = 1.0, usd: float = 0.05, down_h: float = 0.0) -> list[Row]:
    """An image each hour for two weeks; slower, dearer and down in the second one."""
    rng = np.random.default_rng(5)
    rows: list[Row] = []
    for hour in range(14 * 24):
        late = hour >= 7 * 24
        bad = late and hour % 24 < down_h
        (one,) = every(
            HOUR, hour * HOUR, (hour + 1) * HOUR, "server_error" if bad else "ok",
            size="1K", billed=not bad, cost_usd=0.0 if bad else (usd if late else 0.05),
            total_ms=8000.0 * (slower if late else 1.0) * rng.lognormal(0, 0.05),
        )  # fmt: skip
        rows.append(one)
    return rows


@pytest.mark.parametrize(
    ("world", "changed"),
    [
        ({}, set()),
        ({"slower": 1.3}, {"latency"}),
        ({"usd": 0.06}, {"cost"}),
        ({"down_h": 3}, {"uptime", "errors"}),
    ],
    ids=["nothing", "latency", "cost", "an outage"],  # words of a set come in another order in each process
)
def test_each_number_changes_by_itself(world: dict[str, float], changed: set[str]) -> None:
    found = judgement(fortnight(**world), 14 * DAY, start_s=7 * DAY).changes
    assert {change.metric for change in found} == {"latency", "uptime", "errors", "cost"}
    assert {change.metric for change in found if change.verdict == "changed"} == changed


def test_without_a_week_before_there_is_nothing_to_compare() -> None:
    assert judgement(fortnight()[: 7 * 24], 7 * DAY).changes == ()

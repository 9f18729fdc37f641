"""Judgements made by hand for the mail: every figure is chosen, none is measured."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from monitor import weeks
from monitor.judge.result import (
    Availability,
    Cost,
    Day,
    Errors,
    Incident,
    Instrument,
    Judgement,
    Latency,
    Phase,
    Phases,
    ProviderJudgement,
    Quantiles,
    RateLimit,
    Span,
    Spell,
    Spending,
    TimeAvailability,
)
from monitor.judge.verdicts import Estimate
from tests.reports import build
from tests.reports.build import ratio

WEEK = weeks.parse("2026-W47")  # 16 to 22 Nov
START = datetime(2026, 11, 16, tzinfo=UTC)
END = datetime(2026, 11, 23, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)  # when the mail is sent
WEEK_S = 7 * 86400.0


def at(text: str) -> datetime:
    """An instant of November 2026: `17 09:41`."""
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-11-{day}T{clock}:00+00:00")


def time(down_s: float = 0.0, unknown_s: float = 0.0, window_s: float = WEEK_S, **more: Any) -> TimeAvailability:  # noqa: ANN401 - fields of the noun
    """Consistent time availability; the interval is about as wide as one probe a minute gives."""
    found = build.time(down_s / 60, window_s / 60, unknown_s / 60)
    if found.value is not None:
        found = replace(found, low=max(0.0, found.value - 0.00037), high=min(1.0, found.value + 0.00021))
    return replace(found, **more)


def estimate(value: float, spread: float = 0.1, n: int = 610) -> Estimate:
    """A value with an interval of `spread` on both sides, relative."""
    return Estimate(value, value * (1 - spread), value * (1 + spread), n, "made")


def latency(p95_ms: float | None = 14_200.0, n: int = 610, spread: float = 0.1) -> Latency:
    """Latency of one size."""
    p95 = None if p95_ms is None else estimate(p95_ms, spread, n)
    half = None if p95_ms is None else estimate(p95_ms / 2, spread, n)
    return Latency(n, 0, half, p95, None, None, Quantiles(half, p95, None))


def days(down_s: Mapping[int, float] | None = None, unknown_s: Mapping[int, float] | None = None) -> tuple[Day, ...]:
    """Seven UTC days of the week, Monday is 0."""
    down, unknown = down_s or {}, unknown_s or {}
    return tuple(
        Day(
            date(2026, 11, 16 + i),
            86400.0 - down.get(i, 0.0) - unknown.get(i, 0.0),
            down.get(i, 0.0),
            0.0,
            unknown.get(i, 0.0),
            0.0,
            observed=True,
        )
        for i in range(7)
    )


def cost(usd: float, unknown: int = 0, usable: int = 612) -> Cost:
    """What images cost; an unknown bill widens the bounds by its list price."""
    each = Estimate(usd, usd, usd + unknown * usd / usable, usable, "made")
    return Cost(usd * usable, usable, each, unknown, {"1K": usd}, {})


NOT_PROBED = build.rate(None, None, None)


def limit(low: float, high: float | None, advertised: float | None) -> RateLimit:
    """A rate limit as probed."""
    return build.rate(advertised, low, high, kind="token_bucket", offered_rpm=high, accepted=300, rejected=40)


def incident(began: tuple[str, str], ended: tuple[str, str] | None, failures: int = 100, **more: Any) -> Incident:  # noqa: ANN401 - fields of the noun
    """An incident from bounds like `("17 09:40", "17 09:41")`."""
    first, last = at(began[0]), at(began[1])
    end = (None, None) if ended is None else (at(ended[0]), at(ended[1]))
    until = end[1] or END
    low = ((end[0] or until) - last).total_seconds()
    made = Incident(
        start_earliest=first,
        start_latest=last,
        end_earliest=end[0],
        end_latest=end[1],
        down_s=Span(low, None if ended is None else (until - first).total_seconds()),
        failures=failures,
        seen_as=f"{failures} × 503 overloaded",
        open=ended is None,
    )
    return replace(made, **more)


def provider(**more: Any) -> ProviderJudgement:  # noqa: ANN401 - fields of the noun
    """A provider that served all week, with what is said otherwise."""
    made = ProviderJudgement(
        samples=10_690,
        outcomes={"ok": 10_690},
        availability=Availability(ratio(612, 612), ratio(612, 612), time(), ratio(0, 0)),
        latency_ms={"1K": latency()},
        phases_ms=Phases(Phase(0, None, None), Phase(0, None, None), Phase(0, None, None)),
        errors=Errors(0.0, 0.0, 0.0, 612),
        rate_limit=NOT_PROBED,
        cost=cost(0.0602),
        bands={},
        incidents=(),
        sla=(),
        claims=(),
        model="made",
        state="serving",
        state_since=START,
        last_seen=END - timedelta(seconds=30),
        first_seen=START,
        days=days(),
        unknown=(),
    )
    return replace(made, **more)


def availability(down_s: float = 0.0, unknown_s: float = 0.0, good: int = 612, of: int = 612) -> Availability:
    """Time and user availability together."""
    return Availability(ratio(good, of), ratio(good, of), time(down_s, unknown_s), ratio(0, 0))


def cedar() -> ProviderJudgement:
    """Down for a day and a half in the middle of the week."""
    return provider(
        availability=availability(118_800.0, 0.0, 492, 612),
        days=days({1: 51_540.0, 2: 67_260.0}),
        incidents=(incident(("17 09:40", "17 09:41"), ("18 18:41", "18 18:42"), 1_980),),
    )


def doum() -> ProviderJudgement:
    """Throttles far below what it advertises."""
    return provider(rate_limit=limit(290, 310, 1000), cost=cost(0.0904, unknown=3))


def elm() -> ProviderJudgement:
    """Not watched for some hours."""
    return provider(
        availability=availability(0.0, 12_000.0),
        days=days(None, {3: 12_000.0}),
        unknown=(Spell("unknown", at("19 10:00"), at("19 13:20"), "monitor restarted"),),
    )


def judgement(providers: Mapping[str, ProviderJudgement] | None = None, **more: Any) -> Judgement:  # noqa: ANN401 - fields of the noun
    """A week of four providers, real unless told otherwise."""
    several = {"Alder": provider(), "Birch": provider(), "Cedar": cedar()} if providers is None else providers
    sent = Instrument(42_760, 42_748, {"budget": 8, "late": 4}, 3.2, 6.1, 97.38, None)
    of_week = {"as_of": END, "since": START, "until": END, "timezone": "UTC", "instrument": sent}
    return build.judgement(several, **{**of_week, **more})


def spent(week: Judgement, all_: Spending | None, **own: Spending) -> Judgement:
    """The week with what the ledger of money says of all, and of single providers."""
    return replace(week, instrument=replace(week.instrument, spent=all_, spending=own))

"""Judgements to render: four hypothetical providers of different character, and the states the pages are designed for.

Nothing here is random: the same call gives the same judgement.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from statistics import NormalDist

from monitor.judge.result import (
    Availability,
    Cost,
    Day,
    Errors,
    Incident,
    Instrument,
    Judgement,
    Latency,
    OwnError,
    Phase,
    Phases,
    ProviderJudgement,
    Quantiles,
    RateLimit,
    Ratio,
    Span,
    Spell,
    Spending,
    TimeAvailability,
)
from monitor.judge.verdicts import Estimate, SlaResult
from tests.reports import choices, details, promises

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=90)
WILSON = "good / of; Wilson 95 %"
ORDER = "inverse ECDF; 95 % by order statistics"
PAID = "paid / usable images; bounds by unknown bills"
MINUTES_90_DAYS = 90 * 1440
RESTART = (datetime(2026, 11, 5, 3, 11, tzinfo=UTC), datetime(2026, 11, 5, 3, 58, tzinfo=UTC))
Down = Mapping[tuple[int, int], float]  # (month, day) -> minutes down


# --- parts ----------------------------------------------------------------------------------------------------


def ratio(good: int, of: int) -> Ratio:
    """A share with its Wilson interval."""
    if not of:
        return Ratio(0, 0, None, None, None, WILSON)
    z, p = 1.959964, good / of
    middle, width = p + z * z / (2 * of), z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return Ratio(good, of, p, max(0.0, (middle - width) / scale), min(1.0, (middle + width) / scale), WILSON)


def estimate(value: float, low: float | None, high: float | None, n: int, method: str = ORDER) -> Estimate:
    return Estimate(value, low, high, n, method)


def time(
    down_min: float,
    minutes: float = MINUTES_90_DAYS,
    unknown_min: float = 0,
    low: float | None = None,
    high: float | None = None,
    excluded_min: float = 0,
) -> TimeAvailability:
    known = minutes - unknown_min - excluded_min
    up = known - down_min
    judged = known + unknown_min
    return TimeAvailability(
        up_s=up * 60,
        down_s=down_min * 60,
        unknown_s=unknown_min * 60,
        excluded_s=excluded_min * 60,
        value=up / known if known else None,
        worst=up / judged if judged else None,
        best=(up + unknown_min) / judged if judged else None,
        coverage=known / judged if judged else None,
        low=low,
        high=high,
        method="seconds up / seconds known; interval for this window by the number of outages (Garwood)",
    )


@cache
def curve(median_ms: float, spread: float, arrived: float, points: int = 200) -> tuple[tuple[float, float], ...]:
    """A log-normal curve that levels off at the share that arrived, as exact quantiles of it."""
    found = []
    for i in range(1, points + 1):
        share = (i - 0.5) / points
        z = NormalDist().inv_cdf(share)
        found.append((round(median_ms * math.exp(spread * z), 1), share * arrived + arrived / points / 2))
    return tuple(found)


def latency(
    n: int,
    failed: int,
    p50: Sequence[float],
    p95: Sequence[float] | None,
    p99: Sequence[float] | None = None,
    spread: float = 0.6,
) -> Latency:
    """Quantiles in ms as (value, low, high)."""
    found = [None if q is None else estimate(q[0], q[1], q[2], n) for q in (p50, p95, p99)]
    share = n / (n + failed)
    never95 = share < 0.95
    to_image = Quantiles(
        found[0] and replace(found[0], value=found[0].value * 1.02, n=n + failed),
        None if never95 or found[1] is None else replace(found[1], value=found[1].value * 1.2, n=n + failed),
        None,
    )
    return Latency(n, failed, found[0], found[1], found[2], p50[0] * 1.2, to_image, curve(p50[0], spread, share))


def days(
    down: Down,
    *,
    first: int = 0,
    maintenance: Down | None = None,
    unknown: Down | None = None,
    degraded: Down | None = None,
    last: float = 600.0,
    count: int = 90,
) -> tuple[Day, ...]:
    """`count` UTC days, today (`last` minutes of it) at the end; those before the `first` were not observed."""
    found = []
    for place in range(count):
        day = (NOW - timedelta(days=count - 1 - place)).date()
        key, minutes = (day.month, day.day), last if place == count - 1 else 1440.0
        if place < first:
            found.append(Day(day, 0, 0, 0, 0, 0, observed=False))
            continue
        bad, worn, gone, left_out = ((of or {}).get(key, 0.0) for of in (down, degraded, unknown, maintenance))
        up = minutes - bad - worn - gone - left_out
        found.append(Day(day, up * 60, bad * 60, worn * 60, gone * 60, left_out * 60, observed=True))
    return tuple(found)


def incident(month: int, day: int, clock: str, minutes: float, seen_as: str, failures: int = 20) -> Incident:
    """Bounds of a minute at either end."""
    hour, minute = map(int, clock.split(":"))
    began = datetime(2026, month, day, hour, minute, tzinfo=UTC)
    end = began + timedelta(minutes=minutes)
    return Incident(
        began - timedelta(minutes=1),
        began,
        end,
        end + timedelta(minutes=1),
        Span((minutes - 1) * 60, (minutes + 1) * 60),
        failures,
        seen_as,
        open=False,
    )


def open_incident(minutes: float, seen_as: str, failures: int) -> Incident:
    began = NOW - timedelta(minutes=minutes)
    return Incident(
        began - timedelta(minutes=1),
        began,
        NOW - timedelta(minutes=1),
        None,
        Span((minutes - 1) * 60, None),
        failures,
        seen_as,
        open=True,
    )


def hours(median_ms: float, swing: float, n: int, missing: Sequence[int] = ()) -> dict[str, Phase]:
    """Slowest in the afternoon."""
    found = {}
    for hour in range(24):
        if hour not in missing:
            wave = median_ms * (1 + swing * math.sin((hour - 9) / 24 * 2 * math.pi))
            found[f"{hour:02}"] = Phase(n, round(wave, 1), round(wave * 2.4, 1))
    return found


def phases(network: float, processing: float, back: float, n: int) -> Phases:
    return Phases(Phase(n, network, network * 2.2), Phase(n, processing, processing * 2.8), Phase(n, back, back * 2.5))


def cost(
    each: float, low: float, high: float, usable: int, listed: Mapping[str, float], unknown_bills: int = 0
) -> Cost:
    found = estimate(each, low, high, usable, PAID)
    return Cost(each * usable, usable, found, unknown_bills, listed, {"1K": found})


def rate(advertised: float | None, low: float | None, high: float | None, **changes: object) -> RateLimit:
    span = None if low is None else Span(low, high)
    share = (low + high) / 2 / advertised if low is not None and high is not None and advertised else None
    found = RateLimit(advertised, span, None, None, share, None, None, None, None, 0, 0)
    return replace(found, **changes)  # type: ignore[arg-type]  # the fields of a table of cases


def provider(**changes: object) -> ProviderJudgement:
    """A healthy provider with 90 days of data; `changes` make another of it."""
    n = 8579
    found = ProviderJudgement(
        samples=140_000,
        outcomes={"ok": 138_190, "overloaded": 12, "timeout": 10, "rate_limited": 1_760, "blocked": 28},
        availability=Availability(
            ratio(8579, 8601), ratio(8590, 8601), time(38, unknown_min=47, low=0.99954, high=0.99981), ratio(3, 8604)
        ),
        latency_ms={"1K": latency(n, 22, (8123, 7801, 8440), (14_200, 13_400, 15_300), (21_900, 19_800, 24_600), 0.34)},
        phases_ms=phases(210, 7600, 320, n),
        errors=Errors(0.0001, 0.0026, 0.012, 8601),
        rate_limit=rate(
            300,
            304,
            316,
            burst=Span(58, 61),
            kind="token_bucket",
            headroom=0.87,
            offered_rpm=600,
            accepted=620,
            rejected=580,
        ),
        cost=cost(0.1347, 0.1347, 0.1356, n, {"1K": 0.134, "2K": 0.134, "4K": 0.24}, 4),
        bands={
            "uptime": ("acceptable", "excellent"),
            "p50": ("excellent",),
            "p95": ("excellent",),
            "error_rate": ("acceptable",),
            "rate_limit": ("as advertised",),
        },
        incidents=(
            incident(9, 15, "07:20", 12, "12 × 503 overloaded"),
            incident(10, 15, "22:04", 26, "21 × 503 overloaded, 5 × timeout"),
        ),
        sla=(
            SlaResult("google_minutes", 0.9997, 0.995, "met", 0, "2 downtime periods, 38 min"),
            SlaResult("aws_5min", 1.0, 0.999, "undecided", None, "9311 min without an answer could make it 9364"),
        ),
        claims=(),
        model="alder-image-3",
        state="serving",
        state_since=datetime(2026, 10, 15, 22, 31, tzinfo=UTC),
        last_seen=NOW - timedelta(seconds=40),
        first_seen=SINCE,
        days=days({(9, 15): 12, (10, 15): 26}, maintenance={(10, 4): 30}, unknown={(11, 5): 47}),
        unknown=(Spell("unknown", *RESTART, "our monitor restarted"),),
        by_hour=hours(8100, 0.08, 350),
    )
    return replace(found, **changes)  # type: ignore[arg-type]  # the fields of a table of cases


def birch() -> ProviderJudgement:
    n = 8517
    return provider(
        outcomes={
            "ok": 133_000,
            "overloaded": 310,
            "server_error": 402,
            "timeout": 33,
            "rate_limited": 6_200,
            "blocked": 55,
        },
        availability=Availability(
            ratio(8517, 8588), ratio(8540, 8588), time(171, unknown_min=47, low=0.99842, high=0.99889), ratio(0, 8588)
        ),
        latency_ms={
            "0.5K": latency(712, 9, (8900, 8600, 9300), (20_100, 18_400, 22_900)),
            "1K": latency(n, 71, (9600, 9300, 9900), (22_000, 20_400, 24_100), (41_000, 37_500, 46_900), 0.5),
            "4K": latency(58, 2, (19_600, 18_300, 20_900), None),
        },
        phases_ms=phases(300, 8700, 480, n),
        errors=Errors(0.0, 0.0083, 0.045, 8588),
        rate_limit=rate(
            60,
            60.2,
            61.9,
            burst=Span(10, 11),
            kind="token_bucket",
            headroom=0.34,
            offered_rpm=120,
            accepted=130,
            rejected=104,
        ),
        cost=cost(0.0603, 0.0603, 0.0609, n, {"1K": 0.058, "4K": 0.058}, 31),
        bands={
            "uptime": ("acceptable",),
            "p50": ("excellent",),
            "p95": ("excellent",),
            "error_rate": ("marginal", "concerning"),
            "rate_limit": ("as advertised",),
        },
        incidents=(
            incident(9, 3, "11:02", 41, "40 × 502 server error"),
            incident(9, 30, "05:40", 18, "18 × 502 server error"),
            incident(10, 15, "21:58", 84, "80 × 503 overloaded"),
            incident(11, 13, "02:31", 28, "26 × 502 server error, timeout"),
        ),
        model="birch-image",
        state_since=datetime(2026, 11, 13, 3, 0, tzinfo=UTC),
        days=days(
            {(9, 3): 41, (9, 30): 18, (10, 15): 84, (11, 13): 28},
            maintenance={(10, 25): 120},
            unknown={(11, 5): 47},
            degraded={(10, 2): 300},
        ),
        by_hour=hours(9600, 0.18, 350),
    )


_CEDAR_DOWN: Down = dict(
    zip(
        ((8, 30), (9, 21), (9, 30), (10, 12), (10, 19), (10, 27), (11, 3), (11, 15), (11, 22)),
        (620.0, 410.0, 280.0, 205.0, 160.0, 110.0, 74.0, 68.0, 19.0),
        strict=True,
    )
)


def cedar() -> ProviderJudgement:
    n = 7702
    return provider(
        outcomes={
            "ok": 118_000,
            "ok_degraded": 9_200,
            "ok_no_image": 2_450,
            "server_error": 1_100,
            "timeout": 540,
            "malformed": 12,
            "not_sent": 600,
        },
        availability=Availability(
            ratio(7702, 8571), ratio(8464, 8571), time(1946, unknown_min=47, low=0.98471, high=0.98529), ratio(0, 8571)
        ),
        latency_ms={
            "0.5K": latency(712, 29, (11_600, 10_800, 12_600), (36_000, 30_000, 45_000)),
            "1K": latency(n, 869, (12_900, 11_800, 14_200), (41_000, 36_000, 48_000), (88_000, 74_000, 112_000), 0.7),
            "2K": latency(709, 31, (17_400, 16_000, 19_000), (55_000, 46_000, 71_000)),
            "4K": latency(698, 40, (26_000, 24_100, 28_200), (79_000, 64_000, 103_000)),
        },
        phases_ms=phases(300, 12_000, 600, n),
        errors=Errors(0.0, 0.0312, 0.0, 8571),
        rate_limit=rate(None, 240, None, offered_rpm=240, accepted=2160, rejected=0, headroom=0.83),
        cost=cost(0.0561, 0.0549, 0.0575, n, {"1K": 0.050}, 208),
        bands={
            "uptime": ("concerning",),
            "p50": ("acceptable",),
            "p95": ("acceptable", "marginal"),
            "error_rate": ("concerning",),
        },
        incidents=(
            *(
                incident(month, day, "13:07", minutes, "60 × error inside HTTP 200")
                for (month, day), minutes in list(_CEDAR_DOWN.items())[:-1]
            ),
            open_incident(19, "15 × server error, 2 × timeout", 17),
        ),
        model="cedar-image-2",
        state="failing",
        state_since=NOW - timedelta(minutes=19),
        days=days(_CEDAR_DOWN, unknown={(11, 5): 47}),
        by_hour=hours(12_900, 0.35, 320),
    )


def doum() -> ProviderJudgement:
    n, first = 51, datetime(2026, 11, 14, 0, 0, tzinfo=UTC)
    return provider(
        samples=13_900,
        outcomes={"ok": 12_990, "timeout": 3, "rate_limited": 900, "not_sent": 7},
        availability=Availability(
            ratio(51, 52), ratio(52, 52), time(0, minutes=8.42 * 1440, low=0.9970, high=1.0), ratio(4, 56)
        ),
        latency_ms={"1K": latency(n, 1, (11_700, 10_600, 12_900), None, None, 0.4)},
        phases_ms=phases(180, 10_900, 610, n),
        errors=Errors(0.0, 0.0, 4 / 56, 56),
        rate_limit=rate(
            1000,
            295,
            305,
            burst=Span(20, 22),
            kind="sliding_log",
            headroom=0.65,
            offered_rpm=1000,
            accepted=660,
            rejected=1450,
            retry_after_honest=True,
            recovery_s=Span(11, 14),
        ),
        cost=cost(0.0904, 0.0904, 0.0904, n, {"1K": 0.09}),
        bands={"uptime": ("concerning", "excellent"), "p50": ("acceptable",), "rate_limit": ("concerning",)},
        incidents=(),
        model="doum-1",
        state_since=first,
        first_seen=first,
        days=days({}, first=81),
        unknown=(),
        by_hour=hours(11_700, 0.1, 2, missing=(3, 4, 5, 14)),
    )


def reached(**changes: object) -> ProviderJudgement:
    """A provider whose front door alone was tried, as an imported monitor does."""
    n = 410
    known = latency(n, 4, (93, 92, 95), (158, 121, 19_402), (19_650, 19_590, 19_720), 0.2)
    none = Phase(0, None, None)
    base = provider(
        samples=n + 4,
        outcomes={"ok": n, "server_error": 4},
        availability=Availability(
            ratio(0, 0), ratio(0, 0), time(72, minutes=12 * 1440, low=0.9921, high=0.9978), ratio(0, 0)
        ),
        latency_ms={"reach": replace(known, mean=611.2)},
        phases_ms=Phases(none, none, none),
        errors=Errors(0.0, 0.0097, 0.0, n + 4),
        rate_limit=rate(None, None, None),
        cost=Cost(0.0, 0, None, 0, {}, {}),
        bands={"uptime": ("marginal",)},
        incidents=(incident(11, 17, "09:12", 72, "4 × 503 overloaded"),),
        model="",
        state_since=datetime(2026, 11, 17, 10, 24, tzinfo=UTC),
        first_seen=NOW - timedelta(days=12),
        last_seen=NOW - timedelta(minutes=20),
        days=days({(11, 17): 72}, first=78),
        unknown=(),
        by_hour=hours(93, 0.1, 17),
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # the fields of a table of cases


def unseen(**changes: object) -> ProviderJudgement:
    """Configured, and no answer yet."""
    none = Phase(0, None, None)
    base = provider(
        samples=0,
        outcomes={},
        availability=Availability(
            ratio(0, 0), ratio(0, 0), TimeAvailability(0, 0, 0, 0, None, None, None, None, None, None, ""), ratio(0, 0)
        ),
        latency_ms={},
        phases_ms=Phases(none, none, none),
        errors=Errors(None, None, None, 0),
        rate_limit=rate(300, None, None),
        cost=Cost(0.0, 0, None, 0, {"1K": 0.058}, {}),
        bands={},
        incidents=(),
        state="unknown",
        state_since=None,
        last_seen=None,
        first_seen=None,
        days=days({}, first=90),
        unknown=(),
        by_hour={},
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # the fields of a table of cases


def judgement(providers: Mapping[str, ProviderJudgement], **changes: object) -> Judgement:
    found = Judgement(
        as_of=NOW,
        since=SINCE,
        until=NOW,
        simulated=False,
        location="fra-1",
        timezone="Europe/Berlin",
        providers=providers,
        comparison=(),
        instrument=Instrument(129_600, 129_218, {"missed": 335, "late": 47}, 2.1, 2.41, 61.20, None),
    )
    return replace(found, **changes)  # type: ignore[arg-type]  # the fields of a table of cases


# --- the designed states --------------------------------------------------------------------------------------


def four(**changes: object) -> Judgement:
    """Fast and dear; cheap; cheap and failing; throttling below what it advertises, watched for nine days."""
    each = {
        "Alder": provider(claims=promises.ALDER),
        "Birch": replace(birch(), claims=promises.BIRCH),
        "Cedar": replace(cedar(), claims=promises.CEDAR),
        "Doum": doum(),
    }
    return judgement(
        each,
        **{
            "comparison": choices.COMPARISON,
            "tiers": choices.TIERS,
            "pairs": choices.PAIRS,
            "recommendations": choices.RECOMMENDATIONS,
            **changes,
        },
    )


def detailed() -> Judgement:
    """Everything that a judgement can say of a provider, of one of them."""
    found = four()
    instrument = replace(
        found.instrument,
        own_error=OwnError(412, 0.8, 5.9, 11.2, 3.4, 2.1, 1, -140.0),
        spent=Spending(2.41, 61.2, 5.0, 120.0),
        spending={"Cedar": details.SPENT},
    )
    cedar_ = details.detailed(found.providers["Cedar"])
    return replace(found, providers={**found.providers, "Cedar": cedar_}, instrument=instrument)


def simulated() -> Judgement:
    found = four()
    return replace(
        found, simulated=True, location="simulated", instrument=replace(found.instrument, time_compression=600.0)
    )


def empty() -> Judgement:
    return judgement({}, instrument=Instrument(0, 0, {}, None, 0.0, 0.0, None))


def first_minute() -> Judgement:
    first = NOW - timedelta(minutes=1)
    few = provider(
        samples=3,
        outcomes={"ok": 3},
        availability=Availability(ratio(2, 2), ratio(2, 2), time(0, minutes=1, low=0.292, high=1.0), ratio(0, 2)),
        latency_ms={
            "1K": replace(
                latency(2, 0, (8123, 0, 0), None),
                p50=None,
                time_to_image=Quantiles(None, None, None),
                ecdf=((7900.0, 0.5), (8123.0, 1.0)),
            )
        },
        phases_ms=Phases(*(Phase(2, None, None) for _ in range(3))),
        errors=Errors(0.0, 0.0, 0.0, 3),
        rate_limit=rate(300, None, None),
        cost=cost(0.134, 0.134, 0.134, 2, {"1K": 0.134}),
        bands={},
        incidents=(),
        state_since=first,
        first_seen=first,
        days=days({}, first=89, last=1.0),
        unknown=(),
        by_hour={"09": Phase(2, None, None)},
    )
    return judgement(
        {"Alder": few, "Birch": few, "Cedar": unseen(), "Doum": unseen()},
        since=first,
        recommendations=choices.UNDECIDED,
    )


def one() -> Judgement:
    return judgement({"Alder": provider()})


def imported() -> Judgement:
    return judgement(
        {
            "open-ai-api": reached(),
            "openrouter-api": reached(
                outcomes={"ok": 414},
                incidents=(),
                availability=Availability(
                    ratio(0, 0), ratio(0, 0), time(0, minutes=12 * 1440, low=0.9911, high=1.0), ratio(0, 0)
                ),
            ),
        }
    )


def mixed() -> Judgement:
    return judgement({"Alder": provider(), "Birch": birch(), "open-ai-api": reached()})


def all_well() -> Judgement:
    return judgement({"Alder": provider(), "Birch": birch(), "Doum": doum()})


def blind() -> Judgement:
    """Our own network fails: nobody is blamed."""
    began = NOW - timedelta(minutes=22)
    gap = Spell("unknown", began, NOW, "our control probe fails, so our own network may be down")
    providers = {
        name: replace(
            found,
            state="unknown",
            state_since=began,
            last_seen=NOW - timedelta(seconds=30),
            unknown=(gap, *found.unknown),
        )
        for name, found in {"Alder": provider(), "Birch": birch()}.items()
    }
    return judgement(providers)


def stale() -> Judgement:
    """Nothing new for three hours."""
    seen = NOW - timedelta(hours=3)
    gap = Spell("unknown", seen, NOW, "no request was made")
    providers = {
        name: replace(found, state="unknown", state_since=seen, last_seen=seen, unknown=(gap, *found.unknown))
        for name, found in {"Alder": provider(), "Birch": birch()}.items()
    }
    return judgement(providers)


def many(number: int = 20) -> Judgement:
    """As many providers as an aggregator has, each with its own outages."""
    makers = ((provider, promises.ALDER), (birch, promises.BIRCH), (cedar, promises.CEDAR), (doum, ()))
    found = {}
    for place in range(number):
        maker, claims = makers[place % 4]
        found[f"provider-{place:02}"] = replace(maker(), claims=claims)
    return judgement(
        {
            name: replace(
                judged,
                days=days(
                    {
                        (9 + (i * 7 + place) % 3, 1 + (i * 5 + place * 3) % 22): 10 + 13 * i + place
                        for i in range(2 + place % 12)
                    }
                ),
                state_since=NOW - timedelta(hours=5 + 13 * place),
            )
            for place, (name, judged) in enumerate(found.items())
        }
    )


HOSTILE = (
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "a" * 120,
    "a" * 119 + "b",
    "a b",
    "a-b",
    "A-B",
    "con",
    "🦊",
    '"onmouseover="alert(1)',
    "{{ 7 * 7 }}",
    "=cmd|'/c calc'!A1",
)


def hostile() -> Judgement:
    """Names, models and error texts that would do harm where they are not escaped."""
    text = "</script><script>alert(2)</script><img src=x onerror=alert(3)>"
    makers = (provider, birch, cedar, reached)
    bad = {name: makers[place % 4]() for place, name in enumerate(HOSTILE)}
    return judgement(
        {
            name: replace(
                judged,
                model=text,
                incidents=tuple(replace(incident, seen_as=text) for incident in judged.incidents),
                unknown=tuple(replace(spell, why=text) for spell in judged.unknown),
                outcomes={**judged.outcomes, text: 3},
            )
            for name, judged in bad.items()
        }
    )


STATES = {
    "four": four,
    "detailed": detailed,
    "simulated": simulated,
    "empty": empty,
    "first-minute": first_minute,
    "one": one,
    "imported": imported,
    "mixed": mixed,
    "all-well": all_well,
    "blind": blind,
    "stale": stale,
    "many": many,
    "hostile": hostile,
}

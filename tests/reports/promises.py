"""Promises of the hypothetical providers, one of every verdict, unit and direction."""

from datetime import date

from monitor.judge.verdicts import ClaimVerdict, Estimate, Reading

READ = date(2026, 9, 2)
LONG_AGO = date(2026, 3, 1)


def claim(
    metric: str,
    op: str,
    value: float | str | bool,
    verdict: str,
    reason: str,
    *,
    estimate: tuple[float, float | None, float | None, int] | None = None,
    needs: str | None = None,
    text: str | None = None,
    size: str | None = None,
    definition: str | None = None,
    source: str | None = "https://alder.example/sla",
    seen_on: date | None = READ,
    readings: tuple[Reading, ...] = (),
) -> ClaimVerdict:
    return ClaimVerdict(
        metric,
        op,
        value,
        source,
        seen_on,
        verdict,
        reason,
        needs,
        definition=definition,
        size=size,
        testable="Outages as the unit; an outage of 120 min that we have not seen is allowed for; looks each month.",
        estimate=None if estimate is None else Estimate(*estimate, "as the method page says"),
        looks=3,
        alpha=0.0042,
        text=text,
        readings=readings,
    )


ALDER = (
    claim(
        "uptime",
        ">=",
        0.999,
        "undecided",
        "2 outages, 38 min in 129,553 min judged; 47 min unknown.",
        estimate=(0.9997, 0.9979, 0.9999, 129_553),
        needs="about 95 more days without an outage",
        text="at least 99.9 % of the time",
        definition="time",
    ),
    claim(
        "p95_ms",
        "<=",
        15_000,
        "undecided",
        "8,579 images; 4.1 % took longer than 15 s or failed, interval 3.2 to 5.2 %.",
        estimate=(14_200, 13_400, 15_300, 8579),
        needs="about 30 more days at the current rate, $386 of images",
        size="1K",
    ),
    claim(
        "p50_ms",
        "<=",
        10_000,
        "confirmed",
        "8,579 images over 90 days; interval by day, design effect 2.1.",
        estimate=(8100, 7800, 8400, 8579),
        text="typically under 10 seconds",
        source="model page of Alder",
    ),
    claim(
        "rpm",
        ">=",
        300,
        "confirmed",
        "Saturation run of 15 Nov 04:00, 612 requests, $26.40.",
        estimate=(310, 304, 316, 1),
        text="Tier 1: 300 RPM",
    ),
    claim(
        "billed_only_on_success",
        "==",
        True,
        "undecided",
        "No failure of 41 was billed.",
        estimate=(0.0, None, 0.0705, 41),
        needs="258 more failures, none of them billed",
        text="you pay for delivered images only",
    ),
)
BIRCH = (
    claim(
        "uptime",
        ">=",
        0.999,
        "void",
        "The promise does not say how it is counted, and the definitions disagree.",
        estimate=(0.9986, 0.9956, 0.9997, 129_553),
        text="99.9 % with automated recovery",
        readings=(
            Reading("time", 0.9986, "undecided", "171 min down in 90 days"),
            Reading("google_minutes", 0.9991, "confirmed", "117 min in runs of 5 or more"),
            Reading("aws_5min", 0.9981, "refuted", "51 of 25,920 bins with 5xx"),
        ),
        needs="a definition: put yours into [[providers.birch.claims]]",
        source=None,
        seen_on=None,
    ),
    claim(
        "usd_per_image",
        "<=",
        0.058,
        "refuted",
        "$513.53 for 8,517 usable images: 14 failures and 323 blocked prompts were billed.",
        estimate=(0.0603, 0.0598, 0.0609, 8517),
        text="$0.058 per image, any size",
        seen_on=LONG_AGO,
    ),
    claim(
        "same_latency_across_sizes",
        "==",
        True,
        "refuted",
        "4K takes 1.9 times as long as 0.5K (1.8 to 2.1, 714 blocks); 1.25 times is allowed for.",
        text="about 20 seconds at every size",
    ),
    claim(
        "failover_s",
        "<=",
        30,
        "not_testable",
        "From outside a switch cannot be told from a recovery; 4 recoveries took 18 to 84 min.",
        needs="a drill agreed with Birch",
    ),
)
CEDAR = (
    claim(
        "uptime",
        ">=",
        0.995,
        "refuted",
        "9 outages, 1,946 min in 129,553 min judged.",
        estimate=(0.9849, 0.9614, 0.9949, 129_553),
    ),
    claim(
        "rpm",
        "==",
        "unlimited",
        "not_refuted_up_to",
        "No 429 in 2,160 requests of 3 runs; our budget stopped them.",
        estimate=(240, 240, None, 3),
        needs="nothing: an absence of limits cannot be confirmed; 480 RPM would cost $24 a run",
        text="unlimited concurrency and RPM",
    ),
    claim(
        "error_rate",
        "<=",
        0.01,
        "refuted",
        "268 server errors in 8,571 answered requests.",
        estimate=(0.0312, 0.0276, 0.0352, 8571),
    ),
)

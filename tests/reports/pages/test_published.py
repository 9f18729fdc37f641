"""What is published, with its date: young facts stand plain, old ones say so in words, on both pages."""

from datetime import UTC, date, datetime

import pytest

from monitor.judge.facts import Claim, Facts, Listed, ProviderFacts, is_stale
from reports import render
from reports.pages.published import Promise, promises, quoted, stale_mark
from reports.pages.view import scene
from tests.reports import build
from tests.reports.reading import Page

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
OLD, YOUNG = date(2026, 7, 25), date(2026, 11, 1)
CEDAR = ProviderFacts(
    advertised_rpm=60.0,
    advertised_source="documents 002 and 003",
    advertised_seen_on=YOUNG,
    listed=(Listed("1K", 0.05, "https://cedar.example/prices", OLD), Listed("4K", 0.09, "prices in upheld.toml")),
    claims=(
        Claim("uptime", ">=", 0.999, "time", "https://cedar.example/sla", YOUNG),
        Claim("p95_ms", "<=", 11_700, source="document 004", seen_on=OLD, size="4K"),
        Claim("rpm", "==", "unlimited", source="document 002", seen_on=YOUNG),
        Claim("billed_only_on_success", "==", value=True, source="document 000", seen_on=YOUNG),
    ),
)
FACTS = Facts({"Cedar": CEDAR}, not_measurable={"midjourney": "no public API"})


@pytest.mark.parametrize(
    ("seen_on", "stale"),
    [(date(2026, 8, 24), False), (date(2026, 8, 23), True), (date(2027, 1, 1), False), (None, False)],
    ids=["90-days", "91-days", "from-tomorrow", "undated"],
)
def test_what_is_older_than_90_days_is_stale(seen_on: date | None, *, stale: bool) -> None:
    assert is_stale(seen_on, NOW.date()) is stale
    assert (stale_mark(seen_on, NOW) is not None) is stale


def test_every_price_rate_and_claim_is_told_with_source_date_and_mark() -> None:
    cedar = next(s for s in scene(build.four(), FACTS, NOW, stale=False).subjects if s.name == "Cedar")
    assert promises(cedar, NOW) == (
        Promise(
            "Price at 1K", "$0.05 per image", "https://cedar.example/prices", "25 Jul 2026", "stale: read 120 days ago"
        ),
        Promise("Price at 4K", "$0.09 per image", "prices in upheld.toml", "not dated", None),
        Promise("Rate", "60 requests a minute", "documents 002 and 003", "1 Nov 2026", None),
        Promise("Uptime, share of time", "at least 99.9 %", "https://cedar.example/sla", "1 Nov 2026", None),
        Promise("P95 latency at 4K", "at most 11.7 s", "document 004", "25 Jul 2026", "stale: read 120 days ago"),
        Promise("Rate", "unlimited", "document 002", "1 Nov 2026", None),
        Promise("Billed only on success", "yes", "document 000", "1 Nov 2026", None),
    )


def test_the_comparison_tells_the_oldest_date_and_who_cannot_be_measured() -> None:
    rows = quoted(scene(build.four(), FACTS, NOW, stale=False))
    assert [(row.name, row.prices, row.promises, row.read_on, row.stale, row.why_not) for row in rows] == [
        ("Cedar", "0.05 at 1K, 0.09 at 4K", "4", "25 Jul 2026", "2 of 6 stale: the oldest read 120 days ago", None),
        ("midjourney", "–", "–", "–", None, "no public API: not measurable"),
    ]


def test_both_pages_print_the_mark_as_a_word_with_its_date() -> None:
    site = render.pages(build.four(), facts=FACTS, now=NOW)
    for name in ("compare.html", "providers/cedar.html"):
        html = site[name].decode()
        assert "stale: " in html
        assert "read 120 days ago" in html
        assert "25 Jul 2026" in html
    assert "no public API: not measurable" in site["compare.html"].decode()
    assert "What they publish" in Page(site["compare.html"].decode()).text


def test_without_facts_there_is_no_empty_table() -> None:
    site = render.pages(build.four(), now=NOW)
    assert "publish" not in Page(site["compare.html"].decode()).text.casefold().replace("published methods", "")

"""The page of promises: its finding, its matrix, its rows."""

from dataclasses import replace

import pytest

from monitor.judge.verdicts import Reading
from reports import render
from reports.pages.claims import Claims, claims, heading
from reports.pages.ledger import Entry
from reports.pages.view import scene
from tests.reports import build
from tests.reports.promises import ALDER, BIRCH, claim
from tests.reports.reading import Page


def page(**providers: tuple[object, ...]) -> Claims:
    each = {name: build.provider(claims=promises) for name, promises in providers.items()}
    judgement = build.judgement(each)
    return claims(scene(judgement, None, judgement.as_of, stale=False))


def entry(promise: object) -> Entry:
    return page(Alder=(promise,)).ledgers[0].entries[0]


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ((), "No promise is known to hold anybody to."),
        (("confirmed",), "1 promise: 1 is kept."),
        (("undecided", "void"), "2 promises: none can be judged yet."),
        (("refuted", "confirmed", "confirmed"), "3 promises: 2 are kept, 1 is broken."),
        (("refuted", "not_testable"), "2 promises: 1 is broken, 1 cannot be judged yet."),
    ],
)
def test_the_heading_is_the_finding(verdicts: tuple[str, ...], said: str) -> None:
    assert heading(verdicts) == said


def test_what_is_of_most_concern_stands_first() -> None:
    order = ["refuted", "void", "undecided", "not_testable", "not_refuted_up_to", "confirmed"]
    promises = tuple(claim("failover_s", "<=", 30, verdict, "why") for verdict in reversed(order))
    assert [each.look.kind for each in page(Alder=promises).ledgers[0].entries] == ["r", "v0", "u", "n", "x", "c"]


def test_the_matrix_shows_the_promise_of_most_concern_and_how_many_there_are() -> None:
    prices = (
        claim("usd_per_image", "<=", 0.1, "confirmed", "why", size="1K"),
        claim("usd_per_image", "<=", 0.2, "refuted", "why", size="4K"),
    )
    found = page(Alder=ALDER, Birch=prices)
    marks = {line.subject.name: dict(line.marks) for line in found.lines}
    mark = marks["Birch"]["Price"]
    assert mark is not None
    assert (mark.word, mark.href) == ("refuted, 1 of 2", "birch-usd-per-image-4K")
    assert marks["Alder"]["Price"] is None


def test_one_provider_needs_no_matrix_and_one_verdict_no_filter() -> None:
    assert page(Alder=ALDER).lines == ()
    assert page(Alder=ALDER[:1]).choices == ()
    assert [choice.text for choice in page(Alder=ALDER).choices] == ["all 5", "3 undecided", "2 confirmed"]


def test_who_promised_nothing_is_named() -> None:
    assert page(Alder=ALDER, Doum=()).without == "No promise is known of Doum."


@pytest.mark.parametrize(
    ("promise", "estimate", "bounds"),
    [
        (ALDER[0], "99.97 %", "99.79 to 99.99 · n 129,553"),
        (ALDER[1], "14.2 s", "13.4 to 15.3 · n 8,579"),
        (ALDER[3], "310 RPM", "304 to 316 · n 1"),
        (ALDER[4], "none seen", "at most 7.05 % · n 41"),
        (BIRCH[1], "$0.0603", "0.0598 to 0.0609 · n 8,517"),
        (BIRCH[3], "no estimate", None),
    ],
    ids=["share", "time", "rate", "none seen", "money", "nothing"],
)
def test_an_estimate_stands_in_the_unit_of_its_promise(promise: object, estimate: str, bounds: str | None) -> None:
    found = entry(promise)
    assert (found.estimate, found.bounds) == (estimate, bounds)


def test_a_verdict_says_how_far_it_reaches() -> None:
    unlimited = claim(
        "rpm", "==", "unlimited", "not_refuted_up_to", "no 429 in 2,160 requests", estimate=(240, 240, None, 3)
    )
    assert entry(unlimited).verdict == "not refuted up to 240 RPM"


@pytest.mark.parametrize(
    ("source", "href"),
    [
        ("https://alder.example/sla", "https://alder.example/sla"),
        ("http://alder.example", None),
        ("javascript:alert(1)", None),
        ("https://a.example and document 003", None),
        (None, None),
    ],
)
def test_only_a_page_of_the_web_is_linked_to(source: str | None, href: str | None) -> None:
    assert entry(replace(ALDER[0], source=source)).href == href


def test_a_promise_that_was_read_long_ago_is_marked() -> None:
    assert entry(BIRCH[1]).stale == "stale: read 266 days ago"


def test_every_reading_of_an_undefined_promise_stands_beside_it() -> None:
    text = Page(render.pages(build.four())["claims.html"].decode()).text
    for words in ("share of time 99.86 %", "bad minutes (Google) 99.91 %", "5-minute bins (AWS) 99.81 %"):
        assert words in " ".join(text.split())


def test_without_promises_the_page_says_how_to_get_some() -> None:
    text = Page(render.pages(build.one())["claims.html"].decode()).text
    assert "No promise is known" in text
    assert "upheld.toml" in text


def test_the_same_latency_at_every_size_is_a_ratio_and_never_a_share() -> None:
    same = claim("same_latency_across_sizes", "==", True, "undecided", "open", estimate=(1.2460, 1.0376, 1.4964, 8))
    found = entry(same)
    assert (found.estimate, found.bounds) == ("1.25 times", "1.03 to 1.50 · n 8")
    assert found.drawing.promised == "1.25 times"  # what is allowed for


def test_a_yes_that_was_not_refuted_names_no_end() -> None:
    whole = claim("size_as_asked", "==", True, "not_refuted_up_to", "none", estimate=(0.0, 0.0, 0.0162, 184))
    assert entry(whole).verdict == "not refuted"


def test_a_definition_that_counted_nothing_is_said_in_words() -> None:
    reading = Reading("aws_5min", 1.0, "undecided", "no bin was bad")
    bare = claim("uptime", ">=", 0.999, "undecided", "open", readings=(reading,))
    assert entry(bare).readings[0][1] == "nothing counted against it"


def test_an_uptime_without_an_outage_is_told_in_words_and_never_as_a_hundred_percent() -> None:
    clean = claim("uptime", ">=", 0.999, "undecided", "no outage was seen", estimate=(1.0, 0.956, 1.0, 762))
    found = entry(clean)
    assert (found.estimate, found.bounds) == ("no outage", "95.60 % or more · n 762")


def test_reasons_and_needs_are_sentences() -> None:
    found = entry(claim("failover_s", "<=", 30, "undecided", "none lasted so long", needs="a drill agreed with them"))
    assert (found.reason, found.needs) == ("None lasted so long.", "A drill agreed with them.")


def test_what_is_broken_is_told_first_with_what_was_promised_and_what_was_measured() -> None:
    found = page(Alder=ALDER, Birch=BIRCH)
    assert [(each.subject.name, each.entry.title, each.entry.estimate) for each in found.broken] == [
        ("Birch", "Price: at most $0.058 per image", "$0.0603"),
        ("Birch", "Same latency at every size", "no estimate"),
    ]
    assert found.more_broken == 0
    many = tuple(replace(BIRCH[1], size=f"{size}K") for size in range(1, 16))
    assert (len(page(Alder=many).broken), page(Alder=many).more_broken) == (12, 3)


def test_a_link_to_a_promise_lasts_when_others_come_and_go() -> None:
    first, same = ALDER[0], replace(ALDER[0], value=0.99)
    names = {each.title: each.id for each in page(Alder=(ALDER[1], first, same)).ledgers[0].entries}
    assert names["Uptime, share of time: at least 99.9 %"] == "alder-uptime-time"
    assert names["Uptime, share of time: at least 99 %"] == "alder-uptime-time-3"
    assert page(Alder=(first,)).ledgers[0].entries[0].id == "alder-uptime-time"


def test_the_fine_print_says_how_it_was_judged_and_how_to_check_it() -> None:
    chance = replace(ALDER[0], looks=3, alpha=0.0042, coverage=0.9996, p_refuted=0.0321, p_together=0.0004)
    fine = entry(chance).fine
    terms = dict(fine.terms)
    assert terms["Made testable"].startswith("Outages as the unit;")
    assert terms["Estimate"] == "As the method page says; 129,553 observations."
    assert terms["Seen"].startswith("99.96 % of what counts;")
    assert terms["Looks"].startswith("3 so far, the last with an error of 0.42 % on each side;")
    assert terms["Chance"].startswith("p 0.033 that a promise which is kept looks like this")
    assert "below 0.001 with all promises of Alder taken together (Holm)" in terms["Chance"]
    assert fine.command == "upheld export rows.csv --provider Alder --until 2026-11-22T10:00:00Z"
    assert (fine.section, fine.anchor) == ("Its SLA by month, with credits", "sla")


@pytest.mark.parametrize(
    ("changes", "term", "text"),
    [
        ({"looks": 0, "alpha": None}, "Looks", "Not one yet; between looks only the bet can refute."),
        ({"verdict": "refuted"}, "Chance", "No matter of chance: one case that breaks the promise decides."),
    ],
    ids=["no look yet", "one case decides"],
)
def test_the_fine_print_names_what_there_is_not(changes: dict[str, object], term: str, text: str) -> None:
    assert dict(entry(replace(ALDER[0], **changes)).fine.terms)[term] == text  # type: ignore[arg-type]  # a table of cases


def test_the_words_of_a_verdict_name_definitions_and_days_as_the_page_does() -> None:
    said = "undecided by time, void by google_minutes; the next look is on 2026-12-15"
    found = entry(replace(ALDER[0], reason=said))
    assert found.reason == (
        "Undecided by share of time, void by bad minutes (Google); the next look is on 15 Dec 2026."
    )


def test_an_outage_of_hours_is_told_in_hours() -> None:
    failover = claim("failover_s", "<=", 30, "refuted", "why", estimate=(120_599.5, 119_698.7, 121_500.3, 1))
    found = entry(failover)
    assert (found.estimate, found.bounds) == ("33 h 30 min", "33 h 14 min to 33 h 46 min · n 1")

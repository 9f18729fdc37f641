import email
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from email import policy
from email.message import EmailMessage, Message
from html.parser import HTMLParser
from typing import Any

import pytest

from monitor.judge.result import Spending
from monitor.judge.verdicts import Change, ErrorBudget, Estimate, SlaResult
from monitor.locales import STYLES
from monitor.weeks import WeekError
from reports.mail import AddressError, weekly
from reports.mail.columns import width
from tests.reports.mail.made import MONDAY, at, cedar, cost, doum, elm, incident, judgement, latency, provider, spent
from tests.reports.promises import claim

SITE = "https://status.example.org/upheld"
CAPPED = Spending(6.1, 97.38, 5.0, 120.0)
FOUR = {"Alder": provider(), "Birch": provider(), "Cedar": cedar(), "Elm": elm()}
HOSTILE = '<img src=x onerror=alert(1)>\r\nBcc: thief@example.org\r\n\r\n\u202eevil & "co" \''


def mail(**changed: Any) -> EmailMessage:  # noqa: ANN401 - arguments of weekly()
    given: dict[str, Any] = {
        "week": judgement(FOUR),
        "before": judgement(FOUR),
        "iso_week": "2026-W47",
        "sender": "Upheld <upheld@example.org>",
        "recipients": ["procurement@example.org"],
        "site_url": SITE,
        "now": MONDAY,
    } | changed
    return weekly(given.pop("week"), given.pop("before"), **given)


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def picture_of(message: EmailMessage) -> Message:
    (found,) = (part for part in message.walk() if part.get_content_type() == "image/png")
    return found


class Seen(HTMLParser):
    """Tags, attributes and text of a page, as a browser would take it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += f" {data}"


def test_the_text_part_comes_first_and_both_survive_the_wire() -> None:
    message = email.message_from_bytes(mail().as_bytes(), policy=policy.default)

    assert message.get_content_type() == "multipart/alternative"
    plain, related = message.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert related.get_content_type() == "multipart/related"
    assert [part.get_content_type() for part in related.iter_parts()] == ["text/html", "image/png"]
    assert "Cedar was down 33 h." in text_of(message)
    assert "Cedar was down 33 h." in html_of(message)


def test_the_picture_is_a_part_of_the_mail_and_its_text_says_all_of_it() -> None:
    message = email.message_from_bytes(mail().as_bytes(), policy=policy.default)
    picture, alt = picture_of(message), dict(Seen(html_of(message)).attributes)["alt"]

    assert picture["Content-Disposition"].startswith("inline")
    assert bytes(picture.get_payload(decode=True)).startswith(b"\x89PNG\r\n\x1a\n")
    assert "Cedar (1K): median 7.1 s (6.3 to 7.9), P95 14.2 s (12.7 to 15.7)" in alt


def test_a_week_without_an_image_has_no_picture() -> None:
    message = mail(week=judgement({"Gum": provider(samples=0, days=(), latency_ms={})}))

    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert "cid:" not in html_of(message)


def test_the_headers_are_those_of_a_weekly_report() -> None:
    message = mail()

    assert message["Subject"] == "Cedar was down 33 h; Alder, Birch served all week; no outage seen at Elm (week 47)"
    assert message["From"] == "Upheld <upheld@example.org>"
    assert message["To"] == "procurement@example.org"
    assert message["Date"].datetime == MONDAY
    assert message["List-Unsubscribe"] == "<mailto:upheld@example.org?subject=stop>"
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("width", [1, 8, *range(16, 33), 50])
def test_every_subject_begins_on_its_line_and_is_read_back_as_it_was(width: int) -> None:
    message = mail(week=judgement({"x" * width: cedar(), "Alder": provider()}))
    wire = message.as_bytes()

    assert b"\r\nSubject:\r\n" not in b"\r\n" + wire
    assert email.message_from_bytes(wire, policy=policy.default)["Subject"] == message["Subject"]
    assert max(map(len, wire.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= (78 if width <= 32 else 90)


def test_the_same_input_gives_the_same_bytes() -> None:
    assert mail().as_bytes() == mail().as_bytes()


def test_the_message_id_is_that_of_the_week_and_the_place() -> None:
    one, later = mail()["Message-ID"], mail(now=datetime(2026, 11, 25, tzinfo=UTC), week=judgement({}))["Message-ID"]
    elsewhere = mail(week=judgement(FOUR, location="sgp-1"))["Message-ID"]
    next_week = mail(iso_week="2026-W48", now=datetime(2026, 11, 30, tzinfo=UTC))["Message-ID"]

    assert re.fullmatch(r"<2026-W47\.fra-1\.[0-9a-f]{16}@upheld>", one)
    assert one == later
    assert len({one, elsewhere, next_week}) == 3


def test_a_preview_has_an_identity_of_its_own_and_says_what_it_is() -> None:
    now = datetime(2026, 11, 22, 10, tzinfo=UTC)
    preview = mail(now=now, week=judgement(FOUR, as_of=now, until=now))

    assert preview["Message-ID"] != mail()["Message-ID"]
    assert preview["Subject"].endswith("(week 47, preview)")
    assert "preview to Sun 22 Nov 10:00" in text_of(preview)
    assert "so far" in text_of(preview)
    assert "all week" not in text_of(preview)
    assert "preview to Sun 22 Nov 10:00" in html_of(preview)


def test_data_that_end_before_the_week_does_are_told_to() -> None:
    assert "data end Fri 20 Nov 08:00" in text_of(mail(week=judgement(FOUR, as_of=at("20 08:00"))))


@pytest.mark.parametrize(
    ("tag", "facts"),
    [
        ("en", ["99.9", "16 to 22 Nov 2026"]),
        ("de-DE", ["99,9", "16 to 22 Nov 2026"]),
        ("en-US", ["99.9", "Nov 16 to 22, 2026"]),
    ],
)
def test_both_parts_are_written_as_the_locale_does_and_as_large_as_before(tag: str, facts: list[str]) -> None:
    message = mail(style=STYLES[tag])
    for part in (text_of(message), html_of(message)):
        assert all(fact in part for fact in facts)
    points = re.search(r"(?<![\w.,:/@-])\d+\.\d{1,2}(?![\w.])", re.sub(r"<[^>]*>", " ", html_of(message)))
    assert (points is None) is (tag == "de-DE"), points
    assert message["Message-ID"] == mail()["Message-ID"]
    assert len(text_of(message).splitlines()) == len(text_of(mail()).splitlines())


def test_simulated_data_are_called_so_in_subject_and_both_parts() -> None:
    week = judgement(FOUR, simulated=True)
    message = mail(week=replace(week, instrument=replace(week.instrument, time_compression=900.0)))

    assert message["Subject"].startswith("[simulated] ")
    assert text_of(message).startswith("SIMULATED: PROVIDERS THAT WE RUN OURSELVES, WITH TIME RUN 900 TIMES FASTER.")
    assert "Simulated: providers that we run ourselves, with time run 900 times faster." in html_of(message)


def test_real_data_are_not_called_simulated() -> None:
    assert "imulated" not in mail().as_string()


@pytest.mark.parametrize(
    "fact",
    [
        "80.35",
        "no outage seen",
        "at least 99.96",
        "12.7 to 15.7",
        "0.0602",
        "492 of 612 images",
        "33 to 33.1 h",
        "began between Tue 17 Nov 09:40 and 09:41",
        "98.01 to 100.00 %",
        "monitor restarted",
        "290 to 310 RPM",
        "$97.38 of $120.00",
        "new, not watched in week 46",
        "slower",
        "1 credit to claim until 30 Nov 2026",
        "10 % of the bill",
        "55.0 of 216.0 min",
        "98.93",
        "Error rate: at most 0.5 %",
        "31 of 612 failed",
        "1 promise newly refuted",
        SITE + "/weekly/2026-W47.html",
        "42,748 of 42,760 planned requests sent",
        SITE + "/index.html",
    ],
)
def test_both_parts_are_complete(fact: str) -> None:
    slower = Change("Alder", "latency", "1K", 12e3, 16e3, Estimate(1.33, 1.2, 1.5, 14, ""), "changed", "made")
    owed = SlaResult("aws_5min", 0.9893, 0.995, "not_met", 10.0, claim_by=date(2026, 11, 30), promised=True)
    left = ErrorBudget(0.995, 2_592_000.0, 12_960.0, 9_660.0, 9_660.0, 3_300.0)
    promise = claim("error_rate", "<=", 0.005, "refuted", "31 of 612 failed")
    alder = provider(
        availability=replace(FOUR["Alder"].availability, budget=left),
        sla_by_month={"2026-10": (owed,)},
        claims=(promise,),
    )
    before = judgement({"Cedar": provider(), "Alder": provider(claims=(replace(promise, verdict="undecided"),))})
    week = judgement({**FOUR, "Alder": alder, "Doum": doum()}, changes=(slower,))
    message = mail(week=spent(week, CAPPED), before=before)

    assert fact in " ".join(text_of(message).split())
    seen = Seen(html_of(message))
    assert fact in " ".join(seen.text.split()) or fact in [value for _, value in seen.attributes]


def test_the_text_part_fits_into_78_columns_but_for_addresses() -> None:
    lines = text_of(mail(week=judgement({**FOUR, "Doum": doum(), "名" * 40: cedar()}))).splitlines()

    assert [line for line in lines if width(line) > 78 and "://" not in line and "mailto:" not in line] == []


def test_the_html_part_needs_nothing_from_outside_and_runs_nothing() -> None:
    seen = Seen(html_of(mail(site_url=None)))
    links = [value for name, value in seen.attributes if name in {"href", "src", "background", "action"}]

    assert not {"script", "link", "iframe", "object", "form", "svg", "base"} & set(seen.tags)
    assert links == [f"cid:{picture_of(mail())['Content-ID'].strip('<>')}", "mailto:upheld@example.org?subject=stop"]
    assert not [name for name, _ in seen.attributes if name.startswith("on")]
    assert not re.search(r"url\(|@import", html_of(mail()))


def test_the_html_part_reads_without_its_style_element() -> None:
    page = html_of(mail())
    style = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))

    assert "@media" in style
    assert not re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*\}|td,th.*?\}", "", style, flags=re.DOTALL).strip()
    assert 'class="down"' in page
    assert re.search(r'class="down"[^>]*style="[^"]*background-color', page)


def test_a_hostile_name_is_escaped_and_adds_no_header() -> None:
    hostile = provider(
        availability=cedar().availability,
        latency_ms={"<b>1K</b>": latency()},
        incidents=(incident(("17 09:40", "17 09:41"), None, seen_as="<script>alert(1)</script>\n503"),),
    )
    message = email.message_from_bytes(mail(week=judgement({HOSTILE: hostile})).as_bytes(), policy=policy.default)
    seen = Seen(html_of(message))

    assert message["Bcc"] is None
    assert "\n" not in message["Subject"]
    assert "\u202e" not in message.as_string() + text_of(message) + html_of(message)
    assert "script" not in seen.tags
    assert [value for name, value in seen.attributes if name == "src" and not value.startswith("cid:")] == []
    assert "<img src=x onerror=alert(1)>" in seen.text
    assert any(href.startswith(f"{SITE}/providers/img-src-x") for name, href in seen.attributes if name == "href")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        pytest.param("sender", "upheld@example.org\r\nBcc: thief@example.org", id="sender adds a header"),
        pytest.param("recipients", ["a@example.org\nBcc: thief@example.org"], id="recipient adds a header"),
        pytest.param("recipients", ["a@example.org, b@example.org"], id="two in one"),
        pytest.param("recipients", ["Everyone: a@example.org;"], id="a group"),
        pytest.param("recipients", ["=?utf-8?q?a=0d=0aBcc=3a_b?= <a@example.org>"], id="an encoded line break"),
        pytest.param("recipients", ["ü@example.org"], id="non-ASCII local part"),
        pytest.param("recipients", ["a@"], id="no domain"),
        pytest.param("recipients", [f"a@{'x' * 70}.org"], id="impossible domain in IDNA: a label too long"),
        pytest.param("recipients", [""], id="empty"),
        pytest.param("recipients", [], id="nobody"),
    ],
)
def test_an_address_that_is_none_is_refused_before_anything_is_sent(field: str, text: object) -> None:
    with pytest.raises(AddressError):
        mail(**{field: text})


def test_names_and_domains_in_any_script_are_sent_as_ascii() -> None:
    message = mail(sender="Jürgen Weiß <upheld@bücher.example>", recipients=["漢字 <a@example.org>", "b@example.org"])
    wire = message.as_bytes()

    assert wire.isascii()
    assert b"<upheld@xn--bcher-kva.example>" in wire
    again = email.message_from_bytes(wire, policy=policy.default)
    assert again["From"].addresses[0].display_name == "Jürgen Weiß"
    assert [str(reader) for reader in again["To"].addresses] == ["漢字 <a@example.org>", "b@example.org"]


def test_a_week_that_does_not_exist_is_refused() -> None:
    with pytest.raises(WeekError):
        mail(iso_week="2026-W54")


@pytest.mark.parametrize("count", [0, 1, 20, 150])
def test_the_mail_stays_below_80_kb_with_those_in_trouble_first(count: int) -> None:
    many = {f"provider-{n:03}": cedar() if n % 5 == 4 else provider(cost=cost(0.12)) for n in range(count)}
    before = judgement({name: provider() for name in many})
    message = mail(week=spent(judgement(many), CAPPED), before=before)

    assert len(message.as_bytes()) <= 80_000
    assert bool(re.search(r"\nprovider-004 +serving +ok +14h", text_of(message))) == (count > 4)
    assert ("Not shown for room" in text_of(message)) == (count == 150)
    if count == 20:
        assert len(message.as_bytes()) > 40_000, "all twenty are shown"


def test_a_site_without_an_address_is_not_linked() -> None:
    assert "http" not in text_of(mail(site_url=None))


def test_days_of_the_readers_zone_are_not_called_utc_days() -> None:
    week = judgement({"Alder": provider()}, timezone="Europe/Berlin")

    assert "One cell a UTC day" in text_of(mail(week=week))
    exact = text_of(mail(week=week, days={"Alder": cedar().days}))
    assert "One cell a day" in exact
    assert re.search(r"Alder +serving +ok +14h +19h", exact)


def test_what_follows_a_clean_week_is_not_promised() -> None:
    assert "A clean week does not show 100 %" in " ".join(text_of(mail()).split())
    assert "A clean week" not in text_of(mail(week=judgement({"Cedar": cedar()})))

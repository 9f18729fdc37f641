"""The Atom feed tells each outage once and changes with news alone; badges say what they count."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from xml.etree.ElementTree import Element, fromstring  # our own output

import pytest

from monitor.judge.result import Judgement
from reports import render
from tests.reports import build

ATOM = "{http://www.w3.org/2005/Atom}"
SVG = "{http://www.w3.org/2000/svg}"


@cache
def site(state: str) -> dict[str, bytes]:
    return render.pages(build.STATES[state]())


def feed(judgement: Judgement, site_url: str | None = None) -> Element:
    return fromstring(render.pages(judgement, site_url=site_url)["feed.xml"])


def texts(root: Element, path: str) -> list[str]:
    return [found.text or "" for found in root.iterfind("/".join(ATOM + tag for tag in path.split("/")))]


@pytest.mark.parametrize("state", sorted(build.STATES))
def test_a_feed_has_what_atom_asks_for(state: str) -> None:
    root = fromstring(site(state)["feed.xml"])
    assert root.tag == f"{ATOM}feed"
    for part in (root, *root.iter(f"{ATOM}entry")):
        assert all(len(part.findall(ATOM + tag)) == 1 for tag in ("id", "title", "updated"))
    ids = texts(root, "entry/id")
    assert len(ids) == len(set(ids))
    assert all(text.startswith("urn:uuid:") for text in ids)


def test_every_outage_has_an_entry_the_newest_news_first() -> None:
    judgement = build.four()
    root = feed(judgement)
    assert len(texts(root, "entry/id")) == sum(len(each.incidents) for each in judgement.providers.values())
    updated = texts(root, "entry/updated")
    assert updated == sorted(updated, reverse=True)
    assert texts(root, "updated") == updated[:1]


def test_an_open_outage_is_told_as_open_and_a_later_rendering_is_no_news() -> None:
    judgement = build.four()
    titles = texts(feed(judgement), "entry/title")
    assert any(title.endswith("is failing") for title in titles)
    later = replace(judgement, as_of=judgement.as_of + timedelta(minutes=15), until=judgement.until)
    assert render.pages(judgement)["feed.xml"] == render.pages(later)["feed.xml"]


def test_links_begin_where_the_site_can_be_read() -> None:
    links = [link.get("href") for link in feed(build.four(), "https://status.example/").iter(f"{ATOM}link")]
    assert "https://status.example/providers/cedar.html" in links
    assert "https://status.example/feed.xml" in links


def test_a_simulation_says_so_in_the_feed_and_on_each_badge() -> None:
    assert texts(fromstring(site("simulated")["feed.xml"]), "title")[0].startswith("Simulated: ")
    assert b"simulated uptime" in site("simulated")["badges/alder-uptime.svg"]


def badge(state: str, name: str) -> str:
    root = fromstring(site(state)[f"badges/{name}-uptime.svg"])
    return " | ".join(text.text or "" for text in root.iter(f"{SVG}text"))


@pytest.mark.parametrize(
    ("state", "name", "said"),
    [
        ("four", "alder", "uptime, 90 days | 99.97 %"),
        ("four", "cedar", "uptime, 90 days | 98.49 %, failing now"),
    ],
)
def test_a_badge_says_what_it_counts_and_over_which_days(state: str, name: str, said: str) -> None:
    assert badge(state, name) == said


def test_what_is_not_known_is_grey_and_says_so() -> None:
    judgement = build.judgement({"A": build.unseen()})
    svg = render.pages(judgement)["badges/a-uptime.svg"].decode()
    assert "not known" in svg
    assert "#59626d" in svg


def test_a_name_that_is_markup_stays_text() -> None:
    for name, content in render.pages(build.hostile()).items():
        if name.startswith("badges/") or name == "feed.xml":
            assert b"<script" not in content
            fromstring(content)

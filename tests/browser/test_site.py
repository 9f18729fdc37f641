"""The site as a browser shows it: from disk and over HTTP, with and without script, small, printed, in the dark."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.locales import STYLES
from reports import render
from tests.reports import build

PAGES = ("index.html", "compare.html", "claims.html", "methodology.html", "providers/cedar.html")


@contextmanager
def opened(browser: Browser, url: str, **options: Any) -> Iterator[tuple[Page, list[str], list[str]]]:  # noqa: ANN401
    """A page with what it complained of and what it asked for."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
    page = context.new_page()
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(url)
    page.wait_for_load_state()
    yield page, complaints, requests
    context.close()


def pages_of(sites: Path, state: str) -> list[Path]:
    """Status, comparison, and one provider's page."""
    root = sites / state
    return [root / "index.html", root / "compare.html", *sorted((root / "providers").glob("*.html"))[:1]]


def test_no_page_of_any_state_scrolls_sideways_or_complains(browser: Browser, sites: Path) -> None:
    with opened(browser, (sites / "four/methodology.html").as_uri()) as (page, complaints, _):
        for path in (path for state in build.STATES for path in pages_of(sites, state)):
            page.goto(path.as_uri())
            for width in (1280, 390, 320):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            assert complaints == [], path


def test_exploring_asks_nobody_else_and_offers_no_way_to_send_data_away(browser: Browser, served: str) -> None:
    with opened(browser, f"{served}/four/compare.html") as (page, complaints, requests):
        assert not [url for url in requests if "plotly" in url], "4.8 MB before anybody asked"
        _explore_all(page)
        titles = page.locator(".modebar-btn").evaluate_all("found => found.map(one => one.dataset.title ?? '')")
        assert len(titles) >= 4
        assert not [title for title in titles if re.search(r"(?i)cloud|share|send|edit|plotly", title)]
        assert page.locator("a[href*='plot.ly'], a[href*='plotly.com']").count() == 0
        assert complaints == []
        assert all(url.startswith(f"{served}/four/") for url in requests), requests


def test_from_disk_a_chart_can_be_explored_and_closed_again(browser: Browser, sites: Path) -> None:
    with opened(browser, (sites / "four/compare.html").as_uri()) as (page, complaints, _):
        chart = page.locator("#chart-arrivals")
        chart.get_by_role("button", name="Explore").click()
        expect(chart.locator(".live .main-svg").first).to_be_visible()
        expect(chart.locator("svg.pl")).to_be_hidden()
        expect(chart.locator(".live .legendtext")).to_have_text(["Cedar", "Birch", "Doum", "Alder"])
        chart.get_by_role("button", name="Back to the drawing").click()
        expect(chart.locator("svg.pl")).to_be_visible()
        expect(chart.locator(".live")).to_have_count(0)
        assert complaints == []


def test_a_missing_script_leaves_the_drawing_and_says_why(browser: Browser, served: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route("**/plotly.min.js", lambda route: route.abort())
    page.goto(f"{served}/four/compare.html")
    chart = page.locator("#chart-arrivals")
    chart.get_by_role("button", name="Explore").click()
    expect(chart.get_by_role("button")).to_contain_text("could not be loaded")
    expect(chart.locator("svg.pl")).to_be_visible()
    context.close()


def test_an_explored_chart_writes_its_numbers_as_the_page_does(browser: Browser, tmp_path: Path) -> None:
    render.site(build.four(), tmp_path / "german", style=STYLES["de-DE"])
    with opened(browser, (tmp_path / "german/compare.html").as_uri()) as (page, complaints, _):
        chart = page.locator("#chart-cost")
        chart.get_by_role("button", name="Explore").click()
        expect(chart.locator(".xtick text")).to_have_text(
            ["10.000", "20.000", "50.000", "100.000", "200.000", "500.000"]
        )
        chart.locator(".live").evaluate("live => Plotly.Fx.hover(live, [{ curveNumber: 0, pointNumber: 7 }])")
        expect(chart.locator(".hovertext").first).to_have_text(re.compile(r"19\.830 images: \$1\.\d{3},\d\d"))
        assert complaints == []


@pytest.mark.parametrize("name", ["compare.html", "providers/cedar.html"])
def test_without_script_every_chart_is_drawn_and_nothing_offers_what_it_cannot_do(
    browser: Browser, sites: Path, name: str
) -> None:
    with opened(browser, (sites / "four" / name).as_uri(), java_script_enabled=False) as (page, _, _):
        drawings = page.locator("svg.pl")
        assert drawings.count() >= 4
        for drawing in drawings.all():
            box = drawing.bounding_box()
            assert box is not None
            assert box["width"] > 200
            assert box["height"] > 50
        assert page.locator("button:visible").count() == 0


def test_hostile_names_run_nothing(browser: Browser, sites: Path) -> None:
    with opened(browser, (sites / "hostile/compare.html").as_uri()) as (page, complaints, _):
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.locator("#chart-outcomes button").click()
        expect(page.locator("#chart-outcomes .explore")).to_have_text("Back to the drawing")  # then all of it is drawn
        labels = page.locator("#chart-outcomes .ytick text")
        assert "<script>alert(1…" in labels.all_text_contents()
        assert complaints == []
        assert page.locator("img").count() == 0


@pytest.mark.parametrize(("name", "most"), [("index.html", 1), ("compare.html", 3), ("providers/cedar.html", 4)])
def test_printed_pages_are_few(browser: Browser, sites: Path, name: str, most: int) -> None:
    with opened(browser, (sites / "detailed" / name).as_uri()) as (page, _, _):
        pdf = page.pdf(prefer_css_page_size=True)
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= most


def test_print_says_simulated_and_leaves_out_what_cannot_be_clicked(browser: Browser, sites: Path) -> None:
    with opened(browser, (sites / "simulated/compare.html").as_uri()) as (page, _, _):
        page.emulate_media(media="print")
        expect(page.get_by_role("note")).to_contain_text("Simulated: providers that we run ourselves")
        expect(page.get_by_role("note")).to_be_visible()
        expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
        assert page.locator("button:visible").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_on_its_ground(browser: Browser, sites: Path, scheme: Any) -> None:  # noqa: ANN401
    for name in PAGES:
        with opened(browser, (sites / "four" / name).as_uri(), color_scheme=scheme) as (page, _, _):
            assert page.evaluate(_WORST_CONTRAST) >= 4.5, name


def test_with_forced_colours_outages_keep_a_shape_of_their_own(browser: Browser, sites: Path) -> None:
    with opened(browser, (sites / "four/index.html").as_uri(), forced_colors="active") as (page, _, _):
        up, down = (
            page.locator(f".days path.{kind}").first.evaluate(f"path => getComputedStyle(path).{way}")
            for kind, way in (("u", "stroke"), ("d", "fill"))
        )
        assert up != down


def test_the_keyboard_reaches_the_content_the_pages_and_every_provider(browser: Browser, sites: Path) -> None:
    with opened(browser, (sites / "four/index.html").as_uri()) as (page, _, _):
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
        seen = []
        for _ in range(14):
            page.keyboard.press("Tab")
            seen.append(page.evaluate("document.activeElement.textContent"))
        assert {"Status", "Compare", "Methodology", "Alder", "Birch", "Cedar", "Doum"} <= set(seen)
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_on_a_phone_each_number_still_names_what_it_is(browser: Browser, sites: Path) -> None:
    with opened(browser, (sites / "four/index.html").as_uri(), viewport={"width": 390, "height": 800}) as (page, _, _):
        cell = page.locator("#cedar td.num").first
        assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"Uptime, %"'
        box = cell.bounding_box()
        assert box is not None
        assert box["width"] > 300


def _explore_all(page: Page) -> None:
    for button in page.locator("button.explore").all():
        button.click()
        expect(button).to_have_text("Back to the drawing")


_WORST_CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  let worst = 21;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest("script")) continue;
    const style = getComputedStyle(element);
    const front = light(parse(element.closest("svg") ? style.fill : style.color));
    const back = light(ground(element));
    worst = Math.min(worst, (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05));
  }
  return worst;
}"""

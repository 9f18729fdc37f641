"""The mail as a browser draws it: 600 px, a phone, dark, and without its style element."""

import base64
import re
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, Page

from reports.mail import weekly
from tests.reports.mail.made import MONDAY, cedar, cost, doum, elm, incident, judgement, latency, provider


@pytest.fixture(scope="module")
def mail() -> str:
    """A week with something of everything, a hostile name included."""
    still_down = provider(
        state="failing",
        availability=cedar().availability,
        incidents=(incident(("22 09:40", "22 09:41"), None),),
        latency_ms={"1K": latency(None, 40)},
    )
    week = judgement(
        {
            "Alder": provider(cost=cost(0.1347)),
            "Cedar": cedar(),
            "Doum": doum(),
            "Elm": elm(),
            "Gum": provider(samples=0, days=(), latency_ms={}),
            "x" * 200 + "<script>document.title='run'</script>": still_down,
        },
        simulated=True,
    )
    message = weekly(
        week,
        judgement({name: provider() for name in week.providers}),
        iso_week="2026-W47",
        sender="upheld@example.org",
        recipients=["sre@example.org"],
        site_url="https://status.example.org",
        now=MONDAY,
    )
    return as_programs_show(message)


def as_programs_show(message: EmailMessage) -> str:
    """The HTML part with the parts that it names by Content-ID in their places."""
    part = message.get_body(("html",))
    assert part is not None
    page = str(part.get_content())
    for picture in message.walk():
        if picture.get_content_maintype() == "image":
            data = base64.b64encode(bytes(picture.get_payload(decode=True))).decode()
            page = page.replace(f"cid:{picture['Content-ID'].strip('<>')}", f"data:image/png;base64,{data}")
    return page


@pytest.fixture(scope="module")
def opened(browser: Browser, mail: str, request: pytest.FixtureRequest) -> Iterator[tuple[Page, list[str]]]:
    """The mail in a window of the width of the parameter, with everything that it asked the network for."""
    width, scheme, kept = request.param
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))
    page.set_content(mail if kept else re.sub(r"<style>.*?</style>", "", mail, flags=re.DOTALL))
    yield page, asked
    page.close()


VIEWS = {
    "600 px": (616, "light", True),
    "a phone": (390, "light", True),
    "dark": (616, "dark", True),
    "without style": (616, "light", False),
    "phone without style": (390, "dark", False),
}
in_every_view = pytest.mark.parametrize("opened", VIEWS.values(), ids=VIEWS.keys(), indirect=True)

CONTRASTS = """() => {
  const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const found = rgb(getComputedStyle(node).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const parent = node.parentElement;
    if (!node.data.trim() || !parent.offsetWidth) continue;
    const [a, b] = [light(rgb(getComputedStyle(parent).color)), light(ground(parent))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) low.push([node.data.trim().slice(0, 40), contrast]);
  }
  return low;
}"""


@in_every_view
def test_nothing_is_asked_of_the_network_and_no_script_runs(opened: tuple[Page, list[str]]) -> None:
    page, asked = opened

    assert [url for url in asked if not url.startswith("data:")] == []
    assert page.locator("script, iframe, link, object, embed, form").count() == 0
    assert page.locator("img").count() == 1
    assert page.title() != "run"


@in_every_view
def test_it_fits_its_window_whatever_a_provider_is_called(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened

    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    assert page.locator("table.paper").bounding_box()["width"] <= 600  # type: ignore[index]  # it is on the page


@in_every_view
def test_every_word_can_be_read_against_its_ground(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened

    assert page.evaluate(CONTRASTS) == []


@in_every_view
def test_the_finding_stands_at_the_top(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    heading = page.get_by_role("heading", level=1)

    assert "Cedar was down 33 h." in heading.inner_text()
    assert heading.bounding_box()["y"] < 200  # type: ignore[index]  # it is on the page
    assert page.get_by_text("Simulated: providers that we run ourselves").bounding_box()["y"] < 40  # type: ignore[index]


@in_every_view
def test_a_day_down_is_told_in_words_and_stands_out(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    down, up = page.locator("td.down").first, page.locator("td.ok").first
    colour = "node => getComputedStyle(node).backgroundColor"

    assert down.inner_text() == "Tu\n14h"
    assert up.inner_text() == "Mo\nok"
    assert down.evaluate(colour) != up.evaluate(colour)


@in_every_view
def test_the_picture_is_shown_as_wide_as_there_is_room(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened
    picture = page.locator("img")

    assert picture.evaluate("node => node.complete && node.naturalWidth") == 1104
    assert 300 < picture.bounding_box()["width"] <= 552  # type: ignore[index]  # it is on the page
    assert "median" in (picture.get_attribute("alt") or "")


@pytest.mark.parametrize("opened", [VIEWS["dark"]], indirect=True)
def test_dark_mode_has_a_dark_ground(opened: tuple[Page, list[str]]) -> None:
    page, _ = opened

    assert page.locator("table.paper").evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(18, 22, 27)"

"""The site as axe-core sees it, everything unfolded: on a laptop and, in the dark, on a small phone."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

_PHONE = 320
_UNFOLD = "details => details.forEach(one => { one.open = true })"
_OPTIONS = {"resultTypes": ["violations"]}
_UNLIKE = ("detailed", "empty", "first-minute", "hostile", "mixed", "one", "simulated", "stale")


def unfolded(page: Page, path: Path) -> None:
    """The page with all that is on demand."""
    page.goto(path.as_uri())
    page.eval_on_selector_all("details", _UNFOLD)


def pages_of(root: Path) -> list[Path]:
    """Every page; of providers the one that has most to say, and the one with the first name."""
    providers = sorted((root / "providers").glob("*.html"))
    some = {path for path in providers if path.stem == "cedar"} | set(providers[:1])
    return [*sorted(root.glob("*.html")), *sorted(some)]


def complaints(page: Page) -> list[str]:
    """What axe finds wrong, one line each."""
    found = Axe().run(page, options=_OPTIONS).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("state", _UNLIKE)
def test_axe_finds_nothing_wrong_with_any_page(browser: Browser, sites: Path, state: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    for path in pages_of(sites / state):
        unfolded(page, path)
        assert complaints(page) == [], path
    page.close()


def test_nor_on_a_phone_in_the_dark(browser: Browser, sites: Path) -> None:
    page = browser.new_page(viewport={"width": _PHONE, "height": 800}, color_scheme="dark")
    for path in pages_of(sites / "detailed"):
        unfolded(page, path)
        assert complaints(page) == [], path
    page.close()


@pytest.mark.parametrize("state", [*_UNLIKE, "many"])
def test_a_small_phone_never_scrolls_sideways_with_everything_unfolded(
    browser: Browser, sites: Path, state: str
) -> None:
    page = browser.new_page(viewport={"width": _PHONE, "height": 640})
    for path in pages_of(sites / state):
        unfolded(page, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= _PHONE, path
    page.close()

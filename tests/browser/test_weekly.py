"""The page of a week as axe-core and a phone see it, whatever a provider is called."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from monitor.judge.verdicts import Change, Estimate
from reports import render
from reports.mail.compose import Inputs
from reports.publish import add
from tests.reports.mail.made import MONDAY, WEEK, cedar, doum, elm, incident, judgement, provider
from tests.reports.promises import claim

EVIL = "x" * 80 + "<script>document.title='run'</script>"


@pytest.fixture(scope="module")
def page_of_a_week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A week with something of everything."""
    promise = claim("error_rate", "<=", 0.005, "refuted", "31 of 612 failed")
    evil = provider(state="failing", incidents=(incident(("22 09:40", "22 09:41"), None, seen_as=EVIL),))
    providers = {"Alder": provider(claims=(promise,)), "Cedar": cedar(), "Doum": doum(), "Elm": elm(), EVIL: evil}
    slower = Change("Alder", "latency", "1K", 12e3, 16e3, Estimate(1.33, 1.2, 1.5, 14, ""), "changed", "made")
    week = judgement(providers, simulated=True, changes=(slower,))
    site = tmp_path_factory.mktemp("week") / "site"
    add(render.week(Inputs(week, judgement(providers), WEEK, MONDAY, "..", ""), ["2026-W46"]), site)
    return site / "weekly" / f"{WEEK.key}.html"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")], ids=["laptop", "small phone, dark"])
def test_it_is_accessible_and_fits(browser: Browser, page_of_a_week: Path, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]  # one of its words
    page.goto(page_of_a_week.as_uri())

    assert [one["id"] for one in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.title() != "run"
    assert page.get_by_role("heading", level=1).is_visible()
    page.close()

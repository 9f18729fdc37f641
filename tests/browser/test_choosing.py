"""The procurement page in a browser: what can be unfolded without script, reached by keys, printed, and not abused."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

_COMMAND = re.compile(r"upheld export rows\.csv --provider Cedar --since \S+Z --until \S+Z")


def test_without_script_every_number_unfolds_its_n_interval_method_and_rows(browser: Browser, sites: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    for name in ("compare.html", "providers/cedar.html"):
        page.goto((sites / "detailed" / name).as_uri())
        found = page.locator("details.behind", has_text="Cedar")
        expect(found.get_by_role("table")).to_be_hidden()
        found.locator("summary").click()
        expect(found.get_by_role("table")).to_be_visible()
        expect(found.locator("code")).to_have_text(_COMMAND)
        heads = found.get_by_role("columnheader").all_text_contents()
        assert heads == ["Number", "Value", "Interval, 95 %", "n", "Method"]
    context.close()


def test_a_header_leads_to_how_its_number_is_made(browser: Browser, sites: Path) -> None:
    page = browser.new_page()
    page.goto((sites / "detailed/compare.html").as_uri())
    page.get_by_role("link", name="Uptime, %").click()
    assert page.url.endswith("methodology.html#time")
    expect(page.locator("dt:target")).to_have_text("Uptime (time availability)")
    page.close()


def test_keys_alone_unfold_and_follow(browser: Browser, sites: Path) -> None:
    page = browser.new_page()
    page.goto((sites / "detailed/compare.html").as_uri())
    summary = page.locator("details.behind summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details.behind").first).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "judge.json"
    page.close()


@pytest.mark.parametrize("name", ["compare.html", "providers/cedar.html"])
def test_print_keeps_every_chart_and_table_within_the_paper(browser: Browser, sites: Path, name: str) -> None:
    page = browser.new_page(viewport={"width": 703, "height": 1000})  # A4 less its margins
    page.goto((sites / "detailed" / name).as_uri())
    page.emulate_media(media="print")
    assert page.locator("svg.pl:visible").count() >= 5
    wide = page.eval_on_selector_all(
        "main svg, main table:not(details:not([open]) table)",
        "all => all.filter(one => one.getBoundingClientRect().right > 704).map(one => one.outerHTML.slice(0, 90))",
    )
    assert wide == []
    page.close()


def test_a_provider_named_like_a_formula_or_a_script_is_only_text(browser: Browser, sites: Path) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("console", lambda message: complaints.append(message.text))
    for path in sorted((sites / "hostile").rglob("*.html")):
        page.goto(path.as_uri())
        page.eval_on_selector_all("details", "details => details.forEach(one => { one.open = true })")
        assert page.locator("main script:not([type='application/json']), main img, main iframe").count() == 0, path
    page.goto((sites / "hostile/compare.html").as_uri())
    expect(page.locator("main")).to_contain_text("=cmd|'/c calc'!A1")
    assert complaints == []
    page.close()


def test_without_script_a_promise_unfolds_how_it_was_judged_and_print_has_it_unfolded(
    browser: Browser, sites: Path
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((sites / "detailed/claims.html").as_uri())
    row = page.locator("#cedar-uptime + tr")
    expect(row.get_by_text("All of Cedar from its first one")).to_be_hidden()
    page.emulate_media(media="print")
    expect(row.get_by_text("All of Cedar from its first one")).to_be_visible()
    page.emulate_media(media="screen")
    row.locator("summary").click()
    expect(row.locator("code")).to_have_text(re.compile(r"upheld export rows\.csv --provider Cedar --until \S+Z"))
    context.close()


def test_the_filter_hides_a_promise_with_its_fine_print(browser: Browser, sites: Path) -> None:
    page = browser.new_page()
    page.goto((sites / "detailed/claims.html").as_uri())
    page.get_by_text("4 refuted").click()
    expect(page.locator("#alder-p50-ms")).to_be_hidden()
    expect(page.locator("#alder-p50-ms + tr")).to_be_hidden()
    expect(page.locator("#cedar-uptime + tr")).to_be_visible()
    page.close()

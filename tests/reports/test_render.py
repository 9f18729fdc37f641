"""The site as a whole: every page of every state is sound, honest, local, and the same each time."""

import gzip
import hashlib
import json
import re
import subprocess
import sys
from datetime import timedelta
from functools import cache
from pathlib import Path, PurePosixPath

import pytest

from monitor.judge.result import to_json
from reports import render
from tests.reports import build, known
from tests.reports.reading import Page

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
STATES = sorted(build.STATES)


@cache
def site(state: str) -> dict[str, bytes]:
    judgement = build.STATES[state]()
    due = judgement.as_of + timedelta(minutes=14, seconds=37) if state == "detailed" else None
    return render.pages(judgement, facts=known.FACTS, due=due)


def html(state: str) -> dict[str, str]:
    return {name: content.decode() for name, content in site(state).items() if name.endswith(".html")}


@cache
def page(state: str, name: str) -> Page:
    return Page(html(state)[name])


def pages(state: str) -> list[tuple[str, Page]]:
    return [(name, page(state, name)) for name in html(state)]


@pytest.mark.parametrize("state", STATES)
def test_every_link_leads_to_a_file_of_the_site_and_every_anchor_exists(state: str) -> None:
    for name, found in pages(state):
        for link in (*found.links, *found.loads):
            if link.startswith("https://"):
                continue  # the source of a promise: see the next test
            target, _, anchor = link.partition("#")
            path = _resolved(name, target) if target else name
            assert path in site(state), f"{name} -> {link}"
            if anchor and path.endswith(".html"):
                assert anchor in page(state, path).ids, f"{name} -> {link}"


def _resolved(page_name: str, target: str) -> str:
    parts = list(PurePosixPath(page_name).parent.parts)
    for part in PurePosixPath(target).parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


@pytest.mark.parametrize("state", STATES)
def test_nothing_is_asked_of_any_other_host(state: str) -> None:
    for name, found in pages(state):
        foreign = {value for _, _, value in found.attributes if value and re.search(r"(?i)\b(https?:)?//", value)}
        assert foreign == {link for link in found.links if link.startswith("https://")}, (
            name
        )  # followed by a click alone
    style = site(state)["assets/style.css"].decode()
    assert "@import" not in style
    assert not re.search(r"url\((?!#)", style)


@pytest.mark.parametrize("state", STATES)
def test_ids_are_unique_and_no_page_has_inline_script_style_or_handler(state: str) -> None:
    for name, found in pages(state):
        assert len(found.ids) == len(set(found.ids)), name
        assert not [a for a in found.attributes if a[1] == "style" or a[1].startswith("on")], name
        for attributes, text in found.scripts:
            assert attributes.get("src") or attributes.get("type") == "application/json", text


@pytest.mark.parametrize("state", STATES)
def test_no_page_says_100_percent_up_and_none_prints_what_is_not_a_number(state: str) -> None:
    for name, found in pages(state):
        lines = [line for line in found.text.splitlines() if "100.00%" not in line]  # as another monitor published it
        text = "\n".join([*lines, *found.labels])
        assert not re.search(r"\b(nan|NaN|inf|Infinity|None|null|undefined|True|False)\b", text), name
        assert not re.search(r"\b100(\.0+)? ?% (up|uptime|available)", text), name


@pytest.mark.parametrize("state", STATES)
def test_scripts_are_only_on_pages_with_charts_and_are_deferred(state: str) -> None:
    for name, found in pages(state):
        loaded = [attributes for attributes, _ in found.scripts if attributes.get("src")]
        with_charts = name == "compare.html" or name.startswith("providers/")
        assert len(loaded) == (1 if with_charts else 0), name
        assert all("defer" in attributes for attributes in loaded), name
        policy = next(
            v for tag, key, v in found.attributes if tag == "meta" and key == "content" and v and "default-src" in v
        )
        assert policy.startswith("default-src 'none'; ")
        assert ("script-src" in policy) is with_charts


@pytest.mark.parametrize("state", STATES)
def test_every_chart_has_a_drawing_its_words_and_a_figure_that_a_script_can_read(state: str) -> None:
    for name, found in pages(state):
        figures = [
            json.loads(text) for attributes, text in found.scripts if attributes.get("type") == "application/json"
        ]
        charts = [key for key in found.ids if key.startswith("chart-")]
        assert len(figures) == len(charts), name
        assert all(figure["data"] and "layout" in figure for figure in figures), name
        drawings = [v for tag, key, v in found.attributes if tag == "svg" and key == "role" and v == "img"]
        assert len([label for label in found.labels if label]) >= len(drawings)


def test_foreign_text_is_never_markup() -> None:
    for name, found in pages("hostile"):
        assert not [a for a in found.attributes if a[1].startswith("on")], name
        assert not [text for attributes, text in found.scripts if "alert" in text and "</" in text], name
        assert "img" not in {tag for tag, _, _ in found.attributes}, name
    assert "<script>alert(1)</script>" in page("hostile", "index.html").text
    assert "{{ 7 * 7 }}" in page("hostile", "index.html").text


def test_foreign_names_stay_within_the_folder_of_providers() -> None:
    names = [name for name in site("hostile") if name.startswith("providers/")]
    assert len(names) == len(build.HOSTILE)
    assert all(re.fullmatch(r"providers/[a-z0-9-]+\.html", name) for name in names)


def test_simulated_data_says_so_on_every_page_in_every_title_and_in_the_summary() -> None:
    for name, found in pages("simulated"):
        assert found.text.startswith("Simulated · "), name
        strip = found.line_with("Simulated: providers that we run ourselves")
        assert "Time ran 600 times as fast as a clock." in strip, name
    summary = json.loads(site("simulated")["summary.json"])
    assert summary["simulated"] is True
    assert summary["page"]["name"].startswith("Simulated: ")


def test_real_data_never_says_simulated() -> None:
    for name, found in pages("four"):
        studied = [line for line in found.text.splitlines() if not line.startswith("Simulated providers that keep")]
        assert "imulated" not in "\n".join(studied), name  # how verdicts were tested is told of real data as well
    assert json.loads(site("four")["summary.json"])["simulated"] is False


def test_judge_json_is_the_judgement() -> None:
    assert json.loads(site("four")["judge.json"]) == to_json(build.four())


def test_a_status_page_of_20_providers_is_light_with_everything_that_it_loads() -> None:
    files = ("index.html", "assets/style.css", "assets/icon.svg")
    assert page("many", "index.html").text.count("provider-") >= 20
    assert sum(len(gzip.compress(site("many")[name], mtime=0)) for name in files) <= 15_000


def test_the_same_judgement_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib, sys; from reports import render; from tests.reports import build, known;"
        "pages = sorted(render.pages(build.four(), facts=known.FACTS).items());"
        "print(hashlib.sha256(b''.join(name.encode() + content for name, content in pages)).hexdigest())"
    )
    here = hashlib.sha256(b"".join(name.encode() + content for name, content in sorted(site("four").items())))
    assert _output_of(code, "1").strip() == here.hexdigest()


def _output_of(code: str, seed: str) -> str:
    run = [sys.executable, "-c", code]
    env = {"PYTHONHASHSEED": seed}
    return subprocess.run(run, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout


def test_an_old_judgement_is_not_the_present() -> None:
    judgement = build.four()
    fresh = render.pages(judgement, now=judgement.as_of + timedelta(minutes=29))
    stale = render.pages(judgement, now=judgement.as_of + timedelta(hours=3))
    assert "Not the present" not in fresh["index.html"].decode()
    text = Page(stale["index.html"].decode()).text
    assert "Last seen 3 h ago. What follows is not the present." in text
    assert "failing since" not in text.split("What happened")[0]
    assert {c["status"] for c in json.loads(stale["summary.json"])["components"]} == {"unknown"}


@pytest.mark.parametrize(
    ("state", "name"),
    [
        ("four", "index.html"),
        ("detailed", "index.html"),
        ("four", "compare.html"),
        ("four", "claims.html"),
        ("four", "providers/cedar.html"),
        ("detailed", "providers/cedar.html"),
        ("imported", "providers/open-ai-api.html"),
        ("first-minute", "compare.html"),
        ("four", "methodology.html"),
    ],
)
def test_the_words_of_a_page_are_those_agreed_on(state: str, name: str, golden: bool) -> None:
    kept = GOLDEN / f"{state}-{name.replace('/', '-').removesuffix('.html')}.txt"
    text = page(state, name).text + "\n"
    if golden:
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    assert text == kept.read_text(encoding="utf-8"), (
        "if this is meant: UPDATE_GOLDEN=1 pytest tests/reports/test_render.py"
    )


@pytest.mark.parametrize("name", ["index.html", "compare.html", "claims.html", "providers/cedar.html"])
def test_the_bytes_of_a_page_are_those_agreed_on(name: str, golden: bool) -> None:
    """Of the provider and the page that say most; what changed in words stands in the diff of the text beside it."""
    kept = GOLDEN / f"detailed-{name.replace('/', '-')}"
    if golden:
        kept.write_bytes(site("detailed")[name])
    assert site("detailed")[name] == kept.read_bytes(), (
        "if this is meant: UPDATE_GOLDEN=1 pytest tests/reports/test_render.py"
    )

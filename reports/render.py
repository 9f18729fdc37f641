"""Page models -> the site: templates, assets and the two JSON files, published in one step."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from monitor.json_text import indented
from monitor.judge.facts import Facts
from monitor.judge.result import Judgement, to_json
from monitor.locales import ENGLISH, Style
from reports import badges, localised, words
from reports.charts.bars import KINDS
from reports.feed import feed
from reports.mail.compose import Inputs
from reports.outcomes import Group
from reports.pages import weekly
from reports.pages.claims import claims
from reports.pages.compare import compare
from reports.pages.methodology import methodology
from reports.pages.provider import provider
from reports.pages.status import status
from reports.pages.view import Renewal, Scene, scene
from reports.publish import publish
from reports.summary import summary

EVERY = timedelta(minutes=15)  # how often a site is rendered unless the configuration says otherwise
# Nothing is fetched from outside the site's folder. `file:` beside 'self', because what 'self' is for a page opened
# from disk is left to the browser; a page from a server cannot load `file:` at all.
CSP = "default-src 'none'; style-src 'self' file:; img-src 'self' file:; base-uri 'none'; form-action 'none'"
# Pages with charts: Plotly styles the elements that it makes, and without that its layers lie over the page.
CSP_WITH_CHARTS = CSP.replace(
    "style-src 'self' file:", "style-src 'self' file: 'unsafe-inline'; script-src 'self' file:"
)


def site(
    judgement: Judgement,
    out: Path,
    *,
    facts: Facts | None = None,
    now: datetime | None = None,
    every: timedelta = EVERY,
    due: datetime | None = None,
    site_url: str | None = None,
    weeks: Collection[str] = (),
    also: Mapping[str, bytes] | None = None,
    style: Style = ENGLISH,
) -> Path:
    """Render everything into `out` and return the index.

    Args:
        judgement: what is shown.
        out: the folder of the site; replaced as a whole, see `reports.publish`.
        facts: what imported monitors published, shown beside our numbers.
        now: when the site is rendered, `judgement.as_of` if not given. A judgement that is older than twice
            `every` is no longer the present, and every page says so.
        every: how often the site is rendered.
        due: when it is rendered next, so that a reader can tell a page that has stopped; None: nobody will.
        site_url: where the site can be read by others; links in the feed begin there.
        weeks: whose pages the site has, or gets with this; every page links to the newest.
        also: more files of the site, such as pages of `week`.
        style: how numbers and dates are written.
    """
    files = pages(judgement, facts=facts, now=now, every=every, due=due, site_url=site_url, weeks=weeks, style=style)
    publish({**files, **(also or {})}, out)
    return out / "index.html"


def pages(
    judgement: Judgement,
    *,
    facts: Facts | None = None,
    now: datetime | None = None,
    every: timedelta = EVERY,
    due: datetime | None = None,
    site_url: str | None = None,
    weeks: Collection[str] = (),
    style: Style = ENGLISH,
) -> dict[str, bytes]:
    """All files of the site by path; the same input gives the same bytes."""
    renewal = Renewal(every, due) if due else None
    shown = replace(_scene(judgement, facts, now or judgement.as_of, every), weeks=tuple(weeks), renewal=renewal)
    judged = to_json(judgement)
    html = {
        "index.html": _html("index.html", status(shown)),
        "compare.html": _html("compare.html", compare(shown), groups=_groups()),
        "claims.html": _html("claims.html", claims(shown)),
        "methodology.html": _html("methodology.html", methodology(shown, judged)),
        **{subject.page: _html("provider.html", provider(subject, shown)) for subject in shown.subjects},
        **{f"badges/{s.slug}-uptime.svg": _html("badge.svg", badges.uptime(s, shown)) for s in shown.subjects},
    }
    return {
        **{name: localised.page(text, style, localised.names_of(judgement)).encode() for name, text in html.items()},
        "judge.json": as_json(judged),
        "summary.json": as_json(summary(shown)),
        "feed.xml": feed(shown, site_url),
        **_assets(),
    }


def week(inputs: Inputs, weeks: Collection[str] = (), style: Style = ENGLISH) -> dict[str, bytes]:
    """The page of one week by its path, with what it needs to be read where there is no site yet."""
    shown = replace(scene(inputs.week, None, inputs.week.as_of, stale=False), weeks=tuple(weeks))
    composed = _html("weekly.html", weekly.weekly(inputs, shown))
    page = localised.page(composed, style, localised.names_of(inputs.week))
    assets = {name: content for name, content in _assets().items() if name in {"assets/style.css", "assets/icon.svg"}}
    return {weekly.path(inputs.iso_week.key): page.encode(), **assets}


def as_json(value: Any) -> bytes:  # noqa: ANN401 - plain JSON data
    """JSON as it is published: readable, UTF-8, no NaN."""
    return f"{indented(value)}\n".encode()


def _scene(judgement: Judgement, facts: Facts | None, now: datetime, every: timedelta) -> Scene:
    """Stale: the judgement is old, or nobody's state is known and nothing new has come for two rounds."""
    fresh = scene(judgement, facts, now, stale=False)
    blind = bool(fresh.subjects) and all(subject.state == "unknown" for subject in fresh.subjects)
    silent = fresh.last_seen is not None and now - fresh.last_seen > 2 * every
    stale = now - judgement.as_of > 2 * every or (blind and silent)
    return scene(judgement, facts, now, stale=stale)


def _groups() -> list[tuple[str, str]]:
    """The columns of the counted outcomes: (class of its pattern, name)."""
    return [(KINDS.get(group, ""), group.value) for group in Group]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["firm"] = words.firm
    environment.globals["csp"] = {False: CSP, True: CSP_WITH_CHARTS}
    return environment


def _html(template: str, page: object, **more: object) -> str:
    text = _environment().get_template(template).render(page=page, **more)
    return "\n".join(line for line in text.splitlines() if line.strip()) + "\n"


@cache
def _assets() -> Mapping[str, bytes]:
    """What all pages share. Plotly comes from its own package, so that it is the pinned version."""
    own = resources("reports")
    return {
        "assets/style.css": (own / "templates" / "style.css").read_bytes(),
        "assets/icon.svg": (own / "assets" / "icon.svg").read_bytes(),
        "assets/explore.js": (own / "assets" / "explore.js").read_bytes(),
        "assets/plotly.min.js": (resources("plotly") / "package_data" / "plotly.min.js").read_bytes(),
    }

"""Page model -> the two parts of the mail, as text; the only place that knows the templates."""

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined

from reports.mail import columns
from reports.mail.page import Page

_LOADER = PackageLoader("reports", "templates/mail")
_HTML = Environment(loader=_LOADER, undefined=StrictUndefined, autoescape=True, trim_blocks=True)
_TEXT = Environment(
    loader=_LOADER,
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - plain text: there is nothing to escape
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEXT.filters |= {
    "wrap": columns.wrap,
    "days_table": columns.days_table,
    "figures_table": columns.figures_table,
}
_INLINER = CSSInliner(keep_at_rules=True, minify_css=True, load_remote_stylesheets=False)


def html(page: Page, picture_id: str) -> str:
    """The HTML part, its rules moved into style attributes; no script, nothing external.

    Its only picture is the part of this mail that `picture_id` names.
    """
    return _INLINER.inline(_HTML.get_template("weekly.html").render(page=page, picture_id=picture_id))


def text(page: Page) -> str:
    """The text part: complete by itself."""
    return _TEXT.get_template("weekly.txt").render(page=page).strip() + "\n"

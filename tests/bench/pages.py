"""`python -m tests.bench.pages`: how heavy the pages of 20 providers are; renews its section of docs/benchmarks.md.

Bytes, not times: the same on every machine.
"""

import gzip
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from reports import render
from tests.reports import build

PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
TITLE = "## Pages"
_PROVIDERS = 20
_FIRST = ("index.html", "assets/style.css", "assets/icon.svg")


def weights(files: Mapping[str, bytes]) -> list[tuple[str, int, int]]:
    """(file, bytes, bytes gzipped) of the pages and what they load, the heaviest provider's page for all of them."""
    providers = [name for name in files if name.startswith("providers/")]
    heaviest = max(providers, key=lambda name: (len(files[name]), name))
    pages = [name for name in files if name.endswith(".html") and name not in providers]
    rest = ["feed.xml", "summary.json", "judge.json", *(name for name in files if name.startswith("assets/"))]
    named = [("providers/NAME.html, the heaviest", heaviest), *((name, name) for name in [*pages, *rest])]
    return [(label, len(files[name]), _gzipped(files[name])) for label, name in sorted(named)]


def _gzipped(content: bytes) -> int:
    return len(gzip.compress(content, mtime=0))


def section(files: Mapping[str, bytes]) -> str:
    """The section as Markdown."""
    first = sum(_gzipped(files[name]) for name in _FIRST)
    said = (
        f"`make bench-pages`: bytes of a site of {_PROVIDERS} providers over 90 days with 2 to 13 outages each, raw "
        f"and gzipped.\nThe status page with all that it loads: {first:,} bytes gzipped. Plotly is fetched only when "
        "somebody explores a chart."
    )
    lines = [
        TITLE,
        "",
        said,
        "",
        "| file | bytes | gzipped |",
        "|---|--:|--:|",
        *(f"| {name} | {raw:,} | {small:,} |" for name, raw, small in weights(files)),
    ]
    return "\n".join(lines) + "\n"


def measured() -> str:
    """Of the site as it is rendered now."""
    return section(render.pages(build.many(_PROVIDERS)))


def renewed(page: str, new: str) -> str:
    """The page with its section replaced, or added at its end."""
    before, found, after = page.partition(f"{TITLE}\n")
    if not found:
        return f"{page.rstrip()}\n\n{new}"
    following = after.find("\n## ")
    return before + new + (after[following:] if following >= 0 else "")


def main(arguments: Sequence[str]) -> int:
    """Print, and write unless `--print` is given."""
    new = measured()
    sys.stdout.write(new)
    if "--print" not in arguments:
        PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), new), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

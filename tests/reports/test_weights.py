"""The benchmark of page sizes: its section is of the site as it is, and replaces only itself."""

import gzip

import pytest

from reports import render
from tests.bench import pages
from tests.reports import build


def test_sizes_are_those_of_the_files() -> None:
    files = render.pages(build.many(2))
    index = files["index.html"]
    found = {name: (raw, small) for name, raw, small in pages.weights(files)}
    assert found["index.html"] == (len(index), len(gzip.compress(index, mtime=0)))
    assert f"| index.html | {len(index):,} |" in pages.section(files)
    assert "assets/plotly.min.js" in found


@pytest.mark.parametrize(
    ("page", "whole"),
    [
        ("# All\n", "# All\n\n## Pages\nnew\n"),
        ("# All\n\n## Pages\nold\n", "# All\n\n## Pages\nnew\n"),
        ("# All\n\n## Pages\nold\n\n## Next\nkept\n", "# All\n\n## Pages\nnew\n\n## Next\nkept\n"),
    ],
    ids=["first time", "last section", "between others"],
)
def test_only_the_own_section_is_renewed(page: str, whole: str) -> None:
    assert pages.renewed(page, "## Pages\nnew\n") == whole

"""The errors on the methodology page are those that were simulated."""

import json

from reports import coverage


def test_every_simulated_kind_stands_on_the_page_with_its_errors() -> None:
    figures = json.loads(coverage.FIGURES.read_text(encoding="utf-8"))
    rows = coverage.errors()
    assert [(row.outages, row.lengths) for row in rows] == [
        (f"{one['mean_min']:.0f} min", one["lengths"]) for one in figures["uptime"]["at_the_truth"]
    ]
    first = figures["uptime"]["at_the_truth"][0]
    assert rows[0].refuted.startswith(f"{first['refuted'] * 100:.3g} % (up to ")
    assert all(row.covered.count("%") == 3 for row in rows)

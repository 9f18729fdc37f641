"""Imports point one way: reports -> monitor -> probes. Only the command line sees all three."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("probes", "monitor", "reports")


def allowed(module: str) -> set[str]:
    """The packages of ours that a module may import."""
    if module.startswith("monitor.cli"):
        return {"probes", "monitor", "reports"}
    return {"probes": {"probes"}, "monitor": {"probes", "monitor"}, "reports": {"probes", "monitor", "reports"}}[
        module.partition(".")[0]
    ]


def modules() -> dict[str, Path]:
    paths = (path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in sorted(paths)}


def imported(source: str) -> Iterator[tuple[int, str]]:
    """Line and full name of every import, also those within functions and for type checkers."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            yield node.lineno, origin
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def wrong(module: str, source: str) -> list[str]:
    """What a module imports against the direction, with its line."""
    found = []
    for line, name in imported(source):
        package = name.partition(".")[0]
        if package in LAYERS and package not in allowed(module):
            found.append(f"{module}:{line} imports {name}")
        if name.startswith("monitor.cli") and not module.startswith("monitor.cli"):
            found.append(f"{module}:{line} imports the command line, {name}")
        if name.startswith(".") or package == "tests":
            found.append(f"{module}:{line} imports {name}")
    return list(dict.fromkeys(found))


def test_imports_point_one_way() -> None:
    sources = {module: path.read_text(encoding="utf-8") for module, path in modules().items()}
    assert len(sources) > 30
    assert [line for module, source in sources.items() for line in wrong(module, source)] == []


@pytest.mark.parametrize(
    ("module", "source", "lines"),
    [
        ("probes.runner", "import monitor.config", ["probes.runner:1 imports monitor.config"]),
        (
            "monitor.judge.sla",
            "def f():\n    from reports.render import site",
            ["monitor.judge.sla:2 imports reports.render", "monitor.judge.sla:2 imports reports.render.site"],
        ),
        ("monitor.cli.report", "from reports.render import site\nfrom probes import model", []),
        (
            "monitor.store",
            "from monitor.cli import common",
            [
                "monitor.store:1 imports the command line, monitor.cli",
                "monitor.store:1 imports the command line, monitor.cli.common",
            ],
        ),
        ("monitor.store", "from monitor import cli", ["monitor.store:1 imports the command line, monitor.cli"]),
        ("reports.pages", "from monitor.judge.result import Judgement\nimport json", []),
        ("probes.model", "from . import clock", ["probes.model:1 imports .", "probes.model:1 imports ..clock"]),
        ("reports.mail", "import tests.build", ["reports.mail:1 imports tests.build"]),
    ],
)
def test_an_import_against_the_direction_is_named_with_its_line(module: str, source: str, lines: list[str]) -> None:
    assert wrong(module, source)[: len(lines)] == lines
    assert bool(wrong(module, source)) == bool(lines)

"""The command `upheld`: one file per command, found by looking into this folder.

A module `monitor/cli/<name>.py` that binds `command` (a `click.Command`) at its top level is the command `<name>`;
a trailing underscore is dropped (`import_.py` is `import`) and others become dashes. Names and the help line of
each are read from the source, so that `upheld --help` imports no command, and a command imports only what it needs.
"""

import ast
import difflib
import functools
import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from monitor.cli.boundary import errors_become_sentences, letters_become_marks

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Found:
    """A command that was seen in this folder, not yet imported."""

    module: str
    help: str


def _help_of(source: str) -> str | None:
    """First line of the docstring of what binds `command`; None where nothing does."""
    tree = ast.parse(source)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == "command":
            return (ast.get_docstring(node) or "").partition("\n")[0]
        if isinstance(node, ast.Assign | ast.AnnAssign):
            bound = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(name, ast.Name) and name.id == "command" for name in bound):
                return (ast.get_docstring(tree) or "").partition("\n")[0]
    return None


@functools.cache
def found() -> dict[str, Found]:
    """All commands by name, sorted, without importing any."""
    seen = {}
    for path in sorted(FOLDER.glob("*.py")):
        about = _help_of(path.read_text(encoding="utf-8"))
        if about is not None:
            seen[path.stem.rstrip("_").replace("_", "-")] = Found(path.stem, about.rstrip("."))
    return seen


class Commands(click.Group):
    """A group whose commands are the files beside it, imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Names of all commands."""
        return list(found())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of that name, imported now; None where there is none."""
        if cmd_name not in found():
            return None
        command: click.Command = importlib.import_module(f"{__name__}.{found()[cmd_name].module}").command
        command.name = cmd_name
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, but an unknown command names the nearest known one."""
        name = args[0]
        if name in found() or name.startswith("-"):
            return super().resolve_command(ctx, args)
        near = difflib.get_close_matches(name, found(), 1)
        hint = f"did you mean '{near[0]}'?" if near else f"known: {', '.join(found())}"
        raise click.UsageError(f"no command '{name}'; {hint}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Name and help line of each, from the source: nothing is imported for a list."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, seen.help) for name, seen in found().items()])

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401 - click's signature
    ) -> click.Context:
        """As click does; what goes wrong while the options are read, or --help is printed, is told as below."""
        with errors_become_sentences():
            letters_become_marks()
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; whatever goes wrong ends as one sentence and the right exit code."""
        with errors_become_sentences():
            return super().invoke(ctx)


@click.group(
    "upheld",
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExample:\n  upheld check --example > upheld.toml && upheld check && upheld plan",
)
@click.version_option(package_name="upheld", message="upheld %(version)s")
def main() -> None:
    """Did your API provider uphold what it promised?

    Upheld probes image-generation APIs, keeps every request as a row, and judges uptime, latency, rate limits,
    cost and each published claim from its own measurements.
    """

"""What commands share: the configuration, JSON on standard output, tables, and how to end with an error.

A command file looks like this:

    @click.command(epilog=example("upheld judge wisgate --json"))
    @with_config
    @json_option
    def command(config: Config, *, as_json: bool) -> None:
        \"\"\"Every metric, band, SLA result and claim verdict.\"\"\"
"""

import functools
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from monitor.cli.boundary import COULD_NOT, DONE, GATE_NOT_MET, WRONG_USAGE, fail

__all__ = [
    "COULD_NOT",
    "DONE",
    "GATE_NOT_MET",
    "WRONG_USAGE",
    "config_option",
    "example",
    "fail",
    "json_option",
    "note",
    "print_json",
    "say",
    "show_table",
    "with_config",
]

F = TypeVar("F", bound=Callable[..., Any])

config_option = click.option(
    "--config",
    "config_path",
    envvar="UPHELD_CONFIG",
    default="upheld.toml",
    show_default=True,
    show_envvar=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Configuration file.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")


def with_config(function: Callable[..., Any]) -> Callable[..., Any]:
    """Pass the loaded `Config` as the first argument; a configuration with faults ends the command with code 2."""

    @config_option
    @functools.wraps(function)
    def wrapper(*args: Any, config_path: Path, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the command takes
        from monitor.config import load  # noqa: PLC0415 - pydantic is not needed for --help

        return function(load(config_path, os.environ), *args, **kwargs)

    return wrapper


def example(*lines: str) -> str:
    """The epilog of a command's --help: examples, kept as they are."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def print_json(data: Any) -> None:  # noqa: ANN401 - any JSON data
    """JSON for machines: standard output, one document, no NaN."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False))


def say(text: str) -> None:
    """A line of the result: standard output. Rich markup is drawn on a terminal and dropped elsewhere."""
    _console(stderr=False).print(text, soft_wrap=True, highlight=False)


def note(text: str) -> None:
    """A line beside the result (progress, warnings): standard error."""
    _console(stderr=True).print(text, soft_wrap=True, highlight=False)


def _console(*, stderr: bool) -> Any:  # noqa: ANN401 - rich is imported when something is shown, not for --help
    from rich.console import Console  # noqa: PLC0415 - see above

    return Console(stderr=stderr, file=None if stderr else sys.stdout)


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """A table on standard output; aligned plain lines where that is no terminal. Columns in `right` are numbers.

    Cells may carry Rich markup; text that is not ours goes through `rich.markup.escape` first.
    """
    console = _console(stderr=False)
    if console.is_terminal:
        console.print(_rich_table(title, columns, rows, right))
    else:
        click.echo("\n".join(_plain_lines(title, columns, rows, right)))


def _rich_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str]) -> Any:  # noqa: ANN401 - see _console
    from rich import box  # noqa: PLC0415 - see _console
    from rich.table import Table  # noqa: PLC0415 - see _console

    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False
    )
    for number, name in enumerate(columns):
        table.add_column(
            name, justify="right" if name in right else "left", overflow="fold", no_wrap=number == 0 or name in right
        )
    for row in rows:
        table.add_row(*row)
    return table


def _plain_lines(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str]) -> list[str]:
    from rich.markup import render  # noqa: PLC0415 - see _console

    cells = [list(columns), *([render(cell).plain for cell in row] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    aligned = [
        "  ".join(
            cell.rjust(width) if name in right else cell.ljust(width)
            for cell, width, name in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in cells
    ]
    return [title, *aligned]

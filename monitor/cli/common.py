"""What commands share: the configuration, JSON on standard output, tables, and how to end with an error.

A command file looks like this:

    @click.command(epilog=example("upheld judge wisgate --json"))
    @with_config
    @json_option
    def command(config: Config, *, as_json: bool) -> None:
        \"\"\"Every metric, band, SLA result and claim verdict.\"\"\"
"""

import functools
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from monitor.cli.boundary import COULD_NOT, DONE, GATE_NOT_MET, WRONG_USAGE, fail

if TYPE_CHECKING:
    from monitor.cli.screen import Screen

__all__ = [
    "COULD_NOT",
    "DONE",
    "GATE_NOT_MET",
    "WRONG_USAGE",
    "config_option",
    "escape",
    "example",
    "fail",
    "json_option",
    "note",
    "print_json",
    "say",
    "show_table",
    "usd",
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
    """JSON for machines: standard output, one document, no NaN; letters as they are where the output is in UTF-8."""
    from monitor.json_text import indented  # noqa: PLC0415 - not needed for --help

    in_utf8 = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("_", "-") == "utf-8"
    click.echo(indented(data, ascii_only=not in_utf8))


def say(text: str) -> None:
    """A line of the result: standard output. Rich markup is drawn on a terminal and dropped elsewhere.

    What is set in by four is prose: a terminal wraps it between words and keeps it set in.
    """
    console = _screen(stderr=False)
    if console.is_terminal and text.startswith(" " * 4):
        console.print_prose(text)
    else:
        console.print(text, soft_wrap=True, highlight=False)


def note(text: str) -> None:
    """A line beside the result (progress, warnings): standard error."""
    _screen(stderr=True).print(text, soft_wrap=True, highlight=False)


def escape(text: str) -> str:
    """Text that is not ours, so that none of it is taken for markup."""
    from rich import markup  # noqa: PLC0415 - see _screen

    return markup.escape(text)


def usd(amount: float) -> str:
    """`$19.85`; below ten cents with what digits it has: `$0.058`."""
    return f"${amount:,.2f}" if amount >= 0.1 else f"${amount:.4g}"


def _screen(*, stderr: bool) -> "Screen":
    from monitor.cli.screen import screen  # noqa: PLC0415 - rich is imported when something is shown, not for --help

    return screen(stderr=stderr)


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """A table on standard output; aligned plain lines where that is no terminal. Columns in `right` are numbers.

    Cells may carry Rich markup; text that is not ours goes through `escape` first.
    """
    from monitor.cli.tables import Drawing, plain_lines  # noqa: PLC0415 - see _screen

    console = _screen(stderr=False)
    if console.is_terminal:
        Drawing(title, columns, rows, right).draw(console)
    else:
        click.echo("\n".join(plain_lines(title, columns, rows, right)))

"""The one place where an exception becomes a sentence on standard error and an exit code.

0 done, 1 the gate is not met, 2 wrong usage or configuration, 3 it could not be done. An exception class of ours
(defined in `monitor`, `probes` or `reports`) says one sentence by `str()`; its class may set `exit_code`, else it
is 3, and `says_where` if its lines begin with a file, as those of compilers do. Anything else is a defect of Upheld:
it is called one, and shown whole with UPHELD_DEBUG=1.
"""

import io
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, NoReturn

import click

DONE, GATE_NOT_MET, WRONG_USAGE, COULD_NOT = 0, 1, 2, 3
INTERRUPTED = 130  # what shells say of SIGINT
READER_WENT = 141  # and of SIGPIPE
OURS = {"monitor", "probes", "reports"}


class Failure(click.ClickException):
    """A sentence for standard error, and the exit code."""

    def __init__(self, message: str, exit_code: int) -> None:
        """Say `message` and exit with `exit_code`."""
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # a class variable in click, read from the instance

    def show(self, file: IO[Any] | None = None) -> None:
        """The sentence alone, on standard error."""
        click.echo(self.message, file=file or sys.stderr)


def fail(message: str, code: int = COULD_NOT) -> NoReturn:
    """End the command with one sentence on standard error and this exit code."""
    raise Failure(f"upheld: {message}", code)


def _of_os(error: OSError) -> str:
    """What the system said, with the file it said it of; never the errno."""
    reason = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename else reason


def _is_ours(error: Exception) -> bool:
    return any(kind.__module__.partition(".")[0] in OURS for kind in type(error).__mro__)


def as_failure(error: Exception) -> Failure:
    """The sentence and exit code of an exception that ended a command."""
    if _is_ours(error):
        code = getattr(error, "exit_code", COULD_NOT)
        text = str(error) or type(error).__name__
        return Failure(text if getattr(error, "says_where", False) else f"upheld: {text}", code)
    if isinstance(error, OSError):
        return Failure(f"upheld: {_of_os(error)}", COULD_NOT)
    return Failure(f"upheld: a defect of Upheld, not of your input: {_place(error)}", COULD_NOT)


def _place(error: Exception) -> str:
    """Where a defect showed, for a report: type, text, file and line."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    what = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {what}{where}; UPHELD_DEBUG=1 shows all of it"


def letters_become_marks() -> None:
    """A letter that the encoding of a terminal or pipe does not have is shown as `?`, and ends nothing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def reader_went() -> NoReturn:
    """End because nobody reads standard output any more: `| head` had enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the flush at exit complains again
    raise click.exceptions.Exit(READER_WENT) from None


@contextmanager
def errors_become_sentences() -> Iterator[None]:
    """Nothing but click's own exceptions leaves; with UPHELD_DEBUG=1 the traceback is printed as well."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except KeyboardInterrupt:
        raise Failure("upheld: interrupted", INTERRUPTED) from None
    except BrokenPipeError:
        reader_went()
    except Exception as error:
        if os.environ.get("UPHELD_DEBUG") == "1":
            traceback.print_exc()
        raise as_failure(error) from error

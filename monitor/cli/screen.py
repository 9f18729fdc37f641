"""Where commands print: a console that knows what kind of terminal it is, and what to do when its reader has gone."""

import sys

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from monitor.cli.boundary import reader_went


class Screen(Console):
    """Rich's console; a reader that closed the pipe ends the command as every shell expects, not as a gate's "no"."""

    @property
    def is_live(self) -> bool:
        """Whether lines can be drawn over: a terminal, and not one that says it is dumb."""
        return self.is_terminal and not self.is_dumb_terminal

    def print_prose(self, text: str) -> None:
        """A paragraph, wrapped between words and set in as far as its first line."""
        margin = len(text) - len(text.lstrip(" "))
        words = Text.from_markup(text.strip().replace(" %", "\N{NO-BREAK SPACE}%"))
        self.print(Padding(words, (0, 0, 0, margin), expand=False), highlight=False)

    def on_broken_pipe(self) -> None:
        """Standard output: nobody reads on, so end. Standard error: remarks are lost, the work goes on."""
        self.quiet = True
        if not self.stderr:
            reader_went()


def screen(*, stderr: bool) -> Screen:
    """Standard output or standard error, as they are now."""
    return Screen(stderr=stderr, file=None if stderr else sys.stdout)

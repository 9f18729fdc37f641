"""How a run by hand shows itself while it goes on: a bar on a terminal, a plain line every few seconds elsewhere."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from monitor.cli.common import usd
from monitor.cli.screen import Screen
from probes.progress import Progress as RunProgress

BESIDE_BAR = 45  # columns of a terminal for what stands beside the bar
FIRST_LINE_S, LINE_EVERY_S = 1.0, 5.0


def counts(outcomes: Mapping[str, int]) -> str:
    """`10 ok, 2 rate_limited`: the most frequent first."""
    ranked = sorted(outcomes.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {name}" for name, count in ranked) or "nothing yet"


@dataclass(frozen=True, slots=True)
class Room:
    """How much may still be spent: `max_usd` caps the run; `left` tells what the configured caps leave now."""

    max_usd: float | None = None
    left: Callable[[], float] = lambda: math.inf

    def usd(self, spent_usd: float) -> float:
        """USD, with what is in flight taken off the configured caps; infinite where no cap applies."""
        return min(self.left(), math.inf if self.max_usd is None else max(0.0, self.max_usd - spent_usd))


def line(progress: RunProgress, left_s: float | None, left_usd: float = math.inf) -> str:
    """Where a run stands, in one line."""
    left = "" if left_s is None else f", about {_time(left_s)} left"
    caps = "" if math.isinf(left_usd) else f" (the caps leave {usd(left_usd)})"
    return (
        f"{progress.done}/{progress.planned} done, {progress.in_flight} in flight,"
        f" {usd(progress.spent_usd)} spent{caps}{left}: {counts(progress.outcomes)}"
    )


def left_s(progress: RunProgress, elapsed_s: float, planned_s: float) -> float | None:
    """Seconds to the last planned start; past it, nobody knows how long the last answers take."""
    if progress.done == progress.planned or elapsed_s >= planned_s:
        return None
    return planned_s - elapsed_s


NO_CAP = Room()


@contextmanager
def shown(
    title: str, planned: int, planned_s: float, console: Screen, room: Room = NO_CAP
) -> Iterator[Callable[[RunProgress], None]]:
    """A function that shows each state of a run, as the console allows."""
    began = time.monotonic()
    if not console.is_live:
        yield _Lines(console, began, planned_s, room)
        return
    bar = BarColumn(bar_width=min(40, max(5, console.width - BESIDE_BAR)))
    columns = (TextColumn("{task.description}"), bar, MofNCompleteColumn(), TimeElapsedColumn())
    with _Bar(*columns, console=console, transient=True) as bars:
        task = bars.add_task(title, total=planned)

        def show(progress: RunProgress) -> None:
            seconds = left_s(progress, time.monotonic() - began, planned_s)
            said = line(progress, seconds, room.usd(progress.spent_usd)).partition(" done, ")[2]
            bars.said = said
            bars.update(task, completed=progress.done, total=progress.planned)

        yield show


class _Bar(Progress):
    """A bar, and below it what stands in no column: it takes as many lines as a narrow terminal needs."""

    said = "nothing came back yet"

    def get_renderables(self) -> Iterable[RenderableType]:
        """What is drawn anew at each refresh."""
        yield from super().get_renderables()
        yield Text(self.said, style="dim")


class _Lines:
    """A line soon, then at most every `LINE_EVERY_S` seconds, and one at the end."""

    def __init__(self, console: Screen, began: float, planned_s: float, room: Room) -> None:
        self._console = console
        self._room = room
        self._began = began
        self._planned_s = planned_s
        self._next = FIRST_LINE_S

    def __call__(self, progress: RunProgress) -> None:
        elapsed_s = time.monotonic() - self._began
        if elapsed_s < self._next and progress.done < progress.planned:
            return
        self._next = elapsed_s + LINE_EVERY_S
        seconds = left_s(progress, elapsed_s, self._planned_s)
        said = line(progress, seconds, self._room.usd(progress.spent_usd))
        self._console.print(said, highlight=False, markup=False, soft_wrap=True)


def _time(seconds: float) -> str:
    """`45 s`, `3 min`, `2.5 h`: as far as it matters."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"

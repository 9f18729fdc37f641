"""How wrong our own times were in this window, as the runs measured it themselves."""

from collections.abc import Iterator

from monitor.judge.result import OwnError
from reports import words
from reports.pages.view import Scene

MANY_RUNS = 100  # of fewer, one in a hundred is none of them


def own_error(scene: Scene) -> tuple[tuple[str, str], ...]:
    """(what, value); nothing where no run of the window measured itself."""
    found = scene.judgement.instrument.own_error
    return tuple(_rows(found)) if found is not None and found.runs else ()


def _rows(found: OwnError) -> Iterator[tuple[str, str]]:
    yield "Runs that measured themselves", words.count(found.runs)
    if found.unmeasured:
        yield "Runs of which it is not known: killed, or not over", words.count(found.unmeasured)
    for what, ms in (
        ("A stored time is right to, in half of the runs", found.p50_ms),
        *((("In 99 of 100 runs", found.p99_ms),) if found.runs >= MANY_RUNS else ()),
        ("In the worst run", found.max_ms),
        ("Event loop late by, in 99 of 100 answers and long turns of the worst run", found.lag_p99_ms),
        ("The worst control request, against a server of our own", found.control_max_ms),
    ):
        yield what, words.NOT_KNOWN if ms is None else words.latency(ms)
    steps = f"{words.plural(found.clock_steps, 'time')}, by up to {words.latency(abs(found.clock_step_ms))}"
    yield "The wall clock was set", steps if found.clock_steps else "never"

"""What a run by hand shows while it goes on."""

import io
import math
import re

import pytest

from monitor.cli.live import Room, counts, left_s, line, shown
from monitor.cli.screen import Screen
from probes.progress import Progress


def at(done: int, planned: int = 100, in_flight: int = 0, **outcomes: int) -> Progress:
    return Progress(planned, done, in_flight, outcomes, 0.05 * done)


@pytest.mark.parametrize(
    ("progress", "left", "said"),
    [
        (at(0), 60.0, "0/100 done, 0 in flight, $0 spent, about 60 s left: nothing yet"),
        (
            at(12, in_flight=30, ok=10, rate_limited=2),
            600.0,
            "12/100 done, 30 in flight, $0.60 spent, about 10 min left: 10 ok, 2 rate_limited",
        ),
        (at(100, ok=1, timeout=99), None, "100/100 done, 0 in flight, $5.00 spent: 99 timeout, 1 ok"),
        (at(1, ok=1), 259_200.0, "1/100 done, 0 in flight, $0.05 spent, about 72.0 h left: 1 ok"),
    ],
    ids=["begin", "middle", "end", "days"],
)
def test_a_line_says_where_a_run_stands(progress: Progress, left: float | None, said: str) -> None:
    assert line(progress, left) == said


@pytest.mark.parametrize(
    ("done", "elapsed_s", "left"),
    [(0, 0.0, 60.0), (50, 20.0, 40.0), (99, 61.0, None), (100, 30.0, None)],
    ids=["begin", "middle", "last answers", "all done"],
)
def test_time_left_is_that_to_the_last_start_and_then_unknown(done: int, elapsed_s: float, left: float | None) -> None:
    assert left_s(at(done), elapsed_s, 60.0) == left


def test_outcomes_are_counted_the_most_frequent_first() -> None:
    assert counts({"ok": 1, "timeout": 3, "auth": 1}) == "3 timeout, 1 auth, 1 ok"


def test_without_a_terminal_a_line_comes_soon_then_every_few_seconds_and_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = 0.0
    monkeypatch.setattr("monitor.cli.live.time.monotonic", lambda: seconds)
    out = io.StringIO()
    with shown("a burst", 100, 60.0, Screen(file=out, width=200)) as show:
        for number in range(1, 101):
            seconds = number * 0.3
            show(at(number, ok=number))
    lines = out.getvalue().splitlines()
    assert [text.partition("/")[0] for text in lines] == ["4", "21", "38", "55", "72", "89", "100"]
    assert lines[-1] == "100/100 done, 0 in flight, $5.00 spent: 100 ok"


@pytest.mark.parametrize(
    ("max_usd", "left", "spent", "said"),
    [
        (None, math.inf, 1.0, "$0.60 spent: "),
        (None, 1.4, 1.0, "$0.60 spent (the caps leave $1.40): "),
        (3.0, 1.4, 2.0, "(the caps leave $1.00): "),
        (3.0, math.inf, 4.0, "(the caps leave $0): "),
    ],
    ids=["no cap", "a budget", "the run's cap is nearer", "used up"],
)
def test_what_the_caps_leave_is_said(max_usd: float | None, left: float, spent: float, said: str) -> None:
    assert said in line(at(12, ok=12), None, Room(max_usd, lambda: left).usd(spent))


@pytest.mark.parametrize(("term", "no_color"), [("dumb", None), ("xterm-256color", "1"), ("xterm-256color", None)])
def test_a_dumb_terminal_has_lines_and_no_color_is_respected(
    monkeypatch: pytest.MonkeyPatch, term: str, no_color: str | None
) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    out = io.StringIO()
    with shown("a burst", 2, 60.0, Screen(file=out, width=200, force_terminal=True)) as show:
        show(at(2, planned=2, ok=2))
    drawn = out.getvalue()
    assert ("\x1b" in drawn) is (term != "dumb")  # a line at the end, and nothing is drawn over
    assert bool(re.search(r"\x1b\[[\d;]*3[0-9]", drawn)) is (term != "dumb" and no_color is None)
    assert "2 ok" in drawn


def test_a_terminal_says_what_it_waits_for_before_anything_came_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    out = io.StringIO()
    with shown("a burst", 2, 60.0, Screen(file=out, width=200, force_terminal=True)):
        pass
    assert "nothing came back yet" in out.getvalue()


def test_a_terminal_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    out = io.StringIO()
    with shown("a burst", 2, 60.0, Screen(file=out, width=200, force_terminal=True)) as show:
        show(at(1, planned=2, ok=1))
        show(at(2, planned=2, ok=2))
    assert "a burst" in out.getvalue()
    assert "2/2" in out.getvalue()


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_narrow_terminal_shows_all_of_it(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    out = io.StringIO()
    with shown("alder burst", 100, 60.0, Screen(file=out, width=width, force_terminal=True), Room(3.0)) as show:
        show(at(12, in_flight=30, ok=10, rate_limited=2))
    drawn = " ".join(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", " ", out.getvalue()).split())

    assert "12/100" in drawn
    assert "30 in flight, $0.60 spent (the caps leave $2.40), about 60 s left: 10 ok, 2 rate_limited" in drawn

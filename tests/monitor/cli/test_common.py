"""What commands share: tables for people and for pipes, JSON, the configuration."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor.cli.boundary import errors_become_sentences
from monitor.cli.common import json_option, note, print_json, say, show_table, with_config
from monitor.config import Config
from tests.monitor.configs import ONE, write

ROWS = [["alder", "[green]✓[/green] well", "1.50"], ["birch [x]".replace("[", "\\["), "[red]✗[/red] ill", "10.25"]]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], str]:
    """What is drawn where standard output is a terminal, 60 wide."""

    def drawn(draw: Callable[[], None]) -> str:
        screen = Terminal()
        monkeypatch.setattr(sys, "stdout", screen)
        for name, value in {"COLUMNS": "60", "TERM": "xterm-256color"}.items():
            monkeypatch.setenv(name, value)
        draw()
        return screen.getvalue()

    return drawn


def test_a_table_in_a_pipe_is_aligned_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    show_table("Providers", ["name", "state", "USD"], ROWS, right=["USD"])
    assert capsys.readouterr().out.splitlines() == [
        "Providers",
        "name       state     USD",
        "alder      ✓ well   1.50",
        "birch [x]  ✗ ill   10.25",
    ]


def test_a_long_table_in_a_pipe_is_never_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    show_table("T", ["a", "b"], [["x" * 300, "y"]])
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_table_on_a_terminal_is_drawn_with_colour(
    on_terminal: Callable[[Callable[[], None]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    drawn = on_terminal(lambda: show_table("Providers", ["name", "state", "USD"], ROWS, right=["USD"]))
    assert "\x1b[32m✓" in drawn
    assert "─" in drawn


def test_no_color_is_respected(
    on_terminal: Callable[[Callable[[], None]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    drawn = on_terminal(lambda: show_table("Providers", ["name", "state", "USD"], ROWS, right=["USD"]))
    assert "\x1b[32m" not in drawn
    assert "✓ well" in drawn


def test_results_go_to_standard_output_and_remarks_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    say("[green]result[/green] " + "x" * 200)
    note("[yellow]note[/yellow] remark")
    out, err = capsys.readouterr()
    assert out == "result " + "x" * 200 + "\n"
    assert err == "note remark\n"


def test_json_is_one_document_with_letters_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"text": "München", "n": 1.5})
    out = capsys.readouterr().out
    assert json.loads(out) == {"text": "München", "n": 1.5}
    assert "München" in out


def test_json_has_no_nan() -> None:
    with pytest.raises(ValueError, match="Out of range float values"):
        print_json({"n": float("nan")})


@click.command()
@with_config
@json_option
def command(config: Config, *, as_json: bool) -> None:
    click.echo(f"{sorted(config.providers)} {as_json}")


class Group(click.Group):
    def invoke(self, ctx: click.Context) -> object:
        with errors_become_sentences():
            return super().invoke(ctx)


GROUP = Group("upheld", commands={"show": command})


@pytest.mark.parametrize("by", ["default", "option", "environment"])
def test_the_configuration_is_found_by_default_by_option_and_by_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "upheld.toml" if by == "default" else "other.toml"
    Path(name).write_text(ONE, encoding="utf-8")
    arguments = ["show", *(["--config", name] if by == "option" else []), "--json"]
    result = CliRunner().invoke(GROUP, arguments, env={"UPHELD_CONFIG": name if by == "environment" else None})
    assert (result.exit_code, result.output) == (0, "['wisgate'] True\n")


def test_faults_of_the_configuration_end_a_command_with_code_2_on_standard_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "[budgets]\n[service]\ntimezone = 3\n")
    result = CliRunner().invoke(GROUP, ["show"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "upheld.toml: service.timezone: must be text in quotes, not 3",
        "upheld.toml: budgets: unknown key; nearest known: budget",
    ]


def test_prose_is_wrapped_between_words_and_stays_set_in(on_terminal: Callable[[Callable[[], None]], str]) -> None:
    drawn = on_terminal(lambda: say(f"    {'word ' * 10}at most 5 % may be slow, where 95 % have to be fast"))
    lines = [line.rstrip() for line in drawn.splitlines()]
    assert len(lines) == 2
    assert all(line.startswith("    ") and len(line) <= 60 for line in lines)
    assert not any(line.strip().startswith("%") for line in lines)


def test_a_path_is_never_broken_on_a_terminal(on_terminal: Callable[[Callable[[], None]], str]) -> None:
    assert on_terminal(lambda: say("  site  /" + "x" * 100)) == "  site  /" + "x" * 100 + "\n"

"""The command `upheld`: its folder is its list, help is quick and ends with an example, typos are answered."""

import importlib
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor import cli
from monitor.cli import _help_of, found, main

LOADS = "import sys; from monitor.cli import main; main(['--help'], standalone_mode=False); print(sorted(sys.modules))"


def run(*args: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(args))
    return result.exit_code, result.stdout, result.stderr


def test_every_module_with_a_command_is_listed_and_none_else() -> None:
    stems = [path.stem for path in Path(cli.__file__).parent.glob("*.py") if not path.stem.startswith("__")]
    modules = {stem: importlib.import_module(f"monitor.cli.{stem}") for stem in stems}
    commands = {stem for stem, module in modules.items() if isinstance(getattr(module, "command", None), click.Command)}
    assert {"check", "plan"} <= commands
    assert {seen.module for seen in found().values()} == commands


@pytest.mark.parametrize("name", found())
def test_every_command_says_what_it_does_in_one_line_and_ends_its_help_with_an_example(name: str) -> None:
    code, out, err = run(name, "--help")
    assert (code, err) == (0, "")
    assert 10 < len(found()[name].help) <= 120
    assert "\n  Example:\n" in out
    examples = out.partition("\n  Example:\n")[2].strip().splitlines()
    assert examples[0].strip().startswith(f"upheld {name}")


@pytest.mark.parametrize("name", found())
def test_every_command_that_reads_a_configuration_takes_it_by_option_and_by_environment(name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.name == name
    for option in command.params:
        if option.name == "config_path":
            assert (option.opts, option.envvar) == (["--config"], "UPHELD_CONFIG")


def test_help_lists_all_commands_without_importing_any() -> None:
    loaded = subprocess.run([sys.executable, "-c", LOADS], capture_output=True, text=True, check=True).stdout
    for heavy in ("pydantic", "duckdb", "pandas", "scipy", "plotly", "aiohttp", "apscheduler", "rich"):
        assert f"'{heavy}'" not in loaded
    for name in found():
        assert f"  {name} " in loaded


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["chekc"], "Error: no command 'chekc'; did you mean 'check'?"),
        (["zzz"], "Error: no command 'zzz'; known: "),
        (["check", "--jsno"], "Error: No such option '--jsno'. Did you mean '--json'?"),
        (["--zzz"], "Error: No such option '--zzz'."),
    ],
)
def test_wrong_usage_is_told_with_what_was_probably_meant(args: list[str], says: str) -> None:
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert says in err.splitlines()[-1]


def test_upheld_alone_shows_its_help() -> None:
    code, out, err = run()
    assert code == 2
    assert "Commands:" in out + err


def test_the_version_is_that_of_the_distribution() -> None:
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("upheld 0.")


@pytest.mark.parametrize(
    ("source", "help_line"),
    [
        ('def command():\n    """Do it.\n\n    More."""', "Do it."),
        ('"""Serve."""\ncommand = make()', "Serve."),
        ('"""Serve."""\ncommand: Command = make()', "Serve."),
        ("async def command(): ...", ""),
        ("def other(): ...", None),
        ("def f():\n    command = 1", None),
    ],
)
def test_the_help_line_is_read_from_the_source(source: str, help_line: str | None) -> None:
    assert _help_of(source) == help_line


def test_python_m_runs_it_too() -> None:
    done = subprocess.run([sys.executable, "-m", "monitor.cli", "--help"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Usage: upheld [OPTIONS] COMMAND")


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    """`upheld check --schema | head -1`."""
    command = [sys.executable, "-m", "monitor.cli", "check", "--schema"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=30) in {0, 141}  # 0: it had written all before the reader went

"""Whatever goes wrong in a command ends as a sentence on standard error and the contract's exit code."""

import errno
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from monitor.cli import Commands
from monitor.cli.boundary import as_failure, fail


class StoreBroken(Exception):  # noqa: N818 - stands for a class of ours
    __module__ = "monitor.store"


class WrongConfig(StoreBroken):
    exit_code = 2
    says_where = True


class WrongWish(StoreBroken):
    exit_code = 2


class OneCommand(Commands):
    """The group as it is, with a single command in it that raises."""

    error: BaseException

    def resolve_command(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        args: list[str],
    ) -> tuple[str | None, click.Command | None, list[str]]:
        @click.command("boom")
        def boom() -> None:
            raise self.error

        return "boom", boom, args[1:]


def run(error: BaseException) -> tuple[int, str, str]:
    group = OneCommand("upheld")
    group.error = error
    result = CliRunner().invoke(group, ["boom"])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        pytest.param(
            StoreBroken("the database is locked by PID 7"), 3, "upheld: the database is locked by PID 7\n", id="ours"
        ),
        pytest.param(WrongConfig("upheld.toml: x: no"), 2, "upheld.toml: x: no\n", id="ours-config"),
        pytest.param(WrongWish("'brust' is no kind"), 2, "upheld: 'brust' is no kind\n", id="ours-usage"),
        pytest.param(StoreBroken(), 3, "upheld: StoreBroken\n", id="ours-without-words"),
        pytest.param(
            PermissionError(errno.EACCES, "Permission denied", "data/x"),
            3,
            "upheld: data/x: Permission denied\n",
            id="file",
        ),
        pytest.param(
            ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"),
            3,
            "upheld: Connection refused\n",
            id="wire",
        ),
        pytest.param(
            click.UsageError("no"),
            2,
            "Usage: upheld boom [OPTIONS]\nTry 'upheld boom --help' for help.\n\nError: no\n",
            id="usage",
        ),
        pytest.param(KeyboardInterrupt(), 130, "upheld: interrupted\n", id="ctrl-c"),
        pytest.param(click.exceptions.Exit(1), 1, "", id="gate"),
    ],
)
def test_an_error_is_one_sentence_on_stderr_with_its_exit_code(error: BaseException, code: int, says: str) -> None:
    assert run(error) == (code, "", says)


def test_a_defect_is_called_one_and_names_its_place_without_a_traceback() -> None:
    code, out, err = run(KeyError("missing"))
    assert (code, out) == (3, "")
    assert err.startswith("upheld: a defect of Upheld, not of your input: KeyError: 'missing' at ")
    assert f"{Path(__file__).name}:" in err
    assert len(err.splitlines()) == 1


def test_a_defect_shows_its_traceback_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPHELD_DEBUG", "1")
    assert "Traceback (most recent call last)" in run(KeyError("missing"))[2]


def test_fail_ends_with_its_code_and_its_sentence() -> None:
    with pytest.raises(click.ClickException) as caught:
        fail("no claim is refuted", 1)
    assert (caught.value.exit_code, caught.value.message) == (1, "upheld: no claim is refuted")


def test_a_defect_in_another_package_is_not_taken_for_one_of_our_sentences() -> None:
    assert "a defect of Upheld" in as_failure(ValueError("x")).message

"""One load run at a time for each account: across names, processes and crashes."""

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.pressing import PressedError, Presses, account
from monitor.store import StoreError
from probes.credentials import TokenCommand
from probes.model import Secret, Target

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
A = Target("a", "gemini", "https://one.example/v1", "m", key=Secret("sk-one"))
WITHOUT = replace(A, key=Secret(""))


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (replace(A, provider="b"), True),
        (replace(A, adapter="openai_images", base_url="https://one.example/openai"), True),
        (replace(A, key=Secret("sk-two")), False),
        (replace(A, base_url="https://two.example/v1"), False),
        (replace(WITHOUT, credential=TokenCommand(("print-token",))), False),
    ],
    ids=["another name", "another way in", "another key", "another host", "a token"],
)
def test_an_account_is_an_address_and_a_key(other: Target, same: bool) -> None:
    assert (account(A) == account(other)) is same


@pytest.mark.parametrize("key", ["", "simulated"])
def test_without_a_key_of_its_own_an_account_is_its_whole_address(key: str) -> None:
    here = replace(A, key=Secret(key), base_url="http://127.0.0.1:1/alder")
    assert account(here) != account(replace(here, base_url="http://127.0.0.1:1/birch"))


def test_a_name_of_an_account_tells_neither_key_nor_address() -> None:
    assert not [word for word in ("sk", "one", "example") if word in account(A)]
    assert len(account(A)) == 16


def test_the_second_is_refused_in_one_sentence_until_the_first_has_ended(tmp_path: Path) -> None:
    presses = Presses(tmp_path)
    with presses.take([A], "endurance", NOON):
        with pytest.raises(PressedError) as refused:
            presses.take([replace(A, provider="b")], "burst", NOON)
        said = str(refused.value)
        assert said.startswith(
            "the account of b is under load already (endurance of a, since 2026-11-22 12:00:00 UTC, PID"
        )
        assert said.endswith("one saturation, burst or endurance run at a time")
        assert "sk-one" not in said
        assert refused.value.exit_code == 3
    presses.take([A], "burst", NOON).release()


def test_of_two_providers_with_one_account_only_one_is_pressed_at_once(tmp_path: Path) -> None:
    """They are asked together as well: then the account is held once."""
    with Presses(tmp_path).take([A, replace(A, provider="b")], "burst", NOON):
        assert len(list((tmp_path / "locks").iterdir())) == 1


def test_all_accounts_are_held_or_none(tmp_path: Path) -> None:
    presses, other = Presses(tmp_path), replace(A, provider="b", key=Secret("sk-two"))
    for first, second in ((A, other), (other, A)):
        with presses.take([first], "burst", NOON):
            with pytest.raises(PressedError):
                presses.take([A, other], "endurance", NOON)
            presses.take([second], "burst", NOON).release()


def test_a_process_that_is_killed_frees_the_account(tmp_path: Path) -> None:
    program = f"""
from datetime import UTC, datetime
from pathlib import Path
from monitor.pressing import Presses
from probes.model import Secret, Target
press = Presses(Path({str(tmp_path)!r})).take(
    [Target("a", "gemini", "https://one.example/v1", "m", key=Secret("sk-one"))], "burst", datetime.now(UTC)
)
print("held", flush=True)
input()
"""
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(PressedError, match=f"PID {process.pid}"):
            Presses(tmp_path).take([A], "burst", NOON)
        process.kill()
    Presses(tmp_path).take([A], "burst", NOON).release()


def test_where_no_lock_can_be_written_nothing_is_pressed(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="locks"):
        Presses(tmp_path).take([A], "burst", NOON)

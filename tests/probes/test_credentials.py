"""What can be wrong with a credential as configured is said in one sentence, without the key."""

from pathlib import Path

import pytest

from probes.credentials import CredentialError, ServiceAccountFile, TokenCommand, fault_of, read_account
from tests.probes import accounts


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({}, None, id="sound"),
        pytest.param({"private_key_id": None}, None, id="without the name of its key"),
        pytest.param({"token_uri": None}, None, id="without an endpoint: Google's"),
        pytest.param({"token_uri": "http://127.0.0.1:1/token"}, None, id="an endpoint on this machine"),
        pytest.param({"type": "authorized_user"}, "its type is 'authorized_user', not 'service_account'", id="a user"),
        pytest.param({"type": None}, "its type is None, not 'service_account'", id="no type"),
        pytest.param({"client_email": None}, "client_email is missing", id="no email"),
        pytest.param({"client_email": 7}, "client_email is missing", id="a number for an email"),
        pytest.param({"private_key": None}, "private_key is missing", id="no key"),
        pytest.param({"private_key": "x"}, "private_key is no RSA key in PEM", id="no PEM"),
        pytest.param({"private_key": "ec"}, "private_key is no RSA key in PEM", id="another kind of key"),
        pytest.param({"token_uri": "http://oauth2.googleapis.com/token"}, "its token_uri must be an https address"),
        pytest.param({"token_uri": "https://"}, "its token_uri must be an https address", id="no host"),
        pytest.param({"token_uri": "http://["}, "its token_uri must be an https address", id="no URL"),
    ],
)
def test_a_service_account_file_is_checked_whole(tmp_path: Path, changes: dict[str, object], fault: str | None) -> None:
    if changes.get("private_key") == "ec":
        changes = {"private_key": accounts.pem("ec")}
    path = accounts.write(tmp_path, **changes)
    expected = None if fault is None else f"service account file {path}: {fault}"
    assert fault_of(ServiceAccountFile(path)) == expected


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "is not the JSON key file of a service account"),
        (b"not json " + accounts.pem().encode(), "is not the JSON key file of a service account"),
        (b"[]", "is not the JSON key file of a service account"),
        (b"[" * 50_000, "is not the JSON key file of a service account"),
        (b"{}" + b" " * 70_000, "is not the JSON key file of a service account"),
        (b"\xff\xfe\x00", "is not the JSON key file of a service account"),
    ],
    ids=["absent", "empty", "a bare key", "a list", "nested", "huge", "no text"],
)
def test_a_file_that_is_none_is_said_to_be_none(tmp_path: Path, content: bytes | None, fault: str) -> None:
    path = tmp_path / "sa.json"
    if content is not None:
        path.write_bytes(content)
    said = fault_of(ServiceAccountFile(str(path)))
    assert said == f"service account file {path}: {fault}"
    assert "PRIVATE" not in said


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert (
        fault_of(ServiceAccountFile(str(tmp_path)))
        == f"service account file {tmp_path}: cannot be read: Is a directory"
    )


@pytest.mark.parametrize("argv", [(), ("",)])
def test_an_empty_command_is_a_fault(argv: tuple[str, ...]) -> None:
    assert fault_of(TokenCommand(argv)) == (
        "token command: it is empty; name a program and its arguments, each in quotes"
    )


def test_a_command_prints_without_its_arguments() -> None:
    assert fault_of(TokenCommand(("gcloud", "auth", "print-access-token"))) is None
    assert str(TokenCommand(("/usr/bin/vault", "--token=s3cret"))) == "token command 'vault'"


def test_a_file_is_read_again_each_time(tmp_path: Path) -> None:
    credential = ServiceAccountFile(accounts.write(tmp_path))
    assert read_account(credential).email == accounts.EMAIL
    accounts.write(tmp_path, client_email="other@x")
    assert read_account(credential).email == "other@x"


def test_the_private_key_does_not_print(tmp_path: Path) -> None:
    account = read_account(ServiceAccountFile(accounts.write(tmp_path)))
    assert "PRIVATE" not in repr(account)
    assert "RSA" not in repr(account)


def test_a_fault_is_raised_with_its_sentence_alone(tmp_path: Path) -> None:
    with pytest.raises(CredentialError, match="cannot be read") as raised:
        read_account(ServiceAccountFile(str(tmp_path / "none")))
    assert raised.value.__cause__ is None

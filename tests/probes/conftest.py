"""Nothing in these tests leaves the machine."""

import socket

import pytest

_getaddrinfo = socket.getaddrinfo


@pytest.fixture(autouse=True)
def names_of_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No resolver is asked: any other name does not exist."""

    def resolve(host: object, *args: object, **kwargs: object) -> object:
        if host not in {"localhost", "127.0.0.1", "::1", None}:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return _getaddrinfo(host, *args, **kwargs)  # type: ignore[arg-type]  # passed on as it came

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

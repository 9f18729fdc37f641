"""One simulator in a process of its own for all SDKs, and a wall: an SDK that leaves loopback fails its test."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from probes.simulator.process import Simulator, running


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with running(Path(__file__).parent / "scenario.toml") as simulator:
        yield simulator


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No environment of the machine decides where an SDK connects, and nothing but 127.0.0.1 is reached."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "GOOGLE_GEMINI_BASE_URL", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def allowed(address: Any) -> Any:  # noqa: ANN401 - as the socket module has it
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            raise AssertionError(f"an SDK wanted to leave this machine for {address}")
        return address

    monkeypatch.setattr(socket.socket, "connect", lambda self, address: connect(self, allowed(address)))
    monkeypatch.setattr(socket.socket, "connect_ex", lambda self, address: connect_ex(self, allowed(address)))

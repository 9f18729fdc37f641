"""The adapter that CONTRIBUTING.md shows works as it stands there."""

import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from probes.model import Answer, Ask, Exchange, Request, Secret, Target
from tests.probes import bodies as b

ROOT = Path(__file__).parents[3]
SHOWN = re.findall(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
TARGET = Target("p", "acme", "https://api.example", "m", auth="bearer", key=Secret("sk-1"), options={"style": "ink"})
ASK = Ask("1K", "1:1", "A red fox")


@pytest.fixture(scope="module")
def acme() -> ModuleType:
    module = ModuleType("acme")
    exec(compile(SHOWN[0], "CONTRIBUTING.md", "exec"), module.__dict__)
    return module


def test_it_asks(acme: ModuleType) -> None:
    sent = acme.step(TARGET, ASK, ())
    assert isinstance(sent, Request)
    assert (sent.url, sent.headers["authorization"]) == ("https://api.example/v2/draw", "Bearer sk-1")
    assert sent.body == b'{"model": "m", "prompt": "A red fox", "size": "1K", "style": "ink"}'
    assert acme.step(TARGET, Ask(), ()).url == "https://api.example/v2/account"


@pytest.mark.parametrize(
    ("body", "ask", "found"),
    [
        (b.to_bytes({"picture": b.b64(b.IMAGE)}), ASK, (1, None, None)),
        (b.to_bytes({"picture": "*!"}), ASK, (0, "bad_base64", None)),
        (b.to_bytes({"problem": "no credit", "code": 402}), ASK, (0, None, "402")),
        (b"{}", ASK, (0, "schema", None)),
        (b.HTML, ASK, (0, "html", None)),
        (b.to_bytes({"account": "me"}), Ask(), (0, None, None)),
        (b"{}", Ask(), (0, "schema", None)),
    ],
)
def test_it_reads(acme: ModuleType, body: bytes, ask: Ask, found: tuple[int, str | None, str | None]) -> None:
    told = acme.step(TARGET, ask, (Exchange(200, {}, body),))
    assert isinstance(told, Answer)
    assert (told.images, told.malformed, told.fault.code if told.fault else None) == found


def test_it_is_written_as_we_write() -> None:
    linted = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--stdin-filename", "probes/providers/acme.py", "-"],
        input=SHOWN[0].encode(),
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert linted.returncode == 0, linted.stdout.decode()

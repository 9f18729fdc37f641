"""The older line of both SDKs (google-genai 1.x, openai 2.x) takes the simulator as well, in an environment of its own.

`make` installs it from requirements-sdk.lock into .venv-sdk. Without it these tests are skipped, and fail where CI says
that everything must be there.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from probes.simulator.process import Simulator

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-sdk" / "bin" / "python"
SCRIPT = Path(__file__).parent / "older_line.py"
VARIABLES = ("PATH", "HOME", "LANG", "TMPDIR")  # no proxy, no key, no base URL of this machine


@pytest.fixture(scope="module")
def found(simulator: Simulator) -> dict[str, Any]:
    """What came of every experiment."""
    if not PYTHON.exists():
        reason = f"{PYTHON.relative_to(ROOT)} is missing: the older SDKs are installed by `make .venv-sdk/.ready`"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    environment = {name: os.environ[name] for name in VARIABLES if name in os.environ}
    run = subprocess.run(
        [str(PYTHON), "-I", str(SCRIPT), simulator.base_url],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    results: dict[str, Any] = json.loads(run.stdout)
    return results


def test_it_is_the_older_line(found: dict[str, Any]) -> None:
    assert found["genai"].split(".")[0] in ("1", "2")
    assert found["openai"].split(".")[0] == "2"


@pytest.mark.parametrize(
    ("experiment", "result"),
    [
        ("sync", [[2752, 1536]]),
        ("async", [[2752, 1536]]),
        ("count_tokens", 4),
        ("model", "models/gemini-3-pro-image-preview"),
        ("stream", [4, [[1024, 1024]], 1120]),
        ("async_stream", [[1024, 1024]]),
        ("overloaded", ["ServerError", 503, "UNAVAILABLE"]),
        ("rate_limited", ["ClientError", 429, "RESOURCE_EXHAUSTED"]),
        ("html_502", ["ServerError", 502, "Bad Gateway"]),
        ("key_invalid", ["ClientError", 400, "INVALID_ARGUMENT"]),
        ("stream_error", ["ServerError", 503, "UNAVAILABLE"]),
        ("batch", ["JOB_STATE_SUCCEEDED", [[1024, 1024], [1024, 1024]]]),
        ("async_batch", ["JOB_STATE_SUCCEEDED", [[1024, 1024], [1024, 1024]]]),
        ("vertex", [[1024, 1024]]),
        ("vertex_stream", [[1024, 1024]]),
        ("async_vertex", [[1024, 1024]]),
        ("express", [[1024, 1024]]),
        ("generate", [1024, 1024]),
        ("async_generate", [1024, 1024]),
        ("edit", [1024, 1024]),
        ("async_edit", [1024, 1024]),
        ("async_chat_stream", [1024, 1024]),
        ("chat", [1024, 1024]),
        ("openai_overloaded", ["InternalServerError", "server_is_overloaded"]),
        ("openai_rate_limited", ["RateLimitError", "rate_limit_exceeded"]),
        ("openai_truncated", ["APIConnectionError", None]),
        ("openai_html_502", ["InternalServerError", None]),
    ],
)
def test_what_came_of_it(found: dict[str, Any], experiment: str, result: object) -> None:
    assert found[experiment] == result

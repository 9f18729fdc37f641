"""What is shipped: the wheel has every file that the code reads, the lock names no host, the README no ghost."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from monitor.cli import found

ROOT = Path(__file__).parent.parent
PACKAGES = ("probes", "monitor", "reports")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names in the wheel that `pip install .` would build."""
    folder = tmp_path_factory.mktemp("wheel")
    build = f"import hatchling.build; hatchling.build.build_wheel({str(folder)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(built).namelist())


def shipped() -> list[str]:
    """Every file under the three packages that git would keep."""
    files = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    return [str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts]


def test_the_wheel_has_every_file_of_the_packages(wheel: set[str]) -> None:
    assert [name for name in shipped() if name not in wheel] == []


def test_the_wheel_has_nothing_else(wheel: set[str]) -> None:
    foreign = [name for name in wheel if not name.startswith((*(f"{p}/" for p in PACKAGES), "upheld-"))]
    assert foreign == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_every_package_with_hashes_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()
    requirements = [line for line in text.splitlines() if re.match(r"[a-z]", line)]
    assert len(requirements) > 20
    assert [line for line in requirements if "==" not in line] == []
    assert text.count("--hash=sha256:") >= len(requirements)
    assert re.search(r"https?://|--index|--find-links|@ file", text) is None


def test_both_locks_agree() -> None:
    def pins(lock: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))

    runtime, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: (pin, dev.get(name)) for name, pin in runtime.items() if dev.get(name) != pin} == {}


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_link_of_a_page_leads_somewhere(page: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / page).read_text())
    assert links or page != "README.md"
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_command_of_the_readme_exists() -> None:
    commands = set(re.findall(r"\bupheld ([a-z]+)", (ROOT / "README.md").read_text()))
    assert commands >= {"run", "judge", "import"}
    assert commands - set(found()) == set()


def test_help_is_quick_because_it_imports_no_command() -> None:
    code = (
        "import sys; from monitor.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'duckdb', 'pandas', 'scipy', 'plotly', 'aiohttp', 'httpx', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    env = {**os.environ, "NO_COLOR": "1"}
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True, env=env)
    assert "Example" in shown.stdout

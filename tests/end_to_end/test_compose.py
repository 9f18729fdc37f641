"""`docker-compose.yml` and `Dockerfile`: their form and what they name. Images cannot be built where tests run."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
LINE = re.compile(r"(?P<indent> *)(?:- )?(?:[\w.-]+:(?: .+)?|[\"/.\w-].*)")  # a key, or an item of a list
HOSTS = re.compile(r"https?://(?!127\.0\.0\.1)")


def block(name: str) -> str:
    """The text of one service, comments left out."""
    text = "\n".join(line.partition(" #")[0].rstrip() for line in COMPOSE.read_text().splitlines())
    found = re.search(rf"^  {name}:\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    assert found, name
    return found[1]


def test_every_line_has_the_form_of_a_block_of_yaml() -> None:
    for number, line in enumerate(COMPOSE.read_text().splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = LINE.fullmatch(line)
        assert match, f"line {number}: {line!r}"
        assert len(match["indent"]) % 2 == 0, f"line {number}: odd indent"
        assert line.count('"') % 2 == 0 or '\\"' in line, f"line {number}: a quote is open"


@pytest.mark.parametrize("name", ["upheld", "web"])
def test_each_service_restarts_is_watched_and_writes_nowhere_but_where_it_must(name: str) -> None:
    service = block(name)
    for wanted in (
        "restart: unless-stopped",
        "healthcheck:",
        "read_only: true",
        "cap_drop: [ALL]",
        "no-new-privileges:true",
    ):
        assert wanted in service, wanted


def test_the_service_finds_its_configuration_and_its_keys_and_has_time_to_end() -> None:
    service = block("upheld")
    assert "./upheld.toml:/srv/upheld/upheld.toml:ro" in service
    assert "UPHELD_CONFIG: /srv/upheld/upheld.toml" in service
    assert "env_file: upheld.env" in service
    assert "data:/srv/upheld/data" in service
    (grace,) = re.findall(r"stop_grace_period: (\d+)s", service)
    assert int(grace) >= 20  # 10 s for what is in flight, and what it takes to store and to release


def test_the_web_server_reads_the_whole_data_folder_and_shows_the_site_on_loopback() -> None:
    service = block("web")
    assert "data:/srv/data:ro" in service
    assert '"--root", "/srv/data/site"' in service
    assert '"127.0.0.1:8080:8080"' in service


def test_the_image_is_made_from_the_lock_by_nobody_special() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert lines[1] == "FROM python:3.12-slim"
    assert "RUN pip install --require-hashes -r requirements.lock" in lines
    assert "USER upheld" in lines[-5:]
    copied = [word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(copied) == let_in


def test_no_host_of_ours_is_named() -> None:
    assert HOSTS.findall(COMPOSE.read_text() + (ROOT / "Dockerfile").read_text()) == []


def test_it_is_yaml_with_the_two_services_and_nothing_that_compose_does_not_know() -> None:
    document = yaml.safe_load(COMPOSE.read_text())
    assert set(document) <= {"name", "services", "volumes", "networks", "secrets", "configs"}
    assert set(document["services"]) == {"upheld", "web"}
    known = {
        "build",
        "image",
        "command",
        "entrypoint",
        "environment",
        "env_file",
        "volumes",
        "ports",
        "depends_on",
        "healthcheck",
        "restart",
        "user",
        "init",
        "read_only",
        "tmpfs",
        "cap_add",
        "cap_drop",
        "security_opt",
        "stop_grace_period",
        "working_dir",
        "logging",
        "secrets",
        "networks",
    }
    assert [(name, key) for name, service in document["services"].items() for key in service if key not in known] == []


def test_docker_compose_itself_accepts_it_where_it_is_installed(tmp_path: Path) -> None:
    docker = shutil.which("docker")
    for name in ("docker-compose.yml", "Dockerfile"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("upheld.env", "upheld.toml"):
        (tmp_path / name).touch()
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        return  # Debian has no package of it; the test above holds the document to the specification's words
    done = subprocess.run(
        [docker, "compose", "config", "-q"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

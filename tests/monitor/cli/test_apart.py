"""What the service has done by other processes: a mail over real SMTP, and one line where it could not be."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import weeks
from monitor.cli import apart
from monitor.service.office import Told
from monitor.store import Store
from tests.monitor.watched import watched
from tests.reports.mail.servers import Post, serving

CONFIG = """
[providers.alder]
adapter = "gemini"
base_url = "http://127.0.0.1:9"
model = "m"
environment = "simulated"
prices = {{ "1K" = 0.06 }}
[mail]
smtp_url = "smtp://127.0.0.1:{port}"
from = "upheld@example.org"
to = ["sre@example.org"]
"""
WEEK = weeks.last_complete(datetime.now(UTC), UTC)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A day of rows in the last week that is over."""
    day = (WEEK.bounds(UTC)[0] + timedelta(days=2)).replace(tzinfo=None)
    rows = watched("alder", day.isoformat(), (day + timedelta(days=1)).isoformat(), location="simulated")
    with Store.open(tmp_path / "data" / "upheld.duckdb") as store:
        store.append(rows)
    return tmp_path


def config(home: Path, port: int = 9) -> Path:
    path = home / "upheld.toml"
    path.write_text(CONFIG.format(port=port))
    return path


async def test_a_mail_leaves_from_another_process(home: Path) -> None:
    post = Post()
    with serving(post) as port:
        assert await apart.mail(config(home, port), WEEK.key) is Told.SENT
    (envelope,) = post.got
    assert envelope.rcpt_tos == ["sre@example.org"]


async def test_a_week_without_rows_has_nothing_to_tell_and_no_mail(home: Path) -> None:
    post = Post()
    with serving(post) as port:
        assert await apart.mail(config(home, port), WEEK.previous().previous().key) is Told.NOTHING
    assert post.got == []


async def test_what_the_server_refuses_is_a_failure_and_one_line_in_the_log(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    post = Post(refuse={"sre@example.org": "550 no such mailbox"})
    with serving(post) as port:
        assert await apart.mail(config(home, port), WEEK.key) is Told.FAILED
    (line,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert "550" in line
    assert "Traceback" not in line
    assert "\n" not in line


async def test_a_page_that_cannot_be_made_is_one_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert await apart.render(tmp_path / "upheld.toml") is False
    (line,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert line.startswith(f"report: {tmp_path / 'upheld.toml'}")
    assert "\n" not in line

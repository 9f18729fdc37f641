"""`upheld mail` killed at the worst moment: after the server took the mail, before its delivery was noted."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from click.testing import CliRunner, Result

from monitor.cli import main
from probes.clock import RealClock
from tests.monitor.watched import SERVICE, configured, database, settle, utc, watched
from tests.reports.mail.servers import PASSWORD, USER, Post, authority, serving

MAIL = """
[mail]
smtp_url = "smtp://{user}@127.0.0.1:{port}?starttls=1&ca_file={ca_file}"
smtp_password_env = "SMTP_PASSWORD"
from = "Upheld <upheld@example.org>"
to = ["procurement@example.org"]
"""
AT = """
import sys
from datetime import UTC, datetime
from unittest.mock import patch
from monitor.cli import main
from probes.clock import RealClock
with patch.object(RealClock, "now", lambda _: datetime.fromisoformat(sys.argv[1]).replace(tzinfo=UTC)):
    main(["mail"], prog_name="upheld")
"""


@dataclass
class Killer(Post):
    """Takes the first mail and kills who sent it, before saying so."""

    victim: int = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take it, or what comes later."""
        said = await super().handle_DATA(server, session, envelope)
        if len(self.got) == 1 and said.startswith("250"):
            os.kill(self.victim, signal.SIGKILL)
        return said


def killed(home: Path, post: Killer, at: str) -> int:
    """How a process ended that believes that it is `at`."""
    with subprocess.Popen(
        [sys.executable, "-c", AT, at],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        stdout=subprocess.DEVNULL,
    ) as process:
        post.victim = process.pid
        return process.wait(60)


def parsed(envelope: Envelope) -> Message:
    assert isinstance(envelope.content, bytes)
    return message_from_bytes(envelope.content)


def test_a_mail_whose_sender_was_killed_waits_for_an_hour_and_comes_again_as_the_same_mail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMTP_PASSWORD", PASSWORD)
    trusted, post = authority(tmp_path), Killer()

    def upheld_mail(at: str) -> Result:
        monkeypatch.setattr(RealClock, "now", lambda _: utc(at))
        return CliRunner().invoke(main, ["mail"])

    with serving(post, trusted.context, auth=True) as port:
        mail = MAIL.format(user=USER, port=port, ca_file=trusted.ca_file)
        stored = database(watched("alder", "2026-11-09T00:00", "2026-11-24T00:00", location="simulated"))
        settle(tmp_path, SERVICE + configured("alder") + mail, stored)
        assert killed(tmp_path, post, "2026-11-23T06:00") == -signal.SIGKILL
        early, late, again = (upheld_mail(f"2026-11-23T{clock}") for clock in ("06:59", "07:01", "09:00"))

    assert [result.exit_code for result in (early, late, again)] == [3, 0, 0]
    assert early.stderr == (
        "upheld: The mail of 2026-W47 was begun at 2026-11-23 06:00 UTC and its end is not known; "
        "it is tried again from 2026-11-23 07:00 UTC on\n"
    )
    assert late.stdout == "The mail of 2026-W47 was sent.\n"
    assert (post.encrypted, post.logins) == ([True] * 2, [(USER, PASSWORD)] * 2)
    first, second = map(parsed, post.got)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Subject"] == second["Subject"]

"""`upheld mail` from the command line to the mailbox: real configuration, real store, real SMTP server."""

import email
import json
import subprocess
import sys
from datetime import datetime
from email import policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.cli import main
from monitor.cli.mailing import send_claimed
from probes.clock import RealClock
from reports.mail import MailError, send
from tests.monitor.watched import SERVICE, configured, database, settle, utc, watched
from tests.reports.mail.servers import Post, serving

MONDAY = "2026-11-23T06:00"
CONFIG = f"""{SERVICE}timezone = "Europe/Berlin"

[budget]
usd_per_month = 120.00

[report]
site_url = "https://status.example.org/upheld"
{configured("alder", "cedar")}"""
MAIL = """
[mail]
smtp_url = "smtp://127.0.0.1:{port}"
from = "Upheld <upheld@example.org>"
to = ["procurement@example.org", "sre@example.org"]
"""


class Stopped(RealClock):
    """A clock that stands still."""

    def __init__(self, now: str) -> None:
        self._now = utc(now)

    def now(self) -> datetime:
        return self._now


@pytest.fixture(scope="module")
def stored() -> bytes:
    """Three weeks of two providers, one of which was down for 33 h in week 47."""
    weeks, down = ("2026-11-05T00:00", "2026-11-24T00:00"), [("2026-11-17T09:40", "2026-11-18T18:40")]
    return database(
        watched("alder", *weeks, location="simulated"), watched("cedar", *weeks, down=down, location="simulated")
    )


@pytest.fixture
def home(tmp_path: Path, stored: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    settle(tmp_path, CONFIG, stored)
    monkeypatch.chdir(tmp_path)
    it_is(MONDAY, monkeypatch)
    return tmp_path


def it_is(now: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.cli.mail.RealClock", lambda: Stopped(now))
    monkeypatch.setattr("monitor.cli.mailing.RealClock", lambda: Stopped(now))


def upheld(*arguments: str) -> Result:
    result = CliRunner().invoke(main, ["mail", *arguments])
    assert "Traceback" not in result.output
    return result


def read(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return " ".join(part.get_content().split())


def test_the_last_week_is_written_whole_and_nothing_is_sent(home: Path) -> None:
    result = upheld("--eml", "week.eml")
    message = read(home / "week.eml")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == ("Wrote week.eml: [simulated] cedar was down 33 h; alder served all week (week 47)\n")
    assert message["Message-ID"].startswith("<2026-W47.simulated.")
    assert text_of(message).startswith("SIMULATED: PROVIDERS THAT WE RUN OURSELVES.")
    assert sorted(path.name for path in home.iterdir()) == ["data", "upheld.toml", "week.eml"]


def test_the_mail_tells_what_the_rows_say(home: Path) -> None:
    upheld("--eml", "week.eml")
    text = text_of(read(home / "week.eml"))

    assert "cedar serving ok 13h 20h ok ok ok ok" in text, "Tuesday 10:40 to Wednesday 19:40 in Berlin"
    assert "80.35" in text
    assert "810 of 1,008 images" in text
    assert "503 overloaded" in text
    assert "cedar: down 32.8 to 33.2 h began between Tue 17 Nov 10:30 and 10:40" in text
    assert "Spent on probes this week: $109.08" in text, "810 and 1,008 usable images at $0.06"
    assert "Spent this month: $316.44 of $120.00" in text, "the rows say more than the ledger, which has none"
    assert "One cell a day" in text
    assert "https://status.example.org/upheld/index.html" in text


def test_another_week_can_be_asked_for(home: Path) -> None:
    assert upheld("--week", "2026-W46", "--eml", "week.eml").exit_code == 0
    message = read(home / "week.eml")

    assert message["Subject"] == "[simulated] alder, cedar served all week (week 46)"
    assert "alder no outage" in text_of(message)


def test_the_running_week_is_a_preview(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    it_is("2026-11-19T11:00", monkeypatch)
    assert upheld("--preview", "--eml", "now.eml").exit_code == 0
    message = read(home / "now.eml")

    assert message["Subject"] == "[simulated] cedar was down 33 h; alder served so far (week 47, preview)"
    assert "preview to Thu 19 Nov 12:00" in text_of(message)
    assert upheld("--week", "2026-W47", "--eml", "same.eml").exit_code == 0
    assert (home / "same.eml").read_bytes() == (home / "now.eml").read_bytes()


def with_mail(home: Path, port: int, more: str = "") -> None:
    (home / "upheld.toml").write_text(CONFIG + MAIL.format(port=port) + more)


def test_a_week_is_sent_once_and_a_second_call_says_so(home: Path) -> None:
    post = Post()
    with serving(post) as port:
        with_mail(home, port)
        first, second = upheld(), upheld("--week", "2026-W47")

    assert (first.exit_code, first.stdout) == (0, "The mail of 2026-W47 was sent.\n")
    assert (second.exit_code, second.stdout) == (
        0,
        "The mail of 2026-W47 was sent before, at 2026-11-23 06:00 UTC.\n",
    )
    assert [envelope.rcpt_tos for envelope in post.got] == [["procurement@example.org", "sre@example.org"]]


def test_json_stands_alone_on_standard_output(home: Path) -> None:
    post = Post()
    with serving(post) as port:
        with_mail(home, port)
        told = json.loads(upheld("--json").stdout)

    assert told["sent"] is True
    assert told["week"] == "2026-W47"
    assert told["message_id"].startswith("<2026-W47.simulated.")
    assert told["subject"].startswith("[simulated] ")


def test_a_preview_is_sent_as_often_as_asked_and_does_not_stand_for_the_week(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = Post()
    with serving(post) as port:
        with_mail(home, port)
        it_is("2026-11-19T11:00", monkeypatch)
        assert [upheld("--preview").exit_code for _ in range(2)] == [0, 0]
        it_is(MONDAY, monkeypatch)
        assert upheld().stdout == "The mail of 2026-W47 was sent.\n"

    assert len(post.got) == 3


def test_a_server_that_is_away_is_no_delivery_and_the_next_call_sends(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.cli.mailing.send", partial(send, sleep=lambda _: None))
    with serving(Post()) as port:
        with_mail(home, port)
    away = upheld()
    post = Post()
    with serving(post) as port:
        with_mail(home, port)
        assert upheld().exit_code == 0

    assert away.exit_code == 3
    assert "cannot be reached: Connection refused" in away.stderr
    assert away.stderr.count("\n") == 1
    assert len(post.got) == 1


def test_who_was_refused_is_told_and_the_code_is_3(home: Path) -> None:
    post = Post(refuse={"sre@example.org": "550 5.1.1 No such user"})
    with serving(post) as port:
        with_mail(home, port)
        result = upheld()

    assert result.exit_code == 3
    assert (
        result.stderr == "upheld: The mail of 2026-W47 was sent, but not to sre@example.org: 550 5.1.1 No such user\n"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--week", "2026-47"], "upheld: --week '2026-47' is not an ISO week; write it like 2026-W47\n"),
        (["--week", "2026-W54"], "upheld: --week '2026-W54' does not exist: 2026 has the weeks 2026-W01 to 2026-W53\n"),
        (["--week", "2027-W01"], "upheld: --week 2027-W01 has not begun\n"),
        (["--week", "2026-W47", "--preview"], "upheld: --preview is the running week; leave out --week\n"),
        ([], "upheld.toml has no [mail] section; add one, or write the mail with --eml FILE\n"),
    ],
)
@pytest.mark.usefixtures("home")
def test_wrong_usage_is_one_sentence_and_code_2(arguments: list[str], says: str) -> None:
    result = upheld(*arguments)

    assert result.exit_code == 2
    assert result.stderr.endswith(says)
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_a_password_that_is_not_set_is_named_and_nothing_is_sent(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIL_PASSWORD", raising=False)
    text = CONFIG + MAIL.format(port=9).replace("smtp://", "smtp://me@") + 'smtp_password_env = "MAIL_PASSWORD"\n'
    (home / "upheld.toml").write_text(text)
    result = upheld()

    assert result.exit_code == 2
    assert "MAIL_PASSWORD" in result.stderr


def test_a_week_without_rows_is_nothing_to_tell(home: Path) -> None:
    result = upheld("--week", "2026-W40", "--eml", "week.eml")

    assert result.exit_code == 3
    assert result.stderr == "upheld: no samples in 2026-W40 (28 Sep to 4 Oct 2026): there is nothing to tell\n"
    assert not (home / "week.eml").exists()


def test_without_a_store_the_sentence_names_what_makes_one(home: Path) -> None:
    (home / "data" / "upheld.duckdb").unlink()
    result = upheld("--eml", "week.eml")

    assert result.exit_code == 3
    assert "no samples yet" in result.stderr


@pytest.mark.usefixtures("home")
def test_a_file_that_cannot_be_written_is_named() -> None:
    result = upheld("--eml", "nowhere/week.eml")

    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1
    assert "nowhere" in result.stderr


def test_a_mail_that_is_there_is_replaced_whole(home: Path) -> None:
    (home / "week.eml").write_text("an older one")
    assert upheld("--eml", "week.eml").exit_code == 0

    assert "an older one" not in (home / "week.eml").read_text()


def test_while_a_service_owns_the_store_the_mail_is_left_to_it_but_can_be_written(home: Path) -> None:
    owner = (
        "import sys; from pathlib import Path; from monitor.store import Store\n"
        "store = Store.open(Path('data/upheld.duckdb')); store.snapshot(Path('data/snapshot.duckdb'))\n"
        "print('ready', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", owner]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        written = upheld("--eml", "week.eml")
        with_mail(home, 9)
        sent = upheld()
        process.communicate("")

    assert written.exit_code == 0
    assert sent.exit_code == 3
    assert "a service that runs sends the mail itself" in sent.stderr


def test_a_process_beside_the_service_sends_what_that_has_claimed(home: Path) -> None:
    post = Post()
    with serving(post) as port:
        with_mail(home, port)
        assert send_claimed(home / "upheld.toml", "2026-W47") is True
        assert send_claimed(home / "upheld.toml", "2026-W40") is False
    (envelope,) = post.got
    assert isinstance(envelope.content, bytes)
    assert b"cedar was down 33 h" in envelope.content


def test_a_process_beside_the_service_logs_who_was_refused_while_others_were_served(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    post = Post(refuse={"sre@example.org": "550 5.1.1 No such user"})
    with serving(post) as port:
        with_mail(home, port)
        assert send_claimed(home / "upheld.toml", "2026-W47") is True

    assert "was sent, but not to sre@example.org: 550 5.1.1 No such user" in caplog.text


def test_a_process_beside_the_service_tells_who_refused(home: Path) -> None:
    post = Post(refuse=dict.fromkeys(["procurement@example.org", "sre@example.org"], "550 no"))
    with serving(post) as port:
        with_mail(home, port)
        with pytest.raises(MailError) as error:
            send_claimed(home / "upheld.toml", "2026-W47")

    assert error.value.permanent


def test_the_help_shows_an_example() -> None:
    result = upheld("--help")

    assert result.exit_code == 0
    assert "upheld mail --week 2026-W47 --eml w47.eml" in result.stdout

"""Against real SMTP servers on loopback; pauses between attempts are recorded, not slept."""

import base64
import email
from email import policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from probes.model import Secret
from reports.mail import MailError, Refused, send, weekly
from tests.reports.mail.made import MONDAY, cedar, judgement, provider
from tests.reports.mail.servers import PASSWORD, USER, Authority, Post, authority, scripted, serving, silent

READERS = ("procurement@example.org", "sre@example.org")


def mail(*readers: str) -> EmailMessage:
    return weekly(
        judgement({"Älder": provider(), "Cedar": cedar()}),
        None,
        iso_week="2026-W47",
        sender="Upheld Wöchentlich <upheld@example.org>",
        recipients=readers or READERS,
        site_url=None,
        now=MONDAY,
    )


def parts_of(message: EmailMessage) -> list[str | bytes]:
    whole = [part.get_content() for part in message.walk() if not part.is_multipart()]
    return [part.replace("\r\n", "\n") if isinstance(part, str) else part for part in whole]


class Pauses(list[float]):
    """Stands in for `time.sleep`."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def post() -> Post:
    return Post()


def test_a_mail_arrives_whole_for_every_reader(post: Post, pauses: Pauses) -> None:
    with serving(post) as port:
        refused = send(mail(), f"smtp://127.0.0.1:{port}", None, 5, sleep=pauses)

    (envelope,) = post.got
    assert refused == ()
    assert envelope.mail_from == "upheld@example.org"
    assert envelope.rcpt_tos == list(READERS)
    assert isinstance(envelope.content, bytes)
    got = email.message_from_bytes(envelope.content, policy=policy.default)
    assert got["Message-ID"] == mail()["Message-ID"]
    assert got["Subject"] == "Cedar was down 33 h; Älder served all week (week 47)"
    assert parts_of(got) == parts_of(mail())
    assert max(map(len, envelope.content.split(b"\r\n"))) <= 998
    assert pauses == []


@pytest.mark.parametrize(
    "scheme", ["smtps://{u}127.0.0.1:{port}?ca_file={ca}", "smtp://{u}127.0.0.1:{port}?starttls=1&ca_file={ca}"]
)
def test_over_tls_with_a_private_authority_and_a_password(
    scheme: str, post: Post, trusted: Authority, pauses: Pauses
) -> None:
    with serving(post, trusted.context, implicit=scheme.startswith("smtps"), auth=True) as port:
        url = scheme.format(u=f"{USER}@", port=port, ca=trusted.ca_file)
        assert send(mail(), url, Secret(PASSWORD), 5, sleep=pauses) == ()

    assert post.encrypted == [True]
    assert post.logins == [(USER, PASSWORD)]
    assert len(post.got) == 1


@pytest.mark.parametrize("scheme", ["smtps://127.0.0.1:{port}", "smtp://127.0.0.1:{port}?starttls=1"])
def test_a_certificate_of_an_unknown_authority_is_not_trusted(
    scheme: str, post: Post, trusted: Authority, pauses: Pauses
) -> None:
    with serving(post, trusted.context, implicit=scheme.startswith("smtps")) as port:
        error = failing(mail(), scheme.format(port=port), None, pauses)

    assert error.permanent
    assert f"the certificate of 127.0.0.1:{port} is not trusted" in str(error)
    assert "ca_file" in str(error)
    assert post.got == []


def test_a_certificate_for_another_host_is_not_trusted(tmp_path: Path, post: Post, pauses: Pauses) -> None:
    other = authority(tmp_path, "mail.example.org")
    with serving(post, other.context, implicit=True) as port:
        error = failing(mail(), f"smtps://127.0.0.1:{port}?ca_file={other.ca_file}", None, pauses)

    assert error.permanent
    assert "is not trusted" in str(error)


def failing(
    message: EmailMessage, url: str, password: Secret | None, pauses: Pauses, timeout_s: float = 5.0
) -> MailError:
    with pytest.raises(MailError) as error:
        send(message, url, password, timeout_s, sleep=pauses)
    assert "\n" not in str(error.value)
    return error.value


def test_a_wrong_password_is_permanent_and_never_repeated(post: Post, pauses: Pauses) -> None:
    with serving(post, auth=True) as port:
        error = failing(mail(), f"smtp://{USER}@127.0.0.1:{port}", Secret("hunter2"), pauses)

    assert error.permanent
    assert str(error) == f"127.0.0.1:{port} does not accept the user or the password (535)"
    assert post.logins == [(USER, "hunter2")], "tried once: more would lock the account"
    assert pauses == []


@pytest.mark.parametrize(
    ("url", "password", "says"),
    [
        pytest.param("smtp://me@127.0.0.1:1", None, "there is no password", id="user without password"),
        pytest.param("smtp://127.0.0.1:1", "x", "smtp_url names no user", id="password without user"),
        pytest.param("smtp://me@mail.invalid:1", "x", "unencrypted", id="password in the clear"),
        pytest.param("smtps://me@mail.invalid:1", "pässwort", "must be ASCII", id="smtplib cannot say it"),
        pytest.param("smtps://127.0.0.1:1?ca_file=/nowhere/ca.pem", None, "No such file", id="no CA file"),
    ],
)
def test_what_cannot_work_is_told_before_anything_is_said(
    url: str, password: str | None, says: str, pauses: Pauses
) -> None:
    error = failing(mail(), url, None if password is None else Secret(password), pauses)

    assert error.permanent
    assert says in str(error)
    assert pauses == []


def test_a_ca_file_without_a_certificate_is_named(tmp_path: Path, pauses: Pauses) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("no certificate\n")

    assert str(empty) in str(failing(mail(), f"smtps://127.0.0.1:1?ca_file={empty}", None, pauses))


def test_a_server_that_offers_no_login_is_told_so(pauses: Pauses) -> None:
    with scripted([b"220 hello\r\n", b"250-here\r\n250 AUTH XOAUTH2\r\n"]) as port:
        error = failing(mail(), f"smtp://{USER}@127.0.0.1:{port}", Secret(PASSWORD), pauses)

    assert error.permanent
    assert "no login by PLAIN, LOGIN, CRAM-MD5 is offered" in str(error)


@pytest.mark.parametrize("mechanism", ["LOGIN", "CRAM-MD5"])
def test_other_ways_to_log_in_work_where_plain_is_not_offered(mechanism: str, pauses: Pauses) -> None:
    asked = {"LOGIN": [b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n"], "CRAM-MD5": [b"334 PDE4OTYuNjk3QHg+\r\n"]}
    ok = b"250 ok\r\n"
    talk = [
        b"220 hello\r\n",
        f"250-here\r\n250 AUTH {mechanism}\r\n".encode(),
        *asked[mechanism][: 1 if mechanism == "CRAM-MD5" else 2],
    ]
    with scripted([*talk, b"235 in\r\n", ok, ok, b"550 enough seen\r\n", ok, ok]) as port:
        error = failing(mail("a@example.org"), f"smtp://{USER}@127.0.0.1:{port}", Secret(PASSWORD), pauses)

    assert "550 enough seen" in str(error)


def test_a_server_without_starttls_gets_no_mail(post: Post, pauses: Pauses) -> None:
    with serving(post) as port:
        error = failing(mail(), f"smtp://127.0.0.1:{port}?starttls=1", None, pauses)

    assert error.permanent
    assert "STARTTLS" in str(error)
    assert post.got == []


def test_tls_from_the_start_against_a_plain_server_is_told_so(post: Post, pauses: Pauses) -> None:
    with serving(post) as port:
        error = failing(mail(), f"smtps://127.0.0.1:{port}", None, pauses)

    assert str(error).startswith(f"no TLS with 127.0.0.1:{port}")


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_greylisting_is_waited_out_and_the_mail_sent_once(command: str, post: Post, pauses: Pauses) -> None:
    post.answers[(command, 1)] = "451 4.7.1 Greylisted, come back later"
    with serving(post) as port:
        refused = send(mail("a@example.org"), f"smtp://127.0.0.1:{port}", None, 5, sleep=pauses)

    assert refused == ()
    assert [envelope.rcpt_tos for envelope in post.got] == [["a@example.org"]]
    assert pauses == [5.0]


def test_attempts_end_and_pauses_grow(post: Post, pauses: Pauses) -> None:
    post.refuse["a@example.org"] = "451 4.7.1 Greylisted"
    with serving(post) as port:
        error = failing(mail("a@example.org"), f"smtp://127.0.0.1:{port}", None, pauses)

    assert not error.permanent
    assert str(error) == f"127.0.0.1:{port} puts off a@example.org: 451 4.7.1 Greylisted"
    assert post.asked["RCPT"] == 4
    assert pauses == [5.0, 10.0, 20.0]


def test_a_refused_reader_is_reported_and_the_others_are_served_once(post: Post, pauses: Pauses) -> None:
    post.refuse["sre@example.org"] = "550 5.1.1 No such user"
    with serving(post) as port:
        refused = send(mail(), f"smtp://127.0.0.1:{port}", None, 5, sleep=pauses)

    assert refused == (Refused("sre@example.org", "550 5.1.1 No such user"),)
    assert [envelope.rcpt_tos for envelope in post.got] == [["procurement@example.org"]]
    assert pauses == []


def test_a_reader_who_is_put_off_is_tried_again_alone(post: Post, pauses: Pauses) -> None:
    post.answers[("RCPT", 2)] = "451 4.7.1 Greylisted"
    with serving(post) as port:
        assert send(mail(), f"smtp://127.0.0.1:{port}", None, 5, sleep=pauses) == ()

    assert [envelope.rcpt_tos for envelope in post.got] == [["procurement@example.org"], ["sre@example.org"]]


def test_a_reader_who_is_put_off_for_ever_is_reported_once_another_was_served(post: Post, pauses: Pauses) -> None:
    post.refuse["sre@example.org"] = "452 4.2.2 Mailbox full"
    with serving(post) as port:
        (refused,) = send(mail(), f"smtp://127.0.0.1:{port}", None, 5, sleep=pauses)

    assert refused.address == "sre@example.org"
    assert "452 4.2.2 Mailbox full" in refused.reason
    assert len(post.got) == 1


def test_when_everybody_is_refused_nobody_is_asked_again(post: Post, pauses: Pauses) -> None:
    post.refuse = dict.fromkeys(READERS, "550 5.1.1 No such user")
    with serving(post) as port:
        error = failing(mail(), f"smtp://127.0.0.1:{port}", None, pauses)

    assert error.permanent
    assert "refuses every recipient: procurement@example.org: 550 5.1.1 No such user; sre@example.org" in str(error)
    assert pauses == []


def test_a_sender_that_is_refused_is_permanent(post: Post, pauses: Pauses) -> None:
    post.answers[("MAIL", 1)] = "552 5.3.4 Message too big"
    with serving(post) as port:
        error = failing(mail(), f"smtp://127.0.0.1:{port}", None, pauses)

    assert error.permanent
    assert str(error) == f"127.0.0.1:{port} answered 552 5.3.4 Message too big"


def test_a_server_that_closes_after_one_refusal_does_not_lose_the_readers_before(post: Post, pauses: Pauses) -> None:
    post.answers[("RCPT", 2)] = "421 4.3.2 Shutting down"
    with serving(post) as port:
        assert send(mail(), f"smtp://127.0.0.1:{port}", None, 5, sleep=pauses) == ()

    assert sorted(reader for envelope in post.got for reader in envelope.rcpt_tos) == sorted(READERS)
    assert pauses == [5.0]


def test_a_silent_server_is_given_up_after_the_timeout(pauses: Pauses) -> None:
    with silent() as port:
        error = failing(mail(), f"smtp://127.0.0.1:{port}", None, pauses, timeout_s=0.05)

    assert not error.permanent
    assert "was silent for 0.05 s" in str(error)
    assert len(pauses) == 3


def test_nobody_at_the_port_is_tried_again_later(pauses: Pauses) -> None:
    with silent() as port:
        pass
    error = failing(mail(), f"smtp://127.0.0.1:{port}", None, pauses)

    assert not error.permanent
    assert str(error) == f"127.0.0.1:{port} cannot be reached: Connection refused"


def test_a_server_that_is_closed_for_now_says_so(pauses: Pauses) -> None:
    with scripted(*[[b"421 busy\r\n"]] * 4) as port:
        error = failing(mail(), f"smtp://127.0.0.1:{port}", None, pauses)

    assert not error.permanent
    assert str(error) == f"127.0.0.1:{port} answered 421 busy"


def test_a_server_that_hangs_up_at_the_farewell_has_taken_the_mail(post: Post, pauses: Pauses) -> None:
    class Rude(Post):
        async def handle_QUIT(self, *_: object) -> str:  # noqa: N802 - aiosmtpd's name
            return "421 not so fast"

    post = Rude()
    with serving(post) as port:
        assert send(mail(), f"smtp://127.0.0.1:{port}", None, 5, sleep=pauses) == ()

    assert len(post.got) == 1


def test_a_server_that_echoes_the_password_does_not_get_it_into_a_message(pauses: Pauses) -> None:
    plain = base64.b64encode(f"\0{USER}\0hunter2".encode())
    talk = [
        b"220 hello\r\n",
        b"250-here\r\n250 AUTH PLAIN\r\n",
        b"235 ok\r\n",
        b"550 no " + plain + b" hunter2\r\n",
        b"250 reset\r\n",
    ]
    with scripted(talk) as port:
        error = failing(mail(), f"smtp://{USER}@127.0.0.1:{port}", Secret("hunter2"), pauses)

    assert str(error) == f"127.0.0.1:{port} answered 550 no *** ***"
    assert error.__cause__ is None
    assert error.__suppress_context__

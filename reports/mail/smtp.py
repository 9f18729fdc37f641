"""Handing a mail to an SMTP server: TLS verified, transient failures retried, refusals told apart.

The only place that speaks SMTP. It blocks: call it from a thread. A connection that breaks after the server has
taken the mail and before it said so looks like one that broke before; the mail is then sent again with the same
Message-ID, by which mail programs fold the two into one.
"""

import contextlib
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from email.message import EmailMessage

from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential

from probes.model import Secret
from reports.mail import endpoint
from reports.mail.endpoint import Endpoint, MailError
from reports.mail.refusals import Refused, Teller, is_permanent

ATTEMPTS = 4  # over about 35 s: greylisting takes longer, and is for the caller to come back to
FIRST_WAIT_S, MOST_WAIT_S = 5.0, 60.0
LOGINS = {"PLAIN": "auth_plain", "LOGIN": "auth_login", "CRAM-MD5": "auth_cram_md5"}  # methods of smtplib.SMTP
CLOSING = (421, b"closing the connection")


def send(
    message: EmailMessage,
    smtp_url: str,
    password: Secret | None,
    timeout_s: float = 30,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Refused, ...]:
    """Hand the mail over; returns the recipients that were refused for good while others were served.

    Connection failures, timeouts and 4xx answers are tried up to four times with growing pauses, each time for those
    only who were not served yet. Once anybody was served there is no error any more: the others are returned.

    Raises:
        MailError: Nobody was served; `permanent` is false where a later call may do better.
    """
    server = endpoint.parse(smtp_url)
    _check_login(server, password)
    delivery = _Delivery(message, server, password or Secret(""), timeout_s)
    retry = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, MailError) and not error.permanent),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(multiplier=FIRST_WAIT_S, max=MOST_WAIT_S),
        sleep=sleep,
        reraise=True,
    )
    try:
        retry(delivery.attempt)
    except MailError as error:
        if not delivery.served:
            raise
        delivery.give_up(str(error))
    return tuple(delivery.refused)


def _check_login(server: Endpoint, password: Secret | None) -> None:
    if server.user is None:
        if password:
            raise MailError(f"there is a password for {server.place}, but smtp_url names no user", permanent=True)
        return
    if not password:
        raise MailError(f"smtp_url names the user {server.user!r}, but there is no password", permanent=True)
    if not server.is_private:
        raise MailError(
            f"a password would go to {server.place} unencrypted; use smtps:// or starttls=1", permanent=True
        )
    if not (server.user + password.reveal()).isascii():
        raise MailError(f"user and password for {server.place} must be ASCII", permanent=True)


class _Delivery:
    """One mail on its way: who still waits, who was refused for good."""

    def __init__(self, message: EmailMessage, server: Endpoint, password: Secret, timeout_s: float) -> None:
        self._message, self._server, self._password, self._timeout_s = message, server, password, timeout_s
        self._teller = Teller(server, password, timeout_s)
        self._sender: str = message["From"].addresses[0].addr_spec
        self._waiting: list[str] = list(dict.fromkeys(to.addr_spec for to in message["To"].addresses))
        self.served = False
        self.refused: list[Refused] = []

    def attempt(self) -> None:
        """One connection, one transaction. Raises MailError as long as somebody waits."""
        try:
            answers = self._hand_over()
            self.served = True
        except smtplib.SMTPRecipientsRefused as error:
            # smtplib lists only those refused so far; after a 421 the others were not served either
            answers = {address: error.recipients.get(address, CLOSING) for address in self._waiting}
        except (smtplib.SMTPException, OSError) as error:
            raise self._teller.error(error) from None  # the original may quote what was said, a password included
        self._sort(answers)

    def _hand_over(self) -> Mapping[str, tuple[int, bytes]]:
        smtp = self._connect()
        try:
            self._log_in(smtp)
            refused = smtp.send_message(self._message, self._sender, self._waiting)
        except BaseException:
            smtp.close()
            raise
        with contextlib.suppress(smtplib.SMTPException, OSError):
            smtp.quit()  # whatever becomes of the farewell: the mail was taken
        return refused

    def _connect(self) -> smtplib.SMTP:
        server, name, timeout_s = self._server, _own_name(), self._timeout_s
        if server.tls == "implicit":
            return smtplib.SMTP_SSL(server.host, server.port, name, timeout=timeout_s, context=_trust(server))
        return smtplib.SMTP(server.host, server.port, name, timeout=timeout_s)

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        if self._server.tls == "starttls":
            smtp.starttls(context=_trust(self._server))
        if self._server.user is not None:
            _authenticate(smtp, self._server.user, self._password)

    def _sort(self, answers: Mapping[str, tuple[int, bytes]]) -> None:
        """Recipients that were refused for good leave; those put off wait on."""
        said = {address: self._teller.said(*answer) for address, answer in answers.items()}
        self.refused += [Refused(to, said[to]) for to, (code, _) in answers.items() if is_permanent(code)]
        self._waiting = [to for to, (code, _) in answers.items() if not is_permanent(code)]
        place = self._server.place
        if self._waiting:
            raise MailError(f"{place} puts off {self._waiting[0]}: {said[self._waiting[0]]}", permanent=False)
        if not self.served:
            everyone = "; ".join(map(str, self.refused))
            raise MailError(f"{place} refuses every recipient: {everyone}", permanent=True)

    def give_up(self, reason: str) -> None:
        """Those who still wait will not be served."""
        self.refused += [Refused(address, reason) for address in self._waiting]
        self._waiting = []


def _authenticate(smtp: smtplib.SMTP, user: str, password: Secret) -> None:
    """Once, by one mechanism: `SMTP.login` tries a wrong password by each of them, which locks accounts."""
    smtp.ehlo_or_helo_if_needed()
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    way = next((way for way in LOGINS if way in offered), None)
    if way is None:
        raise smtplib.SMTPNotSupportedError(f"no login by {', '.join(LOGINS)} is offered on this connection")
    smtp.user, smtp.password = user, password.reveal()  # where the mechanisms of smtplib look
    smtp.auth(way, getattr(smtp, LOGINS[way]))


def _trust(server: Endpoint) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=server.ca_file)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or "no certificate in it"
        raise MailError(f"smtp_url: ca_file {server.ca_file}: {reason}", permanent=True) from None


def _own_name() -> str:
    """What we call ourselves in EHLO. `socket.getfqdn`, smtplib's choice, may hang on DNS."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"

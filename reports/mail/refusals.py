"""What went wrong with a mail server, in one sentence each, and whether trying again may help; pure.

The only place that interprets SMTP codes and the exceptions of smtplib.
"""

import base64
import smtplib
import ssl
from dataclasses import dataclass

from probes.model import Secret
from reports.mail.endpoint import Endpoint, MailError
from reports.mail.figures import clean

Fault = smtplib.SMTPException | OSError


@dataclass(frozen=True, slots=True)
class Refused:
    """A recipient that did not get the mail, while others did."""

    address: str
    reason: str

    def __str__(self) -> str:
        """In one line."""
        return f"{self.address}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells of one server, without ever repeating the password."""

    server: Endpoint
    password: Secret
    timeout_s: float

    def error(self, fault: Fault) -> MailError:
        """The sentence for an exception that ended a delivery."""
        if isinstance(fault, smtplib.SMTPResponseException):
            return self._of_answer(fault)
        if isinstance(fault, smtplib.SMTPException):
            return self._of_protocol(fault)
        return self._of_tls(fault) if isinstance(fault, ssl.SSLError) else self._of_network(fault)

    def _of_answer(self, fault: smtplib.SMTPResponseException) -> MailError:
        if isinstance(fault, smtplib.SMTPAuthenticationError):
            what = f"does not accept the user or the password ({fault.smtp_code})"
        else:
            what = f"answered {self.said(fault.smtp_code, fault.smtp_error)}"
        return MailError(f"{self.server.place} {what}", permanent=is_permanent(fault.smtp_code))

    def _of_protocol(self, fault: smtplib.SMTPException) -> MailError:
        if isinstance(fault, smtplib.SMTPServerDisconnected):
            what = f"closed the connection, or was silent for {self.timeout_s:g} s"
            return MailError(f"{self.server.place} {what}", permanent=False)
        return MailError(f"{self.server.place}: {self._scrubbed(str(fault))}", permanent=True)

    def _of_tls(self, fault: ssl.SSLError) -> MailError:
        if isinstance(fault, ssl.SSLCertVerificationError):
            why = clean(fault.verify_message, 120).rstrip(".")
            what = (
                f"the certificate of {self.server.place} is not trusted: {why}; name a private authority by ?ca_file="
            )
            return MailError(what, permanent=True)
        return MailError(f"no TLS with {self.server.place}: {clean(str(fault.reason or fault), 120)}", permanent=True)

    def _of_network(self, fault: OSError) -> MailError:
        if isinstance(fault, TimeoutError):
            return MailError(f"{self.server.place} was silent for {self.timeout_s:g} s", permanent=False)
        return MailError(f"{self.server.place} cannot be reached: {fault.strerror or fault}", permanent=False)

    def said(self, code: int, text: bytes | str) -> str:
        """A server's answer on one line."""
        plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        return f"{code} {self._scrubbed(plain)}".strip()

    def _scrubbed(self, text: str) -> str:
        """Without the password in any form in which it went over the wire."""
        secret = self.password.reveal()
        if secret:
            for form in (secret, _base64(secret), _base64(f"\0{self.server.user}\0{secret}")):
                text = text.replace(form, "***")
        return clean(text, 200)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def is_permanent(code: int) -> bool:
    """5xx (RFC 5321, 4.2.1). Anything else that is no success may be gone later."""
    return 500 <= code <= 599

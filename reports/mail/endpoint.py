"""`smtp_url` of the configuration -> where and how to hand a mail over; pure."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
PORTS = {"smtp": 25, "smtps": 465}
STARTTLS_PORT = 587
KNOWN = {"starttls", "ca_file"}


class MailError(Exception):
    """A mail could not be handed over. `permanent`: trying again changes nothing until somebody mends the cause."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        """Say what, where and what would be right; never a password."""
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One mail server. `tls`: none | starttls | implicit; a CA file replaces the system's trusted authorities."""

    host: str
    port: int
    tls: str
    user: str | None
    ca_file: Path | None

    @property
    def place(self) -> str:
        """For messages: host and port."""
        return f"{self.host}:{self.port}"

    @property
    def is_private(self) -> bool:
        """Whether a password may be shown to it: encrypted, or it never leaves this machine."""
        return self.tls != "none" or self.host in LOOPBACK


def parse(smtp_url: str) -> Endpoint:
    """`smtp://[user@]host[:port][?starttls=1&ca_file=FILE]` or `smtps://...`.

    Raises:
        MailError: It is none of these; the message never repeats the URL, for it may hold a password.
    """
    try:
        url = urlsplit(smtp_url)
        port = url.port
    except ValueError as fault:
        raise _wrong(str(fault).partition(":")[0].lower()) from None
    if url.scheme not in PORTS:
        raise _wrong(f"the scheme is {url.scheme!r}" if url.scheme else "it has no scheme")
    if url.password is not None:
        raise _wrong("it holds a password, which belongs into an environment variable (smtp_password_env)")
    if not url.hostname or url.path.strip("/") or url.fragment:
        raise _wrong("it needs a host, and nothing but options behind it")
    options = _options(url.query)
    tls = _tls(url.scheme, options)
    ca_file = Path(options["ca_file"]) if "ca_file" in options else None
    if ca_file is not None and tls == "none":
        raise _wrong("ca_file needs smtps:// or starttls=1")
    default = STARTTLS_PORT if tls == "starttls" else PORTS[url.scheme]
    return Endpoint(url.hostname, port or default, tls, unquote(url.username) if url.username else None, ca_file)


def _options(query: str) -> dict[str, str]:
    options = parse_qs(query, keep_blank_values=True)
    unknown = sorted(options.keys() - KNOWN)
    if unknown:
        raise _wrong(f"unknown option {unknown[0]!r}; known: {', '.join(sorted(KNOWN))}")
    return {name: values[-1] for name, values in options.items()}


def _tls(scheme: str, options: dict[str, str]) -> str:
    wanted = options.get("starttls", "0")
    if wanted not in {"0", "1"}:
        raise _wrong("starttls is 0 or 1")
    if scheme == "smtps":
        if wanted == "1":
            raise _wrong("smtps:// is encrypted from the start; starttls=1 goes with smtp://")
        return "implicit"
    return "starttls" if wanted == "1" else "none"


def _wrong(why: str) -> MailError:
    return MailError(
        f"smtp_url: {why}; write it like smtp://user@mail.example.org:587?starttls=1 or smtps://mail.example.org",
        permanent=True,
    )

"""Judgement of a week -> `EmailMessage`, ready to send: headers, text, HTML with one picture, at most 80 KB."""

import hashlib
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from urllib.parse import quote

from monitor import weeks
from monitor.judge.result import Day, Judgement
from monitor.locales import ENGLISH, Style
from monitor.weeks import Week
from reports import localised
from reports.mail import addresses, parts
from reports.mail.compose import Inputs, page
from reports.mail.page import Page

MOST_BYTES = 80_000  # of the whole message as sent; Gmail cuts an HTML part at about 102 KB
MOST_ROWS = 60
PLAIN = {"subject", "list-unsubscribe", "message-id"}  # headers without structure of their own


class _Policy(EmailPolicy):
    """As the standard library's, but a plain header begins on the line of its name.

    The library moves a text that is a little too long to the next line as a whole: `Subject:` and nothing behind it
    is legal, and read back with a leading space by most programs, this library's parser among them.
    """

    def fold(self, name: str, value: str) -> str:
        """The header as lines."""
        if name.lower() not in PLAIN or not value.isascii():
            folded: str = super().fold(name, value)
            return folded
        lines = textwrap.wrap(
            value, 78, initial_indent=f"{name}: ", subsequent_indent=" ", break_long_words=False, break_on_hyphens=False
        )
        return "".join(f"{line}{self.linesep}" for line in lines)

    def fold_binary(self, name: str, value: str) -> bytes:
        """The same, encoded."""
        if name.lower() not in PLAIN or not value.isascii():
            return super().fold_binary(name, value)
        return self.fold(name, value).encode("ascii")


def weekly(
    week: Judgement,
    before: Judgement | None,
    *,
    iso_week: str,
    sender: str,
    recipients: Sequence[str],
    site_url: str | None,
    now: datetime,
    days: Mapping[str, Sequence[Day]] | None = None,
    style: Style = ENGLISH,
) -> EmailMessage:
    """The mail about one ISO week, as a preview while that week runs.

    `days` are the providers' days in `week.timezone`; without them the UTC days of the judgement are shown, and
    called so. `style` is how numbers and dates are written.

    The same week, location and sender give the same Message-ID, so that a mail sent twice is seen once.

    Raises:
        WeekError: `iso_week` names no week.
        AddressError: The sender or a recipient is no address (or more than one).
    """
    about, writer = weeks.parse(iso_week), addresses.parse(sender)
    readers = [addresses.parse(recipient) for recipient in recipients]
    if not readers:
        raise addresses.AddressError("a mail needs at least one recipient")
    stop = f"mailto:{quote(writer.addr_spec, safe='@')}?subject=stop"
    inputs = Inputs(week, before, about, now, _site(site_url), stop, days, style)
    return _within_size(inputs, writer, readers, Written(style, frozenset(localised.names_of(week))))


def _site(url: str | None) -> str | None:
    return None if url is None else quote(url.rstrip("/"), safe=":/?#[]@!$&'()*+,;=%~")


@dataclass(frozen=True, slots=True)
class Written:
    """How numbers and dates are written, and what is a name and none of them."""

    style: Style
    names: frozenset[str]

    def text(self, composed: str) -> str:
        """Plain text."""
        return localised.text(composed, self.style, self.names)

    def html(self, composed: str) -> str:
        """HTML."""
        return localised.page(composed, self.style, self.names)


def _within_size(inputs: Inputs, writer: Address, readers: Sequence[Address], written: Written) -> EmailMessage:
    """All providers, or as many (those that need a look first) as fit."""
    most = min(len(inputs.week.providers), MOST_ROWS)
    while True:
        message = _message(inputs, page(inputs, most), writer, readers, written)
        size = len(message.as_bytes())
        if size <= MOST_BYTES or most == 0:
            return message
        most = min(most - 1, most * MOST_BYTES // size)


def _message(
    inputs: Inputs, content: Page, writer: Address, readers: Sequence[Address], written: Written
) -> EmailMessage:
    message = EmailMessage(_Policy(linesep="\r\n"))
    message["Subject"] = written.text(content.subject)
    message["From"] = writer
    message["To"] = readers
    message["Date"] = format_datetime(inputs.now.astimezone(UTC))
    message["Message-ID"] = message_id(inputs.iso_week, inputs.week.location, writer.addr_spec, inputs.preview_of)
    message["List-Unsubscribe"] = f"<{content.stop_href}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    message.set_content(written.text(parts.text(content)), cte="quoted-printable")
    _add_html(message, content, written)
    return message


def _add_html(message: EmailMessage, content: Page, written: Written) -> None:
    """The HTML part with its picture beside it (RFC 2387); boundaries are not random: one input, one mail."""
    mark = _digest(message["Message-ID"])
    picture_id = f"wait.{mark}@upheld"
    message.add_alternative(written.html(parts.html(content, picture_id)), subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_upheld_{mark}")
    if content.picture is None:
        return
    page = message.get_body(("html",))
    assert isinstance(page, EmailMessage), "added just now"  # noqa: S101 - for the type checker
    page.add_related(
        content.picture.png, "image", "png", cid=f"<{picture_id}>", filename="wait.png", disposition="inline"
    )
    page.set_boundary(f"=_upheld_related_{mark}")


def message_id(week: Week, location: str, sender: str, preview_of: datetime | None = None) -> str:
    """`<2026-W47.fra-1.0f3c...@upheld>`: the same for the same week, place and sender; a preview has its own."""
    identity = (week.key, location, sender, "" if preview_of is None else preview_of.isoformat())
    place = re.sub(r"[^A-Za-z0-9-]+", "-", location).strip("-")[:40] or "here"
    return f"<{week.key}.{place}.{_digest(*identity)}@upheld>"


def _digest(*of: str) -> str:
    return hashlib.sha256("\n".join(of).encode("utf-8", "surrogatepass")).hexdigest()[:16]

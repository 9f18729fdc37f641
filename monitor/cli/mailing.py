"""What `upheld mail` and the service share: a week's mail from the store's snapshot, and its way to the server.

Here `monitor` and `reports` meet; everything that decides lies in `monitor.weekly` and `reports.mail`.
"""

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from tempfile import NamedTemporaryFile

from monitor.cli import weeklies
from monitor.cli.judged_weeks import judged_week
from monitor.config import Config, load
from monitor.locales import STYLES
from monitor.store import snapshot_for_reading
from monitor.weekly import JudgedWeek
from monitor.weeks import Week, parse
from probes.clock import RealClock
from probes.model import Secret
from reports.mail import Refused, send, weekly
from reports.mail.compose import dates
from reports.publish import PublishError, add

log = logging.getLogger(__name__)
NOBODY = "upheld@localhost"  # of a mail that is only written, without [mail] in the configuration


class NothingToTell(Exception):  # noqa: N818 - no failure of ours
    """There is no row in that week."""


class NotWritten(Exception):  # noqa: N818 - reads as what it is
    """A file could not be written; nothing of it is left."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mails go, the password read."""

    smtp_url: str
    password: Secret | None

    @classmethod
    def of(cls, config: Config, environ: Mapping[str, str]) -> "Server":
        """From `[mail]`, which must be there.

        Raises:
            ConfigError: The password's variable is not set.
        """
        assert config.mail is not None, "asked for by who has seen it"  # noqa: S101 - for the type checker
        return cls(config.mail.smtp_url, config.mail_password(environ))

    def dispatch(self, message: EmailMessage) -> tuple[Refused, ...]:
        """Hand it over; as `reports.mail.send`."""
        return send(message, self.smtp_url, self.password)


def build(config: Config, week: Week, now: datetime, *, time_compression: float | None = None) -> EmailMessage:
    """The mail about a week, from a snapshot of the store; a preview while the week runs. Its page on the site as well.

    `time_compression`: how much faster than real the clock of simulated providers ran.

    Raises:
        NothingToTell: No row in that week.
        StoreError: No store, or no snapshot that can be read.
    """
    snapshot = snapshot_for_reading(config.service.data_dir)
    judged = judged_week(config, week, snapshot, now, time_compression=time_compression)
    if not judged.samples:
        raise NothingToTell(f"no samples in {week.key} ({dates(week)}): there is nothing to tell")
    _show(config, week, judged, now)
    return _mail_of(config, week, judged, now)


def _show(config: Config, week: Week, judged: JudgedWeek, now: datetime) -> None:
    """The page that the mail links to; a site that cannot be written keeps no mail back."""
    site = config.service.data_dir / "site"
    try:
        add(weeklies.page(week, judged, now, site, STYLES[config.report.locale]), site)
    except (PublishError, OSError) as error:
        log.warning("the page of %s was not written: %s", week.key, error)


def _mail_of(config: Config, week: Week, judged: JudgedWeek, now: datetime) -> EmailMessage:
    """The mail about a judged week."""
    mail = config.mail
    return weekly(
        judged.week,
        judged.before,
        iso_week=week.key,
        sender=mail.sender if mail else NOBODY,
        recipients=mail.to if mail else (NOBODY,),
        site_url=config.report.site_url,
        now=now,
        days=judged.days,
        style=STYLES[config.report.locale],
    )


def send_claimed(config_path: Path, key: str) -> bool:
    """Build and send the mail of a week that the caller has claimed; for a process beside the service.

    Returns:
        Whether there was anything to tell.

    Raises:
        ConfigError, StoreError, MailError: It was not sent, to nobody.
    """
    config = load(config_path, os.environ)
    try:
        message = build(config, parse(key), RealClock().now())
    except NothingToTell:
        return False
    for refused in Server.of(config, os.environ).dispatch(message):
        log.warning("the mail of %s was sent, but not to %s", key, refused)
    return True


def write(message: EmailMessage, path: Path) -> None:
    """The mail as a file that mail programs open: whole, or not at all."""
    try:
        _write(message, path)
    except OSError as error:
        raise NotWritten(f"{path}: not written: {error.strerror or error}") from error


def _write(message: EmailMessage, path: Path) -> None:
    with NamedTemporaryFile(dir=path.absolute().parent, prefix=".eml.", delete=False) as file:
        try:
            file.write(message.as_bytes())
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).chmod(0o644)  # temporary files are private
            Path(file.name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(file.name).unlink()
            raise

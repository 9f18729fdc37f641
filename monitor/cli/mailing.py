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
from zoneinfo import ZoneInfo

from monitor.budget import Caps, day_start, month_start
from monitor.config import Config, load
from monitor.store import Snapshot, read_samples, read_spent, snapshot_for_reading
from monitor.weekly import JudgedWeek, judge_week, reach_back
from monitor.weeks import Week, parse
from probes.clock import RealClock
from probes.model import Secret
from reports.mail import Refused, send, weekly
from reports.mail.compose import dates

log = logging.getLogger(__name__)
NOBODY = "upheld@localhost"  # of a mail that is only written, without [mail] in the configuration


class NothingToTell(Exception):  # noqa: N818 - no failure of ours
    """There is no row in that week."""


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
    """The mail about a week, from a snapshot of the store; a preview while the week runs.

    `time_compression`: how much faster than real the clock of simulated providers ran.

    Raises:
        NothingToTell: No row in that week.
        StoreError: No store, or no snapshot that can be read.
    """
    snapshot = snapshot_for_reading(config.service.data_dir)
    judged = _judged(config, week, snapshot, now, time_compression)
    if not judged.samples:
        raise NothingToTell(f"no samples in {week.key} ({dates(week)}): there is nothing to tell")
    mail = config.mail
    return weekly(
        judged.week,
        judged.before,
        iso_week=week.key,
        sender=mail.sender if mail else NOBODY,
        recipients=mail.to if mail else (NOBODY,),
        site_url=config.report.site_url,
        now=now,
        caps=Caps(config.budget.usd_per_day, config.budget.usd_per_month),
        days=judged.days,
    )


def _judged(
    config: Config, week: Week, snapshot: Snapshot, now: datetime, time_compression: float | None
) -> JudgedWeek:
    zone = ZoneInfo(config.service.timezone)
    since, until = reach_back(week, zone)
    over = now >= week.bounds(zone)[1]
    return judge_week(
        read_samples(snapshot.path, since=since, until=until),
        config.facts(),
        week,
        as_of=now if over or snapshot.fresh else snapshot.as_of,
        spent_today=_spent(snapshot.path, day_start(now)),
        spent_month=_spent(snapshot.path, month_start(now)),
        time_compression=time_compression,
    )


def _spent(snapshot: Path, since: datetime) -> float:
    """By the ledger of money, or by the rows where those say more (imported, or from before there was a ledger)."""
    costs = read_samples(snapshot, since=since, columns=("cost_usd",))["cost_usd"]
    return max(sum(read_spent(snapshot, since).values()), float(costs.sum()))


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
    with NamedTemporaryFile(dir=path.absolute().parent, prefix=f".{path.name}.", delete=False) as file:
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

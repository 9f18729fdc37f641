"""What `upheld mail` and the service share: a week's mail from the store's snapshot, and its way to the server.

Here `monitor` and `reports` meet; everything that decides lies in `monitor.weekly` and `reports.mail`.
"""

import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from tempfile import NamedTemporaryFile
from zoneinfo import ZoneInfo

from monitor.budget import day_start, month_start
from monitor.config import Config, load
from monitor.judge.frames import NEEDED
from monitor.judge.result import Spending
from monitor.own_error import read_own_error
from monitor.spending import spending
from monitor.store import Snapshot, read_samples, snapshot_for_reading
from monitor.weekly import Books, JudgedWeek, judge_week
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
    judged = judged_week(config, week, snapshot, now, time_compression=time_compression)
    if not judged.samples:
        raise NothingToTell(f"no samples in {week.key} ({dates(week)}): there is nothing to tell")
    return mail_of(config, week, judged, now)


def mail_of(config: Config, week: Week, judged: JudgedWeek, now: datetime) -> EmailMessage:
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
    )


def judged_week(
    config: Config, week: Week, snapshot: Snapshot, now: datetime, *, time_compression: float | None = None
) -> JudgedWeek:
    """The week from all rows up to its end: promises are judged from a provider's first row on."""
    start, end = week.bounds(ZoneInfo(config.service.timezone))
    as_of = now if now >= end or snapshot.fresh else snapshot.as_of
    own_error = read_own_error(snapshot.path, start, min(end, as_of))
    books = Books(_money(config, snapshot.path, now), own_error, time_compression)
    frame = read_samples(snapshot.path, until=end, columns=NEEDED)
    return judge_week(frame, config.facts(), week, as_of=as_of, books=books)


def _money(config: Config, snapshot: Path, now: datetime) -> dict[str | None, Spending]:
    """By the ledger of money, or by the rows where those say more (imported, or from before there was a ledger)."""
    rows = read_samples(snapshot, since=month_start(now), columns=("provider", "planned_at", "cost_usd"))
    today = rows[rows["planned_at"] >= day_start(now)]
    day, month = (part.groupby("provider")["cost_usd"].sum().to_dict() for part in (today, rows))
    own = {
        name: replace(
            spent,
            today_usd=max(spent.today_usd, day.get(name, 0.0)),
            month_usd=max(spent.month_usd, month.get(name, 0.0)),
        )
        for name, spent in spending(config, snapshot, now).items()
    }
    each = [spent for name, spent in own.items() if name is not None]
    today_usd, month_usd = sum(spent.today_usd for spent in each), sum(spent.month_usd for spent in each)
    all_ = own[None]
    return own | {
        None: replace(all_, today_usd=max(all_.today_usd, today_usd), month_usd=max(all_.month_usd, month_usd))
    }


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

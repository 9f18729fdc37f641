"""`upheld mail`: the weekly report, sent exactly once, or only written."""

import os
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
from rich.markup import escape

from monitor import weeks
from monitor.cli.common import COULD_NOT, WRONG_USAGE, example, fail, json_option, print_json, say, with_config
from monitor.weeks import Week, WeekError
from probes.clock import RealClock

LIVE = "upheld.duckdb"
SHORT_S = 2.0  # somebody who only takes a snapshot is gone by then

if TYPE_CHECKING:
    from monitor.cli.mailing import Server
    from monitor.config import Config
    from reports.mail import Delivery


@click.command(
    epilog=example(
        "upheld mail                                # send last week's report, unless it was sent",
        "upheld mail --week 2026-W47 --eml w47.eml  # only write it",
        "upheld mail --preview --eml now.eml        # the running week, as far as it is known",
    )
)
@with_config
@click.option("--week", "key", metavar="WEEK", help="ISO week, such as 2026-W47.  [default: the last that is over]")
@click.option("--preview", is_flag=True, help="The running week, as far as it is known.")
@click.option(
    "--eml",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the mail to FILE (atomically) and send nothing.",
)
@json_option
def command(config: "Config", key: str | None, *, preview: bool, eml: Path | None, as_json: bool) -> None:
    """Build and send the weekly report, exactly once; or only write it.

    A week that still runs makes a preview, which says so and may be sent as often as you like. A week that is over
    is sent once, whoever asks how often; its delivery is noted in the store.
    """
    now = RealClock().now()
    week = _week(key, preview=preview, zone=ZoneInfo(config.service.timezone), now=now)
    if eml is None and config.mail is None:
        fail(f"{config.file} has no [mail] section; add one, or write the mail with --eml FILE", WRONG_USAGE)
    told = _write(config, week, now, eml) if eml is not None else _send(config, week, now)
    if as_json:
        print_json(told)
    else:
        say(escape(str(told["says"])))


def _week(key: str | None, *, preview: bool, zone: ZoneInfo, now: datetime) -> Week:
    if key is not None and preview:
        fail("--preview is the running week; leave out --week", WRONG_USAGE)
    if preview:
        return weeks.of(now, zone)
    try:
        week = weeks.last_complete(now, zone) if key is None else weeks.parse(key)
    except WeekError as error:
        fail(f"--week {error}", WRONG_USAGE)
    if week.bounds(zone)[0] > now:
        fail(f"--week {week.key} has not begun", WRONG_USAGE)
    return week


def _write(config: "Config", week: Week, now: datetime, eml: Path) -> dict[str, object]:
    from monitor.cli import mailing  # noqa: PLC0415 - pandas and templates are not needed for --help

    message = _built(config, week, now)
    mailing.write(message, eml)
    return _told(week, message, f"Wrote {eml}: {message['Subject']}", sent=False) | {"eml": str(eml)}


def _built(config: "Config", week: Week, now: datetime) -> EmailMessage:
    from monitor.cli import mailing  # noqa: PLC0415 - see above

    try:
        return mailing.build(config, week, now)
    except mailing.NothingToTell as nothing:
        fail(str(nothing), COULD_NOT)


def _send(config: "Config", week: Week, now: datetime) -> dict[str, object]:
    from monitor.cli.mailing import Server  # noqa: PLC0415 - see above
    from reports.mail import Delivery  # noqa: PLC0415 - see above

    server = Server.of(config, os.environ)
    message = _built(config, week, now)
    if now < week.bounds(ZoneInfo(config.service.timezone))[1]:
        refused = server.dispatch(message)
        but = f", but not to {'; '.join(map(str, refused))}" if refused else ""
        delivery = Delivery(sent=True, sentence=f"A preview of {week.key} was sent{but}.", refused=refused)
    else:
        delivery = _deliver(config, week, now, message, server)
    if delivery.refused or delivery.again_at is not None:
        fail(delivery.sentence.rstrip("."), COULD_NOT)
    return _told(week, message, delivery.sentence, sent=delivery.sent)


def _deliver(config: "Config", week: Week, now: datetime, message: EmailMessage, server: "Server") -> "Delivery":
    from monitor.store import Store, StoreLocked  # noqa: PLC0415 - see above
    from reports.mail import deliver_weekly  # noqa: PLC0415 - see above

    try:
        store = Store.open(config.service.data_dir / LIVE, wait_s=SHORT_S)
    except StoreLocked as error:
        fail(f"{error}; a service that runs sends the mail itself, and --eml FILE only writes it", COULD_NOT)
    with store:
        return deliver_weekly(store, iso_week=week.key, at=now, build=lambda: message, dispatch=server.dispatch)


def _told(week: Week, message: EmailMessage, says: str, *, sent: bool) -> dict[str, object]:
    return {
        "week": week.key,
        "sent": sent,
        "subject": str(message["Subject"]),
        "message_id": str(message["Message-ID"]),
        "says": says,
    }

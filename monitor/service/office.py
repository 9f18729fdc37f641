"""What the service tells: a snapshot for readers, the site, the weekly mail.

Rendering and mailing are callables, since nothing in `monitor` knows `reports`; both run in a process of their own,
for they would disturb measuring.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum
from pathlib import Path
from typing import Protocol

from monitor import weeks
from monitor.service.means import Keeper
from monitor.store import Store, StoreError

log = logging.getLogger(__name__)

WEEKLY = "mail"  # the kind of delivery, as `upheld mail` claims it
FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(hours=1)


class Told(Enum):
    """What came of a mail. `NOTHING`: there was nothing to tell."""

    SENT = "sent"
    NOTHING = "nothing"
    FAILED = "failed"


class Moment(Protocol):
    """A moment of each week (`monitor.config.values.Weekly`)."""

    @property
    def weekday(self) -> int:
        """From Monday, 0."""
        ...

    @property
    def hour(self) -> int:
        """0 to 23."""
        ...

    @property
    def minute(self) -> int:
        """0 to 59."""
        ...


def last_moment(moment: Moment, zone: tzinfo, now: datetime) -> datetime:
    """When this moment of the week was last, UTC. A local time that is skipped counts as one hour later."""
    today = now.astimezone(zone).date()
    for back in range(8):
        day = today - timedelta(days=back)
        if day.weekday() == moment.weekday:
            local = datetime(day.year, day.month, day.day, moment.hour, moment.minute, tzinfo=zone)
            if (instant := local.astimezone(UTC)) <= now:
                return instant
    raise AssertionError("eight days hold every weekday twice or once, and the earlier one has passed")


class Site:
    """Publishes what is known: first the snapshot, then the pages made from it."""

    def __init__(self, keeper: Keeper, snapshot: Path, render: Callable[[], Awaitable[bool]]) -> None:
        """`render` makes the site from the snapshot; False: it could not, and has said why."""
        self._keeper = keeper
        self._snapshot = snapshot
        self._render = render

    async def snapshot(self) -> None:
        """A copy of all that is stored, for readers."""
        await self._keeper.call(lambda store: store.snapshot(self._snapshot))

    async def publish(self) -> None:
        """Snapshot and site."""
        await self.snapshot()
        if await self._render():
            log.info("site rendered")


class Post:
    """Sends the mail of each week once, as soon as its moment has come; after a time of being down, the latest."""

    def __init__(
        self,
        keeper: Keeper,
        moment: Moment,
        zone: tzinfo,
        now: Callable[[], datetime],
        send: Callable[[str], Awaitable[Told]],
    ) -> None:
        """`send` is given the key of an ISO week, and has a fresh snapshot."""
        self._keeper = keeper
        self._moment = moment
        self._zone = zone
        self._now = now
        self._send = send
        self._over: str | None = None  # the last week of which nothing more is to be sent
        self._retry_at: datetime | None = None
        self._retry_in = FIRST_RETRY

    async def begin(self) -> None:
        """Take up mails that a killed service was about to send.

        Whether they left is not known; they are sent again, under the same Message-ID, rather than not at all.
        """
        await self._keeper.call(_release_killed)

    async def tick(self) -> None:
        """Send, if a mail is due that nobody has sent. To be called about every minute."""
        now = self._now()
        key = weeks.of(last_moment(self._moment, self._zone, now), self._zone).previous().key
        if key == self._over or (self._retry_at is not None and now < self._retry_at):
            return
        if await self._keeper.call(lambda store: store.claim_delivery(WEEKLY, key, now)):
            await self._tell(key)
        else:
            self._over = key

    async def _tell(self, key: str) -> None:
        told = await self._send(key)
        now = self._now()
        if told is Told.FAILED:
            self._retry_at, self._retry_in = now + self._retry_in, min(2 * self._retry_in, LAST_RETRY)
            log.error("weekly mail %s not sent; next attempt at %s", key, self._retry_at.isoformat(timespec="seconds"))
            await self._keeper.call(lambda store: store.release_delivery(WEEKLY, key))
            return
        self._over, self._retry_at, self._retry_in = key, None, FIRST_RETRY
        error = None if told is Told.SENT else "no rows in this week"
        try:
            await self._keeper.call(lambda store: store.finish_delivery(WEEKLY, key, now, error))
        except StoreError as problem:
            log.error("weekly mail %s was sent, which could not be noted: %s", key, problem)  # noqa: TRY400 - one line
        log.info("weekly mail %s: %s", key, error or "sent")


def _release_killed(store: Store) -> None:
    for row in store.deliveries():
        if row.kind == WEEKLY and row.finished_at is None:
            store.release_delivery(WEEKLY, row.key)

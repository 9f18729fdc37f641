"""Tells each piece of news once to each channel that wants it, and tries until it is told.

News is stored before it is told. Who tells claims the delivery first, so that nobody tells it twice; what could not be
told is released and tried again, ever more slowly. A claim that a killed service left is released at the next start:
whether that message left is not known, so it is sent again, under the same reference, rather than not at all.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.alerts.message import Message
from monitor.service.means import Keeper
from monitor.store import NewsRow, Store, StoreError
from monitor.store.news import UP

log = logging.getLogger(__name__)
ALERT = "alert"  # the kind of delivery; its key is channel/news
CHANNEL = "alerts"  # the kind of delivery that marks from when on a channel is told things
FIRST_RETRY, LAST_RETRY = timedelta(minutes=1), timedelta(hours=1)


@dataclass(slots=True)
class Channel:
    """A place where news is told, and when to try again after a failure."""

    name: str
    on: frozenset[str]
    since: datetime | None = None  # older news is none of it
    retry_at: datetime | None = None
    retry_in: timedelta = field(default=FIRST_RETRY)

    def wants(self, row: NewsRow) -> bool:
        """Whether this is to be told here."""
        return row.kind in self.on and self.since is not None and row.happened_at >= self.since

    def failed(self, now: datetime) -> None:
        """Wait longer each time."""
        self.retry_at, self.retry_in = now + self.retry_in, min(2 * self.retry_in, LAST_RETRY)

    def worked(self) -> None:
        """From now on at once again."""
        self.retry_at, self.retry_in = None, FIRST_RETRY


class Desk:
    """Looks, stores what is new, and tells it. `begin` before the first `tick`."""

    def __init__(
        self,
        keeper: Keeper,
        channels: Sequence[Channel],
        look: Callable[[datetime], Callable[[Store], list[NewsRow]]],
        now: Callable[[], datetime],
        send: Callable[[Message], Awaitable[bool]],
    ) -> None:
        """`look`: what gives everything that holds now, on the store's thread; `send`: whether it was taken."""
        self._keeper = keeper
        self._channels = channels
        self._look = look
        self._now = now
        self._send = send

    async def begin(self) -> None:
        """Take up what a killed service was telling; a new channel is told what happens from now on."""
        now = self._now()
        began = await self._keeper.call(lambda store: _begun(store, [channel.name for channel in self._channels], now))
        for channel in self._channels:
            channel.since = began[channel.name]

    async def tick(self) -> None:
        """To be called about every minute."""
        look = self._look(self._now())
        news = await self._keeper.call(lambda store: _stored_news(store, look))
        for channel in self._channels:
            if channel.retry_at is None or self._now() >= channel.retry_at:
                await self._tell_all(channel, [row for row in news if channel.wants(row)])

    async def _tell_all(self, channel: Channel, news: Sequence[NewsRow]) -> None:
        told = await self._keeper.call(_delivered)
        for row in news:
            key = f"{channel.name}/{row.news_id}"
            if key not in told and not await self._tell(channel, row, key):
                return

    async def _tell(self, channel: Channel, row: NewsRow, key: str) -> bool:
        """Whether to go on with the next one."""
        at = self._now()
        if not await self._keeper.call(lambda store: store.claim_delivery(ALERT, key, at)):
            return True
        reference = f"\n\nReference {str(row.news_id)[-12:]}, {row.happened_at:%Y-%m-%d %H:%M:%S} UTC."
        if not await self._send(Message(channel.name, row.title, row.body + reference, row.state != UP)):
            channel.failed(self._now())
            log.error("alert to %s not sent; next attempt at %s", channel.name, channel.retry_at)
            await self._keeper.call(lambda store: store.release_delivery(ALERT, key))
            return False
        channel.worked()
        try:
            done = self._now()
            await self._keeper.call(lambda store: store.finish_delivery(ALERT, key, done, None))
        except StoreError as problem:
            log.error("an alert to %s was sent, which could not be noted: %s", channel.name, problem)  # noqa: TRY400 - one line
        log.info("alert to %s: %s", channel.name, row.title)
        return True


def _begun(store: Store, names: Sequence[str], now: datetime) -> dict[str, datetime]:
    for row in store.deliveries():
        if row.kind == ALERT and row.finished_at is None:
            store.release_delivery(ALERT, row.key)
    for name in names:
        store.claim_delivery(CHANNEL, name, now)
    return {row.key: row.claimed_at for row in store.deliveries() if row.kind == CHANNEL}


def _stored_news(store: Store, look: Callable[[Store], list[NewsRow]]) -> list[NewsRow]:
    store.add_news(look(store))
    return store.news()


def _delivered(store: Store) -> set[str]:
    return {row.key for row in store.deliveries() if row.kind == ALERT}

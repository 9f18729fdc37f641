"""The weekly mail exactly once: claim, then send, then say that it is over.

What can still happen, told honestly: where a process dies between handing the mail over and noting it, nobody can
know whether it went out. Such a claim is taken over after an hour and the mail sent again with the same
Message-ID: at least once, never lost, and seen once by programs that fold equal Message-IDs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Protocol

from reports.mail.endpoint import MailError
from reports.mail.refusals import Refused

KIND = "mail"
STALE_AFTER = timedelta(hours=1)


class DeliveryRow(Protocol):
    """A row of the ledger: what was claimed, and whether it is over."""

    @property
    def kind(self) -> str:
        """`mail`, among others."""
        ...

    @property
    def key(self) -> str:
        """For mails, the ISO week."""
        ...

    @property
    def claimed_at(self) -> datetime:
        """When somebody began."""
        ...

    @property
    def finished_at(self) -> datetime | None:
        """None: begun, and whether it was made is not known."""
        ...


class Deliveries(Protocol):
    """The ledger, as `monitor.store.Store` keeps it: durable before a method returns."""

    def claim_delivery(self, kind: str, key: str, at: datetime) -> bool:
        """Take a delivery; False: it was taken before."""
        ...

    def finish_delivery(self, kind: str, key: str, at: datetime, error: str | None) -> None:
        """It was made; `error` says for whom it was not."""
        ...

    def release_delivery(self, kind: str, key: str) -> None:
        """Give an unfinished claim back."""
        ...

    def deliveries(self) -> Sequence[DeliveryRow]:
        """All claims, finished or not."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a call: `sent` by it or not, in a sentence, who was refused, and when to come back."""

    sent: bool
    sentence: str
    refused: tuple[Refused, ...] = ()
    again_at: datetime | None = None  # somebody else is at it, or died at it


def deliver_weekly(
    deliveries: Deliveries,
    *,
    iso_week: str,
    at: datetime,
    build: Callable[[], EmailMessage],
    dispatch: Callable[[EmailMessage], Sequence[Refused]],
) -> Delivery:
    """Build and send the mail of a week unless that was done, or is being done.

    Raises:
        MailError: From `dispatch`; nobody was served, the claim is given back, and a later call tries again.
        Exception: From `build`; the claim is given back as well.
    """
    if not _claim(deliveries, iso_week, at):
        return _not_ours(deliveries, iso_week)
    refused = _send(deliveries, iso_week, build, dispatch)
    who = "; ".join(map(str, refused))
    deliveries.finish_delivery(KIND, iso_week, at, f"refused: {who}" if refused else None)
    sentence = f"The mail of {iso_week} was sent{f', but not to {who}' if refused else ''}."
    return Delivery(sent=True, sentence=sentence, refused=refused)


def _send(
    deliveries: Deliveries,
    iso_week: str,
    build: Callable[[], EmailMessage],
    dispatch: Callable[[EmailMessage], Sequence[Refused]],
) -> tuple[Refused, ...]:
    """Where it is certain that nobody was served the claim is given back; else it stays, and grows stale."""
    try:
        message = build()
    except BaseException:
        deliveries.release_delivery(KIND, iso_week)
        raise
    try:
        return tuple(dispatch(message))
    except MailError:
        deliveries.release_delivery(KIND, iso_week)
        raise


def _row(deliveries: Deliveries, iso_week: str) -> DeliveryRow | None:
    return next((row for row in deliveries.deliveries() if (row.kind, row.key) == (KIND, iso_week)), None)


def _claim(deliveries: Deliveries, iso_week: str, at: datetime) -> bool:
    if deliveries.claim_delivery(KIND, iso_week, at):
        return True
    row = _row(deliveries, iso_week)
    if row is None or row.finished_at is not None or at - row.claimed_at < STALE_AFTER:
        return False
    deliveries.release_delivery(KIND, iso_week)
    return deliveries.claim_delivery(KIND, iso_week, at)


def _not_ours(deliveries: Deliveries, iso_week: str) -> Delivery:
    row = _row(deliveries, iso_week)
    if row is not None and row.finished_at is not None:
        return Delivery(sent=False, sentence=f"The mail of {iso_week} was sent before, at {_utc(row.finished_at)}.")
    if row is None:  # given back between our two looks
        return Delivery(sent=False, sentence=f"The mail of {iso_week} is being sent by somebody else.")
    again = row.claimed_at + STALE_AFTER
    return Delivery(
        sent=False,
        sentence=f"The mail of {iso_week} was begun at {_utc(row.claimed_at)} and its end is not known; "
        f"it is tried again from {_utc(again)} on.",
        again_at=again,
    )


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"

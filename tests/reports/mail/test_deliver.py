"""Against a real store, and against one in memory that can stop half-way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from monitor.store import Store
from reports.mail import Deliveries, Delivery, MailError, Refused, deliver_weekly, send
from tests.reports.mail.servers import Post, serving
from tests.reports.mail.test_send import Pauses, mail

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
WEEK = "2026-W47"


@dataclass(frozen=True, slots=True)
class Row:
    kind: str
    key: str
    claimed_at: datetime
    finished_at: datetime | None
    error: str | None


class Ledger:
    """Deliveries in memory."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}

    def claim_delivery(self, kind: str, key: str, at: datetime) -> bool:
        if (kind, key) in self.rows:
            return False
        self.rows[kind, key] = Row(kind, key, at, None, None)
        return True

    def finish_delivery(self, kind: str, key: str, at: datetime, error: str | None) -> None:
        self.rows[kind, key] = replace(self.rows[kind, key], finished_at=at, error=error)

    def release_delivery(self, kind: str, key: str) -> None:
        if self.rows[kind, key].finished_at is None:
            del self.rows[kind, key]

    def deliveries(self) -> list[Row]:
        return list(self.rows.values())


@pytest.fixture(params=["memory", "store"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deliveries]:
    if request.param == "memory":
        yield Ledger()
    else:
        with Store.open(tmp_path / "upheld.duckdb") as store:
            yield store


class Office:
    """Builds and dispatches; remembers what went out, and fails as told."""

    def __init__(self, *faults: BaseException, refused: Sequence[Refused] = ()) -> None:
        self.sent: list[EmailMessage] = []
        self._faults, self._refused = list(faults), refused

    def build(self) -> EmailMessage:
        return mail()

    def dispatch(self, message: EmailMessage) -> Sequence[Refused]:
        if self._faults:
            raise self._faults.pop(0)
        self.sent.append(message)
        return self._refused


def deliver(office: Office, ledger: Deliveries, at: datetime = NOON, week: str = WEEK) -> Delivery:
    return deliver_weekly(ledger, iso_week=week, at=at, build=office.build, dispatch=office.dispatch)


def test_a_week_is_sent_once_however_often_it_is_asked_for(ledger: Deliveries) -> None:
    office = Office()
    first = deliver(office, ledger)
    second = deliver(office, ledger, NOON + timedelta(days=3))

    assert (first.sent, first.sentence) == (True, "The mail of 2026-W47 was sent.")
    assert (second.sent, second.sentence) == (False, "The mail of 2026-W47 was sent before, at 2026-11-23 12:00 UTC.")
    assert second.again_at is None
    assert len(office.sent) == 1


def test_each_week_is_its_own(ledger: Deliveries) -> None:
    office = Office()

    assert deliver(office, ledger).sent
    assert deliver(office, ledger, week="2026-W48").sent


@pytest.mark.parametrize("permanent", [False, True], ids=["transient", "permanent"])
def test_a_failure_gives_the_claim_back_and_the_next_call_sends(ledger: Deliveries, permanent: bool) -> None:
    office = Office(MailError("mail:25 cannot be reached", permanent=permanent))
    with pytest.raises(MailError) as error:
        deliver(office, ledger)

    assert error.value.permanent is permanent
    assert list(ledger.deliveries()) == []
    assert deliver(office, ledger).sent
    assert len(office.sent) == 1


def test_a_mail_that_cannot_be_built_gives_the_claim_back(ledger: Deliveries) -> None:
    def broken() -> EmailMessage:
        raise ValueError("no such week")

    with pytest.raises(ValueError, match="no such week"):
        deliver_weekly(ledger, iso_week=WEEK, at=NOON, build=broken, dispatch=Office().dispatch)

    assert list(ledger.deliveries()) == []


def test_after_a_crash_in_the_middle_the_mail_waits_for_an_hour_and_goes_out_under_the_same_id(
    ledger: Deliveries,
) -> None:
    office = Office(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        deliver(office, ledger)
    soon = deliver(office, ledger, NOON + timedelta(minutes=59))

    assert not soon.sent
    assert soon.sentence == (
        "The mail of 2026-W47 was begun at 2026-11-23 12:00 UTC and its end is not known; "
        "it is tried again from 2026-11-23 13:00 UTC on."
    )
    assert soon.again_at == NOON + timedelta(hours=1)
    assert soon.again_at is not None
    assert deliver(office, ledger, soon.again_at).sent
    assert not deliver(office, ledger, NOON + timedelta(days=1)).sent
    assert [message["Message-ID"] for message in office.sent] == [mail()["Message-ID"]]


def test_who_was_refused_is_told_and_kept_and_the_mail_counts_as_sent(ledger: Deliveries) -> None:
    office = Office(refused=[Refused("sre@example.org", "550 5.1.1 No such user")])
    delivery = deliver(office, ledger)

    assert delivery.sentence == "The mail of 2026-W47 was sent, but not to sre@example.org: 550 5.1.1 No such user."
    assert delivery.refused == (Refused("sre@example.org", "550 5.1.1 No such user"),)
    (row,) = ledger.deliveries()
    assert row.error == "refused: sre@example.org: 550 5.1.1 No such user"  # type: ignore[attr-defined]  # both have it
    assert not deliver(office, ledger).sent


def test_a_claim_survives_the_process(tmp_path: Path) -> None:
    with Store.open(tmp_path / "upheld.duckdb") as store:
        deliver(Office(), store)
    with Store.open(tmp_path / "upheld.duckdb") as store:
        assert not deliver(Office(), store).sent


def test_from_ledger_to_mailbox_exactly_once(ledger: Deliveries) -> None:
    post = Post(answers={("MAIL", 1): "451 4.7.1 Greylisted"})
    with serving(post) as port:
        for _ in range(3):
            deliver_weekly(
                ledger,
                iso_week=WEEK,
                at=NOON,
                build=mail,
                dispatch=lambda message: send(message, f"smtp://127.0.0.1:{port}", None, 5, sleep=Pauses()),
            )

    assert len(post.got) == 1

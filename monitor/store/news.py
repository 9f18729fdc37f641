"""The table of news, and what of the samples becomes news: changes that people are told at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from monitor.store.transactions import Transactions, aware, stored

QUIET, UP = "quiet", "up"


@dataclass(frozen=True, slots=True)
class NewsRow:
    """A change of state of a subject. `kind`: what `[[alerts]] on` calls it; `quiet` is told to nobody."""

    news_id: UUID
    kind: str
    subject: str
    state: str
    happened_at: datetime
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class ToldQuota:
    """What the headers of one answer said of the account's quota, whoever had used it."""

    provider: str
    sent_at: datetime
    limit: float
    remaining: float
    reset_s: float | None  # until it is whole again, from that answer on


@dataclass(frozen=True, slots=True)
class SentCount:
    """How many image requests a provider was sent in one minute."""

    provider: str
    minute: datetime
    requests: int


class Newsroom(Transactions):
    """Methods of `Store` that are about news."""

    def add_news(self, rows: Sequence[NewsRow]) -> list[NewsRow]:
        """Enter what is new of these, in their order; says what was entered.

        A row is new where its id is, and its state is another than the subject's last one. What is quiet, and that
        something is up, is entered only where something was said of its subject before.
        """
        known = {row[0] for row in self._read("SELECT news_id FROM news")}
        last = dict(self._read("SELECT subject, state FROM news ORDER BY rowid"))
        new = []
        for row in rows:
            if row.news_id in known or last.get(row.subject) == row.state:
                continue
            if row.subject not in last and (row.kind == QUIET or row.state == UP):
                continue
            last[row.subject] = row.state
            new.append(row)
        if new:
            self._write(*(("INSERT INTO news VALUES (?, ?, ?, ?, ?, ?, ?)", _cells(row)) for row in new))
        return new

    def news(self) -> list[NewsRow]:
        """All of it, in the order in which it was entered."""
        sql = "SELECT news_id, kind, subject, state, happened_at, title, body FROM news ORDER BY rowid"
        return [NewsRow(*aware(row)) for row in self._read(sql)]

    def sent_by_minute(self, since: datetime) -> list[SentCount]:
        """Image requests that we sent ourselves at or after `since`, by provider and full minute (UTC)."""
        sql = (
            "SELECT provider, date_trunc('minute', sent_at) AS minute, count(*) FROM samples"
            " WHERE planned_at >= ?::TIMESTAMP - INTERVAL 1 HOUR AND sent_at >= ?"
            " AND probe <> 'reach' AND mode <> 'imported' GROUP BY ALL ORDER BY ALL"
        )
        return [SentCount(row[0], row[1].replace(tzinfo=UTC), row[2]) for row in self._read(sql, [stored(since)] * 2)]

    def told_quotas(self, since: datetime) -> list[ToldQuota]:
        """By provider the answer since then whose headers left the least, in share, of what they allow."""
        sql = (
            "SELECT provider, arg_min(struct_pack(a := sent_at, l := limit_requests, r := remaining_requests,"
            " s := reset_s), remaining_requests / limit_requests) AS told FROM samples"
            " WHERE planned_at >= ?::TIMESTAMP - INTERVAL 1 HOUR AND sent_at >= ? AND limit_requests > 0"
            " AND remaining_requests IS NOT NULL AND mode <> 'imported' GROUP BY provider ORDER BY provider"
        )
        rows = self._read(sql, [stored(since)] * 2)
        return [ToldQuota(name, told["a"].replace(tzinfo=UTC), told["l"], told["r"], told["s"]) for name, told in rows]


def _cells(row: NewsRow) -> list[object]:
    return [row.news_id, row.kind, row.subject, row.state, stored(row.happened_at), row.title, row.body]

"""Shares of what went wrong among the requests that were sent; whose fault, by class (docs/methods.md, 4)."""

from dataclasses import dataclass

from monitor.judge.columns import Flags, Rows
from monitor.judge.intervals import wilson
from monitor.judge.result import Errors


@dataclass(frozen=True, slots=True)
class _Kinds:
    """Which rows are what, had they been sent."""

    client: Flags
    server: Flags
    rate_limited: Flags


@dataclass(frozen=True, slots=True)
class Counted:
    """How many requests were sent, and how many of them went wrong, by whose error."""

    sent: int
    client: int
    server: int
    rate_limited: int


def count(rows: Rows) -> Counted:
    """Without what was sent because of a failure: an outage looked at every 15 s would count sixty times over."""
    each = rows.tally(rows.sent)
    regular = ~rows.answers("escalated", lambda one: one.escalated)

    def of_kinds(which: Flags) -> int:
        return int(each[which & regular].sum())

    return Counted(
        of_kinds(regular),
        of_kinds(rows.answers("client's error", lambda one: _of_rows(one).client)),
        of_kinds(rows.answers("server's error", lambda one: _of_rows(one).server)),
        of_kinds(rows.answers("rate limited", lambda one: _of_rows(one).rate_limited)),
    )


def of(counted: Counted) -> Errors:
    """client: 4xx without 429; server: 5xx; an error inside HTTP 200 by the class of the inner error."""
    n = counted.sent
    if not n:
        return Errors(None, None, None, 0)
    return Errors(counted.client / n, counted.server / n, counted.rate_limited / n, of=n)


def server_interval(counted: Counted) -> tuple[float, float] | None:
    """Wilson 95 % interval of the server's share; None where nothing was sent."""
    return wilson(counted.server, counted.sent)


def _of_rows(sent: Rows) -> _Kinds:
    said_wrong = sent.status >= 400
    told = ~sent.good & ~said_wrong
    client_status = said_wrong & (sent.status < 500) & (sent.status != 429) & ~sent.good
    server_status = (sent.status >= 500) & ~sent.good
    return _Kinds(
        client=client_status | (told & sent.outcome.isin("client_error", "auth", "balance")),
        server=server_status | (told & sent.outcome.isin("server_error", "overloaded")),
        rate_limited=sent.outcome.isin("rate_limited"),
    )

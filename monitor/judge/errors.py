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


def of(rows: Rows) -> Errors:
    """client: 4xx without 429; server: 5xx; an error inside HTTP 200 by the class of the inner error.

    Without what was sent because of a failure: an outage looked at every 15 s would count sixty times over.
    """
    sent = rows.sent & ~rows.escalated
    n = int(sent.sum())
    if not n:
        return Errors(None, None, None, 0)
    kinds = _kinds(rows)
    each = (kinds.client, kinds.server, kinds.rate_limited)
    client, server, limited = (int((kind & sent).sum()) / n for kind in each)
    return Errors(client, server, limited, of=n)


def server_interval(rows: Rows) -> tuple[float, float] | None:
    """Wilson 95 % interval of the server's share; None where nothing was sent."""
    sent = rows.sent & ~rows.escalated
    return wilson(int((_kinds(rows).server & sent).sum()), int(sent.sum()))


def _kinds(rows: Rows) -> _Kinds:
    """By HTTP status where it says something is wrong, else by outcome; what is good is no error, a 401 included."""
    return _Kinds(
        client=rows.of_kind("client's error", lambda each: _of_rows(each).client),
        server=rows.of_kind("server's error", lambda each: _of_rows(each).server),
        rate_limited=rows.of_kind("rate limited", lambda each: _of_rows(each).rate_limited),
    )


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

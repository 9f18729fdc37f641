"""What was seen -> news: caps nearly reached, quotas nearly used, outages, refuted claims. Pure.

Each function gives everything that holds now; the store enters what is new (`monitor.store.news.Newsroom.add_news`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor.budget import Book, day_start
from monitor.store import NewsRow, SentCount, ToldQuota, TransitionRow
from monitor.store.news import QUIET, UP
from probes.ids import uuid7

NEARLY = 0.8
CONFIRMED_BY = 2  # failures: one alone may be chance, where nobody gives a second opinion


@dataclass(frozen=True, slots=True)
class Quota:
    """What a provider advertises for this account; None: nothing."""

    rpm: float | None
    rpd: float | None


def _row(at: datetime, kind: str, subject: str, state: str, title: str, body: str) -> NewsRow:
    return NewsRow(uuid7(at), kind, subject, state, at, title, body)


# --- money --------------------------------------------------------------------------------------------------------


def of_budget(books: Sequence[Book], now: datetime) -> Iterator[NewsRow]:
    """A cap of which 80 % are spent, and one that has kept a request back: each once in its period.

    Minutes are many: of their caps it is told once a day that one has kept something back.
    """
    for book in books:
        share, whose = book.spent_usd / book.cap_usd, book.whose or "all providers"
        period = f"{day_start(book.start):%Y-%m-%d}"
        subject = f"budget/{book.whose or ''}/{book.period}/{period}"
        used = f"${book.spent_usd:.2f} of the ${book.cap_usd:.2f} that may be spent in a {book.period} (UTC)"
        if book.refused:
            body = f"{whose}: {used} are spent. What costs money is not sent until the next {book.period}."
            title = f"Budget reached: {whose}, {book.period}"
            yield _row(now, "budget", f"{subject}/reached", "yes", title, body)
        elif share >= NEARLY and book.period != "minute":
            body = f"{whose}: {used} are spent ({share:.0%}), at the cap probes stop."
            title = f"Budget {share:.0%} spent: {whose}, {book.period}"
            yield _row(now, "budget", f"{subject}/80", "yes", title, body)


# --- quotas -------------------------------------------------------------------------------------------------------


def of_quotas(counts: Sequence[SentCount], quotas: Mapping[str, Quota], now: datetime) -> Iterator[NewsRow]:
    """80 % of an advertised quota, used by our own requests: once a day each. `counts`: of this UTC day."""
    today = day_start(now)
    for name, quota in quotas.items():
        own = [count.requests for count in counts if count.provider == name and count.minute >= today]
        for what, limit, used in (("minute", quota.rpm, max(own, default=0)), ("day", quota.rpd, sum(own))):
            if limit is not None and used >= NEARLY * limit:
                body = (
                    f"{name}: our probes sent {used} image requests in one {what} (UTC) of the {limit:g} that are"
                    f" advertised ({used / limit:.0%}). Your own requests with this key come on top."
                )
                title = f"Quota {used / limit:.0%} used: {name}, {what}"
                yield _row(now, "quota_80", f"quota/{name}/{what}/{today:%Y-%m-%d}", "yes", title, body)


def of_told_quotas(told: Sequence[ToldQuota], now: datetime) -> Iterator[NewsRow]:
    """80 % of a quota used by whoever uses the key, as the provider's own headers said: once a day each."""
    for one in told:
        used = 1.0 - one.remaining / one.limit
        if used < NEARLY - 1e-9:
            continue
        reset = "" if one.reset_s is None else f"; it resets {one.reset_s:.0f} s later"
        body = (
            f"{one.provider}: its own headers said at {_utc(one.sent_at)} that {one.remaining:g} of {one.limit:g}"
            f" requests were left{reset}. That counts everybody who uses this key."
        )
        title = f"Quota {used:.0%} used: {one.provider}, by its own headers"
        yield _row(now, "quota_80", f"quota/{one.provider}/told/{day_start(now):%Y-%m-%d}", "yes", title, body)


# --- outages ------------------------------------------------------------------------------------------------------


def of_transitions(rows: Sequence[TransitionRow]) -> Iterator[NewsRow]:
    """An incident that was confirmed, and its end, under their own ids."""
    for row in rows:
        if row.state == "opened":
            title = f"Down: {row.provider}"
            body = f"{row.provider} fails since {_utc(row.since_at)} ({row.kinds}): {row.why}"
        elif row.state == "closed":
            title = f"Up again: {row.provider}"
            body = (
                f"{row.provider} answers again at {_utc(row.happened_at)}, after it failed since {_utc(row.since_at)}."
            )
        else:
            continue
        state = "down" if row.state == "opened" else UP
        yield NewsRow(row.transition_id, "down", f"outage/{row.provider}", state, row.happened_at, title, body)


def of_judged_outages(judged: Mapping[str, Any], now: datetime) -> Iterator[NewsRow]:
    """As judged for the site, where no incident is followed: down when two probes in a row failed, up when served."""
    for name, said in judged.get("providers", {}).items():
        lasting = [one for one in said.get("incidents", ()) if one["open"] and one["failures"] >= CONFIRMED_BY]
        if lasting:
            body = f"{name} fails since {lasting[-1]['start_latest']} ({lasting[-1]['seen_as']})."
            yield _row(now, "down", f"outage/{name}", "down", f"Down: {name}", body)
        elif said.get("state") == "serving":
            body = f"{name} answers again, since {said.get('state_since') or 'a while'}."
            yield _row(now, "down", f"outage/{name}", UP, f"Up again: {name}", body)


# --- claims -------------------------------------------------------------------------------------------------------


def of_judged_claims(judged: Mapping[str, Any], now: datetime) -> Iterator[NewsRow]:
    """Claims that the numbers refute; what they say of the others is kept quiet."""
    for name, said in judged.get("providers", {}).items():
        for claim in said.get("claims", ()):
            promise = claim.get("title") or f"{claim['metric']} {claim['op']} {claim['value']}"
            about = "/".join(str(claim.get(part) or "") for part in ("metric", "op", "value", "definition", "size"))
            is_refuted = claim["verdict"] == "refuted"
            source = f" Promised: {claim['source']}" if claim.get("source") else ""
            yield _row(
                now,
                "claim_refuted" if is_refuted else QUIET,
                f"claim/{name}/{about}",
                claim["verdict"],
                f"Claim refuted: {name}, {promise}" if is_refuted else f"{name}, {promise}: {claim['verdict']}",
                f"{name}: {promise}: {claim['reason']}.{source}",
            )


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"

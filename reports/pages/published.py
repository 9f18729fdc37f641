"""What a provider publishes of itself, with source and date; what was read long ago is marked as stale, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitor.judge.facts import ProviderFacts, is_stale
from reports import words
from reports.pages import promised
from reports.pages.view import Scene, Subject

UNDATED = "not dated"


@dataclass(frozen=True, slots=True)
class Promise:
    """A price, a rate or a claim as it was read. `stale`: what to write beside it; None where it is young enough."""

    what: str
    value: str
    source: str
    read_on: str
    stale: str | None


@dataclass(frozen=True, slots=True)
class Quoted:
    """One provider in the comparison of what is published; `why_not` where there is nothing to measure."""

    name: str
    href: str | None
    prices: str
    read_on: str
    promises: str
    stale: str | None
    why_not: str | None = None


def stale_mark(seen_on: date | None, now: datetime) -> str | None:
    """`stale: read 120 days ago`; None where it is young, or where nobody said when it was read."""
    today = now.date()
    return f"stale: read {(today - seen_on).days} days ago" if seen_on and is_stale(seen_on, today) else None


def promises(subject: Subject, now: datetime) -> tuple[Promise, ...]:
    """Prices by size, the advertised rate, and every claim."""
    return tuple(_promises(subject.facts, now))


def quoted(scene: Scene) -> tuple[Quoted, ...]:
    """All providers with a published price or promise, and those that cannot be measured."""
    told = [s for s in scene.subjects if s.facts.listed or s.facts.claims]
    return (
        *(_quoted(subject, scene.now) for subject in told),
        *(Quoted(name, None, "–", "–", "–", None, f"{why}: not measurable") for name, why in _unmeasured(scene)),
    )


def _unmeasured(scene: Scene) -> list[tuple[str, str]]:
    return sorted(scene.not_measurable.items())


def _promises(facts: ProviderFacts, now: datetime) -> Iterator[Promise]:
    for price in facts.listed:
        shown = f"${_usd(price.usd)} per image"
        yield _promise(f"Price at {price.size}", shown, price.source, price.seen_on, now)
    if facts.advertised_rpm is not None:
        shown = f"{facts.advertised_rpm:,.10g} requests a minute"
        yield _promise("Rate", shown, facts.advertised_source, facts.advertised_seen_on, now)
    for claim in facts.claims:
        yield _promise(promised.what(claim), promised.value(claim), claim.source, claim.seen_on, now)


def _promise(what: str, value: str, source: str | None, seen_on: date | None, now: datetime) -> Promise:
    return Promise(what, value, source or words.NOT_KNOWN, read_on([seen_on]), stale_mark(seen_on, now))


def _quoted(subject: Subject, now: datetime) -> Quoted:
    facts = subject.facts
    dates = [price.seen_on for price in facts.listed] + [claim.seen_on for claim in facts.claims]
    stale = [seen for seen in dates if seen and is_stale(seen, now.date())]
    return Quoted(
        name=subject.name,
        href=subject.page,
        prices=", ".join(f"{_usd(p.usd)} at {p.size}" for p in facts.listed) or words.NOT_KNOWN,
        read_on=read_on(dates),
        promises=words.count(len(facts.claims)) if facts.claims else "none",
        stale=_how_stale(stale, len(dates), now),
    )


def _how_stale(stale: Sequence[date], of: int, now: datetime) -> str | None:
    """How many of the dates are too old, and how old the oldest is; None where none is."""
    if not stale:
        return None
    return f"{len(stale)} of {of} stale: the oldest read {(now.date() - min(stale)).days} days ago"


def read_on(dates: Sequence[date | None]) -> str:
    """The oldest of the dates, with its year: what is old stays old in print."""
    oldest = min((seen for seen in dates if seen), default=None)
    return UNDATED if oldest is None else f"{oldest.day} {oldest:%b %Y}"


def _usd(value: float) -> str:
    """As it was published, without zeros that nobody wrote."""
    return f"{value:.6g}"

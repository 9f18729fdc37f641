"""Promises whose verdict changed since the week before; pure."""

from collections import Counter
from collections.abc import Iterator, Sequence

from monitor.judge.result import Judgement
from monitor.judge.verdicts import ClaimVerdict
from reports import words
from reports.mail.figures import clean
from reports.mail.page import Flip, Flips
from reports.pages import promised
from reports.pages.verdicts import LOOKS, look

MOST_ROWS = 20
Key = tuple[str, str, str, str | None, str | None, str | None]


def flips(week: Judgement, before: Judgement | None, last: str) -> Flips:
    """What was `undecided` and is `refuted`, and so on, against the verdicts at the end of `last`."""
    now = [(name, claim) for name, said in week.providers.items() for claim in said.claims]
    if not now:
        return Flips("No promise is known to hold anybody to.", "", ())
    old = {} if before is None else {(name, *_key(claim)): claim.verdict for name, claim in _claims(before)}
    changed = [(name, claim, old[name, *_key(claim)]) for name, claim in now if (name, *_key(claim)) in old]
    rows = [_flip(name, claim, was) for name, claim, was in changed if was != claim.verdict]
    rows.sort(key=lambda row: (row.kind != "refuted", row.name))
    compared = words.plural(len(changed), "promise")
    if not changed:
        summary = f"There is no verdict of {last} to compare with."
    elif not rows:
        summary = f"No verdict on {compared} changed since {last}."
    else:
        summary = f"{words.count(len(rows))} of {compared} judged otherwise than at the end of {last}."
        summary += f" The first {MOST_ROWS} are listed." if len(rows) > MOST_ROWS else ""
    refuted = sum(row.kind == "refuted" for row in rows)
    return Flips(summary, _tally(now), tuple(rows[:MOST_ROWS]), len(rows), refuted)


def headline(found: Flips) -> list[str]:
    """`2 promises refuted`, for the subject."""
    return [f"{words.plural(found.refuted, 'promise')} newly refuted"] if found.refuted else []


def _claims(of: Judgement) -> Iterator[tuple[str, ClaimVerdict]]:
    return ((name, claim) for name, said in of.providers.items() for claim in said.claims)


def _key(claim: ClaimVerdict) -> Key:
    return claim.metric, claim.op, str(claim.value), claim.definition, claim.size, claim.source


def _flip(name: str, claim: ClaimVerdict, was: str) -> Flip:
    return Flip(
        name=clean(name),
        promise=title(claim),
        was=look(was).word,
        now=look(claim.verdict).word,
        kind=claim.verdict,
        why=clean(claim.reason, 240),
    )


def title(claim: ClaimVerdict) -> str:
    """`Uptime: at least 99.9 %`; a promise that is a yes needs no value."""
    named = promised.what(claim)
    return clean(named if isinstance(claim.value, bool) else f"{named}: {promised.value(claim)}", 120)


def _tally(of: Sequence[tuple[str, ClaimVerdict]]) -> str:
    """`All 24 promises: 6 confirmed, 7 refuted, 8 undecided, 3 not testable.`."""
    n = Counter(look(claim.verdict).word for _, claim in of)
    parts = [f"{words.count(n[kind.word])} {kind.word}" for kind in LOOKS.values() if n[kind.word]]
    return f"{'All ' if len(of) > 1 else ''}{words.plural(len(of), 'promise')}: {', '.join(dict.fromkeys(parts))}."

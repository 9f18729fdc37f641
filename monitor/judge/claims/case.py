"""What a promise is judged by, and what is found: the form of every function of this folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from monitor.judge.clauses.measure import Window
from monitor.judge.columns import SECOND, Rows, instant
from monitor.judge.cost import price_then
from monitor.judge.facts import Claim, ProviderFacts
from monitor.judge.result import Incident, RateLimit
from monitor.judge.ruling import UNDECIDED, Ruling
from monitor.judge.sla import Terms
from monitor.judge.timeline import Timeline
from monitor.judge.verdicts import Estimate, Reading

DAY = 86_400 * SECOND
RECENT = 30 * DAY  # of which the present rate of images is taken


@dataclass(frozen=True, slots=True)
class Case:
    """One provider from its first row to `until` (microseconds): promises are of the provider, not of a window."""

    begin: int  # the first row, from which looks and blocks count
    rows: Rows  # without those that are routine
    line: Timeline
    until: int
    facts: ProviderFacts
    terms: Sequence[Terms]  # the clauses with the requests that each counts
    incidents: Sequence[Incident]
    limit: RateLimit

    @property
    def window(self) -> Window:
        """All of it, as clauses take it."""
        return Window(self.line, self.begin, self.until, self.facts.maintenance)

    def images(self, size: str | None = None) -> Rows:
        """Scheduled image requests, of one size where one is named."""
        which = self.rows.probe.isin("baseline") & self.rows.scheduled
        return self.rows.take(which & self.rows.size.isin(size) if size else which)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of one promise; the fields are those of `ClaimVerdict`."""

    verdict: str
    reason: str
    testable: str
    needs: str | None = None
    estimate: Estimate | None = None
    looks: int | None = None
    alpha: float | None = None
    coverage: float | None = None
    p_refuted: float | None = None  # None: no matter of chance
    readings: tuple[Reading, ...] = ()


def bound_of_none(n: int) -> float:
    """What share is excluded at 95 % where none of `n` was seen: 1 - 0.05^(1/n)."""
    return float(1.0 - 0.05 ** (1.0 / n)) if n else 1.0


def allowed_share(claim: Claim) -> float:
    """The number that the claim names."""
    return float(claim.value)


def day_of(moment: int | datetime) -> str:
    """`2026-11-22`, UTC."""
    at = moment if isinstance(moment, datetime) else instant(moment)
    return f"{at:%Y-%m-%d}"


def percent(share: float) -> str:
    """`99.9 %`, `0.0967 %`: three digits of what is missing or there, without zeros that say nothing."""
    return f"{share * 100:.6g} %" if share < 0.01 or share > 0.99 else f"{share * 100:.4g} %"


def rounded(share: float) -> str:
    """`0.124 %`: three significant digits."""
    return f"{share * 100:.3g} %"


def many(count: int, noun: str) -> str:
    """`1 outage`, `3 outages`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def chance(ruling: Ruling) -> str:
    """How unlikely the data are if the promise is kept."""
    odds = 1.0 / max(ruling.p_refuted, 1e-12)
    how = "a bet that is always on" if ruling.by_bet else f"look {ruling.looks}" if ruling.looks == 1 else "a look"
    shown = "a million" if odds > 1e6 else f"{odds:,.0f}"
    when = f"by {how}, on {day_of(ruling.refuted_at or 0)}"
    return f"{when}; of the promises that are kept, fewer than one in {shown} comes to that"


def next_look(case: Case, looks_at: int) -> str:
    """`the first look is on 2026-12-22`."""
    return f"the next look is on {day_of(looks_at)}, in {days(max(looks_at - case.until, 0) / DAY)}"


def days(of_them: float, more: str = "") -> str:
    """`12 days`, `1 more day`, `less than one day`."""
    shown = f"{of_them:,.0f}"
    return f"less than one {more}day" if of_them < 1 else f"{shown} {more}{'day' if shown == '1' else 'days'}"


def images_cost(case: Case, days: float) -> str:
    """`about 6,900 images, $400 at the list price and the present rate`; nothing where no images are asked for."""
    images = case.images()
    recent = images.between(max(case.until - RECENT, case.begin), case.until)
    recent = recent.take(recent.sent)
    span = max(min(RECENT, case.until - case.begin), 1) / DAY
    if not len(recent):
        return ""
    usd = float(np.nansum(price_then(recent, case.facts)))
    count = f"about {len(recent) / span * days:,.0f} images"
    return (
        f"{count}, {dollars(usd / span * days)} at the list price, at the present rate"
        if usd
        else f"{count} at the present rate"
    )


def dollars(usd: float) -> str:
    """`$5.86`, `$2,236`."""
    return f"${usd:,.0f}" if usd >= 100 else f"${usd:,.2f}"


def with_cost(case: Case, days: float, what: str) -> str:
    """A need in days, and what that comes to in images and USD."""
    cost = images_cost(case, days)
    return f"{what} ({cost})" if cost else what


def nothing(testable: str, reason: str, needs: str | None) -> Finding:
    """Undecided, because there is nothing to judge by yet."""
    return Finding(UNDECIDED, reason, testable, needs)

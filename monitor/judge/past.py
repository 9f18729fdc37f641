"""What is known of one provider at a moment, from its first row on, whatever window is looked at.

Promises are of a provider, not of a window. So windows that end at one moment, a site's and its running week's, share
the larger part of what there is to find out, and it is found out once.
"""

from datetime import datetime
from functools import cached_property

from monitor.judge import days, error_budget, incidents, limits, recovery, sla
from monitor.judge.claims import judging
from monitor.judge.claims.case import Case
from monitor.judge.columns import NEVER, Rows, micros
from monitor.judge.compare import daily
from monitor.judge.facts import ProviderFacts
from monitor.judge.result import Day
from monitor.judge.sla import Terms
from monitor.judge.timeline import Timeline, timeline
from monitor.judge.verdicts import ClaimVerdict, ErrorBudget, Estimate
from monitor.judge.window import Window


class Past:
    """What was known at the end of a window; each thing is found out when it is first asked for."""

    def __init__(self, name: str, rows: Rows, facts: ProviderFacts, of: Window) -> None:
        """`rows` are all of the provider, sorted by time."""
        self.name, self.rows, self.facts = name, rows, facts
        self._since, self._end, self._as_of = micros(of.since), micros(of.until), of.as_of

    @cached_property
    def telling(self) -> Rows:
        """The rows that are not routine."""
        return self.rows.take(~self.rows.routine)

    @cached_property
    def line(self) -> Timeline:
        """From the first row to now; from the beginning of the window where there is no row."""
        horizon = max(self._end, micros(self._as_of))
        return timeline(self.rows, self.facts.maintenance, since=self._since, horizon=horizon)

    @cached_property
    def terms(self) -> tuple[Terms, ...]:
        """The clauses, each with the requests that it counts."""
        return sla.terms_of(self.line.every, self.facts)

    @cached_property
    def happened(self) -> tuple[incidents.Found, ...]:
        """Every outage."""
        return incidents.found(self.line)

    @cached_property
    def case(self) -> Case:
        """What promises are judged by."""
        until = min(self._end, micros(self._as_of))
        begin = int(self.rows.t[0]) if len(self.rows) else until
        known = self.telling.between(begin, until)
        seen = incidents.within(self.happened, self.line.begin, until)
        whole, limit = self.line.clip(self.line.begin, until), limits.of(known, self.facts, None)
        return Case(begin, known, whole, until, self.facts, self.terms, seen, limit)

    @cached_property
    def claims(self) -> tuple[ClaimVerdict, ...]:
        """Its promises."""
        return judging.judge(self.case, self._as_of.date())

    @cached_property
    def process(self) -> Estimate | None:
        """How available it is meant to be."""
        return judging.process(self.case)

    @cached_property
    def budget(self) -> ErrorBudget | None:
        """What is left of the error budget."""
        return error_budget.of(self.line, self.rows, error_budget.objective(self.facts), self._end)

    @cached_property
    def days(self) -> tuple[Day, ...]:
        """The last 90."""
        return days.of(self.line, self._as_of)

    @cached_property
    def series(self) -> tuple[daily.Series, ...]:
        """The last two weeks, day by day."""
        return tuple(daily.of(self.name, self.rows, self.facts, self._end))

    @cached_property
    def seen(self) -> recovery.Seen:
        """All that tells of health."""
        return recovery.seen(self.rows)


class Pasts:
    """Of one provider, at any moment; the same moment is the same object."""

    def __init__(self, name: str, rows: Rows, facts: ProviderFacts) -> None:
        """`rows` are all of the provider, sorted by time."""
        self.name, self.rows, self.facts = name, rows, facts
        self._made: dict[tuple[int, datetime, datetime], Past] = {}

    def at(self, of: Window, *, before: datetime | None = None) -> Past:
        """At the end of a window, by the rows planned `before` then; by all where that is not given."""
        rows = self.rows if before is None else self.rows.between(NEVER, micros(before))
        if not len(rows):
            return Past(self.name, rows, self.facts, of)
        return self._made.setdefault((len(rows), of.until, of.as_of), Past(self.name, rows, self.facts, of))

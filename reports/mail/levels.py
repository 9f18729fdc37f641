"""Service levels: this month so far, what is left of the error budget, and credits that can be claimed; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.judge.result import Judgement, ProviderJudgement
from monitor.judge.verdicts import ErrorBudget, SlaResult
from reports import words
from reports.mail.figures import MONTHS, clean
from reports.mail.page import Level
from reports.pages.promised import DEFINITIONS, UNITS
from reports.words import Shown

LONG_H = 3  # from here on hours are easier to read than minutes
_VERDICTS = {"met": "met", "not_met": "not met", "undecided": "not decided"}


@dataclass(frozen=True, slots=True)
class Credit:
    """A month in which a provider did not keep its agreement, and until when that can be claimed."""

    name: str
    month: str  # 2026-10
    result: SlaResult

    @property
    def sentence(self) -> str:
        """`Claim Cedar's credit for October 2026 until 30 Nov 2026: 10 % of the bill. It had 98.93 % ...`."""
        result = self.result
        much = f"{result.credit_percent:g} % of the bill" if result.credit_percent else "how much is not configured"
        until = f" until {_day(result.claim_by)}" if result.claim_by else ""
        had = f"{_percent(result.value)} against {_target(result.target)} by {_clause(result)}"
        return f"Claim {clean(self.name)}'s credit for {month_name(self.month)}{until}: {much}. It had {had}."


def month_name(key: str) -> str:
    """`Oct 2026`."""
    year, number = key.split("-")
    return f"{MONTHS[int(number) - 1]} {year}"


def _day(of: date) -> str:
    return f"{of.day} {MONTHS[of.month - 1]} {of.year}"


def _clause(result: SlaResult) -> str:
    return DEFINITIONS.get(result.definition, clean(result.definition, 32))


def _target(share: float | None) -> str:
    """As it is promised: `99.5 %`."""
    return words.NOT_KNOWN if share is None else UNITS["uptime"].one(share)


def _percent(share: float | None) -> str:
    return words.NOT_KNOWN if share is None else f"{words.availability(share, None, None).value} %"


# --- credits --------------------------------------------------------------------------------------------------


def credits_(week: Judgement, today: date) -> tuple[Credit, ...]:
    """What can still be claimed on `today`, the most urgent first."""
    found = [credit for name, said in week.providers.items() for credit in _credits(name, said, today)]
    return tuple(sorted(found, key=lambda credit: (credit.result.claim_by or date.max, credit.name, credit.month)))


def _credits(name: str, said: ProviderJudgement, today: date) -> Iterator[Credit]:
    for month, results in said.sla_by_month.items():
        for result in results:
            owed = result.promised and result.verdict == "not_met" and result.credit_percent != 0
            if owed and (result.credit_percent or result.claim_by) and (result.claim_by or today) >= today:
                yield Credit(name, month, result)


def headline(found: Sequence[Credit]) -> list[str]:
    """`1 credit to claim until 30 Nov 2026`, for the subject."""
    if not found:
        return []
    first = found[0].result.claim_by
    until = "" if first is None else f" until {_day(first)}" if len(found) == 1 else f", the first until {_day(first)}"
    return [f"{words.plural(len(found), 'credit')} to claim{until}"]


# --- this month -----------------------------------------------------------------------------------------------


def levels(providers: Mapping[str, ProviderJudgement]) -> tuple[Level, ...]:
    """A row for each agreement of each provider; where there is a budget alone, one for that."""
    return tuple(row for name, said in providers.items() for row in _levels(name, said))


def _levels(name: str, said: ProviderJudgement) -> Iterator[Level]:
    month = max(said.sla_by_month, default=None)
    results = [result for result in said.sla_by_month[month] if result.promised] if month else []
    left, note = _left(said.availability.budget)
    for number, result in enumerate(results):
        what = f"{_target(result.target)} by {_clause(result)}"
        so_far = f"{month_name(month or '')} so far: {_VERDICTS[result.verdict]}"
        yield Level(clean(name), what, _value(result), so_far, left if not number else "", note if not number else "")
    if not results and said.availability.budget is not None:
        unknown = Shown(words.NOT_KNOWN, known=False)
        yield Level(clean(name), f"{_target(said.availability.budget.slo)}, 30 days", unknown, "", left, note)


def _value(result: SlaResult) -> Shown:
    if result.value is None:
        return Shown(words.NOT_KNOWN, known=False)
    shown = words.availability(result.value, None, None, "no failure")
    if result.worst is None or result.worst >= result.value:
        return shown
    return Shown(shown.value, f"{words.availability(result.worst, None, None).value} if unknown was bad")


def _left(budget: ErrorBudget | None) -> tuple[str, str]:
    """What is left of the budget in minutes, rounded down, and what of it is not known."""
    if budget is None:
        return "no budget", ""
    whole = words.near(budget.budget_s / 60, 1)
    unknown_s = budget.spent_worst_s - budget.spent_s
    note = f"{words.ceil(unknown_s / 60, 1)} min unknown, not counted" if unknown_s >= 60 else ""
    if budget.left_s < 0:
        return f"{_over(-budget.left_s)} over the {whole} min", note
    return f"{words.floor(budget.left_s / 60, 1)} of {whole} min", note


def _over(seconds: float) -> str:
    """Rounded up; hours where minutes would be hard to read."""
    hours = seconds / 3600
    return f"{words.ceil(hours, 1)} h" if hours >= LONG_H else f"{words.ceil(seconds / 60, 1)} min"


def without(providers: Mapping[str, ProviderJudgement]) -> str | None:
    """Who owes no uptime at all."""
    named = {level.name for level in levels(providers)}
    names = [clean(name) for name in providers if clean(name) not in named]
    return f"No uptime is promised by {words.listed(names)}." if names else None

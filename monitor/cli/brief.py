"""A judgement on two screens, in the order in which people act: the finding, promises, then numbers. Pure."""

from collections import Counter
from collections.abc import Iterator

from rich.markup import escape

from monitor.cli.judging import NOTHING, Table, between, percent, rate, seconds, uptime
from monitor.cli.promises import WORDS, estimate_in_words
from monitor.judge.result import Judgement
from monitor.judge.verdicts import ClaimVerdict

_FIRST = ("refuted", "void", "undecided", "not_testable", "not_refuted_up_to", "confirmed")  # of most concern first
_STATES = (("failing", "red", "fail now"), ("unknown", "yellow", "are not known: nobody looked lately"))


def findings(judgement: Judgement) -> Iterator[str]:
    """Who fails, which promises are broken, and whom to sign: a line each; Rich markup."""
    yield from _states(judgement)
    verdicts = Counter(claim.verdict for said in judgement.providers.values() for claim in said.claims)
    if verdicts:
        tally = ", ".join(f"{verdicts[verdict]} {WORDS[verdict]}" for verdict in _FIRST if verdicts[verdict])
        yield f"{_many(sum(verdicts.values()), 'promise')}: {tally}."
    broken = [
        f"{escape(name)} ({result.definition}, {percent(result.value)} % of {percent(result.target)} %)"
        for name, said in judgement.providers.items()
        for result in said.sla
        if result.promised and result.verdict == "not_met"
    ]
    if broken:
        yield f"[red]Service level not met:[/red] {', '.join(broken)}."
    for advice in judgement.recommendations:
        if advice.priority == "balanced" and advice.primary:
            backup = f", with {escape(advice.backup)} as backup" if advice.backup else ""
            yield f"A balanced choice: {escape(advice.primary)}{backup}."


def _states(judgement: Judgement) -> Iterator[str]:
    for state, colour, verb in _STATES:
        names = [escape(name) for name, said in judgement.providers.items() if said.state == state]
        if names:
            said = verb if len(names) > 1 else verb.replace("fail ", "fails ").replace("are ", "is ")
            yield f"[{colour}]{', '.join(names)} {said}.[/{colour}]"
    serving = sum(said.state == "serving" for said in judgement.providers.values())
    if serving and serving == len(judgement.providers):
        yield f"[green]{f'All {serving} providers serve' if serving > 1 else 'It serves'} now.[/green]"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


# --- promises -------------------------------------------------------------------------------------------------


def promises(judgement: Judgement) -> Iterator[str]:
    """A line for each, the broken ones first and with their reason."""
    each = [(name, claim) for name, said in judgement.providers.items() for claim in said.claims]
    for name, claim in sorted(each, key=lambda one: _FIRST.index(one[1].verdict)):
        measured = "" if claim.estimate is None else f": {estimate_in_words(claim, claim.estimate)}"
        stale = " (read more than 90 days ago)" if claim.stale else ""
        yield f"{WORDS[claim.verdict]}  {escape(name)}, {escape(claim.title)}{stale}{measured}"
        if _is_final(claim):
            yield f"    {escape(claim.reason)}"


def _is_final(claim: ClaimVerdict) -> bool:
    return claim.verdict in {"refuted", "confirmed", "void"}


# --- numbers --------------------------------------------------------------------------------------------------


def tables(judgement: Judgement) -> tuple[Table, ...]:
    """What tells providers apart; a table without rows is left out."""
    made = (_uptime(judgement), _levels(judgement), _wait(judgement), _changes(judgement), _advice(judgement))
    return tuple(table for table in made if table.rows)


def _uptime(judgement: Judgement) -> Table:
    columns = ["provider", "now", "uptime %", "95 %", "images %", "n", "outages", "accepted rpm"]
    rows = []
    for name, said in judgement.providers.items():
        time, user = said.availability.time, said.availability.user
        rows.append([
            escape(name), said.state, uptime(time.value), between(time.low, time.high), percent(user.value),
            f"{user.of:,}", str(len(said.incidents)), rate(said.rate_limit),
        ])  # fmt: skip
    return Table("Uptime of the time known, images that succeeded", columns, rows, columns[2:])


def _wait(judgement: Judgement) -> Table:
    columns = ["provider", "size", "p50 s", "95 %", "p95 s", "95 %", "n", "$/usable"]
    rows = []
    for name, said in judgement.providers.items():
        for size, took in said.latency_ms.items():
            each = said.cost.by_size.get(size)
            usd = NOTHING if each is None else f"{each.value:.4f}"
            rows.append([escape(name), size, *seconds(took.p50), *seconds(took.p95), f"{took.n:,}", usd])
    return Table("Wait, planned start to last byte, of successes; cost of a usable image", columns, rows, columns[2:])


def _levels(judgement: Judgement) -> Table:
    """What is owed, and the minutes that the objective leaves."""
    columns = ["provider", "promised", "by", "uptime %", "at worst %", "verdict", "budget min", "left"]
    rows = []
    for name, said in judgement.providers.items():
        budget = said.availability.budget
        left = [NOTHING] * 2 if budget is None else [f"{s / 60:,.1f}" for s in (budget.budget_s, budget.left_s)]
        owed = [result for result in said.sla if result.promised]
        rows += [
            [
                escape(name), percent(one.target), one.definition, percent(one.value), percent(one.worst),
                one.verdict.replace("_", " "), *left,
            ]
            for one in owed
        ]  # fmt: skip
        if not owed and budget is not None:
            rows.append([escape(name), percent(budget.slo), "any", NOTHING, NOTHING, NOTHING, *left])
    right = ["promised", "uptime %", "at worst %", "budget min", "left"]
    return Table("Service levels, and error budgets of the last 30 days", columns, rows, right)


def _advice(judgement: Judgement) -> Table:
    rows = [
        [one.priority.replace("_", " "), escape(one.primary or "nobody"), escape(one.backup or NOTHING)]
        for one in judgement.recommendations
    ]
    return Table("Whom to sign", ["priority", "primary", "backup"], rows, [])


def _changes(judgement: Judgement) -> Table:
    from monitor.cli.side_by_side import change_row  # noqa: PLC0415 - both draw from judging

    rows = [change_row(one)[:4] for one in judgement.changes if one.verdict == "changed"]
    return Table("Changed since the week before", ["provider", "number", "week before", "last week"], rows, [])

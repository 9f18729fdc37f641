"""A judgement on two screens, in the order in which people act: the finding, promises, then numbers. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping

from rich.markup import escape

from monitor.cli.judging import NOTHING, Table, between, percent, rate, seconds, uptime
from monitor.cli.promises import WORDS, estimate_in_words
from monitor.judge.result import Judgement
from monitor.judge.verdicts import ClaimVerdict, Estimate

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
    made = (
        _uptime(judgement),
        _levels(judgement),
        _wait(judgement),
        _bought(judgement),
        _changes(judgement),
        _advice(judgement),
    )
    return tuple(table for table in made if table.rows)


def _uptime(judgement: Judgement) -> Table:
    columns = ["provider", "now", "uptime %", "95 %", "images %", "n", "outages"]
    rows = []
    for name, said in judgement.providers.items():
        time, user = said.availability.time, said.availability.user
        rows.append([
            escape(name), said.state, uptime(time.value), between(time.low, time.high), percent(user.value),
            f"{user.of:,}", str(len(said.incidents)),
        ])  # fmt: skip
    return Table("Uptime of the time known, images that succeeded", columns, rows, columns[2:])


def _wait(judgement: Judgement) -> Table:
    columns = ["provider", "size", "p50 s", "95 %", "p95 s", "95 %", "n"]
    rows = []
    for name, said in judgement.providers.items():
        for size, took in said.latency_ms.items():
            rows.append([escape(name), escape(size), *seconds(took.p50), *seconds(took.p95), f"{took.n:,}"])
    return Table("Wait, planned start to last byte, of successes", columns, rows, columns[2:])


def _bought(judgement: Judgement) -> Table:
    """What is accepted, and what a usable image costs, by size where that differs."""
    rows = [
        [escape(name), rate(said.rate_limit), _usd(said.cost.by_size), f"{said.cost.spent_usd:,.2f}"]
        for name, said in judgement.providers.items()
    ]
    columns = ["provider", "accepted rpm", "$ of a usable image", "spent $"]
    return Table("Rate and cost", columns, [row for row in rows if row[1:] != [NOTHING, NOTHING, "0.00"]], columns[1:])


def _usd(by_size: Mapping[str, Estimate]) -> str:
    """`0.1340`, or `1K 0.0580, 4K 0.1200`."""
    each = {size: f"{estimate.value:.4f}" for size, estimate in by_size.items()}
    if len(set(each.values())) <= 1:
        return next(iter(each.values()), NOTHING)
    return ", ".join(f"{escape(size)} {usd}" for size, usd in each.items())


def _levels(judgement: Judgement) -> Table:
    """What is owed, and the minutes that the objective leaves."""
    columns = ["provider", "promised", "by", "uptime %", "worst %", "verdict", "minutes left"]
    rows = []
    for name, said in judgement.providers.items():
        budget = said.availability.budget
        left = NOTHING if budget is None else f"{budget.left_s / 60:,.1f} of {budget.budget_s / 60:,.1f}"
        owed = [result for result in said.sla if result.promised]
        rows += [
            [
                escape(name), percent(one.target), one.definition, uptime(one.value), percent(one.worst),
                one.verdict.replace("_", " "), left,
            ]
            for one in owed
        ]  # fmt: skip
        if not owed and budget is not None:
            rows.append([escape(name), percent(budget.slo), "any", NOTHING, NOTHING, NOTHING, left])
    right = ["promised", "uptime %", "worst %", "minutes left"]
    return Table("Service levels, and what is left of the error budget of 30 days", columns, rows, right)


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

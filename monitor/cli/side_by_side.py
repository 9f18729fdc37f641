"""Providers side by side on the terminal: comparisons, tiers, pairs, changes, money, whom to sign. Pure."""

from collections.abc import Collection
from dataclasses import replace

from rich.markup import escape

from monitor.cli.judging import NOTHING, Table, between, percent
from monitor.judge.cost import VOLUMES, main_size
from monitor.judge.result import Judgement
from monitor.judge.verdicts import Change, Comparison, Estimate

_VERDICTS = {
    "different": "different",
    "no_difference": "no difference seen",
    "not_judged": "not judged",
    "changed": "changed",
    "no_change_seen": "no change seen",
}
_SHARES = ("uptime", "errors")


def tables(judgement: Judgement) -> tuple[Table, ...]:
    """Everything that sets two providers, or two weeks, against one another; a table without rows is left out."""
    made = (
        _comparisons(judgement),
        _tiers(judgement),
        _pairs(judgement),
        _money(judgement),
        _changes(judgement),
        _recommended(judgement),
    )
    return tuple(table for table in made if table.rows)


def _comparisons(judgement: Judgement) -> Table:
    columns = ["a", "b", "size", "a takes times b", "95 %", "verdict", "blocks", "days", "why"]
    rows = [
        [
            escape(one.a), escape(one.b), one.size, *_ratio(one.ratio), _VERDICTS[one.verdict],
            f"{one.blocks:,}", str(one.days), escape(_why(one)),
        ]
        for one in judgement.comparison
    ]  # fmt: skip
    return Table("On the same blocks: time to an image, failures as infinitely slow", columns, rows, columns[3:5])


def _why(one: Comparison) -> str:
    p = "" if one.p_value is None else f"p {'< 0.001' if one.p_value < 0.001 else f'= {one.p_value:.3f}'}; "
    return f"{p}{one.reason}"


def _ratio(estimate: Estimate | None) -> tuple[str, str]:
    if estimate is None:
        return NOTHING, NOTHING
    ends = (NOTHING if end is None else f"{end:.2f}" for end in (estimate.low, estimate.high))
    return f"{estimate.value:.2f}", " to ".join(ends)  # an end that lies among the failures is open


def _tiers(judgement: Judgement) -> Table:
    words = {"time_to_image": "time to an image", "uptime": "uptime", "usd_per_usable": "cost of a usable image"}
    rows = []
    for one in judgement.tiers:
        what = f"{words[one.metric]}{f', {one.size}' if one.size else ''}"
        groups = "; then ".join(", ".join(map(escape, group)) for group in one.groups)
        rows.append([what, groups or "no ranking", escape(one.reason or "")])
    return Table("Tiers, best first: who cannot be told apart stands together", ["by", "tiers", "why not"], rows, [])


def _pairs(judgement: Judgement) -> Table:
    columns = ["primary", "backup", "alone %", "backup alone %", "together %", "95 %", "blocks"]
    rows = [
        [
            escape(one.primary), escape(one.backup), percent(one.primary_good / one.blocks),
            percent(one.backup_good / one.blocks), percent(one.value), between(one.low, one.high), f"{one.blocks:,}",
        ]
        for one in judgement.pairs
    ]  # fmt: skip
    return Table("Primary and backup: served by either on the same blocks", columns, rows, columns[2:])


def _money(judgement: Judgement) -> Table:
    months = [f"{volume // 1000}k a month $" for volume in VOLUMES]
    columns = ["provider", "size", "$/usable", "95 %", *months, "saved %", "with worksheet $", "billed, no image"]
    rows = []
    for name, said in judgement.providers.items():
        cost, total = said.cost, said.cost.total_usd_per_usable
        for size, month in cost.monthly_usd.items():
            each, saved = cost.by_size.get(size), cost.saving_by_size.get(size)
            rows.append([
                escape(name), size, "list price" if each is None else f"{each.value:.4f}", _dollars(each),
                *(f"{month[volume]:,.0f}" for volume in VOLUMES),
                NOTHING if saved is None else f"{100 * saved.value:.1f}",
                NOTHING if total is None or size != main_size(cost.by_size) else f"{total:.4f}",
                f"{cost.blocked_billed + cost.failed_billed:,}",
            ])  # fmt: skip
    return Table("What usable images cost; saved against the maker's list price", columns, rows, columns[2:])


def _dollars(estimate: Estimate | None) -> str:
    if estimate is None:
        return NOTHING
    low, high = (NOTHING if end is None else f"{end:.4f}" for end in (estimate.low, estimate.high))
    return f"{low} to {high}"


def _changes(judgement: Judgement) -> Table:
    columns = ["provider", "number", "week before", "last week", "verdict", "why"]
    rows = [change_row(one) for one in judgement.changes]
    return Table("The last week against the one before", columns, rows, columns[2:4])


def change_row(one: Change) -> list[str]:
    """Provider, number, before, after, verdict, why."""
    return [
        escape(one.provider), f"{one.metric}{f', {one.size}' if one.size else ''}", _number(one, one.before),
        _number(one, one.after), _VERDICTS[one.verdict], escape(one.reason),
    ]  # fmt: skip


def _number(one: Change, value: float | None) -> str:
    if value is None:
        return NOTHING
    if one.metric in _SHARES:
        return f"{percent(value)} %"
    return f"${value:.4f}" if one.metric == "cost" else f"{value / 1000:.2f} s"


def _recommended(judgement: Judgement) -> Table:
    rows = [
        [
            one.priority.replace("_", " "), escape(one.primary or "nobody"), escape(one.backup or NOTHING),
            escape(one.reason), escape(one.would_change),
        ]
        for one in judgement.recommendations
    ]  # fmt: skip
    return Table("Whom to sign", ["priority", "primary", "backup", "why", "what would change it"], rows, [])


def only(judgement: Judgement, names: Collection[str]) -> Judgement:
    """These providers, and what is said of one of them beside another; tiers and advice stay those of all."""
    return replace(
        judgement,
        providers={name: said for name, said in judgement.providers.items() if name in names},
        comparison=tuple(one for one in judgement.comparison if one.a in names or one.b in names),
        pairs=tuple(one for one in judgement.pairs if one.primary in names or one.backup in names),
        changes=tuple(one for one in judgement.changes if one.provider in names),
    )

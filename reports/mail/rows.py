"""The table of the week: one row for each provider, seven cells in each; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from monitor.judge.result import Cost, Day, Judgement, Latency, ProviderJudgement
from monitor.weeks import Week
from reports import words
from reports.mail.figures import MINUTE_S, cell_duration, clean, uptime, usd_each, window_s
from reports.mail.page import Cell, Row
from reports.words import Shown

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
USUAL_SIZE = "1K"
REACH = "reach"
DAY_S = 86_400.0

Days = Mapping[str, Sequence[Day]]


def row(judged: Judgement, name: str, days: Sequence[Day], week: Week, today: date, href: str | None) -> Row:
    """One provider of the judged week. `today` is the reader's: what lies after it is still ahead."""
    provider = judged.providers[name]
    p95, p95_of = _p95(provider.latency_ms)
    return Row(
        name=clean(name),
        href=href,
        state=provider.state,
        counted=_counted(provider),
        uptime=_uptime(provider, window_s(judged)),
        p95=p95,
        p95_of=p95_of,
        usable=_usable(provider.cost),
        cells=cells(days, week, today),
    )


def _counted(provider: ProviderJudgement) -> str:
    user = provider.availability.user
    if user.of:
        return f"{words.count(user.good)} of {words.plural(user.of, 'image')}"
    return words.plural(provider.samples, "check")


def _uptime(provider: ProviderJudgement, over_s: float) -> Shown:
    if provider.samples == 0:
        return Shown("not observed", known=False)
    return uptime(provider.availability.time, over_s)


def main_size(latency: Mapping[str, Latency]) -> str | None:
    """The size to print where there is room for one: 1K, else the one asked for most, else reach."""
    sizes = [size for size, seen in latency.items() if size != REACH and seen.n]
    if USUAL_SIZE in sizes:
        return USUAL_SIZE
    return max(sizes, key=lambda size: latency[size].n) if sizes else (REACH if REACH in latency else None)


def _p95(latency: Mapping[str, Latency]) -> tuple[Shown, str]:
    size = main_size(latency)
    if size is None:
        return Shown("not probed", known=False), ""
    of = f"{clean(size, 8)}, n {words.count(latency[size].n)}"
    p95 = latency[size].p95
    if p95 is None:
        return Shown(words.NOT_BOUNDED, known=False), of
    return words.seconds(p95.value, p95.low, p95.high), of


def _usable(cost: Cost) -> Shown:
    each = cost.usd_per_usable
    if each is not None:
        return usd_each(each)
    if cost.spent_usd > 0 and not cost.usable:
        return Shown("no image", f"for ${words.ceil(cost.spent_usd, 2)}", known=False)
    return Shown(words.NOT_KNOWN, known=False)


def cells(days: Sequence[Day], week: Week, today: date) -> tuple[Cell, ...]:
    """Monday to Sunday; a day without an entry was not observed."""
    of = {day.day: day for day in days}
    dates = [week.monday + timedelta(days=offset) for offset in range(7)]
    return tuple(
        _cell(WEEKDAYS[at.weekday()], of.get(at)) if at <= today else Cell(WEEKDAYS[at.weekday()], "ahead", ("·",), "·")
        for at in dates
    )


def whole(days: Sequence[Day], until: date) -> list[Day]:
    """UTC days before `until` with what is missing to 24 h (before the first probe) counted as unknown."""
    return [replace(day, unknown_s=day.unknown_s + _missing_s(day)) if day.day < until else day for day in days]


def _missing_s(day: Day) -> float:
    return max(0.0, DAY_S - day.up_s - day.degraded_s - day.down_s - day.unknown_s - day.excluded_s)


def _cell(weekday: str, day: Day | None) -> Cell:
    if day is None or not day.observed:
        return Cell(weekday, "none", ("no data",), "-")
    unknown = cell_duration(day.unknown_s) if day.unknown_s >= MINUTE_S else None
    if day.down_s > 0:
        down = cell_duration(day.down_s)
        return Cell(weekday, "down", (down, f"{unknown} ?") if unknown else (down,), down)
    known_s = day.up_s + day.degraded_s
    if unknown and known_s > day.unknown_s:
        return Cell(weekday, "part", ("ok", f"{unknown} ?"), f"{unknown}?")
    if unknown:
        return Cell(weekday, "unknown", (f"{unknown} ?" if known_s else "unknown",), f"{unknown}?" if known_s else "?")
    if known_s == 0 and day.excluded_s > 0:
        return Cell(weekday, "excluded", ("maint.",), "mnt")
    return Cell(weekday, "ok", ("ok",), "ok")

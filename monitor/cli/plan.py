"""`upheld plan`: what the schedule will send and cost, against the budgets, and what it can prove."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import click
from rich.markup import escape, render

from monitor.cli.common import GATE_NOT_MET, example, json_option, note, print_json, say, show_table, with_config
from monitor.config import Config
from monitor.duration import write
from monitor.provable import proofs
from monitor.provable_claims import NO, PARTLY, YES, Proof
from monitor.schedule_caps import Use, binding, excesses, uses
from monitor.schedule_clipping import LeftOut, left_out
from monitor.schedule_cost import Load, SchedulePlan, plan_schedule
from probes.clock import RealClock

MOST_DAYS = 366
MARKS = {YES: "[green]yes[/green]", PARTLY: "[yellow]partly[/yellow]", NO: "[red]no[/red]"}


@click.command(
    epilog=example(
        "upheld plan                        # the next 30 days",
        "upheld plan --days 7 --json",
        "upheld plan --days 90 --json | jq .first_cap",
        "upheld plan --json | jq .left_out  # which requests the caps will leave out",
        "upheld plan --fail-over-budget     # exit code 1 where a cap is exceeded: a gate for CI",
    )
)
@with_config
@click.option(
    "--days", type=click.IntRange(1, MOST_DAYS), default=30, show_default=True, help="UTC days from tomorrow."
)
@click.option("--fail-over-budget", is_flag=True, help="Exit with code 1 where the plan exceeds a cap.")
@json_option
def command(config: Config, *, days: int, fail_over_budget: bool, as_json: bool) -> None:
    """Price the schedule before anything is sent, and say what it can and cannot prove.

    Every request is priced as billed, so these are the most that can be spent. Nothing is sent and no key is needed.
    """
    start = RealClock().now().date() + timedelta(days=1)
    plan = plan_schedule(config, start, days)
    over, answers = excesses(config, plan), proofs(config, plan)
    clipped = left_out(config, plan)
    if as_json:
        print_json(as_data(config, plan, over, answers, clipped))
    else:
        _show(config, plan, over, answers, clipped)
    if over and fail_over_budget:
        raise click.exceptions.Exit(GATE_NOT_MET)


def _show(
    config: Config, plan: SchedulePlan, over: tuple[Use, ...], answers: tuple[Proof, ...], clipped: tuple[LeftOut, ...]
) -> None:
    say(f"{lead(config, plan)}\n")
    if plan.loads:
        columns = ["provider", "probe", "runs", "requests", "USD", "a day", "dearest", "31 days"]  # fits 80 columns
        title = f"To be sent in {len(plan.days)} UTC days from {plan.start} on, with its USD as if all was billed"
        show_table(title, columns, [*load_rows(plan), *incident_rows(config), *totals(plan)], right=columns[2:])
        click.echo()
    columns = ["cap of", "period", "USD", "asked at most", "share", "when"]
    show_table("Against the budgets", columns, [cap_row(use) for use in uses(config, plan)], right=columns[2:5])
    click.echo()
    for line in [excess_line(excess) for excess in over] or [within(config, plan)]:
        say(line)
    click.echo()
    if clipped:
        columns = ["provider", "probe", "left out", "of", "by the cap of", "from"]
        title = f"Left out by the caps in {len(plan.days)} UTC days, if all was billed and nothing else is spent"
        show_table(title, columns, [clipped_row(one) for one in clipped], right=("left out", "of"))
        click.echo()
    if answers:
        rows = [[escape(proof.question), MARKS[proof.answer], escape(proof.why)] for proof in answers]
        if_sent = ", if all of it were sent (the budget stops it before)" if over else ""
        show_table(f"What {len(plan.days)} days of it can prove{if_sent}", ["question", "answered", "why"], rows)
    for sentence in not_included(config):
        note(f"[yellow]note[/yellow] {escape(sentence)}")


def lead(config: Config, plan: SchedulePlan) -> str:
    """What a month costs against its budget, and which cap is reached first, and when."""
    first, month = binding(config, plan), plan.usd(plan.month)
    cost = f"At most ${month:,.2f} in 31 days, of the ${config.budget.usd_per_month:,.2f} that a month may cost"
    asked = f"${first.planned_usd:,.2f} of ${first.cap_usd:,.2f}"
    if first.is_over:
        return f"{cost}; {_cap(first)} is reached first, on {first.first}: {asked} are asked for."
    return f"{cost}; no cap is reached, the nearest is {_cap(first)}: {asked} ({first.share:.0%})."


def _cap(use: Use) -> str:
    return f"the {use.period}'s cap of {escape(use.whose or 'all providers')}"


def cap_row(use: Use) -> list[str]:
    """Whose, which period, cap, what is asked of it at most, its share, when."""
    share = f"[red]{use.share:.0%}[/red]" if use.is_over else f"{use.share:.0%}"
    by = f"a {use.period} of {use.probe}" if use.probe else "in 31 days" if use.period == "month" else str(use.first)
    when = f"{by}, over from {use.first} on" if use.is_over else by
    whose = escape(use.whose or "all")
    return [whose, use.period, f"{use.cap_usd:,.2f}", f"{use.planned_usd:,.2f}", share, when]


def clipped_row(one: LeftOut) -> list[str]:
    """Whose requests, how many of how many, which cap refuses them, and from when on."""
    cap = f"{escape(one.whose or 'all')}, {one.period}, ${one.cap_usd:,.2f}"
    return [escape(one.provider), one.probe, f"{one.requests:,}", f"{one.of:,}", cap, str(one.first)]


def incident_rows(config: Config) -> list[list[str]]:
    """What one incident may cost at each provider; it is in no sum, since nobody can plan incidents."""
    recovery = config.probes.recovery
    if recovery is None:
        return []
    return [
        [name, "recovery", "an incident", f"<= {images}", f"<= {recovery.max_usd_per_incident:,.2f}", "", "", ""]
        for name, provider in sorted(config.providers.items())
        for price in [provider.price(recovery.size)]
        for images in [f"{int(recovery.max_usd_per_incident / price):,}" if price else "any"]
    ]


def load_rows(plan: SchedulePlan) -> list[list[str]]:
    """A row for each provider and probe."""
    return [_row(plan, load) for load in sorted(plan.loads, key=lambda load: load.provider)]


def _row(plan: SchedulePlan, load: Load) -> list[str]:
    total = load.usd(plan.days)
    dearest = max(load.usd([day]) for day in plan.days)
    return [
        load.provider,
        load.probe,
        f"{load.begun(plan.days):,}",
        f"{load.sent(plan.days):,}",
        *(f"{usd:,.2f}" for usd in (total, total / len(plan.days), dearest, load.usd(plan.month))),
    ]


def totals(plan: SchedulePlan) -> list[list[str]]:
    """A row for each provider of several, and one for all."""
    names = list(dict.fromkeys(load.provider for load in plan.loads))
    rows: list[str | None] = [*sorted(names), None] if len(names) > 1 else [None]
    return [_total(plan, name) for name in rows]


def _total(plan: SchedulePlan, provider: str | None) -> list[str]:
    usd = plan.usd(plan.days, provider)
    requests = sum(load.sent(plan.days) for load in plan.loads if provider in {None, load.provider})
    amounts = (usd, usd / len(plan.days), plan.dearest(provider)[1], plan.usd(plan.month, provider))
    cells = ["all" if provider is None else provider, "together", "", f"{requests:,}", *(f"{a:,.2f}" for a in amounts)]
    return [f"[bold]{cell}[/bold]" if cell else "" for cell in cells]


def excess_line(excess: Use) -> str:
    """One sentence: which cap, by how much, how often, and what happens then."""
    whose = "all providers" if excess.whose is None else excess.whose
    then = "What does not fit is not sent, and shown as such."
    cap, planned = f"${excess.cap_usd:,.2f}", f"${excess.planned_usd:,.2f}"
    if excess.period == "month":
        asked = f"{planned} in 31 days against {cap} a month, used up on {excess.first}"
    elif excess.period == "day":
        often = "1 day" if excess.days == 1 else f"{excess.days} days"
        asked = f"up to {planned} against {cap} a day, on {often} from {excess.first} on"
    else:
        asked = f"up to {planned} in a {excess.period} of {excess.probe} against {cap}, from {excess.first} on"
    return f"[red]over budget[/red] {escape(whose)}: {asked}. {then}"


def within(config: Config, plan: SchedulePlan) -> str:
    """How far below its caps the plan stays."""
    day, month = plan.dearest()[1], plan.usd(plan.month)
    caps = f"${day:,.2f} of ${config.budget.usd_per_day:,.2f} on the dearest day"
    return f"[green]within budget[/green] {caps}, ${month:,.2f} of ${config.budget.usd_per_month:,.2f} in 31 days."


def not_included(config: Config) -> list[str]:
    """What may be spent beside the plan, and what the plan leaves out."""
    notes = list(config.notes())
    if recovery := config.probes.recovery:
        most = f"up to ${recovery.max_usd_per_incident:.2f} an incident"
        notes.append(
            f"recovery looks every {write(recovery.every)} while an incident is open, {most}; not included above"
        )
    return notes


# --- for machines -------------------------------------------------------------------------------------------------


def as_data(
    config: Config, plan: SchedulePlan, over: tuple[Use, ...], answers: tuple[Proof, ...], clipped: tuple[LeftOut, ...]
) -> dict[str, Any]:
    """The plan as JSON data."""
    day, dearest = plan.dearest()
    return {
        "from": plan.start.isoformat(),
        "days": len(plan.days),
        "loads": [_load_data(plan, load) for load in plan.loads],
        "providers": {
            name: {"usd": plan.usd(plan.days, name), "usd_31_days": plan.usd(plan.month, name)}
            for name in config.providers
        },
        "usd": plan.usd(plan.days),
        "usd_31_days": plan.usd(plan.month),
        "dearest_day": {"day": day.isoformat(), "usd": dearest},
        "says": render(lead(config, plan)).plain,
        "budget": config.budget.model_dump(),
        "caps": [_use_data(use) for use in uses(config, plan)],
        "first_cap": _use_data(binding(config, plan)),
        "over_budget": [_use_data(excess) for excess in over],
        "left_out": [{**asdict(one), "first": one.first.isoformat()} for one in clipped],
        "incident": _incident_data(config),
        "proofs": [asdict(proof) for proof in answers],
        "notes": not_included(config),
    }


def _load_data(plan: SchedulePlan, load: Load) -> dict[str, Any]:
    return {
        "provider": load.provider,
        "probe": load.probe,
        "runs": load.begun(plan.days),
        "requests": load.sent(plan.days),
        "usd": load.usd(plan.days),
        "usd_dearest_day": max(load.usd([day]) for day in plan.days),
        "usd_31_days": load.usd(plan.month),
    }


def _use_data(use: Use) -> dict[str, Any]:
    return {**asdict(use), "first": use.first.isoformat(), "share": use.share, "is_over": use.is_over}


def _incident_data(config: Config) -> dict[str, Any] | None:
    recovery = config.probes.recovery
    if recovery is None:
        return None
    prices = {name: provider.price(recovery.size) for name, provider in config.providers.items()}
    most = recovery.max_usd_per_incident
    return {"max_usd": most, "images": {name: int(most / price) if price else None for name, price in prices.items()}}

"""`upheld judge`: what the samples allow to say of each provider, for people and as a gate."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from monitor.cli.common import (
    GATE_NOT_MET,
    WRONG_USAGE,
    escape,
    example,
    fail,
    json_option,
    note,
    print_json,
    say,
    show_table,
    with_config,
)
from monitor.cli.lean import lean
from monitor.cli.options import WHEN, span
from probes.clock import RealClock

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.judge.result import Judgement


@click.command(
    epilog=example(
        "upheld judge",
        "upheld judge --all                 # every table, and why each verdict is what it is",
        "upheld judge wisgate --since 2026-11-01 --until 2026-12-01 --json",
        "upheld judge --fail-on refuted     # exit code 1 where a promise was not kept: a gate for CI",
    )
)
@lean
@with_config
@click.argument("providers", nargs=-1, metavar="[PROVIDER]...")
@click.option("--since", metavar="T", help=f"Rows planned at or after T: {WHEN}.  [default: the first row]")
@click.option("--until", metavar="T", help="Rows planned before T.  [default: now]")
@click.option(
    "--fail-on",
    type=click.Choice(["refuted", "undecided"]),
    help="Exit with code 1 where a promise is refuted; with `undecided`, also where one is not decided.",
)
@click.option(
    "--all", "everything", is_flag=True, help="Every table, and of every promise why and what would decide it."
)
@json_option
def command(
    config: "Config",
    providers: tuple[str, ...],
    since: str | None,
    until: str | None,
    fail_on: str | None,
    *,
    everything: bool,
    as_json: bool,
) -> None:
    """Every metric with its interval, every band, and the SLA clauses side by side, from the stored samples.

    Numbers are of rows planned in the window; time counts from a provider's first row. What is not known is said to
    be unknown, and never counted as up. Promises are judged from the provider's first row on. Nothing is sent.
    """
    from monitor.cli import judging, promises  # noqa: PLC0415 - pandas and scipy are not needed for --help
    from monitor.judge.result import to_json  # noqa: PLC0415 - as above

    now = RealClock().now()
    start, end = span(since, until, now)
    judgement = _only(judging.judged(config, now, since=start, until=end), providers)
    if as_json:
        print_json(to_json(judgement))
    else:
        _show(judgement, everything=everything)
    broken = promises.broken(judgement, fail_on) if fail_on else ()
    for line in broken:
        note(escape(line))
    if broken:
        raise click.exceptions.Exit(GATE_NOT_MET)


def _only(judgement: "Judgement", names: Sequence[str]) -> "Judgement":
    """These providers alone; a name that nobody has is wrong usage."""
    from monitor.cli import side_by_side  # noqa: PLC0415 - as above
    from monitor.rows import nearest  # noqa: PLC0415 - as above

    for name in names:
        if name not in judgement.providers:
            fail(f"no provider '{name}'{nearest(name, judgement.providers) or known(judgement.providers)}", WRONG_USAGE)
    return side_by_side.only(judgement, names) if names else judgement


def known(names: Mapping[str, object]) -> str:
    """`; known: a, b`."""
    return f"; known: {', '.join(names)}" if names else "; none is configured, none has samples"


def _show(judgement: "Judgement", *, everything: bool) -> None:
    """The finding, promises, then numbers."""
    from monitor.cli import brief, judging, promises, side_by_side  # noqa: PLC0415 - as above

    if judgement.simulated:
        say("[bold]Simulated:[/bold] providers that we run ourselves.")
    say(judging.span(judgement))
    for line in brief.findings(judgement):
        say(line)
    told = promises.lines(judgement) if everything else brief.promises(judgement)
    for number, line in enumerate(told):
        say(line if number else f"\n[bold]Promises[/bold]\n{line}")
    full = (*judging.tables(judgement), *side_by_side.tables(judgement))
    for table in full if everything else brief.tables(judgement):
        click.echo()
        show_table(table.title, table.columns, table.rows, right=table.numbers)
    more = "" if everything else "--all shows every table and what would decide each promise; "
    say(f"\n{more}--json has all of it, with n, intervals and methods.")

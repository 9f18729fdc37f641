"""`upheld demo`: a week of four simulated providers in under a minute, through everything that the product does."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from monitor.cli.boundary import INTERRUPTED
from monitor.cli.common import example, json_option, note, print_json, say, show_table

if TYPE_CHECKING:
    from monitor.cli.demonstration.stage import Played, Report
    from monitor.judge.result import Judgement, ProviderJudgement, RateLimit, TimeAvailability


@click.command(epilog=example("upheld demo --out demo"))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"), show_default=True)
@json_option
def command(out: Path, *, as_json: bool) -> None:
    """Probe four simulated providers, judge them, render the site and write the weekly mail; under a minute."""
    from monitor.cli.demonstration.stage import play  # noqa: PLC0415 - heavy, not needed for --help

    began = time.monotonic()
    note(
        "Four providers that we run ourselves, seven days in about forty seconds. Every page says that it is simulated."
    )
    try:
        with _progress() as report:
            played = play(out.absolute(), report)
    except KeyboardInterrupt:
        note(escape(_kept(out.absolute())))
        raise click.exceptions.Exit(INTERRUPTED) from None
    note("judging, rendering, writing the mail ...")
    judgement = _judge(played)
    eml = _mail(played)
    index = _render(judgement, played)
    if as_json:
        print_json({"site": str(index), "mail": str(eml), "config": str(played.config_path), "seconds": _since(began)})
        return
    _summary(judgement)
    say(f"\nAll of it is simulated: {_rows(judgement)} rows in {_since(began):.0f} s.{_own_error(judgement)}")
    for what, where in (("site", index), ("mail", eml), ("more", f"upheld judge --config {played.config_path}")):
        say(f"  {what}  {where}")


def _kept(out: Path) -> str:
    """How many rows there are where somebody stopped it, and how to look at them."""
    from monitor.store import StoreError, read_samples, snapshot_for_reading  # noqa: PLC0415 - as above

    try:
        rows = len(read_samples(snapshot_for_reading(out).path, columns=["sample_id"]))
    except StoreError:
        rows = 0
    more = f": upheld judge --config {out / 'upheld.toml'}" if rows else ""
    return f"upheld: interrupted; {rows:,} rows were measured until then{more}"


def _rows(judgement: "Judgement") -> str:
    return f"{sum(provider.samples for provider in judgement.providers.values()):,}"


def _own_error(judgement: "Judgement") -> str:
    """How wrong our own times may be, in the fast time that they are measured in."""
    found, faster = judgement.instrument.own_error, judgement.instrument.time_compression
    if found is None or found.max_ms is None or faster is None:
        return ""
    return (
        f" Time ran {faster:.0f} times as fast as a clock,"
        f" so our own times may be off by {found.max_ms / 1000:.1f} s of it (worst of {found.runs} runs)."
    )


def _since(began: float) -> float:
    return round(time.monotonic() - began, 1)


@contextmanager
def _progress() -> Iterator["Report"]:
    """A bar on a terminal; a line per stage elsewhere."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    from monitor.cli.screen import screen  # noqa: PLC0415 - as above

    console = screen(stderr=True)
    seen: dict[str, Any] = {}
    columns = (TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_live) as bars:

        def report(stage: str, done: int, planned: int | None) -> None:
            if stage not in seen:
                seen[stage] = bars.add_task(stage, total=planned)
                if not console.is_live:
                    how_many = "as many requests as it takes" if planned is None else f"{planned:,} requests"
                    console.print(f"{stage}: {how_many}", highlight=False)
            bars.update(seen[stage], completed=done)

        yield report


def _judge(played: "Played") -> "Judgement":
    """Everything that was played."""
    from monitor.judge.judgement import judge  # noqa: PLC0415 - as above
    from monitor.own_error import read_own_error  # noqa: PLC0415 - as above
    from monitor.store import read_samples, snapshot_for_reading  # noqa: PLC0415 - as above

    snapshot = snapshot_for_reading(played.config.service.data_dir).path
    frame = read_samples(snapshot)
    spent = float(frame["cost_usd"].sum())
    return judge(
        frame,
        played.config.facts(),
        since=played.since,
        until=played.until,
        as_of=played.until,
        spent_month=spent,
        time_compression=played.rate,
        own_error=read_own_error(snapshot, played.since, played.until),
    )


def _render(judgement: "Judgement", played: "Played") -> Path:
    from monitor.cli.weeklies import on_site  # noqa: PLC0415 - as above
    from reports.render import site  # noqa: PLC0415 - as above

    out = played.config.service.data_dir / "site"
    return site(judgement, out, facts=played.config.facts(), weeks=on_site(out))


def _mail(played: "Played") -> Path:
    """The ISO week that holds most of what was played, as a preview where it is not over; its page as well."""
    from monitor import weeks  # noqa: PLC0415 - as above
    from monitor.cli import mailing  # noqa: PLC0415 - as above

    week = weeks.of(played.since + (played.until - played.since) / 2, UTC)
    path = played.config.service.data_dir / f"weekly-{week.key}.eml"
    mailing.write(mailing.build(played.config, week, played.until, time_compression=played.rate), path)
    return path


def _summary(judgement: "Judgement") -> None:
    rows = [_line(name, provider) for name, provider in judgement.providers.items()]
    columns = ["provider", "now", "uptime %", "p50 s", "p95 s", "$/usable", "accepted rpm", "outages"]
    show_table("What a week showed (1K images)", columns, rows, right=columns[2:])


def _line(name: str, provider: "ProviderJudgement") -> list[str]:
    latency = provider.latency_ms.get("1K")
    p50, p95 = (latency.p50, latency.p95) if latency else (None, None)
    usable = provider.cost.usd_per_usable
    return [
        name,
        provider.state,
        _uptime(provider.availability.time),
        "not bounded" if p50 is None else f"{p50.value / 1000:.1f}",
        "not bounded" if p95 is None else f"{p95.value / 1000:.1f}",
        "-" if usable is None else f"{usable.value:.4f}",
        _rate(provider.rate_limit),
        str(len(provider.incidents)),
    ]


def _uptime(time: "TimeAvailability") -> str:
    """Floored, so that 100 stands nowhere by rounding."""
    if time.value is None:
        return "unknown"
    return "no outage" if not time.down_s else f"{math.floor(time.value * 10_000) / 100:.2f}"


def _rate(limit: "RateLimit") -> str:
    if limit.sustained_rpm is None:
        return "not bounded" if limit.accepted else "not probed"
    low, high = limit.sustained_rpm.low, limit.sustained_rpm.high
    held = f"{low:.0f} or more" if high is None else f"{(low + high) / 2:.0f}"
    share = "" if limit.achieved_share is None or high is None else f", {limit.achieved_share * 100:.0f} %"
    return f"{held} of {limit.advertised_rpm:.0f}{share}" if limit.advertised_rpm else held

"""`upheld report`: the site, from what is stored."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from monitor.cli.common import example, json_option, note, print_json, say, with_config
from monitor.cli.options import WHEN, span
from probes.clock import RealClock

if TYPE_CHECKING:
    from monitor.cli.reporting import Rendered
    from monitor.config import Config


@click.command(
    epilog=example(
        "upheld report                                          # into data/site, the last 90 days",
        "upheld report --since 2026-11-01 --until 2026-12-01 --out november",
    )
)
@with_config
@click.option("--since", metavar="T", help=f"From T on: {WHEN}.  [default: 90 days back, or the first row]")
@click.option("--until", metavar="T", help="Until T.  [default: now]")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Folder of the site.  [default: DATA_DIR/site]"
)
@json_option
def command(config: "Config", since: str | None, until: str | None, out: Path | None, *, as_json: bool) -> None:
    """Render the site: status, comparison, a page for each provider, methodology, summary.json, judge.json.

    Readers never see half a site: the new one takes the old one's place in one step. Nothing is sent.
    """
    from monitor.cli import reporting  # noqa: PLC0415 - pandas and templates are not needed for --help

    now = RealClock().now()
    start, end = span(since, until, now)
    rendered = reporting.render(config, now, since=start, until=end, out=out or config.service.data_dir / "site")
    if as_json:
        print_json(_told(rendered))
    else:
        say(escape(str(rendered.index)))
    if rendered.left_out:
        note(f"no rows in this window, so not shown: {', '.join(rendered.left_out)}; an earlier --since shows them")


def _told(rendered: "Rendered") -> dict[str, object]:
    from monitor.judge.result import to_json  # noqa: PLC0415 - as above

    judgement = rendered.judgement
    return {
        "index": str(rendered.index),
        "as_of": to_json(judgement.as_of),
        "since": to_json(judgement.since),
        "until": to_json(judgement.until),
        "simulated": judgement.simulated,
        "providers": list(judgement.providers),
        "left_out": list(rendered.left_out),
    }

"""What the service has done by processes of their own: rendering and mailing would disturb measuring.

`python -m monitor.cli.apart CONFIG WEEK` sends the mail of a week that the service has claimed; the service calls it
and nobody else. Exit code 1: there is nothing to tell. The site is made by `upheld report`.
"""

import asyncio
import logging
import shutil
import sys
from pathlib import Path

import click

from monitor.cli.boundary import DONE, GATE_NOT_MET, errors_become_sentences
from monitor.service.office import Told

log = logging.getLogger(__name__)
MOST_S = 600.0


async def render(config: Path) -> bool:
    """Make the site from the snapshot; False, and a line in the log, where it could not be done."""
    return await _python("-m", "monitor.cli", "report", "--config", str(config)) == DONE


async def mail(config: Path, week: str) -> Told:
    """Send the mail of an ISO week."""
    code = await _python("-m", "monitor.cli.apart", str(config), week)
    return {DONE: Told.SENT, GATE_NOT_MET: Told.NOTHING}.get(code, Told.FAILED)


async def _python(*arguments: str) -> int:
    """The exit code of this Python with these arguments, run when nothing else wants the processor.

    In a session of its own, so that Ctrl-C reaches the service alone; killed if the service gives up waiting.
    """
    nice = ["nice", "-n", "19"] if shutil.which("nice") else []
    process = await asyncio.create_subprocess_exec(
        *(*nice, sys.executable, "-P", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(MOST_S):
            _, said = await process.communicate()
    except TimeoutError:
        log.error("%s took longer than %g s and was ended", arguments[1], MOST_S)  # noqa: TRY400 - one line is enough
        return -1
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode not in {DONE, GATE_NOT_MET}:
        log.error("%s: %s", arguments[1], said.decode(errors="replace").strip() or f"ended with {process.returncode}")
    return process.returncode if process.returncode is not None else -1


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.argument("week")
def _mail(config: Path, week: str) -> None:
    """Send the mail of a week that the service has claimed."""
    from monitor.cli.mailing import send_claimed  # noqa: PLC0415 - heavy, and only for this process

    with errors_become_sentences():
        sent = send_claimed(config, week)
    sys.exit(DONE if sent else GATE_NOT_MET)


if __name__ == "__main__":
    _mail()

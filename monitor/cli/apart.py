"""What the service has done by processes of their own: rendering, mailing and alerts would disturb measuring.

`python -m monitor.cli.apart CONFIG WEEK` sends the mail of a week that the service has claimed; the service calls it
and nobody else. Exit code `NOTHING`: there is nothing to tell. The site is made by `upheld report`.
"""

import asyncio
import json
import logging
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

import click

from monitor.alerts.message import Message
from monitor.cli.boundary import DONE, errors_become_sentences
from monitor.service.office import Told

log = logging.getLogger(__name__)
MOST_S = 600.0
NOTHING = 75  # 1 is what Python itself ends with when it breaks down


async def render(config: Path) -> bool:
    """Make the site from the snapshot; False, and a line in the log, where it could not be done."""
    return await _python("report", "-m", "monitor.cli", "report", "--config", str(config)) == DONE


async def mail(config: Path, week: str) -> Told:
    """Send the mail of an ISO week."""
    code = await _python("mail", "-m", "monitor.cli.apart", str(config), week)
    return {DONE: Told.SENT, NOTHING: Told.NOTHING}.get(code, Told.FAILED)


async def alert(message: Message) -> bool:
    """Send one alert; False, and a line in the log, where nobody took it."""
    said = json.dumps(asdict(message)).encode()
    return await _python("alert", "-m", "monitor.cli.alerting", told=said) == DONE


async def _python(name: str, *arguments: str, told: bytes | None = None) -> int:
    """The exit code of this Python with these arguments, run when nothing else wants the processor.

    In a session of its own, so that Ctrl-C reaches the service alone; killed if the service gives up waiting.
    """
    nice = ["nice", "-n", "19"] if shutil.which("nice") else []
    process = await asyncio.create_subprocess_exec(
        *(*nice, sys.executable, "-P", *arguments),
        stdin=asyncio.subprocess.DEVNULL if told is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(MOST_S):
            _, said = await process.communicate(told)
    except TimeoutError:
        log.error("%s: took longer than %g s and was ended", name, MOST_S)  # noqa: TRY400 - one line is enough
        return -1
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode not in {DONE, NOTHING}:
        log.error("%s: %s", name, _one_line(said) or f"ended with {process.returncode}")
    return process.returncode if process.returncode is not None else -1


def _one_line(said: bytes) -> str:
    """The last thing that a process said; a configuration may have several faults, which `upheld check` tells."""
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else ""


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.argument("week")
def _mail(config: Path, week: str) -> None:
    """Send the mail of a week that the service has claimed."""
    from monitor.cli.mailing import send_claimed  # noqa: PLC0415 - heavy, and only for this process

    with errors_become_sentences():
        sent = send_claimed(config, week)
    sys.exit(DONE if sent else NOTHING)


if __name__ == "__main__":
    _mail()

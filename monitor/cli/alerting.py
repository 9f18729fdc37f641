"""`python -m monitor.cli.alerting`: send one alert, read from standard input. The service calls it and nobody else.

In a process of its own, because what talks to a hundred chat services is large, and would disturb measuring.
"""

import json
import os
import sys

from monitor.alerts.message import Message
from monitor.cli.boundary import COULD_NOT, DONE, errors_become_sentences, fail


def main() -> None:
    """Exit code 0: the service behind the address took it; 3, and a sentence without the address: it did not."""
    from monitor.alerts.channel import send  # noqa: PLC0415 - heavy, and only for this process

    with errors_become_sentences():
        message = Message(**json.load(sys.stdin))
        why = send(message, os.environ.get(message.channel, ""))
        if why is not None:
            fail(f"the address in {message.channel} {why}", COULD_NOT)
    sys.exit(DONE)


if __name__ == "__main__":
    from click import ClickException

    try:
        main()
    except ClickException as error:
        error.show()
        sys.exit(error.exit_code)

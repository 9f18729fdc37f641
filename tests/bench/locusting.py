"""locust as a client of the benchmark: `python -m tests.bench.locusting URL COUNT`, run by `.venv-bench`.

Users of its fast HTTP client, all started at once, one request each. It stamps whole answers and says nothing of the
first byte.
"""

import json
import sys

import locust
from locust.contrib.fasthttp import FastHttpUser
from locust.env import Environment
from locust.exception import StopUser

from tests.bench.clients import ASK, PATH, Measured, Timed, cpu_s, peak_mb

_TIMED: list[Timed] = []


class _Asker(FastHttpUser):  # type: ignore[misc]  # locust is not installed where types are checked
    network_timeout = 300.0
    connection_timeout = 60.0

    @locust.task  # type: ignore[untyped-decorator]  # as above
    def ask(self) -> None:
        self.client.post(PATH, data=ASK)
        raise StopUser


def _seen(response_time: float, response: object, **_more: object) -> None:
    headers = getattr(response, "headers", None) or {}
    _TIMED.append(Timed(int(headers.get("x-request-id", -1)), None, response_time))


def main(url: str, count: int) -> Measured:
    environment = Environment(user_classes=[_Asker], host=url)
    environment.events.request.add_listener(_seen)
    runner = environment.create_local_runner()
    begun = cpu_s()
    runner.start(count, spawn_rate=count)
    while len(_TIMED) < count:
        runner.greenlet.join(timeout=0.02)
    spent = cpu_s() - begun
    runner.quit()
    return Measured(_TIMED, spent, peak_mb())


if __name__ == "__main__":
    from dataclasses import asdict

    sys.stdout.write("\n" + json.dumps(asdict(main(sys.argv[1], int(sys.argv[2])))) + "\n")

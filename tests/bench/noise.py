"""Work of the product's own in another process: `python -m tests.bench.noise FOLDER` renders reports and stores rows.

A page of four providers is rendered again and again, as politely as the service has it done (`nice 19`), and a hundred
rows are stored each second by the store's one writer, until standard input closes. It prints how often it did both.
"""

import json
import os
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from monitor.store import Store
from reports import render
from tests.monitor.store.making import sample
from tests.reports import build


def _store(path: Path, over: threading.Event, counted: dict[str, int]) -> None:
    with Store.open(path) as store:
        while not over.wait(1.0):
            now = datetime.now(UTC)
            rows = [sample(counted["rows"] + number, planned_at=now) for number in range(100)]
            counted["rows"] += store.append(rows)


def _render(over: threading.Event, counted: dict[str, int]) -> None:
    judgement = build.four()
    while not over.is_set():
        render.pages(judgement)
        counted["renders"] += 1


def _until_closed(over: threading.Event) -> None:
    sys.stdin.read()
    over.set()


def main(folder: Path) -> None:
    """Both, until standard input closes."""
    over, counted = threading.Event(), {"rows": 0, "renders": 0}
    told, tell = os.pipe()
    if (writer := os.fork()) == 0:  # the service stores in its own process, at its own priority
        threading.Thread(target=_until_closed, args=(over,), daemon=True).start()
        _store(folder / "bench.duckdb", over, counted)
        os.write(tell, str(counted["rows"]).encode())
        os._exit(0)
    os.nice(19)
    threading.Thread(target=_until_closed, args=(over,), daemon=True).start()
    begun_s = time.monotonic()
    _render(over, counted)
    os.waitpid(writer, 0)
    counted["rows"] = int(os.read(told, 100))
    sys.stdout.write(json.dumps({**counted, "seconds": time.monotonic() - begun_s}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

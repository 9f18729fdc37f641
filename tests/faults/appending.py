"""A process that appends batches and says what is durable: the victim of the kill tests.

Usage: python -m tests.faults.appending DATABASE FIRST_BATCH
Prints `ready`, then for each batch its number, after the batch is durable.
"""

import itertools
import sys
from pathlib import Path

from monitor.store import Writer
from tests.monitor.store.making import START, sample

BATCH = 25


def say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def append_batch(writer: Writer, number: int) -> None:
    for seq in range(number * BATCH, (number + 1) * BATCH):
        writer.put(sample(seq, location=f"loc-{seq % 2}"))
    writer.call_sync(lambda store: store.claim_slot("reach", sample(number).planned_at, START))


def main(path: Path, first: int) -> None:
    writer = Writer.start(path, wait_s=10)
    say("ready")
    for number in itertools.count(first):
        append_batch(writer, number)
        say(number)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

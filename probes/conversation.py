"""One question and its answer: the exchanges that an adapter asks for, until it has read an answer."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

from probes.clock import Clock
from probes.control import Control
from probes.exchange import Wire
from probes.model import Answer, Ask, Exchange, Pause, Phases, Target, WireFault
from probes.rates import RateWindow
from probes.reading import Read, Reader

_MAX_EXCHANGES = 1000  # a task API polls; the deadline ends it long before


@dataclass(frozen=True, slots=True)
class Tools:
    """What every request needs: the wire, the reader, the control probe and the clock."""

    wire: Wire
    reader: Reader
    control: Control
    clock: Clock
    rates: RateWindow = field(default_factory=RateWindow)  # shared by all runs, so that they count together


@asynccontextmanager
async def open_tools(
    clock: Clock, *, control_urls: Sequence[str] = (), ca_file: str | None = None, workers: int = 1
) -> AsyncIterator[Tools]:
    """Open the tools before any clock is started, and close them after the last row."""
    async with AsyncExitStack() as stack:
        wire = await stack.enter_async_context(Wire(clock, ca_file=ca_file))
        reader = await stack.enter_async_context(Reader(workers))
        yield Tools(wire, reader, Control(wire, clock, control_urls), clock)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said. `answer` is None where the wire failed first."""

    last: Exchange
    phases: Phases
    answer: Answer | None
    response_bytes: int
    body_sha256: str | None


async def converse(tools: Tools, target: Target, ask: Ask) -> Conversation:
    """Ask, and read until there is an answer, within the target's total deadline.

    `total_ms` runs from the first byte sent for the first exchange to the last byte of the last one.
    """
    clock, exchanges = tools.clock, list[Exchange]()
    started_s = ended_s = clock.monotonic()
    while True:
        read = await tools.reader.read(target, ask, exchanges)
        left_s = target.timeout_s - (clock.monotonic() - started_s)
        if isinstance(read.step, Answer):
            return _finished(exchanges, read, (ended_s - started_s) * 1000.0)
        if exchanges and (left_s <= 0 or len(exchanges) >= _MAX_EXCHANGES):
            return _failed([*exchanges, Exchange(None, fault=WireFault.TIMEOUT_TOTAL)], target.timeout_s * 1000.0)
        if isinstance(read.step, Pause):
            await clock.sleep_until(clock.monotonic() + min(read.step.seconds, left_s))
            continue
        started_s = started_s if exchanges else clock.monotonic()
        exchanges.append(await tools.wire.send(read.step, left_s))
        ended_s = clock.monotonic()
        if exchanges[-1].fault is not None:
            return _failed(exchanges, (ended_s - started_s) * 1000.0)


def _finished(exchanges: Sequence[Exchange], read: Read, total_ms: float) -> Conversation:
    answer = read.step if isinstance(read.step, Answer) else None
    size = sum(len(exchange.body) for exchange in exchanges)
    return Conversation(exchanges[-1], _joined(exchanges, total_ms), answer, size, read.body_sha256)


def _failed(exchanges: Sequence[Exchange], total_ms: float) -> Conversation:
    size = sum(len(exchange.body) for exchange in exchanges)
    return Conversation(exchanges[-1], _joined(exchanges, total_ms), None, size, None)


def _joined(exchanges: Sequence[Exchange], total_ms: float) -> Phases:
    """The phases of the first exchange; whatever followed it brought the image home, and is download."""
    first = exchanges[0].phases
    if len(exchanges) == 1:
        return first
    later = [exchange.phases.total_ms or 0.0 for exchange in exchanges[1:]]
    return replace(first, download_ms=(first.download_ms or 0.0) + sum(later), total_ms=total_ms)

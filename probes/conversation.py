"""One question and its answer: the exchanges that an adapter asks for, until it has read an answer."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace

from probes.clock import Clock
from probes.control import Control
from probes.exchange import Wire
from probes.model import Answer, Ask, Exchange, Pause, Phases, Request, Target, WireFault
from probes.rates import RateWindow
from probes.reading import Read, Reader
from probes.scrubbing import scrub_answer

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
    """What was said. `answer` is None where the wire failed first; its texts hold no key.

    `last` is the exchange that decided: the one that failed, or the last one with the provider itself (how an image
    was fetched from elsewhere stands in the answer). `accepted`: an earlier one had been answered with success.
    """

    last: Exchange
    phases: Phases
    answer: Answer | None
    response_bytes: int
    body_sha256: str | None
    accepted: bool


@dataclass(slots=True)
class _Said:
    """The exchanges so far, and which of them were with the provider itself."""

    exchanges: list[Exchange] = field(default_factory=list)
    own: list[Exchange] = field(default_factory=list)
    started_s: float = 0.0
    ended_s: float = 0.0

    def add(self, request: Request, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        if request.carries_key:
            self.own.append(exchange)

    def placed(self, exchange: Exchange, began_s: float) -> Exchange:
        """The exchange with its place in the conversation."""
        began_ms, ended_ms = ((at_s - self.started_s) * 1000.0 for at_s in (began_s, self.ended_s))
        return replace(exchange, began_ms=began_ms, ended_ms=ended_ms)

    def told(self, last: Exchange, answer: Answer | None, body_sha256: str | None = None) -> Conversation:
        exchanges, total_ms = self.exchanges, (self.ended_s - self.started_s) * 1000.0
        size = sum(len(exchange.body) for exchange in exchanges)
        accepted = any(own.status == 200 for own in self.own if own is not last)
        return Conversation(last, _joined(exchanges, total_ms), answer, size, body_sha256, accepted)


async def converse(tools: Tools, target: Target, ask: Ask) -> Conversation:
    """Ask, and read until there is an answer, within the target's total deadline.

    `total_ms` runs from the first byte sent for the first exchange to the last byte of the last one.

    Raises:
        ValueError: our own request cannot be made or sent.
    """
    clock, said = tools.clock, _Said()
    said.started_s = said.ended_s = clock.monotonic()
    while True:
        read = await tools.reader.read(target, ask, said.exchanges)
        left_s = target.timeout_s - (clock.monotonic() - said.started_s)
        if isinstance(read.step, Answer):
            return _answered(said, read.step, read, target)
        if said.exchanges and (left_s <= 0 or len(said.exchanges) >= _MAX_EXCHANGES):
            return _out_of_time(said, target)
        request = read.step
        if isinstance(request, Pause):
            await clock.sleep_until(clock.monotonic() + min(max(request.seconds, 0.0), left_s))
            request = request.then
            if said.exchanges and (left_s := target.timeout_s - (clock.monotonic() - said.started_s)) <= 0:
                return _out_of_time(said, target)
        said.started_s = said.started_s if said.exchanges else clock.monotonic()
        began_s = clock.monotonic()
        sent = await tools.wire.send(request, left_s)
        said.ended_s = clock.monotonic()
        exchange = said.placed(sent, began_s)
        said.add(request, exchange)
        if exchange.fault is not None:
            return said.told(exchange, None)


def _out_of_time(said: _Said, target: Target) -> Conversation:
    """The deadline passed between two exchanges."""
    said.ended_s = max(said.ended_s, said.started_s + target.timeout_s)
    said.exchanges.append(Exchange(None, fault=WireFault.TIMEOUT_TOTAL))
    return said.told(said.exchanges[-1], None)


def _answered(said: _Said, answer: Answer, read: Read, target: Target) -> Conversation:
    if not said.own:
        raise ValueError(answer.text or f"adapter {target.adapter!r} made no request")
    return said.told(said.own[-1], scrub_answer(answer, (target.key,)), read.body_sha256)


def _joined(exchanges: Sequence[Exchange], total_ms: float) -> Phases:
    """The phases of the first exchange; whatever followed it brought the image home, and is download."""
    first = exchanges[0].phases
    if len(exchanges) == 1:
        return first
    later = [exchange.phases.total_ms or 0.0 for exchange in exchanges[1:]]
    return replace(first, download_ms=(first.download_ms or 0.0) + sum(later), total_ms=total_ms)

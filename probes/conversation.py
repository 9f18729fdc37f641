"""One question and its answer: the exchanges that an adapter asks for, until it has read an answer."""

import gc
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field, replace

from probes.clock import Clock
from probes.control import Control
from probes.exchange import Wire
from probes.idleness import watching
from probes.instrument import Instrument, open_instrument
from probes.keys import Keys
from probes.model import (
    NO_CREDENTIAL,
    Answer,
    Ask,
    Exchange,
    Fault,
    Pause,
    Phases,
    Picture,
    Request,
    Secret,
    Target,
    WireFault,
)
from probes.rates import RateWindow
from probes.reading import Reader
from probes.reading_process import Read
from probes.repeats import REPEAT, Repeats
from probes.scrubbing import scrub, scrub_answer
from probes.spool import Spool
from probes.stages import joined
from probes.strangers import allowed_by

URL_REFUSED = "url_refused"  # a problem of a picture
Flying = Callable[[], AbstractContextManager[None]]
_MAX_EXCHANGES = 1000  # a task API polls; the deadline ends it long before


@dataclass(frozen=True, slots=True)
class Tools:
    """What every request needs: the wire, the reader, the control probe and the clock."""

    wire: Wire
    reader: Reader
    control: Control
    clock: Clock
    rates: RateWindow = field(default_factory=RateWindow)  # shared by all runs, so that they count together
    keys: Keys = field(default_factory=Keys)  # those that expire
    repeats: Repeats = field(default_factory=Repeats)  # shared by all runs, so that a cache is found out
    instrument: Instrument | None = None  # measures our own error; None: nobody does


@asynccontextmanager
async def open_tools(
    clock: Clock,
    *,
    control_urls: Sequence[str] = (),
    ca_file: str | None = None,
    ca_files: Mapping[str, str] | None = None,
    workers: int = 1,
) -> AsyncIterator[Tools]:
    """Open the tools before any clock is started, and close them after the last row.

    `ca_files`: by base URL, a private certificate authority that is believed there alone.
    """
    async with AsyncExitStack() as stack:
        spool = Spool()
        stack.callback(spool.close)
        idle = stack.enter_context(watching())
        wire = await stack.enter_async_context(Wire(clock, ca_file=ca_file, ca_files=ca_files, spool=spool, idle=idle))
        reader = await stack.enter_async_context(Reader(workers, spool.folder))
        instrument = await stack.enter_async_context(open_instrument(clock, spool, idle))
        tools = Tools(wire, reader, Control(wire, clock, control_urls), clock, instrument=instrument)
        stack.push_async_callback(tools.keys.close)
        gc.collect()
        gc.freeze()  # what is here stays: no collection, which stops everything, needs to look at it again
        stack.callback(gc.unfreeze)  # else Python ends without freeing it, and libraries complain of that aloud
        yield tools


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
    held_up_ms: float = 0.0  # by at most so much all that was measured is too long because of us, in real time
    noticed_late_ms: float = 0.0  # the worst of its exchanges, as the next
    woken_late_ms: float = 0.0
    began_s: float | None = None  # reading of the clock when the first request was handed over; None: none was


@dataclass(slots=True)
class _Said:
    """The exchanges so far, and which of them were with the provider itself."""

    exchanges: list[Exchange] = field(default_factory=list)
    own: list[Exchange] = field(default_factory=list)
    secrets: dict[Secret, None] = field(default_factory=dict)  # every key that was used, in order
    started_s: float = 0.0
    ended_s: float = 0.0

    def add(self, request: Request, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        if request.carries_key:
            self.own.append(exchange)

    def left_s(self, target: Target, clock: Clock) -> float:
        """Until the total deadline, which counts from the first exchange."""
        return target.timeout_s - (clock.monotonic() - self.started_s if self.exchanges else 0.0)

    def placed(self, exchange: Exchange, began_s: float) -> Exchange:
        """The exchange with its place in the conversation, and without any key in its words."""
        began_ms, ended_ms = ((at_s - self.started_s) * 1000.0 for at_s in (began_s, self.ended_s))
        error = scrub(exchange.error, tuple(self.secrets))
        return replace(exchange, began_ms=began_ms, ended_ms=ended_ms, error=error)

    def told(self, last: Exchange, answer: Answer | None, body_sha256: str | None = None) -> Conversation:
        exchanges, total_ms = self.exchanges, (self.ended_s - self.started_s) * 1000.0
        size = sum(exchange.size for exchange in exchanges)
        accepted = any(own.status == 200 for own in self.own if own is not last)
        phases = joined(exchanges, self.own, total_ms)
        held_up_ms = sum(exchange.held_up_ms for exchange in exchanges)
        noticed_ms, woken_ms = (
            max(getattr(exchange, name) for exchange in exchanges) for name in ("noticed_late_ms", "woken_late_ms")
        )
        return Conversation(
            last, phases, answer, size, body_sha256, accepted, held_up_ms, noticed_ms, woken_ms, self.started_s
        )


async def converse(
    tools: Tools, target: Target, ask: Ask, *, cold: bool = False, flying: Flying = nullcontext
) -> Conversation:
    """Ask, and read until there is an answer, within the target's total deadline.

    `cold`: the first request goes over a connection of its own. `flying`: entered for each exchange. `total_ms` runs
    from the first byte sent for the first exchange to the last byte of the last one.

    Raises:
        ValueError: our own request cannot be made or sent.
        SpoolError: our own disk takes no more.
    """
    said = _Said()
    try:
        return await _talk(tools, target, ask, said, cold=cold, flying=flying)
    finally:
        for exchange in said.exchanges:
            tools.wire.forget(exchange)


async def _talk(tools: Tools, target: Target, ask: Ask, said: _Said, *, cold: bool, flying: Flying) -> Conversation:
    clock = tools.clock
    while True:
        keyed = await tools.keys.fresh(target, tools.wire, clock)
        if isinstance(keyed, Target):
            target = keyed
            said.secrets[target.key] = None
        elif not said.exchanges:
            return _without_key(keyed)
        read = await tools.reader.read(target, ask, said.exchanges)
        if isinstance(read.step, Answer):
            if said.own and said.own[-1].status == 401:
                tools.keys.refused(target, clock)
            return _answered(said, _unless_repeated(tools.repeats, target, read.step), read, target)
        request = read.step
        if isinstance(request, Pause):
            pause_s, left_s = max(request.seconds, 0.0), said.left_s(target, clock)
            await clock.sleep_until(clock.monotonic() + min(pause_s, left_s))
            if pause_s >= left_s:
                return _out_of_time(said, target)  # a last look, sent with no time for an answer, would tell nothing
            request = request.then
        if (left_s := said.left_s(target, clock)) <= 0 or len(said.exchanges) >= _MAX_EXCHANGES:
            return _out_of_time(said, target)
        began_s = clock.monotonic()
        said.started_s = said.started_s if said.exchanges else began_s
        with flying():
            sent = await _sent(tools.wire, request, left_s, target, cold=cold and not said.exchanges)
        said.ended_s = clock.monotonic()
        exchange = said.placed(sent, began_s)
        said.add(request, exchange)
        if exchange.fault is not None:
            return said.told(exchange, None)


async def _sent(wire: Wire, request: Request, left_s: float, target: Target, *, cold: bool) -> Exchange:
    """With the key to where the configuration says; without it, and with caution, to where the provider says."""
    if request.carries_key:
        return await wire.send(request, left_s, cold=cold)
    return await wire.send(request, left_s, allowed=allowed_by(target.base_url))


def _without_key(why: str) -> Conversation:
    """Nothing was sent: our own credential gave no token, which is never the provider's failure."""
    answer = Answer(fault=Fault(message=why, status="UNAUTHENTICATED", reason=NO_CREDENTIAL))
    return Conversation(Exchange(None), Phases(), answer, 0, None, accepted=False)


def _out_of_time(said: _Said, target: Target) -> Conversation:
    """The deadline passed between two exchanges: no phase of any was cut short by it."""
    said.ended_s = max(said.ended_s, said.started_s + target.timeout_s)
    said.exchanges.append(Exchange(None, fault=WireFault.TIMEOUT_TOTAL))
    return said.told(said.exchanges[-1], None)


def _answered(said: _Said, answer: Answer, read: Read, target: Target) -> Conversation:
    if not said.own:
        raise ValueError(answer.text or f"adapter {target.adapter!r} made no request")
    if _was_refused(said.exchanges[-1]):
        said.own[-1] = replace(said.own[-1], error=f"image not fetched: {said.exchanges[-1].error}")
        answer = replace(answer, picture=Picture(problem=URL_REFUSED))
    return said.told(said.own[-1], scrub_answer(answer, tuple(said.secrets)), read.body_sha256)


def _unless_repeated(repeats: Repeats, target: Target, answer: Answer) -> Answer:
    """A sound image that this provider delivered before is none that it made for us, unless its seed is held fixed."""
    picture = answer.picture
    if picture is None or picture.problem is not None or target.options.get("seed", -1) != -1:
        return answer
    if not repeats.again(target.provider, picture.sha256):
        return answer
    return replace(answer, picture=replace(picture, problem=REPEAT))


def _was_refused(exchange: Exchange) -> bool:
    """We would not connect to where the provider said that its image is: it has given no image that can be had."""
    return exchange.status is None and exchange.fault is None

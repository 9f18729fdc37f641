"""A port of a provider's own, where a connection can come to grief before any HTTP.

What is wrong with a port (`Stage.PORT`: refused, swallowed) is so for a span of time, because a system's kernel, and
not we, answers the attempt to connect. What is wrong with a handshake (`Stage.HANDSHAKE`) is drawn for each connection.
"""

import asyncio
import socket
import ssl
import struct
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Never

from probes.simulator.certificates import Authority
from probes.simulator.chances import draw, drawn
from probes.simulator.desk import Desk
from probes.simulator.faults import Fault, Stage
from probes.simulator.spells import Span

SLOW_S: Final = 3.0  # how long a slow handshake is held
_MOST_FILLERS: Final = 300
_FULL_AFTER_S: Final = 0.1  # a connection to ourselves that is not made by then will not be
_NO_LINGER: Final = struct.pack("ii", 1, 0)
_BACKLOG: Final = 1024
Serve = Callable[[], asyncio.Protocol]


class Trust:
    """The certificates that doors show, made when one of them first needs it."""

    def __init__(self, authority: Authority) -> None:
        """Signed by this authority, or not."""
        self.ca_file = authority.ca_file
        self._makers: dict[Fault | None, Callable[[], ssl.SSLContext]] = {
            None: authority.sound,
            Fault.TLS_SELF_SIGNED: authority.self_signed,
            Fault.TLS_EXPIRED: authority.expired,
            Fault.TLS_WRONG_HOST: authority.of_another_host,
        }
        self._made: dict[Fault | None, ssl.SSLContext] = {}

    def context(self, fault: Fault | None) -> ssl.SSLContext:
        """What is shown to a connection that meets this fault."""
        shown = fault if fault in self._makers else None
        if shown not in self._made:
            self._made[shown] = self._makers[shown]()
        return self._made[shown]


class Door:
    """One provider's own port on loopback."""

    def __init__(self, desk: Desk, serve: Serve, trust: Trust | None, seed: int, host: str) -> None:
        """Take a free port; nobody is let in yet. `trust`: what is shown, where the door has TLS."""
        self.name = desk.name
        self.met: Counter[str] = Counter()  # connections, by the fault that they met
        self._desk, self._serve, self._trust, self._seed = desk, serve, trust, seed
        self._socket = _bound(host, 0)
        self._place = (host, int(self._socket.getsockname()[1]))
        self._next: Fault | None = None  # what the next connection meets
        self._held: Fault | None = None  # what is wrong with the port until told otherwise
        self._tasks: set[asyncio.Task[None]] = set()
        self._accepting: asyncio.Task[Never] | None = None
        self._fillers: list[socket.socket] = []

    @property
    def base_url(self) -> str:
        """Where the provider is, by this door."""
        scheme = "http" if self._trust is None else "https"
        return f"{scheme}://{self._place[0]}:{self._place[1]}/{self.name}"

    async def keep(self) -> None:
        """Open, and closed in the spans in which the scenario has it."""
        for at_s in sorted({at for span in self._spans(Stage.PORT) for at in (span.begin_s, span.end_s)}):
            await self._desk.timeline.until(self._desk.timeline.from_scenario_s(at_s))
            await self.turn(self._port_fault())

    async def want(self, fault: Fault | None) -> None:
        """For one connection, the next; what is wrong with a port stays so until nothing is wanted."""
        if fault is None or fault.stage is Stage.PORT:
            self._next, self._held = None, fault
            await self.turn(self._port_fault())
        else:
            self._next = fault

    async def turn(self, fault: Fault | None) -> None:
        """Listen, refuse or swallow from now on."""
        self._stop_accepting()
        if fault is Fault.REFUSED:
            self._socket.close()
            self._socket = _bound(*self._place)  # bound and not listening: the port is ours, and refuses
        elif fault is Fault.BLACK_HOLE:
            self._socket.listen(0)
            await self._fill()
        else:
            self._socket.listen(_BACKLOG)
            self._accepting = asyncio.create_task(self._accept(), name=f"door of {self.name}")

    async def close(self) -> None:
        """Let nobody in, and everybody go."""
        self._stop_accepting()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._socket.close()

    def _stop_accepting(self) -> None:
        if self._accepting is not None:
            self._accepting.cancel()
        for filler in self._fillers:
            filler.close()
        self._accepting, self._fillers = None, []

    async def _fill(self) -> None:
        """Take every place in the queue: the kernel then drops whatever else wants to connect."""
        loop = asyncio.get_running_loop()
        for _ in range(_MOST_FILLERS):
            filler = socket.socket()
            filler.settimeout(0)
            self._fillers.append(filler)
            try:
                async with asyncio.timeout(_FULL_AFTER_S):
                    await loop.sock_connect(filler, self._place)
            except TimeoutError:
                return

    # --- what a connection meets ------------------------------------------------------------------------------

    def _spans(self, stage: Stage) -> Sequence[Span]:
        return [span for span in self._desk.outages if span.kind.stage is stage]

    def _now_s(self) -> float:
        return self._desk.timeline.into_scenario_s(self._desk.timeline.read())

    def _port_fault(self) -> Fault | None:
        into_s = self._now_s()
        return self._held or next((span.kind for span in self._spans(Stage.PORT) if into_s in span), None)

    def _fate(self) -> Fault | None:
        """What this connection meets: as was wanted of it, by an outage, or by chance."""
        wanted, self._next = self._next, None
        chances, into_s = draw(self._seed, self.name, "connection", self.met.total()), self._now_s()
        struck = (s.kind for s in self._spans(Stage.HANDSHAKE) if into_s in s and chances.luck < s.share)
        spell = self._desk.weather.at(into_s)
        rates = {**self._desk.spec.faults, **(spell.faults if spell else {})}
        by_chance = drawn({f: rate for f, rate in rates.items() if f.stage is Stage.HANDSHAKE}, chances.fault)
        return wanted or next(struck, None) or by_chance

    async def _accept(self) -> Never:
        loop = asyncio.get_running_loop()
        while True:
            connection, _ = await loop.sock_accept(self._socket)
            fault = self._fate()
            self.met[fault or "none"] += 1
            task = asyncio.create_task(self._meet(connection, fault))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _meet(self, connection: socket.socket, fault: Fault | None) -> None:
        """From the accepted connection to the server behind it, or not."""
        loop, let_in = asyncio.get_running_loop(), False
        try:
            if fault is Fault.TLS_SILENT:
                while await loop.sock_recv(connection, 65_536):
                    pass
            elif fault is Fault.TLS_RESET:
                await loop.sock_recv(connection, 65_536)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            else:
                await self._wait(fault)
                let_in = True
                await loop.connect_accepted_socket(self._serve, connection, ssl=self._context(fault))
        except OSError:  # a client that does not believe us, or has gone
            pass
        finally:
            if not let_in:
                connection.close()

    async def _wait(self, fault: Fault | None) -> None:
        if fault is Fault.TLS_SLOW:
            await self._desk.timeline.until(self._desk.timeline.read() + SLOW_S)

    def _context(self, fault: Fault | None) -> ssl.SSLContext | None:
        return None if self._trust is None or fault is Fault.TLS_NOT else self._trust.context(fault)


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.settimeout(0)
    bound.bind((host, port))
    return bound


@dataclass(slots=True)
class Doors:
    """All doors of a scenario, by provider, once they are open. `ca_file`: whom to believe at those with TLS."""

    by_name: dict[str, Door] = field(default_factory=dict)
    ca_file: Path | None = None

    def as_json(self) -> dict[str, object]:
        """Where they are."""
        if not self.by_name:
            return {}
        doors: dict[str, object] = {"doors": {name: door.base_url for name, door in self.by_name.items()}}
        return doors | ({"ca_file": str(self.ca_file)} if self.ca_file else {})


@contextmanager
def _trusted(desks: Sequence[Desk]) -> Iterator[Trust | None]:
    """Certificates in a folder of their own, where any door has TLS."""
    if all(desk.spec.door != "https" for desk in desks):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="upheld-simulator-") as folder:
        yield Trust(Authority.new(Path(folder)))


@asynccontextmanager
async def opened(doors: Doors, desks: Sequence[Desk], serve: Serve, seed: int, host: str) -> AsyncIterator[None]:
    """The doors that the scenario asks for, while the block runs; they are entered into `doors`."""
    with _trusted(desks) as trust:
        doors.ca_file = trust.ca_file if trust else None
        for desk in desks:
            if desk.spec.door is not None:
                shown = trust if desk.spec.door == "https" else None
                doors.by_name[desk.name] = Door(desk, serve, shown, seed, host)
                await doors.by_name[desk.name].want(None)
        keepers = [asyncio.create_task(door.keep()) for door in doors.by_name.values()]
        try:
            yield
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            for door in doors.by_name.values():
                await door.close()

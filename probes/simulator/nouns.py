"""What passes between the desk, which treats all providers alike, and the wire formats."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from aiohttp import web

from probes.simulator.chances import Draw
from probes.simulator.endings import How
from probes.simulator.faults import Fault
from probes.simulator.gates import Gate, Violation
from probes.simulator.ledger import Kind
from probes.simulator.sizes import Size


@dataclass(slots=True)
class Visit:
    """A request being served, and what is known of it so far."""

    request: web.Request
    body: bytes
    kind: Kind
    place: int  # in the order of arrival, among those of its kind
    arrived_s: float
    arrived_at: datetime
    draw: Draw
    quick_s: float  # how long a control-plane call or a refusal takes
    model: str = ""
    key: str | None = None
    project: str = ""  # that the key belongs to
    gate: Gate | None = None
    struck: Fault | None = None  # by an outage that lets it in, to be met later


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. The parts of the body are sent one after the other and not copied together."""

    status: int
    parts: tuple[bytes, ...]
    headers: Mapping[str, str] = field(default_factory=dict)
    chunked: bool = False  # a stream: its length is not told beforehand
    last: bool = False  # on its connection, which is then closed

    @property
    def length(self) -> int:
        """Bytes of the body."""
        return sum(map(len, self.parts))


@dataclass(frozen=True, slots=True)
class Declined:
    """A request that is not served, with the answer to it and what the ledger calls it."""

    how: How
    reply: Reply


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is refused, for the format to put into its provider's words."""

    how: How
    violations: tuple[Violation, ...] = ()
    detailed: bool = True


@dataclass(frozen=True, slots=True)
class ImageAsk:
    """Images that a request asks for, as far as it concerns every format."""

    model: str
    size: Size
    width: int
    height: int
    images: int = 1
    prompt: str = ""
    text_only: bool = False
    inputs: int = 0  # reference images
    streamed: bool = False
    options: Mapping[str, str] = field(default_factory=dict)  # what only its format understands
    later: "Accept | None" = None  # a task: how to word that it was taken, instead of the answer itself

    @property
    def tokens(self) -> int:
        """Of the input, about: four letters each, and 560 for a reference image."""
        return max(1, len(self.prompt) // 4) + 560 * self.inputs


@dataclass(frozen=True, slots=True)
class Work:
    """An image request that was admitted: what to answer, and how long the server works on it."""

    ask: ImageAsk
    fault: Fault | None
    wait_s: float  # to the first byte
    download_s: float  # from there to the last


Accept: TypeAlias = Callable[[Visit, Work], Reply]
Answering: TypeAlias = Callable[[Visit], Reply | Declined]


class ImageFormat(Protocol):
    """How one wire format reads a request for images and words its answers."""

    def read(self, visit: Visit) -> ImageAsk | Declined:
        """What is asked for, or why it cannot be."""
        ...

    def answer(self, visit: Visit, work: Work) -> Reply:
        """The answer to an admitted request, with the fault that belongs into it."""
        ...

    def refuse(self, visit: Visit, refusal: Refusal) -> Reply:
        """A refusal in the provider's words."""
        ...


class ServedFormat(ImageFormat, Protocol):
    """The same with its routes: what a file of `formats` builds."""

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Everything that is served below the provider's prefix."""
        ...

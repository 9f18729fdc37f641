"""What passes between the desk, which treats all providers alike, and the wire formats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aiohttp import web

from probes.simulator.faults import Draw, Ending, Fault
from probes.simulator.ledger import Kind
from probes.simulator.limits import Gate, Violation
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
    gate: Gate | None = None  # of the project that the key belongs to


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer. The parts of the body are sent one after the other and not copied together."""

    status: int
    parts: tuple[bytes, ...]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Bytes of the body."""
        return sum(map(len, self.parts))


@dataclass(frozen=True, slots=True)
class Declined:
    """A request that is not served, with the answer to it and what the ledger calls it."""

    ending: Ending
    reply: Reply


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is refused, for the format to put into its provider's words."""

    ending: Ending
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
    options: Mapping[str, str] = field(default_factory=dict)  # what only its format understands


@dataclass(frozen=True, slots=True)
class Work:
    """An image request that was admitted: what to answer, and how long the server works on it."""

    ask: ImageAsk
    fault: Fault | None
    wait_s: float  # to the first byte
    download_s: float  # from there to the last


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

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Everything that is served below the provider's prefix."""
        ...

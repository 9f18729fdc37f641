"""The nouns of a measurement: what is asked, what came back, and the row that is kept of it.

Everything here is frozen data. Durations are milliseconds (`_ms`) or seconds (`_s`), instants are aware UTC
datetimes, money is USD.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from probes.credentials import Credential


class Outcome(StrEnum):
    """How a planned request ended. Closed: `probes.outcomes` is the only place that assigns one."""

    OK = "ok"
    OK_DEGRADED = "ok_degraded"
    OK_NO_IMAGE = "ok_no_image"
    BLOCKED = "blocked"
    CLIENT_ERROR = "client_error"
    AUTH = "auth"
    BALANCE = "balance"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    IMAGE_INVALID = "image_invalid"
    NOT_SENT = "not_sent"


class Attribution(StrEnum):
    """Whose doing an outcome is."""

    PROVIDER = "provider"
    CLIENT = "client"
    POLICY = "policy"
    NETWORK = "network"
    MONITOR = "monitor"
    UNKNOWN = "unknown"


class ProbeKind(StrEnum):
    """What kind of question a request asks."""

    REACH = "reach"
    BASELINE = "baseline"
    BURST = "burst"
    ENDURANCE = "endurance"
    RECOVERY = "recovery"


class Mode(StrEnum):
    """Why a request was made; only `scheduled` (and `imported`) rows enter availability and latency."""

    SCHEDULED = "scheduled"
    CONFIRM = "confirm"
    INCIDENT = "incident"
    RAMP = "ramp"
    SUSTAIN = "sustain"
    DRILL = "drill"
    ADHOC = "adhoc"
    IMPORTED = "imported"


class NotSent(StrEnum):
    """Why a planned request never left: the `detail` of outcome `not_sent`."""

    BUDGET = "budget"
    LATE = "late"
    BREAKER = "breaker"
    SHUTDOWN = "shutdown"
    MISSED = "missed"
    MAINTENANCE = "maintenance"


class WireFault(StrEnum):
    """How an HTTP exchange failed below HTTP: the `detail` of `timeout`, `connection` and `truncated`."""

    TIMEOUT_CONNECT = "connect"
    TIMEOUT_TLS = "timeout_tls"
    TIMEOUT_TTFB = "ttfb"
    READ_STALL = "read_stall"
    TIMEOUT_TOTAL = "total"
    DNS = "dns"
    REFUSED = "refused"
    RESET = "reset"
    DISCONNECT = "disconnect"
    TLS = "tls"
    NETWORK = "network"
    CUT = "cut"
    TOO_LARGE = "too_large"
    PROTOCOL = "protocol"

    @property
    def detail(self) -> str:
        """The word in a row, beside an outcome that says that it was a timeout."""
        return self.value.removeprefix("timeout_")


@dataclass(frozen=True, slots=True)
class Secret:
    """A key that will not print. `reveal()` is called where a header is built and nowhere else."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The key itself."""
        return self._value

    def __str__(self) -> str:
        """Never the key."""
        return "***"

    def __bool__(self) -> bool:
        """Whether there is a key at all."""
        return bool(self._value)


@dataclass(frozen=True, slots=True)
class Target:
    """One provider as configured: where to ask, with which key, at what price and promised rate."""

    provider: str
    adapter: str
    base_url: str
    model: str
    auth: str = "x-goog-api-key"  # x-goog-api-key | bearer | query
    key: Secret = Secret("")
    timeout_s: float = 180.0
    advised_timeout_s: Mapping[str, float] = field(default_factory=dict)  # by size: what the provider asks us to wait
    usd_per_image: Mapping[str, float] = field(default_factory=dict)  # by size
    advertised_rpm: float | None = None
    concurrency: int | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)  # of the adapter, validated by its `Options`
    credential: Credential | None = None  # where `key` comes from while a conversation lasts, if it expires


@dataclass(frozen=True, slots=True)
class Ask:
    """What one request asks for. A reach request asks for no image and has no size."""

    size: str | None = None
    aspect_ratio: str | None = None
    prompt: str = ""

    @property
    def is_reach(self) -> bool:
        """A control-plane call, free of charge, that makes no image."""
        return self.size is None


@dataclass(frozen=True, slots=True)
class Shot:
    """One planned request: its place in time and what it asks."""

    offset_s: float  # from the start of the run
    provider: str
    probe: ProbeKind
    mode: Mode
    ask: Ask
    block: int | None = None  # shots of one number are one interleaved block


class InOrder(Sequence[Shot]):
    """Shots of one provider and size in the order of their times, made when asked for: days of them weigh nothing."""

    __slots__ = ()

    @property
    @abstractmethod
    def provider(self) -> str:
        """Whom all of them ask."""


def in_order(shots: Sequence[Shot]) -> Sequence[Shot]:
    """Shots as the runner numbers them: by their times; of one time, as they were given."""
    return shots if isinstance(shots, InOrder) else sorted(shots, key=lambda shot: shot.offset_s)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run that goes by its answers knows of one of its requests; seconds since the run began."""

    sent_s: float
    ended_s: float | None = None  # None: not answered yet
    outcome: str | None = None
    detail: str | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to send before this moment, unless something comes back first; seconds since the run began."""

    until_s: float


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more to send. `why`: what ended the run before it knew enough; None: it knows."""

    why: str | None = None


class Continuation(Protocol):
    """What a run that goes by its answers asks for next: a pure function of what came back so far."""

    @property
    def most_images(self) -> int:
        """How many images it pays for at most, those in flight included."""
        ...  # pragma: no cover - a protocol

    def next(self, seen: Sequence[Seen], now_s: float) -> Shot | Wait | Done:
        """Asked again whenever something came back, and when the time of what it said has come."""
        ...  # pragma: no cover - a protocol


@dataclass(frozen=True, slots=True)
class Plan:
    """Requests with fixed start times (open loop), and when to stop before the end.

    With `more`, the shots are only the beginning: what follows them depends on what came back.
    """

    shots: Sequence[Shot]
    max_in_flight: int = 100
    max_usd: float | None = None
    stop_after_errors: int | None = None  # consecutive server errors of one provider
    late_after_s: float | None = None  # a request that cannot start by then is `not_sent`, `late`
    resumable: bool = False  # stopped, what lies ahead gets no rows: the run is taken up again
    taken_up_from: int = 0  # of a run that is: the first place that is left to send
    spent_before_usd: float = 0.0  # and what it has cost by then; its cap counts on
    more: Continuation | None = None

    @property
    def payable(self) -> Sequence[Shot]:
        """All that the plan may have to pay for; what a continuation asks for is as dear as the first shot."""
        return self.shots if self.more is None else tuple(self.shots[:1]) * self.more.most_images

    @property
    def duration_s(self) -> float:
        """From the start of the run to the last planned start."""
        if isinstance(self.shots, InOrder):
            return self.shots[-1].offset_s if self.shots else 0.0
        return max((shot.offset_s for shot in self.shots), default=0.0)

    @property
    def is_uniform(self) -> bool:
        """Whether all requests ask one provider for one size, and so cost the same."""
        if isinstance(self.shots, InOrder):
            return True
        return len({(shot.provider, shot.ask.size) for shot in self.shots}) <= 1

    @property
    def providers(self) -> frozenset[str]:
        """Whom the requests ask."""
        if isinstance(self.shots, InOrder):
            return frozenset((self.shots.provider,) if self.shots else ())
        return frozenset(shot.provider for shot in self.shots)


# --- the wire -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, ready to send. `carries_key` is false where an image is fetched from a foreign host."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    carries_key: bool = True


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait, then send: task APIs are polled politely, and a pure step cannot see that time has passed."""

    seconds: float
    then: Request


@dataclass(frozen=True, slots=True)
class Phases:
    """Where the time of one exchange went, ms. None: there was no such phase (a reused connection)."""

    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    upload_ms: float | None = None
    wait_ms: float | None = None
    download_ms: float | None = None
    total_ms: float | None = None
    conn_reused: bool | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and what came back. `fault` says how it failed below HTTP; then `status` may be None."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names
    body: bytes = field(default=b"", repr=False)
    phases: Phases = Phases()
    fault: WireFault | None = None
    error: str | None = None  # scrubbed text of the exception
    began_ms: float = 0.0  # both since the conversation began, so that a task API's stages can be told
    ended_ms: float = 0.0
    kept_in: str | None = None  # a large body lies in this file instead (`probes.spool`)
    body_bytes: int | None = None  # its length; None: that of `body`
    # how far its times may be off because of us, in real time (`probes.stamps`)
    held_up_ms: float = 0.0
    noticed_late_ms: float = 0.0
    woken_late_ms: float = 0.0

    @property
    def size(self) -> int:
        """Bytes of the body, wherever it is."""
        return len(self.body) if self.body_bytes is None else self.body_bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """An error object of a provider, whatever its dialect, inside or outside of HTTP 200."""

    message: str = ""
    code: str | None = None  # a number or a word, as text
    status: str | None = None  # google.rpc status, e.g. RESOURCE_EXHAUSTED
    reason: str | None = None  # google ErrorInfo.reason
    type: str | None = None  # OpenAI and gateways
    quota: tuple[str, ...] = ()  # identifiers of the violated quotas


@dataclass(frozen=True, slots=True)
class Picture:
    """The image taken from an answer, after it was decoded. `problem` is None for a sound image."""

    format: str | None = None  # png | jpeg | webp
    width: int | None = None
    height: int | None = None
    size_bytes: int = 0
    sha256: str | None = None
    problem: str | None = None  # truncated | undecodable | single_colour | empty | url_404 and the like


@dataclass(frozen=True, slots=True)
class Limits:
    """What the provider said of its rate limits in this answer."""

    retry_after_s: float | None = None
    limit_requests: float | None = None
    remaining_requests: float | None = None
    reset_s: float | None = None
    quota: str | None = None


NO_CREDENTIAL = "no_token"  # detail of a row when our own credential gave no token: nothing was sent
OUR_READER = "our_reader"  # `Answer.malformed` when our own reading failed: nobody else's fault


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's reply in neutral words: what `probes.outcomes` needs to classify, and what the row keeps."""

    picture: Picture | None = None
    images: int = 0
    finish: str | None = None  # finishReason and the like
    block: str | None = None  # why a policy refused, in the provider's word
    text: str | None = None  # what was said instead of an image
    fault: Fault | None = None
    malformed: str | None = None  # not_json | html | cut | empty | schema | bad_base64 | OUR_READER
    expected: tuple[int, int] | None = None  # width and height that were asked for
    degraded: str | None = None  # the provider itself says it delivered less (e.g. a lower service tier)
    limits: Limits = Limits()
    request_id: str | None = None
    server_ms: float | None = None
    model_version: str | None = None
    queue_ms: float | None = None  # task APIs: accepted, not yet begun
    run_ms: float | None = None  # task APIs: begun, not yet done


Step = Request | Pause | Answer


class Adapter(Protocol):
    """What every file in `probes/providers/` offers: one pure function that knows one wire format.

    `step` is told all exchanges so far (none at first) and says what comes next: a request to send, a pause,
    or the answer as read. It does no I/O and keeps nothing, so a wire format is tested as a table.
    It may be called in a worker process; it must not raise for anything that a provider can send.
    """

    def step(self, target: Target, ask: Ask, so_far: Sequence[Exchange]) -> Step:
        """What comes next in this conversation."""
        ...  # pragma: no cover - a protocol


# --- the row --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an outcome is, whose doing, by which rule, and whether it was paid for (None: not known)."""

    outcome: Outcome
    detail: str | None
    attribution: Attribution
    rule: str
    billed: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One planned request, sent or not: a row of table `samples` (see the contract in `docs/samples.md`)."""

    sample_id: UUID
    run_id: UUID
    seq: int
    block_id: UUID | None = None
    location: str
    provider: str
    model: str
    probe: str
    mode: str
    size: str | None = None
    aspect_ratio: str | None = None
    planned_at: datetime
    sent_at: datetime | None = None
    lateness_ms: float | None = None
    dns_ms: float | None = None
    connect_ms: float | None = None
    tls_ms: float | None = None
    upload_ms: float | None = None
    wait_ms: float | None = None
    download_ms: float | None = None
    total_ms: float | None = None
    conn_reused: bool | None = None
    status: int | None = None
    outcome: str
    detail: str | None = None
    attribution: str
    rule: str
    billed: bool | None = None
    cost_usd: float | None = None
    images: int = 0
    width: int | None = None
    height: int | None = None
    image_format: str | None = None
    image_bytes: int | None = None
    response_bytes: int | None = None
    retry_after_s: float | None = None
    limit_requests: float | None = None
    remaining_requests: float | None = None
    reset_s: float | None = None
    quota: str | None = None
    request_id: str | None = None
    server_ms: float | None = None
    model_version: str | None = None
    control_ok: bool | None = None
    error: str | None = None
    body_sha256: str | None = None
    queue_ms: float | None = None
    run_ms: float | None = None
    prev_hash: str | None = None  # set by the store
    hash: str | None = None  # set by the store


COLUMNS: tuple[str, ...] = tuple(f.name for f in fields(Sample))

Record = Callable[[Sample], None]  # what the runner hands each row to


def as_row(sample: Sample) -> dict[str, Any]:
    """The sample as column -> value, in the order of the table (`dataclasses.asdict` would copy deeply)."""
    return {name: getattr(sample, name) for name in COLUMNS}

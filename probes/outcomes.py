"""What happened, in one word: the only place that classifies.

`classify` walks the rules below in order; the first that matches gives outcome, detail, attribution, whether the
request was billed (None: not known) and its own identifier, which is kept in the row so that a verdict can be
re-derived. Facts behind the rules: `docs/outcomes.md`. Decide by reason, type and code first, by HTTP status next,
by message last: gateways remap status codes and translate messages.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from probes.error_words import (
    AUTH_WORDS,
    BALANCE_WORDS,
    BLOCKED_FINISH,
    GATEWAY_WORDS,
    JUDGED_BY_RATE,
    NO_CHANNEL,
    OVERLOAD_WORDS,
    POLICY_WORDS,
    RATE_WORDS,
    inner_status,
    quota_kind,
)
from probes.images import as_asked
from probes.model import OUR_READER, Answer, Ask, Attribution, Exchange, Fault, NotSent, Outcome, Verdict, WireFault
from probes.repeats import REPEAT

PROVIDER, CLIENT, POLICY = Attribution.PROVIDER, Attribution.CLIENT, Attribution.POLICY
MONITOR, NETWORK, UNKNOWN = Attribution.MONITOR, Attribution.NETWORK, Attribution.UNKNOWN


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a rule may look at. `below_limit`: were we under the advertised rate (None: nothing advertised)?"""

    ask: Ask
    exchange: Exchange  # the one that was answered, or that failed
    answer: Answer
    control_ok: bool | None
    below_limit: bool | None
    accepted: bool  # an earlier exchange of this conversation had been accepted
    patient: bool  # our deadline was no shorter than the provider advises

    @property
    def fault(self) -> Fault:
        """The provider's error object; an empty one where there is none."""
        return self.answer.fault or _NO_FAULT

    @property
    def inside_success(self) -> bool:
        """Whether the error came inside of HTTP 2xx."""
        return self.answer.fault is not None and self.exchange.status in range(200, 300)

    @property
    def status(self) -> int:
        """The status that counts; 0 for no answer.

        That of the error object, where HTTP said success, or blamed us for what the error says is theirs (gateways
        remap); else that of HTTP. An error object cannot turn a 5xx into a fault of ours.
        """
        http = self.exchange.status or 0
        if self.answer.fault is None:
            return http
        inner = inner_status(self.fault)
        remapped = 400 <= http < 500 <= inner
        return inner if inner and (self.inside_success or remapped) else http

    @property
    def words(self) -> frozenset[str]:
        """Code, status, reason and type of the error, in lower case."""
        fault = self.fault
        return frozenset(word.lower() for word in (fault.code, fault.status, fault.reason, fault.type) if word)


_NO_FAULT = Fault()
Finding = tuple[Outcome, str | None, Attribution, bool | None]
Rule = Callable[[Evidence], Finding | None]

_WIRE: dict[WireFault, tuple[Outcome, bool | None]] = {
    # a connection that was never made cannot have been billed; one that broke later may have been
    WireFault.TIMEOUT_CONNECT: (Outcome.TIMEOUT, False),
    WireFault.TIMEOUT_TLS: (Outcome.TIMEOUT, False),
    WireFault.TIMEOUT_TTFB: (Outcome.TIMEOUT, None),
    WireFault.READ_STALL: (Outcome.TIMEOUT, None),
    WireFault.TIMEOUT_TOTAL: (Outcome.TIMEOUT, None),
    WireFault.DNS: (Outcome.CONNECTION, False),
    WireFault.REFUSED: (Outcome.CONNECTION, False),
    WireFault.TLS: (Outcome.CONNECTION, False),
    WireFault.NETWORK: (Outcome.CONNECTION, False),
    WireFault.RESET: (Outcome.CONNECTION, None),
    WireFault.DISCONNECT: (Outcome.CONNECTION, None),
    WireFault.CUT: (Outcome.TRUNCATED, None),
    WireFault.TOO_LARGE: (Outcome.MALFORMED, None),
    WireFault.PROTOCOL: (Outcome.MALFORMED, None),
}
_BROKEN = frozenset((WireFault.RESET, WireFault.DISCONNECT))  # in a TLS handshake, too: then nothing was sent
_THEIR_BYTES = frozenset((WireFault.TOO_LARGE, WireFault.PROTOCOL))  # no network makes these
_WAITING = frozenset((WireFault.TIMEOUT_TTFB, WireFault.READ_STALL, WireFault.TIMEOUT_TOTAL))  # the deadline ended it
_AFTER_CONNECT = _WAITING | {WireFault.CUT}
_STALE_WITHIN_MS = 1000.0  # a closed connection answers within a round trip; later, the request was being worked on
_LABEL_CHARS = 64


def classify(
    ask: Ask,
    exchange: Exchange,
    answer: Answer | None,
    *,
    control_ok: bool | None = None,
    below_limit: bool | None = None,
    accepted: bool = False,
    patient: bool = True,
) -> Verdict:
    """The verdict on one conversation, from the exchange that decided it and the answer as read from it.

    `accepted`: an earlier exchange had been accepted (only the fetch of the image failed), so it may be billed.
    `patient`: our deadline was no shorter than the provider advises; else running into it is our own doing.
    """
    evidence = Evidence(ask, exchange, answer or Answer(), control_ok, below_limit, accepted, patient)
    for name, rule in RULES:
        if (finding := rule(evidence)) is not None:
            outcome, detail, attribution, billed = finding
            return Verdict(outcome, detail, attribution, name, False if ask.is_reach else billed)
    raise AssertionError("the last rule matches everything")


def not_sent(reason: NotSent) -> Verdict:
    """The verdict on a request that never left: ours, never the provider's; costs nothing."""
    return Verdict(Outcome.NOT_SENT, reason.value, MONITOR, f"not_sent.{reason.value}", billed=False)


def abandoned() -> Verdict:
    """The verdict on a request that we gave up in flight at shutdown: nothing is known of it."""
    return Verdict(Outcome.NOT_SENT, NotSent.SHUTDOWN.value, MONITOR, "not_sent.abandoned", billed=None)


def broken() -> Verdict:
    """The verdict on a request that our own prober failed at: nothing is known of the provider."""
    return Verdict(Outcome.CLIENT_ERROR, "prober", MONITOR, "monitor.broken", billed=None)


def _label(word: str) -> str:
    """A provider's word as a detail: lower case, short, nothing but letters, digits and a few signs."""
    return re.sub(r"[^a-z0-9_.:-]", "_", word.lower()[:_LABEL_CHARS])


# --- the rules, in order --------------------------------------------------------------------------------------


def _stale_connection(e: Evidence) -> Finding | None:
    """A kept-alive connection that the server had closed. We do not re-send in secret, and blame nobody."""
    broke = e.exchange.fault in {WireFault.RESET, WireFault.DISCONNECT}
    phases = e.exchange.phases
    at_once = phases.total_ms is None or phases.total_ms < _STALE_WITHIN_MS
    if broke and e.exchange.status is None and phases.conn_reused and at_once:
        return Outcome.CONNECTION, "stale", MONITOR, None
    return None


def _our_reader(e: Evidence) -> Finding | None:
    """Our own reading failed, or its process was killed: the answer may have been perfect."""
    return (Outcome.MALFORMED, OUR_READER, MONITOR, None) if e.answer.malformed == OUR_READER else None


def _unfinished_task(e: Evidence) -> Finding | None:
    """A task that was accepted, answered every poll, and was not done when the deadline came: no network did that."""
    between_polls = e.exchange.fault is WireFault.TIMEOUT_TOTAL and e.exchange.phases.total_ms is None
    blamed = PROVIDER if e.patient else CLIENT
    return (Outcome.TIMEOUT, "task", blamed, None) if between_polls and e.accepted else None


def _wire_fault(e: Evidence) -> Finding | None:
    fault = e.exchange.fault
    if fault is None:
        return None
    outcome, billed = _WIRE[fault]
    if fault in _BROKEN and e.exchange.phases.conn_reused is None:
        billed = False
    return outcome, fault.detail, _who_broke_it(fault, e), None if e.accepted else billed


def _who_broke_it(fault: WireFault, e: Evidence) -> Attribution:
    """Theirs, if others answer at that moment; our network's, if not. Unasked: theirs, once we were connected.

    Ours, if we did not wait as long as the provider advises.
    """
    if fault in _WAITING and not e.patient:
        return CLIENT
    if fault in _THEIR_BYTES or e.control_ok:
        return PROVIDER
    if e.control_ok is False:
        return NETWORK
    return PROVIDER if fault in _AFTER_CONNECT else UNKNOWN


def _blocked(e: Evidence) -> Finding | None:
    if e.answer.picture is not None:
        return None
    finish = e.answer.finish if e.answer.finish in BLOCKED_FINISH else None
    word = e.answer.block or next((word for word in POLICY_WORDS if word in e.words), None) or finish
    return (Outcome.BLOCKED, _label(word), POLICY, None) if word else None


def _balance(e: Evidence) -> Finding | None:
    """Our own empty account, whatever the status: gateways answer it as 429, 403 or 402."""
    if e.words & BALANCE_WORDS or e.status == 402:
        return Outcome.BALANCE, None, CLIENT, False
    return None


def _channel(e: Evidence) -> Finding | None:
    """A gateway's own trouble upstream, by its own word: its doing, also where it passes it on as a fault of ours."""
    remapped = e.words & GATEWAY_WORDS if 400 <= e.status < 500 else frozenset[str]()
    channel = {word for word in e.words - OVERLOAD_WORDS if word.startswith("channel:")}
    word = min(channel | remapped, default=None)
    return (Outcome.SERVER_ERROR, _label(word), PROVIDER, None if e.inside_success else False) if word else None


def _auth(e: Evidence) -> Finding | None:
    if e.answer.finish == "PUP_LIMITED_DISABLED" and e.answer.picture is None:
        return Outcome.AUTH, "account_limited", CLIENT, None
    if e.status >= 500:
        return None  # what a gateway's upstream refuses is not our key
    if e.words & AUTH_WORDS or e.status in {401, 403}:
        return Outcome.AUTH, _label(e.fault.reason or e.fault.code or str(e.status)), CLIENT, False
    return (Outcome.AUTH, "failed_precondition", CLIENT, False) if "failed_precondition" in e.words else None


def _rate_limited(e: Evidence) -> Finding | None:
    if e.status != 429 and not e.words & RATE_WORDS:
        return None
    kind = quota_kind(e.answer)
    if e.below_limit is False:
        return Outcome.RATE_LIMITED, kind, CLIENT, False
    theirs = e.below_limit and kind in JUDGED_BY_RATE
    return Outcome.RATE_LIMITED, kind, PROVIDER if theirs else UNKNOWN, False


def _server_timeout(e: Evidence) -> Finding | None:
    """They gave up waiting for their own model: what it went on to make may have been billed."""
    if "task_timeout" in e.words:
        return Outcome.TIMEOUT, "task", PROVIDER, None
    late = "deadline expired" in e.fault.message.lower() or "deadline_exceeded" in e.words
    if e.status == 504 or (late and e.status >= 500):
        return Outcome.TIMEOUT, "server_504" if e.status == 504 else f"server_{e.status}_deadline", PROVIDER, None
    return None


def _overloaded(e: Evidence) -> Finding | None:
    said = e.fault.message.lower()
    no_channel = "model_not_found" in e.words and (e.status == 503 or any(text in said for text in NO_CHANNEL))
    if e.status in {503, 529} or e.words & OVERLOAD_WORDS or no_channel:
        return Outcome.OVERLOADED, "no_channel" if no_channel else None, PROVIDER, None if e.inside_success else False
    return None


def _server_error(e: Evidence) -> Finding | None:
    """524: the front end stopped waiting, the model may have gone on."""
    unsure = e.inside_success or e.status == 524
    return (Outcome.SERVER_ERROR, str(e.status), PROVIDER, None if unsure else False) if e.status >= 500 else None


def _client_error(e: Evidence) -> Finding | None:
    if 400 <= e.status < 500:
        return Outcome.CLIENT_ERROR, str(e.status), CLIENT, False
    return None


def _unexpected_status(e: Evidence) -> Finding | None:
    """Redirects are not followed (they would carry the key away); 1xx and other 2xx are no promise of this API."""
    return (Outcome.MALFORMED, f"http_{e.status}", PROVIDER, None) if e.status != 200 else None


def _error_inside_200(e: Evidence) -> Finding | None:
    return (Outcome.SERVER_ERROR, "http200_error", PROVIDER, None) if e.answer.fault else None


def _cut_body(e: Evidence) -> Finding | None:
    """JSON that ends in its middle, though HTTP says that this was all."""
    return (Outcome.TRUNCATED, "json", PROVIDER, None) if e.answer.malformed == "cut" else None


def _malformed(e: Evidence) -> Finding | None:
    return (Outcome.MALFORMED, e.answer.malformed, PROVIDER, None) if e.answer.malformed else None


def _reached(e: Evidence) -> Finding | None:
    return (Outcome.OK, None, PROVIDER, False) if e.ask.is_reach else None


def _repeated(e: Evidence) -> Finding | None:
    """The bytes of an earlier image, out of a cache: nothing was made for us."""
    picture = e.answer.picture
    return (Outcome.IMAGE_INVALID, REPEAT, PROVIDER, None) if picture and picture.problem == REPEAT else None


def _image_problem(e: Evidence) -> Finding | None:
    picture = e.answer.picture
    if picture is None or picture.problem is None:
        return None
    outcome = Outcome.TRUNCATED if picture.problem == "truncated" else Outcome.IMAGE_INVALID
    return outcome, picture.problem, PROVIDER, None


def _wrong_size(e: Evidence) -> Finding | None:
    picture, expected = e.answer.picture, e.answer.expected
    if picture is not None and expected is not None and not as_asked(picture, expected):
        return Outcome.OK_DEGRADED, "wrong_size", PROVIDER, True
    return None


def _downgraded(e: Evidence) -> Finding | None:
    return (Outcome.OK_DEGRADED, e.answer.degraded, PROVIDER, True) if e.answer.degraded and e.answer.picture else None


def _image(e: Evidence) -> Finding | None:
    return (Outcome.OK, None, PROVIDER, True) if e.answer.picture else None


def _no_image(e: Evidence) -> Finding | None:
    """HTTP 200 and no image: the model talked, gave up, or gave a reason that nobody has seen before."""
    return Outcome.OK_NO_IMAGE, "text_only" if e.answer.text else _label(e.answer.finish or "nothing"), PROVIDER, None


RULES: tuple[tuple[str, Rule], ...] = (
    ("monitor.reader", _our_reader),
    ("wire.stale_connection", _stale_connection),
    ("task.unfinished", _unfinished_task),
    ("wire.fault", _wire_fault),
    ("policy.blocked", _blocked),
    ("account.balance", _balance),
    ("gateway.channel", _channel),
    ("account.auth", _auth),
    ("limit.rate", _rate_limited),
    ("server.timeout", _server_timeout),
    ("server.overloaded", _overloaded),
    ("server.error", _server_error),
    ("client.error", _client_error),
    ("http.unexpected_status", _unexpected_status),
    ("http.error_inside_200", _error_inside_200),
    ("body.cut", _cut_body),
    ("body.malformed", _malformed),
    ("reach.answered", _reached),
    ("image.repeat", _repeated),
    ("image.unsound", _image_problem),
    ("image.wrong_size", _wrong_size),
    ("image.downgraded", _downgraded),
    ("image.as_asked", _image),
    ("image.none", _no_image),
)

"""What happened, in one word: the only place that classifies.

`classify` walks the rules below in order; the first that matches gives outcome, detail, attribution, whether the
request was billed (None: not known) and its own identifier, which is kept in the row so that a verdict can be
re-derived. Facts behind the rules: `docs/outcomes.md`. Decide by reason, type and code first, by HTTP status next,
by message last: gateways remap status codes and translate messages.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from probes.images import as_asked
from probes.model import OUR_READER, Answer, Ask, Attribution, Exchange, Fault, NotSent, Outcome, Verdict, WireFault

PROVIDER, CLIENT, POLICY = Attribution.PROVIDER, Attribution.CLIENT, Attribution.POLICY
MONITOR, NETWORK, UNKNOWN = Attribution.MONITOR, Attribution.NETWORK, Attribution.UNKNOWN


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a rule may look at. `below_limit`: were we under the advertised rate (None: nothing advertised)?"""

    ask: Ask
    exchange: Exchange  # the last one
    answer: Answer
    control_ok: bool | None
    below_limit: bool | None

    @property
    def fault(self) -> Fault:
        """The provider's error object; an empty one where there is none."""
        return self.answer.fault or _NO_FAULT

    @property
    def status(self) -> int:
        """The status that counts: of the error inside, if it states one, else of HTTP; 0 for no answer."""
        inner = self.fault.code or ""
        inside_success = self.answer.fault is not None and self.exchange.status in range(200, 300)
        if inside_success and re.fullmatch(r"[45]\d\d", inner):
            return int(inner)
        return self.exchange.status or 0

    @property
    def words(self) -> frozenset[str]:
        """Code, status, reason and type of the error, as the provider spells them."""
        fault = self.fault
        return frozenset(filter(None, (fault.code, fault.status, fault.reason, fault.type)))


_NO_FAULT = Fault()
Finding = tuple[Outcome, str | None, Attribution, bool | None]
Rule = Callable[[Evidence], Finding | None]

_AUTH_WORDS = frozenset(
    (
        "API_KEY_INVALID",
        "invalid_api_key",
        "UNAUTHENTICATED",
        "PERMISSION_DENIED",
        "access_denied",
        "account_deactivated",
    )
)
_BALANCE_WORDS = frozenset(("insufficient_quota", "insufficient_user_quota", "pre_consume_token_quota_failed"))
_POLICY_WORDS = frozenset(
    ("moderation_blocked", "content_policy_violation", "sensitive_words_detected", "prompt_blocked")
)
_OVERLOAD_WORDS = frozenset(("server_is_overloaded", "MODEL_CAPACITY_EXHAUSTED", "channel:no_available_key"))
_BLOCKED_FINISH = frozenset(
    (
        "SAFETY",
        "IMAGE_SAFETY",
        "PROHIBITED_CONTENT",
        "IMAGE_PROHIBITED_CONTENT",
        "BLOCKLIST",
        "SPII",
        "RECITATION",
        "IMAGE_RECITATION",
        "LANGUAGE",
        "MODEL_ARMOR",
        "JAILBREAK",
    )
)
_QUOTA_DETAILS = (
    (re.compile(r"PerDay|per_day", re.IGNORECASE), "rpd"),
    (re.compile(r"Token.*PerMinute|token", re.IGNORECASE), "tpm"),
    (re.compile(r"Image.*PerMinute|\bIPM\b|images per min", re.IGNORECASE), "ipm"),
    (re.compile(r"concurren", re.IGNORECASE), "concurrency"),
    (re.compile(r"spend", re.IGNORECASE), "spend"),
    (re.compile(r"PerMinute|\bRPM\b|requests per min", re.IGNORECASE), "rpm"),
)
_WIRE: dict[WireFault, tuple[Outcome, bool | None]] = {
    # a connection that was never made cannot have been billed; one that broke later may have been
    WireFault.TIMEOUT_CONNECT: (Outcome.TIMEOUT, False),
    WireFault.TIMEOUT_TTFB: (Outcome.TIMEOUT, None),
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
_AFTER_ANSWER_BEGAN = frozenset((WireFault.TIMEOUT_TOTAL, WireFault.CUT, WireFault.TOO_LARGE, WireFault.PROTOCOL))


def classify(
    ask: Ask,
    exchange: Exchange,
    answer: Answer | None,
    *,
    control_ok: bool | None = None,
    below_limit: bool | None = None,
) -> Verdict:
    """The verdict on one conversation, from its last exchange and the answer as read from it."""
    evidence = Evidence(ask, exchange, answer or Answer(), control_ok, below_limit)
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


def quota_kind(answer: Answer) -> str:
    """Which limit a 429 means: rpd, tpm, ipm, concurrency, spend, rpm or unknown. A daily one dominates."""
    fault = answer.fault or _NO_FAULT
    evidence = " ".join((*fault.quota, answer.limits.quota or "", fault.code or "", fault.message))
    return next((kind for pattern, kind in _QUOTA_DETAILS if pattern.search(evidence)), "unknown")


# --- the rules, in order --------------------------------------------------------------------------------------


def _stale_connection(e: Evidence) -> Finding | None:
    """A kept-alive connection that the server had closed. We do not re-send in secret, and blame nobody."""
    broke = e.exchange.fault in {WireFault.RESET, WireFault.DISCONNECT}
    if broke and e.exchange.status is None and e.exchange.phases.conn_reused:
        return Outcome.CONNECTION, "stale", MONITOR, None
    return None


def _our_reader(e: Evidence) -> Finding | None:
    """The process in which we read answers was killed: the answer may have been perfect."""
    return (Outcome.MALFORMED, OUR_READER, MONITOR, None) if e.answer.malformed == OUR_READER else None


def _wire_fault(e: Evidence) -> Finding | None:
    fault = e.exchange.fault
    if fault is None:
        return None
    outcome, billed = _WIRE[fault]
    answered = fault in _AFTER_ANSWER_BEGAN or (fault is WireFault.TIMEOUT_TTFB and e.control_ok is None)
    if answered or e.control_ok:
        return outcome, fault.value, PROVIDER, billed
    return outcome, fault.value, UNKNOWN if e.control_ok is None else NETWORK, billed


def _blocked(e: Evidence) -> Finding | None:
    word = e.answer.block or next(iter(e.words & _POLICY_WORDS), None)
    if word is None and e.answer.finish in _BLOCKED_FINISH and e.answer.picture is None:
        word = e.answer.finish
    return (Outcome.BLOCKED, word.lower(), POLICY, None) if word else None


def _auth(e: Evidence) -> Finding | None:
    if e.words & _AUTH_WORDS or e.status in {401, 403}:
        return Outcome.AUTH, (e.fault.reason or e.fault.code or str(e.status)).lower(), CLIENT, False
    if "FAILED_PRECONDITION" in e.words:
        return Outcome.AUTH, "failed_precondition", CLIENT, False
    return (Outcome.AUTH, "account_limited", CLIENT, False) if e.answer.finish == "PUP_LIMITED_DISABLED" else None


def _balance(e: Evidence) -> Finding | None:
    """Our own empty account, whatever the status: gateways answer it as 429, 403 or 402."""
    if e.words & _BALANCE_WORDS or e.status == 402:
        return Outcome.BALANCE, None, CLIENT, False
    return None


def _rate_limited(e: Evidence) -> Finding | None:
    if e.status != 429 and "RESOURCE_EXHAUSTED" not in e.words:
        return None
    whose = {True: PROVIDER, False: CLIENT, None: UNKNOWN}[e.below_limit]
    return Outcome.RATE_LIMITED, quota_kind(e.answer), whose, False


def _server_timeout(e: Evidence) -> Finding | None:
    late = e.status == 503 and "deadline expired" in e.fault.message.lower()
    if e.status == 504 or late:
        return Outcome.TIMEOUT, "server_503_deadline" if late else "server_504", PROVIDER, False
    return None


def _overloaded(e: Evidence) -> Finding | None:
    no_channel = "model_not_found" in e.words and e.status == 503
    if e.status in {503, 529} or e.words & _OVERLOAD_WORDS:
        return Outcome.OVERLOADED, "no_channel" if no_channel else None, PROVIDER, False
    return None


def _server_error(e: Evidence) -> Finding | None:
    return (Outcome.SERVER_ERROR, str(e.status), PROVIDER, False) if e.status >= 500 else None


def _client_error(e: Evidence) -> Finding | None:
    if 400 <= e.status < 500:
        return Outcome.CLIENT_ERROR, str(e.status), CLIENT, False
    return None


def _unexpected_status(e: Evidence) -> Finding | None:
    """Redirects are not followed (they would carry the key away); 1xx and other 2xx are no promise of this API."""
    return (Outcome.MALFORMED, f"http_{e.status}", PROVIDER, None) if e.status != 200 else None


def _error_inside_200(e: Evidence) -> Finding | None:
    return (Outcome.SERVER_ERROR, "http200_error", PROVIDER, None) if e.answer.fault else None


def _malformed(e: Evidence) -> Finding | None:
    return (Outcome.MALFORMED, e.answer.malformed, PROVIDER, None) if e.answer.malformed else None


def _reached(e: Evidence) -> Finding | None:
    return (Outcome.OK, None, PROVIDER, False) if e.ask.is_reach else None


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
    detail = "text_only" if e.answer.text else (e.answer.finish or "nothing").lower()
    return Outcome.OK_NO_IMAGE, detail, PROVIDER, None


RULES: tuple[tuple[str, Rule], ...] = (
    ("monitor.reader", _our_reader),
    ("wire.stale_connection", _stale_connection),
    ("wire.fault", _wire_fault),
    ("policy.blocked", _blocked),
    ("account.balance", _balance),
    ("account.auth", _auth),
    ("limit.rate", _rate_limited),
    ("server.timeout", _server_timeout),
    ("server.overloaded", _overloaded),
    ("server.error", _server_error),
    ("client.error", _client_error),
    ("http.unexpected_status", _unexpected_status),
    ("http.error_inside_200", _error_inside_200),
    ("body.malformed", _malformed),
    ("reach.answered", _reached),
    ("image.unsound", _image_problem),
    ("image.wrong_size", _wrong_size),
    ("image.downgraded", _downgraded),
    ("image.as_asked", _image),
    ("image.none", _no_image),
)

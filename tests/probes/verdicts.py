"""The table of verdicts: what a provider sends -> what is said of it, whose doing it is, whether it was paid for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from probes import outcomes
from probes.model import (
    Answer,
    Ask,
    Attribution,
    Exchange,
    Outcome,
    Phases,
    Picture,
    Secret,
    Target,
    Verdict,
    WireFault,
)
from probes.providers import load
from probes.scrubbing import scrub_answer
from tests.probes import bodies as b
from tests.probes.pictures import cheap, flat

IMAGE_ASK, REACH_ASK = Ask("1K", "1:1", "A red fox"), Ask()
NOT_TIMED = Phases()
JSON = {"content-type": "application/json; charset=UTF-8"}
TEXT = {"content-type": "text/html"}

PROVIDER, CLIENT, POLICY = Attribution.PROVIDER, Attribution.CLIENT, Attribution.POLICY
MONITOR, NETWORK, UNKNOWN = Attribution.MONITOR, Attribution.NETWORK, Attribution.UNKNOWN
O = Outcome  # noqa: E741 - the table is read by column


@dataclass(frozen=True)
class Case:
    """`expected`: outcome, detail, attribution, billed, rule."""

    name: str
    adapter: str
    status: int | None
    body: bytes
    expected: tuple[Outcome, str | None, Attribution, bool | None, str]
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    ask: Ask = IMAGE_ASK
    below_limit: bool | None = None
    control_ok: bool | None = None
    fetched: Sequence[Exchange] = ()
    fault: WireFault | None = None
    phases: Phases = NOT_TIMED
    patient: bool = True
    problem: str | None = None  # what the conversation found of the image, and no adapter can see


def target(adapter: str) -> Target:
    return Target("p", adapter, "https://api.example", "m", key=Secret(b.KEY))


def answer_of(case: Case) -> Answer | None:
    """As a conversation reads it: by the adapter, scrubbed. None where the wire failed first."""
    if case.fault is not None:
        return None
    to = target(case.adapter)
    step = load(case.adapter).step(to, case.ask, (Exchange(case.status, case.headers, case.body), *case.fetched))
    assert isinstance(step, Answer), step
    if case.problem is not None:
        step = replace(step, picture=replace(step.picture or Picture(), problem=case.problem))
    return scrub_answer(step, (to.key,))


def verdict_of(case: Case) -> Verdict:
    exchange = Exchange(case.status, case.headers, case.body, case.phases, case.fault)
    return outcomes.classify(
        case.ask,
        exchange,
        answer_of(case),
        control_ok=case.control_ok,
        below_limit=case.below_limit,
        accepted=bool(case.fetched),
        patient=case.patient,
    )


def _google(
    name: str, status: int, body: bytes, expected: tuple[Outcome, str | None, Attribution, bool | None, str]
) -> Case:
    return Case(name, "gemini", status, body, expected)


def _blocked(word: str, rule: str = "policy.blocked") -> tuple[Outcome, str | None, Attribution, bool | None, str]:
    return O.BLOCKED, word.lower(), POLICY, None, rule


NO_IMAGE = (O.OK_NO_IMAGE, PROVIDER, None, "image.none")
AUTH = (CLIENT, False, "account.auth")
RATE = "limit.rate"

IMAGES = [
    Case("image as asked", "gemini", 200, b.gemini(b.inline(b.IMAGE)), (O.OK, None, PROVIDER, True, "image.as_asked")),
    Case("JPEG as asked", "gemini", 200, b.gemini(b.inline(b.JPEG)), (O.OK, None, PROVIDER, True, "image.as_asked")),
    Case(
        "draft, then the image",
        "gemini",
        200,
        b.gemini({"text": "**Composing**", "thought": True}, b.inline(cheap(64, 64), thought=True), b.inline(b.IMAGE)),
        (O.OK, None, PROVIDER, True, "image.as_asked"),
    ),
    Case(
        "image, then a draft",
        "gemini",
        200,
        b.gemini(b.inline(b.IMAGE), b.inline(cheap(64, 64), thought=True)),
        (O.OK, None, PROVIDER, True, "image.as_asked"),
    ),
    Case(
        "an image and an unheard-of reason",
        "gemini",
        200,
        b.gemini(b.inline(b.IMAGE), finish="IMAGE_SAFETY"),
        (O.OK, None, PROVIDER, True, "image.as_asked"),
    ),
    Case(
        "success with error: null",
        "gemini",
        200,
        b.gemini(b.inline(b.IMAGE), error=None),
        (O.OK, None, PROVIDER, True, "image.as_asked"),
    ),
    Case(
        "b64_json",
        "openai_images",
        200,
        b.openai({"b64_json": b.b64(b.IMAGE)}),
        (O.OK, None, PROVIDER, True, "image.as_asked"),
    ),
    Case(
        "url, fetched",
        "openai_images",
        200,
        b.openai({"url": "https://cdn.example/x.png"}),
        (O.OK, None, PROVIDER, True, "image.as_asked"),
        fetched=[Exchange(200, {}, b.IMAGE)],
    ),
    Case(
        "url, redirected, fetched",
        "openai_images",
        200,
        b.openai({"url": "https://cdn.example/x.png"}),
        (O.OK, None, PROVIDER, True, "image.as_asked"),
        fetched=[Exchange(302, {"location": "/y.png"}), Exchange(200, {}, b.IMAGE)],
    ),
    Case(
        "fileData, fetched",
        "gemini",
        200,
        b.gemini({"fileData": {"mimeType": "image/png", "fileUri": "https://cdn.example/x.png"}}),
        (O.OK, None, PROVIDER, True, "image.as_asked"),
        fetched=[Exchange(200, {}, b.IMAGE)],
    ),
    Case(
        "half the tier",
        "gemini",
        200,
        b.gemini(b.inline(cheap(512, 512))),
        (O.OK_DEGRADED, "wrong_size", PROVIDER, True, "image.wrong_size"),
    ),
    Case(
        "wide instead of square",
        "openai_images",
        200,
        b.openai({"b64_json": b.b64(cheap(1536, 1024))}),
        (O.OK_DEGRADED, "wrong_size", PROVIDER, True, "image.wrong_size"),
    ),
]

UNSOUND = [
    Case(
        "PNG without its end",
        "gemini",
        200,
        b.gemini(b.inline(b.IMAGE[:-12])),
        (O.TRUNCATED, "truncated", PROVIDER, None, "image.unsound"),
    ),
    Case(
        "JPEG without its end",
        "gemini",
        200,
        b.gemini(b.inline(b.JPEG[:-2])),
        (O.TRUNCATED, "truncated", PROVIDER, None, "image.unsound"),
    ),
    *(
        Case(
            f"base64 cut {missing} short",
            adapter,
            200,
            body,
            (O.TRUNCATED, "truncated", PROVIDER, None, "image.unsound"),
        )
        for missing in (3, 4, 5, 6)
        for adapter, body in (
            ("gemini", b.gemini(b.inline(b.b64(b.IMAGE).rstrip("=")[: -missing - 9]))),
            ("openai_images", b.openai({"b64_json": b.b64(b.IMAGE).rstrip("=")[: -missing - 9]})),
        )
    ),
    Case(
        "no bytes at all",
        "gemini",
        200,
        b.gemini(b.inline(b"")),
        (O.IMAGE_INVALID, "empty", PROVIDER, None, "image.unsound"),
    ),
    Case(
        "a page instead of an image",
        "gemini",
        200,
        b.gemini(b.inline(b.HTML)),
        (O.IMAGE_INVALID, "undecodable", PROVIDER, None, "image.unsound"),
    ),
    Case(
        "a white canvas",
        "gemini",
        200,
        b.gemini(b.inline(flat("white"))),
        (O.IMAGE_INVALID, "single_colour", PROVIDER, None, "image.unsound"),
    ),
    Case(
        "not base64",
        "gemini",
        200,
        b.gemini(b.inline("iVBORw0KG*!")),
        (O.MALFORMED, "bad_base64", PROVIDER, None, "body.malformed"),
    ),
    Case(
        "b64_json that is none",
        "openai_images",
        200,
        b.openai({"b64_json": "data:image/png;base64,iVBORw0KGgo="}),
        (O.MALFORMED, "bad_base64", PROVIDER, None, "body.malformed"),
    ),
    *(
        Case(
            f"url that answers {status}",
            "openai_images",
            200,
            b.openai({"url": "https://cdn.example/x.png"}),
            (O.IMAGE_INVALID, f"url_{status}", PROVIDER, None, "image.unsound"),
            fetched=[Exchange(status, {}, b"<Error>AccessDenied</Error>")],
        )
        for status in (401, 403, 404, 410, 429, 500, 302)
    ),
    Case(
        "url that is none",
        "openai_images",
        200,
        b.openai({"url": "/images/1.png"}),
        (O.IMAGE_INVALID, "url_not_http", PROVIDER, None, "image.unsound"),
    ),
    Case(
        "url with a page behind it",
        "openai_images",
        200,
        b.openai({"url": "https://cdn.example/x.png"}),
        (O.IMAGE_INVALID, "undecodable", PROVIDER, None, "image.unsound"),
        fetched=[Exchange(200, {}, b.HTML)],
    ),
]

WITHOUT_IMAGE = [
    *(
        Case(
            f"{reason} without image",
            "gemini",
            200,
            b.gemini(finish=reason),
            (O.OK_NO_IMAGE, reason.lower(), *NO_IMAGE[1:]),
        )
        for reason in (
            "NO_IMAGE",
            "STOP",
            "IMAGE_OTHER",
            "OTHER",
            "MALFORMED_RESPONSE",
            "MAX_TOKENS",
            "NEVER_SEEN_BEFORE",
        )
    ),
    Case(
        "talk instead of an image",
        "gemini",
        200,
        b.gemini({"text": "I can't help with that edit."}),
        (O.OK_NO_IMAGE, "text_only", *NO_IMAGE[1:]),
    ),
    Case(
        "only a draft",
        "gemini",
        200,
        b.gemini(b.inline(b.IMAGE, thought=True)),
        (O.OK_NO_IMAGE, "stop", *NO_IMAGE[1:]),
    ),
    Case(
        "a candidate without anything", "gemini", 200, b.gemini(finish=None), (O.OK_NO_IMAGE, "nothing", *NO_IMAGE[1:])
    ),
]

BLOCKED = [
    *(
        Case(f"prompt refused: {reason}", "gemini", 200, b.blocked_prompt(reason), _blocked(reason))
        for reason in (
            "SAFETY",
            "OTHER",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "IMAGE_SAFETY",
            "MODEL_ARMOR",
            "NEVER_SEEN",
        )
    ),
    *(
        Case(f"image withheld: {reason}", "gemini", 200, b.gemini(finish=reason), _blocked(reason))
        for reason in (
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
    ),
    *(
        Case(
            f"content filter: {code}",
            "openai_images",
            status,
            b.gateway("rejected", "image_generation_user_error", code),
            _blocked(code),
        )
        for status, code in (
            (400, "moderation_blocked"),
            (400, "content_policy_violation"),
            (400, "content_filter"),
            (403, "moderation_blocked"),
        )
    ),
    *(
        Case(
            f"gateway's own filter: {code}",
            "gemini",
            status,
            b.gateway("敏感词", "new_api_error", code),
            _blocked(code),
        )
        for status, code in ((400, "sensitive_words_detected"), (500, "prompt_blocked"))
    ),
]

ACCOUNT = [
    _google("bad key as 400", 400, b.BAD_KEY, (O.AUTH, "api_key_invalid", *AUTH)),
    _google("no permission", 403, b.rpc(403, "no", "PERMISSION_DENIED"), (O.AUTH, "403", *AUTH)),
    _google("key expired", 401, b.rpc(401, "expired", "UNAUTHENTICATED"), (O.AUTH, "401", *AUTH)),
    _google(
        "not in this country",
        400,
        b.rpc(400, "Gemini API free tier is not available in your country.", "FAILED_PRECONDITION"),
        (O.AUTH, "failed_precondition", *AUTH),
    ),
    Case(
        "Cloudflare 1010",
        "gemini",
        403,
        b.CLOUDFLARE_1010,
        (O.AUTH, "cloudflare_1010", *AUTH),
        headers={"content-type": "text/plain", "server": "cloudflare"},
    ),
    Case(
        "wrong key",
        "openai_images",
        401,
        b.gateway(f"Incorrect API key provided: {b.KEY}", "invalid_request_error", "invalid_api_key"),
        (O.AUTH, "invalid_api_key", *AUTH),
    ),
    Case(
        "no access",
        "gemini",
        403,
        b.gateway("令牌无权访问", "new_api_error", "access_denied"),
        (O.AUTH, "access_denied", *AUTH),
    ),
    Case(
        "account limited",
        "gemini",
        200,
        b.gemini(finish="PUP_LIMITED_DISABLED"),
        (O.AUTH, "account_limited", CLIENT, None, "account.auth"),
    ),
    *(
        Case(
            f"empty balance as {status}",
            adapter,
            status,
            b.EMPTY_BALANCE,
            (O.BALANCE, None, CLIENT, False, "account.balance"),
        )
        for adapter in ("gemini", "openai_images")
        for status in (429, 403, 402, 500, 200)
    ),
    Case("402", "gemini", 402, b"", (O.BALANCE, None, CLIENT, False, "account.balance")),
    Case(
        "OpenAI: quota of the account",
        "openai_images",
        429,
        b.gateway("You exceeded your current quota", "insufficient_quota", "insufficient_quota"),
        (O.BALANCE, None, CLIENT, False, "account.balance"),
    ),
    Case(
        "OpenAI: hard limit",
        "openai_images",
        400,
        b.gateway("Billing hard limit has been reached", "billing_limit_user_error", "billing_hard_limit_reached"),
        (O.BALANCE, None, CLIENT, False, "account.balance"),
    ),
]

LIMITED = [
    *(
        Case(
            f"429, {name}, {said}",
            adapter,
            429,
            body,
            (O.RATE_LIMITED, kind, whose, False, RATE),
            below_limit=below,
        )
        for name, adapter, body, kind, by_rate in (
            ("a day", "gemini", b.DAILY_429, "rpd", False),
            ("a minute", "gemini", b.MINUTE_429, "rpm", True),
            ("no details", "gemini", b.BARE_429, "unknown", True),
            ("images", "openai_images", b.IPM_429, "ipm", True),
            ("no body", "openai_images", b"", "unknown", True),
            (
                "tokens",
                "gemini",
                b.rpc(429, b.QUOTA_MESSAGE, "RESOURCE_EXHAUSTED", b.quota_failure((b.TPM, "250000"))),
                "tpm",
                False,
            ),
            (
                "concurrency",
                "gemini",
                b.gateway("令牌并发超限", "new_api_error", "token_concurrency_limit_reached"),
                "concurrency",
                False,
            ),
            (
                "spending",
                "gemini",
                b.rpc(429, "Your project has exceeded its spending cap.", "RESOURCE_EXHAUSTED"),
                "spend",
                False,
            ),
        )
        for said, below, whose in (
            ("above what is advertised", False, CLIENT),
            ("below what is advertised", True, PROVIDER if by_rate else UNKNOWN),
            ("nothing advertised", None, UNKNOWN),
        )
    ),
    Case(
        "RPD by message alone",
        "openai_images",
        429,
        b.gateway(
            "Rate limit reached for dall-e-3 on requests per day (RPD): Limit 500", "requests", "rate_limit_exceeded"
        ),
        (O.RATE_LIMITED, "rpd", UNKNOWN, False, RATE),
        below_limit=True,
    ),
    Case(
        "RPM by message alone",
        "openai_images",
        429,
        b.gateway("Rate limit reached on requests per min (RPM): Limit 5", "requests", "rate_limit_exceeded"),
        (O.RATE_LIMITED, "rpm", PROVIDER, False, RATE),
        below_limit=True,
    ),
    Case(
        "remapped by the gateway",
        "gemini",
        500,
        b.rpc(429, "Resource has been exhausted", "RESOURCE_EXHAUSTED"),
        (O.RATE_LIMITED, "unknown", UNKNOWN, False, RATE),
    ),
    Case(
        "429 inside HTTP 200",
        "gemini",
        200,
        b.MINUTE_429,
        (O.RATE_LIMITED, "rpm", UNKNOWN, False, RATE),
    ),
    Case(
        "429 of a proxy, as a page",
        "gemini",
        429,
        b.HTML,
        (O.RATE_LIMITED, "unknown", UNKNOWN, False, RATE),
        headers=TEXT,
    ),
]

OVERLOADED_503 = b.rpc(503, "The model is overloaded. Please try again later.", "UNAVAILABLE")
DEADLINE = "Deadline expired before operation could complete."
INTERNAL = b.rpc(500, "An internal error has occurred. Please retry or report", "INTERNAL")

SERVER = [
    _google("overloaded", 503, OVERLOADED_503, (O.OVERLOADED, None, PROVIDER, False, "server.overloaded")),
    _google(
        "no capacity",
        503,
        b.rpc(503, "No capacity available for model", "UNAVAILABLE", b.error_info("MODEL_CAPACITY_EXHAUSTED")),
        (O.OVERLOADED, None, PROVIDER, False, "server.overloaded"),
    ),
    _google(
        "no upstream channel", 503, b.NO_CHANNEL, (O.OVERLOADED, "no_channel", PROVIDER, False, "server.overloaded")
    ),
    _google(
        "no upstream channel, remapped to 404",
        404,
        b.NO_CHANNEL,
        (O.OVERLOADED, "no_channel", PROVIDER, False, "server.overloaded"),
    ),
    _google(
        "all keys of the gateway in use",
        500,
        b.gateway("no key", "new_api_error", "channel:no_available_key"),
        (O.OVERLOADED, None, PROVIDER, False, "server.overloaded"),
    ),
    Case(
        "OpenAI overloaded",
        "openai_images",
        503,
        b.gateway("overloaded", "server_error", "server_is_overloaded"),
        (O.OVERLOADED, None, PROVIDER, False, "server.overloaded"),
    ),
    Case("529", "openai_images", 529, b"", (O.OVERLOADED, None, PROVIDER, False, "server.overloaded")),
    _google(
        "code as a number, blamed on us by a remapped status",
        429,
        b.gateway("The model is overloaded. Please try again later.", "upstream_error", 503),
        (O.OVERLOADED, None, PROVIDER, False, "server.overloaded"),
    ),
    _google(
        "overloaded inside HTTP 200",
        200,
        b.gateway("The model is overloaded.", "upstream_error", 503),
        (O.OVERLOADED, None, PROVIDER, None, "server.overloaded"),
    ),
    _google(
        "the gateway's key upstream is refused",
        401,
        b.gateway("invalid key", "new_api_error", "channel:invalid_key"),
        (O.SERVER_ERROR, "channel:invalid_key", PROVIDER, False, "gateway.channel"),
    ),
    _google(
        "the gateway's channel is too slow, inside HTTP 200",
        200,
        b.gateway("slow", "new_api_error", "channel:response_time_exceeded"),
        (O.SERVER_ERROR, "channel:response_time_exceeded", PROVIDER, None, "gateway.channel"),
    ),
    _google(
        "503 that is a timeout",
        503,
        b.rpc(503, DEADLINE, "UNAVAILABLE"),
        (O.TIMEOUT, "server_503_deadline", PROVIDER, None, "server.timeout"),
    ),
    _google(
        "504",
        504,
        b.rpc(504, DEADLINE, "DEADLINE_EXCEEDED"),
        (O.TIMEOUT, "server_504", PROVIDER, None, "server.timeout"),
    ),
    _google("504 of a proxy", 504, b.HTML, (O.TIMEOUT, "server_504", PROVIDER, None, "server.timeout")),
    _google(
        "timeout inside HTTP 200",
        200,
        b.rpc("", DEADLINE, "DEADLINE_EXCEEDED"),
        (O.TIMEOUT, "server_504", PROVIDER, None, "server.timeout"),
    ),
    _google("500", 500, INTERNAL, (O.SERVER_ERROR, "500", PROVIDER, False, "server.error")),
    Case(
        "502 of a proxy", "gemini", 502, b.HTML, (O.SERVER_ERROR, "502", PROVIDER, False, "server.error"), headers=TEXT
    ),
    Case(
        "524: Cloudflare stopped waiting",
        "gemini",
        524,
        b.HTML,
        (O.SERVER_ERROR, "524", PROVIDER, None, "server.error"),
        headers=TEXT,
    ),
    Case(
        "501",
        "openai_images",
        501,
        b.gateway("not implemented", "new_api_error", "api_not_implemented"),
        (O.SERVER_ERROR, "501", PROVIDER, False, "server.error"),
    ),
    _google(
        "a gateway's upstream refuses its key, as 500",
        500,
        b.rpc(401, "API key not valid", "UNAUTHENTICATED"),
        (O.SERVER_ERROR, "500", PROVIDER, False, "server.error"),
    ),
    _google("500 inside HTTP 200", 200, INTERNAL, (O.SERVER_ERROR, "500", PROVIDER, None, "server.error")),
    _google(
        "an error wrapped in an array",
        500,
        b"[" + INTERNAL + b"]",
        (O.SERVER_ERROR, "500", PROVIDER, False, "server.error"),
    ),
    _google(
        "an error of no class inside HTTP 200",
        200,
        b.gateway("bad response", "new_api_error", "bad_response_body"),
        (O.SERVER_ERROR, "http200_error", PROVIDER, None, "http.error_inside_200"),
    ),
    Case(
        "an error that is only text, inside HTTP 200",
        "openai_images",
        200,
        b'{"error": "something went wrong"}',
        (O.SERVER_ERROR, "http200_error", PROVIDER, None, "http.error_inside_200"),
    ),
]

OURS = [
    _google(
        "malformed request",
        400,
        b.rpc(400, "Invalid JSON payload", "INVALID_ARGUMENT"),
        (O.CLIENT_ERROR, "400", CLIENT, False, "client.error"),
    ),
    _google("no such model", 404, b.NOT_FOUND, (O.CLIENT_ERROR, "404", CLIENT, False, "client.error")),
    Case(
        "no such path",
        "openai_images",
        404,
        b.gateway("Invalid URL (POST /v1/images/generations)", "invalid_request_error", ""),
        (O.CLIENT_ERROR, "404", CLIENT, False, "client.error"),
    ),
    Case(
        "413",
        "gemini",
        413,
        b.gateway("too large", "new_api_error", "read_request_body_failed"),
        (O.CLIENT_ERROR, "413", CLIENT, False, "client.error"),
    ),
    Case("415", "openai_images", 415, b.HTML, (O.CLIENT_ERROR, "415", CLIENT, False, "client.error")),
    Case("422", "openai_images", 422, b"{}", (O.CLIENT_ERROR, "422", CLIENT, False, "client.error")),
    _google(
        "400 inside HTTP 200",
        200,
        b.rpc(400, "Invalid argument", "INVALID_ARGUMENT"),
        (O.CLIENT_ERROR, "400", CLIENT, False, "client.error"),
    ),
    _google("bad key inside HTTP 200", 200, b.BAD_KEY, (O.AUTH, "api_key_invalid", *AUTH)),
]

BODY = "body.malformed"
MALFORMED = [
    *(
        Case(f"{name}, {adapter}", adapter, 200, body, (O.MALFORMED, detail, PROVIDER, None, BODY), headers=headers)
        for adapter in ("gemini", "openai_images")
        for name, body, detail, headers in (
            ("a page", b.HTML, "html", TEXT),
            ("nothing", b"", "empty", JSON),
            ("blanks", b" \r\n ", "empty", JSON),
            ("plain text", b"upstream connect error", "not_json", JSON),
            ("{}", b"{}", "schema", JSON),
            ("[]", b"[]", "schema", JSON),
            ("null", b"null", "schema", JSON),
            ("a number", b"7", "schema", JSON),
            ("another protocol", b'{"code": 200, "msg": "success", "data": null}', "schema", JSON),
        )
    ),
    *(
        Case(
            f"JSON cut at {percent} %, {adapter}",
            adapter,
            200,
            body[: len(body) * percent // 100],
            (O.TRUNCATED, "json", PROVIDER, None, "body.cut"),
        )
        for adapter, body in (
            ("gemini", b.gemini(b.inline(b.IMAGE))),
            ("openai_images", b.openai({"b64_json": b.b64(b.IMAGE)})),
        )
        for percent in (1, 10, 50, 90, 99)
    ),
    *(
        Case(
            f"HTTP {status}",
            "gemini",
            status,
            body,
            (O.MALFORMED, f"http_{status}", PROVIDER, None, "http.unexpected_status"),
        )
        for status, body in (
            (201, b.gemini(b.inline(b.IMAGE))),
            (202, b"{}"),
            (204, b""),
            (307, b""),
            (301, b.HTML),
        )
    ),
]

REACH = [
    Case(
        "reached, Google",
        "gemini",
        200,
        b.to_bytes({"name": "models/m"}),
        (O.OK, None, PROVIDER, False, "reach.answered"),
        ask=REACH_ASK,
    ),
    Case(
        "reached, gateway",
        "gemini",
        200,
        b.to_bytes({"id": "m", "object": "model"}),
        (O.OK, None, PROVIDER, False, "reach.answered"),
        ask=REACH_ASK,
    ),
    Case(
        "reached, OpenAI",
        "openai_images",
        200,
        b.to_bytes({"object": "list", "data": []}),
        (O.OK, None, PROVIDER, False, "reach.answered"),
        ask=REACH_ASK,
    ),
    Case("reached a page", "gemini", 200, b.HTML, (O.MALFORMED, "html", PROVIDER, False, BODY), ask=REACH_ASK),
    Case("reached something else", "gemini", 200, b"{}", (O.MALFORMED, "schema", PROVIDER, False, BODY), ask=REACH_ASK),
    Case(
        "reached something else",
        "openai_images",
        200,
        b'{"data": {}}',
        (O.MALFORMED, "schema", PROVIDER, False, BODY),
        ask=REACH_ASK,
    ),
    Case(
        "reach, 503",
        "gemini",
        503,
        OVERLOADED_503,
        (O.OVERLOADED, None, PROVIDER, False, "server.overloaded"),
        ask=REACH_ASK,
    ),
    Case("reach, bad key", "gemini", 400, b.BAD_KEY, (O.AUTH, "api_key_invalid", *AUTH), ask=REACH_ASK),
    Case("reach, 429", "gemini", 429, b.BARE_429, (O.RATE_LIMITED, "unknown", UNKNOWN, False, RATE), ask=REACH_ASK),
    Case(
        "reach, 504", "gemini", 504, b.HTML, (O.TIMEOUT, "server_504", PROVIDER, False, "server.timeout"), ask=REACH_ASK
    ),
]


def _wire(
    fault: WireFault, outcome: Outcome, billed: bool | None, whose: tuple[Attribution, ...], phases: Phases = NOT_TIMED
) -> list[Case]:
    """One fault under the three findings of the control probe: not asked, others answer, nobody answers."""
    return [
        Case(
            f"{fault}{' in the handshake' if phases.connect_ms else ''}, {said}",
            "gemini",
            None,
            b"",
            (outcome, fault.detail, by, billed, "wire.fault"),
            control_ok=control,
            fault=fault,
            phases=phases,
        )
        for (said, control), by in zip(
            (("not asked", None), ("others answer", True), ("nobody answers", False)), whose, strict=True
        )
    ]


BELOW_HTTP = (UNKNOWN, PROVIDER, NETWORK)
CONNECTED = (PROVIDER, PROVIDER, NETWORK)
THEIRS = (PROVIDER, PROVIDER, PROVIDER)
MADE, HANDSHAKE = Phases(conn_reused=False), Phases(connect_ms=1.0)  # the second: never ready, so nothing was sent
STALE = Phases(total_ms=3.0, conn_reused=True)

WIRE = [
    *_wire(WireFault.TIMEOUT_CONNECT, O.TIMEOUT, False, BELOW_HTTP),
    *_wire(WireFault.TIMEOUT_TLS, O.TIMEOUT, False, BELOW_HTTP),
    *_wire(WireFault.TIMEOUT_TTFB, O.TIMEOUT, None, CONNECTED),
    *_wire(WireFault.READ_STALL, O.TIMEOUT, None, CONNECTED),
    *_wire(WireFault.TIMEOUT_TOTAL, O.TIMEOUT, None, CONNECTED),
    *_wire(WireFault.DNS, O.CONNECTION, False, BELOW_HTTP),
    *_wire(WireFault.REFUSED, O.CONNECTION, False, BELOW_HTTP),
    *_wire(WireFault.TLS, O.CONNECTION, False, BELOW_HTTP),
    *_wire(WireFault.NETWORK, O.CONNECTION, False, BELOW_HTTP),
    *_wire(WireFault.RESET, O.CONNECTION, None, BELOW_HTTP, MADE),
    *_wire(WireFault.DISCONNECT, O.CONNECTION, None, BELOW_HTTP, MADE),
    *_wire(WireFault.RESET, O.CONNECTION, False, BELOW_HTTP, HANDSHAKE),
    *_wire(WireFault.DISCONNECT, O.CONNECTION, False, BELOW_HTTP, HANDSHAKE),
    *_wire(WireFault.CUT, O.TRUNCATED, None, CONNECTED),
    *_wire(WireFault.TOO_LARGE, O.MALFORMED, None, THEIRS),
    *_wire(WireFault.PROTOCOL, O.MALFORMED, None, THEIRS),
    *(
        Case(
            f"stale connection, {fault}",
            "gemini",
            None,
            b"",
            (O.CONNECTION, "stale", MONITOR, None, "wire.stale_connection"),
            fault=fault,
            phases=STALE,
            control_ok=True,
        )
        for fault in (WireFault.RESET, WireFault.DISCONNECT)
    ),
    Case(
        "a reused connection that breaks after ten seconds of work",
        "gemini",
        None,
        b"",
        (O.CONNECTION, "reset", PROVIDER, None, "wire.fault"),
        fault=WireFault.RESET,
        phases=Phases(total_ms=10_000.0, conn_reused=True),
        control_ok=True,
    ),
    Case(
        "the host of the image refuses, after the image was made",
        "openai_images",
        None,
        b"",
        (O.CONNECTION, "refused", PROVIDER, None, "wire.fault"),
        fault=WireFault.REFUSED,
        fetched=[Exchange(None)],
        control_ok=True,
    ),
]

INSIDE_200 = "http.error_inside_200"
KIE = [
    Case(f"Kie {name}", "kie", status, body, (outcome, detail, by, billed, rule), ask=IMAGE_ASK)
    for name, status, body, outcome, detail, by, billed, rule in (
        ("400 of the envelope", 200, b.kie(400), O.CLIENT_ERROR, "400", CLIENT, False, "client.error"),
        ("bad key", 200, b.kie(401, "You do not have access permissions"), O.AUTH, "401", *AUTH),
        ("no credits", 200, b.kie(402, "Insufficient credits"), O.BALANCE, None, CLIENT, False, "account.balance"),
        ("404", 200, b.kie(404), O.CLIENT_ERROR, "404", CLIENT, False, "client.error"),
        ("upstream over ten minutes", 200, b.kie(408), O.TIMEOUT, "task", PROVIDER, None, "server.timeout"),
        ("422", 200, b.kie(422, "validation"), O.CLIENT_ERROR, "422", CLIENT, False, "client.error"),
        ("429 inside", 200, b.kie(429), O.RATE_LIMITED, "unknown", UNKNOWN, False, RATE),
        ("429 as HTTP", 429, b.kie(429), O.RATE_LIMITED, "unknown", UNKNOWN, False, RATE),
        ("cap of our key", 200, b.kie(433), O.BALANCE, None, CLIENT, False, "account.balance"),
        ("reference image", 200, b.kie(451), O.CLIENT_ERROR, "451", CLIENT, False, "client.error"),
        ("maintenance", 200, b.kie(455), O.SERVER_ERROR, "500", PROVIDER, None, "server.error"),
        ("500", 200, b.kie(500), O.SERVER_ERROR, "500", PROVIDER, None, "server.error"),
        ("501", 200, b.kie(501), O.SERVER_ERROR, "501", PROVIDER, None, "server.error"),
        ("feature disabled", 200, b.kie(505), O.SERVER_ERROR, "505", PROVIDER, None, "server.error"),
        ("a code nobody knows", 200, b.kie(777), O.SERVER_ERROR, "http200_error", PROVIDER, None, INSIDE_200),
        ("policy", 200, b.kie(400, "content policy"), *_blocked("policy")),
        ("Cloudflare 1010", 403, b.CLOUDFLARE_1010, O.AUTH, "cloudflare_1010", *AUTH),
        ("a page", 200, b.HTML, O.MALFORMED, "html", PROVIDER, None, BODY),
        ("nothing", 200, b"", O.MALFORMED, "empty", PROVIDER, None, BODY),
        ("{}", 200, b"{}", O.MALFORMED, "schema", PROVIDER, None, BODY),
        ("accepted without a task", 200, b.kie(200, "success", {}), O.MALFORMED, "schema", PROVIDER, None, BODY),
    )
]


def _task(name: str, told: dict[str, object], expected: tuple[object, ...], *fetched: Exchange) -> Case:
    """A task that was accepted, and what its first poll said."""
    poll = Exchange(200, JSON, b.kie(200, "success", {"taskId": "t1", "model": "nano-banana-pro"} | told))
    created = b.kie(200, "success", {"taskId": "t1"})
    return Case(f"Kie task {name}", "kie", 200, created, expected, fetched=[poll, *fetched])  # type: ignore[arg-type]  # a row


KIE_TASKS = [
    _task(
        "done",
        {"state": "success", "resultJson": '{"resultUrls":["https://f.example/x.png"]}'},
        (O.OK, None, PROVIDER, True, "image.as_asked"),
        Exchange(200, {}, b.IMAGE),
    ),
    _task(
        "done, its file gone",
        {"state": "success", "resultJson": '{"resultUrls":["https://f.example/x.png"]}'},
        (O.IMAGE_INVALID, "url_404", PROVIDER, None, "image.unsound"),
        Exchange(404, {}, b""),
    ),
    _task(
        "done, with nothing",
        {"state": "success", "resultJson": '{"resultUrls":[]}'},
        (O.OK_NO_IMAGE, "nothing", PROVIDER, None, "image.none"),
    ),
    _task(
        "done, in another schema",
        {"state": "success", "resultJson": "7"},
        (O.MALFORMED, "schema", PROVIDER, None, BODY),
    ),
    *(
        _task(
            f"failed, {code}",
            {"state": "fail", "failCode": code, "failMsg": said},
            expected,
        )
        for code, said, expected in (
            ("500", "Internal Error", (O.SERVER_ERROR, "500", PROVIDER, None, "server.error")),
            ("501", "generation failed", (O.SERVER_ERROR, "501", PROVIDER, None, "server.error")),
            ("422", "upstream said no", (O.SERVER_ERROR, "500", PROVIDER, None, "server.error")),
            (None, "", (O.SERVER_ERROR, "500", PROVIDER, None, "server.error")),
            ("400", "flagged as sensitive", _blocked("policy")),
        )
    ),
]

FOUND_OUT = [
    Case(
        f"{problem}, {adapter}",
        adapter,
        200,
        b.gemini(b.inline(b.IMAGE)) if adapter == "gemini" else b.openai({"b64_json": b.b64(b.IMAGE)}),
        (O.IMAGE_INVALID, problem, PROVIDER, None, rule),
        problem=problem,
    )
    for problem, rule in (("repeat", "image.repeat"), ("url_refused", "image.unsound"))
    for adapter in ("gemini", "openai_images")
]

GATEWAYS = [
    _google(
        f"{word} as {status}",
        status,
        b.gateway("upstream trouble (request id: 2026)", "new_api_error", word),
        (O.SERVER_ERROR, detail, PROVIDER, False, rule),
    )
    for word in (
        "get_channel_failed",
        "do_request_failed",
        "bad_response",
        "bad_response_body",
        "empty_response",
        "model_price_error",
    )
    for status, detail, rule in (
        (500, "500", "server.error"),
        (400, word, "gateway.channel"),
        (429, word, "gateway.channel"),
    )
] + [
    _google(
        "upstream's refusal of the request, passed on",
        400,
        b.gateway("bad response status code 400", "upstream_error", "bad_response_status_code"),
        (O.CLIENT_ERROR, "400", CLIENT, False, "client.error"),
    ),
    _google(
        "sensitive words, as 500",
        500,
        b.gateway("sensitive words detected", "new_api_error", "sensitive_words_detected"),
        _blocked("sensitive_words_detected"),
    ),
    _google(
        "too many at once, for this key",
        429,
        b.gateway("...", "new_api_error", "token_concurrency_limit_reached"),
        (O.RATE_LIMITED, "concurrency", UNKNOWN, False, RATE),
    ),
    _google(
        "empty balance, as 403",
        403,
        b.gateway("用户额度不足", "new_api_error", "insufficient_user_quota"),
        (O.BALANCE, None, CLIENT, False, "account.balance"),
    ),
]

UNFINISHED = [
    Case(
        f"a task that is not done at the deadline, control {control}",
        "kie",
        None,
        b"",
        (O.TIMEOUT, "task", PROVIDER, None, "task.unfinished"),
        fault=WireFault.TIMEOUT_TOTAL,
        fetched=[Exchange(200)],
        control_ok=control,
    )
    for control in (None, True, False)
]

HASTY = [  # our deadline was shorter than the provider advises
    *(
        Case(
            f"{fault}: we did not wait as long as is advised, control {control}",
            "gemini",
            None,
            b"",
            (O.TIMEOUT, fault.detail, CLIENT, None, "wire.fault"),
            fault=fault,
            control_ok=control,
            patient=False,
        )
        for fault in (WireFault.TIMEOUT_TTFB, WireFault.READ_STALL, WireFault.TIMEOUT_TOTAL)
        for control in (None, True, False)
    ),
    Case(
        "no connection within a deadline that was too short all the same",
        "gemini",
        None,
        b"",
        (O.TIMEOUT, "connect", PROVIDER, False, "wire.fault"),
        fault=WireFault.TIMEOUT_CONNECT,
        control_ok=True,
        patient=False,
    ),
    Case(
        "a task that we gave up on too early",
        "kie",
        None,
        b"",
        (O.TIMEOUT, "task", CLIENT, None, "task.unfinished"),
        fault=WireFault.TIMEOUT_TOTAL,
        fetched=[Exchange(200)],
        patient=False,
    ),
]

CASES = [
    *HASTY,
    *KIE,
    *KIE_TASKS,
    *FOUND_OUT,
    *GATEWAYS,
    *UNFINISHED,
    *IMAGES,
    *UNSOUND,
    *WITHOUT_IMAGE,
    *BLOCKED,
    *ACCOUNT,
    *LIMITED,
    *SERVER,
    *OURS,
    *MALFORMED,
    *REACH,
    *WIRE,
]

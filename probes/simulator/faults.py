"""Everything that can go wrong on purpose: one registry, a name and a sentence for each fault.

`docs/simulator.md` lists it, `GET /_sim/faults` serves it as JSON. Which formats have words for a fault is told by
the `SPEAKS` of each format.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Self


class Stage(StrEnum):
    """Where in the life of a request a fault strikes."""

    THROTTLE = "throttle"  # refused instead of being admitted
    AT_ONCE = "at_once"  # refused at once; nothing was generated
    AFTER_WORK = "after_work"  # refused after the time that an image takes
    INSTEAD = "instead"  # HTTP 200 after that time, with a body that is no answer of any format
    ANSWER = "answer"  # the format's own way of giving no image, or one in another place
    PICTURE = "picture"  # a sound answer around another picture than was asked for
    DELIVERY = "delivery"  # a sound answer, with something done to it on its way
    WIRE = "wire"  # no HTTP answer at all
    HANDSHAKE = "handshake"  # no TLS, or late, at a provider's own door
    PORT = "port"  # no connection, at a provider's own door


class Fault(StrEnum):
    """A fault by name, as in a scenario's `faults` and `outages` and in the request header `x-sim-fault`."""

    stage: Stage
    about: str
    delivers: bool  # whether a client that copes with it has an image

    def __new__(cls, name: str, stage: Stage, about: str, delivers: bool = False) -> Self:  # noqa: FBT001, FBT002 - members are tuples
        """A member; its value is its name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.stage, member.about, member.delivers = stage, about, delivers
        return member

    # --- 429 ---
    RATE_LIMITED = "rate_limited", Stage.THROTTLE, "429, requests per minute, with quota and delay"
    RATE_LIMITED_TOKENS = "rate_limited_tokens", Stage.THROTTLE, "429, input tokens per minute"
    RATE_LIMITED_IMAGES = "rate_limited_images", Stage.THROTTLE, "429, images per minute"
    RATE_LIMITED_DAY = "rate_limited_day", Stage.THROTTLE, "429, requests per day, with a delay that is far too short"
    RATE_LIMITED_SPEND = "rate_limited_spend", Stage.THROTTLE, "429, money spent within the last ten minutes"
    RATE_LIMITED_SEVERAL = "rate_limited_several", Stage.THROTTLE, "429 that names the quotas of day, minute and tokens"
    RATE_LIMITED_BARE = "rate_limited_bare", Stage.THROTTLE, "429 that does not say which limit, nor how long to wait"
    CONTENDED = "contended", Stage.THROTTLE, "429 of pay-as-you-go: resources are shared, and taken"
    PROVISIONED_EXCEEDED = "provisioned_exceeded", Stage.THROTTLE, "429: more than the provisioned throughput"
    OUT_OF_CREDIT = "out_of_credit", Stage.THROTTLE, "429 insufficient_quota: our own account is empty"
    GATEWAY_OUT_OF_CREDIT = "gateway_out_of_credit", Stage.THROTTLE, "429 in Chinese: our own account is empty"
    GATEWAY_SATURATED = "gateway_saturated", Stage.THROTTLE, "429 in the same Chinese words: the gateway's upstream"
    GATEWAY_CONCURRENCY = "gateway_concurrency", Stage.THROTTLE, "429 token_concurrency_limit_reached"

    # --- 5xx in words ---
    OVERLOADED = "overloaded", Stage.AT_ONCE, "503, the model is overloaded"
    NO_CAPACITY = "no_capacity", Stage.AT_ONCE, "503, no machines for this model (MODEL_CAPACITY_EXHAUSTED)"
    UNAVAILABLE = "unavailable", Stage.AT_ONCE, "503, the service is unavailable"
    DEADLINE_503 = "deadline_503", Stage.AFTER_WORK, "503 that is a timeout: deadline expired"
    OVERLOADED_ARRAY = "overloaded_array", Stage.AT_ONCE, "503 as the only element of a JSON array"
    OVERLOADED_529 = "overloaded_529", Stage.AT_ONCE, "529, which is no registered status, with an overload in words"
    INTERNAL = "internal", Stage.AFTER_WORK, "500 after the time that an image takes"
    INTERNAL_SHORT = "internal_short", Stage.AFTER_WORK, "500 in other words"
    DEADLINE = "deadline", Stage.AFTER_WORK, "504 after the time that an image takes"
    OUT_OF_MEMORY = "out_of_memory", Stage.AFTER_WORK, "500, the graphics card has too little memory"

    # --- 4xx in words ---
    KEY_INVALID = "key_invalid", Stage.AT_ONCE, "the key is refused: 400 at Google, 401 elsewhere"
    KEY_EXPIRED = "key_expired", Stage.AT_ONCE, "the key or token has expired"
    PRECONDITION = "precondition", Stage.AT_ONCE, "400 FAILED_PRECONDITION: not in this country, or no billing"
    INVALID_ARGUMENT = "invalid_argument", Stage.AT_ONCE, "400 or 422: the request is said to be wrong"
    FORBIDDEN = "forbidden", Stage.AT_ONCE, "403: the key may not do this"
    NOT_THERE = "not_there", Stage.AT_ONCE, "404: no such model"
    TOO_LARGE = "too_large", Stage.AT_ONCE, "413: the request is too large"
    PAYMENT_REQUIRED = "payment_required", Stage.AT_ONCE, "402: our own account is empty"
    CANCELLED = "cancelled", Stage.AFTER_WORK, "499: the server believes that we went away"
    KEY_ECHOED = "key_echoed", Stage.AT_ONCE, "500 whose text holds the key of the request"

    # --- gateways of the one-api and new-api family ---
    GATEWAY_UPSTREAM = "gateway_upstream", Stage.AT_ONCE, "500 bad_response_status_code, with a request id in its text"
    GATEWAY_INT_CODE = "gateway_int_code", Stage.AT_ONCE, "503 whose code is a number, not a word"
    GATEWAY_REMAPPED = "gateway_remapped", Stage.AT_ONCE, "an upstream's 503, remapped to 400 by the operator"
    GATEWAY_NO_CHANNEL = "gateway_no_channel", Stage.AT_ONCE, "503 model_not_found in Chinese: no upstream channel"
    GATEWAY_NO_KEY_LEFT = "gateway_no_key_left", Stage.AT_ONCE, "503 channel:no_available_key: theirs, not ours"
    GATEWAY_CHANNEL_KEY = "gateway_channel_key", Stage.AT_ONCE, "500 channel:invalid_key: theirs, not ours"
    GATEWAY_SLOW_CHANNEL = "gateway_slow_channel", Stage.AFTER_WORK, "504 channel:response_time_exceeded"
    GATEWAY_UNREACHED = "gateway_unreached", Stage.AT_ONCE, "500 do_request_failed: its upstream was not reached"
    GATEWAY_EMPTY = "gateway_empty", Stage.AFTER_WORK, "500 empty_response: its upstream said nothing"
    GATEWAY_BAD_BODY = "gateway_bad_body", Stage.AFTER_WORK, "500 bad_response_body: its upstream said nonsense"
    GATEWAY_UNREAD = "gateway_unread", Stage.AT_ONCE, "413 read_request_body_failed"
    GATEWAY_DENIED = "gateway_denied", Stage.AT_ONCE, "403 access_denied"
    GATEWAY_BALANCE_403 = "gateway_balance_403", Stage.AT_ONCE, "403 insufficient_user_quota: our own account is empty"
    GATEWAY_SENSITIVE = "gateway_sensitive", Stage.AT_ONCE, "400 sensitive_words_detected: a policy"
    GATEWAY_PROMPT_BLOCKED = "gateway_prompt_blocked", Stage.AFTER_WORK, "400 prompt_blocked: a policy"
    GATEWAY_NO_PRICE = "gateway_no_price", Stage.AT_ONCE, "500 model_price_error: the model has no price there"
    GATEWAY_NOT_MADE = "gateway_not_made", Stage.AT_ONCE, "501 api_not_implemented"

    # --- pages of whoever stands in front ---
    HTML_502 = "html_502", Stage.AT_ONCE, "502 with a proxy's HTML page"
    HTML_524 = "html_524", Stage.AFTER_WORK, "524 with a proxy's HTML page: its upstream took too long"
    CLOUDFLARE_1010 = "cloudflare_1010", Stage.AT_ONCE, "403 `error code: 1010`: the client's signature is banned"
    REDIRECT = "redirect", Stage.AT_ONCE, "307 to another path, where the key must not go"

    # --- task APIs: errors in an envelope at HTTP 200, and tasks that come to nothing ---
    ENVELOPE_400 = "envelope_400", Stage.AT_ONCE, "HTTP 200, code 400: a policy refused"
    ENVELOPE_401 = "envelope_401", Stage.AT_ONCE, "HTTP 200, code 401: no access"
    ENVELOPE_402 = "envelope_402", Stage.AT_ONCE, "HTTP 200, code 402: our own account is empty"
    ENVELOPE_404 = "envelope_404", Stage.AT_ONCE, "HTTP 200, code 404"
    ENVELOPE_408 = "envelope_408", Stage.AT_ONCE, "HTTP 200, code 408: its upstream took longer than ten minutes"
    ENVELOPE_422 = "envelope_422", Stage.AT_ONCE, "HTTP 200, code 422: validation"
    ENVELOPE_429 = "envelope_429", Stage.THROTTLE, "HTTP 200, code 429: too many requests"
    ENVELOPE_433 = "envelope_433", Stage.AT_ONCE, "HTTP 200, code 433: the limit of the key is used up"
    ENVELOPE_451 = "envelope_451", Stage.AT_ONCE, "HTTP 200, code 451: the reference image cannot be had"
    ENVELOPE_455 = "envelope_455", Stage.AT_ONCE, "HTTP 200, code 455: maintenance"
    ENVELOPE_500 = "envelope_500", Stage.AT_ONCE, "HTTP 200, code 500"
    ENVELOPE_501 = "envelope_501", Stage.AT_ONCE, "HTTP 200, code 501: generation failed"
    ENVELOPE_505 = "envelope_505", Stage.AT_ONCE, "HTTP 200, code 505: switched off"
    TASK_FAILED = "task_failed", Stage.ANSWER, "the task ends in state fail, by the provider's own fault"
    TASK_REFUSED = "task_refused", Stage.ANSWER, "the task ends in state fail, by a policy"
    TASK_STUCK = "task_stuck", Stage.ANSWER, "the task never ends"
    TASK_LOST = "task_lost", Stage.ANSWER, "the task is unknown as soon as it is asked for"
    TASK_UNKNOWN_STATE = "task_unknown_state", Stage.ANSWER, "the task is in a state that nobody has documented"
    TASK_EMPTY = "task_empty", Stage.ANSWER, "the task succeeds without a result"
    TASK_GARBLED = "task_garbled", Stage.ANSWER, "the task succeeds with a result that is no JSON"
    TASK_EARLY = "task_early", Stage.ANSWER, "a result is shown while the task still waits: only its state tells", True
    BATCH_FAILED = "batch_failed", Stage.ANSWER, "the batch as a whole ends in BATCH_STATE_FAILED"
    BATCH_EXPIRED = "batch_expired", Stage.ANSWER, "the batch ends in BATCH_STATE_EXPIRED"
    BATCH_CANCELLED = "batch_cancelled", Stage.ANSWER, "the batch ends in BATCH_STATE_CANCELLED"

    # --- HTTP 200, and no answer ---
    EMPTY = "empty", Stage.INSTEAD, "200 with an empty body"
    EMPTY_OBJECT = "empty_object", Stage.INSTEAD, "200 with `{}`"
    HTML_200 = "html_200", Stage.INSTEAD, "200 with an HTML page"
    ERROR_IN_200 = "error_in_200", Stage.INSTEAD, "200 with the error object of an overload"
    NOT_UTF8 = "not_utf8", Stage.INSTEAD, "200 with bytes that are no text, named as JSON"
    DEEP_JSON = "deep_json", Stage.INSTEAD, "200 with JSON nested a hundred thousand deep"
    OTHER_JSON = "other_json", Stage.INSTEAD, "200 with sound JSON whose values are all of another type"

    # --- no image, in the words of the format ---
    BLOCKED = "blocked", Stage.ANSWER, "the prompt is refused: blockReason PROHIBITED_CONTENT, moderation_blocked"
    BLOCKED_SAFETY = "blocked_safety", Stage.ANSWER, "blockReason SAFETY"
    BLOCKED_OTHER = "blocked_other", Stage.ANSWER, "blockReason OTHER"
    BLOCKED_BLOCKLIST = "blocked_blocklist", Stage.ANSWER, "blockReason BLOCKLIST"
    BLOCKED_IMAGE_SAFETY = "blocked_image_safety", Stage.ANSWER, "blockReason IMAGE_SAFETY"
    BLOCKED_UNSPECIFIED = "blocked_unspecified", Stage.ANSWER, "blockReason BLOCKED_REASON_UNSPECIFIED"
    BLOCKED_MODEL_ARMOR = "blocked_model_armor", Stage.ANSWER, "blockReason MODEL_ARMOR, of Vertex only"
    BLOCKED_JAILBREAK = "blocked_jailbreak", Stage.ANSWER, "blockReason JAILBREAK, of Vertex only"
    BLOCKED_UNKNOWN = "blocked_unknown", Stage.ANSWER, "a blockReason that nobody has documented"
    IMAGE_SAFETY = "image_safety", Stage.ANSWER, "the image is withheld: finishReason IMAGE_SAFETY, moderation_blocked"
    NO_IMAGE = "no_image", Stage.ANSWER, "200 and no image: finishReason NO_IMAGE, an empty list"
    TEXT_ONLY = "text_only", Stage.ANSWER, "200 with words instead of an image (finishReason STOP)"
    THOUGHT_ONLY = "thought_only", Stage.ANSWER, "200 with a draft marked as thought, and no final image"
    NO_CANDIDATES = "no_candidates", Stage.ANSWER, "200 with an empty list of candidates or choices"
    FINISH_MAX_TOKENS = "finish_max_tokens", Stage.ANSWER, "finishReason MAX_TOKENS"
    FINISH_SAFETY = "finish_safety", Stage.ANSWER, "finishReason SAFETY"
    FINISH_RECITATION = "finish_recitation", Stage.ANSWER, "finishReason RECITATION"
    FINISH_LANGUAGE = "finish_language", Stage.ANSWER, "finishReason LANGUAGE"
    FINISH_OTHER = "finish_other", Stage.ANSWER, "finishReason OTHER"
    FINISH_BLOCKLIST = "finish_blocklist", Stage.ANSWER, "finishReason BLOCKLIST"
    FINISH_PROHIBITED_CONTENT = "finish_prohibited_content", Stage.ANSWER, "finishReason PROHIBITED_CONTENT"
    FINISH_SPII = "finish_spii", Stage.ANSWER, "finishReason SPII"
    FINISH_FUNCTION_CALL = "finish_malformed_function_call", Stage.ANSWER, "finishReason MALFORMED_FUNCTION_CALL"
    FINISH_IMAGE_PROHIBITED = "finish_image_prohibited_content", Stage.ANSWER, "finishReason IMAGE_PROHIBITED_CONTENT"
    FINISH_IMAGE_OTHER = "finish_image_other", Stage.ANSWER, "finishReason IMAGE_OTHER"
    FINISH_IMAGE_RECITATION = "finish_image_recitation", Stage.ANSWER, "finishReason IMAGE_RECITATION"
    FINISH_TOOL_CALL = "finish_unexpected_tool_call", Stage.ANSWER, "finishReason UNEXPECTED_TOOL_CALL"
    FINISH_TOOL_CALLS = "finish_too_many_tool_calls", Stage.ANSWER, "finishReason TOO_MANY_TOOL_CALLS"
    FINISH_SIGNATURE = "finish_missing_thought_signature", Stage.ANSWER, "finishReason MISSING_THOUGHT_SIGNATURE"
    FINISH_MALFORMED_RESPONSE = "finish_malformed_response", Stage.ANSWER, "finishReason MALFORMED_RESPONSE"
    FINISH_ESCALATION = "finish_escalation", Stage.ANSWER, "finishReason ESCALATION"
    FINISH_LIMITED = "finish_pup_limited_disabled", Stage.ANSWER, "finishReason PUP_LIMITED_DISABLED: our account"
    FINISH_CONTINUATION = "finish_continuation", Stage.ANSWER, "finishReason CONTINUATION"
    FINISH_MODEL_ARMOR = "finish_model_armor", Stage.ANSWER, "finishReason MODEL_ARMOR"
    FINISH_UNSPECIFIED = "finish_unspecified", Stage.ANSWER, "finishReason FINISH_REASON_UNSPECIFIED"
    FINISH_UNKNOWN = "finish_unknown", Stage.ANSWER, "a finishReason that nobody has documented"
    STREAM_ERROR = "stream_error", Stage.ANSWER, "an error as an event within a stream that began well"

    # --- an image in another place, or at a bad address ---
    BY_URL = "by_url", Stage.ANSWER, "the image at a URL, although base64 is usual", True
    URL_404 = "url_404", Stage.ANSWER, "a URL where nothing is"
    URL_EXPIRED = "url_expired", Stage.ANSWER, "a URL that has expired (403)"
    URL_PRIVATE = "url_private", Stage.ANSWER, "a URL in the link-local network, where a cloud keeps its secrets"
    URL_SCHEME = "url_scheme", Stage.ANSWER, "a URL of scheme file"
    URL_HTML = "url_html", Stage.ANSWER, "a URL that answers with an HTML page"
    URL_REDIRECT = "url_redirect", Stage.ANSWER, "a URL that redirects into the link-local network"

    # --- another picture ---
    BAD_BASE64 = "bad_base64", Stage.PICTURE, "base64 with letters that it does not have"
    BASE64_CUT = "base64_cut", Stage.PICTURE, "base64 that ends in its middle, within sound JSON"
    WRONG_TIER = (
        "wrong_tier",
        Stage.PICTURE,
        "the next lower tier (of 512: 1K), under the name that was asked for",
        True,
    )
    WRONG_RATIO = "wrong_ratio", Stage.PICTURE, "an image of the right area, half as wide and twice as high", True
    WRONG_MIME = "wrong_mime", Stage.PICTURE, "a PNG that is said to be a JPEG, or the other way round", True
    DUPLICATE = "duplicate", Stage.PICTURE, "the same image under the same identifier each time: a cache resells", True
    SERVICE_DOWNGRADE = "service_downgrade", Stage.PICTURE, "a sound image; a header says: lower service tier", True
    MODEL_SWAPPED = "model_swapped", Stage.PICTURE, "a sound image, by another model than was asked", True
    ONE_PIXEL = "one_pixel", Stage.PICTURE, "an image of one pixel"
    SINGLE_COLOUR = "single_colour", Stage.PICTURE, "an image of the right size, all of one colour"
    ZERO_BYTES = "zero_bytes", Stage.PICTURE, "an image of no bytes"
    NOT_AN_IMAGE = "not_an_image", Stage.PICTURE, "bytes that are of no image format"
    SVG = "svg", Stage.PICTURE, "an SVG named as PNG"
    IDAT_CORRUPT = "idat_corrupt", Stage.PICTURE, "a PNG whose pixels do not inflate (always PNG)"
    PNG_NO_IEND = "png_no_iend", Stage.PICTURE, "a PNG without its end chunk (always PNG)"
    JPEG_NO_EOI = "jpeg_no_eoi", Stage.PICTURE, "a JPEG without its end marker (always JPEG)"
    HUGE_CANVAS = "huge_canvas", Stage.PICTURE, "a PNG of a few bytes that claims 60,000 by 60,000 pixels"

    # --- on its way ---
    TRUNCATED = "truncated", Stage.DELIVERY, "half of the body that Content-Length promised, then the end"
    TRUNCATED_CHUNKED = "truncated_chunked", Stage.DELIVERY, "half of the body in chunks, then the end, without a last"
    RESET_MIDWAY = "reset_midway", Stage.DELIVERY, "half of the body, then RST"
    STALL = "stall", Stage.DELIVERY, "half of the body, then silence"
    DRIP = "drip", Stage.DELIVERY, "the body in small pieces, two a second, for ten minutes at most", True
    JSON_CUT = "json_cut", Stage.DELIVERY, "JSON cut short, with a Content-Length that agrees"
    CREATED = "created", Stage.DELIVERY, "201 instead of 200", True
    GZIPPED = "gzipped", Stage.DELIVERY, "a gzip-compressed body", True
    GZIP_BOMB = "gzip_bomb", Stage.DELIVERY, "a quarter of a megabyte that inflates to 256 megabytes"
    GZIP_CORRUPT = "gzip_corrupt", Stage.DELIVERY, "a body that is said to be gzip and is not"
    ENDLESS = "endless", Stage.DELIVERY, "a body that goes on for a gigabyte"
    HUGE_HEADER = "huge_header", Stage.DELIVERY, "a header of a megabyte"
    CLOCK_SKEW = "clock_skew", Stage.DELIVERY, "a Date header that is an hour ahead", True

    # --- below HTTP ---
    RESET = "reset", Stage.WIRE, "RST instead of an answer"
    CLOSE = "close", Stage.WIRE, "the connection is closed before the first header"
    HANG = "hang", Stage.WIRE, "no answer until the client goes"
    NOT_HTTP = "not_http", Stage.WIRE, "bytes that are not HTTP"
    SLOW_HEADER = "slow_header", Stage.WIRE, "a status line, then a header in single bytes, without an end"

    # --- before HTTP, at a door of the provider's own ---
    TLS_SLOW = "tls_slow", Stage.HANDSHAKE, "the TLS handshake is begun three seconds late", True
    TLS_SILENT = "tls_silent", Stage.HANDSHAKE, "the TLS handshake is never answered"
    TLS_RESET = "tls_reset", Stage.HANDSHAKE, "RST instead of an answer to the TLS handshake"
    TLS_NOT = "tls_not", Stage.HANDSHAKE, "plain HTTP where TLS was begun"
    TLS_SELF_SIGNED = "tls_self_signed", Stage.HANDSHAKE, "a certificate that nobody has signed"
    TLS_EXPIRED = "tls_expired", Stage.HANDSHAKE, "a certificate that expired yesterday"
    TLS_WRONG_HOST = "tls_wrong_host", Stage.HANDSHAKE, "a certificate of another host"
    REFUSED = "refused", Stage.PORT, "nobody listens"
    BLACK_HOLE = "black_hole", Stage.PORT, "attempts to connect are not answered at all"


BY_NAME: Final[Mapping[str, Fault]] = {str(fault): fault for fault in Fault}


def of_stage(*stages: Stage) -> frozenset[Fault]:
    """All faults of these stages."""
    return frozenset(fault for fault in Fault if fault.stage in stages)


REFUSALS: Final = (Stage.THROTTLE, Stage.AT_ONCE, Stage.AFTER_WORK)
PAGES: Final = frozenset((Fault.HTML_502, Fault.HTML_524, Fault.CLOUDFLARE_1010, Fault.REDIRECT))
AT_A_DOOR: Final = of_stage(Stage.HANDSHAKE, Stage.PORT)
EVERYWHERE: Final = PAGES | AT_A_DOOR | of_stage(Stage.INSTEAD, Stage.DELIVERY, Stage.WIRE)  # no format needs words
IN_BASE64: Final = frozenset((Fault.BAD_BASE64, Fault.BASE64_CUT))
IN_NAMES: Final = frozenset((Fault.SERVICE_DOWNGRADE, Fault.MODEL_SWAPPED))
PICTURES: Final = of_stage(Stage.PICTURE) - IN_BASE64 - IN_NAMES  # any format that shows a picture shows these
ONLY_STREAMS: Final = frozenset((Fault.STREAM_ERROR,))
ONLY_BATCHES: Final = frozenset(fault for fault in Fault if fault.startswith("batch_"))
ONLY_TASKS: Final = frozenset(fault for fault in Fault if fault.startswith("task_")) | ONLY_BATCHES
AT_A_URL: Final = frozenset(fault for fault in Fault if fault.startswith("url_"))
GATEWAY: Final = frozenset(fault for fault in Fault if fault.startswith("gateway_"))

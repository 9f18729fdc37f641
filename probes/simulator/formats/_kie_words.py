"""Kie's envelope and the words of its errors: the codes are documented, most messages no source confirms."""

import json
from dataclasses import dataclass
from typing import Final

from probes.simulator.endings import Ending, How
from probes.simulator.faults import Fault
from probes.simulator.nouns import Declined, Reply

_HEADERS: Final = {"content-type": "application/json;charset=UTF-8", "server": "cloudflare"}
_FORBIDDEN: Final = "You do not have access permissions"
_POLICY: Final = "Your prompt was flagged by Website as violating content policies."


@dataclass(frozen=True, slots=True)
class Words:
    """An error in words: code and message of the envelope, and the HTTP status around it."""

    code: int
    message: str
    status: int = 200


WORDS: Final[dict[How, Words]] = {
    Ending.NO_KEY: Words(401, _FORBIDDEN),
    Ending.BAD_KEY: Words(401, _FORBIDDEN),
    Ending.THROTTLED: Words(429, "Your call frequency is too high, please try again later", 429),
    Fault.UNAVAILABLE: Words(503, "Service Unavailable", 503),
    Fault.OVERLOADED: Words(500, "Server exception, please try again later", 500),
    Fault.KEY_ECHOED: Words(500, "Upstream request failed: Authorization: Bearer {key}", 500),
    Fault.ENVELOPE_400: Words(400, _POLICY),
    Fault.ENVELOPE_401: Words(401, _FORBIDDEN),
    Fault.ENVELOPE_402: Words(402, "The current credits are insufficient. Please top up."),
    Fault.ENVELOPE_404: Words(404, "Not Found"),
    Fault.ENVELOPE_408: Words(408, "Upstream is currently experiencing service issues. No result within 10 minutes."),
    Fault.ENVELOPE_422: Words(422, "The model name you specified is not supported."),
    Fault.ENVELOPE_429: Words(429, "Your call frequency is too high, please try again later"),
    Fault.ENVELOPE_433: Words(433, "The usage limit of this API key is reached."),
    Fault.ENVELOPE_451: Words(451, "Failed to fetch the image. Verify any access limits set by you or your provider."),
    Fault.ENVELOPE_455: Words(455, "The website is currently undergoing maintenance. Please try again later."),
    Fault.ENVELOPE_500: Words(500, "Server exception, please try again later"),
    Fault.ENVELOPE_501: Words(501, "Generation failed"),
    Fault.ENVELOPE_505: Words(505, "Feature Disabled"),
}
FAILURES: Final = {  # how a task ends that fails: code, message
    Fault.TASK_FAILED: ("500", "Internal Error, Please try again later."),
    Fault.TASK_REFUSED: ("400", _POLICY),
    Fault.INTERNAL: ("500", "Internal Error, Please try again later."),
    Fault.DEADLINE: ("408", "Upstream is currently experiencing service issues. No result within 10 minutes."),
}


def envelope(code: int, message: str, data: object, *, status: int = 200) -> Reply:
    """What every answer is in, an error too; the HTTP status says little."""
    body = {"code": code, "msg": message, "data": data}
    return Reply(status, (json.dumps(body, ensure_ascii=False).encode(),), _HEADERS)


def invalid(message: str) -> Declined:
    """422 in the envelope."""
    return Declined(Ending.INVALID, envelope(422, message, None))

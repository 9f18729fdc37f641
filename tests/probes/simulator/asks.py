"""One good request for each format, so that a test can walk over all of them."""

from dataclasses import dataclass

from probes.simulator.scenario import Scenario
from tests.probes.simulator.support import GENERATE, IMAGES, Json, asking, provider

VERTEX = "/p/v1/projects/main/locations/global/publishers/google/models/m1:generateContent"
CHAT = "/p/v1/chat/completions"
CREATE = "/p/api/v1/jobs/createTask"
TXT2IMG = "/p/sdapi/v1/txt2img"


@dataclass(frozen=True)
class Good:
    """A path and a body that are answered with one square image of 1K."""

    path: str
    body: Json


GOOD = {
    "gemini": Good(GENERATE, asking("1K", "1:1")),
    "vertex": Good(VERTEX, asking("1K", "1:1")),
    "openai_images": Good(IMAGES, {"prompt": "a fox", "model": "m1", "size": "1024x1024"}),
    "openai_chat": Good(CHAT, {"model": "m1", "messages": [{"role": "user", "content": "a fox"}]}),
    "kie": Good(CREATE, {"model": "m1", "input": {"prompt": "a fox", "resolution": "1K", "aspect_ratio": "1:1"}}),
    "a1111": Good(TXT2IMG, {"prompt": "a fox", "width": 1024, "height": 1024}),
}


def of_format(wire: str, **changes: Json) -> Scenario:
    """A scenario with one provider p of this format, model m1, key k1."""
    return Scenario.model_validate(
        {"providers": {"p": provider(wire, **{"models": ["m1"], "auth": ["bearer"], **changes})}}
    )

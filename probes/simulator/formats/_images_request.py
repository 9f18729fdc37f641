"""What a request for images may say, by family of models, and the first thing that is wrong with it, as OpenAI has it.

Source: developers.openai.com/api/reference/images (openai-openapi f85dbe22), read 2026-11-22. What a model takes is
told by its name: `dall-e-2`, `dall-e-3`, `gpt-image-1...`, `gpt-image-2...`; a model of any other name is one of a
gateway that speaks this format: it takes what any of them takes, and gives base64 unless a URL is asked for.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any, Final

from probes.simulator.nouns import Visit

_COMMON: Final = ("model", "prompt", "n", "size", "quality", "user")
_OF_DALLE: Final = (*_COMMON, "response_format", "style")
_OF_GPT: Final = (
    *_COMMON,
    "background",
    "moderation",
    "output_format",
    "output_compression",
    "stream",
    "partial_images",
)
_GPT_QUALITIES: Final = ("low", "medium", "high", "auto")


@dataclass(frozen=True, slots=True)
class Family:
    """What the models of one family take and give. No sizes: any within `edge` and `area`."""

    parameters: tuple[str, ...]
    qualities: tuple[str, ...]
    sizes: tuple[str, ...] = ()
    edge: int = 3840
    area: tuple[int, int] = (655_360, 8_294_400)
    gives: str = "b64_json"  # unless something else is asked for
    tells_usage: bool = True
    most_images: int = 10

    @property
    def gives_either(self) -> bool:
        """Whether it is free to give a URL or base64."""
        return "response_format" in self.parameters


_SQUARES: Final = ("256x256", "512x512", "1024x1024")
_LARGE: Final = ("1024x1024", "1792x1024", "1024x1792")
_FIXED: Final = ("1024x1024", "1536x1024", "1024x1536", "auto")
_FAMILIES: Final = {
    "dall-e-2": Family(_OF_DALLE, ("standard",), _SQUARES, gives="url", tells_usage=False),
    "dall-e-3": Family(_OF_DALLE, ("standard", "hd"), _LARGE, gives="url", tells_usage=False, most_images=1),
    "gpt-image-1": Family(_OF_GPT, _GPT_QUALITIES, _FIXED),
    "gpt-image-2": Family(_OF_GPT, _GPT_QUALITIES),
    "": Family(tuple({*_OF_DALLE, *_OF_GPT}), (*_GPT_QUALITIES, "standard", "hd"), edge=8192, area=(65_536, 2**26)),
}
_OF_EDITS: Final = ("image", "image[]", "mask", "input_fidelity")
_MOST_REFERENCES: Final = 16


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a request, and how many images came with it."""

    fields: dict[str, Any]
    images: int = 0


def of_json(visit: Visit) -> Form | None:
    """A JSON object; None if the body is none."""
    try:
        body = json.loads(visit.body)
    except ValueError:
        return None
    return Form(body) if isinstance(body, dict) else None


def of_multipart(visit: Visit) -> Form | None:
    """A multipart form, as edits are sent; None if the body is none."""
    kind = visit.request.headers.get("content-type", "")
    message = message_from_bytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + visit.body)
    if not message.is_multipart():
        return None
    fields: dict[str, Any] = {}
    images = 0
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        if not isinstance(name, str):
            continue
        if name in ("image", "image[]"):
            images += 1
        if name not in _OF_EDITS[:3]:
            content = part.get_payload(decode=True)
            text = content.decode(errors="replace") if isinstance(content, bytes) else ""
            fields[name] = int(text) if name == "n" and text.isdecimal() else text
    return Form(fields, images)


def family_of(model: str) -> Family:
    """What this model takes and gives."""
    return next(family for prefix, family in _FAMILIES.items() if model.startswith(prefix))


def problem(form: Form, family: Family, *, edit: bool) -> tuple[str, str, str] | None:
    """The first thing wrong: parameter, sentence, code."""
    body, known = form.fields, (*family.parameters, *(_OF_EDITS if edit else ()))
    if unknown := next((name for name in body if name not in known), None):
        return unknown, f"Unknown parameter: '{unknown}'.", "unknown_parameter"
    if not isinstance(body.get("prompt"), str) or not body["prompt"]:
        return "prompt", "Missing required parameter: 'prompt'.", "missing_required_parameter"
    if edit and not form.images:
        return "image", "Missing required parameter: 'image'.", "missing_required_parameter"
    if form.images > _MOST_REFERENCES:
        return "image", f"Too many images: at most {_MOST_REFERENCES}.", "array_above_max_length"
    return _number_problem(body, family) or _choice_problem(body, family) or _unsimulated(body)


def _number_problem(body: Mapping[str, Any], family: Family) -> tuple[str, str, str] | None:
    images = body.get("n") or 1
    if not isinstance(images, int):
        return "n", "Invalid type for 'n': expected an integer.", "invalid_type"
    if images > family.most_images:
        text = f"Invalid 'n': integer above maximum value. Expected a value <= {family.most_images}, but got {images}."
        return "n", text, "integer_above_max_value"
    return None


def _choice_problem(body: Mapping[str, Any], family: Family) -> tuple[str, str, str] | None:
    choices: dict[str, tuple[str, ...]] = {"quality": family.qualities, "response_format": ("url", "b64_json")}
    if family.sizes:
        choices["size"] = family.sizes
    elif problem := _free_size_problem(body.get("size", "auto"), family):
        return "size", problem, "invalid_value"
    for name, known in choices.items():
        if name in body and body[name] not in known:
            listed = " and ".join(filter(None, (", ".join(f"'{k}'" for k in known[:-1]), f"'{known[-1]}'")))
            return name, f"Invalid value: '{body[name]}'. Supported values are: {listed}.", "invalid_value"
    return None


def _free_size_problem(size: object, family: Family) -> str | None:
    """`gpt-image-2`: multiples of 16, ratio up to 3:1, edge up to 3840, 655,360 to 8,294,400 pixels."""
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})|auto", str(size))
    if not match:
        return f"Invalid value: '{size}'. Expected 'auto' or WIDTHxHEIGHT."
    if size == "auto":
        return None
    width, height = int(match[1]), int(match[2])
    short, long = sorted((width, height))
    if width % 16 or height % 16 or not short:
        return f"Invalid value: '{size}'. Width and height must be divisible by 16."
    if long > family.edge or (long > 3 * short and family.edge == 3840):
        return f"Invalid value: '{size}'. The longer edge must be at most {family.edge} and 3 times the shorter one."
    least, most = family.area
    return None if least <= width * height <= most else f"Invalid value: '{size}'. Needs {least} to {most} pixels."


def _unsimulated(body: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """What the real API can do and this simulator cannot: said, not ignored."""
    if str(body.get("stream", "")).lower() == "true":
        return "stream", "This simulator does not stream images.", "unsupported_value"
    if body.get("output_format", "png") not in ("png", "jpeg"):
        return "output_format", "This simulator makes PNG and JPEG only.", "unsupported_value"
    return None

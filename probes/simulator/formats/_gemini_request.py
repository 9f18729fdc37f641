"""What a generateContent request asks for, read as strictly as Google does; for the Gemini API and for Vertex AI.

Source: ai.google.dev/gemini-api/docs/image-generation and /api/generate-content, read 2026-11-22. Not confirmed is
the wording for a size or ratio that a model does not have, and for too many reference images.
"""

from collections.abc import Mapping
from typing import Any, Final

from probes.simulator.endings import Ending
from probes.simulator.formats import _google as google
from probes.simulator.formats import _protojson as protojson
from probes.simulator.nouns import Declined, ImageAsk, Visit
from probes.simulator.scenario import Provider
from probes.simulator.sizes import SIZES, Size, pixels

_PART: Final[protojson.Shape] = {
    "text": None,
    "thought": None,
    "thought_signature": None,
    "inline_data": {"mime_type": None, "data": None, "display_name": None},
    "file_data": {"mime_type": None, "file_uri": None, "display_name": None},
    "media_resolution": None,
}
CONTENT: Final[protojson.Shape] = {"role": None, "parts": [_PART]}
_IMAGE_CONFIG: Final[protojson.Shape] = {"aspect_ratio": None, "image_size": None}
_OF_VERTEX: Final[protojson.Shape] = {
    "person_generation": None,
    "prominent_people": None,
    "image_output_options": {"mime_type": None, "compression_quality": None},
}
_ANSWER_FORMAT: Final[protojson.Shape] = {
    "text": dict.fromkeys(("mime_type", "schema")),
    "image": dict.fromkeys(("aspect_ratio", "image_size", "delivery", "mime_type")),
}
_MOST_REFERENCES: Final = 14
_SIZE_WORDS: Final = {"FIVE_TWELVE": "512", "ONE_K": "1K", "TWO_K": "2K", "FOUR_K": "4K"}
_MODALITIES: Final = frozenset(("TEXT", "IMAGE", "AUDIO", "MODALITY_UNSPECIFIED"))
_MODALITY_TYPE: Final = "type.googleapis.com/google.ai.generativelanguage.v1beta.GenerationConfig.Modality"


def shape(*, vertex: bool) -> protojson.Shape:
    """The request message, all names that it may have."""
    return {
        "model": None,
        "contents": [CONTENT],
        "system_instruction": CONTENT,
        "cached_content": None,
        "service_tier": None,
        "store": None,
        "tool_config": None,
        "tools": [dict.fromkeys(("google_search", "code_execution", "url_context", "function_declarations"))],
        "safety_settings": [dict.fromkeys(("category", "threshold", "method"))],
        "generation_config": {
            **dict.fromkeys(
                (
                    "stop_sequences",
                    "response_mime_type",
                    "response_modalities",
                    "candidate_count",
                    "max_output_tokens",
                    "temperature",
                    "top_p",
                    "top_k",
                    "seed",
                    "presence_penalty",
                    "frequency_penalty",
                    "media_resolution",
                )
            ),
            "thinking_config": dict.fromkeys(("include_thoughts", "thinking_budget", "thinking_level")),
            "image_config": {**_IMAGE_CONFIG, **(_OF_VERTEX if vertex else {})},
            "response_format": [_ANSWER_FORMAT],
        },
        **({"labels": None, "model_armor_config": None} if vertex else {}),
    }


def read(visit: Visit, spec: Provider, model: str, *, vertex: bool = False) -> ImageAsk | Declined:
    """The image that a request asks for; names of either spelling."""
    parsed = protojson.parse(visit.body)
    if isinstance(parsed, str):
        return _invalid(visit, [("", parsed)])
    return of_message(visit, spec, model, parsed, vertex=vertex)


def of_message(
    visit: Visit, spec: Provider, model: str, parsed: Mapping[str, Any], *, vertex: bool = False
) -> ImageAsk | Declined:
    """The same for a message that is already read, as one of a batch is."""
    if found := list(protojson.violations_of(parsed, shape(vertex=vertex))):
        return _invalid(visit, found)
    message: dict[str, Any] = protojson.snaked(parsed)
    config: dict[str, Any] = message.get("generation_config") or {}
    image = {**(config.get("image_config") or {}), **_of_answer_format(config)}
    size, ratio = image.get("image_size") or "1K", image.get("aspect_ratio") or "1:1"
    if problems := _problems(spec, message, config, size, ratio):
        return Declined(Ending.INVALID, google.error(400, "\n".join(problems), visit.quick_s))
    known: Size = next(known for known in SIZES if known == size)
    width, height = pixels(known, ratio)
    return ImageAsk(
        model,
        known,
        width,
        height,
        prompt=prompt_of(message),
        text_only="IMAGE" not in (protojson.many(config.get("response_modalities")) or ["IMAGE"]),
        inputs=_references(message),
        options=_options(message, image),
    )


def _of_answer_format(config: Mapping[str, Any]) -> dict[str, Any]:
    """`responseFormat[].image`, the newer way to say the same; sizes are words there."""
    images = [entry["image"] for entry in protojson.many(config.get("response_format")) if entry.get("image")]
    if not images:
        return {}
    size = str(images[0].get("image_size", "")).removeprefix("IMAGE_SIZE_")
    return {**images[0], **({"image_size": _SIZE_WORDS.get(size, size)} if size else {})}


def _options(message: Mapping[str, Any], image: Mapping[str, Any]) -> dict[str, str]:
    mime = image.get("mime_type") or (image.get("image_output_options") or {}).get("mime_type")
    found = {
        "output": {"image/jpeg": "jpeg", "image/png": "png"}.get(str(mime), ""),
        "as": "url" if image.get("delivery") == "URI" else "",
        "tier": str(message.get("service_tier") or "").lower(),
    }
    return {name: value for name, value in found.items() if value}


def _problems(
    spec: Provider, message: Mapping[str, Any], config: Mapping[str, Any], size: object, ratio: object
) -> list[str]:
    problems = [] if message.get("contents") else ["* GenerateContentRequest.contents: contents is not specified\n"]
    problems += [
        f"Invalid value at 'generation_config.response_modalities[{index}]' ({_MODALITY_TYPE}), \"{name}\""
        for index, name in enumerate(protojson.many(config.get("response_modalities")))
        if str(name) not in _MODALITIES
    ]
    if str(size) not in spec.latency.sizes:
        problems.append(_unsupported("imageSize", size))
    if str(ratio) not in spec.ratios:
        problems.append(_unsupported("aspectRatio", ratio))
    if _references(message) > _MOST_REFERENCES:
        problems.append(f"The request has more than {_MOST_REFERENCES} images.")
    return problems


def _unsupported(name: str, value: object) -> str:
    return (
        f"`{name}` does not support `{value}` as a valid value. Please refer to the Gemini API documentation for "
        "supported usage."
    )


def _parts(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    contents = protojson.many(message.get("contents"))
    return [part for content in contents for part in protojson.many(content.get("parts"))]


def prompt_of(message: Mapping[str, Any]) -> str:
    """All its text."""
    return " ".join(part["text"] for part in _parts(message) if isinstance(part.get("text"), str))


def _references(message: Mapping[str, Any]) -> int:
    return sum("inline_data" in part or "file_data" in part for part in _parts(message))


def _invalid(visit: Visit, found: list[tuple[str, str]]) -> Declined:
    return Declined(Ending.INVALID, google.bad_request(found, visit.quick_s))

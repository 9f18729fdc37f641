"""OpenAI images: sizes by model, edits as a form with files, options, and answers that hold less than was asked."""

import base64
import json
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from probes.model import OUR_READER, Answer, Ask, Request
from tests.probes import bodies as b
from tests.probes.pictures import cheap, picture
from tests.probes.providers.asking import answer, ok, options_of, request, step, target, verdict


@pytest.mark.parametrize(
    ("model", "size", "ratio", "wire"),
    [
        ("gpt-image-1", "1K", "1:1", "1024x1024"),
        ("gpt-image-1", "1K", None, "1024x1024"),
        ("gpt-image-1-mini", "1K", "16:9", "1536x1024"),
        ("gpt-image-1.5", "1K", "2:3", "1024x1536"),
        ("gpt-image-1", "1K", "auto", "auto"),
        ("dall-e-3", "1K", "16:9", "1792x1024"),
        ("dall-e-3", "1K", "9:16", "1024x1792"),
        ("dall-e-2", "512", "1:1", "512x512"),
        ("gpt-image-2", "1K", "16:9", "1360x768"),
        ("gpt-image-2", "2K", "1:1", "2048x2048"),
        ("gpt-image-2", "4K", "16:9", "3840x2160"),
        ("gpt-image-2-2026-04-21", "4K", "1:1", "2880x2880"),
        ("own-model", "4K", "1:1", "4096x4096"),
    ],
)
def test_each_model_is_asked_for_the_sizes_that_it_has(model: str, size: str, ratio: str | None, wire: str) -> None:
    ask = Ask(size, ratio, "x")
    assert json.loads(request(target("openai_images", model), ask=ask).body)["size"] == wire
    told = answer(target("openai_images", model), ok(b.openai()), ask=ask)
    assert told.expected == (None if wire == "auto" else tuple(map(int, wire.split("x"))))


@pytest.mark.parametrize(
    ("model", "size", "ratio"),
    [
        ("gpt-image-1", "2K", "1:1"),
        ("gpt-image-1", "512", "1:1"),
        ("dall-e-3", "4K", "16:9"),
        ("dall-e-2", "1K", "16:9"),
        ("gpt-image-2", "512", "1:1"),
        ("gpt-image-2", "1K", "4:1"),
    ],
)
def test_a_size_that_a_model_does_not_make_is_not_asked_for(model: str, size: str, ratio: str) -> None:
    told = step(target("openai_images", model), ask=Ask(size, ratio, "x"))
    assert isinstance(told, Answer)
    assert told.malformed == OUR_READER
    assert told.text == f"{model} makes no image of {size} at {ratio}; choose another size"


def test_a_size_of_the_options_wins_over_the_tier() -> None:
    to = target("openai_images", "gpt-image-1", size="1536x1024")
    assert json.loads(request(to, ask=Ask("4K", "1:1", "x")).body)["size"] == "1536x1024"
    assert answer(to, ok(b.openai()), ask=Ask("4K", "1:1", "x")).expected == (1536, 1024)


def test_options_are_sent_by_name_and_nothing_else_is() -> None:
    chosen = {"quality": "high", "output_format": "webp", "background": "opaque", "moderation": "low"}
    body = json.loads(request(target("openai_images", "gpt-image-1", **chosen)).body)
    assert body == {"model": "gpt-image-1", "prompt": "A red fox", "n": 1, "size": "1024x1024"} | chosen


@pytest.mark.parametrize(
    ("options", "body", "degraded"),
    [
        ({}, b.openai({"b64_json": b.b64(b.IMAGE)}, quality="low"), None),
        ({"quality": "high"}, b.openai({"b64_json": b.b64(b.IMAGE)}, quality="high"), None),
        ({"quality": "high"}, b.openai({"b64_json": b.b64(b.IMAGE)}, quality="low"), "other_quality"),
        ({"quality": "high"}, b.openai({"b64_json": b.b64(b.IMAGE)}), None),
        ({"quality": "auto"}, b.openai({"b64_json": b.b64(b.IMAGE)}, quality="low"), None),
        ({"output_format": "jpeg"}, b.openai({"b64_json": b.b64(b.JPEG)}), None),
        ({"output_format": "jpeg"}, b.openai({"b64_json": b.b64(b.IMAGE)}), "other_format"),
    ],
)
def test_less_than_was_asked_for_by_name_is_degraded(
    options: dict[str, Any], body: bytes, degraded: str | None
) -> None:
    to = target("openai_images", "gpt-image-1", **options)
    assert answer(to, ok(body)).degraded == degraded
    assert verdict(to, ok(body))[:2] == (("ok_degraded", degraded) if degraded else ("ok", None))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b.openai(), ("ok_no_image", "nothing", "provider"), id="an empty list"),
        pytest.param(b.to_bytes({"created": 1}), ("malformed", "schema", "provider"), id="no list"),
        pytest.param(b.to_bytes({"data": None}), ("malformed", "schema", "provider"), id="null"),
        pytest.param(b.openai({}), ("malformed", "schema", "provider"), id="an item without an image"),
        pytest.param(b.openai({"revised_prompt": "x"}), ("malformed", "schema", "provider"), id="a prompt only"),
    ],
)
def test_an_empty_list_is_no_image_and_anything_else_is_malformed(body: bytes, expected: tuple[str, str, str]) -> None:
    assert verdict(target("openai_images"), ok(body)) == expected


# --- edits --------------------------------------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "fox.png").write_bytes(cheap(64, 64))
    (tmp_path / "den.jpg").write_bytes(picture(64, 64, "JPEG"))
    (tmp_path / "mask.png").write_bytes(cheap(64, 64))
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


def edit(folder: Path, **options: Any) -> Request:  # noqa: ANN401 - options are any JSON
    checked = options_of("openai_images", {"operation": "edits"} | options, str(folder))
    return request(target("openai_images", "gpt-image-1", **checked))


def parts(sent: Request) -> list[Message]:
    head = f"Content-Type: {sent.headers['content-type']}\r\n\r\n".encode()
    form = message_from_bytes(head + sent.body).get_payload()
    assert isinstance(form, list)
    return [part for part in form if isinstance(part, Message)]


def field(part: Message, name: str = "name") -> object:
    return part.get_param(name, header="content-disposition")


def test_an_edit_is_a_form_with_the_prompt_and_the_files(files: Path) -> None:
    sent = edit(files, reference_images=["fox.png", "den.jpg"], mask="mask.png", quality="low")
    assert (sent.method, sent.url) == ("POST", "https://api.example/v1/images/edits")
    named = [(field(part), field(part, "filename"), part.get_content_type()) for part in parts(sent)]
    assert named == [
        ("model", None, "text/plain"),
        ("prompt", None, "text/plain"),
        ("n", None, "text/plain"),
        ("size", None, "text/plain"),
        ("quality", None, "text/plain"),
        ("image[]", "0.png", "image/png"),
        ("image[]", "1.jpeg", "image/jpeg"),
        ("mask", "2.png", "image/png"),
    ]
    assert sent.body.count(cheap(64, 64)) == 2  # the files themselves, byte for byte
    assert sent.body.count(picture(64, 64, "JPEG")) == 1


def test_one_image_is_sent_as_the_documentation_has_it(files: Path) -> None:
    assert field(parts(edit(files, reference_images=["fox.png"]))[-1]) == "image"


def test_the_same_edit_is_the_same_bytes(files: Path) -> None:
    assert edit(files, reference_images=["fox.png"]) == edit(files, reference_images=["fox.png"])


def test_an_edit_is_answered_like_a_generation(files: Path) -> None:
    options = options_of("openai_images", {"operation": "edits", "reference_images": [str(files / "fox.png")]})
    to = target("openai_images", "gpt-image-1", **options)
    assert verdict(to, ok(b.openai({"b64_json": b.b64(b.IMAGE)})))[0] == "ok"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"operation": "edits"}, 'operation = "edits" needs reference_images'),
        ({"reference_images": ["fox.png"]}, 'are used only with operation = "edits"'),
        ({"operation": "edits", "reference_images": ["gone.png"]}, "cannot be read (No such file or directory)"),
        ({"operation": "edits", "reference_images": ["notes.txt"]}, "is no PNG, JPEG or WebP image"),
        ({"operation": "edits", "reference_images": [7]}, "must be the name of a PNG, JPEG or WebP file"),
        ({"stream": True}, "streamed answers are not measured by this adapter; leave it out"),
        ({"size": "large"}, 'must be width x height in pixels, such as "1536x1024", or "auto"'),
        ({"quality": "best"}, "Input should be 'auto', 'low'"),
        ({"qualitty": "low"}, "Extra inputs are not permitted"),
    ],
)
def test_wrong_options_are_told(files: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        options_of("openai_images", options, str(files))
    assert said in str(caught.value)


def test_a_reference_image_that_is_too_large_is_not_read_into_a_request(files: Path) -> None:
    with (files / "huge.png").open("wb") as out:
        out.truncate(8 * 1024 * 1024)
    with pytest.raises(ValidationError, match="is 8388608 bytes; an image may have 7340032"):
        options_of("openai_images", {"operation": "edits", "reference_images": ["huge.png"]}, str(files))


def test_options_that_were_read_once_are_read_again_without_their_files(files: Path) -> None:
    once = options_of("openai_images", {"operation": "edits", "reference_images": ["fox.png"]}, str(files))
    assert once["reference_images"] == [f"data:image/png;base64,{base64.b64encode(cheap(64, 64)).decode()}"]
    assert options_of("openai_images", once, "/nowhere") == once

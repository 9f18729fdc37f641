"""Taking images out of large answers changes nothing that an adapter finds in them."""

import base64
import json
import random

import pytest

from probes import lifting
from probes.lifting import LARGE_BYTES, lifted
from probes.providers._json import decode_base64

IMAGE = random.Random(1).randbytes(LARGE_BYTES + 1)
TEXT = base64.b64encode(IMAGE).decode()
CONTENT = f"data:image/png;base64,{TEXT}"


def found(body: bytes, *path: str) -> tuple[bytes | None, bytes]:
    """What is decoded at this place of the JSON, and what was parsed for it."""
    rest, images = lifted(body)
    token = lifting.current.set(images)
    try:
        value = json.loads(rest)
        for name in path:
            value = value[name]
        return decode_base64(value.partition(",")[2] or value), rest
    finally:
        lifting.current.reset(token)


@pytest.mark.parametrize(
    ("body", "lifts"),
    [
        pytest.param(json.dumps({"data": TEXT}), True, id="a string"),
        pytest.param(json.dumps({"data": TEXT.rstrip("=")}), True, id="without padding"),
        pytest.param(json.dumps({"data": TEXT.translate(str.maketrans("+/", "-_"))}), True, id="for URLs"),
        pytest.param(json.dumps({"data": CONTENT}), True, id="a data URL"),
        pytest.param(
            json.dumps({"data": TEXT}).replace("=", "\\u003d"), True, id="with padding escaped, as Google does"
        ),
        pytest.param(json.dumps({"data": TEXT}).replace("/", "\\/"), False, id="with slashes escaped, as PHP does"),
        pytest.param(json.dumps({"data": f"{TEXT[:70000]}\n{TEXT[70000:]}"}), False, id="in two lines, which is none"),
        pytest.param(json.dumps({"data": f"{TEXT[:-1]}!"}), False, id="ends as no base64 does"),
        pytest.param(json.dumps({"data": f"{TEXT[:70000]}={TEXT[70000:]}"}), False, id="padding in the middle"),
    ],
)
def test_the_same_image_is_found_with_less_to_parse(body: str, *, lifts: bool) -> None:
    image, rest = found(body.encode(), "data")
    value = json.loads(body)["data"]
    assert image == decode_base64(value.partition(",")[2] or value)
    assert (len(rest) < 10_000) == lifts
    if lifts:
        assert image == IMAGE


@pytest.mark.parametrize("size", [65_536, 65_537, 65_538, 65_539, 2**20 + 1, 2**21 - 1])
def test_a_cut_string_of_any_length_decodes_as_ever(size: int) -> None:
    text = TEXT[:size]
    image, _ = found(json.dumps({"data": text, "more": " " * LARGE_BYTES}).encode(), "data")
    assert image == decode_base64(text)


def test_two_images_that_begin_alike_are_told_apart() -> None:
    images = [IMAGE + b"1", IMAGE + b"2"]
    body = json.dumps({name: base64.b64encode(image).decode() for name, image in zip("ab", images, strict=True)})
    assert [found(body.encode(), name)[0] for name in "ab"] == images


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"\x89PNG\r\n\x1a\n" + b'"' + b"A" * LARGE_BYTES + b'"', id="an image"),
        pytest.param(f'{{"data": "{TEXT}'.encode(), id="an answer that was cut"),
        pytest.param(json.dumps({"data": TEXT[:70_000]}).encode(), id="an answer that is not large"),
    ],
)
def test_everything_else_stays_as_it_is(body: bytes) -> None:
    assert lifted(body) == (body, {})

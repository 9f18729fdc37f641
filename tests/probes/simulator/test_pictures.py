"""A spoilt picture is spoilt in exactly the way that its fault says, as the prober itself sees it."""

import base64
import binascii
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from probes.images import examine
from probes.simulator.endings import delivers
from probes.simulator.faults import IN_BASE64, PICTURES, Fault
from probes.simulator.jpeg import jpeg
from probes.simulator.nouns import ImageAsk
from probes.simulator.pictures import Drawn, Studio
from probes.simulator.png import Colour
from probes.simulator.scenario import Provider
from probes.simulator.sizes import SIZES, Size, pixels
from tests.probes.simulator.support import Json, provider

ASK = ImageAsk("m1", "1K", 1376, 768)


def shown(fault: Fault | None, name: str = "one", ask: ImageAsk = ASK, **changes: Json) -> Drawn:
    return Studio("p", Provider.model_validate(provider(**changes))).shown(name, ask, fault)


def data_of(drawn: Drawn) -> bytes:
    return b"".join(drawn.parts())


def text_of(drawn: Drawn) -> bytes:
    return b"".join(drawn.base64_parts())


@pytest.mark.parametrize("output", ["png", "jpeg"])
def test_without_a_fault_a_picture_is_sound_and_base64_of_itself(output: str) -> None:
    drawn = shown(None, output=output)
    found = examine(data_of(drawn))
    assert (found.format, found.width, found.height, found.problem) == (output, 1376, 768, None)
    assert drawn.mime == f"image/{output}"
    assert base64.b64decode(text_of(drawn), validate=True) == data_of(drawn)


@pytest.mark.parametrize(
    ("fault", "problem", "size"),
    [
        (Fault.WRONG_TIER, None, (688, 384)),
        (Fault.WRONG_RATIO, None, (688, 1536)),
        (Fault.WRONG_MIME, None, (1376, 768)),
        (Fault.DUPLICATE, None, (1376, 768)),
        (Fault.ZERO_BYTES, "empty", (None, None)),
        (Fault.NOT_AN_IMAGE, "undecodable", (None, None)),
        (Fault.SVG, "undecodable", (None, None)),
        (Fault.IDAT_CORRUPT, "undecodable", (None, None)),
        (Fault.PNG_NO_IEND, "truncated", (1376, 768)),
        (Fault.JPEG_NO_EOI, "truncated", (None, None)),
    ],
)
def test_a_spoilt_picture_is_found_to_be_so(
    fault: Fault, problem: str | None, size: tuple[int | None, int | None]
) -> None:
    found = examine(data_of(shown(fault)))
    assert (found.problem, (found.width, found.height)) == (problem, size)
    assert delivers(fault) == (problem is None)


def test_of_one_colour_and_of_one_pixel_are_what_they_say() -> None:
    flat = Image.open(io.BytesIO(data_of(shown(Fault.SINGLE_COLOUR))))
    dot = Image.open(io.BytesIO(data_of(shown(Fault.ONE_PIXEL))))
    assert (flat.size, flat.getcolors(2)) == ((1376, 768), [(1376 * 768, (0, 0, 0))])
    assert dot.size == (1, 1)


def test_a_huge_canvas_is_a_few_bytes_that_claim_ten_gigabytes() -> None:
    data = data_of(shown(Fault.HUGE_CANVAS))
    assert len(data) < 1000
    assert data[16:24] == (60_000).to_bytes(4) * 2


@pytest.mark.parametrize("fault", sorted(IN_BASE64))
def test_bad_base64_does_not_decode_strictly(fault: Fault) -> None:
    with pytest.raises(binascii.Error):
        base64.b64decode(text_of(shown(fault)), validate=True)


def test_base64_is_cut_in_the_middle_of_the_picture() -> None:
    whole, cut = text_of(shown(None)), text_of(shown(Fault.BASE64_CUT))
    assert whole.startswith(cut)
    assert 0.4 < len(cut) / len(whole) < 0.6


def test_a_cache_resells_the_same_bytes_and_nobody_else_does() -> None:
    assert data_of(shown(Fault.DUPLICATE, "one")) == data_of(shown(Fault.DUPLICATE, "two"))
    for fault in PICTURES - {Fault.DUPLICATE, Fault.SINGLE_COLOUR, Fault.ZERO_BYTES, Fault.SVG, Fault.HUGE_CANVAS}:
        assert data_of(shown(fault, "one")) != data_of(shown(fault, "two")), fault


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ratio", ["1:1", "9:16", "21:9"])
def test_a_jpeg_states_its_exact_size(size: Size, ratio: str) -> None:
    width, height = pixels(size, ratio)
    assert Image.open(io.BytesIO(jpeg(width, height, "grey", 0, "one"))).size == (width, height)


@settings(max_examples=40)
@given(
    width=st.integers(1, 200),
    height=st.integers(1, 100),
    colour=st.sampled_from(["rgb", "grey"]),
    weight=st.integers(0, 200_000),
    name=st.text(max_size=5),
)
def test_any_jpeg_decodes_and_is_as_heavy_as_asked(
    width: int, height: int, colour: Colour, weight: int, name: str
) -> None:
    data = jpeg(width, height, colour, weight, name)
    image = Image.open(io.BytesIO(data))
    image.load()
    assert (image.format, image.size) == ("JPEG", (width, height))
    assert weight - 8 <= len(data) <= max(weight, len(jpeg(width, height, colour, 0, name)) + 4)


def test_a_thousand_names_give_a_thousand_jpegs() -> None:
    assert len({jpeg(688, 384, "rgb", 0, f"1/p/image/{place}") for place in range(1000)}) == 1000


def test_jpegs_of_other_names_differ_in_their_pixels() -> None:
    one, other = (Image.open(io.BytesIO(jpeg(688, 384, "rgb", 0, name))).tobytes() for name in ("a", "b"))
    assert one != other

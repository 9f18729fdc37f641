"""Pictures are real, of the exact size, all different, of the asked weight, and cheap."""

import base64
import io
import struct
import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from probes.images import examine
from probes.simulator.png import Colour, canvas, most, picture
from probes.simulator.sizes import EXTREME_RATIOS, RATIOS, SIZES, Size, pixels


def file_of(width: int, height: int, colour: Colour = "rgb", weight: int = 0, name: str = "one") -> bytes:
    return b"".join(picture(canvas(width, height, colour, weight), name).parts())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ratio", RATIOS + EXTREME_RATIOS)
def test_every_tier_and_ratio_states_its_exact_size_and_inflates_to_exactly_its_rows(size: Size, ratio: str) -> None:
    width, height = pixels(size, ratio)
    data = file_of(width, height, "grey")
    assert Image.open(io.BytesIO(data)).size == (width, height)
    assert len(zlib.decompress(b"".join(chunks(data, b"IDAT")))) == height * (width + 1)  # checks Adler-32 as well


def chunks(data: bytes, kind: bytes) -> list[bytes]:
    """Bodies of all chunks of a kind; fails where a checksum is wrong."""
    found, at = [], 8
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(name + body),)
        found += [body] if name == kind else []
        at += length + 12
    return found


@pytest.mark.parametrize("colour", ["rgb", "grey"])
def test_the_prober_finds_nothing_wrong_with_a_picture(colour: Colour) -> None:
    found = examine(file_of(1376, 768, colour, 30_000))
    assert (found.format, found.width, found.height, found.problem) == ("png", 1376, 768, None)


@settings(max_examples=60)
@given(
    width=st.integers(33, 400),
    height=st.integers(2, 200),
    colour=st.sampled_from(["rgb", "grey"]),
    share=st.floats(0, 1),
    name=st.text(max_size=5),
)
def test_any_size_and_weight_decodes(width: int, height: int, colour: Colour, share: float, name: str) -> None:
    data = file_of(width, height, colour, int(most(width, height, colour) * share), name)
    image = Image.open(io.BytesIO(data))
    image.load()
    assert image.size == (width, height)
    assert len(image.convert("L").getcolors(256) or ()) > 1


@settings(max_examples=40)
@given(st.integers(33, 200), st.integers(2, 100), st.integers(0, 5_000), st.text(max_size=8))
def test_base64_of_the_parts_is_base64_of_the_file(width: int, height: int, weight: int, name: str) -> None:
    whole = picture(canvas(width, height, "rgb", min(weight, most(width, height, "rgb"))), name)
    assert b"".join(whole.base64_parts()) == base64.b64encode(b"".join(whole.parts()))


def test_pictures_of_other_names_differ_from_top_to_bottom_and_of_one_name_do_not() -> None:
    one, same, other = (
        Image.open(io.BytesIO(file_of(1024, 1024, name=name))).convert("RGB") for name in ("a", "a", "b")
    )
    assert one.tobytes() == same.tobytes()
    differences = ImageChops.difference(one, other)
    assert all(differences.crop((0, y, 1024, y + 1)).getbbox() for y in range(1024))


def test_a_thousand_names_give_a_thousand_pictures() -> None:
    shared = canvas(1376, 768, "grey", 0)
    assert len({picture(shared, f"7/p/image/{place}").before for place in range(1000)}) == 1000


@pytest.mark.parametrize("weight", [10_000, 40_000, 300_000, 1_100_000])
def test_a_picture_is_as_heavy_as_asked(weight: int) -> None:
    assert len(file_of(1376, 768, "rgb", weight)) == pytest.approx(weight, rel=0.05)


def test_too_heavy_a_picture_is_refused_with_what_there_is_room_for() -> None:
    with pytest.raises(ValueError, match=r"a grey PNG of 100x100 has at most 9090 bytes"):
        canvas(100, 100, "grey", 50_000)


@pytest.mark.parametrize(("size", "weight"), [("1K", 30_000), ("1K", 1_100_000), ("4K", 8_000_000)])
def test_after_the_first_a_picture_costs_less_than_a_millisecond(size: Size, weight: int) -> None:
    shared = canvas(*pixels(size, "16:9"), "rgb", weight)
    picture(shared, "warm").base64_parts()
    began = time.process_time()
    for number in range(100):
        picture(shared, f"n{number}").base64_parts()
    assert (time.process_time() - began) / 100 < 0.001

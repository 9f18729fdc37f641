"""An image counts only if it decodes to the end and is what was asked for."""

import io
import warnings
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from probes.images import as_asked, examine, expected_pixels
from probes.model import Picture
from tests.probes.pictures import bomb, cheap, encoded, flat, picture

KINDS = ("PNG", "JPEG", "WEBP")

# ai.google.dev/gemini-api/docs/image-generation, as copied in wire-formats.md 1.1.4: ratio -> pixels at 1K
DOCUMENTED_1K = {
    "1:1": (1024, 1024),
    "2:3": (848, 1264),
    "3:2": (1264, 848),
    "3:4": (896, 1200),
    "4:3": (1200, 896),
    "4:5": (928, 1152),
    "5:4": (1152, 928),
    "9:16": (768, 1376),
    "16:9": (1376, 768),
    "21:9": (1584, 672),
    "1:4": (512, 2048),
    "4:1": (2048, 512),
    "1:8": (384, 3072),
    "8:1": (3072, 384),
}
SCALE = {"512": 0.5, "0.5K": 0.5, "1K": 1, "2K": 2, "4K": 4}
GEMINI_25_FLASH = [
    (1024, 1024),
    (832, 1248),
    (1248, 832),
    (864, 1184),
    (1184, 864),
    (896, 1152),
    (1152, 896),
    (768, 1344),
    (1344, 768),
    (1536, 672),
]


def of(width: int, height: int) -> Picture:
    return Picture("png", width, height)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_image_is_measured(kind: str) -> None:
    data = picture(80, 48, kind)
    found = examine(data)
    assert (found.format, found.width, found.height, found.size_bytes) == (kind.lower(), 80, 48, len(data))
    assert found.problem is None
    assert found.sha256 is not None
    assert len(found.sha256) == 64


@pytest.mark.parametrize("percent", range(0, 100, 10))
@pytest.mark.parametrize("kind", KINDS)
def test_an_image_that_was_cut_is_never_sound(kind: str, percent: int) -> None:
    data = picture(96, 96, kind)
    found = examine(data[: len(data) * percent // 100])
    assert found.problem == ("empty" if percent == 0 else "truncated")


@pytest.mark.parametrize("missing", range(1, 41))
@pytest.mark.parametrize("kind", KINDS)
def test_an_image_that_lost_only_its_last_bytes_is_cut(kind: str, missing: int) -> None:
    assert examine(picture(96, 96, kind)[:-missing]).problem == "truncated"


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_few_bytes_after_the_end_do_no_harm(kind: str) -> None:
    assert examine(picture(64, 64, kind) + b"\n" * 20).problem is None


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b"<html>expired</html>", "undecodable", id="a page"),
        pytest.param(b"\x89PNG\r\n\x1a\n", "truncated", id="only the signature"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "undecodable", id="PostScript is not run"),
        pytest.param(encoded(Image.new("RGB", (9, 9)), "TIFF"), "undecodable", id="a format nobody asked for"),
        pytest.param(encoded(Image.new("RGB", (9, 9)), "GIF"), "undecodable", id="no model makes GIFs"),
        pytest.param(encoded(Image.new("RGB", (9, 9)), "PPM"), "undecodable", id="raw pixels"),
        pytest.param(bomb(30_000), "undecodable", id="a bomb that Pillow refuses"),
        pytest.param(bomb(9_000), "undecodable", id="a bomb that Pillow only warns of"),
        pytest.param(bomb(8_001), "undecodable", id="more pixels than any tier has"),
        pytest.param(bomb(4_096), "undecodable", id="too few pixels for what the header claims"),
        pytest.param(flat("white"), "single_colour", id="white"),
        pytest.param(flat("black", kind="JPEG"), "single_colour", id="black JPEG"),
        pytest.param(flat("grey", mode="L"), "single_colour", id="grey"),
        pytest.param(flat("red", mode="P"), "single_colour", id="palette"),
    ],
)
def test_what_is_wrong_with_an_image_is_named(data: bytes, problem: str) -> None:
    assert examine(data).problem == problem


def test_a_picture_that_cannot_be_seen_is_no_picture() -> None:
    noise = Image.effect_noise((64, 64), 80).convert("RGBA")
    noise.putalpha(0)
    assert examine(encoded(noise)).problem == "single_colour"
    noise.putalpha(255)
    assert examine(encoded(noise)).problem is None


@given(
    mode=st.sampled_from(["1", "L", "RGB"]),
    pixels=st.lists(st.sampled_from([0, 7, 255]), min_size=4, max_size=4),
    clear=st.sampled_from([None, 0, 7, 255]),
)
def test_pictures_without_a_band_for_it_are_judged_as_if_they_had_one(
    mode: str, pixels: list[int], clear: int | None
) -> None:
    image = Image.frombytes("L", (2, 2), bytes(pixels)).convert(mode)
    out = io.BytesIO()
    image.save(out, "PNG", **({} if clear is None else {"transparency": (clear,) * 3 if mode == "RGB" else clear}))
    with Image.open(out) as read:
        whole = read.convert("RGBA")
    assert examine(out.getvalue()).problem == examine(encoded(whole)).problem


def test_damage_inside_is_not_called_a_cut() -> None:
    data = bytearray(picture(96, 96))
    data[len(data) // 2 : len(data) // 2 + 64] = bytes(64)
    assert examine(bytes(data)).problem == "undecodable"


@given(
    data=st.binary(max_size=300), head=st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"GIF89a"])
)
def test_no_bytes_make_it_raise_or_warn(data: bytes, head: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert examine(head + data).problem is not None


@given(at=st.integers(0, 5000), byte=st.integers(0, 255), kind=st.sampled_from(KINDS))
def test_a_flipped_byte_never_makes_it_raise(at: int, byte: int, kind: str) -> None:
    data = bytearray(picture(32, 32, kind))
    data[at % len(data)] = byte
    assert examine(bytes(data)).size_bytes == len(data)


@pytest.mark.parametrize(("size", "ratio"), list(product(SCALE, DOCUMENTED_1K)))
def test_every_documented_size_is_as_asked(size: str, ratio: str) -> None:
    width, height = (round(side * SCALE[size]) for side in DOCUMENTED_1K[ratio])
    expected = expected_pixels(size, ratio)
    assert expected is not None
    assert as_asked(of(width, height), expected)
    assert expected[0] % 16 == expected[1] % 16 == 0


@pytest.mark.parametrize(("size", "ratio"), list(product(SCALE, DOCUMENTED_1K)))
def test_the_neighbouring_tiers_are_not_as_asked(size: str, ratio: str) -> None:
    expected = expected_pixels(size, ratio)
    assert expected is not None
    for factor in (0.5, 2.0):
        width, height = (round(side * SCALE[size] * factor) for side in DOCUMENTED_1K[ratio])
        assert not as_asked(of(width, height), expected)


def test_the_misprint_of_the_documentation_is_not_as_asked() -> None:
    """It gives 792 x 168 for 21:9 at 512, half the pixels of its own 1584 x 672 at 1K."""
    expected = expected_pixels("512", "21:9")
    assert expected is not None
    assert not as_asked(of(792, 168), expected)
    assert as_asked(of(792, 336), expected)


@pytest.mark.parametrize(("width", "height"), [*GEMINI_25_FLASH, (1360, 768)])
def test_sizes_of_other_upstreams_of_the_same_tier_are_as_asked(width: int, height: int) -> None:
    named = {"3:4": (864, 1184), "4:3": (1184, 864), "4:5": (896, 1152), "5:4": (1152, 896)}
    by_ratio = {round(w / h, 4): ratio for ratio, (w, h) in DOCUMENTED_1K.items()}
    nearest = min(by_ratio, key=lambda known: abs(known - width / height))
    ratio = next((name for name, pixels in named.items() if pixels == (width, height)), by_ratio[nearest])
    expected = expected_pixels("1K", ratio)
    assert expected is not None
    assert as_asked(of(width, height), expected)


@pytest.mark.parametrize("picture_", [of(1024, 0), Picture(), of(1024, 1376), of(1, 1)])
def test_another_shape_is_not_as_asked(picture_: Picture) -> None:
    assert not as_asked(picture_, (1024, 1024))


@pytest.mark.parametrize(
    ("size", "ratio", "expected"),
    [
        ("1K", None, (1024, 1024)),
        ("4K", "1:1", (4096, 4096)),
        ("1K", "auto", None),  # the provider chooses: nothing to compare with
        ("1K", "0:1", None),
        ("1K", "1:0", None),
        ("1K", "-1:-1", None),
        ("1K", "nan:1", None),
        ("1k", "1:1", None),  # the wire is case-sensitive
        ("8K", "1:1", None),
        ("", "1:1", None),
    ],
)
def test_what_is_expected_of_a_size_and_a_ratio(size: str, ratio: str | None, expected: tuple[int, int] | None) -> None:
    assert expected_pixels(size, ratio) == expected


@given(size=st.text(max_size=5), ratio=st.none() | st.text("0123456789:.-autonx ", max_size=9))
def test_no_size_or_ratio_makes_it_raise(size: str, ratio: str | None) -> None:
    expected = expected_pixels(size, ratio)
    assert expected is None or min(expected) >= 0


def test_the_largest_tier_is_decoded() -> None:
    found = examine(cheap(4096, 4096))
    assert (found.width, found.height, found.problem) == (4096, 4096, None)

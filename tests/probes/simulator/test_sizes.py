"""The documented pixels, tier by tier."""

import pytest

from probes.simulator.sizes import EXTREME_RATIOS, RATIOS, SIZES, Size, next_lower, pixels, tier_of


@pytest.mark.parametrize(
    ("size", "ratio", "width", "height"),
    [
        ("1K", "1:1", 1024, 1024),
        ("2K", "1:1", 2048, 2048),
        ("4K", "1:1", 4096, 4096),
        ("512", "1:1", 512, 512),
        ("1K", "2:3", 848, 1264),
        ("2K", "3:2", 2528, 1696),
        ("4K", "3:4", 3584, 4800),
        ("512", "4:3", 600, 448),
        ("4K", "4:5", 3712, 4608),
        ("512", "5:4", 576, 464),
        ("4K", "16:9", 5504, 3072),
        ("2K", "9:16", 1536, 2752),
        ("4K", "21:9", 6336, 2688),
        ("512", "21:9", 792, 168),
        ("512", "1:4", 256, 1024),
        ("4K", "8:1", 12288, 1536),
    ],
)
def test_pixels_are_as_google_documents_them(size: Size, ratio: str, width: int, height: int) -> None:
    assert pixels(size, ratio) == (width, height)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ratio", RATIOS + EXTREME_RATIOS)
def test_the_tier_of_its_own_pixels_is_the_tier(size: Size, ratio: str) -> None:
    assert tier_of(*pixels(size, ratio)) == size


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(256, 256, "512"), (1536, 1024, "1K"), (1792, 1024, "1K"), (2048, 1152, "2K"), (3840, 2160, "4K")],
)
def test_openai_sizes_fall_into_the_nearest_tier(width: int, height: int, size: Size) -> None:
    assert tier_of(width, height) == size


@pytest.mark.parametrize(("size", "lower"), [("4K", "2K"), ("2K", "1K"), ("1K", "512"), ("512", "1K")])
def test_a_wrong_tier_is_never_the_right_one(size: Size, lower: Size) -> None:
    assert next_lower(size) == lower

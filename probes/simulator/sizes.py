"""Pixels and tokens of each tier and ratio, as Google documents them.

Source: ai.google.dev/gemini-api/docs/image-generation, read 2026-11-22. The simulator keeps a table of its own, so
that it stays an independent check of what the prober expects. At 21:9 the document prints 792x168 for tier 512,
a ratio of 4.7; it is kept as documented.
"""

from typing import Final, Literal, get_args

Size = Literal["512", "1K", "2K", "4K"]
SIZES: Final[tuple[Size, ...]] = get_args(Size)  # from small to large

_AT_1K: Final[dict[str, tuple[int, int]]] = {
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
}
_EXTREME_AT_1K: Final[dict[str, tuple[int, int]]] = {
    "1:4": (512, 2048),
    "4:1": (2048, 512),
    "1:8": (384, 3072),
    "8:1": (3072, 384),
}
_SCALE: Final[dict[Size, float]] = {"512": 0.5, "1K": 1, "2K": 2, "4K": 4}
_AS_PRINTED: Final[dict[tuple[Size, str], tuple[int, int]]] = {("512", "21:9"): (792, 168)}

_UP_TO: Final[dict[Size, int]] = {"512": 600_000, "1K": 2_200_000, "2K": 7_000_000}  # pixels

RATIOS: Final[tuple[str, ...]] = tuple(_AT_1K)
EXTREME_RATIOS: Final[tuple[str, ...]] = tuple(_EXTREME_AT_1K)  # flash models only
TOKENS: Final[dict[Size, int]] = {"512": 747, "1K": 1120, "2K": 1120, "4K": 2000}  # of the Pro model; 512 of Flash


def pixels(size: Size, ratio: str) -> tuple[int, int]:
    """Width and height of a tier at a ratio of `RATIOS` or `EXTREME_RATIOS`."""
    if printed := _AS_PRINTED.get((size, ratio)):
        return printed
    width, height = (_AT_1K | _EXTREME_AT_1K)[ratio]
    return round(width * _SCALE[size]), round(height * _SCALE[size])


def tier_of(width: int, height: int) -> Size:
    """The tier of an area, for formats that ask in pixels; 3840x2160 is 4K, as everybody calls it."""
    return next((size for size, area in _UP_TO.items() if width * height <= area), "4K")


def next_lower(size: Size) -> Size:
    """What a provider gives that silently saves: one tier less (and one more where there is no less)."""
    return SIZES[SIZES.index(size) - 1] if size != SIZES[0] else SIZES[1]

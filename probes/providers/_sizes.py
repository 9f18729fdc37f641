"""How the models behind `/v1/images` are asked for a tier: each family knows its own sizes in pixels.

Source: github.com/openai/openai-openapi (f85dbe22 of 2026-08-21). A model of any other family is asked for the
pixels of the tier, as gateways that sell Google's models on this route understand them.
"""

from dataclasses import dataclass

from probes.images import expected_pixels

Pixels = tuple[int, int]
_FIXED: dict[str, tuple[Pixels, Pixels, Pixels]] = {  # square, wide, tall
    "gpt-image-1": ((1024, 1024), (1536, 1024), (1024, 1536)),
    "dall-e-3": ((1024, 1024), (1792, 1024), (1024, 1792)),
}
_DALL_E_2 = {"512": (512, 512), "0.5K": (512, 512), "1K": (1024, 1024)}
_FREE_LONGEST, _FREE_FEWEST, _FREE_MOST, _FREE_STEEPEST = 3840, 655_360, 3840 * 2160, 3  # of gpt-image-2
_ONE_K: Pixels = (1024, 1024)


@dataclass(frozen=True, slots=True)
class Asked:
    """`wire`: what is sent as `size`; `expected`: the pixels that follow from it (None: the provider may choose)."""

    wire: str
    expected: Pixels | None


def asked(model: str, size: str, aspect_ratio: str | None, fixed: str | None = None) -> Asked | None:
    """How this model is asked for this tier; None where it does not make it. `fixed`: ask for that instead."""
    if fixed is not None:
        across, _, down = fixed.partition("x")
        return Asked(fixed, (int(across), int(down)) if down else None)
    wanted = expected_pixels(size, aspect_ratio)
    if wanted is None and model.startswith("gpt-image-"):
        return Asked("auto", None)
    pixels = _of_family(model, size, wanted or _ONE_K, aspect_ratio)
    return Asked(f"{pixels[0]}x{pixels[1]}", pixels) if pixels else None


def _of_family(model: str, size: str, wanted: Pixels, aspect_ratio: str | None) -> Pixels | None:
    """The model's own size for a tier of these pixels."""
    width, height = wanted
    if model.startswith("gpt-image-2"):
        return _free(wanted, aspect_ratio)
    if model.startswith("dall-e-2"):
        return _DALL_E_2.get(size) if width == height else None
    family = next((name for name in _FIXED if model.startswith(name)), None)
    if family is None:
        return wanted
    square, wide, tall = _FIXED[family]
    return None if size != "1K" else square if width == height else wide if width > height else tall


def _free(wanted: Pixels, aspect_ratio: str | None) -> Pixels | None:
    """Multiples of 16, and not more than is allowed: a 4K tier becomes 3840x2160, or as many pixels of its ratio."""
    width, height = wanted
    if max(width, height) > _FREE_STEEPEST * min(width, height) or width * height < _FREE_FEWEST:
        return None
    if max(width, height) <= _FREE_LONGEST and width * height <= _FREE_MOST:
        return wanted
    across, down = map(int, (aspect_ratio or "1:1").split(":"))
    scale = min((_FREE_MOST / (across * down)) ** 0.5, _FREE_LONGEST / max(across, down))
    return int(across * scale) // 16 * 16, int(down * scale) // 16 * 16

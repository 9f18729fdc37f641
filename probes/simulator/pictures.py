"""The picture of an answer: as asked, or as a fault would have it."""

import binascii
import hashlib
import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, Protocol

from PIL import Image

from probes.simulator import png
from probes.simulator.faults import Fault
from probes.simulator.jpeg import jpeg
from probes.simulator.nouns import ImageAsk
from probes.simulator.scenario import Provider
from probes.simulator.sizes import Size, next_lower, pixels

Output = Literal["png", "jpeg"]
_ENVELOPE_BYTES: Final = 700  # JSON around an image
_SVG: Final = b'<svg xmlns="http://www.w3.org/2000/svg" width="1024" height="1024"><rect width="9" height="9"/></svg>'
_HUGE: Final = 60_000


class Drawn(Protocol):
    """An image file, as bytes and as base64, in parts that need not be copied together."""

    @property
    def mime(self) -> str:
        """What it is said to be."""
        ...

    def parts(self) -> tuple[bytes, ...]:
        """The file."""
        ...

    def base64_parts(self) -> tuple[bytes, ...]:
        """The file in base64."""
        ...


@dataclass(frozen=True, slots=True)
class Solid:
    """An image file in one piece. `text` stands in for its base64, where that is what is wrong with it."""

    mime: str
    data: bytes
    text: bytes | None = None

    def parts(self) -> tuple[bytes, ...]:
        """The file."""
        return (self.data,)

    def base64_parts(self) -> tuple[bytes, ...]:
        """The file in base64."""
        return (binascii.b2a_base64(self.data, newline=False) if self.text is None else self.text,)


class Studio:
    """Makes the pictures of one provider."""

    def __init__(self, name: str, spec: Provider) -> None:
        """In its colour, file format and weight."""
        self._name = name
        self._spec = spec

    def picture(self, name: str, width: int, height: int, size: Size, output: Output | None = None) -> Drawn:
        """A picture of this name; its weight makes the answer as heavy as the scenario says."""
        colour = self._spec.colour
        weight = max(0, (self._spec.answer_bytes.get(size, 0) - _ENVELOPE_BYTES) * 3 // 4)
        if (output or self._spec.output) == "jpeg":
            return Solid("image/jpeg", jpeg(width, height, colour, weight, name))
        room = png.most(width, height, colour)  # a draft or a smaller tier has less
        return png.picture(png.canvas(width, height, colour, min(weight, room)), name)

    def shown(self, name: str, ask: ImageAsk, fault: Fault | None = None) -> Drawn:
        """The picture that answers: with a fault, another than was asked for."""
        output: Output | None = "png" if ask.options.get("output") == "png" else None
        if ask.options.get("output") == "jpeg":
            output = "jpeg"
        match fault:
            case Fault.WRONG_TIER:
                return self._resized(name, ask, next_lower(ask.size), output)
            case Fault.WRONG_RATIO:
                return self.picture(name, max(1, ask.width // 2), ask.height * 2, ask.size, output)
            case Fault.DUPLICATE:
                return self.picture(f"{self._name}/duplicate", ask.width, ask.height, ask.size, output)
            case Fault.IDAT_CORRUPT | Fault.PNG_NO_IEND:
                output = "png"
            case Fault.JPEG_NO_EOI:
                output = "jpeg"
        return spoilt(self.picture(name, ask.width, ask.height, ask.size, output), name, ask, fault)

    def _resized(self, name: str, ask: ImageAsk, given: Size, output: Output | None) -> Drawn:
        scale = pixels(given, "1:1")[0] / pixels(ask.size, "1:1")[0]
        return self.picture(name, round(ask.width * scale), round(ask.height * scale), given, output)


def spoilt(sound: Drawn, name: str, ask: ImageAsk, fault: Fault | None) -> Drawn:
    """A sound picture with something wrong with its bytes; the same if it is not that kind of fault."""
    if fault in (Fault.BAD_BASE64, Fault.BASE64_CUT):
        return _bad_text(sound, fault)
    if fault is Fault.WRONG_MIME:
        return _misnamed(sound)
    data = _bad_data(b"".join(sound.parts()), name, ask, fault) if fault else None
    return sound if data is None else Solid(sound.mime, data)


def _bad_text(sound: Drawn, fault: Fault) -> Solid:
    data, text = b"".join(sound.parts()), b"".join(sound.base64_parts())
    half = len(text) // 8 * 4
    cut = text[: half + 1]  # one letter over: no base64 has this length
    return Solid(sound.mime, data, cut if fault is Fault.BASE64_CUT else text[:half] + b"!*" + text[half:])


def _misnamed(sound: Drawn) -> Solid:
    other = "image/jpeg" if sound.mime == "image/png" else "image/png"
    return Solid(other, b"".join(sound.parts()))


def _bad_data(data: bytes, name: str, ask: ImageAsk, fault: Fault) -> bytes | None:
    """Another file in its place; None where it stays as it is."""
    noise = hashlib.shake_128(name.encode()).digest
    made: dict[Fault, Callable[[], bytes]] = {
        Fault.ONE_PIXEL: lambda: _one_pixel(noise(3)),
        Fault.SINGLE_COLOUR: lambda: single_colour(ask.width, ask.height),
        Fault.ZERO_BYTES: lambda: b"",
        Fault.NOT_AN_IMAGE: lambda: noise(20_000),
        Fault.SVG: lambda: _SVG,
        Fault.IDAT_CORRUPT: lambda: _png(ask.width, ask.height, noise(5_000)),
        Fault.HUGE_CANVAS: lambda: _png(_HUGE, _HUGE, zlib.compress(bytes(100))),
        Fault.PNG_NO_IEND: lambda: data[:-12],
        Fault.JPEG_NO_EOI: lambda: data[:-2],
    }
    return made[fault]() if fault in made else None


@lru_cache(maxsize=8)
def single_colour(width: int, height: int) -> bytes:
    """A PNG of one grey."""
    return _png(width, height, zlib.compress(bytes((width * 3 + 1) * height), 1))


def _one_pixel(colour: bytes) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1, 1), (colour[0], colour[1], colour[2])).save(file, "PNG")
    return file.getvalue()


def _png(width: int, height: int, deflated: bytes) -> bytes:
    """Chunks with their true checksums around pixels that may not be any."""
    shape = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (png.chunk(b"IHDR", shape), png.chunk(b"IDAT", deflated), png.chunk(b"IEND", b""))
    return png.SIGNATURE + b"".join(chunks)

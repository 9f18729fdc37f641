"""How long images took, as one small PNG: mail programs show neither SVG nor script.

Median and P95 of each provider with their 95 % intervals on one axis. The same numbers stand in the table of the
mail; where the picture is not shown its text says them. Drawn at twice its size, for sharp screens, in few colours.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from math import ceil, floor, log10

from PIL import Image, ImageDraw, ImageFont

from monitor.judge.result import Latency, ProviderJudgement
from monitor.judge.verdicts import Estimate
from monitor.locales import ENGLISH, Style
from reports import localised, words
from reports.mail.figures import clean
from reports.mail.page import Picture
from reports.mail.rows import REACH, main_size
from reports.names import shorts, slugs

WIDTH, ROW, TOP, BOTTOM = 552, 26, 4, 26  # CSS pixels
PAD, LABEL, EDGE = 6, 134, 12
MOST_ROWS = 24
SHARP = 2
PAPER, INK, MUTE, LINE, P95 = "#ffffff", "#15191e", "#59626d", "#d9dde3", "#0a558c"
COLOURS = 16
Pen = ImageDraw.ImageDraw
_SPACES = {0xA0: " ", 0x202F: " "}  # the font draws a box for those that do not break


@dataclass(frozen=True, slots=True)
class Wait:
    """One provider: its label in a font that may know Latin letters alone, its full name, and what it took."""

    label: str
    name: str
    size: str
    took: Latency

    @property
    def drawn(self) -> tuple[Estimate, ...]:
        """What its sample bounds, P95 last."""
        return tuple(quantile for quantile in (self.took.p50, self.took.p95) if quantile is not None)

    @property
    def alt(self) -> str:
        """`Cedar (1K): median 8.1 s (8.0 to 8.3), P95 14 s (13 to 16)`."""
        pairs = (("median", self.took.p50), ("P95", self.took.p95))
        said = [f"{word} {_seconds(of)}" for word, of in pairs]
        return f"{clean(self.name)} ({clean(self.size, 8)}): {', '.join(said)}"


def _seconds(of: Estimate | None) -> str:
    if of is None:
        return words.NOT_BOUNDED
    shown = words.seconds(of.value, of.low, of.high)
    return f"{shown.value} s{f' ({shown.bounds})' if shown.bounds else ''}"


def picture(providers: Mapping[str, ProviderJudgement], style: Style = ENGLISH) -> Picture | None:
    """Those with a bounded median, at most 24, in the order given; None where that is nobody.

    `style` is that of the numbers in the picture; its words are composed in English, like all of the mail.
    """
    waits = tuple(wait for wait in _waits(providers) if wait.drawn)[:MOST_ROWS]
    if not waits:
        return None
    sizes = {wait.size for wait in waits}
    of = f" of {clean(next(iter(sizes)), 8)} images" if len(sizes) == 1 else ""
    return Picture(
        caption=f"The wait{of} in s, planned start to last byte: median (ring) and P95 (disc), 95 % intervals.",
        alt=f"The wait{of}. {'; '.join(wait.alt for wait in waits)}.",
        png=_png(waits, style),
        width=WIDTH,
        height=_height(waits),
    )


def _waits(providers: Mapping[str, ProviderJudgement]) -> Iterator[Wait]:
    short, plain = shorts(providers), slugs(providers)
    for name, said in providers.items():
        size = main_size(said.latency_ms)
        if size is not None and size != REACH:
            label = short[name] if all(" " <= c <= "~" or c == "…" for c in short[name]) else plain[name][:16]
            yield Wait(label, name, size, said.latency_ms[size])


def _height(waits: Sequence[Wait]) -> int:
    return TOP + ROW * len(waits) + BOTTOM


# --- drawing --------------------------------------------------------------------------------------------------


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size * SHARP)


@dataclass(frozen=True, slots=True)
class Axis:
    """Milliseconds -> pixels of the picture, from 0 to `most_ms`; marks every `step_ms`."""

    most_ms: float
    step_ms: float

    @classmethod
    def over(cls, waits: Sequence[Wait]) -> "Axis":
        """As far as the highest bound, in four to nine steps of 1, 2 or 5."""
        highest = max(max(of.value, of.high or 0.0) for wait in waits for of in wait.drawn)
        power = 10.0 ** floor(log10(max(highest, 1.0) / 4))
        step = next(power * by for by in (1, 2, 5, 10) if highest / (power * by) <= 9)
        return cls(step * ceil(highest / step), step)

    def x(self, ms: float) -> float:
        """Where it is."""
        return SHARP * (LABEL + (WIDTH - LABEL - EDGE) * min(ms, self.most_ms) / self.most_ms)

    @property
    def marks(self) -> Iterator[float]:
        """Where numbers stand."""
        return (number * self.step_ms for number in range(round(self.most_ms / self.step_ms) + 1))


def _png(waits: Sequence[Wait], style: Style) -> bytes:
    image = Image.new("RGB", (SHARP * WIDTH, SHARP * _height(waits)), PAPER)
    pen, axis = ImageDraw.Draw(image), Axis.over(waits)
    _axis(pen, axis, _height(waits), style)
    for number, wait in enumerate(waits):
        _row(pen, axis, SHARP * (TOP + ROW * number + ROW / 2), wait)
    out = BytesIO()
    image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _axis(pen: Pen, axis: Axis, height: int, style: Style) -> None:
    bottom = SHARP * (height - BOTTOM + 4)
    for ms in axis.marks:
        pen.line((axis.x(ms), SHARP * TOP, axis.x(ms), bottom), LINE, SHARP)
        text = localised.text(f"{ms / 1000:,.12g}", style) + (" s" if ms == 0 else "")
        pen.text((axis.x(ms), bottom + SHARP * 4), text.translate(_SPACES), MUTE, _font(11), anchor="ma")


def _row(pen: Pen, axis: Axis, y: float, wait: Wait) -> None:
    pen.text((SHARP * PAD, y), wait.label, INK, _font(13), anchor="lm")
    lifted = ((wait.took.p50, -4), (wait.took.p95, 4))  # apart, so that neither whisker hides the other
    for number, (of, by) in enumerate(lifted):
        if of is not None:
            _whisker(pen, axis, y + SHARP * by, of, is_p95=number == 1)


def _whisker(pen: Pen, axis: Axis, y: float, of: Estimate, *, is_p95: bool) -> None:
    """An end that the sample does not bound has no stop: the line runs to the end of the axis."""
    colour, r = P95 if is_p95 else INK, 4 * SHARP
    low, high = axis.x(of.low or 0.0), axis.x(axis.most_ms if of.high is None else of.high)
    pen.line((low, y, high, y), colour, SHARP)
    for bound, x in ((of.low, low), (of.high, high)):
        if bound is not None:
            pen.line((x, y - 3 * SHARP, x, y + 3 * SHARP), colour, SHARP)
    box = (axis.x(of.value) - r, y - r, axis.x(of.value) + r, y + r)
    pen.ellipse(box, colour if is_p95 else PAPER, colour, 2 * SHARP)

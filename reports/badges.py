"""`badges/NAME-uptime.svg`: one provider's uptime and state as a small picture for a README or a wiki.

It says over how many days, and that a simulation is one. What is not known is grey, and says so.
"""

from dataclasses import dataclass

from reports import words
from reports.pages.view import Scene, Subject

_CHAR_PX, _PADDING_PX = 6.6, 6.0  # of Verdana at 11 px, on average; the text is fitted to it
_COLOURS = {"serving": "#00694f", "failing": "#b3330a", "unknown": "#59626d"}


@dataclass(frozen=True, slots=True)
class Part:
    """One half of a badge, in px."""

    text: str
    x: float
    width: float

    @property
    def middle(self) -> float:
        """Where its text is centred."""
        return round(self.x + self.width / 2, 1)

    @property
    def length(self) -> float:
        """The width of its text."""
        return round(self.width - 2 * _PADDING_PX, 1)


@dataclass(frozen=True, slots=True)
class Badge:
    """What the template draws."""

    label: Part
    value: Part
    colour: str
    said: str

    @property
    def width(self) -> float:
        """Of both halves."""
        return round(self.label.width + self.value.width, 1)


def uptime(subject: Subject, scene: Scene) -> Badge:
    """`uptime 90 days | 99.97 %`, in the colour of the state now."""
    time = subject.judged.availability.time
    shown = words.availability(time.value, time.low, time.high)
    value = f"{shown.value} %" if time.value is not None and time.value < 1 else shown.value
    if subject.state == "failing":
        value = f"{value}, failing now"
    label = f"{'simulated ' if scene.judgement.simulated else ''}uptime, {scene.window}"
    left = _part(label, 0.0)
    right = _part(value, left.width)
    known = "unknown" if time.value is None else subject.state
    bounds = f" ({shown.bounds})" if shown.bounds else ""
    return Badge(left, right, _COLOURS[known], f"{subject.name}: {label}: {value}{bounds}")


def _part(text: str, x: float) -> Part:
    return Part(text, x, round(len(text) * _CHAR_PX + 2 * _PADDING_PX, 1))

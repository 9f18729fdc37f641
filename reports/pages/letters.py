"""Tiers as letters: A where nobody is better, B below; who cannot be told apart shares one."""

from dataclasses import dataclass

from monitor.judge.verdicts import Tiers
from reports import words
from reports.pages.view import Scene, Subject

NOT_RANKED = "–"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_METRICS = {"time_to_image": "Time to an image", "uptime": "Uptime", "usd_per_usable": "Cost of a usable image"}


@dataclass(frozen=True, slots=True)
class Grading:
    """One ranking in words: `Time to an image, 1K`, its tiers, and who is left out of it and why."""

    what: str
    tiers: str
    reason: str


def letter(place: int) -> str:
    """A for the best tier; beyond Z the number."""
    return _LETTERS[place] if place < len(_LETTERS) else str(place + 1)


def of(scene: Scene, subject: Subject, metric: str) -> str | None:
    """The letter of one provider, of the size that stands for it; None where that metric is not tiered at all."""
    found = [tiers for tiers in scene.judgement.tiers if tiers.metric == metric and tiers.size in {None, subject.size}]
    if not found:
        return None
    places = [place for place, group in enumerate(found[0].groups) if subject.name in group]
    return letter(places[0]) if places else NOT_RANKED


def gradings(scene: Scene) -> tuple[Grading, ...]:
    """Every ranking that the numbers allow, and why the others are not allowed."""
    return tuple(_grading(tiers) for tiers in scene.judgement.tiers)


def _grading(tiers: Tiers) -> Grading:
    size = f", {tiers.size}" if tiers.size else ""
    groups = [f"{letter(place)}: {words.listed(group)}" for place, group in enumerate(tiers.groups)]
    reason = (tiers.reason or "").removeprefix("not ranked: ")
    return Grading(
        f"{_METRICS.get(tiers.metric, tiers.metric)}{size}",
        "; ".join(groups) or "no ranking",
        f"{'Not ranked: ' if groups else ''}{reason}." if reason else "",
    )

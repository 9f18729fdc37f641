"""Whom to sign, by what matters most: the recommendations of the judgement, each with why and what would change it."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace

from monitor.judge.verdicts import Recommendation
from reports import words
from reports.pages import letters
from reports.pages.view import Scene

_PRIORITIES = {
    "lowest_cost": "Lowest cost",
    "reliability": "Reliability",
    "balanced": "Balanced",
    "compliance": "Compliance",
    "volume_small": "About 1,000 images a month",
    "volume_medium": "About 50,000 images a month",
    "volume_large": "100,000 images a month and more",
}
_VOLUMES = ("volume_small", "volume_medium", "volume_large")
_MEDIUM = 50_000
_CAVEATS = ("without ", "not told ")  # what limits a choice stands beside it, not in the small print
_TIER = re.compile(r"\(tier (\d+)\)")


@dataclass(frozen=True, slots=True)
class Advice:
    """One priority. `sign` None: the numbers do not say, and `why` is the reason."""

    priority: str
    sign: str | None
    href: str | None
    backup: str | None
    backup_href: str | None
    why: str
    rule: str
    others: tuple[str, ...]
    would_change: str


def advice(scene: Scene) -> tuple[Advice, ...]:
    """In the order of the judgement; nothing where there is nothing to choose from."""
    if len(scene.subjects) < 2:
        return ()
    found = scene.judgement.recommendations
    return tuple(_same(each, found, scene) or _advice(each, scene) for each in found)


def _same(found: Recommendation, others: Sequence[Recommendation], scene: Scene) -> Advice | None:
    """A class of volume that is decided by the rule of another priority: its cost, and where the reasons stand."""
    rule = next((one for one in others if one.reason == found.reason and one.priority != found.priority), None)
    cost = [line for line in found.evidence if "images a month" in line]
    if found.priority not in _VOLUMES or rule is None or found.primary is None or not cost:
        return None
    as_there = f"{cost[0]}. For the rest as “{_PRIORITIES.get(rule.priority, rule.priority)}”."
    return replace(_advice(found, scene), why=as_there, rule="", others=())


def _advice(found: Recommendation, scene: Scene) -> Advice:
    pages = {subject.name: subject.page for subject in scene.subjects}
    regional = f"Seen from {scene.place}"
    evidence = [_lettered(line) for line in found.evidence]
    own = f"{found.primary}: "
    parts = found.reason.split("; ")
    caveats = [part for part in parts if part.startswith(_CAVEATS)]
    first = [line.removeprefix(own) for line in evidence if line.startswith(own)]
    together = [line for line in evidence if line.startswith("with ")]
    why = [*first, *together, *caveats] if found.primary else [found.reason]
    rule = "; ".join(part for part in parts if part not in caveats)
    return Advice(
        priority=_PRIORITIES.get(found.priority, regional if found.priority == "regional" else found.priority),
        sign=found.primary,
        href=pages.get(found.primary or ""),
        backup=found.backup,
        backup_href=pages.get(found.backup or ""),
        why=" ".join(_sentence(part, pages) for part in why),
        rule=_sentence(rule, pages) if found.primary else "",
        others=tuple(line for line in evidence if not line.startswith((own, "with "))),
        would_change=_sentence(found.would_change, pages),
    )


def _lettered(line: str) -> str:
    """Tiers have letters on the pages."""
    return _TIER.sub(lambda match: f"({letters.letter(int(match[1]) - 1)})", line)


def _sentence(text: str, names: Container[str]) -> str:
    """With a capital and a full stop; the name of a provider at its beginning stays as it is written."""
    if not text:
        return ""
    first = text if text.split(" ", 1)[0].rstrip(":,") in names else f"{text[0].upper()}{text[1:]}"
    return f"{first.rstrip('.')}."


def heading(scene: Scene) -> str:
    """The finding for most readers: whom the balanced rule names at 50,000 images a month; "" where there is none."""
    if len(scene.subjects) < 2 or not scene.judgement.recommendations:
        return ""
    by = {found.priority: found for found in scene.judgement.recommendations}
    medium = by.get("volume_medium")
    if medium is not None and medium.primary is not None:
        behind = f", with {medium.backup} behind it" if medium.backup else ""
        return f"At {words.count(_MEDIUM)} images a month: {medium.primary}{behind}{_month(medium.primary, scene)}."
    if any(found.primary for found in by.values()):
        return ""
    return "The numbers do not say yet whom to sign."


def _month(name: str, scene: Scene) -> str:
    """`, for $3,015`: of the size that stands for the provider."""
    subject = next((subject for subject in scene.subjects if subject.name == name), None)
    each = subject.judged.cost.by_size.get(subject.size or "") if subject else None
    return f", for ${words.usd_total(words.times(each.value, _MEDIUM)).value}" if each else ""

"""How a provider is probed: which kinds, when, what one run asks, what it can cost, and where it is stopped."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from monitor.duration import spelled
from monitor.judge.settings import Caps, ProbeSettings, Settings
from reports import crontab, words
from reports.pages.view import Scene, Subject

_KINDS = {
    "reach": "Reach: is the front door open?",
    "baseline": "Baseline: images, side by side",
    "burst": "Burst: many at once",
    "endurance": "Endurance: a steady rate",
    "recovery": "Recovery: when is it back?",
}
_FREE = "nothing"


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of probe."""

    kind: str
    when: str
    asks: str
    costs: str


@dataclass(frozen=True, slots=True)
class Probed:
    """The table, and what holds for every request, in sentences."""

    lines: tuple[Line, ...]
    says: tuple[str, ...]


def probed(subject: Subject, scene: Scene) -> Probed | None:
    """None of a provider that only an imported history knows."""
    settings = subject.facts.settings
    if settings is None:
        return None
    prices = subject.facts.usd_per_image
    lines = tuple(
        Line(_KINDS[probe.kind], _when(probe), _asks(probe), _costs(probe, prices)) for probe in settings.probes
    )
    return Probed(lines, tuple(_says(settings, scene, looked_for=bool(subject.judged.rate_limit.staircase))))


def _when(probe: ProbeSettings) -> str:
    if probe.kind == "recovery" and probe.every is not None:
        return f"every {spelled(probe.every.total_seconds())} while an incident is open"
    if probe.every is not None:
        return f"every {spelled(probe.every.total_seconds())}"
    return crontab.words_of(probe.cron or "")


def _asks(probe: ProbeSettings) -> str:
    if probe.kind == "reach":
        return "one call of its API that makes no image"
    ratio = f", {probe.aspect_ratio}" if probe.aspect_ratio else ""
    if probe.images is not None:
        until = "; goes on after the first refusal until the limit is known" if probe.saturates else ""
        at_once = f", {words.count(probe.at_once)} at once" if probe.at_once else ""
        return f"up to {words.plural(probe.images, 'image')} of {probe.blocks[0]}{ratio}{at_once}{until}"
    if probe.lasts is not None and probe.rpm is not None:
        rate = f"{words.near(probe.rpm, 0 if probe.rpm >= 10 else 1)} a minute"
        return f"images of {probe.blocks[0]}{ratio}, {rate} for {spelled(probe.lasts.total_seconds())}"
    sizes = words.listed([f"{words.count(n)} of {size}" for size, n in Counter(probe.blocks).items()])
    return f"images: {sizes}{ratio}"


def _costs(probe: ProbeSettings, prices: Mapping[str, float]) -> str:
    """What one run can cost at the list price; never more than its cap."""
    if probe.kind == "reach":
        return _FREE
    cap = None if probe.most_usd is None else f"at most ${words.usd_total(probe.most_usd).value}"
    if probe.kind == "recovery":
        return f"{cap} an incident"
    usd = _listed(_images(probe), prices)
    if cap is not None and (usd is None or probe.most_usd is None or usd >= probe.most_usd):
        return cap
    if usd is None:
        return words.NOT_KNOWN
    return f"{'up to ' if probe.images or probe.lasts else ''}${words.usd_each(usd).value}"


def _images(probe: ProbeSettings) -> Mapping[str, int]:
    """What one run asks for, by size; a steady rate to its end."""
    if probe.images is not None:
        return {probe.blocks[0]: probe.images}
    if probe.lasts is not None and probe.rpm is not None:
        return {probe.blocks[0]: ceil(probe.rpm * probe.lasts.total_seconds() / 60)}
    return Counter(probe.blocks)


def _listed(images: Mapping[str, int], prices: Mapping[str, float]) -> float | None:
    """USD of all of them; None where a size has no price."""
    return sum(n * prices[size] for size, n in images.items()) if images.keys() <= prices.keys() else None


def _says(settings: Settings, scene: Scene, *, looked_for: bool) -> Iterator[str]:
    if not settings.probes:
        yield "No probe is scheduled: what stands here was measured by runs that somebody started, or is imported."
    else:
        yield f"All requests leave from {scene.place}; each is sent once and never repeated."
        if looked_for and not any(probe.saturates for probe in settings.probes):
            yield "Its limit was looked for by a run that somebody started; none such is scheduled."
    yield f"An answer may take {spelled(settings.timeout_s)} in all; later is a failure.{_advised(settings)}"
    own, of_all = _caps(settings.caps), _caps(settings.caps_of_all)
    yield (
        "Spending stops at "
        + "; ".join(
            text for text in (f"{own} for this provider" if own else "", f"{of_all} for all" if of_all else "") if text
        )
        + "."
    )
    yield f"It is asked in the format {settings.adapter}, environment {settings.environment}."


def _advised(settings: Settings) -> str:
    """A deadline of ours below the one that the provider advises is our own doing, and said."""
    longer = {size: s for size, s in settings.advised_timeout_s.items() if s > settings.timeout_s}
    if not longer:
        return ""
    sizes = words.listed([f"{spelled(seconds)} at {size}" for size, seconds in longer.items()])
    return f" It advises {sizes}: a timeout before that counts as our own doing, not as its failure."


def _caps(caps: Caps) -> str:
    named = ((caps.run, "a run"), (caps.minute, "a minute"), (caps.day, "a day"), (caps.month, "a month"))
    return words.listed([f"${words.usd_total(usd).value} {span}" for usd, span in named if usd is not None])

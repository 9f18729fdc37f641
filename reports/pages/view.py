"""The nouns of a page: who is shown, and what stands in a cell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.judge.facts import Facts, ProviderFacts
from monitor.judge.result import Judgement, Latency, ProviderJudgement
from reports import words
from reports.charts.whisker import Whisker
from reports.names import shorts, slugs

REACH = "reach"
_SIZES = ("0.5K", "1K", "2K", "4K")
_HEADLINE = "1K"
_STATES = {"serving": "serving", "failing": "failing"}


@dataclass(frozen=True, slots=True)
class Subject:
    """One provider as the pages speak of it."""

    name: str
    short: str  # for chart labels
    slug: str
    judged: ProviderJudgement
    facts: ProviderFacts
    stale: bool = False

    @property
    def page(self) -> str:
        """Its page, from the root of the site."""
        return f"providers/{self.slug}.html"

    @property
    def reach_only(self) -> bool:
        """Whether only its front door was tried: no image asked for, none to be priced."""
        judged = self.judged
        images = judged.availability.user.of or judged.cost.usable or judged.cost.list_usd
        return bool(judged.samples) and not images and set(judged.latency_ms) <= {REACH}

    @property
    def size(self) -> str | None:
        """The size that stands for this provider: 1K, else the one with most images, else the reach calls."""
        sizes = [size for size in self.judged.latency_ms if size != REACH]
        if _HEADLINE in sizes:
            return _HEADLINE
        if sizes:
            return max(sorted(sizes), key=lambda size: self.judged.latency_ms[size].n)
        return REACH if REACH in self.judged.latency_ms else None

    @property
    def asked(self) -> str:
        """What was asked for, in words: `1K images`; requests without a size are answers."""
        return f"{self.size} images" if self.size in _SIZES else "answers of any size"

    @property
    def latency(self) -> Latency | None:
        """Of the size that stands for it."""
        return self.judged.latency_ms[self.size] if self.size else None

    @property
    def state(self) -> str:
        """`serving`, `failing` or `unknown`; what is no longer present knowledge is unknown."""
        return "unknown" if self.stale else _STATES.get(self.judged.state, "unknown")


@dataclass(frozen=True, slots=True)
class Cell:
    """One measure in a table: value, interval, n, drawing. `known` is false where a word stands for a number."""

    head: str
    value: str
    bounds: str | None = None
    n: str | None = None
    note: str | None = None
    whisker: Whisker | None = None
    known: bool = True
    wide: bool = False
    tier: str | None = None  # A is best; None: not put in tiers


@dataclass(frozen=True, slots=True)
class Renewal:
    """When the service makes the site anew: `every` so long, the next time at `due`."""

    every: timedelta
    due: datetime

    @property
    def stale_from(self) -> datetime:
        """From when on a page that has not changed is not the present: one update late is a hiccup, two are not."""
        return self.due + self.every


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that all pages share: the judgement, who is shown, and from when it is seen."""

    judgement: Judgement
    subjects: tuple[Subject, ...]
    now: datetime
    stale: bool
    not_measurable: Mapping[str, str] = field(default_factory=dict)  # provider -> why
    weeks: tuple[str, ...] = ()  # that have a page: 2026-W47
    renewal: Renewal | None = None  # None: made once, by hand

    @property
    def last_seen(self) -> datetime | None:
        """The newest measurement of all."""
        return max((s.judged.last_seen for s in self.subjects if s.judged.last_seen), default=None)

    @property
    def window_s(self) -> float:
        """Length of the window."""
        return (self.judgement.until - self.judgement.since).total_seconds()

    @property
    def window(self) -> str:
        """`90 days`, `6 h`."""
        return words.duration(self.window_s)

    @property
    def place(self) -> str:
        """From where it was seen."""
        place = self.judgement.location
        return "a simulation" if place.startswith("simulated") else place

    def of(self, *, reach: bool) -> tuple[Subject, ...]:
        """Those that were only reached, or those that were asked for images."""
        return tuple(subject for subject in self.subjects if subject.reach_only is reach)


def scene(judgement: Judgement, facts: Facts | None, now: datetime, *, stale: bool) -> Scene:
    """Name, file and facts of each provider, by name."""
    files, labels = slugs(judgement.providers), shorts(judgement.providers)
    known = facts or Facts()
    subjects = tuple(
        Subject(name, labels[name], files[name], judged, known.of(name), stale)
        for name, judged in sorted(judgement.providers.items(), key=lambda item: (item[0].casefold(), item[0]))
    )
    return Scene(judgement, subjects, now, stale, known.not_measurable)


def sizes_in_order(latency_ms: Mapping[str, Latency]) -> list[str]:
    """The tiers from small to large, then whatever else was measured."""
    return sorted(latency_ms, key=lambda size: (_SIZES.index(size) if size in _SIZES else len(_SIZES), size))

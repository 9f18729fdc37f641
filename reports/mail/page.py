"""What the weekly mail says, in words and numbers, before any markup: the model that both parts are drawn from."""

from dataclasses import dataclass

from reports.words import Shown


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of one provider. `kind`: ok, part (of it unknown), down, unknown, none (no data), excluded, ahead."""

    day: str  # Mo .. Su
    kind: str
    text: tuple[str, ...]  # one or two short lines
    short: str  # at most five characters, for the text part


@dataclass(frozen=True, slots=True)
class Row:
    """One provider's week."""

    name: str
    href: str | None
    state: str  # serving | failing | unknown
    counted: str  # what was asked of it and how much of that succeeded
    uptime: Shown
    p95: Shown
    p95_of: str  # the size it is the latency of, and n
    usable: Shown  # USD per usable image
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One incident as bounds."""

    name: str
    down: str
    when: str
    seen_as: str


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of one provider that is shown to have changed."""

    of: str
    name: str  # with its unit
    before: Shown
    now: Shown
    word: str  # slower, dearer, ...
    by: str  # how much, with its interval


@dataclass(frozen=True, slots=True)
class Changes:
    """Against the week before: what is shown to differ, and what could be compared at all."""

    summary: str  # one sentence
    rows: tuple[Change, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """One agreement of one provider: this month so far, and what is left of the error budget of 30 days."""

    name: str
    what: str
    value: Shown
    so_far: str
    left: str
    note: str


@dataclass(frozen=True, slots=True)
class Flip:
    """A promise whose verdict changed. `kind`: the verdict now, as the judgement names it."""

    name: str
    promise: str
    was: str
    now: str
    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Flips:
    """What became of promises: which verdicts changed, and how all of them stand."""

    summary: str
    tally: str
    rows: tuple[Flip, ...]
    found: int = 0  # more than the rows where there is no room for all
    refuted: int = 0  # of those found


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing whose facts stand in words as well. `alt` says all of it where it is not shown."""

    caption: str
    alt: str
    png: bytes
    width: int  # CSS pixels
    height: int


@dataclass(frozen=True, slots=True)
class Line:
    """A label, its figure, and what to know of it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A way to the site."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Page:
    """All of the mail but its envelope."""

    subject: str
    heading: str
    preheader: str
    strip: str | None  # whose data this is, where it is not real
    period: str  # week 47, 16 to 22 Nov 2026
    status: str  # "" or what is not final about it
    lede: str
    attention: tuple[str, ...]
    cells_note: str
    names: tuple[str, ...]  # of the rows, as the judgement has them
    rows: tuple[Row, ...]
    rest: str | None  # providers without a row of their own
    notes: tuple[str, ...]
    events: tuple[Event, ...]
    events_rest: str | None
    clock: str  # whose time the events are in
    changes: Changes
    levels: tuple[Level, ...]
    levels_note: str | None
    flips: Flips
    picture: Picture | None
    money: tuple[Line, ...]
    limits: tuple[Line, ...]
    limits_note: str | None
    unknown: tuple[Line, ...]
    monitor: str
    links: tuple[Link, ...]
    footer: str
    stop_href: str

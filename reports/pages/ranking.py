"""Who leads in what: said only where the intervals do not overlap, else "no clear difference"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from reports.pages import measures
from reports.pages.column import Reading
from reports.pages.view import Scene, Subject

_ENOUGH = 30  # samples of each, before two providers are set against one another (statistics 4)
_ENOUGH_OF_WINDOW = 0.8  # of the longest watched: who was not there in the bad week was not better in it
_ENOUGH_SEEN = 0.95  # coverage

Same = Callable[[Subject, Subject], bool]
Read = Callable[[Subject], Reading]


@dataclass(frozen=True, slots=True)
class Lead:
    """The leader of one measure; `certain` is whether every other interval lies beyond its own."""

    subject: Subject
    reading: Reading
    next_best: Subject
    next_reading: Reading
    certain: bool


def lead(subjects: Sequence[Subject], read: Read, *, least_is_best: bool, settled: Same | None = None) -> Lead | None:
    """Who is best; None with fewer than two to compare. `settled`: a better comparison of two, where they overlap."""
    readings = [(subject, reading) for subject in subjects if (reading := read(subject)).value is not None]
    if len(readings) < 2:
        return None
    readings.sort(key=lambda item: (_order(item[1], least_is_best=least_is_best), item[0].name))
    (best, first), (other, second) = readings[:2]
    certain = all(
        _apart(first, reading, least_is_best=least_is_best) or (settled is not None and settled(best, subject))
        for subject, reading in readings[1:]
    )
    return Lead(best, first, other, second, certain)


def _order(reading: Reading, *, least_is_best: bool) -> float:
    value = reading.value if reading.value is not None else 0.0
    return value if least_is_best else -value


def _apart(best: Reading, other: Reading, *, least_is_best: bool) -> bool:
    """Whether the two intervals do not touch; an unknown bound is as bad as it can be."""
    if least_is_best:
        return _or(best.high, float("inf")) < _or(other.low, float("-inf"))
    return _or(best.low, float("-inf")) > _or(other.high, float("inf"))


def _or(bound: float | None, otherwise: float) -> float:
    return otherwise if bound is None else bound


def cheapest(scene: Scene) -> Lead | None:
    """By what a usable image cost."""
    return lead(_with_enough(scene.of(reach=False)), measures.usd, least_is_best=True)


def fastest(scene: Scene, *, reach: bool = False) -> Lead | None:
    """By the median; a comparison on the same blocks decides where the intervals overlap."""

    def settled(best: Subject, other: Subject) -> bool:
        return any(
            pair.verdict == "different"
            and pair.ratio is not None
            and (pair.a, pair.b) in {(best.name, other.name), (other.name, best.name)}
            and (pair.ratio.value < 1) is (pair.a == best.name)
            for pair in scene.judgement.comparison
        )

    return lead(_with_enough(scene.of(reach=reach)), measures.median, least_is_best=True, settled=settled)


def steadiest(scene: Scene, *, reach: bool = False) -> Lead | None:
    """By uptime, among those watched about as long as the others."""
    return lead(watched_as_long(scene, reach=reach), _uptime_either_way, least_is_best=False)


def shakiest(scene: Scene, *, reach: bool = False) -> Lead | None:
    """Who was down most, among the same."""
    return lead(watched_as_long(scene, reach=reach), _uptime_either_way, least_is_best=True)


def watched_as_long(scene: Scene, *, reach: bool) -> list[Subject]:
    """Those whose uptime is about the same stretch of time, with little of it unknown."""
    subjects = scene.of(reach=reach)
    longest = max((_watched(subject, scene) for subject in subjects), default=timedelta())
    return [
        subject
        for subject in subjects
        if longest
        and _watched(subject, scene) >= _ENOUGH_OF_WINDOW * longest
        and (subject.judged.availability.time.coverage or 0.0) >= _ENOUGH_SEEN
    ]


def _watched(subject: Subject, scene: Scene) -> timedelta:
    first = subject.judged.first_seen
    return scene.judgement.until - max(first, scene.judgement.since) if first else timedelta()


def _uptime_either_way(subject: Subject) -> Reading:
    """Unknown time widens the interval to both sides."""
    reading, time = measures.uptime(subject), subject.judged.availability.time
    lows = [bound for bound in (reading.low, time.worst) if bound is not None]
    highs = [bound for bound in (reading.high, time.best) if bound is not None]
    return Reading(reading.shown, reading.value, min(lows, default=None), max(highs, default=None))


def _with_enough(subjects: Sequence[Subject]) -> list[Subject]:
    return [subject for subject in subjects if subject.latency is not None and subject.latency.n >= _ENOUGH]

"""The heading of each page is its finding: a sentence with subject and number, made from the data."""

from collections.abc import Sequence
from datetime import timedelta

from reports import words
from reports.pages.view import Scene, Subject

_EARLY = timedelta(hours=1)
_MOST_NAMED = 4
_NEARLY_ALL = 0.95  # of the window: below that a page names the time that was seen


def status(scene: Scene) -> str:
    """Does anything fail now, and is it them or us?"""
    subjects = scene.subjects
    if not subjects:
        return "Nothing is watched yet."
    if scene.last_seen is None:
        return f"No answer yet from {_how_many(subjects)}."
    if scene.stale:
        return f"Last seen {words.ago(scene.last_seen, scene.now)} ago. What follows is not the present."
    if all(subject.state == "unknown" for subject in subjects):
        return f"We cannot see: {_why_blind(scene)}."
    if is_early(scene):
        answered = sum(subject.state != "unknown" for subject in subjects)
        return f"First answers from {answered} of {_how_many(subjects)}; no verdict can stand yet."
    return _states(subjects)


def is_early(scene: Scene) -> bool:
    """Whether all of it is less than an hour old."""
    firsts = [subject.judged.first_seen for subject in scene.subjects if subject.judged.first_seen]
    return bool(firsts) and scene.now - min(firsts) < _EARLY


def _how_many(subjects: Sequence[Subject]) -> str:
    return words.plural(len(subjects), "provider")


def _why_blind(scene: Scene) -> str:
    """The cause of the newest unknown spell, in the monitor's own words."""
    spells = [spell for subject in scene.subjects for spell in subject.judged.unknown if spell.why]
    newest = max(spells, key=lambda spell: (spell.end, spell.why or ""), default=None)
    return newest.why if newest and newest.why else "no measurement says what the state is now"


def _states(subjects: Sequence[Subject]) -> str:
    failing = [subject for subject in subjects if subject.state == "failing"]
    unknown = [subject for subject in subjects if subject.state == "unknown"]
    serving = [subject for subject in subjects if subject.state == "serving"]
    parts = [_sentence(failing, "is failing", "are failing", len(subjects)) if failing else ""]
    if serving and not failing and not unknown and len(serving) > 1:
        everybody = "Both" if len(serving) == 2 else f"All {len(serving)}"
        parts.append(f"{everybody} providers are {serving_what(serving)}.")
    elif serving:
        what = serving_what(serving)
        parts.append(_sentence(serving, f"is {what}", f"are {what}", len(subjects)))
    if unknown:
        parts.append(f"The state of {words.listed([s.name for s in unknown], _MOST_NAMED)} is unknown.")
    return " ".join(part for part in parts if part)


def serving_what(subjects: Sequence[Subject]) -> str:
    """Images are served; a front door that was only reached answers."""
    kinds = {subject.reach_only for subject in subjects}
    return "answering" if kinds == {True} else "serving images" if kinds == {False} else "serving"


def _sentence(subjects: Sequence[Subject], one: str, many: str, of: int) -> str:
    names = [subject.name for subject in subjects]
    if len(names) > _MOST_NAMED:
        return f"{len(names)} of {of} providers {many}."
    return f"{words.listed(names)} {one if len(names) == 1 else many}."


def provider(subject: Subject, scene: Scene) -> str:
    """Is it up, and how long was it down?"""
    time = subject.judged.availability.time
    if subject.judged.last_seen is None:
        return f"No answer yet from {subject.name}."
    seen_s = time.up_s + time.down_s
    of_time = scene.window if seen_s >= _NEARLY_ALL * scene.window_s else f"{words.duration(seen_s)} seen"
    past = f"it was down {words.duration(time.down_s)} in {of_time}" if time.down_s else f"no outage in {of_time}"
    state = {
        "serving": f"{subject.name} is {serving_what([subject])}",
        "failing": f"{subject.name} is failing now",
        "unknown": f"The state of {subject.name} is unknown",
    }[subject.state]
    return f"{state}." if not seen_s else f"{state}; {past}."

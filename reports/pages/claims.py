"""The page of promises: every claim of every provider with its verdict, the evidence, and what would decide it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from reports import words
from reports.pages import promised
from reports.pages.ledger import Entry, Ledger, ids, ledger
from reports.pages.shell import Shell, shell
from reports.pages.verdicts import CONFIRMED, LOOKS, MEANINGS, OTHERS, REFUTED, UNDECIDED, Look, concern, look
from reports.pages.view import Scene, Subject

PAGE = "claims.html"
_MOST_BROKEN = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """One cell of the matrix: the verdict of most concern among the promises of one metric, and how many there are."""

    look: Look
    word: str
    href: str


@dataclass(frozen=True, slots=True)
class Line:
    """One provider in the matrix; None: no promise."""

    subject: Subject
    marks: tuple[tuple[str, Mark | None], ...]


@dataclass(frozen=True, slots=True)
class Broken:
    """One promise that is broken, in one line."""

    subject: Subject
    entry: Entry


@dataclass(frozen=True, slots=True)
class Choice:
    """One button of the filter."""

    id: str
    look: Look | None
    text: str


@dataclass(frozen=True, slots=True)
class Claims:
    """The whole page."""

    shell: Shell
    heading: str
    lede: str
    broken: tuple[Broken, ...]
    more_broken: int
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    meanings: tuple[tuple[Look, str], ...]
    choices: tuple[Choice, ...]
    ledgers: tuple[Ledger, ...]
    without: str


def claims(scene: Scene) -> Claims:
    """All providers that promise something; those that do not are named."""
    ledgers = tuple(ledger(subject, scene) for subject in scene.subjects if subject.judged.claims)
    verdicts = [claim.verdict for subject in scene.subjects for claim in subject.judged.claims]
    broken = [Broken(of.subject, entry) for of in ledgers for entry in of.entries if entry.look is REFUTED]
    silent = [subject.name for subject in scene.subjects if not subject.judged.claims]
    return Claims(
        shell=shell(scene, "Promises", "Every promise of every provider, with verdict and evidence", here=PAGE),
        heading=heading(verdicts),
        lede=_lede(verdicts),
        broken=tuple(broken[:_MOST_BROKEN]),
        more_broken=max(0, len(broken) - _MOST_BROKEN),
        columns=_columns(scene),
        lines=_lines(scene, ledgers) if len(ledgers) > 1 else (),
        meanings=tuple((LOOKS[verdict], text) for verdict, text in MEANINGS.items() if verdict in verdicts),
        choices=_choices(verdicts),
        ledgers=ledgers,
        without=f"No promise is known of {words.listed(silent)}." if silent else "",
    )


def heading(verdicts: Sequence[str]) -> str:
    """The finding, as in `24 promises: 6 are kept, 7 are broken, 11 cannot be judged yet`."""
    if not verdicts:
        return "No promise is known to hold anybody to."
    n = Counter(verdicts)
    kept, broken, yet = n["confirmed"], n["refuted"], len(verdicts) - n["confirmed"] - n["refuted"]
    parts = [f"{_number(count)} {_is(count)} {word}" for count, word in ((kept, "kept"), (broken, "broken")) if count]
    if yet:
        parts.append(f"{_number(yet) if parts else 'none'} can{'not' if parts else ''} be judged yet")
    return f"{words.plural(len(verdicts), 'promise')}: {', '.join(parts)}."


def _number(count: int) -> str:
    return words.count(count)


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _lede(verdicts: Sequence[str]) -> str:
    if not verdicts:
        return "Name a catalogue for a provider in upheld.toml, or write what it promised into its claims."
    n = Counter(verdicts)
    said = {
        "not_testable": ("cannot be seen from outside as it stands", "cannot be seen from outside as they stand"),
        "not_refuted_up_to": ("was not refuted as far as it was tried", "were not refuted as far as they were tried"),
        "void": ("does not allow a verdict", "do not allow a verdict"),
    }
    more = [f"{words.plural(n[kind], 'promise')} {text[n[kind] > 1]}" for kind, text in said.items() if n[kind]]
    first = f"{'; '.join(more)}. ".capitalize() if more else ""
    return f"{first}Every verdict names its evidence and what would change it."


def _choices(verdicts: Sequence[str]) -> tuple[Choice, ...]:
    n = Counter(verdicts)
    others = sum(n[verdict] for verdict in OTHERS)
    kinds = [("f-r", REFUTED, n["refuted"]), ("f-u", UNDECIDED, n["undecided"]), ("f-c", CONFIRMED, n["confirmed"])]
    shown = [Choice(key, kind, f"{words.count(count)} {kind.word}") for key, kind, count in kinds if count]
    if others:
        shown.append(Choice("f-o", LOOKS["not_testable"], words.plural(others, "other")))
    return (Choice("f-a", None, f"all {words.count(len(verdicts))}"), *shown) if len(shown) > 1 else ()


# --- the matrix -----------------------------------------------------------------------------------------------


def _columns(scene: Scene) -> tuple[str, ...]:
    """The metrics that anybody promises, in one order everywhere."""
    seen = {claim.metric for subject in scene.subjects for claim in subject.judged.claims}
    return tuple(metric for metric in promised.NAMES if metric in seen)


def _lines(scene: Scene, ledgers: Sequence[Ledger]) -> tuple[Line, ...]:
    columns = _columns(scene)
    return tuple(
        Line(each.subject, tuple((promised.NAMES[metric], _mark(each.subject, metric)) for metric in columns))
        for each in ledgers
    )


def _mark(subject: Subject, metric: str) -> Mark | None:
    mine = [(place, claim) for place, claim in enumerate(subject.judged.claims) if claim.metric == metric]
    if not mine:
        return None
    place, worst = min(mine, key=lambda each: (concern(each[1].verdict), each[0]))
    same = sum(claim.verdict == worst.verdict for _, claim in mine)
    word = look(worst.verdict).word
    return Mark(look(worst.verdict), word if len(mine) == 1 else f"{word}, {same} of {len(mine)}", ids(subject)[place])

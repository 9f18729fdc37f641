"""How each number is made: the registry, the outcomes, and the methods that this judgement names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from monitor.judge.policy import DEFAULT, Policy
from reports import words
from reports.coverage import Errors, errors
from reports.methods import METHODS, STATES, Method
from reports.outcomes import WORDS
from reports.pages.own_error import own_error
from reports.pages.shell import Shell, shell
from reports.pages.view import Scene


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One word of the closed vocabulary."""

    outcome: str
    label: str
    evidence: str
    user: str
    http: str


@dataclass(frozen=True, slots=True)
class Named:
    """A method as the judgement names it, and the numbers that were made by it."""

    method: str
    numbers: str


@dataclass(frozen=True, slots=True)
class Methodology:
    """The whole page."""

    shell: Shell
    methods: tuple[Method, ...]
    outcomes: tuple[OutcomeRow, ...]
    states: tuple[tuple[str, str], ...]
    named: tuple[Named, ...]
    errors: tuple[Errors, ...]
    assumed: str  # what verdicts on outages assume here
    own_error: tuple[tuple[str, str], ...]


def methodology(scene: Scene, judged: Mapping[str, object]) -> Methodology:
    """`judged` is the judgement as plain data (`to_json`), searched for the methods it names."""
    return Methodology(
        shell=shell(scene, "Methodology", "How each number is made", here="methodology.html"),
        methods=METHODS,
        outcomes=tuple(
            OutcomeRow(of.value, said.label, said.evidence, said.user, said.http) for of, said in WORDS.items()
        ),
        states=tuple(STATES.items()),
        named=tuple(named(judged)),
        errors=errors(),
        assumed=_assumed(scene.subjects[0].facts.policy if scene.subjects else DEFAULT),
        own_error=own_error(scene),
    )


def _assumed(policy: Policy) -> str:
    """The values in force, and whether the figures below are theirs."""
    unseen, gap, block = map(words.duration, (policy.survive_s, policy.merge_gap_s, policy.block_s))
    values = f"In force here: L {unseen}, G {gap}, bets on blocks of {block}"
    if policy.is_default:
        return f"{values}; these are the values that were simulated."
    return f"{values}. They are not those that were simulated: with them, how often verdicts are wrong is not known."


def named(judged: Mapping[str, object]) -> list[Named]:
    """Every `method` in the judgement with the fields it made, providers and sizes left out."""
    made: dict[str, set[str]] = {}
    providers = judged.get("providers", {})
    for of_one in providers.values() if isinstance(providers, Mapping) else ():
        for path, method in _methods(of_one, ()):
            if path == ("rate_limit",):  # it tells of the runs; the provider's page has it
                continue
            made.setdefault(method, set()).add(_field(path))
    for path, method in _methods(judged.get("comparison"), ("comparison",)):
        made.setdefault(method, set()).add(_field(path))
    return [Named(method, ", ".join(sorted(fields))) for method, fields in sorted(made.items())]


def _methods(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        method = value.get("method")
        if isinstance(method, str) and method:
            yield path, method
        for key, item in value.items():
            yield from _methods(item, (*path, str(key)))
    elif isinstance(value, list):
        for item in value:
            yield from _methods(item, path)


def _field(path: tuple[str, ...]) -> str:
    """A dotted name without the parts that are data: sizes stand second in `latency_ms` and `cost.by_size`."""
    if path[:1] == ("latency_ms",):
        path = (path[0], *path[2:])
    return ".".join(path[:2] if path[:2] == ("cost", "by_size") else path)

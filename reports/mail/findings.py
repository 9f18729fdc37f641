"""The week in one sentence: subject and heading of the mail; pure.

Every provider is told of once, by the worst that is known of it. What was not seen is never called served: "all
week" needs a week without a minute of unknown time, else it is "no outage seen".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from monitor.judge.result import Judgement, ProviderJudgement, Span
from reports import words
from reports.mail.figures import MINUTE_S, clean, gap_s, window_s

MOST_NAMES = 3
WORTH_NAMING = 2  # providers in trouble that the sentence names, each with its number
NAMES_WIDTH = 48  # characters of names that still read well in a subject
SHORTFALL = 0.8  # below this share of its advertised rate a limit is a finding (requirements: "within 20 %")


@dataclass(frozen=True, slots=True)
class Groups:
    """Every provider in exactly one group."""

    down: tuple[str, ...]  # most down time first
    failing: tuple[str, ...]  # requests failed, more of them than down time explains
    throttled: tuple[str, ...]
    blind: tuple[str, ...]  # nothing known of it
    seen: tuple[str, ...]  # no outage, but not watched throughout
    served: tuple[str, ...]


def group_of(provider: ProviderJudgement, window_s: float) -> str:
    """The name of the group, worst first; `window_s` is how long the week is, or has been so far."""
    time, user = provider.availability.time, provider.availability.user
    if time.value is None and not user.of:
        return "blind"
    if user.of > user.good and not _explained(provider):
        return "failing"
    if time.down_s > 0:
        return "down"
    if falls_short(provider):
        return "throttled"
    return "served" if time.value is not None and gap_s(time, window_s) < MINUTE_S else "seen"


def _explained(provider: ProviderJudgement) -> bool:
    """Whether down time tells what happened: most of it is certain, and it is in proportion to what failed.

    A single failed image is followed by a stretch that counts as down until the next probe; its outage may have
    lasted no time at all, so the number of failures is what is certain.
    """
    time, user = provider.availability.time, provider.availability.user
    certain_s = sum(incident.down_s.low for incident in provider.incidents)
    down = 1 - time.value if time.value is not None else 0.0
    failed = (user.of - user.good) / user.of
    return certain_s >= time.down_s / 2 and failed <= max(2 * down, 0.01) and time.down_s > 0


def falls_short(provider: ProviderJudgement) -> bool:
    """Whether even the upper bound of the accepted rate lies below the advertised one by more than 20 %."""
    limit = provider.rate_limit
    return (
        limit.advertised_rpm is not None
        and limit.sustained_rpm is not None
        and limit.sustained_rpm.high is not None
        and limit.sustained_rpm.high < SHORTFALL * limit.advertised_rpm
    )


def groups(week: Judgement) -> Groups:
    """All providers by group; the worst of each group first."""
    members: dict[str, list[str]] = {name: [] for name in Groups.__dataclass_fields__}
    for name in sorted(week.providers, key=lambda name: (_badness(week.providers[name]), name)):
        members[group_of(week.providers[name], window_s(week))].append(name)
    return Groups(**{group: tuple(names) for group, names in members.items()})


def _badness(provider: ProviderJudgement) -> tuple[float, float]:
    user = provider.availability.user
    return -provider.availability.time.down_s, user.good - user.of


def order(week: Judgement) -> list[str]:
    """Provider names, those that need a look first."""
    found = groups(week)
    return [*found.down, *found.failing, *found.throttled, *found.blind, *found.seen, *found.served]


def sentences(week: Judgement, *, running: bool, also: Sequence[str] = ()) -> list[str]:
    """What is to be said of all providers, the worst first; joined they are the subject or the heading.

    `also`: what else has to be acted on, told before what went well.
    """
    if not week.providers:
        return ["Nothing was watched this week"]
    found = groups(week)
    said = [
        *_each(found.down, "were down", lambda name: _down(name, week.providers[name])),
        *_each(found.failing, "failed requests", lambda name: _failed(name, week.providers[name])),
        *_each(found.throttled, "fell short of their rate limits", lambda name: _short(name, week.providers[name])),
    ]
    if found.blind:
        said.append(f"{_names(found.blind)} {_was(found.blind)} not observed")
    return [*said, *also, *_quiet(found, week.providers, others=bool(said), running=running)]


def _each(names: Sequence[str], together: str, say: Callable[[str], str]) -> list[str]:
    told = [say(name) for name in names[:WORTH_NAMING]]
    rest = len(names) - len(told)
    return [*told, f"{words.count(rest)} more {together if rest > 1 else _single(together)}"] if rest else told


def _single(together: str) -> str:
    return together.replace("were", "was").replace("their", "its").replace("limits", "limit")


def _down(name: str, provider: ProviderJudgement) -> str:
    """The seconds that count as down, or their bounds where those lie far apart."""
    down_s, spans = provider.availability.time.down_s, [incident.down_s for incident in provider.incidents]
    certain_s, highs = sum(span.low for span in spans), [span.high for span in spans]
    if certain_s >= down_s / 2:
        return f"{_name(name)} was down {words.duration(down_s)}"
    most_s = None if None in highs else max(down_s, sum(high for high in highs if high is not None))
    return f"{_name(name)} was down {words.duration_between(Span(certain_s, most_s))}"


def _failed(name: str, provider: ProviderJudgement) -> str:
    user = provider.availability.user
    return f"{_name(name)} failed {words.count(user.of - user.good)} of {words.plural(user.of, 'image')}"


def _short(name: str, provider: ProviderJudgement) -> str:
    limit = provider.rate_limit
    if limit.advertised_rpm is None or limit.sustained_rpm is None or limit.sustained_rpm.high is None:
        raise ValueError(f"{name}: no bounds, so no finding")
    low, high = limit.sustained_rpm.low / limit.advertised_rpm, limit.sustained_rpm.high / limit.advertised_rpm
    much = words.percent((low + high) / 2) if high - low <= 0.1 else f"at most {words.ceil(100 * high)} %"
    return f"{_name(name)} accepted {much} of its advertised rate"


def _quiet(found: Groups, providers: Mapping[str, ProviderJudgement], *, others: bool, running: bool) -> list[str]:
    when = "so far" if running else "all week"
    said = []
    if found.served:
        verb = "served" if any(providers[name].availability.user.of for name in found.served) else "answered"
        said.append(f"{_all_or_other(found.served, len(providers), others=others)} {verb} {when}")
    if found.seen and not others and not said:
        return [f"No outage seen at {_names(found.seen, 'any of ')}"]
    return [*said, f"no outage seen at {_names(found.seen, 'the other ')}"] if found.seen else said


def _all_or_other(names: Sequence[str], of: int, *, others: bool) -> str:
    if len(names) == of > MOST_NAMES:
        return f"All {of} providers"
    return _names(names, "the other " if others else "")


def _names(names: Sequence[str], before_count: str = "") -> str:
    joined = ", ".join(_name(name) for name in names)
    if len(names) == 1 or (len(names) <= MOST_NAMES and len(joined) <= NAMES_WIDTH):
        return joined
    return f"{before_count}{words.plural(len(names), 'provider')}"


def _was(names: Sequence[str]) -> str:
    return "was" if len(names) == 1 else "were"


def _name(name: str) -> str:
    return clean(name, 32)

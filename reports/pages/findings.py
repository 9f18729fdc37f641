"""The heading and the first lines of the comparison: the finding, as a sentence."""

from monitor.judge.result import RateLimit
from reports import words
from reports.pages import headlines, measures, ranking, rates
from reports.pages.ranking import Lead
from reports.pages.view import Scene, Subject

_FULL_DAYS = 7  # give or take an hour or two, below this nobody is ranked for what is to come (statistics 4)
_WORTH_A_CAVEAT_S = 3600
_MOST_SAID = 2
_FAR_BELOW = 0.8  # of what is advertised (requirements 3: "within 20 %")


def heading(scene: Scene) -> str:
    """Whom the numbers favour, and against what."""
    subjects = scene.subjects
    if not subjects:
        return "Nothing to compare yet."
    if len(subjects) == 1:
        return f"Only {subjects[0].name} is watched: there is nothing to compare it with."
    if headlines.is_early(scene):
        return "Too early to compare: the first answers are less than an hour old."
    clauses = _clauses(scene)
    if not clauses:
        return f"Too few samples of {words.plural(len(subjects), 'provider')} to set them side by side."
    return f"{'; '.join(clauses)}."


def _clauses(scene: Scene) -> list[str]:
    """One clause for each leader, with everything it leads in; then what no difference is shown in."""
    reach = not scene.of(reach=False)
    cheap, fast = ranking.cheapest(scene), ranking.fastest(scene, reach=reach)
    steady, shaky = ranking.steadiest(scene, reach=reach), ranking.shakiest(scene, reach=reach)
    won: dict[str, list[str]] = {}
    if cheap and cheap.certain:
        won.setdefault(cheap.subject.name, []).append(f"is cheapest at ${cheap.reading.shown.value} a usable image")
    if fast and fast.certain:
        won.setdefault(fast.subject.name, []).append("is fastest")
    if steady and steady.certain:
        won.setdefault(steady.subject.name, []).append("was down least")
    elif shaky and shaky.certain:
        won.setdefault(shaky.subject.name, []).append("was down most")
    clauses = [f"{name} {' and '.join(found)}".replace(" and is ", " and ") for name, found in won.items()]
    decided = (steady and steady.certain) or (shaky and shaky.certain)
    open_ = [word for found, word in ((cheap, "price"), (fast, "speed")) if found and not found.certain]
    open_ += ["uptime"] if steady and not decided else []
    if open_:
        clauses.append(f"{'no' if clauses else 'No'} clear difference in {words.listed(open_)}")
    return clauses


def lede(scene: Scene) -> list[str]:
    """The numbers behind the heading, one sentence each; each names what limits it."""
    if not scene.subjects:
        return ["Name two providers in upheld.toml: what is asked of both in the same slots is set side by side here."]
    if len(scene.subjects) < 2 or headlines.is_early(scene):
        return []
    reach = not scene.of(reach=False)
    sentences = [
        _price(ranking.cheapest(scene)),
        _speed(ranking.fastest(scene, reach=reach)),
        _uptime(scene, reach=reach),
        _throttled(scene),
        _not_ranked(scene, reach=reach),
        _caution(scene),
    ]
    return [sentence for sentence in sentences if sentence]


def _price(found: Lead | None) -> str:
    if found is None or not found.reading.value or not found.next_reading.value:
        return ""
    if not found.certain:
        return f"The prices of {found.subject.name} and {found.next_best.name} overlap."
    less = words.percent(1 - found.reading.value / found.next_reading.value)
    down_s = found.subject.judged.availability.time.down_s
    caveat = f", but it was down {words.duration(down_s)}" if down_s >= _WORTH_A_CAVEAT_S else ""
    return f"{found.subject.name} costs {less} less than {found.next_best.name}, the next{caveat}."


def _speed(found: Lead | None) -> str:
    if found is None:
        return ""
    pair = f"{found.subject.name} {_median(found.subject)}, {found.next_best.name} {_median(found.next_best)}"
    return f"Median: {pair}." if found.certain else f"Median: {pair}, too close to tell apart."


def _median(subject: Subject) -> str:
    return f"{measures.median(subject).shown.value} {'ms' if subject.reach_only else 's'}"


def _uptime(scene: Scene, *, reach: bool) -> str:
    """The least and the most down, among those that were watched as long."""
    subjects = sorted(
        ranking.watched_as_long(scene, reach=reach), key=lambda s: (s.judged.availability.time.down_s, s.name)
    )
    if len(subjects) < 2 or not subjects[-1].judged.availability.time.down_s:
        return ""
    best, worst = subjects[0], subjects[-1]
    best_s, worst_s = (subject.judged.availability.time.down_s for subject in (best, worst))
    least = f"{best.name} was down {words.duration(best_s)}" if best_s else f"{best.name} had no outage"
    return f"In {scene.window}, {least}, {worst.name} was down {words.duration(worst_s)}."


def _throttled(scene: Scene) -> str:
    """Who serves less than it advertises, with both numbers; many are counted."""
    short = [subject for subject in scene.of(reach=False) if _falls_short(subject.judged.rate_limit)]
    if len(short) > _MOST_SAID:
        names = words.listed([subject.name for subject in short])
        return f"{names} serve less than {words.percent(_FAR_BELOW)} of the rate that they advertise."
    return " ".join(
        f"{subject.name} serves {rates.of_advertised(subject.judged.rate_limit)} (requests a minute)."
        for subject in short
    )


def _falls_short(limit: RateLimit) -> bool:
    """Whether even the upper bound is far below what is advertised."""
    return (
        limit.achieved_share is not None
        and limit.advertised_rpm is not None
        and limit.sustained_rpm is not None
        and limit.sustained_rpm.high is not None
        and limit.sustained_rpm.high < _FAR_BELOW * limit.advertised_rpm
    )


def _not_ranked(scene: Scene, *, reach: bool) -> str:
    """Who is left out of the comparison of uptime, and why."""
    compared = {subject.name for subject in ranking.watched_as_long(scene, reach=reach)}
    left = [subject.name for subject in scene.of(reach=reach) if subject.name not in compared]
    if not left or not compared:
        return ""
    return f"{words.listed(left)} cannot be compared by uptime: too little of the same time was seen."


def _caution(scene: Scene) -> str:
    """Too short a window describes what happened, not what kind of provider it is."""
    if scene.window_s >= _FULL_DAYS * 86_400 - 2 * 3600:
        return ""
    return (
        f"{scene.window} tell what happened, not what kind of provider somebody is: "
        f"that takes {_FULL_DAYS} full days at least."
    )

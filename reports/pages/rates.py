"""The rate limit in words: what was accepted, against what is advertised and what we need."""

from dataclasses import replace

from monitor.judge.result import RateLimit
from reports import words
from reports.pages.column import Reading
from reports.pages.view import Subject
from reports.words import Shown


def rate(subject: Subject) -> Reading:
    """Accepted requests per minute, against what is advertised."""
    limit = subject.judged.rate_limit
    tried = limit.accepted + limit.rejected
    n = f"n {words.count(tried)}" if tried else None
    note = against_advertised(limit)
    if limit.sustained_rpm is None:
        return Reading(Shown(words.NOT_BOUNDED if tried else "not probed", known=False), n=n, note=note)
    low, high = limit.sustained_rpm.low, limit.sustained_rpm.high
    if high is None:
        met = "above that not bounded" if limit.rejected else "no limit met"
        return Reading(Shown(f"≥ {words.floor(low)}", met), low, low, None, n, note, hollow=True)
    middle = (low + high) / 2
    return Reading(Shown(rpm(middle), words.between(low, high, _rpm_places(middle))), middle, low, high, n, note)


def rate_and_headroom(subject: Subject) -> Reading:
    """The same, with what our own planned peak leaves of it."""
    reading, left = rate(subject), headroom(subject.judged.rate_limit)
    return replace(reading, note="; ".join(filter(None, [reading.note, left])) or None)


def _rpm_places(value: float) -> int:
    return 1 if value < 20 else 0


def rpm(value: float) -> str:
    """Requests per minute, without the unit."""
    return words.near(value, _rpm_places(value)).removesuffix(".0")


def against_advertised(limit: RateLimit) -> str:
    """`of 1,000 advertised: 30 %`, or that nothing is advertised, or how far it was tried."""
    if limit.advertised_rpm is None:
        return "none advertised"
    advertised = f"{rpm(limit.advertised_rpm)} advertised"
    if limit.achieved_share is not None:
        more = " or more" if limit.sustained_rpm is not None and limit.sustained_rpm.high is None else ""
        return f"of {advertised}: {words.percent(limit.achieved_share)}{more}"
    return f"{advertised}, tried to {rpm(limit.offered_rpm)}" if limit.offered_rpm else advertised


def headroom(limit: RateLimit) -> str | None:
    """What our own planned peak leaves of the rate; none is said as such."""
    if limit.headroom is None:
        return None
    if limit.headroom < 0:
        return f"{words.percent(-limit.headroom)} short of our planned peak"
    return f"headroom {words.percent(limit.headroom)}"


def of_advertised(limit: RateLimit) -> str:
    """`300 of 1,000 advertised: 30 %`; only for a limit that was met and is advertised."""
    if limit.sustained_rpm is None or limit.sustained_rpm.high is None or not limit.advertised_rpm:
        return words.NOT_KNOWN
    middle = (limit.sustained_rpm.low + limit.sustained_rpm.high) / 2
    share = words.percent(middle / limit.advertised_rpm if limit.achieved_share is None else limit.achieved_share)
    return f"{rpm(middle)} of {rpm(limit.advertised_rpm)} advertised: {share}"

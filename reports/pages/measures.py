"""The measures of the tables: how each is read from a judgement."""

from dataclasses import replace

from monitor.judge.intervals import wilson
from monitor.judge.result import Latency, Ratio
from monitor.judge.verdicts import Estimate
from reports import words
from reports.pages import rates
from reports.pages.column import Measure, Reading, from_zero, near_values, up_to_one
from reports.pages.view import Subject
from reports.words import Shown

# --- availability ---------------------------------------------------------------------------------------------


def uptime(subject: Subject) -> Reading:
    """Share of the observed time, with the share of time that was observed."""
    time = subject.judged.availability.time
    shown = words.availability(time.value, time.low, time.high)
    return Reading(shown, time.value, time.low, time.high, seen(subject), _worst_to_best(subject))


def process(subject: Subject) -> Reading:
    """What kind of provider this is, as its outages tell: another interval than that of this window."""
    found = subject.judged.availability.process
    if found is None:
        return Reading(Shown(words.NOT_KNOWN, known=False))
    shown = words.availability(found.value, found.low, found.high)
    return Reading(shown, found.value, found.low, found.high, f"n {words.count(found.n)}")


def seen(subject: Subject) -> str | None:
    """How long a time the number is about, and how much of that was seen: `90 days, 99.96 % seen`."""
    time = subject.judged.availability.time
    if time.coverage is None:
        return None
    share = words.availability(time.coverage, None, None, "all").value
    whole = words.duration(time.up_s + time.down_s + time.unknown_s)
    return f"{whole}, {share}{'' if share == 'all' else ' %'} seen"


def _worst_to_best(subject: Subject) -> str | None:
    """Where the unknown time could move the printed number, both ends of what it could be."""
    time = subject.judged.availability.time
    if time.worst is None or time.best is None or not time.unknown_s:
        return None
    worst, best = (words.availability(bound, None, None, "100").value for bound in (time.worst, time.best))
    return None if worst == best else f"worst {worst}, best {best}"


def _ratio(ratio: Ratio, clean: str = "no failure") -> Reading:
    shown = words.availability(ratio.value, ratio.low, ratio.high, clean)
    return Reading(shown, ratio.value, ratio.low, ratio.high, f"n {words.count(ratio.of)}" if ratio.of else None)


def user(subject: Subject) -> Reading:
    """Usable images among the scheduled image requests that tell of the provider."""
    return _ratio(subject.judged.availability.user)


def http(subject: Subject) -> Reading:
    """The same requests, good unless 5xx or unanswered."""
    return _ratio(subject.judged.availability.http)


# --- latency, money, errors -----------------------------------------------------------------------------------


def _quantile(subject: Subject, name: str) -> Reading:
    latency = subject.latency
    if latency is None:
        return Reading(Shown("no sample", known=False))
    n = f"n {words.count(latency.n)}"
    estimate: Estimate | None = getattr(latency, name)
    if estimate is None:
        return Reading(Shown(words.NOT_BOUNDED, known=False), n=n)
    ms = words.milliseconds if subject.reach_only else words.seconds
    shown = ms(estimate.value, estimate.low, estimate.high)
    return Reading(shown, estimate.value, estimate.low, estimate.high, n)


def within(quantile: Estimate | None, latency: Latency, share: float) -> str:
    """A time-to-image quantile; `never` where more than the rest had no image; else the sample is too small."""
    total = latency.n + latency.failed
    if quantile is not None:
        return words.latency(quantile.value)
    if total and latency.n < share * total:
        return "never"
    return words.NOT_BOUNDED if total else words.NOT_KNOWN


def median(subject: Subject) -> Reading:
    """Median of the successes of the size that stands for the provider."""
    return _quantile(subject, "p50")


def p95(subject: Subject) -> Reading:
    """95th percentile of the same."""
    return _quantile(subject, "p95")


def usd(subject: Subject) -> Reading:
    """What one usable image cost, failures that were billed included."""
    cost, each = subject.judged.cost, each_usd(subject)
    if each is None:
        return Reading(Shown("no usable image" if not cost.usable else words.NOT_KNOWN, known=False))
    unsure = f"{words.plural(cost.unknown_bills, 'bill')} unknown" if cost.unknown_bills else None
    n = f"n {words.count(each.n)}"
    shown = words.usd_each(each.value, each.low, each.high)
    if shown.bounds == shown.value:
        shown = Shown(shown.value, "exact")
    return Reading(shown, each.value, each.low, each.high, n, unsure)


def usd_by_size(subject: Subject) -> Reading:
    """The same, with the other sizes beneath."""
    reading, cost = usd(subject), subject.judged.cost
    others = [
        f"{size}: {words.usd_each(found.value).value}, n {words.count(found.n)}"
        for size, found in cost.by_size.items()
        if size != subject.size
    ]
    return replace(reading, note="; ".join([*others, *filter(None, [reading.note])]) or None)


def each_usd(subject: Subject) -> Estimate | None:
    """The cost of one usable image of the size that stands for the provider; of all sizes where it has none."""
    cost = subject.judged.cost
    return cost.by_size.get(subject.size or "", cost.usd_per_usable)


def errors(subject: Subject) -> Reading:
    """5xx among all sent requests; 4xx and 429 beside it."""
    found = subject.judged.errors
    if not found.of or found.server is None:
        return Reading(Shown(words.NOT_KNOWN, known=False))
    beside = [
        f"{word}: {words.percent(part, 2)}"
        for word, part in (("4xx", found.client), ("429", found.rate_limited))
        if part
    ]
    low, high = wilson(round(found.server * found.of), found.of) or (None, None)
    shown = words.small_share(found.server, low, high)
    return Reading(shown, found.server, low, high, f"n {words.count(found.of)}", ", ".join(beside) or None)


# --- the columns ----------------------------------------------------------------------------------------------


UPTIME = Measure("Uptime, %", uptime, up_to_one, factor=100, wide=True, method="time", tier="uptime")
USER = Measure("Usable, %", user, up_to_one, factor=100, method="user")
HTTP = Measure("HTTP, %", http, up_to_one, factor=100, method="http")
MEDIAN = Measure("Median, s", median, near_values, factor=0.001, method="latency", tier="time_to_image")
P95 = Measure("P95, s", p95, near_values, factor=0.001, method="latency")
USD = Measure("Usable image, $", usd, near_values, method="cost", tier="usd_per_usable")
USD_BY_SIZE = replace(USD, read=usd_by_size)
ERRORS = Measure("5xx, %", errors, from_zero, factor=100, method="errors")
RATE = Measure("Rate, RPM", rates.rate, near_values, wide=True, method="rate")
RATE_AND_ROOM = replace(RATE, read=rates.rate_and_headroom)
MEDIAN_MS = replace(MEDIAN, head="Median, ms", factor=1.0)
P95_MS = replace(P95, head="P95, ms", factor=1.0)

"""The measures of the tables: how each is read from a judgement, worded, and drawn on one scale per column."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from monitor.judge.intervals import wilson
from monitor.judge.result import Estimate, Latency, RateLimit, Ratio, Span
from reports import words
from reports.charts.scale import Scale, around, below_one, linear
from reports.charts.whisker import END, START, Whisker, whisker
from reports.pages.view import Cell, Subject
from reports.words import Shown

ScaleOf = Callable[[Sequence[float]], Scale]


@dataclass(frozen=True, slots=True)
class Reading:
    """One measure of one provider: numbers for the drawing, words for the reader."""

    shown: Shown
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: str | None = None
    note: str | None = None
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    """A column: its header, how it is read, the scale that all rows share, and the band it belongs to."""

    head: str
    read: Callable[[Subject], Reading]
    scale: ScaleOf
    band: str = ""
    factor: float = 1.0  # from stored to printed units, for the ends of the scale
    wide: bool = False  # its notes are long

    def column(self, subjects: Sequence[Subject], *, bands: bool = True) -> tuple[str, list[Cell]]:
        """The words for the scale, and one cell for each provider, with the band it lies in if wanted."""
        readings = [self.read(subject) for subject in subjects]
        numbers = [x for r in readings for x in (r.value, r.low, r.high) if x is not None and r.value is not None]
        scale = self.scale(numbers) if numbers else None
        cells = [
            self._cell(reading, scale, subject.judged.bands.get(self.band, ()) if bands else ())
            for subject, reading in zip(subjects, readings, strict=True)
        ]
        return (_ends(scale, self.factor) if scale else ""), cells

    def _cell(self, reading: Reading, scale: Scale | None, bands: Sequence[str]) -> Cell:
        return Cell(
            head=self.head,
            value=reading.shown.value,
            bounds=reading.shown.bounds,
            n=reading.n,
            note=reading.note,
            band=" to ".join(bands) or None,
            whisker=_drawn(reading, scale),
            known=reading.shown.known,
            wide=self.wide,
        )


def _drawn(reading: Reading, scale: Scale | None) -> Whisker | None:
    if scale is None or reading.value is None:
        return None
    return whisker(scale, reading.value, reading.low, reading.high, hollow=reading.hollow)


def _ends(scale: Scale, factor: float) -> str:
    low, high = (f"{round(end * factor, 9):,.12g}" for end in (scale.low, scale.high))
    return f"{low} to {high}{', log' if scale.log else ''}"


# --- availability ---------------------------------------------------------------------------------------------


def uptime(subject: Subject) -> Reading:
    """Share of the observed time, with the share of time that was observed."""
    time = subject.judged.availability.time
    shown = words.availability(time.value, time.low, time.high)
    return Reading(shown, time.value, time.low, time.high, seen(subject), _worst_to_best(subject))


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
        f"{word} {words.percent(part, 2).removesuffix(' %')}"
        for word, part in (("4xx", found.client), ("429", found.rate_limited))
        if part
    ]
    low, high = wilson(round(found.server * found.of), found.of) or (None, None)
    shown = words.small_share(found.server, low, high)
    return Reading(shown, found.server, low, high, f"n {words.count(found.of)}", ", ".join(beside) or None)


# --- the rate limit -------------------------------------------------------------------------------------------


def rate(subject: Subject) -> Reading:
    """Accepted requests per minute, against what is advertised."""
    limit = subject.judged.rate_limit
    if limit.sustained_rpm is None:
        advertised = f"{words.count(limit.advertised_rpm)} advertised" if limit.advertised_rpm else None
        return Reading(Shown("not probed", known=False), note=advertised)
    low, high = limit.sustained_rpm.low, limit.sustained_rpm.high
    note = against_advertised(limit)
    n = f"n {words.count(limit.accepted + limit.rejected)}"
    if high is None:
        return Reading(Shown(f"≥ {words.floor(low)}", "no limit met"), low, low, None, n, note, hollow=True)
    middle = (low + high) / 2
    return Reading(Shown(rpm(middle), words.between(low, high, _rpm_places(middle))), middle, low, high, n, note)


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
        return f"of {advertised}: {words.percent(min(limit.achieved_share, 9.99))}"
    if limit.sustained_rpm is not None and limit.sustained_rpm.low >= limit.advertised_rpm:
        return f"{advertised}, reached"
    return f"{advertised}, tried to {rpm(limit.offered_rpm)}" if limit.offered_rpm else advertised


def of_advertised(limit: RateLimit) -> str:
    """`300 of 1,000 advertised: 30 %`; only for a limit that was met and is advertised."""
    if limit.sustained_rpm is None or limit.sustained_rpm.high is None or not limit.advertised_rpm:
        return words.NOT_KNOWN
    middle = (limit.sustained_rpm.low + limit.sustained_rpm.high) / 2
    share = words.percent(middle / limit.advertised_rpm if limit.achieved_share is None else limit.achieved_share)
    return f"{rpm(middle)} of {rpm(limit.advertised_rpm)} advertised: {share}"


def bounds_of(span: Span | None, unit: str, places: int = 0) -> str:
    """A certain pair of bounds with its unit."""
    return words.NOT_KNOWN if span is None else f"{words.between(span.low, span.high, places)} {unit}"


# --- scales ---------------------------------------------------------------------------------------------------


def _around(values: Sequence[float]) -> Scale:
    return around(values, START, END)


def _below_one(values: Sequence[float]) -> Scale:
    return below_one(values, START, END)


def _from_zero(values: Sequence[float]) -> Scale:
    return linear(values, START, END)


UPTIME = Measure("Uptime, %", uptime, _below_one, "uptime", 100, wide=True)
USER = Measure("Usable, %", user, _below_one, factor=100)
HTTP = Measure("HTTP, %", http, _below_one, factor=100)
MEDIAN = Measure("Median, s", median, _around, "p50", 0.001)
P95 = Measure("P95, s", p95, _around, "p95", 0.001)
USD = Measure("Usable image, $", usd, _around)
ERRORS = Measure("5xx, %", errors, _from_zero, "error_rate", 100)
RATE = Measure("Rate, RPM", rate, _around, "rate_limit", wide=True)
MEDIAN_MS = replace(MEDIAN, head="Median, ms", factor=1.0)
P95_MS = replace(P95, head="P95, ms", factor=1.0)

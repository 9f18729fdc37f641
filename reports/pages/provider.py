"""The page of one provider: is it up, how sure is that, where does its time go, what came back, when was it down."""

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.judge.result import Incident, Latency
from monitor.judge.verdicts import Estimate
from reports import words
from reports.pages import (
    agreements,
    budgets,
    headlines,
    limits,
    measures,
    provider_charts,
    provider_facts,
    recoveries,
    settings,
    spending,
    steadiness,
)
from reports.pages.bands import Band, bands
from reports.pages.behind import Behind, behind
from reports.pages.ledger import Ledger, ledger
from reports.pages.outages import BadDay, Bar, Event, bad_days, bar_of, ended, unknown_spells
from reports.pages.published import Promise, promises
from reports.pages.shell import Shell, shell
from reports.pages.view import REACH, Scene, Subject, sizes_in_order

_MOST_OUTAGES = 50
_MOST_SPELLS = 20


@dataclass(frozen=True, slots=True)
class SizeRow:
    """Latency of one size; each quantile with its bounds, or why there is none."""

    size: str
    n: str
    failed: str
    quantiles: tuple[tuple[str, str, str | None, bool], ...]  # (header, value, bounds, known)
    mean: str


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage as a row."""

    began: str
    ended: str
    down: str
    failures: str
    seen_as: str
    open: bool
    steps: recoveries.Steps


@dataclass(frozen=True, slots=True)
class Published:
    """What somebody else published, and ours beside it."""

    label: str
    theirs: str
    ours: str


@dataclass(frozen=True, slots=True)
class Provider:
    """The whole page."""

    shell: Shell
    subject: Subject
    heading: str
    lede: str
    facts: tuple[provider_facts.Fact, ...]
    bar: Bar | None
    bar_note: str
    bad_days: tuple[BadDay, ...]
    charts: tuple[provider_charts.Chart, ...]
    size_unit: str
    sizes: tuple[SizeRow, ...]
    outages: tuple[Outage, ...]
    more_outages: int
    usual: tuple[recoveries.Usual, ...]
    usual_method: str
    budget: budgets.Budget | None
    limits: limits.Limits | None
    steadiness: steadiness.Steadiness | None
    spending: tuple[spending.Paid, ...]
    unknowns: tuple[Event, ...]
    published: tuple[Published, ...]
    bands: tuple[Band, ...]
    slas: tuple[agreements.Clause, ...]
    months: tuple[agreements.Month, ...]
    earlier_months: tuple[agreements.Month, ...]
    promised: Ledger | None
    promises: tuple[Promise, ...]
    probed: settings.Probed | None
    behind: Behind


def provider(subject: Subject, scene: Scene) -> Provider:
    """Everything that is said of one provider."""
    judged, now = subject.judged, scene.now
    usual, usual_method = recoveries.usual(subject)
    months, earlier = agreements.months(subject, scene)
    newest_first = sorted(judged.incidents, key=lambda incident: incident.start_latest, reverse=True)
    return Provider(
        shell=shell(
            scene, subject.name, f"State, latency, cost and limits of {subject.name}", here=subject.page, charts=True
        ),
        subject=subject,
        heading=headlines.provider(subject, scene),
        lede=_lede(subject, scene),
        facts=provider_facts.facts(subject, scene),
        bar=bar_of(subject, now),
        bar_note=_bar_note(subject),
        bad_days=tuple(reversed(bad_days(judged.days))),
        charts=provider_charts.charts(subject),
        size_unit="ms" if subject.reach_only else "s",
        sizes=tuple(
            _size(size, judged.latency_ms[size], in_ms=subject.reach_only) for size in sizes_in_order(judged.latency_ms)
        ),
        outages=tuple(_outage(incident, scene) for incident in newest_first[:_MOST_OUTAGES]),
        more_outages=max(0, len(newest_first) - _MOST_OUTAGES),
        usual=usual,
        usual_method=usual_method,
        budget=budgets.budget(subject, scene),
        limits=limits.limits(subject),
        steadiness=steadiness.steadiness(subject, scene),
        spending=spending.spending(subject, scene),
        unknowns=tuple(unknown_spells([subject], now, _MOST_SPELLS)),
        published=tuple(_published(subject)),
        bands=bands(subject),
        slas=agreements.whole_window(subject, scene),
        months=months,
        earlier_months=earlier,
        promised=ledger(subject, scene) if judged.claims else None,
        promises=promises(subject, now),
        probed=settings.probed(subject, scene),
        behind=behind(subject, scene),
    )


def _lede(subject: Subject, scene: Scene) -> str:
    judged = subject.judged
    listed = ", ".join(f"${words.usd_each(usd).value} at {size}" for size, usd in judged.cost.list_usd.items())
    parts = [
        f"Model {judged.model}" if judged.model else "",
        f"listed at {listed}" if listed else "",
        f"watched since {words.since(judged.first_seen, scene.now)}" if judged.first_seen else "",
        f"{words.plural(judged.samples, 'request')} in this window",
    ]
    text = "; ".join(part for part in parts if part)
    return f"{text[0].upper()}{text[1:]}."


# --- tables ---------------------------------------------------------------------------------------------------


def _bar_note(subject: Subject) -> str:
    time = subject.judged.availability.time
    if time.value is None:
        return "nothing observed in this window"
    parts = [
        f"{words.duration(time.up_s)} up",
        f"{words.duration(time.down_s)} down" if time.down_s else "no time down",
    ]
    parts += [f"{words.duration(time.unknown_s)} unknown"] if time.unknown_s else ["no time unknown"]
    parts += [f"{words.duration(time.excluded_s)} announced maintenance, left out"] if time.excluded_s else []
    return ", ".join(parts)


def _size(size: str, latency: Latency, *, in_ms: bool) -> SizeRow:
    to_image = latency.time_to_image
    quantiles = (
        ("Median", latency.p50, ""),
        ("P95", latency.p95, ""),
        ("P99", latency.p99, ""),
        ("Half within", to_image.p50, measures.within(to_image.p50, latency, 0.5)),
        ("95 % within", to_image.p95, measures.within(to_image.p95, latency, 0.95)),
    )
    return SizeRow(
        size="front door" if size == REACH else size,
        n=words.count(latency.n),
        failed=words.count(latency.failed),
        quantiles=tuple(_quantile(head, estimate, without, in_ms=in_ms) for head, estimate, without in quantiles),
        mean=(words.milliseconds if in_ms else words.seconds)(latency.mean).value if latency.mean is not None else "–",
    )


def _quantile(head: str, estimate: Estimate | None, without: str, *, in_ms: bool) -> tuple[str, str, str | None, bool]:
    if estimate is None:
        return head, without or words.NOT_BOUNDED, None, False
    shown = (words.milliseconds if in_ms else words.seconds)(estimate.value, estimate.low, estimate.high)
    return head, shown.value, shown.bounds, True


def _outage(incident: Incident, scene: Scene) -> Outage:
    open_ = incident.open or incident.end_earliest is None
    down = words.duration_between(incident.down_s)
    return Outage(
        began=words.when_between(incident.start_earliest, incident.start_latest, scene.now),
        ended="open" if open_ else ended(incident, scene.now).removeprefix("ended "),
        down=f"{down} so far" if open_ else down,
        failures=words.count(incident.failures),
        seen_as=incident.seen_as or "–",
        open=open_,
        steps=recoveries.steps(incident),
    )


def _published(subject: Subject) -> Sequence[Published]:
    """Another monitor's figures. Ours stand beside those that we can name."""
    return [Published(label, text, _ours(label, subject)) for label, text in subject.facts.published.items()]


def _ours(label: str, subject: Subject) -> str:
    word = label.casefold()
    if "uptime" in word or "availab" in word:
        reading = measures.uptime(subject)
        return f"{reading.shown}{' %' if reading.shown.known and reading.value != 1 else ''} in this window"
    latency = subject.latency
    if latency is None or not any(
        part in word for part in ("time", "latency", "mean", "p50", "p95", "median", "response")
    ):
        return ""
    figures = [
        f"{name} {words.latency(found.value)}" for name, found in (("p50", latency.p50), ("p95", latency.p95)) if found
    ]
    figures += [f"mean {words.latency(latency.mean)}"] if latency.mean is not None else []
    return ", ".join(figures)

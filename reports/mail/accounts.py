"""Incidents, money, limits, unknown time and the monitor's own account, each as lines; pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo

from monitor.judge.result import Incident, Instrument, Judgement, ProviderJudgement, RateLimit, Span, Spending
from reports import words
from reports.mail.figures import MINUTE_S, between, clean, gap_s, moment, usd, window_s
from reports.mail.findings import falls_short
from reports.mail.page import Event, Line

MOST_EVENTS = 12
NEARLY_SPENT = 0.8  # of a cap: time to look (requirements: alert at 80 % of a quota)


# --- incidents ------------------------------------------------------------------------------------------------


def events(providers: Mapping[str, ProviderJudgement], zone: tzinfo) -> tuple[tuple[Event, ...], str | None]:
    """The longest incidents in the order of their start, and a word on those left out."""
    all_ = [(name, incident) for name, provider in providers.items() for incident in provider.incidents]
    longest = sorted(all_, key=lambda item: -item[1].down_s.low)[:MOST_EVENTS]
    shown = sorted(longest, key=lambda item: (item[1].start_latest, item[0]))
    left = len(all_) - len(shown)
    rest = f"{words.plural(left, 'shorter incident')} not listed here." if left else None
    return tuple(_event(name, incident, zone) for name, incident in shown), rest


def _event(name: str, incident: Incident, zone: tzinfo) -> Event:
    return Event(
        name=clean(name),
        down=words.duration_between(incident.down_s),
        when=f"began {between(incident.start_earliest, incident.start_latest, zone)}, {_end(incident, zone)}",
        seen_as=clean(incident.seen_as, 120) or words.plural(incident.failures, "failed probe"),
    )


def _end(incident: Incident, zone: tzinfo) -> str:
    if incident.end_latest is None:
        return "no success seen since"
    return f"ended {between(incident.end_earliest or incident.end_latest, incident.end_latest, zone)}"


# --- what to look at ------------------------------------------------------------------------------------------


def attention(week: Judgement, zone: tzinfo) -> Iterator[str]:
    """What needs a look, and nothing else."""
    for name, provider in week.providers.items():
        for incident in provider.incidents:
            if incident.end_latest is None:
                since = between(incident.start_earliest, incident.start_latest, zone)
                until = moment(week.until, zone)
                yield f"{clean(name)} was still down {until}: it began {since}, and no success was seen since."
    for name, provider in week.providers.items():
        if falls_short(provider) and provider.rate_limit.sustained_rpm is not None:
            rate, note = _limit(provider.rate_limit, provider.rate_limit.sustained_rpm)
            yield f"{clean(name)} accepted {rate}: {note}."
        if provider.samples == 0:
            yield f"{clean(name)} was not observed at all."
    for whose, spent, cap, period in _budgets(week.instrument):
        if spent >= NEARLY_SPENT * cap:
            yield f"{whose} spent {usd(spent)} of the {usd(cap)} allowed {period}; at the cap they stop."


def _budgets(instrument: Instrument) -> Iterator[tuple[str, float, float, str]]:
    """Whose, spent, cap, and of which period, where there is a cap."""
    if instrument.spent is not None:
        yield from _caps("Probes", instrument.spent)
    for name, spent in instrument.spending.items():
        yield from _caps(f"Probes of {clean(name)}", spent)


def _caps(whose: str, spent: Spending) -> Iterator[tuple[str, float, float, str]]:
    if spent.cap_day_usd is not None:
        yield whose, spent.today_usd, spent.cap_day_usd, "a day"
    if spent.cap_month_usd is not None:
        yield whose, spent.month_usd, spent.cap_month_usd, "a month"


# --- money and limits -----------------------------------------------------------------------------------------


def money(week: Judgement, zone: tzinfo, now: datetime, names: Iterable[str]) -> Iterator[Line]:
    """What the probes cost: this week, and this month (of UTC, as budgets count) against the caps."""
    costs = [provider.cost for provider in week.providers.values()]
    unknown = sum(cost.unknown_bills for cost in costs)
    note = f"{words.plural(unknown, 'bill')} not known, counted as nothing" if unknown else ""
    yield Line("Spent on probes this week", usd(sum(cost.spent_usd for cost in costs)), note)
    if week.instrument.spent is None:
        return
    note = f"to {moment(now, zone)}; bills not known at their list price"
    yield Line("Spent this month", _of_cap(week.instrument.spent), note)
    each = week.instrument.spending
    for name in names:
        if len(week.providers) > 1 and name in each and (each[name].month_usd or each[name].cap_month_usd):
            yield Line(f"{clean(name)}, this month", _of_cap(each[name]))


def _of_cap(spent: Spending) -> str:
    return usd(spent.month_usd) + ("" if spent.cap_month_usd is None else f" of {usd(spent.cap_month_usd)}")


def limits(providers: Mapping[str, ProviderJudgement]) -> Iterator[Line]:
    """Accepted against advertised rate of each provider that was probed for it."""
    for name, provider in providers.items():
        if provider.rate_limit.sustained_rpm is not None:
            yield Line(f"{clean(name)}, rate limit", *_limit(provider.rate_limit, provider.rate_limit.sustained_rpm))


def limits_note(providers: Mapping[str, ProviderJudgement]) -> str | None:
    """The providers of which no limit can be told."""
    others = [clean(name) for name, provider in providers.items() if provider.rate_limit.sustained_rpm is None]
    return f"Rate limits not probed this week: {words.listed(others)}." if others else None


def _limit(limit: RateLimit, rate: Span) -> tuple[str, str]:
    advertised = (
        "none advertised" if limit.advertised_rpm is None else f"{words.count(limit.advertised_rpm)} advertised"
    )
    if rate.high is None and limit.rejected:  # a burst met it, but for too short a time to bound a rate
        return (
            f"{words.floor(rate.low)} RPM or more",
            f"{advertised}; {words.plural(limit.rejected, 'request')} refused",
        )
    if rate.high is None:
        return f"no limit met up to {words.floor(rate.low)} RPM", advertised
    share = ""
    if limit.advertised_rpm:
        shares = words.between(100 * rate.low / limit.advertised_rpm, 100 * rate.high / limit.advertised_rpm)
        share = f", {shares} % of it accepted"
    return f"{words.between(rate.low, rate.high)} RPM", f"{advertised}{share}"


# --- what is not known ----------------------------------------------------------------------------------------


def unknown(week: Judgement, names: Iterable[str], zone: tzinfo) -> Iterator[Line]:
    """Providers of which a minute or more is not known: how much, what it could mean, and the longest spell."""
    for name in names:
        provider = week.providers[name]
        missing_s = gap_s(provider.availability.time, window_s(week))
        if missing_s >= MINUTE_S:
            notes = "; ".join(_unknown_notes(week, provider, missing_s, zone))
            yield Line(clean(name), words.duration(missing_s), notes)


def _unknown_notes(week: Judgement, provider: ProviderJudgement, missing_s: float, zone: tzinfo) -> Iterator[str]:
    time = provider.availability.time
    if time.value is not None:
        most_s = time.up_s + time.down_s + missing_s
        worst, best = time.up_s / most_s, (time.up_s + missing_s) / most_s
        yield f"whatever happened then, uptime was {words.availability(worst, worst, best).bounds} %"
    if provider.first_seen is not None and (provider.first_seen - week.since).total_seconds() >= MINUTE_S:
        yield f"first seen {moment(provider.first_seen, zone)}"
    if provider.unknown:
        longest = max(provider.unknown, key=lambda spell: spell.end - spell.start)
        why = f", {clean(longest.why)}" if longest.why else ""
        yield f"longest {moment(longest.start, zone)} to {moment(longest.end, zone)}{why}"


def monitor(instrument: Instrument) -> str:
    """The monitor's own account: what it planned, and what became of it."""
    planned, sent = instrument.slots_planned, instrument.slots_sent
    text = f"Our monitor: {words.count(sent)} of {words.plural(planned, 'planned request')} sent"
    if instrument.slots_not_sent:
        reasons = ", ".join(
            f"{words.count(n)} {clean(why, 20)}" for why, n in sorted(instrument.slots_not_sent.items())
        )
        text += f"; not sent: {reasons}"
    if instrument.lateness_p99_ms is not None:
        text += f"; 99 % of them within {words.latency(instrument.lateness_p99_ms)} of their plan"
    return f"{text}."

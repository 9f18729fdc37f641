from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from monitor.judge.result import Span, Spell, Spending
from reports.mail import accounts
from reports.mail.page import Line
from tests.reports.mail.made import (
    MONDAY,
    NOT_PROBED,
    at,
    availability,
    cost,
    doum,
    elm,
    incident,
    judgement,
    limit,
    provider,
    spent,
    time,
)

BERLIN = ZoneInfo("Europe/Berlin")


def test_an_incident_is_told_with_its_bounds() -> None:
    ((event,), rest) = accounts.events(
        {"Cedar": provider(incidents=(incident(("17 09:40", "17 09:41"), ("18 18:41", "18 18:42")),))}, BERLIN
    )

    assert (event.name, event.seen_as, rest) == ("Cedar", "100 × 503 overloaded", None)
    assert event.when == ("began between Tue 17 Nov 10:40 and 10:41, ended between Wed 18 Nov 19:41 and 19:42")
    assert event.down == "33 to 33.1 h"


def test_an_open_incident_has_no_end_and_no_upper_bound() -> None:
    ((event,), _) = accounts.events({"Cedar": provider(incidents=(incident(("22 09:40", "22 09:41"), None),))}, BERLIN)

    assert event.when == "began between Sun 22 Nov 10:40 and 10:41, no success seen since"
    assert event.down == "at least 14.3 h"


def test_of_many_incidents_the_longest_are_listed_in_order_of_time() -> None:
    many = tuple(
        incident(
            (f"17 {h:02}:00", f"17 {h:02}:00"), (f"17 {h:02}:30", f"17 {h:02}:30"), down_s=Span(60.0 * h, 60.0 * h + 9)
        )
        for h in range(20)
    )
    shown, rest = accounts.events({"Cedar": provider(incidents=many)}, UTC)

    assert [event.when[:20] for event in shown] == [f"began Tue 17 Nov {h:02}:" for h in range(8, 20)]
    assert rest == "8 shorter incidents not listed here."


@pytest.mark.parametrize(
    ("low", "high", "refused", "advertised", "value", "note"),
    [
        (290, 310, 40, 1000, "290 to 310 RPM", "1,000 advertised, 29 to 31 % of it accepted"),
        (120, None, 0, 1000, "no limit met up to 120 RPM", "1,000 advertised"),
        (120, None, 40, 1000, "120 RPM or more", "1,000 advertised; 40 requests refused"),
        (290, 310, 40, None, "290 to 310 RPM", "none advertised"),
    ],
    ids=["bounded", "not met", "met for too short a time", "not advertised"],
)
def test_a_rate_limit_stands_beside_what_was_advertised(
    low: float, high: float | None, refused: int, advertised: float | None, value: str, note: str
) -> None:
    found = replace(limit(low, high, advertised), rejected=refused)
    lines = list(accounts.limits({"Doum": provider(rate_limit=found)}))

    assert lines == [Line("Doum, rate limit", value, note)]


def test_providers_that_were_not_probed_for_limits_are_named() -> None:
    providers = {"Alder": provider(rate_limit=NOT_PROBED), "Doum": doum()}

    assert accounts.limits_note(providers) == "Rate limits not probed this week: Alder."
    assert accounts.limits_note({"Doum": doum()}) is None


def test_spending_stands_against_its_cap_and_unknown_bills_are_counted() -> None:
    week = spent(judgement({"Alder": provider(cost=cost(0.05)), "Doum": doum()}), Spending(6.1, 97.38, 5.0, 120.0))

    assert list(accounts.money(week, BERLIN, MONDAY, week.providers)) == [
        Line("Spent on probes this week", "$85.93", "3 bills not known, counted as nothing"),
        Line("Spent this month", "$97.38 of $120.00", "to Mon 23 Nov 07:00; bills not known at their list price"),
    ]
    assert len(list(accounts.money(judgement(), BERLIN, MONDAY, ()))) == 1, "who knows of no ledger tells no month"


def test_each_provider_stands_against_its_own_cap() -> None:
    own = {"Alder": Spending(1.0, 12.5, None, 40.0), "Birch": Spending(0.0, 0.0), "Cedar": Spending(0.2, 3.0)}
    week = spent(judgement(), Spending(1.2, 15.5), **own)

    assert [(line.label, line.value) for line in accounts.money(week, BERLIN, MONDAY, week.providers)][1:] == [
        ("Spent this month", "$15.50"),
        ("Alder, this month", "$12.50 of $40.00"),
        ("Cedar, this month", "$3.00"),
    ]


@pytest.mark.parametrize(
    ("month_usd", "told"),
    [(95.99, False), (96.0, True), (130.0, True)],
    ids=["below four fifths", "four fifths", "above the cap"],
)
@pytest.mark.parametrize("whose", ["Probes", "Probes of Alder"])
def test_a_budget_that_is_nearly_spent_needs_a_look(month_usd: float, whose: str, told: bool) -> None:
    near = Spending(0.0, month_usd, None, 120.0)
    week = spent(judgement(), near if whose == "Probes" else None, **({} if whose == "Probes" else {"Alder": near}))
    lines = [line for line in accounts.attention(week, UTC) if "a month" in line]

    assert [line.startswith(f"{whose} spent $") for line in lines] == [True] * told


def test_what_is_still_down_and_what_was_never_seen_need_a_look() -> None:
    week = judgement(
        {
            "Cedar": provider(incidents=(incident(("22 09:40", "22 09:41"), None),)),
            "Doum": doum(),
            "Gum": provider(samples=0),
            "Alder": provider(incidents=(incident(("17 09:40", "17 09:41"), ("17 09:50", "17 09:51")),)),
        }
    )

    began = "began between Sun 22 Nov 09:40 and 09:41"
    assert list(accounts.attention(week, UTC)) == [
        f"Cedar was still down Mon 23 Nov 00:00: it {began}, and no success was seen since.",
        "Doum accepted 290 to 310 RPM: 1,000 advertised, 29 to 31 % of it accepted.",
        "Gum was not observed at all.",
    ]


def test_unknown_time_is_told_with_what_it_could_mean_and_why() -> None:
    week = judgement({"Alder": provider(), "Elm": elm()})

    assert list(accounts.unknown(week, week.providers, BERLIN)) == [
        Line(
            "Elm",
            "3.3 h",
            "whatever happened then, uptime was 98.01 to 100.00 %; "
            "longest Thu 19 Nov 11:00 to Thu 19 Nov 14:20, monitor restarted",
        )
    ]


def test_time_before_the_first_probe_is_not_known_either() -> None:
    late = provider(availability=replace(availability(), time=time(window_s=5 * 86_400.0)), first_seen=at("18 00:00"))
    week = judgement({"Fir": late})

    (line,) = accounts.unknown(week, week.providers, UTC)
    assert line.value == "2 days"
    assert line.note == "whatever happened then, uptime was 71.42 to 100.00 %; first seen Wed 18 Nov 00:00"


def test_a_provider_of_which_nothing_is_known_has_no_bounds() -> None:
    spell = Spell("unknown", at("16 00:00"), at("22 23:59"), None)
    silent = provider(availability=availability(0.0, 7 * 86_400.0, 0, 0), unknown=(spell,), first_seen=None)
    week = judgement({"Gum": silent})

    (line,) = accounts.unknown(week, week.providers, UTC)
    assert line == Line("Gum", "7 days", "longest Mon 16 Nov 00:00 to Sun 22 Nov 23:59")


def test_the_monitor_accounts_for_what_it_planned() -> None:
    assert accounts.monitor(judgement().instrument) == (
        "Our monitor: 42,748 of 42,760 planned requests sent; not sent: 8 budget, 4 late; "
        "99 % of them within 3.2 ms of their plan."
    )

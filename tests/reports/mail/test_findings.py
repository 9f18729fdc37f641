from dataclasses import replace

import pytest

from monitor.judge.result import Judgement, ProviderJudgement
from reports.mail import findings
from tests.reports.build import ratio
from tests.reports.mail.made import availability, cedar, doum, elm, incident, judgement, limit, provider, time

NOTHING = provider(samples=0, availability=availability(0.0, 7 * 86400.0, 0, 0), state="unknown", days=())
REACH_ONLY = provider(availability=availability(good=0, of=0))
GLITCH = provider(  # one answer was no image; the next probe came 86 min later
    availability=availability(5160.0, 0.0, 79, 80),
    incidents=(incident(("19 06:35", "19 06:40"), ("19 06:40", "19 08:06"), 1),),
)
UNSURE = provider(  # never asked for an image
    availability=availability(5160.0, 0.0, 0, 0),
    incidents=(incident(("19 06:35", "19 06:40"), ("19 06:40", "19 08:06"), 1),),
)
FAILING = provider(availability=availability(0.0, 0.0, 597, 612))
LATE = provider(availability=replace(availability(), time=time(window_s=3 * 86400.0)))


def week(**providers: ProviderJudgement) -> Judgement:
    return judgement(providers)


@pytest.mark.parametrize(
    ("judged", "says"),
    [
        pytest.param(week(), "Nothing was watched this week", id="no provider"),
        pytest.param(week(Alder=provider()), "Alder served all week", id="one provider"),
        pytest.param(
            week(Alder=provider(), Birch=provider(), Cedar=cedar()),
            "Cedar was down 33 h; Alder, Birch served all week",
            id="one down",
        ),
        pytest.param(
            week(A=provider(), B=provider(), C=provider(), D=provider()),
            "All 4 providers served all week",
            id="all well",
        ),
        pytest.param(
            week(A=provider(), B=provider(), C=provider(), D=provider(), Cedar=cedar()),
            "Cedar was down 33 h; the other 4 providers served all week",
            id="many well",
        ),
        pytest.param(
            week(A=cedar(), B=cedar(), C=cedar(), D=cedar()),
            "A was down 33 h; B was down 33 h; 2 more were down",
            id="many down",
        ),
        pytest.param(
            week(A=cedar(), B=cedar(), C=cedar()), "A was down 33 h; B was down 33 h; 1 more was down", id="three down"
        ),
        pytest.param(week(Elm=elm()), "No outage seen at Elm", id="an unknown hour is not served"),
        pytest.param(week(Fir=LATE), "No outage seen at Fir", id="first seen on Friday is not all week"),
        pytest.param(
            week(Elm=elm(), Alder=provider()),
            "Alder served all week; no outage seen at Elm",
            id="known and unknown apart",
        ),
        pytest.param(week(Gum=NOTHING), "Gum was not observed", id="nothing known"),
        pytest.param(
            week(Gum=NOTHING, Alder=provider()),
            "Gum was not observed; Alder served all week",
            id="nothing known of one",
        ),
        pytest.param(week(Doum=doum()), "Doum accepted 30 % of its advertised rate", id="throttled"),
        pytest.param(week(Fig=FAILING), "Fig failed 15 of 612 images", id="failures that down time does not explain"),
        pytest.param(week(Jade=GLITCH), "Jade failed 1 of 80 images", id="one failure is no outage of 86 min"),
        pytest.param(week(Kelp=UNSURE), "Kelp was down 0 to 1.6 h", id="nothing but the bounds is certain"),
        pytest.param(
            week(Doum=provider(rate_limit=limit(0, 700, 1000))),
            "Doum accepted at most 70 % of its advertised rate",
            id="throttled, wide bounds",
        ),
        pytest.param(week(Ivy=REACH_ONLY), "Ivy answered all week", id="never asked for an image"),
    ],
)
def test_the_subject_tells_the_finding(judged: Judgement, says: str) -> None:
    assert "; ".join(findings.sentences(judged, running=False)) == says


def test_a_running_week_is_told_so_far() -> None:
    assert findings.sentences(week(Alder=provider()), running=True) == ["Alder served so far"]


@pytest.mark.parametrize(
    ("low", "high", "advertised", "short"),
    [
        pytest.param(290, 310, 1000, True, id="30 of 100"),
        pytest.param(790, 799, 1000, True, id="just below four fifths"),
        pytest.param(790, 810, 1000, False, id="its bounds do not decide"),
        pytest.param(120, None, 1000, False, id="no limit met: we did not try hard enough"),
        pytest.param(290, 310, None, False, id="nothing advertised"),
    ],
)
def test_a_rate_limit_is_a_finding_only_where_its_upper_bound_falls_short(
    low: float, high: float | None, advertised: float | None, short: bool
) -> None:
    assert findings.falls_short(provider(rate_limit=limit(low, high, advertised))) is short


def test_every_provider_is_in_one_group_and_trouble_comes_first() -> None:
    judged = week(Alder=provider(), Birch=provider(), Cedar=cedar(), Doum=doum(), Elm=elm(), Fig=FAILING, Gum=NOTHING)

    assert findings.order(judged) == ["Cedar", "Fig", "Doum", "Gum", "Elm", "Alder", "Birch"]


def test_one_failed_image_in_a_watched_week_keeps_it_from_all_week() -> None:
    judged = week(Alder=provider(availability=replace(availability(), user=ratio(611, 612))))

    assert findings.sentences(judged, running=False) == ["Alder failed 1 of 612 images"]


def test_a_hostile_name_stays_on_its_line() -> None:
    assert findings.sentences(week(**{"a\r\nBcc: x@y.z\u202e": cedar()}), running=False) == [
        "a Bcc: x@y.z� was down 33 h"
    ]

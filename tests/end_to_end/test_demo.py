"""What a newcomer sees first is true: the demonstration against what its simulator knows it served."""

import email
import email.policy
import json
from email.message import EmailMessage
from pathlib import Path

import pytest

from monitor.store import read_samples, snapshot_for_reading
from tests.end_to_end.conftest import Demo, upheld

PROVIDERS = ("aurora", "basalt", "cobalt", "delta")
PAGES = ("index.html", "compare.html", "methodology.html", *(f"providers/{name}.html" for name in PROVIDERS))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_that_it_is_simulated(demo: Demo, page: str) -> None:
    text = (demo.site / page).read_text()
    assert "imulated" in text.partition("</title>")[0]
    assert "providers that we run ourselves" in text


def test_the_mail_says_so_in_its_subject_and_in_both_parts(demo: Demo) -> None:
    message = email.message_from_bytes(Path(demo.told["mail"]).read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert all(
        "simulated" in str(text).lower() for text in (message["subject"], plain.get_content(), html.get_content())
    )


def test_its_week_has_a_page_that_every_page_links_to(demo: Demo) -> None:
    (page,) = (demo.site / "weekly").glob("*.html")
    assert "providers that we run ourselves" in page.read_text()
    assert f'href="weekly/{page.name}"' in (demo.site / "index.html").read_text()


def test_the_json_files_say_so(demo: Demo) -> None:
    assert demo.judged["simulated"] is True
    assert json.loads((demo.site / "summary.json").read_text())["simulated"] is True


@pytest.mark.parametrize("provider", PROVIDERS)
def test_as_many_images_are_usable_as_the_simulator_delivered(demo: Demo, provider: str) -> None:
    served = demo.truth["providers"][provider]["images"]["delivered"]
    assert demo.judged["providers"][provider]["cost"]["usable"] == sum(served.values())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_request_that_arrived_is_a_row_and_no_other(demo: Demo, provider: str) -> None:
    truth = demo.truth["providers"][provider]
    frame = read_samples(snapshot_for_reading(demo.folder).path, providers=[provider])
    sent = frame[frame["sent_at"].notna()]
    assert len(sent) == truth["image"]["arrived"] + truth["control"]["arrived"]
    assert (frame["outcome"] == "rate_limited").sum() == truth["image"]["rejected"].get("rate_limited", 0)


def test_an_outage_of_a_fifth_is_shown_for_that_time_and_not_longer(demo: Demo) -> None:
    time = demo.judged["providers"]["delta"]["availability"]["time"]
    (outage,) = demo.truth["providers"]["delta"]["outages"]
    (incident,) = demo.judged["providers"]["delta"]["incidents"]
    assert time["down_s"] / (time["down_s"] + time["up_s"]) == pytest.approx(0.2, abs=0.01)
    assert incident["start_earliest"] <= outage["begin"] <= incident["start_latest"]
    assert incident["end_earliest"] <= outage["end"] <= incident["end_latest"]


def test_a_provider_that_answers_429_at_300_of_1000_is_shown_as_30_percent(demo: Demo) -> None:
    limit = demo.judged["providers"]["cobalt"]["rate_limit"]
    assert limit["advertised_rpm"] == 1000
    assert limit["sustained_rpm"]["low"] <= 300 <= limit["sustained_rpm"]["high"]
    assert limit["achieved_share"] == pytest.approx(0.30, abs=0.04)  # of compressed time, beside other tests
    assert f"1,000 advertised: {limit['achieved_share'] * 100:.0f} %" in (demo.site / "compare.html").read_text()


def test_the_hidden_limit_is_found_within_its_bounds_and_by_its_family(demo: Demo) -> None:
    limit, hidden = demo.judged["providers"]["cobalt"]["rate_limit"], demo.truth["providers"]["cobalt"]["limits"]
    assert limit["kind"] == hidden["kind"]
    assert limit["sustained_rpm"]["low"] <= hidden["rpm"] <= limit["sustained_rpm"]["high"]
    assert limit["burst"]["low"] <= hidden["burst"] <= limit["burst"]["high"]
    assert limit["burst"]["high"] - limit["burst"]["low"] < 5


def test_the_staircase_of_the_search_is_on_its_page_and_counts_what_was_let_in_and_refused(demo: Demo) -> None:
    steps, page = demo.staircase("cobalt"), (demo.site / "providers/cobalt.html").read_text()
    accepted, refused = steps[-1][1:]
    assert 30 < accepted < 150
    assert refused <= demo.truth["providers"]["cobalt"]["image"]["rejected"]["rate_limited"]
    assert f"{accepted} were let in and {refused} refused" in page
    assert not demo.staircase("aurora"), "whose limit nobody looked for"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_each_page_says_how_its_provider_is_probed(demo: Demo, provider: str) -> None:
    page = (demo.site / f"providers/{provider}.html").read_text()
    for said in ("every 15 min", "every 5 h", "2 of 1K and 1 of 2K", "30 at once", "a minute for 30 s"):
        assert said in page, said


def test_the_characters_are_told_apart(demo: Demo) -> None:
    judged = demo.judged["providers"]
    p50 = {name: judged[name]["latency_ms"]["1K"]["p50"]["value"] for name in PROVIDERS}
    cost = {name: judged[name]["cost"]["usd_per_usable"]["value"] for name in PROVIDERS}
    assert min(p50, key=p50.__getitem__) == max(cost, key=cost.__getitem__) == "aurora"  # fast and dear
    assert max(p50, key=p50.__getitem__) == min(cost, key=cost.__getitem__) == "basalt"  # slow and cheap


def test_judge_says_the_same_as_the_site(demo: Demo) -> None:
    judged = demo.judged
    words = ("--since", judged["since"], "--until", judged["until"], "--config", demo.told["config"], "--json")
    again = upheld("judge", *words)
    assert again.returncode == 0, again.stderr
    told = json.loads(again.stdout)
    for name in PROVIDERS:
        for key in ("samples", "outcomes", "latency_ms", "errors", "cost", "rate_limit"):
            assert told["providers"][name][key] == judged["providers"][name][key], (name, key)


def test_progress_is_told_on_standard_error_and_standard_output_is_json_alone(demo: Demo) -> None:
    assert "a week of reach and baseline" in demo.stderr
    assert set(demo.told) == {"site", "mail", "config", "seconds"}


def test_no_key_lies_in_what_the_demonstration_leaves(demo: Demo) -> None:
    files = [path for path in demo.folder.rglob("*") if path.is_file() and path.name != "plotly.min.js"]
    assert len(files) > 10
    assert [path.name for path in files if b"sim-aurora-key" in path.read_bytes()] == []

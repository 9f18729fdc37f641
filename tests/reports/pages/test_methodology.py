"""Every number of a judgement has its definition, and every method that a judgement names is listed."""

from dataclasses import fields

from monitor.judge.result import Availability, Judgement, Latency, ProviderJudgement, to_json
from probes.model import Outcome
from reports.methods import METHODS, STATES
from reports.pages.methodology import methodology, named
from reports.pages.own_error import own_error
from reports.pages.view import scene
from tests.reports import build

CLAIMED = {field for method in METHODS for field in method.fields}


def test_every_field_of_a_provider_is_explained() -> None:
    whole = {field.partition(".")[0] for field in CLAIMED}
    assert {field.name for field in fields(ProviderJudgement)} <= whole


def test_each_availability_is_explained_by_itself() -> None:
    assert {f"availability.{field.name}" for field in fields(Availability)} <= CLAIMED


def test_what_is_explained_exists() -> None:
    known = {field.name for field in fields(ProviderJudgement)} | {field.name for field in fields(Judgement)}
    assert {field.partition(".")[0] for field in CLAIMED} <= known
    latency = {field.name for field in fields(Latency)}
    assert {field.split(".")[1] for field in CLAIMED if field.startswith("latency_ms.")} <= latency


def test_keys_and_titles_are_unique() -> None:
    assert len({method.key for method in METHODS}) == len(METHODS)
    assert len({method.title for method in METHODS}) == len(METHODS)


def test_every_state_and_every_outcome_stands_on_the_page() -> None:
    judgement = build.four()
    page = methodology(scene(judgement, None, judgement.as_of, stale=False), to_json(judgement))
    assert {row.outcome for row in page.outcomes} == set(Outcome)
    assert {state for state, _ in page.states} == set(STATES) == {"serving", "failing", "unknown"}


def test_methods_are_collected_from_the_judgement_with_the_numbers_they_made() -> None:
    found = {row.method: row.numbers for row in named(to_json(build.four()))}
    assert found[build.WILSON] == "availability.http, availability.throttled_below_limit, availability.user"
    assert "latency_ms.p50" in found[build.ORDER]
    assert found[build.PAID] == "cost.by_size, cost.usd_per_usable"
    assert "comparison.ratio" in next(
        fields for method, fields in found.items() if method.startswith("Hodges-Lehmann on log ratios")
    )


def test_no_provider_names_no_method() -> None:
    assert named(to_json(build.empty())) == []


def test_our_own_error_is_printed_as_the_runs_measured_it() -> None:
    found = dict(own_error(scene(build.detailed(), None, build.NOW, stale=False)))
    assert found["Runs that measured themselves"] == "412"
    assert found["In 99 of 100 runs"] == "5.9 ms"
    assert found["In the worst run"] == "11 ms"
    assert found["The wall clock was set"] == "1 time, by up to 140 ms"


def test_where_no_run_measured_itself_no_error_is_claimed() -> None:
    assert own_error(scene(build.one(), None, build.NOW, stale=False)) == ()

"""Results of llmperf: every response a row, refusals included, with llmperf's own verdict."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.imports import ImportRefused, Options
from monitor.imports.llmperf import read
from monitor.store import Store

SHARED = Path(__file__).parents[4] / "shared" / "data" / "llmperf"
AT = datetime(2023, 12, 27, 0, 56, 14, tzinfo=UTC)
SUMMARY = {
    "model": "llama2-7b",
    "framework": "lepton",
    "timestamp": int(AT.timestamp()),
    "results_end_to_end_latency_s_quantiles_p50": 4.158821544999995,
    "results_end_to_end_latency_s_quantiles_p99": 4.5966,
    "results_end_to_end_latency_s_mean": 4.172,
    "results_ttft_s_quantiles_p95": 1.2931924,
    "results_error_rate": 0.8666666666666667,
    "results_number_input_tokens_min": "550",
}


def response(code: object = None, total_s: float = 4.5, first_s: float = 1.1, **more: object) -> dict[str, object]:
    return {"error_code": code, "error_msg": "", "ttft_s": first_s, "end_to_end_latency_s": total_s} | more


def run(folder: Path, responses: Sequence[object], summary: dict[str, Any] | None = None, name: str = "lepton") -> Path:
    (folder / f"{name}.json").write_text(json.dumps(responses))
    if summary is not None:
        (folder / f"{name}_summary.json").write_text(json.dumps(summary))
    return folder / f"{name}.json"


def test_a_response_is_a_row_of_a_baseline_probe(tmp_path: Path) -> None:
    (row,) = read(run(tmp_path, [response()], SUMMARY), Options()).samples
    assert (row.provider, row.model, row.probe, row.mode, row.size) == (
        "lepton",
        "llama2-7b",
        "baseline",
        "imported",
        None,
    )
    assert (row.total_ms, row.wait_ms, row.lateness_ms, row.status, row.outcome) == (4500.0, 1100.0, 0.0, 200, "ok")
    assert row.planned_at == row.sent_at == AT


@pytest.mark.parametrize(
    ("code", "outcome", "detail", "status", "attribution"),
    [
        (None, "ok", None, 200, "provider"),
        (429, "rate_limited", "unknown", 429, "unknown"),
        (429.0, "rate_limited", "unknown", 429, "unknown"),
        ("429", "rate_limited", "unknown", 429, "unknown"),
        (-100, "truncated", "too_few_tokens", 200, "provider"),
        (-1, "connection", None, None, "unknown"),
        (401, "auth", None, 401, "client"),
        (404, "client_error", None, 404, "client"),
        (500, "server_error", "500", 500, "provider"),
        (504, "timeout", "server_504", 504, "provider"),
        ("model_error", "server_error", "model_error", None, "provider"),
        ([1], "server_error", "[1]", None, "provider"),
    ],
)
def test_its_own_verdict_is_kept_in_our_words(
    tmp_path: Path, code: object, outcome: str, detail: str | None, status: int | None, attribution: str
) -> None:
    (row,) = read(run(tmp_path, [response(code)], SUMMARY), Options()).samples
    assert (row.outcome, row.detail, row.status, row.attribution) == (outcome, detail, status, attribution)
    assert row.rule.startswith("import.llmperf.")


def test_a_refusal_that_took_no_time_has_no_latency(tmp_path: Path) -> None:
    (row,) = read(run(tmp_path, [response(429, 0, 0)], SUMMARY), Options()).samples
    assert (row.total_ms, row.wait_ms) == (None, None)


def test_responses_that_look_alike_are_as_many_rows_and_stay_so_when_imported_again(tmp_path: Path) -> None:
    file = run(tmp_path, [response(429, 0, 0)] * 130 + [response()] * 20, SUMMARY)
    with Store.open(tmp_path / "upheld.duckdb") as store:
        assert store.append(read(file, Options()).samples) == 150
        (tmp_path / "moved").mkdir()
        moved = run(tmp_path / "moved", json.loads(file.read_text()), SUMMARY, "other_name")
        assert store.append(read(moved, Options()).samples) == 0
    assert [row.seq for row in read(file, Options()).samples] == list(range(150))


def test_what_it_published_is_kept_with_how_it_was_computed(tmp_path: Path) -> None:
    published = read(run(tmp_path, [response()], SUMMARY), Options()).published
    assert {said.label: said.text for said in published} == {
        "end-to-end latency p50 of llama2-7b": "4,159 ms, of responses without error, interpolated",
        "end-to-end latency p99 of llama2-7b": "4,597 ms, of responses without error, interpolated",
        "end-to-end latency mean of llama2-7b": "4,172 ms, of responses without error, interpolated",
        "time to first token p95 of llama2-7b": "1,293 ms, of responses without error, interpolated",
        "error rate of llama2-7b": "86.7%",
    }
    assert {said.source for said in published} == {"llmperf, lepton_summary.json"}


def test_time_and_provider_can_be_said_where_there_is_no_summary(tmp_path: Path) -> None:
    file = run(tmp_path, [response()])
    with pytest.raises(ImportRefused, match=r"lepton\.json: no provider: name it with --provider"):
        read(file, Options(at=AT))
    with pytest.raises(ImportRefused, match=r"no time: give it with --at, or put lepton_summary\.json"):
        read(file, Options(provider="lepton"))
    (row,) = read(file, Options(provider="lepton", at=AT)).samples
    assert (row.provider, row.model, row.planned_at) == ("lepton", "", AT)


@pytest.mark.parametrize("stamp", ["yesterday", None, True, 1e300])
def test_a_timestamp_that_is_none_is_no_time(tmp_path: Path, stamp: object) -> None:
    with pytest.raises(ImportRefused, match="no time"):
        read(run(tmp_path, [response()], SUMMARY | {"timestamp": stamp}), Options())


def test_a_folder_gives_all_its_runs_and_the_original_names_are_known(tmp_path: Path) -> None:
    run(tmp_path, [response()], SUMMARY, "a")
    run(tmp_path, [response()], SUMMARY | {"framework": "bedrock"}, "b")
    (tmp_path / "c_individual_responses.json").write_text(json.dumps([response()]))
    (tmp_path / "c_summary.json").write_text(json.dumps(SUMMARY | {"framework": "anyscale"}))
    providers = [row.provider for row in read(tmp_path, Options()).samples]
    assert providers == ["lepton", "bedrock", "anyscale"]


def test_every_response_that_cannot_be_read_is_named_in_every_file(tmp_path: Path) -> None:
    run(tmp_path, [response(), 7, response(total_s=-1), {"ttft_s": None}], SUMMARY, "a")
    run(tmp_path, {"not": "a list"}, SUMMARY, "b")  # type: ignore[arg-type]  # the case
    (tmp_path / "c.json").write_text("[{")
    with pytest.raises(ImportRefused) as caught:
        read(tmp_path, Options())
    assert [str(fault).removeprefix(f"{tmp_path}/") for fault in caught.value.faults] == [
        "a.json, response 2: no JSON object",
        "a.json, response 3, end_to_end_latency_s: -1 is no duration in seconds",
        "a.json, response 4, end_to_end_latency_s: missing",
        "a.json, response 4, ttft_s: missing",
        "a.json, response 4, error_code: missing (null where there was no error)",
        "b.json: no list of responses of llmperf",
        "c.json: no provider: name it with --provider (a summary beside it would: framework)",
    ]


def test_an_error_message_is_kept_short(tmp_path: Path) -> None:
    (row,) = read(run(tmp_path, [response(500, error_msg="x" * 2000 + "\ud800")], SUMMARY), Options()).samples
    assert row.error == "x" * 500


@pytest.mark.skipif(not SHARED.exists(), reason="the published results in ../shared are not here")
def test_the_published_runs_are_read_with_the_refusals_that_their_leaderboard_does_not_show() -> None:
    imported = read(SHARED, Options())
    assert Counter((row.provider, row.outcome) for row in imported.samples) == {
        ("anyscale", "ok"): 150,
        ("bedrock", "ok"): 53,
        ("bedrock", "truncated"): 97,
        ("lepton", "ok"): 20,
        ("lepton", "rate_limited"): 130,
    }
    bedrock = sorted(row.total_ms or 0 for row in imported.samples if (row.provider, row.outcome) == ("bedrock", "ok"))
    assert bedrock[math.ceil(0.5 * 53) - 1] == pytest.approx(3997.570869998526)  # odd n: the median is a value
    published = {said.label: said.text for said in imported.published if said.provider == "bedrock"}
    assert published["end-to-end latency p50 of meta.llama2-13b-chat-v1"].startswith("3,998 ms")
    assert imported.samples[0].planned_at == datetime(2023, 12, 21, 5, 20, 16, tzinfo=UTC)

"""One row in its three forms: what comes in by text is checked cell by cell, and every fault is named at once."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.rows import KINDS, NOT_NULL, RowError, canonical, from_mapping, from_values, iso, to_jsonl, to_values
from probes.model import COLUMNS, NO_CREDENTIAL, Attribution, Mode, NotSent, Outcome, ProbeKind, Sample
from tests.monitor.store.making import START, full_sample, sample

TEXT = st.text(max_size=12)
FLOAT = st.floats(allow_nan=False, allow_infinity=False)
TIME = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "probe": st.sampled_from(ProbeKind),
    "mode": st.sampled_from(Mode),
    "outcome": st.sampled_from([outcome for outcome in Outcome if outcome != Outcome.NOT_SENT]),
    "attribution": st.sampled_from(Attribution),
    "sent_at": TIME,
}
BY_KIND: dict[str, st.SearchStrategy[Any]] = {
    "str": st.text(min_size=1, max_size=12),
    "float": FLOAT,
    "int": st.integers(-(2**31) + 1, 2**31 - 1),
    "bool": st.booleans(),
    "datetime": TIME,
    "UUID": st.uuids(),
}


def any_sample() -> st.SearchStrategy[Sample]:
    """Any row that was sent: every cell of its kind, and null where it may be."""

    def cell(name: str) -> st.SearchStrategy[Any]:
        values = CELLS.get(name, BY_KIND[KINDS[name].__name__])
        return values if name in NOT_NULL or name == "sent_at" else st.none() | values

    kept = [name for name in COLUMNS if name not in {"prev_hash", "hash"}]
    return st.fixed_dictionaries({name: cell(name) for name in kept}).map(lambda row: Sample(**row))


@settings(max_examples=40)
@given(any_sample())
def test_any_row_survives_the_way_through_text(put: Sample) -> None:
    kept = from_values(to_values(put))  # what the store keeps of it: no NUL, no half characters
    assert from_mapping(json.loads(to_jsonl([put]))) == kept


@settings(max_examples=40)
@given(any_sample())
def test_the_normal_form_is_its_own_normal_form(put: Sample) -> None:
    values = to_values(put)
    assert to_values(from_values(values)) == values
    assert canonical(values) == to_jsonl([put]).rstrip("\n")


def test_a_full_row_survives_the_way_through_text_of_a_table() -> None:
    put = full_sample()
    cells = {name: "" if value is None else _as_text(value) for name, value in json.loads(to_jsonl([put])).items()}
    assert from_mapping(cells) == put


def _as_text(value: object) -> str:
    return repr(value) if isinstance(value, float) else str(value)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"planned_at": "2026-11-22T10:00:00"}, "planned_at: 2026-11-22T10:00:00 has no zone; append Z if it is UTC"),
        ({"planned_at": "yesterday"}, "planned_at: 'yesterday' is no ISO 8601 time like 2026-11-22T10:00:00Z"),
        ({"planned_at": 1732269600}, "planned_at: 1732269600 is no ISO 8601 time like 2026-11-22T10:00:00Z"),
        ({"planned_at": ""}, "planned_at: missing"),
        ({"sample_id": "17"}, "sample_id: '17' is no UUID"),
        ({"total_ms": "8,5"}, "total_ms: '8,5' is no number"),
        ({"total_ms": "1_000"}, "total_ms: '1_000' is no number"),
        ({"total_ms": True}, "total_ms: True is no number"),
        ({"total_ms": "nan"}, "total_ms: 'nan' is no finite number"),
        ({"total_ms": math.inf}, "total_ms: inf is no finite number"),
        ({"status": "200.5"}, "status: '200.5' is no whole number"),
        ({"status": 10**400}, f"status: {10**400!r} is no number"),
        ({"seq": 2**31}, "seq: 2147483648 is too large"),
        ({"billed": "yes"}, "billed: 'yes' is neither true nor false"),
        ({"error": 5}, "error: 5 is no text"),
        ({"probe": "brust"}, "probe: 'brust' is not known; nearest known: burst; known: baseline, burst"),
        ({"mode": "Scheduled"}, "mode: 'Scheduled' is not known; nearest known: scheduled"),
        ({"attribution": "weather"}, "attribution: 'weather' is not known; known: client, monitor"),
        ({"totl_ms": 1}, "totl_ms: unknown column; nearest known: total_ms"),
        ({"sent_at": None}, "sent_at: missing; only not_sent and no_token have none, and outcome is ok"),
        ({"outcome": "not_sent"}, "detail: None is no reason for not_sent; known: breaker, budget"),
        ({"outcome": "not_sent", "sent_at": None}, "detail: None is no reason for not_sent; known: breaker, budget"),
    ],
    ids=lambda value: str(value)[:50] if isinstance(value, str) else "",
)
def test_a_bad_cell_is_named_with_what_would_be_right(cells: dict[str, object], says: str) -> None:
    row = json.loads(to_jsonl([sample()])) | cells
    with pytest.raises(RowError) as caught:
        from_mapping(row)
    assert len(caught.value.faults) == 1
    assert str(caught.value).startswith(says)


def test_all_faults_of_a_row_are_named_at_once() -> None:
    with pytest.raises(RowError) as caught:
        from_mapping({"sample_id": "x", "outcome": "great", "colour": "red"})
    columns = [fault.column for fault in caught.value.faults]
    assert columns[:2] == ["colour", "sample_id"]
    assert set(columns) >= {"outcome", "provider", "planned_at", "rule"}


def test_a_request_that_got_no_token_of_ours_was_never_sent_either() -> None:
    put = sample(outcome=Outcome.AUTH, detail=NO_CREDENTIAL, sent_at=None, lateness_ms=None)
    assert from_mapping(json.loads(to_jsonl([put]))) == put
    with pytest.raises(RowError, match="sent_at: missing"):
        from_mapping(json.loads(to_jsonl([replace(put, detail="invalid_api_key")])))


@pytest.mark.parametrize("reason", NotSent)
def test_what_was_never_sent_needs_a_reason_of_the_vocabulary(reason: NotSent) -> None:
    put = sample(outcome=Outcome.NOT_SENT, detail=reason, sent_at=None)
    abandoned = replace(put, sent_at=START)  # it had left when we were shut down
    assert from_mapping(json.loads(to_jsonl([abandoned]))) == abandoned
    assert from_mapping(json.loads(to_jsonl([put]))) == put


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("2026-11-22T10:00:00Z", START),
        ("2026-11-22T11:00:00+01:00", START),
        ("2026-11-22 10:00:00.000001+00:00", START + timedelta(microseconds=1)),
        ("20261122T100000Z", START),
        (" 2026-11-22T10:00Z ", START),
    ],
)
def test_times_are_read_in_every_form_of_iso_8601_that_has_a_zone(text: str, right: datetime) -> None:
    assert from_mapping(json.loads(to_jsonl([sample()])) | {"planned_at": text}).planned_at == right


def test_times_are_written_with_microseconds_and_z() -> None:
    assert iso(START) == "2026-11-22T10:00:00.000000Z"
    assert iso(START.astimezone(UTC).replace(tzinfo=None, microsecond=7)) == "2026-11-22T10:00:00.000007Z"


def test_numbers_beyond_the_reach_of_a_float_are_kept_exactly() -> None:
    row = json.loads(to_jsonl([sample()]))
    assert from_mapping(row | {"image_bytes": "9007199254740993"}).image_bytes == 9_007_199_254_740_993
    assert from_mapping(row | {"status": "2e2"}).status == 200


def test_an_unknown_model_is_empty_text_and_other_empty_texts_are_null() -> None:
    kept = from_values(to_values(replace(sample(), model="", quota="")))
    assert (kept.model, kept.quota) == ("", None)

"""A slice of `python -m tests.fuzz`: mutated answers end as rows, quickly, in bounded memory."""

import gc
import random
import tracemalloc

import pytest

from probes.providers import names
from tests.fuzz import running
from tests.fuzz.driving import row_of
from tests.fuzz.mutating import mutated
from tests.fuzz.seeds import ASKS, seeds

SLICE = 1000
MOST_MB = 64


def test_mutated_answers_end_as_rows_whatever_they_are() -> None:
    done = running.run(SLICE)
    assert done.broken == []
    assert done.answers == SLICE
    assert set(done.adapters) == set(names())
    assert min(done.adapters.values()) >= SLICE // len(names())
    assert len(done.outcomes) >= 12  # they are not all refused at the first byte
    assert done.grown_mb < MOST_MB


def test_the_same_number_is_the_same_answer() -> None:
    everybody = seeds()
    first, second = (mutated(everybody[0], everybody, random.Random("7")) for _ in range(2))
    assert first == second


def test_what_is_kept_of_an_answer_does_not_grow_with_their_number() -> None:
    everybody, chance = seeds(), random.Random("memory")
    begin = [one for one in everybody if one.adapter == "gemini"]

    def some(count: int) -> None:
        for _ in range(count):
            seed = chance.choice(begin)
            row_of(seed.target, ASKS[0], mutated(seed, everybody, chance))

    tracemalloc.start()
    try:
        some(80)  # what is kept once (tables, caches with an end) is there now
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        some(80)
        gc.collect()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 2_000_000
    assert peak - before < MOST_MB * 1_000_000


def test_a_broken_promise_is_found_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.driving.classify", lambda *_args, **_more: 1 // 0)
    monkeypatch.setattr("tests.fuzz.running._by_depth", lambda of_adapter: (of_adapter, of_adapter))
    done = running.run(50)
    assert len(done.broken) == 20
    assert "ZeroDivisionError" in done.broken[0]
    assert "first=0" in done.broken[0]

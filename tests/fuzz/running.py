"""Many mutated answers, each from a seed of its own, so that one that breaks can be repeated alone."""

import random
import resource
import time
from collections import Counter
from dataclasses import dataclass, field

from probes.model import Outcome
from probes.providers import names
from tests.fuzz.driving import row_of
from tests.fuzz.mutating import mutated
from tests.fuzz.seeds import ASKS, Seed, seeds

_WARM_UP = 500  # answers, after which memory may not grow with their number
_MOST_BROKEN = 20
_DEEP = 0.8  # share of mutations that begin with an answer that the adapter can read


@dataclass
class Done:
    """What a run came to."""

    answers: int = 0
    slowest_s: float = 0.0
    grown_mb: float = 0.0  # of the peak of memory, after the first few hundred
    outcomes: Counter[str] = field(default_factory=Counter)
    adapters: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def run(answers: int, seed: int = 1, *, first: int = 0) -> Done:
    """Try `answers` conversations, the adapters in turn; those that break a promise are named, and do not end it."""
    done, everybody = Done(), seeds()
    by_adapter = {name: _by_depth([one for one in everybody if one.adapter == name]) for name in names()}
    peak_kb = 0
    for number in range(first, first + answers):
        chance = random.Random(f"{seed}/{number}")  # to be repeatable is the point
        adapter = names()[number % len(names())]
        begin = chance.choice(by_adapter[adapter][chance.random() < _DEEP])
        exchanges, ask = mutated(begin, everybody, chance), chance.choice(ASKS)
        began_s = time.process_time()
        try:
            row = row_of(begin.target, ask, exchanges)
            done.outcomes[row.outcome] += 1
        except Exception as exc:  # noqa: BLE001 - whatever it is, it is what was looked for
            done.broken.append(f"run(1, {seed}, first={number}), {adapter}: {type(exc).__name__}: {exc}"[:400])
        done.slowest_s = max(done.slowest_s, time.process_time() - began_s)
        done.adapters[adapter] += 1
        done.answers += 1
        if number - first == min(_WARM_UP, answers - 1):
            peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        if len(done.broken) >= _MOST_BROKEN:
            break
    done.grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak_kb) / 1024
    return done


def _by_depth(of_adapter: list[Seed]) -> tuple[list[Seed], list[Seed]]:
    """All seeds of an adapter, and those of them that it can read: what goes wrong in these is the more telling."""
    readable = [one for one in of_adapter if row_of(one.target, ASKS[0], one.exchanges).outcome != Outcome.MALFORMED]
    return of_adapter, readable or of_adapter

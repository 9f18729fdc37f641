"""Every outcome has words, and exactly one group."""

import pytest

from probes.model import Outcome
from reports.outcomes import ORDER, WORDS, Group, by_group, group, label


def test_every_outcome_has_words_and_no_other_has() -> None:
    assert set(WORDS) == set(Outcome)


def test_labels_are_short_enough_for_a_chart_and_differ() -> None:
    labels = [words.label for words in WORDS.values()]
    assert len(set(labels)) == len(labels)
    assert max(map(len, labels)) <= 14


def test_groups_hold_every_request_once() -> None:
    counts = {outcome: place + 1 for place, outcome in enumerate(ORDER)}
    assert sum(by_group(counts).values()) == sum(counts.values())


def test_what_we_do_not_know_is_nobodys_success() -> None:
    assert group("from_the_future") is Group.FAILED
    assert label("from_the_future") == "from_the_future"


@pytest.mark.parametrize("outcome", ["client_error", "auth", "balance", "not_sent", "blocked", "rate_limited"])
def test_what_does_not_tell_of_the_provider_is_left_out_of_both_availabilities(outcome: str) -> None:
    found = WORDS[Outcome(outcome)]
    assert found.user.startswith("left out")
    assert found.http == "left out"

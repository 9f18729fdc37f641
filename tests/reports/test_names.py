"""Foreign names become file names that are safe, unique and the same whatever the order."""

import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.names import shorts, slugs
from tests.reports.build import HOSTILE

names = st.lists(st.text(min_size=1, max_size=80), max_size=12)


@pytest.mark.parametrize(
    ("name", "slug"),
    [("wisgate", "wisgate"), ("Open AI API", "open-ai-api"), ("../../etc/passwd", "etc-passwd"), ("Müller", "muller")],
)
def test_a_name_that_is_alone_keeps_its_plain_form(name: str, slug: str) -> None:
    assert slugs([name]) == {name: slug}


@pytest.mark.parametrize("name", ["con", "NUL", "🦊", "", "   ", "com1"])
def test_a_name_without_a_usable_form_gets_a_digest(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]+-[0-9a-f]{12}", slugs([name])[name])


def test_names_that_would_share_a_file_all_get_their_own() -> None:
    found = slugs(["a b", "a-b", "A-B"])
    assert len(set(found.values())) == 3
    assert "a-b" not in found.values()  # nobody takes what others could claim too


@given(names, st.randoms())
def test_file_names_are_safe_unique_and_do_not_depend_on_order(found: list[str], random: Random) -> None:
    stems = slugs(found)
    assert set(stems) == set(found)
    assert len({stem.casefold() for stem in stems.values()}) == len(stems)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,80}", stem) for stem in stems.values())
    shuffled = list(found)
    random.shuffle(shuffled)
    assert slugs(shuffled) == stems


def test_a_name_like_the_digest_of_another_takes_nothing_away() -> None:
    taken = slugs(["con"])["con"]
    found = slugs(["con", taken])
    assert found[taken] == taken
    assert found["con"] == f"{taken}x"


@given(names)
def test_short_labels_are_short_and_stay_unique(found: list[str]) -> None:
    labels = shorts(found)
    assert len(set(labels.values())) == len(set(found))
    assert all(len(label) <= 20 for label in labels.values())


def test_a_label_that_fits_is_the_name_itself() -> None:
    labels = shorts(HOSTILE)
    assert labels["a b"] == "a b"
    assert labels["a" * 120] != labels["a" * 119 + "b"]

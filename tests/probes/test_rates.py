"""How many requests were sent in the minute that ends now."""

from hypothesis import given
from hypothesis import strategies as st

from probes.rates import RateWindow


def test_a_minute_ends_after_sixty_seconds() -> None:
    window = RateWindow()
    assert [window.add("a", at_s) for at_s in (0.0, 0.0, 30.0, 59.9, 60.0, 90.0, 500.0)] == [1, 2, 3, 4, 3, 3, 1]


def test_each_provider_counts_for_itself() -> None:
    window = RateWindow()
    assert [window.add(name, 1.0) for name in "aabac"] == [1, 2, 1, 3, 1]


@given(gaps=st.lists(st.floats(0, 40), max_size=60))
def test_it_is_the_number_within_the_last_minute(gaps: list[float]) -> None:
    window, now, times = RateWindow(), 0.0, list[float]()
    for gap in gaps:
        now += gap
        times.append(now)
        assert window.add("a", now) == sum(now - 60 < at for at in times)

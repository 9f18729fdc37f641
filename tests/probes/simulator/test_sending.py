"""A body in pieces is the body."""

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from probes.simulator.sending import pieces


@given(st.lists(st.binary(max_size=60), max_size=8), st.integers(1, 20))
def test_pieces_are_the_body_in_at_most_so_many_of_one_length(parts: list[bytes], count: int) -> None:
    whole = b"".join(parts)
    cut = list(pieces(tuple(parts), count))
    assert b"".join(cut) == whole
    assert len(cut) <= count
    assert all(len(piece) == max(1, ceil(len(whole) / count)) for piece in cut[:-1])

"""Holm's step-down adjustment (Holm 1979): the chance of a single false finding among all that is shown."""

from collections.abc import Sequence


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values in the same order: the k-th smallest times (m - k + 1), never falling, at most 1.

    The same as `multipletests(p, method="holm")` of statsmodels, which is 65 MB and takes a second to import.
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    found, highest = [0.0] * len(p_values), 0.0
    for place, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[i]))
        found[i] = highest
    return found

"""How a verdict on a promise looks and reads: one shape, one word, one place in the order of concern."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """The class of its colour, the symbol of its shape, and the word beside it."""

    kind: str
    icon: str
    word: str


REFUTED = Look("r", "kr", "refuted")
UNDECIDED = Look("u", "ku", "undecided")
CONFIRMED = Look("c", "kc", "confirmed")
UNREFUTED = Look("x", "kx", "not refuted")
NOT_TESTABLE = Look("n", "kn", "not testable")
VOID = Look("v0", "kv", "void")
LOOKS = {
    "refuted": REFUTED,
    "void": VOID,
    "undecided": UNDECIDED,
    "not_testable": NOT_TESTABLE,
    "not_refuted_up_to": UNREFUTED,
    "confirmed": CONFIRMED,
}  # in the order of concern
MEANINGS = {
    "refuted": "The promise was not kept. By chance at most one kept promise in twenty ever comes to that, however "
    "often one looks; or one case decides, which needs no chance.",
    "void": "Too little is known, or the promise means several things that disagree.",
    "undecided": "Neither yet. What would decide it stands in its row.",
    "not_testable": "Not by these measurements. What would test it stands in its row.",
    "not_refuted_up_to": "No measurement can confirm it (“unlimited”, “always”); so far none refutes it.",
    "confirmed": "At a look that was fixed beforehand the whole bound lies on the kept side.",
}  # in the same order
OTHERS = ("void", "not_testable", "not_refuted_up_to")


def look(verdict: str) -> Look:
    """Of a verdict; one that is not known reads as void, never as kept."""
    return LOOKS.get(verdict, VOID)


def concern(verdict: str) -> int:
    """Its place in the order of concern: 0 is the first to read."""
    order = list(LOOKS)
    return order.index(verdict) if verdict in LOOKS else 0

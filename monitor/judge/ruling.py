"""Looks and a bet -> one verdict (docs/claims.md): the same for every promise that chance has a part in.

Refuted holds for good: at a look, or by the e-process at any time. Confirmed is what the last look says, and holds
until the next. Unknown is put on the side that does not help: good where a promise would be refuted, bad where it
would be confirmed; a verdict that hangs on it is void.
"""

from dataclasses import dataclass

import numpy as np

from monitor.judge.columns import Flags, Floats, Ints
from monitor.judge.looks import ALPHA, LOOKS_SHARE, Looks

CONFIRMED, REFUTED, UNDECIDED, VOID = "confirmed", "refuted", "undecided", "void"
NOT_TESTABLE, NOT_REFUTED = "not_testable", "not_refuted_up_to"


@dataclass(frozen=True, slots=True)
class AtLooks:
    """What each look found of the share that fails, against the most that is allowed."""

    p_above: Floats  # one-sided p-value of "not more than allowed", all that is unknown taken as good
    worst: Floats  # upper bound with the error of this look, all that is unknown taken as bad
    known_worst: Floats  # upper bound of what is known alone
    unknown: Floats  # share that is unknown


@dataclass(frozen=True, slots=True)
class Bet:
    """Capital of the e-process after each block, and when each block was over (microseconds)."""

    capital: Floats
    over: Ints


@dataclass(frozen=True, slots=True)
class Ruling:
    """confirmed | refuted | undecided | void, since when, and with how much error."""

    verdict: str
    looks: int
    alpha: float | None  # error that the last look may make, one side
    p_refuted: float  # valid at any time: refuted where it is at most 5 %
    refuted_at: int | None  # microseconds
    confirmed_at: int | None  # the first look that did, whatever came later
    by_bet: bool  # refuted by the e-process before any look did


def rule(looks: Looks, found: AtLooks, bet: Bet, allowed: float, *, strict: bool = False) -> Ruling:
    """The verdict on "at most `allowed` fails" (less than that, where `strict`)."""
    spread = looks.alpha / ALPHA  # each look's part of the error
    at_looks = np.minimum(found.p_above / spread / LOOKS_SHARE, 1.0)
    by_bets = 1.0 / np.maximum(bet.capital * (1.0 - LOOKS_SHARE), 1.0)  # of good years next to nothing is left: p is 1
    look_at, bet_at = _first(at_looks <= ALPHA, looks.at), _first(by_bets <= ALPHA, bet.over)
    refuted_at = min((at for at in (look_at, bet_at) if at is not None), default=None)
    fits = found.worst < allowed if strict else found.worst <= allowed
    return Ruling(
        verdict=REFUTED if refuted_at is not None else _unrefuted(fits, found, allowed),
        looks=len(looks),
        alpha=float(looks.alpha[-1]) if len(looks) else None,
        p_refuted=float(min(at_looks.min(initial=1.0), by_bets.min(initial=1.0))),
        refuted_at=refuted_at,
        confirmed_at=_first(fits, looks.at),
        by_bet=refuted_at is not None and refuted_at == bet_at,
    )


def _first(which: Flags, at: Ints) -> int | None:
    """The moment of the first that holds."""
    held = np.flatnonzero(which)
    return int(at[held[0]]) if len(held) else None


def _unrefuted(fits: Flags, found: AtLooks, allowed: float) -> str:
    """What the last look says; void where what is unknown alone keeps it from confirming."""
    if not len(fits):
        return UNDECIDED
    if fits[-1]:
        return CONFIRMED
    straddles = found.known_worst[-1] <= allowed or found.unknown[-1] > allowed
    return VOID if straddles else UNDECIDED

"""Before a request is sent: whoever may object is asked, then money is reserved, then the circuit breaker is asked.

The breaker comes last, because what it lets through as a trial must really be sent.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from probes.gates import Gate, Refusal

Check = Callable[[str, float], Refusal | None]  # provider, list price in USD -> why not


class Money(Protocol):
    """What pays (`monitor.service.money.DurableGate`)."""

    def reserve(self, provider: str, usd: float) -> str | None:
        """None: reserved; else why not."""
        ...

    def lasting(self, provider: str, usd: float, until: datetime) -> bool:
        """Whether so much, refused with nothing in flight, will still be refused then."""
        ...

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        """The request is over."""
        ...


class Guarded(Gate):
    """A gate of several: the first that refuses decides."""

    def __init__(self, money: Money, objections: Sequence[Check], breaker: Check) -> None:
        """`objections` are asked first, in their order."""
        self._money = money
        self._objections = objections
        self._breaker = breaker

    def reserve(self, provider: str, usd: float) -> str | Refusal | None:
        """None: it may be sent, and its price is reserved."""
        for object_ in self._objections:
            if (refusal := object_(provider, usd)) is not None:
                return refusal
        if (poor := self._money.reserve(provider, usd)) is not None:
            return poor
        if (held_back := self._breaker(provider, usd)) is not None:
            self._money.settle(provider, usd, 0.0)
            return held_back
        return None

    def lasting(self, provider: str, usd: float, until: datetime) -> bool:
        """As who pays says: an objection or the breaker is no want of money."""
        return self._money.lasting(provider, usd, until)

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        """Book what it cost."""
        self._money.settle(provider, reserved_usd, actual_usd)

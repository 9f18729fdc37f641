"""What is asked before a request may be sent: whether there is money for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from probes.model import NotSent


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a gate lets a request not pass: the `detail` of its row, and the reason in words."""

    reason: NotSent
    why: str


class Gate(Protocol):
    """Money is asked for before each dispatch, and settled after."""

    def reserve(self, provider: str, usd: float) -> str | Refusal | None:
        """None: allowed, and the amount is reserved. Else why not, for the row; a text alone: for want of money."""
        ...

    def lasting(self, provider: str, usd: float, until: datetime) -> bool:
        """Whether so much, refused for want of money with nothing in flight, will still be refused then."""
        ...

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        """Give the reservation back and book what was paid (None: not known, so the reservation stands)."""
        ...


class FreeGate:
    """A gate that lets everything pass: for requests that cost nothing."""

    def reserve(self, provider: str, usd: float) -> str | None:
        """Allowed."""
        del provider, usd
        return None

    def lasting(self, provider: str, usd: float, until: datetime) -> bool:
        """Nothing is ever refused."""
        del provider, usd, until
        return False

    def settle(self, provider: str, reserved_usd: float, actual_usd: float | None) -> None:
        """Nothing to book."""

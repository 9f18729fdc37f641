"""What is told, and where to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """One alert. `channel` is the name of the variable that holds the address, never the address."""

    channel: str
    title: str
    body: str
    is_bad: bool

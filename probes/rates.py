"""How fast we have been asking: needed to say whose fault a 429 is."""

from collections import deque

_MINUTE_S = 60.0


class RateWindow:
    """How many requests each provider was sent in the last minute: a 429 below the promised rate is theirs."""

    def __init__(self) -> None:
        """Empty."""
        self._sent: dict[str, deque[float]] = {}

    def add(self, provider: str, at_s: float) -> int:
        """Note one request and return how many there were in the minute that ends with it."""
        sent = self._sent.setdefault(provider, deque())
        sent.append(at_s)
        while sent[0] <= at_s - _MINUTE_S:
            sent.popleft()
        return len(sent)

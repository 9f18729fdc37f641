"""The same image twice: an answer out of a cache, where a new image was asked for and paid for.

Two generations never agree in every byte, so the same bytes from the same provider mean that nothing was made. What
is remembered ends with the process, and is bounded: of each provider the latest images, as fingerprints.
"""

from collections import OrderedDict

REPEAT = "repeat"  # a problem of a picture
_KEPT = 4096  # of each provider: two days of an image a minute, 400 KB


class Repeats:
    """Which images a provider has delivered before."""

    def __init__(self, kept: int = _KEPT) -> None:
        """`kept`: how many are remembered of each provider; 0 for none."""
        self._kept = kept
        self._seen: dict[str, OrderedDict[str, None]] = {}

    def again(self, provider: str, sha256: str | None) -> bool:
        """Whether this provider delivered this image before; remembers it. No fingerprint is no image."""
        if sha256 is None:
            return False
        seen = self._seen.setdefault(provider, OrderedDict())
        known = sha256 in seen
        seen[sha256] = None
        seen.move_to_end(sha256)
        while len(seen) > self._kept:
            seen.popitem(last=False)
        return known

"""What verdicts on outages assume: choices, not findings, and so configurable (`[judge]`), printed with each verdict.

The defaults are those that `make simulate-claims` holds to their errors (docs/coverage.md); other values are yours.
"""

from dataclasses import dataclass

SURVIVE_S = 120 * 60.0  # L
MERGE_GAP_S = 30 * 60.0  # G
BLOCK_S = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Policy:
    """In seconds.

    `survive_s`, L: an outage that nobody has seen yet may be that much longer than the longest one so far.
    `merge_gap_s`, G: failures closer than this are one outage. `block_s`: length of the blocks that are bet on.
    """

    survive_s: float = SURVIVE_S
    merge_gap_s: float = MERGE_GAP_S
    block_s: float = BLOCK_S

    @property
    def is_default(self) -> bool:
        """Whether the printed errors are those of these values."""
        return self == DEFAULT


DEFAULT = Policy()

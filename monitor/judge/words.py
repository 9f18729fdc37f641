"""A column of words: which of a table of kinds each row is, and the word of each kind."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Words:
    """A text column. The code of row i is `table[kinds[i]]`: an index into `names`, -1 for null.

    Rows of one kind have one word, so a question about words is put to the table, which is short.
    """

    kinds: Codes
    table: Codes  # its last entry is null, for a kind of -1
    names: tuple[str, ...]

    @classmethod
    def of(cls, codes: Codes, names: tuple[str, ...]) -> Self:
        """A column in which each word is a kind of its own."""
        return cls(codes, np.append(np.arange(len(names), dtype=np.int32), np.int32(-1)), names)

    @property
    def codes(self) -> Codes:
        """Index into `names` of each row; -1 for null."""
        return self.table[self.kinds]

    def isin(self, *names: str) -> Flags:
        """Which rows have one of these words."""
        return self._where([name in names for name in self.names])

    def starts(self, prefix: str) -> Flags:
        """Which rows' word begins so."""
        return self._where([name.startswith(prefix) for name in self.names])

    def _where(self, chosen: list[bool]) -> Flags:
        found: Flags = np.array([*chosen, False])[self.table][self.kinds]  # code -1 finds the last
        return found

    def at(self, index: int) -> str | None:
        """The word of one row."""
        code = int(self.table[self.kinds[index]])
        return self.names[code] if code >= 0 else None

    def counts(self) -> dict[str, int]:
        """How often each word occurs, sorted by word; null is not counted."""
        last = len(self.table) - 1
        each = np.bincount(np.where(self.kinds < 0, last, self.kinds), minlength=last + 1)
        found = np.bincount(self.table[self.table >= 0], each[self.table >= 0], minlength=len(self.names))
        return {name: int(n) for name, n in sorted(zip(self.names, found.tolist(), strict=True)) if n}

    def split(self) -> Iterator[tuple[str | None, Ints]]:
        """Each word that occurs (None for null) with the indices of its rows, sorted by word."""
        codes = self.codes
        order = np.argsort(codes, kind="stable")
        starts = np.flatnonzero(np.append(True, np.diff(codes[order]) != 0)) if len(order) else order
        present = codes[order[starts]]
        groups = np.split(order, starts[1:]) if len(present) else []
        named = [(self.names[code] if code >= 0 else None, rows) for code, rows in zip(present, groups, strict=True)]
        yield from sorted(named, key=lambda pair: pair[0] or "")

"""The shipped SLA clauses, one TOML file for each: copy one into `[[sla]]` and change what your agreement says."""

import functools
import tomllib
from pathlib import Path

from monitor.clause_table import ClauseTable
from monitor.judge.clauses.clause import Clause

FOLDER = Path(__file__).parent
FIRST = ("google_minutes", "aws_5min", "requests", "time")  # the order in which people read them; others follow


@functools.cache
def clauses() -> tuple[Clause, ...]:
    """All of them, in the order in which they are shown."""
    names = sorted((path.stem for path in FOLDER.glob("*.toml")), key=lambda name: (*(name != n for n in FIRST), name))
    return tuple(_load(name) for name in names)


def _load(name: str) -> Clause:
    table = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return ClauseTable.model_validate(table).clause(name)

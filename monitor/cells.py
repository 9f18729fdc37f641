"""Text in cells of a spreadsheet: guarded, so that no program takes it for a formula, and back exactly.

Spreadsheets run what begins with `=`, `+`, `-`, `@`, a tab or a carriage return (OWASP, CSV injection). Such text is
written with a `'` before it; text that already is such text behind quotes gets one more, so that taking one away
always gives back what was there.
"""

import re

GUARDED = re.compile(r"'*[=+\-@\t\r]")  # matched from the start: what needs a guard
_UNDO = re.compile(r"'+[=+\-@\t\r]")
SQL_PATTERN = r"^'*[=+\-@\t\r]"  # the same for DuckDB (RE2)


def guard(text: str) -> str:
    """The text as it may stand in a cell."""
    return f"'{text}" if GUARDED.match(text) else text


def unguard(text: str) -> str:
    """The text that `guard` was given."""
    return text[1:] if _UNDO.match(text) else text

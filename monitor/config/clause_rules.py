"""What has to fit together in `[[sla]]` and `[[providers.NAME.sla]]`; the rest is in `rules`."""

from collections.abc import Iterator
from typing import get_args

from monitor.catalogue.clauses import clauses
from monitor.claim_terms import Definition
from monitor.clause_table import misfits
from monitor.config.raw import Fault, Raw, list_at, tables_at, text_at
from monitor.strict import nearest


def _shipped() -> tuple[str, ...]:
    return tuple(clause.name for clause in clauses())


def fitting_clauses(raw: Raw) -> Iterator[Fault]:
    """Clauses have names of their own, and keys that suit one another."""
    names: set[str] = set()
    for number, table in list_at(raw, "sla"):
        name = text_at(table, "name")
        if name in _shipped():
            yield ("sla", number, "name"), f"{name!r} is shipped; give yours another name"
        if name in names:
            yield ("sla", number, "name"), f"{name!r} is there twice"
        names |= {name} if name else set()
        yield from ((("sla", number, key), reason) for key, reason in misfits(table))


def known_definitions(raw: Raw) -> Iterator[Fault]:
    """A promise of uptime is counted by a shipped definition, or by a clause of the file that counts requests."""
    own = {name: table for _, table in list_at(raw, "sla") if (name := text_at(table, "name"))}
    known = (*get_args(Definition), *own)
    for provider, settings in tables_at(raw, "providers").items():
        for number, claim in list_at(settings, "claims"):
            where, name = ("providers", provider, "claims", number, "definition"), text_at(claim, "definition")
            if name is not None and name not in known:
                yield where, f'"{name[:40]}" is not known; {nearest(name, known)}'
            elif name in own and text_at(own[name], "unit") == "time":
                yield where, f'"{name}" counts time; a promise of that is definition = "time"'


def fitting_agreements(raw: Raw) -> Iterator[Fault]:
    """An agreement rests on a clause that there is, and a provider has one under each."""
    own = (text_at(table, "name") for _, table in list_at(raw, "sla"))
    known = (*_shipped(), *(name for name in own if name))
    for provider, settings in tables_at(raw, "providers").items():
        used: set[str] = set()
        for number, table in list_at(settings, "sla"):
            where, clause = ("providers", provider, "sla", number), text_at(table, "clause")
            if clause is not None and clause not in known:
                yield (*where, "clause"), f"no clause is called {clause[:40]!r}; {nearest(clause, known)}"
            if clause in used:
                yield (*where, "clause"), f"{clause!r} is there twice; a provider owes one target under a clause"
            used |= {clause} if clause else set()
            yield from (((*where, key), reason) for key, reason in misfits(table))

"""What a provider owes: the agreements of its catalogue and of its own `[[providers.NAME.sla]]`, as clauses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from monitor.catalogue.model import Sla
from monitor.clause_table import AgreementTable, ClauseOfUser
from monitor.judge.clauses.clause import Clause, Tier


def all_clauses(shipped: Sequence[Clause], own: Iterable[ClauseOfUser]) -> tuple[Clause, ...]:
    """The shipped clauses, then those of `[[sla]]`."""
    return (*shipped, *(table.clause(table.name) for table in own))


def of(published: Iterable[Sla], own: Iterable[AgreementTable], clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """A provider's agreements by the clause that each rests on; what is written in `upheld.toml` wins, key by key.

    Of several published ones under one clause the first holds: the catalogue puts the usual one first.
    """
    by_name = {clause.name: clause for clause in clauses}
    found: dict[str, Clause] = {}
    for sla in published:
        if sla.holds and sla.exists and sla.definition is not None and sla.target is not None:
            found.setdefault(sla.definition, replace(by_name[sla.definition], **_terms(sla)))
    for table in own:
        found[table.clause] = replace(found.get(table.clause, by_name[table.clause]), **table.terms())
    return tuple(found.values())


def _terms(sla: Sla) -> Mapping[str, Any]:
    """What a published agreement says beyond its clause."""
    said = {
        "target": sla.target,
        "credits": tuple(Tier(credit.below, credit.percent) for credit in sla.credits),
        "claim_within_days": sla.claim_within_days,
        "exclude_models": sla.excluded_models,
        "backoff_required": sla.backoff_required,
        "source": sla.source,
    }
    return {key: value for key, value in said.items() if value}

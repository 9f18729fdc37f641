"""What a catalogue holds, for `upheld check --catalogue`: each fact in words, with source, date and standing. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from monitor.catalogue.model import (
    Catalogue,
    Deadline,
    Endpoint,
    Fact,
    Limit,
    Model,
    Price,
    PublishedClaim,
    Sla,
    Statement,
    StatusPage,
)
from monitor.config import Config
from monitor.judge.facts import ProviderFacts, is_stale


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact in words. `standing`: holds, stale, disputed or superseded, the last two never applied."""

    kind: str
    says: str
    standing: str
    fact: Fact


def entries(known: Catalogue, today: date) -> list[Entry]:
    """Every fact of a catalogue, in the order of its file, superseded and disputed ones too."""
    return [Entry(*_in_words(fact), standing(fact, today), fact) for fact in known.facts]


def standing(fact: Fact, today: date) -> str:
    """What a fact is worth today."""
    if fact.superseded_on is not None:
        return f"superseded on {fact.superseded_on}"
    if fact.disputed:
        return "disputed"
    return f"stale: read {(today - fact.seen_on).days} days ago" if is_stale(fact.seen_on, today) else "holds"


def row(entry: Entry) -> list[str]:
    """Kind, what it is worth, when and where it was read, what it says (with its note)."""
    note = f" ({entry.fact.note})" if entry.fact.note else ""
    return [entry.kind, entry.standing, str(entry.fact.seen_on), entry.fact.source, f"{entry.says}{note}"]


def as_data(name: str, known: Catalogue, today: date) -> dict[str, Any]:
    """What `--json` prints: every fact in words and as it stands in the file."""
    return {
        "catalogue": name,
        "title": known.title,
        "homepage": known.homepage,
        "measurable": known.measurable,
        "why_not_measurable": known.why_not_measurable,
        "facts": [
            {"kind": entry.kind, "says": entry.says, "standing": entry.standing, **entry.fact.model_dump(mode="json")}
            for entry in entries(known, today)
        ],
    }


def stale_notes(config: Config, today: date) -> Iterator[str]:
    """A sentence for each provider whose prices, rate or claims were read too long ago."""
    facts = config.facts()
    for name in config.providers:
        days = [day for day in dates_of(facts.of(name)) if is_stale(day, today)]
        if days:
            what = "price, rate or claim was" if len(days) == 1 else "prices, rates and claims were"
            yield (
                f"{name}: {len(days)} {what} read more than 90 days ago, the oldest on {min(days)}: stale; "
                "look them up again, and write what holds now into the file"
            )


def dates_of(facts: ProviderFacts) -> list[date]:
    """On which days a provider's prices, rate and claims were read; those that say so."""
    seen = (*(price.seen_on for price in facts.listed), facts.advertised_seen_on, *(c.seen_on for c in facts.claims))
    return [day for day in seen if day is not None]


# --- each kind of fact in words -------------------------------------------------------------------------------


def _in_words(fact: Fact) -> tuple[str, str]:
    kind, words = _KINDS[type(fact)]
    return kind, "; ".join(part for part in words(fact) if part)


def _endpoint(end: Endpoint) -> Iterator[str]:
    yield f"{end.adapter} at {end.base_url or 'your own address'}"
    yield f"key sent as {end.auth}" if end.auth else ""


def _model(model: Model) -> Iterator[str]:
    yield f"{model.id}{' (default)' if model.default else ''}"
    yield f"also {', '.join(model.aliases)}" if model.aliases else ""
    yield f"called {', '.join(model.names)}" if model.names else ""
    yield ", ".join(model.sizes)
    yield f"deprecated on {model.deprecated_on}" if model.deprecated_on else ""


def _price(price: Price) -> Iterator[str]:
    at = f" at {', '.join(price.sizes)}" if price.sizes else ""
    yield f"${price.usd:g} per {price.unit.replace('_', ' ')} of {price.model}{at}"
    yield price.mode if price.mode != "standard" else ""
    yield f"quality {price.quality}" if price.quality else ""


def _limit(limit: Limit) -> Iterator[str]:
    parts = [f"{value:,.10g} {unit}" for unit in ("rpm", "rpd", "ipm", "tpm") if (value := getattr(limit, unit))]
    parts += [f"{limit.concurrency} at once"] if limit.concurrency else []
    parts += [f"{limit.requests} requests in {limit.per_s:g} s"] if limit.requests else []
    parts += [f"${limit.usd:g} in {limit.per_s:g} s"] if limit.usd else []
    yield f"{limit.tier}: {', '.join(parts)}"
    yield f"of {', '.join(limit.models)}" if limit.models else ""


def _deadline(advice: Deadline) -> Iterator[str]:
    at = f" at {', '.join(advice.sizes)}" if advice.sizes else ""
    yield f"wait {advice.seconds:g} s at least{at}"
    yield f"of {', '.join(advice.models)}" if advice.models else ""


def _claim(claim: PublishedClaim) -> Iterator[str]:
    value = str(claim.value).lower() if isinstance(claim.value, bool) else str(claim.value)
    yield f"{claim.metric} {claim.op} {value}{f' at {claim.size}' if claim.size else ''}"
    yield f"counted by {claim.definition}" if claim.definition else ""
    yield f"of {', '.join(claim.models)}" if claim.models else ""
    yield f"not for {', '.join(claim.not_for)}" if claim.not_for else ""
    yield f'"{claim.text}"'
    yield "said by a third party" if claim.by == "third_party" else ""


def _statement(said: Statement) -> Iterator[str]:
    yield f'"{said.text}"'
    yield "said by a third party" if said.by == "third_party" else ""
    yield f"not tested: {said.why_untested}"


def _sla(sla: Sla) -> Iterator[str]:
    yield "" if sla.exists else "none"
    yield f"for {sla.applies_to}" if sla.applies_to else ""
    yield f"target {sla.target * 100:g} %" if sla.target else ""
    yield f"counted by {sla.definition}" if sla.definition else ""
    yield sla.definition_text or ""
    yield from (f"credit {credit.percent:g} % below {credit.below * 100:g} %" for credit in sla.credits)
    yield f"of {sla.credit_of}" if sla.credit_of else ""
    yield f"excluded: {', '.join(sla.excluded)}" if sla.excluded else ""
    yield f"models like {', '.join(sla.excluded_models)} are left out here" if sla.excluded_models else ""
    yield "repeats without back-off do not count here" if sla.backoff_required else ""
    yield f"claim within {sla.claim_within_days} days" if sla.claim_within_days else ""
    yield f"to {sla.claim_by}" if sla.claim_by else ""


def _status_page(page: StatusPage) -> Iterator[str]:
    yield f"{page.url} ({page.kind})" if page.url else "none that a program can read"


_KINDS: Mapping[type[Fact], tuple[str, Callable[[Any], Iterator[str]]]] = {
    Endpoint: ("endpoint", _endpoint),
    Model: ("model", _model),
    Price: ("price", _price),
    Limit: ("limit", _limit),
    Deadline: ("deadline", _deadline),
    PublishedClaim: ("claim", _claim),
    Statement: ("statement", _statement),
    Sla: ("SLA", _sla),
    StatusPage: ("status page", _status_page),
}

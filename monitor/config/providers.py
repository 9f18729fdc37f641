"""A provider as it is used: what `upheld.toml` says, completed by what the catalogue knows of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from monitor import catalogue
from monitor.catalogue.model import Mode, Price, PublishedClaim, Sla
from monitor.clause_table import AgreementTable
from monitor.config.adapter_options import completed
from monitor.config.official import official_of, past_prices
from monitor.config.sections import ClaimTable, Limits, Provider, ProviderBudget
from monitor.config.worksheet import Amounts
from monitor.judge.facts import Claim, Listed, Official, PastPrice
from monitor.strict import SAME_SIZE
from probes.credentials import Credential, ServiceAccountFile, TokenCommand

SIMULATED = "simulated"
_NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Published:
    """What a catalogue offers for a provider's table; nothing where none is named."""

    adapter: str | None = None
    base_url: str | None = None
    auth: str | None = None
    model: str | None = None
    knows_model: bool = True
    listed: Mapping[str, Price] | None = None
    advised_timeout_s: Mapping[str, float] = field(default_factory=dict)
    limits: Limits = _NO_LIMITS
    limits_source: str | None = None
    limits_seen_on: date | None = None
    tiers: tuple[str, ...] = ()
    claims: tuple[PublishedClaim, ...] = ()
    sla: tuple[Sla, ...] = ()

    @property
    def prices(self) -> Mapping[str, float]:
        """USD per image by size."""
        return {size: price.usd for size, price in (self.listed or {}).items()}


def mode_of(options: object) -> Mode:
    """In which mode images are bought: the options `batch` and `service_tier` have prices of their own."""
    if not isinstance(options, Mapping):
        return "standard"
    if options.get("batch") is True:
        return "batch"
    tier = options.get("service_tier")
    return "flex" if tier == "flex" else "priority" if tier == "priority" else "standard"


def published(
    name: str | None, *, adapter: str | None, model: str | None, tier: str | None, mode: Mode = "standard"
) -> Published:
    """What the catalogue `name` says, for this adapter, model and tier (None: its own first or default one)."""
    if name not in catalogue.names():
        return Published()
    known = catalogue.load(name)
    endpoint = known.endpoint(adapter)
    model = model or known.default_model
    limit = known.limit_of(tier, model or "") if tier else None
    return Published(
        adapter=endpoint.adapter if endpoint else None,
        base_url=endpoint.base_url if endpoint else None,
        auth=endpoint.auth if endpoint else None,
        model=model,
        knows_model=known.canonical(model or "") in {entry.id for entry in known.models},
        listed=known.listed(model, mode) if model else None,
        # a batch has a day, and no advice on how long to wait for an answer
        advised_timeout_s=known.deadlines_of(model) if model and mode != "batch" else {},
        limits=Limits(rpm=limit.per_minute, rpd=limit.rpd, ipm=limit.ipm, tpm=limit.tpm, concurrency=limit.concurrency)
        if limit
        else _NO_LIMITS,
        limits_source=limit.source if limit else None,
        limits_seen_on=limit.seen_on if limit else None,
        tiers=known.tiers(),
        claims=known.claims_of(model or ""),
        sla=known.sla,
    )


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """One provider, complete. `limits` are the advertised ones; `prices` are USD per image by size."""

    name: str
    adapter: str
    base_url: str
    model: str
    auth: str
    api_key_env: str | None
    api_key_file: Path | None
    credential: Credential | None
    ca_file: Path | None
    options: Mapping[str, Any]
    catalogue: str | None
    environment: str
    tags: Mapping[str, str]
    timeout_s: float
    advised_timeout_s: Mapping[str, float]  # by size
    limits: Limits
    limits_source: str | None
    limits_seen_on: date | None
    listed: Mapping[str, Listed]
    past_prices: tuple[PastPrice, ...]
    official: Official | None
    budget: ProviderBudget
    worksheet: Amounts | None
    claims: tuple[Claim, ...]
    published_sla: tuple[Sla, ...]
    own_sla: tuple[AgreementTable, ...]
    knows_model: bool  # false: a catalogue is named that has no facts on this model

    @property
    def is_simulated(self) -> bool:
        """One that we run ourselves: every page says so."""
        return self.environment == SIMULATED

    @property
    def prices(self) -> Mapping[str, float]:
        """USD per image by size."""
        return {size: price.usd for size, price in self.listed.items()}

    @property
    def advertised_rpm(self) -> float | None:
        """Requests per minute as advertised: the limit of the account, else a numeric claim."""
        if self.limits.rpm is not None:
            return self.limits.rpm
        claim = self._rate_claim
        return None if claim is None else float(claim.value)

    @property
    def advertised_source(self) -> str | None:
        """Where that rate was read."""
        if self.limits.rpm is not None:
            return self.limits_source
        return self._rate_claim.source if self._rate_claim else None

    @property
    def advertised_seen_on(self) -> date | None:
        """When that rate was read; None where nobody said."""
        if self.limits.rpm is not None:
            return self.limits_seen_on
        return self._rate_claim.seen_on if self._rate_claim else None

    @property
    def _rate_claim(self) -> Claim | None:
        numeric = (claim for claim in self.claims if claim.metric == "rpm" and _is_number(claim.value))
        return next((claim for claim in numeric if claim.size is None), None)

    def price(self, size: str) -> float | None:
        """USD of one image at `size` (0.5K and 512 are the same); None: not known."""
        return price_in(self.prices, size)


def price_in(prices: Mapping[str, float], size: str) -> float | None:
    """The price of a size under either of its names; None: not known."""
    found = prices.get(size, prices.get(SAME_SIZE.get(size, size)))
    return None if found is None else float(found)


def complete(name: str, table: Provider, context: Mapping[str, Any]) -> ProviderConfig:
    """The provider of this table, after `rules` found nothing missing in it; `context`: where its paths begin."""
    known = published(
        table.catalogue, adapter=table.adapter, model=table.model, tier=table.tier, mode=mode_of(table.options)
    )
    adapter = table.adapter or known.adapter or ""
    credential = credential_of(table)
    own_limit = table.limits.rpm is not None
    return ProviderConfig(
        name=name,
        adapter=adapter,
        base_url=table.base_url or known.base_url or "",
        model=table.model or known.model or "",
        auth="bearer" if credential else table.auth or known.auth or _usual_auth(adapter),
        api_key_env=table.api_key_env,
        api_key_file=table.api_key_file,
        credential=credential,
        ca_file=table.ca_file,
        options=completed(adapter, table.options, context),
        catalogue=table.catalogue,
        environment=table.environment,
        tags=dict(table.tags),
        timeout_s=table.timeout_s,
        advised_timeout_s={**known.advised_timeout_s, **{str(size): s for size, s in table.advised_timeout_s.items()}},
        limits=known.limits.model_copy(update=table.limits.model_dump(exclude_none=True)),
        limits_source="limits in upheld.toml" if own_limit else known.limits_source,
        limits_seen_on=None if own_limit else known.limits_seen_on,
        listed=_listed(table, known),
        past_prices=past_prices(table.catalogue, table.model, set(_own_prices(table))),
        official=official_of(table.catalogue, table.model or known.model),
        budget=table.budget,
        worksheet=table.worksheet,
        claims=(*map(_own_claim, table.claims), *map(_published_claim, known.claims)),
        published_sla=known.sla,
        own_sla=table.sla,
        knows_model=known.knows_model,
    )


def credential_of(table: Provider) -> Credential | None:
    """Where a token that expires comes from; None: the key stays the same, or there is none."""
    if table.token_command is not None:
        return TokenCommand(table.token_command)
    return ServiceAccountFile(str(table.service_account_file)) if table.service_account_file is not None else None


def _usual_auth(adapter: str) -> str:
    return "x-goog-api-key" if adapter in {"gemini", "vertex"} else "bearer"


def _listed(table: Provider, known: Published) -> dict[str, Listed]:
    """By size: the published price, over it that of the own machine, over it what is written as a price."""
    read = {size: Listed(size, price.usd, price.source, price.seen_on) for size, price in (known.listed or {}).items()}
    return {**read, **_own_prices(table)}


def _own_prices(table: Provider) -> dict[str, Listed]:
    """What is written in `upheld.toml`: of the own machine, over it what stands as a price."""
    machine = table.machine.prices if table.machine else {}
    made = {size: Listed(size, usd, "machine in upheld.toml") for size, usd in machine.items()}
    return made | {str(size): Listed(size, usd, "prices in upheld.toml") for size, usd in table.prices.items()}


def _own_claim(claim: ClaimTable) -> Claim:
    return Claim(claim.metric, claim.op, claim.value, claim.definition, claim.source, claim.seen_on, claim.size)


def _published_claim(claim: PublishedClaim) -> Claim:
    """A claim of the catalogue; the source says when it is not the provider's own word."""
    source = claim.source if claim.by == "provider" else f"{claim.source} (a third party's claim)"
    return Claim(claim.metric, claim.op, claim.value, claim.definition, source, claim.seen_on, claim.size, claim.text)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

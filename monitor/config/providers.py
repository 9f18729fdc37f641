"""A provider as it is used: what `upheld.toml` says, completed by what the catalogue knows of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor import catalogue
from monitor.catalogue.model import PublishedClaim
from monitor.config.sections import ClaimTable, Limits, Provider, ProviderBudget
from monitor.judge.facts import Claim
from monitor.strict import SAME_SIZE

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
    prices: Mapping[str, float] | None = None
    limits: Limits = _NO_LIMITS
    limits_source: str | None = None
    tiers: tuple[str, ...] = ()
    claims: tuple[PublishedClaim, ...] = ()


def published(name: str | None, *, adapter: str | None, model: str | None, tier: str | None) -> Published:
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
        prices=known.prices_of(model) if model else None,
        limits=Limits(rpm=limit.per_minute, rpd=limit.rpd, ipm=limit.ipm, tpm=limit.tpm, concurrency=limit.concurrency)
        if limit
        else _NO_LIMITS,
        limits_source=limit.source if limit else None,
        tiers=known.tiers(),
        claims=known.claims_of(model or ""),
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
    catalogue: str | None
    environment: str
    tags: Mapping[str, str]
    timeout_s: float
    limits: Limits
    limits_source: str | None
    prices: Mapping[str, float]
    budget: ProviderBudget
    claims: tuple[Claim, ...]
    knows_model: bool  # false: a catalogue is named that has no facts on this model

    @property
    def is_simulated(self) -> bool:
        """One that we run ourselves: every page says so."""
        return self.environment == SIMULATED

    @property
    def advertised_rpm(self) -> float | None:
        """Requests per minute as advertised: the limit of the account, else a numeric claim."""
        if self.limits.rpm is not None:
            return self.limits.rpm
        return next((float(c.value) for c in self.claims if c.metric == "rpm" and _is_number(c.value)), None)

    @property
    def advertised_source(self) -> str | None:
        """Where that rate was read."""
        if self.limits.rpm is not None:
            return self.limits_source
        return next((claim.source for claim in self.claims if claim.metric == "rpm" and _is_number(claim.value)), None)

    def price(self, size: str) -> float | None:
        """USD of one image at `size` (0.5K and 512 are the same); None: not known."""
        return price_in(self.prices, size)


def price_in(prices: Mapping[str, float], size: str) -> float | None:
    """The price of a size under either of its names; None: not known."""
    found = prices.get(size, prices.get(SAME_SIZE.get(size, size)))
    return None if found is None else float(found)


def complete(name: str, table: Provider) -> ProviderConfig:
    """The provider of this table, after `rules` found nothing missing in it."""
    known = published(table.catalogue, adapter=table.adapter, model=table.model, tier=table.tier)
    adapter = table.adapter or known.adapter or ""
    return ProviderConfig(
        name=name,
        adapter=adapter,
        base_url=table.base_url or known.base_url or "",
        model=table.model or known.model or "",
        auth=table.auth or known.auth or ("x-goog-api-key" if adapter in {"gemini", "vertex"} else "bearer"),
        api_key_env=table.api_key_env,
        api_key_file=table.api_key_file,
        catalogue=table.catalogue,
        environment=table.environment,
        tags=dict(table.tags),
        timeout_s=table.timeout_s,
        limits=known.limits.model_copy(update=table.limits.model_dump(exclude_none=True)),
        limits_source="limits in upheld.toml" if table.limits.rpm is not None else known.limits_source,
        prices={**(known.prices or {}), **{str(size): usd for size, usd in table.prices.items()}},
        budget=table.budget,
        claims=(*map(_own_claim, table.claims), *(_published_claim(claim) for claim in known.claims if not claim.size)),
        knows_model=known.knows_model,
    )


def _own_claim(claim: ClaimTable) -> Claim:
    return Claim(claim.metric, claim.op, claim.value, claim.definition, claim.source, claim.seen_on)


def _published_claim(claim: PublishedClaim) -> Claim:
    """A claim of the catalogue; the source says when it is not the provider's own word."""
    source = claim.source if claim.by == "provider" else f"{claim.source} (a third party's claim)"
    return Claim(claim.metric, claim.op, claim.value, claim.definition, source, claim.seen_on)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

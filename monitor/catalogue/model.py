"""The form of a catalogue file: models, endpoints, prices, limits, claims, SLA and status page of one provider.

Every fact carries where it was read and when. A fact that no longer holds stays, with `superseded_on`: the day on
which something else was read in its place. A fact that others contradict, or that nothing confirms, is `disputed`:
kept, shown, never applied.
"""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import model_validator

from monitor.claim_terms import Definition, Metric, Op, misfits
from monitor.clause_table import Credit
from monitor.strict import (
    LIST,
    Auth,
    BaseUrl,
    ClaimValue,
    Count,
    KnownAdapter,
    Line,
    Lines,
    Link,
    Positive,
    Share,
    Size,
    Sizes,
    Table,
    Usd,
)

By = Literal["provider", "third_party"]
Mode = Literal["standard", "batch", "flex", "priority"]


class Fact(Table):
    """Something published: where it was read, and on which day."""

    source: Line
    seen_on: date
    note: Line | None = None
    superseded_on: date | None = None
    disputed: bool = False

    @property
    def holds(self) -> bool:
        """Nothing newer was read in its place, and it is not contradicted: it may be applied."""
        return self.superseded_on is None and not self.disputed


class Endpoint(Fact):
    """A way to reach the provider. `base_url` is missing where it is the customer's own."""

    adapter: KnownAdapter
    base_url: BaseUrl | None = None
    auth: Auth | None = None


class Model(Fact):
    """A model by its API name, other API names for the same, and what people call it."""

    id: Line
    aliases: Lines = ()
    names: Lines = ()
    sizes: Sizes = ()
    default: bool = False
    deprecated_on: date | None = None


class Price(Fact):
    """USD for one `unit`. Applied to image probes: unit image, the mode in which they ask, no quality named."""

    model: Line
    usd: Usd
    unit: Literal["image", "input_image", "million_input_tokens", "million_output_tokens", "query", "machine_hour"] = (
        "image"
    )
    sizes: Sizes = ()
    mode: Mode = "standard"
    quality: Line | None = None

    @property
    def is_applied(self) -> bool:
        """Whether it prices an image that a probe asks for."""
        return self.holds and self._is_of_images

    @property
    def was_applied(self) -> bool:
        """Whether it priced such an image in the mode that is usual, until something else was read."""
        return not self.holds and not self.disputed and self._is_of_images and self.mode == "standard"

    @property
    def _is_of_images(self) -> bool:
        return self.unit == "image" and self.quality is None


class Limit(Fact):
    """A rate limit of one tier: per minute, per day, at once, or `requests` in any `per_s` seconds."""

    tier: Line
    models: Lines = ()
    rpm: Positive | None = None
    rpd: Positive | None = None
    ipm: Positive | None = None
    tpm: Positive | None = None
    concurrency: Count | None = None
    requests: Count | None = None
    usd: Positive | None = None
    per_s: Positive | None = None

    @property
    def per_minute(self) -> float | None:
        """The advertised requests per minute, also where it is advertised for another window."""
        if self.rpm is not None:
            return self.rpm
        return self.requests * 60 / self.per_s if self.requests and self.per_s else None

    @model_validator(mode="after")
    def _has_a_window(self) -> Self:
        if (self.requests is None and self.usd is None) != (self.per_s is None):
            raise ValueError("requests (or usd) and per_s go together")
        return self


class Deadline(Fact):
    """How long the provider advises to wait for an image, at least."""

    seconds: Positive
    models: Lines = ()
    sizes: Sizes = ()


class PublishedClaim(Fact):
    """A promise that a probe can test. `by`: the provider itself, or somebody about it."""

    metric: Metric
    op: Op
    value: ClaimValue
    definition: Definition | None = None
    size: Size | None = None
    models: Lines = ()
    not_for: Lines = ()  # API names that the promise leaves out, such as previews of the same model
    by: By = "provider"
    text: Line

    @model_validator(mode="after")
    def _fits_its_metric(self) -> Self:
        wrong = misfits(self.metric, self.op, self.value, self.definition)
        if wrong:
            raise ValueError(f"{wrong[0].key}: {wrong[0].reason}")
        return self


class Statement(Fact):
    """A promise that no probe of ours tests, and why not."""

    text: Line
    by: By = "provider"
    why_untested: Line


class Sla(Fact):
    """A service level agreement, or the finding that there is none (`exists = false`)."""

    exists: bool = True
    applies_to: Line | None = None
    target: Share | None = None
    definition: Definition | None = None
    definition_text: Line | None = None
    credit_of: Line | None = None
    claim_by: Line | None = None
    credits: Annotated[tuple[Credit, ...], LIST] = ()
    excluded: Lines = ()  # in words
    excluded_models: Lines = ()  # patterns of the API names that `excluded` leaves out
    backoff_required: bool = False
    claim_within_days: Count | None = None


class StatusPage(Fact):
    """What the provider declares about itself, and in which format."""

    url: Link | None = None
    kind: Literal["statuspage", "google_cloud", "none"] = "none"


class Catalogue(Table):
    """Everything published by one provider that a measurement can be held against."""

    title: Line
    homepage: Link | None = None
    official: bool = False  # it makes the models that it sells: what others ask for them is held against its prices
    measurable: bool = True
    why_not_measurable: Line | None = None
    endpoints: Annotated[tuple[Endpoint, ...], LIST] = ()
    models: Annotated[tuple[Model, ...], LIST] = ()
    prices: Annotated[tuple[Price, ...], LIST] = ()
    limits: Annotated[tuple[Limit, ...], LIST] = ()
    deadlines: Annotated[tuple[Deadline, ...], LIST] = ()
    claims: Annotated[tuple[PublishedClaim, ...], LIST] = ()
    statements: Annotated[tuple[Statement, ...], LIST] = ()
    sla: Annotated[tuple[Sla, ...], LIST] = ()
    status_page: StatusPage | None = None

    @property
    def facts(self) -> Iterator[Fact]:
        """Every dated fact, superseded and disputed ones too."""
        yield from (
            *self.endpoints,
            *self.models,
            *self.prices,
            *self.limits,
            *self.deadlines,
            *self.claims,
            *self.statements,
            *self.sla,
        )
        if self.status_page is not None:
            yield self.status_page

    @property
    def default_model(self) -> str | None:
        """The API name of the model that is meant where none is named."""
        return next((model.id for model in self.models if model.default), None)

    def canonical(self, name: str) -> str:
        """The name under which the facts of a model are kept, from any of its API names; an unknown one is its own."""
        return next((model.id for model in self.models if name == model.id or name in model.aliases), name)

    def endpoint(self, adapter: str | None) -> Endpoint | None:
        """The endpoint for this adapter; the first one where none is named."""
        fit = (end for end in self.endpoints if end.holds and adapter in {None, end.adapter})
        return next(fit, None)

    def listed(self, model: str, mode: Mode = "standard") -> dict[str, Price]:
        """By size, the price of one image in this mode that holds now; empty: none, or only by quality."""
        name = self.canonical(model)
        fit = (p for p in self.prices if p.is_applied and p.model == name and p.mode == mode)
        return {size: price for price in fit for size in price.sizes}

    def prices_of(self, model: str, mode: Mode = "standard") -> dict[str, float]:
        """USD per image by size, as published now."""
        return {size: price.usd for size, price in self.listed(model, mode).items()}

    def limit_of(self, tier: str, model: str) -> Limit | None:
        """The limits of this tier for a model; those of all models where it has none of its own."""
        name = self.canonical(model)
        fit = [limit for limit in self.limits if limit.holds and limit.tier == tier]
        own = (limit for limit in fit if name in limit.models)
        return next(own, next((limit for limit in fit if not limit.models), None))

    def deadlines_of(self, model: str) -> dict[str, float]:
        """By size, the seconds that the provider advises to wait at least; sizes without advice are left out."""
        name = self.canonical(model)
        fit = (each for each in self.deadlines if each.holds and (not each.models or name in each.models))
        return {size: each.seconds for each in fit for size in each.sizes}

    def tiers(self) -> tuple[str, ...]:
        """Names of the tiers with a limit that holds."""
        return tuple(dict.fromkeys(limit.tier for limit in self.limits if limit.holds))

    def claims_of(self, model: str) -> tuple[PublishedClaim, ...]:
        """The claims that hold for a model."""
        name = self.canonical(model)
        fit = (claim for claim in self.claims if claim.holds and model not in claim.not_for)
        return tuple(claim for claim in fit if not claim.models or name in claim.models)

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        problem = next(_inconsistencies(self), None)
        if problem:
            raise ValueError(problem)
        return self


def _inconsistencies(catalogue: Catalogue) -> Iterator[str]:
    """What contradicts itself inside one file: such a file is never shipped."""
    known = [name for model in catalogue.models for name in (model.id, *model.aliases)]
    yield from (f"model {name!r} is named twice" for name in sorted(set(known)) if known.count(name) > 1)
    ids = {model.id for model in catalogue.models}
    used = [price.model for price in catalogue.prices]
    used += [name for limit in catalogue.limits for name in limit.models]
    used += [name for claim in catalogue.claims for name in claim.models]
    used += [name for deadline in catalogue.deadlines for name in deadline.models]
    yield from (f"model {name!r} has facts, but is not among the models" for name in used if name not in ids)
    if sum(model.default for model in catalogue.models) > 1:
        yield "more than one model is the default"
    seen: set[tuple[str, str, str]] = set()
    for price in catalogue.prices:
        for size in price.sizes if price.is_applied else ():
            if (price.model, price.mode, size) in seen:
                yield f"two prices hold for one image of {price.model} at {size}"
            seen.add((price.model, price.mode, size))
    if catalogue.measurable == bool(catalogue.why_not_measurable):
        yield "why_not_measurable is for providers that are not measurable, and only for them"

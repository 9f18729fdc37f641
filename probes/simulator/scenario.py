"""The scenario file as data: how each simulated provider behaves. Every key is described in `docs/simulator.md`."""

from collections.abc import Mapping
from datetime import datetime
from math import exp
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from probes.simulator.faults import Fault
from probes.simulator.png import Colour, most
from probes.simulator.sizes import EXTREME_RATIOS, RATIOS, Size, pixels

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
Text = Annotated[str, Field(min_length=1)]
Auth = Literal["x-goog-api-key", "bearer", "query"]


class Table(BaseModel):
    """A table of the file: strict, frozen, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Spread(Table):
    """A lognormal duration."""

    median_s: Positive
    sigma: NotNegative = 0.0

    def seconds(self, z: float) -> float:
        """The duration at the standard normal value `z`."""
        return self.median_s * exp(self.sigma * z)


class Latency(Table):
    """How long things take. The keys of `sizes` are the sizes that the provider makes."""

    sizes: dict[Size, Spread] = Field(min_length=1)
    control: Spread = Spread(median_s=0.08, sigma=0.25)
    network_s: NotNegative = 0.0
    download_share: Annotated[float, Field(ge=0, le=0.95)] = 0.1


class LimitRules(Table):
    """What a project may do, and what its provider says of it."""

    kind: Literal["token_bucket", "fixed_window"] = "token_bucket"
    rpm: Annotated[float, Field(ge=1, allow_inf_nan=False)] | None = None
    burst: Count | None = None
    rpd: Count | None = None
    concurrency: Count | None = None
    advertised_rpm: Positive | None = None
    detailed_share: Share = 1.0
    retry_hint: Literal["honest", "short", "none"] = "honest"

    @field_validator("burst")
    @classmethod
    def _burst_belongs_to_a_bucket(cls, burst: int | None, info: ValidationInfo) -> int | None:
        if burst is not None and info.data.get("kind") == "fixed_window":
            raise ValueError("a fixed_window has no burst; leave burst out or use kind token_bucket")
        if burst is not None and info.data.get("rpm", burst) is None:  # absent if it is wrong itself
            raise ValueError("burst needs rpm, the rate at which the bucket refills")
        return burst


class Faults(Table):
    """The share of admitted image requests that meets each fault; all together at most 1 (`relations` holds it)."""

    overloaded: Share = 0.0
    no_capacity: Share = 0.0
    internal: Share = 0.0
    deadline: Share = 0.0
    html_502: Share = 0.0
    no_image: Share = 0.0
    blocked: Share = 0.0
    image_safety: Share = 0.0
    text_only: Share = 0.0
    wrong_tier: Share = 0.0
    truncated: Share = 0.0
    reset: Share = 0.0
    hang: Share = 0.0

    def rates(self) -> Mapping[Fault, float]:
        """Those above 0, in the order of this class."""
        return {Fault(name): share for name in type(self).model_fields if (share := getattr(self, name)) > 0}


class Outage(Table):
    """A span in which the provider answers nothing as it should, to any request.

    Either `offset_s` and `duration_s` are given, or `from_share` and `to_share` (`relations` holds it).
    """

    kind: Literal["unavailable", "reset", "hang"] = "unavailable"
    offset_s: NotNegative | None = None
    duration_s: Positive | None = None
    from_share: Share | None = None
    to_share: Share | None = None

    def span_s(self, whole_s: float | None) -> tuple[float, float]:
        """Begin and end in seconds from the scenario's start; the end is not part of it."""
        if self.offset_s is not None and self.duration_s is not None:
            return self.offset_s, self.offset_s + self.duration_s
        assert whole_s is not None  # noqa: S101 - `relations` refuses shares without a span
        return (self.from_share or 0.0) * whole_s, (self.to_share or 0.0) * whole_s


class Provider(Table):
    """One simulated provider."""

    format: Text
    models: list[Text] = Field(min_length=1)
    projects: dict[Name, Annotated[list[Text], Field(min_length=1)]] = Field(min_length=1)
    latency: Latency
    auth: Annotated[list[Auth], Field(min_length=1)] | None = None
    thoughts: bool = False
    extreme_ratios: bool = False
    colour: Colour = "rgb"
    answer_bytes: dict[Size, Count] = Field(default_factory=dict)
    tokens: dict[Size, Count] = Field(default_factory=dict)
    url_ttl_s: Positive = 3600.0
    bills_without_image: bool = False
    bills_abandoned: bool = True
    limits: LimitRules = LimitRules()
    faults: Faults = Faults()
    outages: list[Outage] = Field(default_factory=list)

    @field_validator("projects")
    @classmethod
    def _a_key_belongs_to_one_project(cls, projects: dict[str, list[str]]) -> dict[str, list[str]]:
        keys = [key for of_project in projects.values() for key in of_project]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(f"a key belongs to one project, once; given twice: {', '.join(twice)}")
        return projects

    @field_validator("answer_bytes", "tokens")
    @classmethod
    def _of_sizes_that_are_made(cls, value: dict[Size, int], info: ValidationInfo) -> dict[Size, int]:
        latency = info.data.get("latency")  # absent if it is wrong itself
        if latency and (unknown := [size for size in value if size not in latency.sizes]):
            raise ValueError(f"{', '.join(unknown)} is not among the sizes of latency.sizes")
        return value

    @field_validator("answer_bytes")
    @classmethod
    def _fits_into_a_picture(cls, value: dict[Size, int], info: ValidationInfo) -> dict[Size, int]:
        for size, weight in value.items():
            room = _room(size, info.data.get("colour", "rgb"))
            if weight > room:
                raise ValueError(f'"{size}" can weigh at most {room}, not {weight}')
        return value

    def project_of(self, key: str) -> str | None:
        """The project that this key belongs to."""
        return next((name for name, keys in self.projects.items() if key in keys), None)

    @property
    def ratios(self) -> tuple[str, ...]:
        """The aspect ratios that it makes."""
        return RATIOS + EXTREME_RATIOS if self.extreme_ratios else RATIOS


def _room(size: Size, colour: Colour) -> int:
    """The heaviest answer that every ratio of a tier has room for, base64 included."""
    return min(most(*pixels(size, ratio), colour) for ratio in RATIOS) * 4 // 3


class Scenario(Table):
    """A whole file."""

    seed: int = 1
    span_s: Positive | None = None
    starts_at: AwareDatetime | None = None
    providers: dict[Name, Provider] = Field(min_length=1)

    def starting(self, at: datetime | None, span_s: float | None) -> "Scenario":
        """The same with another start or span, where given (by the command line)."""
        changes: dict[str, Any] = {"starts_at": at, "span_s": span_s}
        return self.model_copy(update={key: value for key, value in changes.items() if value is not None})

"""The scenario file as data: how each simulated provider behaves. Every key is described in `docs/simulator.md`."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, ValidationInfo, field_validator

from probes.simulator.png import Colour, most
from probes.simulator.sizes import EXTREME_RATIOS, RATIOS, Size, pixels
from probes.simulator.tables import (
    Count,
    Degraded,
    Incident,
    Latency,
    LimitRules,
    Name,
    NotNegative,
    Outage,
    Overload,
    Positive,
    Rates,
    StatusPage,
    Table,
    Text,
)

Auth = Literal["x-goog-api-key", "bearer", "query", "basic", "none"]


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
    output: Literal["png", "jpeg"] = "png"
    answer_bytes: dict[Size, Count] = Field(default_factory=dict)
    tokens: dict[Size, Count] = Field(default_factory=dict)
    usd_per_image: dict[Size, NotNegative] = Field(default_factory=dict)
    url_ttl_s: Positive = 3600.0
    by_url: bool = False
    chat_shape: Literal["markdown", "markdown_url", "images", "parts"] = "markdown"
    errors: Literal["own", "gateway"] = "own"
    door: Literal["http", "https"] | None = None
    keep_alive: bool = True
    clock_ahead_s: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    token_life_s: Positive = 3600.0
    bills_without_image: bool = False
    bills_abandoned: bool = True
    limits: LimitRules = LimitRules()
    faults: Rates = Field(default_factory=dict)
    outages: list[Outage] = Field(default_factory=list)
    degraded: list[Degraded] = Field(default_factory=list)
    overload: Overload | None = None
    status_page: StatusPage = StatusPage()

    @field_validator("projects")
    @classmethod
    def _a_key_belongs_to_one_project(cls, projects: dict[str, list[str]]) -> dict[str, list[str]]:
        keys = [key for of_project in projects.values() for key in of_project]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise ValueError(f"a key belongs to one project, once; given twice: {', '.join(twice)}")
        return projects

    @field_validator("answer_bytes", "tokens", "usd_per_image")
    @classmethod
    def _of_sizes_that_are_made(cls, value: dict[Size, float], info: ValidationInfo) -> dict[Size, float]:
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
    incidents: list[Incident] = Field(default_factory=list)
    providers: dict[Name, Provider] = Field(min_length=1)

    def starting(self, at: datetime | None, span_s: float | None) -> "Scenario":
        """The same with another start or span, where given (by the command line)."""
        changes: dict[str, Any] = {"starts_at": at, "span_s": span_s}
        return self.model_copy(update={key: value for key, value in changes.items() if value is not None})

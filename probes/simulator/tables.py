"""The tables of a scenario file: how time, limits, faults and outages go. All described in `docs/simulator.md`."""

import difflib
from math import exp
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from probes.simulator.faults import BY_NAME, Fault
from probes.simulator.sizes import Size

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1)]
Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]


def _known(name: object) -> object:
    """A fault by its name; pydantic's own sentence would list all of them."""
    if not isinstance(name, str):
        return name
    if name in BY_NAME:
        return BY_NAME[name]
    near = difflib.get_close_matches(name, list(BY_NAME), 1)
    known = f"nearest known: {near[0]}" if near else "GET /_sim/faults and docs/simulator.md list them"
    raise ValueError(f"no fault {name!r}; {known}")


FaultName = Annotated[Fault, BeforeValidator(_known)]
Rates = dict[FaultName, Share]


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
    queue_share: Annotated[float, Field(ge=0, le=0.95)] = 0.2
    batch: Spread = Spread(median_s=120.0, sigma=0.3)


class LimitRules(Table):
    """What a project may do, and what its provider says of it."""

    kind: Literal["token_bucket", "fixed_window", "sliding_log"] = "token_bucket"
    rpm: Annotated[float, Field(ge=1, allow_inf_nan=False)] | None = None
    burst: Count | None = None
    window_s: Positive = 60.0
    tpm: Positive | None = None
    ipm: Annotated[float, Field(ge=1, allow_inf_nan=False)] | None = None
    rpd: Count | None = None
    spend_usd: Positive | None = None
    spend_window_s: Positive = 600.0
    concurrency: Count | None = None
    per: Literal["project", "key"] = "project"
    by_model: bool = False
    advertised_rpm: Positive | None = None
    detailed_share: Share = 1.0
    retry_hint: Literal["honest", "short", "none"] = "honest"

    @field_validator("burst")
    @classmethod
    def _burst_belongs_to_a_bucket(cls, burst: int | None, info: ValidationInfo) -> int | None:
        kind = info.data.get("kind")
        if burst is not None and kind in ("fixed_window", "sliding_log"):
            raise ValueError(f"a {kind} has no burst; leave burst out or use kind token_bucket")
        if burst is not None and info.data.get("rpm", burst) is None:  # absent if it is wrong itself
            raise ValueError("burst needs rpm, the rate at which the bucket refills")
        return burst

    @field_validator("window_s")
    @classmethod
    def _a_window_belongs_to_a_window(cls, window_s: float, info: ValidationInfo) -> float:
        if window_s != 60 and info.data.get("kind") == "token_bucket":
            raise ValueError("a token_bucket has no window; leave window_s out or use fixed_window or sliding_log")
        return window_s


class Within(Table):
    """A span of time: `offset_s` and `duration_s`, or `from_share` and `to_share` (`relations` holds it)."""

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


class Outage(Within):
    """A span in which requests meet one fault, whatever they ask for."""

    kind: FaultName = Fault.UNAVAILABLE
    share: Share = 1.0
    of: Literal["everything", "images"] = "everything"


class Incident(Outage):
    """The same for several providers at once."""

    providers: list[Name] = Field(min_length=1)


class Degraded(Within):
    """A span in which everything is slower and faults are more frequent."""

    slower: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1.0
    faults: Rates = Field(default_factory=dict)


class Overload(Table):
    """Spells of overload that come and go by chance: `normal_s` and `degraded_s` are mean durations."""

    normal_s: Positive
    degraded_s: Positive
    slower: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1.0
    faults: Rates = Field(default_factory=dict)


class StatusPage(Table):
    """What the provider's own status page makes of its outages."""

    lag_s: NotNegative = 600.0
    recovery_lag_s: NotNegative = 600.0
    omits: Share = 0.0
    shortest_s: NotNegative = 0.0
    component: Text = "Images API"

"""`[worksheet]`: what an image costs you beside its price, for the total cost of each provider."""

from typing import Annotated, Any

from pydantic import Field

from monitor.judge.facts import Worksheet
from monitor.strict import Positive, Table, Usd

Hours = Annotated[float, Field(ge=0)]


class Amounts(Table):
    """All but the volume: of all providers, and again in the table of one, where it wins."""

    months: Positive | None = Field(default=None, description="months over which integration is spread; 12 if not said")
    integration_hours: Hours | None = Field(default=None, description="hours of work to integrate a provider, once")
    usd_per_hour: Usd | None = Field(default=None, description="what such an hour costs, USD")
    monitoring_usd_per_month: Usd | None = Field(default=None, description="watching it, probes included, USD a month")
    support_usd_per_month: Usd | None = Field(default=None, description="support that you buy or give, USD a month")
    subscription_usd_per_month: Usd | None = Field(default=None, description="fixed fee beside the images, USD a month")
    minimum_usd_per_month: Usd | None = Field(
        default=None, description="least that is billed a month; what images do not use up is a cost"
    )
    storage_usd_per_image: Usd | None = Field(default=None, description="keeping and sending on one image, USD")
    usd_per_minute_waiting: Usd | None = Field(default=None, description="what a minute of waiting for an image costs")
    usd_per_hour_down: Usd | None = Field(default=None, description="what an hour without the provider costs")


class WorksheetTable(Amounts):
    """What an image costs you beside its price; amounts of a month are spread over the images of a month."""

    images_per_month: Positive = Field(description="usable images that you need in a month", examples=["50000"])


def worksheet_of(common: WorksheetTable | None, own: Amounts | None) -> Worksheet | None:
    """What holds for one provider; None where no `[worksheet]` says for how many images."""
    if common is None:
        return None
    said: dict[str, Any] = common.model_dump(exclude_none=True)
    return Worksheet(**said | (own.model_dump(exclude_none=True) if own else {}))

"""What the options of every adapter have in common: strict, closed, frozen."""

from pydantic import BaseModel, ConfigDict


class AdapterOptions(BaseModel):
    """`[providers.NAME.options]`: an unknown key, or a value of the wrong type, is a fault of the configuration."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

"""What the configuration says to the service. Pure."""

from monitor.budget import Caps, Limits
from monitor.config import Config


def limits_of(config: Config) -> Limits:
    """The configured caps."""
    providers = {
        name: Caps(own.usd_per_day, own.usd_per_month, own.usd_per_minute, own.usd_per_run)
        for name, own in ((provider.name, provider.budget) for provider in config.providers.values())
    }
    all_ = config.budget
    return Limits(Caps(all_.usd_per_day, all_.usd_per_month, all_.usd_per_minute, all_.usd_per_run), providers)

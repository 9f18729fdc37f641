"""What the configuration says to the service. Pure."""

from collections.abc import Iterator

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


def not_acted_on(config: Config) -> Iterator[str]:
    """A sentence for all that is configured and that this version does not do."""
    if config.probes.recovery is not None:
        yield "[probes.recovery]: accepted, but this version does not act on it"

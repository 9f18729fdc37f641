"""What the configuration says to the service. Pure."""

from collections.abc import Iterator

from monitor.budget import Caps, Limits
from monitor.config import Config


def limits_of(config: Config) -> Limits:
    """The configured caps."""
    providers = {
        name: Caps(provider.budget.usd_per_day, provider.budget.usd_per_month)
        for name, provider in config.providers.items()
    }
    return Limits(Caps(config.budget.usd_per_day, config.budget.usd_per_month), providers)


def not_acted_on(config: Config) -> Iterator[str]:
    """A sentence for all that is configured and that this version does not do."""
    sections = []
    if config.probes.recovery is not None:
        sections.append("[probes.recovery]")
    if config.alerts:
        sections.append("[[alerts]]")
    if sections:
        yield f"{' and '.join(sections)}: accepted, but this version does not act on it"

"""What a probe is told of a configured provider."""

from monitor.config.providers import ProviderConfig
from monitor.strict import SIZES
from probes.model import Secret, Target


def target_of(provider: ProviderConfig, key: Secret) -> Target:
    """Where to ask, with which key, at what price; prices under both names of a size."""
    prices: dict[str, float] = {size: price for size in SIZES if (price := provider.price(size)) is not None}
    return Target(
        provider=provider.name,
        adapter=provider.adapter,
        base_url=provider.base_url,
        model=provider.model,
        auth=provider.auth,
        key=key,
        timeout_s=provider.timeout_s,
        advised_timeout_s=provider.advised_timeout_s,
        usd_per_image=prices,
        advertised_rpm=provider.advertised_rpm,
        concurrency=provider.limits.concurrency,
        tags=provider.tags,
        options=provider.options,
        credential=provider.credential,
    )

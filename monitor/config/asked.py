"""How each provider is probed: the tables of `upheld.toml` -> what the pages say of it. Pure."""

from collections.abc import Iterator

from monitor.config.providers import ProviderConfig
from monitor.config.sections import Budget, Burst, Endurance, Probes, ProviderBudget
from monitor.judge.settings import Caps, ProbeSettings, Settings


def settings_of(provider: ProviderConfig, probes: Probes, budget: Budget) -> Settings:
    """The kinds of probes that it gets, with its deadlines and caps."""
    return Settings(
        adapter=provider.adapter,
        environment=provider.environment,
        timeout_s=provider.timeout_s,
        advised_timeout_s=dict(provider.advised_timeout_s),
        probes=tuple(_probes(provider, probes)),
        caps=_caps(provider.budget),
        caps_of_all=_caps(budget),
    )


def _caps(table: Budget | ProviderBudget) -> Caps:
    return Caps(table.usd_per_day, table.usd_per_month, table.usd_per_minute, table.usd_per_run)


def _probes(provider: ProviderConfig, probes: Probes) -> Iterator[ProbeSettings]:
    if (reach := probes.reach) is not None:
        yield ProbeSettings("reach", reach.every, reach.cron)
    if (baseline := probes.baseline) is not None:
        yield ProbeSettings(
            "baseline", baseline.every, baseline.cron, blocks=baseline.blocks, aspect_ratio=baseline.aspect_ratio
        )
    if probes.burst is not None:
        yield _burst(probes.burst)
    if probes.endurance is not None and provider.advertised_rpm is not None:
        yield _endurance(probes.endurance, provider.advertised_rpm)
    if (recovery := probes.recovery) is not None:
        yield ProbeSettings(
            "recovery",
            recovery.every,
            blocks=(recovery.size,),
            aspect_ratio=recovery.aspect_ratio,
            most_usd=recovery.max_usd_per_incident,
        )


def _burst(table: Burst) -> ProbeSettings:
    return ProbeSettings(
        "burst",
        table.every,
        table.cron,
        blocks=(table.size,),
        images=table.max_images,
        at_once=table.concurrency,
        saturates=table.saturate,
        aspect_ratio=table.aspect_ratio,
    )


def _endurance(table: Endurance, advertised_rpm: float) -> ProbeSettings:
    """A share of what is advertised; without that there is no such run."""
    return ProbeSettings(
        "endurance",
        table.every,
        table.cron,
        blocks=(table.size,),
        rpm=table.share_of_limit * advertised_rpm,
        lasts=table.duration,
        aspect_ratio=table.aspect_ratio,
        most_usd=table.max_usd,
    )

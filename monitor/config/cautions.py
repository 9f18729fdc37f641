"""What is no fault of a configuration and still worth knowing, one sentence each."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from monitor.config.providers import ProviderConfig
from monitor.config.targets import target_of
from monitor.judge.policy import SURVIVE_S
from probes import providers
from probes.model import Answer, Ask, Secret

if TYPE_CHECKING:
    from monitor.config.model import Config


def of(config: "Config") -> tuple[str, ...]:
    """All of them: of the whole, then of each provider."""
    own = (note for provider in config.providers.values() for note in _of_provider(config, provider))
    return (*_of_all(config), *own)


def _of_all(config: "Config") -> Iterator[str]:
    for name, why in config.not_measurable.items():
        yield f"{name}: not measurable: {why}; it gets no probes, and a row in the comparison that says so"
    if not config.providers:
        yield "no provider is configured: nothing will be measured"
    if not any(getattr(config.probes, name) for name in type(config.probes).model_fields):
        yield "no probe is configured: nothing will be measured; add [probes.reach] and [probes.baseline]"
    if not config.judge.policy.is_default:
        yield "judge: not the defaults, so how often verdicts are wrong with these values was never simulated"
    if config.judge.policy.survive_s < SURVIVE_S:
        yield "judge.unseen_outage: with less than 2h true promises are confirmed too often where outages last 2 h"
    simulated = [provider.name for provider in config.providers.values() if provider.is_simulated]
    if simulated and len(simulated) < len(config.providers):
        names = ", ".join(simulated)
        yield f"every page will say simulated, because {names} is; keep simulated providers in a file of their own"


def _of_provider(config: "Config", provider: ProviderConfig) -> Iterator[str]:
    if not provider.knows_model:
        yield f"{provider.name}: the catalogue {provider.catalogue!r} has no facts on model {provider.model!r}"
    if hasty := {size: s for size, s in provider.advised_timeout_s.items() if s > provider.timeout_s}:
        advised = ", ".join(f"{seconds:g} s at {size}" for size, seconds in hasty.items())
        short = f"timeout_s = {provider.timeout_s:g} is shorter than the provider advises ({advised})"
        yield f"{provider.name}: {short}; timeouts before that are laid at our own door"
    if config.probes.endurance and provider.advertised_rpm is None:
        yield f"{provider.name}: probes.endurance leaves it out: no limits.rpm, so there is no share of it to send"
    yield from _unaskable(config, provider)


def _unaskable(config: "Config", provider: ProviderConfig) -> Iterator[str]:
    """Sizes that probes will ask for and that the provider's model has no way to be asked for."""
    target = target_of(provider, Secret(""))
    adapter = providers.load(provider.adapter)
    for probe, ask in dict.fromkeys(_asks(config)):
        step = adapter.step(target, ask, ())
        if isinstance(step, Answer):
            yield f"{provider.name}: probes.{probe} will get no image of it: {step.text}"


def _asks(config: "Config") -> Iterator[tuple[str, Ask]]:
    probes = config.probes
    if probes.baseline:
        for size in probes.baseline.sizes:
            yield "baseline", Ask(size, probes.baseline.aspect_ratio)
    for name, probe in (("burst", probes.burst), ("endurance", probes.endurance), ("recovery", probes.recovery)):
        if probe:
            yield name, Ask(probe.size, probe.aspect_ratio)

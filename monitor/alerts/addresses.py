"""The addresses that `[[alerts]]` names: which are wrong, and which channels they make."""

from collections.abc import Mapping

from monitor.alerts.channel import fault_of
from monitor.alerts.desk import Channel
from monitor.config import Config, ConfigFault


def faults(config: Config, environ: Mapping[str, str]) -> tuple[ConfigFault, ...]:
    """What is wrong with the addresses of `[[alerts]]`, one sentence each."""
    found = (
        ConfigFault(config.file, f"alerts[{number}].url_env", f"environment variable {alert.url_env} {why}")
        for number, alert in enumerate(config.alerts)
        if (why := fault_of(environ.get(alert.url_env))) is not None
    )
    return tuple(found)


def channels(config: Config) -> list[Channel]:
    """One for each address; of two tables with the same one, all that either wants."""
    wanted: dict[str, frozenset[str]] = {}
    for alert in config.alerts:
        wanted[alert.url_env] = wanted.get(alert.url_env, frozenset()) | set(alert.on)
    return [Channel(name, on) for name, on in wanted.items()]

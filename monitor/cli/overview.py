"""What a configuration amounts to: rows for people and data for machines, for `upheld check`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from monitor.cli.published import stale_notes
from monitor.config import Config, ConfigFault, ProviderConfig, location_of
from monitor.duration import write
from monitor.judge.result import to_json
from monitor.slots import schedule_of

if TYPE_CHECKING:
    from monitor.online import Reached  # it brings the HTTP client


def notes(config: Config, now: datetime) -> list[str]:
    """What is worth knowing and no fault."""
    return [*config.notes(), *stale_notes(config, now.date())]


def key_source(provider: ProviderConfig) -> str:
    """Where the key comes from; never the key."""
    if provider.api_key_env is not None:
        return f"env {provider.api_key_env}"
    if provider.credential is not None:
        return str(provider.credential)
    return f"file {provider.api_key_file}" if provider.api_key_file is not None else "none needed"


def many(count: int, noun: str) -> str:
    """`1 provider`, `2 providers`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def provider_row(provider: ProviderConfig, fault: ConfigFault | None) -> list[str]:
    """Name, adapter, model, key, what is advertised, prices."""
    state = "[red]missing[/red]" if fault else "[green]there[/green]"
    source = key_source(provider)
    limits = provider.limits
    advertised = [f"{provider.advertised_rpm:g} rpm"] if provider.advertised_rpm is not None else []
    advertised += [f"{limits.rpd:g} rpd"] if limits.rpd else []
    advertised += [f"{limits.concurrency} at once"] if limits.concurrency else []
    return [
        f"{provider.name}{' (simulated)' if provider.is_simulated else ''}",
        provider.adapter,
        escape(provider.model),
        source if source == "none needed" else f"{state} ({escape(source)})",
        ", ".join(advertised) or "no limit named",
        prices(provider.prices),
    ]


def prices(by_size: Mapping[str, float]) -> str:
    """`0.058 at 1K, 2K; 0.24 at 4K`: sizes of one price together."""
    sizes: dict[float, list[str]] = {}
    for size, usd in by_size.items():
        sizes.setdefault(usd, []).append(size)
    return "; ".join(f"{usd:g} at {', '.join(names)}" for usd, names in sizes.items()) or "not known"


@dataclass(frozen=True, slots=True)
class Planned:
    """Something that comes by itself. `at`: its next time, UTC; None where that is not known."""

    what: str
    when: str
    at: datetime | None
    does: str


def schedule(config: Config, now: datetime) -> list[Planned]:
    """What will run, and when next after `now`."""
    planned = [_probe(config, probe, does, now) for probe, does in deeds(config).items()]
    planned.append(Planned("site", f"every {write(config.report.every)}", None, f"{config.service.data_dir}/site"))
    planned += [
        Planned("alerts", "at once", None, f"{', '.join(alert.on)} to the address in {alert.url_env}")
        for alert in config.alerts
    ]
    if config.mail is not None:
        when = f"{config.mail.when} {config.service.timezone}"
        planned.append(Planned("mail", when, None, f"to {', '.join(config.mail.to)}"))
    return planned


def _probe(config: Config, probe: str, does: str, now: datetime) -> Planned:
    table = getattr(config.probes, probe)
    when = f"every {write(table.every)}" if table.every else str(table.cron)
    if probe == "recovery":
        return Planned(probe, f"{when} in an incident", None, does)
    slots = schedule_of(location_of(config), probe, every=table.every, cron=table.cron)
    return Planned(probe, when, slots.next_after(now), does)


def schedule_row(item: Planned) -> list[str]:
    """What, when, next, what it does."""
    upcoming = f"{item.at:%a %Y-%m-%d %H:%M:%S}" if item.at else "-"
    return [escape(cell) for cell in (item.what, item.when, upcoming, item.does)]


def deeds(config: Config) -> dict[str, str]:
    """What each configured probe does, in words."""
    probes, said, names = config.probes, {}, tuple(config.providers)
    each = names[0] if len(names) == 1 else f"each of {len(names)} providers"
    if probes.reach:
        said["reach"] = f"a free call to {each}"
    if table := probes.baseline:
        images = many(len(table.blocks), "image")
        together = ", side by side" if len(names) > 1 else ""
        said["baseline"] = f"{images} ({', '.join(table.sizes)}; {table.aspect_ratio}) from {each}{together}"
    if burst := probes.burst:
        how = "until its limit is known" if burst.saturate else f"{burst.concurrency} at once"
        said["burst"] = f"up to {many(burst.max_images, 'image')} ({burst.size}) from {each}, {how}"
    if steady := probes.endurance:
        share = f"{steady.share_of_limit:.0%} of the advertised rate for {write(steady.duration)}"
        said["endurance"] = f"{share}, up to ${steady.max_usd:.2f} at {each}"
    if probes.recovery:
        said["recovery"] = f"until it is over, up to ${probes.recovery.max_usd_per_incident:.2f}"
    return said


def answer_row(answer: "Reached") -> list[str]:
    """Provider, what it answers, HTTP status, ms."""
    mark = "[green]✓[/green]" if answer.ok else "[red]✗[/red]"
    duration = "" if answer.total_ms is None else f"{answer.total_ms:.0f}"
    return [answer.provider, f"{mark} {escape(answer.says)}", str(answer.status or ""), duration]


def as_data(
    config: Config, keys: Mapping[str, ConfigFault | None], reached: "Mapping[str, Reached]", now: datetime
) -> dict[str, Any]:
    """What `--json` prints beside `ok` and `faults`."""
    return {
        "file": config.file,
        "location": location_of(config),
        "simulated": any(provider.is_simulated for provider in config.providers.values()),
        "budget": config.budget.model_dump(),
        "providers": {
            name: _provider_data(provider, keys[name]) | _online_data(reached.get(name))
            for name, provider in config.providers.items()
        },
        "schedule": [
            {"what": item.what, "when": item.when, "next": item.at and to_json(item.at), "does": item.does}
            for item in schedule(config, now)
        ],
        "not_measurable": dict(config.not_measurable),
        "notes": notes(config, now),
    }


def _provider_data(provider: ProviderConfig, fault: ConfigFault | None) -> dict[str, Any]:
    return {
        "adapter": provider.adapter,
        "base_url": provider.base_url,
        "model": provider.model,
        "environment": provider.environment,
        "key": {"source": key_source(provider), "present": fault is None},
        "advertised_rpm": provider.advertised_rpm,
        "limits": provider.limits.model_dump(exclude_none=True),
        "usd_per_image": dict(provider.prices),
        "claims": len(provider.claims),
    }


def _online_data(answer: "Reached | None") -> dict[str, Any]:
    if answer is None:
        return {}
    parts = ("ok", "outcome", "status", "total_ms", "says")
    return {"online": {part: getattr(answer, part) for part in parts}}

"""Serve the simulated providers on loopback."""

import asyncio
import json
import signal
from typing import Any

import click

from monitor.cli.common import example, json_option, note, print_json
from probes.clock import RealClock
from probes.simulator import formats
from probes.simulator.loading import load, named
from probes.simulator.scenario import Provider, Scenario
from probes.simulator.server import FAULTS_PATH, LEDGER_PATH, Listening, serving

DEFAULT_PORT = 8787


@click.command(epilog=example("upheld simulate", "upheld simulate --port 9000 --scenario my-providers.toml"))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    help="Where to listen on 127.0.0.1; 0 takes a free port.",
)
@click.option(
    "--scenario",
    "path",
    default="default",
    metavar="FILE",
    help="How the providers behave (docs/simulator.md), or one that is shipped: default (two that behave well), "
    "catalogue (one for each provider of the catalogue), demo.",
)
@json_option
def command(port: int, path: str, *, as_json: bool) -> None:
    """Serve the simulated providers on loopback.

    Prints what to put into upheld.toml and serves until Ctrl-C. Nothing leaves this machine, and nothing is paid.
    """
    asyncio.run(_serve(load(named(path)), port, as_json=as_json))


async def _serve(scenario: Scenario, port: int, *, as_json: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with serving(scenario, RealClock(), port=port) as at:
        if as_json:
            print_json(describe(scenario, at))
        else:
            click.echo(introduction(scenario, at))
            note("Serving until Ctrl-C.")
        await stop.wait()
    note("Ended.")


def describe(scenario: Scenario, at: Listening) -> dict[str, Any]:
    """Where and how to reach each provider, as data."""
    return {
        "base_url": at.base_url,
        "ledger": at.base_url + LEDGER_PATH,
        "control_urls": [at.base_url + FAULTS_PATH],  # stays up whatever becomes of a provider
        "ca_file": str(at.doors.ca_file) if at.doors.ca_file else None,
        "providers": {name: _of(name, spec, at.url_of(name)) for name, spec in scenario.providers.items()},
    }


def _of(name: str, spec: Provider, base_url: str) -> dict[str, Any]:
    return {
        "adapter": spec.format,
        "base_url": base_url,
        "models": spec.models,
        "auth": (spec.auth or list(formats.load(spec.format).AUTH))[0],
        "project": next(iter(spec.projects)),
        "keys": [key for keys in spec.projects.values() for key in keys],
        "api_key_env": f"{name.upper().replace('-', '_')}_API_KEY",
        "sizes": list(spec.latency.sizes),
        "prices": dict(spec.usd_per_image),
        "rpm": spec.limits.advertised_rpm or spec.limits.rpm,
    }


def introduction(scenario: Scenario, at: Listening) -> str:
    """What to read: the keys as commands for a shell, then the tables for upheld.toml."""
    about = describe(scenario, at)
    providers = about["providers"].items()
    exports = [f"export {p['api_key_env']}={p['keys'][0]}" for _, p in providers if p["auth"] != "none"]
    return "\n".join(
        [
            f"{len(providers)} simulated providers at {at.base_url}; what they really served: {about['ledger']}",
            "",
            "# in the shell:",
            *exports,
            "",
            "# in upheld.toml:",
            "[service]",
            f"control_urls = {json.dumps(about['control_urls'])}",
            *([f"ca_file = {json.dumps(about['ca_file'])}"] if about["ca_file"] else []),
            "",
            *(line for name, p in providers for line in _toml(name, p)),
        ]
    )


def _toml(name: str, provider: dict[str, Any]) -> list[str]:
    rate = provider["rpm"]
    return [
        f"[providers.{name}]",
        *(f'{key} = "{provider[key]}"' for key in ("adapter", "base_url")),
        f'model = "{provider["models"][0]}"',
        *(f'{key} = "{provider[key]}"' for key in ("auth", "api_key_env") if provider["auth"] != "none"),
        'environment = "simulated"',
        *([f"options = {{ {options} }}"] if (options := _options(provider)) else []),
        *([f"prices = {{ {_prices(provider)} }}"] if provider["prices"] else []),
        *([f"limits = {{ rpm = {rate:g} }}"] if rate else []),
        "",
    ]


def _options(provider: dict[str, Any]) -> str:
    """What the adapter must be told besides."""
    return f'project = "{provider["project"]}", location = "global"' if provider["adapter"] == "vertex" else ""


def _prices(provider: dict[str, Any]) -> str:
    """Without a price there is no budget, and no image is asked for."""
    return ", ".join(f'"{size}" = {usd:g}' for size, usd in provider["prices"].items())

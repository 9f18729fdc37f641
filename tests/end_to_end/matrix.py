"""The cells of the fault matrix: every way of asking, every fault that it can meet, and the files that say so.

A cell is one configured provider and one simulated one, whose requests all meet the cell's fault: nothing depends on
the order in which requests arrive, and no connection is used twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from probes import providers
from probes.simulator import faults, formats
from probes.simulator.faults import AT_A_DOOR, BY_NAME, Stage, of_stage
from probes.simulator.process import Simulator
from tests.end_to_end.expectations import NO_FAULT
from tests.end_to_end.toml import inline
from tests.probes.providers.described import KIE, OPENAI

MODELS = {"gemini": "gemini-3-pro-image", "openai_images": "gpt-image-1", "kie": "nano-banana-pro"}
SILENT = {"hang", "stall", "drip", "slow_header", "black_hole", "tls_silent", "task_stuck", "task_unknown_state"}
SILENCE_S, PATIENCE_S = 8, 45  # deadlines: of what it alone ends, and of all else
POLL_S = 5.0  # the one look within the shorter deadline is over long before it
CONFIG = """
[service]
data_dir = "data"
control_urls = ["{control}"]
{trust}
[budget]
usd_per_day = 100
[probes.baseline]
every = "90s"  # of which they spread over 20 s: so much that is left beside the deadlines
"""
PROVIDER = """
[providers.{name}]
adapter = "{adapter}"
base_url = "{base_url}"
model = "{model}"
environment = "simulated"
{keyed}{options}
timeout_s = {timeout_s}
prices = {{ "1K" = 0.05 }}
"""
SIMULATED = """
[providers.{name}]
format = "{format}"
models = ["{model}"]
projects = {{ main = ["the-key"] }}
colour = "grey"
keep_alive = false
{fault}
[providers.{name}.latency]
control = {{ median_s = 0.02 }}
batch = {{ median_s = 0.5 }}
sizes = {{ "1K" = {{ median_s = 0.2 }}, "512" = {{ median_s = 0.2 }} }}
"""


@dataclass(frozen=True)
class Variant:
    """One way of asking: an adapter, and the wire format that it asks. `options`: as TOML."""

    name: str
    format: str
    adapter: str
    options: str = ""

    @property
    def has_tasks(self) -> bool:
        return self.format == "kie" or "batch" in self.options


@dataclass(frozen=True)
class Cell:
    """One fault in one way of asking."""

    variant: Variant
    fault: str

    @property
    def provider(self) -> str:
        return f"{self.variant.name}-{self.fault}".replace("_", "-").replace(" ", "-")


def _of(
    name: str, options: dict[str, Any] | None = None, *, wire: str | None = None, adapter: str | None = None
) -> Variant:
    said = f"options = {inline(options)}" if options else ""
    return Variant(name, wire or name, adapter or wire or name, said)


PNG = "reference.png"  # beside the configuration
_NAMED = (
    _of("a1111"),
    _of("gemini", {"service_tier": "priority"}),
    _of("kie", {"poll_s": POLL_S}),
    _of("openai_chat"),
    _of("openai_images"),
    _of("vertex", {"express": True}),
    _of("gemini batch", {"batch": True, "poll_s": POLL_S}, wire="gemini"),
    _of("gemini stream", {"stream": True, "service_tier": "priority"}, wire="gemini"),
    _of("openai_images edits", {"operation": "edits", "reference_images": [PNG]}, wire="openai_images"),
    _of("vertex stream", {"express": True, "stream": True}, wire="vertex"),
    _of("http_json call", OPENAI, wire="openai_images", adapter="http_json"),
    _of("http_json task", {**KIE, "task": {**KIE["task"], "poll_s": POLL_S}}, wire="kie", adapter="http_json"),
)


_NEW = sorted(set(formats.names()) & set(providers.names()) - {variant.format for variant in _NAMED})
VARIANTS = (*_NAMED, *map(_of, _NEW))


def spoken(variant: Variant) -> list[str]:
    """The faults that can be met in this way: some are of streams alone, or of tasks (Kie, batches)."""
    names = frozenset(formats.load(variant.format).SPEAKS)
    if "stream" not in variant.options:
        names -= faults.ONLY_STREAMS
    if not variant.has_tasks:
        names -= faults.ONLY_TASKS
    return sorted(map(str, names))


# What is told by when it happens, and by whether the control host answers meanwhile: asked apart from what is heavy.
TIMED = SILENT | {"truncated", "truncated_chunked", "reset_midway"} | of_stage(Stage.WIRE, Stage.HANDSHAKE, Stage.PORT)
CELLS = [Cell(variant, fault) for variant in VARIANTS for fault in (NO_FAULT, *spoken(variant))]


def scenario(cells: Sequence[Cell]) -> str:
    return "seed = 7\n" + "".join(
        SIMULATED.format(
            name=cell.provider,
            format=cell.variant.format,
            model=MODELS.get(cell.variant.format, "m"),
            fault="\n".join(_meeting(cell.fault)),
        )
        for cell in cells
    )


def _meeting(name: str) -> Iterator[str]:
    fault = BY_NAME.get(name)
    if fault in AT_A_DOOR:
        yield 'door = "https"'
    if fault is not None and fault.stage is Stage.PORT:
        yield f'outages = [{{ kind = "{fault}", offset_s = 0, duration_s = 1_000_000 }}]'
    elif fault is not None:
        yield f"faults = {{ {fault} = 1.0 }}"


def config(cells: Sequence[Cell], simulator: Simulator, control: str = "") -> str:
    """`control`: a host that answers; the simulator itself, if none is given."""
    trust = f'ca_file = "{simulator.ca_file}"' if simulator.ca_file else ""
    said = CONFIG.format(control=control or f"{simulator.base_url}/_sim/faults", trust=trust)
    return said + "".join(
        PROVIDER.format(
            name=cell.provider,
            adapter=cell.variant.adapter,
            base_url=simulator.doors.get(cell.provider, f"{simulator.base_url}/{cell.provider}"),
            model=MODELS.get(cell.variant.format, "m"),
            keyed=_keyed(cell.variant),
            options=cell.variant.options,
            timeout_s=SILENCE_S if cell.fault in SILENT else PATIENCE_S,
        )
        for cell in cells
    )


def _keyed(variant: Variant) -> str:
    auth = formats.load(variant.format).AUTH[0]
    return "" if auth == "none" else f'auth = "{auth}"\napi_key_env = "KEY"\n'

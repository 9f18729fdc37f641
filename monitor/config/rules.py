"""What has to fit together across keys, tables and the catalogue.

Rules look at the data as read, not at validated sections, so that one wrong value elsewhere hides nothing: all
faults are told at once. Each rule skips what is of the wrong type; that is told already.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TypeGuard
from urllib.parse import urlsplit

from monitor import catalogue
from monitor.claim_terms import misfits
from monitor.config import adapter_options
from monitor.config.clause_rules import fitting_agreements, fitting_clauses, known_definitions
from monitor.config.providers import SIMULATED, Published, mode_of, price_in, published
from monitor.config.raw import Fault, Raw, list_at, table_at, tables_at, text_at
from monitor.config.sections import Provider
from monitor.strict import KEYLESS_ADAPTERS, SIZES, nearest
from probes.providers import names as adapter_names

Rule = Callable[[Raw], Iterator[Fault]]

KEY_WAYS = ("api_key_env", "api_key_file", "token_command", "service_account_file")
MOST_WAIT_S = 3600
_IMAGE_PROBES = ("baseline", "burst", "endurance", "recovery")


def _published(table: Raw) -> Published:
    return published(
        text_at(table, "catalogue"),
        adapter=text_at(table, "adapter"),
        model=text_at(table, "model"),
        tier=text_at(table, "tier"),
        mode=mode_of(table.get("options")),
    )


def not_measurable(raw: Raw) -> dict[str, str]:
    """Providers that nobody can measure, and why: their catalogue says so, and no adapter is named for them."""
    named = {name: text_at(table, "catalogue") for name, table in tables_at(raw, "providers").items()}
    known = {name: catalogue.load(kept) for name, kept in named.items() if kept in catalogue.names()}
    adapters = {name for name, table in tables_at(raw, "providers").items() if "adapter" in table}
    return {
        name: entry.why_not_measurable or ""
        for name, entry in known.items()
        if not entry.measurable and name not in adapters
    }


def _providers(raw: Raw) -> dict[str, Raw]:
    """Those that are probed."""
    without = not_measurable(raw)
    return {name: table for name, table in tables_at(raw, "providers").items() if name not in without}


def _adapter(table: Raw) -> str | None:
    return text_at(table, "adapter") or _published(table).adapter


def one_schedule(raw: Raw) -> Iterator[Fault]:
    """`every` and `cron` exclude each other."""
    for name, probe in tables_at(raw, "probes").items():
        if name != "recovery" and {"every", "cron"} <= probe.keys():
            yield ("probes", name, "cron"), "every is given as well; keep one of every and cron"


def reachable(raw: Raw) -> Iterator[Fault]:
    """Adapter, address and model stand in the table or in the catalogue that it names."""
    for name, table in _providers(raw).items():
        if "catalogue" in table and table["catalogue"] not in catalogue.names():
            continue  # told already; what it would have given is not known
        known = _published(table)
        for key in ("adapter", "base_url", "model"):
            if key not in table and getattr(known, key) is None:
                yield ("providers", name, key), _missing(key, table)
        if "adapter" not in table and known.adapter and known.adapter not in adapter_names():
            available = ", ".join(adapter_names())
            yield (
                ("providers", name, "catalogue"),
                f"its adapter {known.adapter!r} is not in this version; available: {available}",
            )


def _missing(key: str, table: Raw) -> str:
    field = Provider.model_fields[key]
    example = f"for example {key} = {field.examples[0]}" if field.examples else ""
    if text_at(table, "catalogue"):
        return f"missing; the catalogue {table['catalogue']!r} has none for this provider; write it, {example}"
    return f"missing; it is {field.description}, {example}"


def one_key(raw: Raw) -> Iterator[Fault]:
    """Exactly one way to the key; none only where no key is needed."""
    for name, table in _providers(raw).items():
        given = [way for way in KEY_WAYS if way in table]
        needs_none = table.get("environment") == SIMULATED or _adapter(table) in KEYLESS_ADAPTERS
        for way in given[1:]:
            yield ("providers", name, way), f"{given[0]} is given as well; keep one of them"
        if {"token_command", "service_account_file"} & set(given) and table.get("auth") in {"x-goog-api-key", "query"}:
            yield ("providers", name, "auth"), 'a token is sent as auth = "bearer"; leave it out'
        if not given and not needs_none and not _holds_key(table):
            variable = f"{name.upper().replace('-', '_').replace('.', '_')}_API_KEY"
            yield (
                ("providers", name, "api_key_env"),
                f'missing; name the environment variable that holds the key: api_key_env = "{variable}"',
            )


def _holds_key(table: Raw) -> bool:
    """A literal key is told already, with where to put it."""
    return bool(table.keys() & {"api_key", "key", "token", "secret"})


def known_tier(raw: Raw) -> Iterator[Fault]:
    """A tier is one of the catalogue's."""
    for name, table in _providers(raw).items():
        tier, known = text_at(table, "tier"), _published(table)
        if tier is None or table.get("catalogue") not in (None, *catalogue.names()):
            continue
        if not known.tiers:
            yield ("providers", name, "tier"), "is for a catalogue that has tiers; write limits = { rpm = ... } instead"
        elif tier not in known.tiers:
            yield ("providers", name, "tier"), f"the catalogue has no tier {tier!r}; {nearest(tier, known.tiers)}"


def priced(raw: Raw) -> Iterator[Fault]:
    """Money is gated before each request, so every size that a probe asks for has a price."""
    asked = dict(_sizes_asked(tables_at(raw, "probes")))
    for name, table in _providers(raw).items():
        known, prices = _published(table), table.get("prices", {})
        if not isinstance(prices, dict) or table.get("catalogue") not in (None, *catalogue.names()):
            continue
        given = dict.fromkeys((*prices, *table_at(table_at(table, "machine"), "images_per_hour")), 0.0)
        for size, probe in asked.items():
            if price_in({**known.prices, **given}, size) is None:
                yield ("providers", name, "prices"), f"no price for {size}, which probes.{probe} asks for; {_add(size)}"


def _add(size: str) -> str:
    return f'write what one image costs you in USD: prices = {{ "{size}" = ... }}'


def _sizes_asked(probes: Mapping[str, Raw]) -> Iterator[tuple[str, str]]:
    for probe in reversed(_IMAGE_PROBES):  # the first probe that asks for a size is the one that is named
        table = probes.get(probe)
        if table is None:
            continue
        sizes = table.get("sizes", ["1K"]) if probe == "baseline" else [table.get("size", "1K")]
        for size in sizes if isinstance(sizes, list) else []:
            if isinstance(size, str) and size in SIZES:
                yield size, probe


def fitting_claims(raw: Raw) -> Iterator[Fault]:
    """Comparison, value and definition of a claim suit its metric."""
    for name, table in tables_at(raw, "providers").items():
        for number, claim in list_at(table, "claims"):
            parts = [claim.get(key) for key in ("metric", "op", "value", "definition")]
            for misfit in misfits(*parts):
                yield ("providers", name, "claims", number, misfit.key), misfit.reason


def whole_burst(raw: Raw) -> Iterator[Fault]:
    """A burst of less images than it sends at once is not that burst; a saturation run sends one after another."""
    table = tables_at(raw, "probes").get("burst", {})
    if table.get("saturate") is True:
        return
    at_once, most = table.get("concurrency", 100), table.get("max_images", 150)
    if isinstance(at_once, int) and isinstance(most, int) and 0 < most < at_once:
        yield (
            ("probes", "burst", "max_images"),
            f"is {most}, fewer than the {at_once} that are sent at once (concurrency)",
        )


def a_weight_for_each_size(raw: Raw) -> Iterator[Fault]:
    """As many weights as sizes."""
    table = tables_at(raw, "probes").get("baseline", {})
    sizes, weights = table.get("sizes", ["1K"]), table.get("weights")
    if isinstance(sizes, list) and isinstance(weights, list) and len(sizes) != len(weights):
        said = f"has {len(weights)}, and there are {len(sizes)} sizes; write one number for each size, in their order"
        yield ("probes", "baseline", "weights"), said


def maintenance_of_somebody(raw: Raw) -> Iterator[Fault]:
    """A window belongs to a configured provider and ends after it starts."""
    providers = tuple(tables_at(raw, "providers"))
    for number, window in list_at(raw, "maintenance"):
        name, start, end = window.get("provider"), window.get("start"), window.get("end")
        if isinstance(name, str) and name not in providers:
            hint = nearest(name, providers) if providers else "there is none"
            yield ("maintenance", number, "provider"), f"no provider is called {name[:60]!r}; {hint}"
        if _is_aware(start) and _is_aware(end) and start >= end:
            yield ("maintenance", number, "end"), f"is not after start ({start.isoformat()})"


def _is_aware(value: object) -> TypeGuard[datetime]:
    return isinstance(value, datetime) and value.utcoffset() is not None


def mail_password_of_somebody(raw: Raw) -> Iterator[Fault]:
    """A password needs a user."""
    mail = table_at(raw, "mail")
    url = text_at(mail, "smtp_url")
    if "smtp_password_env" in mail and url is not None and not _user(url):
        yield ("mail", "smtp_password_env"), "needs a user in smtp_url, such as smtp://user@host:587?starttls=1"


def _user(url: str) -> str | None:
    try:
        return urlsplit(url).username
    except ValueError:
        return None


def fitting_options(raw: Raw, context: adapter_options.Context) -> Iterator[Fault]:
    """The options are those of the adapter."""
    for name, table in _providers(raw).items():
        options = table.get("options", {})
        if not isinstance(options, dict):
            continue
        for path, reason in adapter_options.faults(_adapter(table), options, context):
            yield ("providers", name, "options", *path), reason


def bounded_wait(raw: Raw) -> Iterator[Fault]:
    """Only a batch job may take longer than an hour."""
    for name, table in _providers(raw).items():
        timeout_s = table.get("timeout_s")
        is_batch = mode_of(table.get("options")) == "batch"
        if isinstance(timeout_s, int | float) and timeout_s > MOST_WAIT_S and not is_batch:
            yield ("providers", name, "timeout_s"), f"must be at most {MOST_WAIT_S}, not {timeout_s:g}"


def one_authority(raw: Raw) -> Iterator[Fault]:
    """Providers at one address have one private authority, or none of them has."""
    seen: dict[str, tuple[str, str | None]] = {}
    for name, table in _providers(raw).items():
        address = _origin(text_at(table, "base_url") or _published(table).base_url or "")
        first, ca_file = seen.setdefault(address, (name, text_at(table, "ca_file")))
        if address and text_at(table, "ca_file") != ca_file:
            yield (
                ("providers", name, "ca_file"),
                f"{first} has the same address and another ca_file; write one for both",
            )


def _origin(url: str) -> str:
    try:
        return "{0.scheme}://{0.netloc}".format(urlsplit(url)).lower()
    except ValueError:
        return ""


def worksheet_has_a_volume(raw: Raw) -> Iterator[Fault]:
    """What differs for one provider differs from something that says for how many images it is."""
    for name, table in _providers(raw).items():
        if "worksheet" in table and "worksheet" not in raw:
            yield ("providers", name, "worksheet"), "there is no [worksheet] with images_per_month to differ from"


RULES: tuple[Rule, ...] = (
    one_authority,
    reachable,
    bounded_wait,
    one_key,
    known_tier,
    priced,
    fitting_claims,
    known_definitions,
    fitting_clauses,
    fitting_agreements,
    one_schedule,
    whole_burst,
    a_weight_for_each_size,
    mail_password_of_somebody,
    maintenance_of_somebody,
    worksheet_has_a_volume,
)


def broken(raw: Raw, context: adapter_options.Context) -> Iterator[Fault]:
    """All faults of all rules. `context`: the folder from which paths are meant."""
    for rule in RULES:
        yield from rule(raw)
    yield from fitting_options(raw, context)

"""The configuration as everything else sees it: complete, checked, frozen."""

import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from monitor.catalogue.clauses import clauses
from monitor.config import agreements, cautions
from monitor.config.asked import settings_of
from monitor.config.faults import ConfigError, ConfigFault
from monitor.config.providers import ProviderConfig
from monitor.config.secrets import SecretError, from_env, from_file
from monitor.config.sections import Alert, Budget, Judge, Mail, MaintenanceWindow, Probes, Report, Service
from monitor.config.targets import target_of
from monitor.config.worksheet import WorksheetTable, worksheet_of
from monitor.judge.clauses.clause import Clause
from monitor.judge.facts import Facts, Maintenance, ProviderFacts
from probes.credentials import TokenCommand, fault_of
from probes.model import Secret, Target

CONTROL_URLS = (  # two unrelated hosts that answer everybody, quickly and in a few bytes
    "https://www.gstatic.com/generate_204",
    "https://one.one.one.one/cdn-cgi/trace",
)
SIMULATED_KEY = Secret("simulated")  # sent to simulated providers that are configured without a key


@dataclass(frozen=True, slots=True)
class Trust:
    """Private certificate authorities by file: one for all, and one for single base URLs."""

    ca_file: str | None = None
    ca_files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """All of `upheld.toml`, with what the catalogue adds. `service.data_dir` is absolute."""

    file: str
    service: Service
    budget: Budget
    providers: Mapping[str, ProviderConfig]
    probes: Probes
    report: Report
    mail: Mail | None
    alerts: tuple[Alert, ...]
    maintenance: tuple[MaintenanceWindow, ...]
    worksheet: WorksheetTable | None = None
    judge: Judge = field(default_factory=Judge)
    not_measurable: Mapping[str, str] = field(default_factory=dict)  # provider -> why; none of `providers`
    clauses: tuple[Clause, ...] = field(default_factory=clauses)  # the shipped ones, then those of `[[sla]]`

    def targets(self, environ: Mapping[str, str], only: Collection[str] | None = None) -> dict[str, Target]:
        """What probes ask, keys read: all providers, or `only` these.

        Raises:
            ConfigError: a key is missing or unreadable; all such at once, none of them printed.
        """
        chosen = [p for name, p in self.providers.items() if only is None or name in only]
        faults: list[ConfigFault] = []
        targets = {}
        for provider in chosen:
            try:
                targets[provider.name] = target_of(provider, self._key(provider, environ))
            except SecretError as error:
                faults.append(ConfigFault(self.file, f"providers.{provider.name}.{_key_way(provider)}", str(error)))
        if faults:
            raise ConfigError(faults)
        return targets

    @staticmethod
    def _key(provider: ProviderConfig, environ: Mapping[str, str]) -> Secret:
        if provider.credential is not None:
            if (why := fault_of(provider.credential)) is not None:
                raise SecretError(why)
            return Secret("")  # the token is fetched when it is needed
        if provider.api_key_env is not None:
            return from_env(provider.api_key_env, environ)
        if provider.api_key_file is not None:
            return from_file(provider.api_key_file)
        return SIMULATED_KEY if provider.is_simulated else Secret("")

    def mail_password(self, environ: Mapping[str, str]) -> Secret | None:
        """The password for the mail server; None where none is configured.

        Raises:
            ConfigError: it is configured and missing.
        """
        if self.mail is None or self.mail.smtp_password_env is None:
            return None
        try:
            return from_env(self.mail.smtp_password_env, environ)
        except SecretError as error:
            raise ConfigError([ConfigFault(self.file, "mail.smtp_password_env", str(error))]) from None

    def facts(self) -> Facts:
        """What a judgement is told beside the rows; needs no key."""
        return Facts(
            providers={name: self._facts_of(provider) for name, provider in self.providers.items()},
            location=location_of(self),
            timezone=self.service.timezone,
            planned_rpm=self.service.planned_rpm,
            not_measurable=self.not_measurable,
            policy=self.judge.policy,
        )

    def _facts_of(self, provider: ProviderConfig) -> ProviderFacts:
        windows = (window for window in self.maintenance if window.provider == provider.name)
        return ProviderFacts(
            model=provider.model,
            advertised_rpm=provider.advertised_rpm,
            advertised_source=provider.advertised_source,
            usd_per_image=dict(provider.prices),
            claims=provider.claims,
            maintenance=tuple(Maintenance(w.start, w.end, w.notice, w.announced) for w in windows),
            listed=tuple(provider.listed.values()),
            past_prices=provider.past_prices,
            official=provider.official,
            worksheet=worksheet_of(self.worksheet, provider.worksheet),
            advertised_seen_on=provider.advertised_seen_on,
            clauses=self.clauses,
            agreements=agreements.of(provider.published_sla, provider.own_sla, self.clauses),
            policy=self.judge.policy,
            settings=settings_of(provider, self.probes, self.budget),
        )

    def control_urls(self) -> tuple[str, ...]:
        """Whom to ask, when a provider cannot be reached, whether it is us.

        Nobody where every provider is on this machine: hosts on the internet say nothing of the way to them.
        """
        if self.service.control_urls is not None:
            return self.service.control_urls
        hosts = {urlsplit(provider.base_url).hostname or "" for provider in self.providers.values()}
        return () if all(map(_is_here, hosts)) else CONTROL_URLS

    def trust(self) -> Trust:
        """The private certificate authorities, read.

        Raises:
            ConfigError: one cannot be read, or holds no certificate; all such at once.
        """
        named = {f"providers.{name}.ca_file": p.ca_file for name, p in self.providers.items()}
        files = {key: path for key, path in {"service.ca_file": self.service.ca_file, **named}.items() if path}
        wrong = {key: why for key, path in files.items() if (why := _unlike_authority(path))}
        if wrong:
            raise ConfigError(ConfigFault(self.file, key, why) for key, why in wrong.items())
        own = {p.base_url: str(p.ca_file) for p in self.providers.values() if p.ca_file}
        return Trust(str(self.service.ca_file) if self.service.ca_file else None, own)

    def notes(self) -> tuple[str, ...]:
        """What is no fault and still worth knowing, one sentence each."""
        return cautions.of(self)


def location_of(config: Config) -> str:
    """The name under which rows are stored; begins with `simulated` when any provider is one that we run ourselves."""
    if not any(provider.is_simulated for provider in config.providers.values()):
        return config.service.location
    return "simulated" if config.service.location == "local" else f"simulated-{config.service.location}"


def _unlike_authority(path: Path) -> str | None:
    """Why a file is no certificate authority; None where it is one."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        return f"{path} holds no certificate in PEM"
    except OSError as error:
        return f"cannot read {path}: {error.strerror or error}"
    return None


def _is_here(host: str) -> bool:
    """Whether a host is this machine; a name other than localhost is somewhere else."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _key_way(provider: ProviderConfig) -> str:
    """The key of the table that says where the provider's key is."""
    if isinstance(provider.credential, TokenCommand):
        return "token_command"
    if provider.credential is not None:
        return "service_account_file"
    return "api_key_env" if provider.api_key_env else "api_key_file"

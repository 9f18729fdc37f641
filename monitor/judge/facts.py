"""What a judgement is told beside the rows: prices, promises and announced maintenance of each provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from monitor.catalogue.clauses import clauses
from monitor.judge.clauses.clause import Clause
from monitor.judge.policy import DEFAULT, Policy
from monitor.judge.settings import Settings

STALE_AFTER = timedelta(days=90)  # providers change prices and promises more often than once a quarter


@dataclass(frozen=True, slots=True)
class Claim:
    """A published promise, made testable.

    `definition` is for uptime: time | requests | google_minutes | aws_5min, or the name of a clause of `[[sla]]`.
    """

    metric: str
    op: str
    value: float | str | bool
    definition: str | None = None
    source: str | None = None
    seen_on: date | None = None
    size: str | None = None  # None: of every size
    text: str | None = None  # in the words of whoever promised it


@dataclass(frozen=True, slots=True)
class Listed:
    """A price as it was read: USD for one image of one size, where, and on which day (None: nobody said)."""

    size: str
    usd: float
    source: str | None = None
    seen_on: date | None = None


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Announced maintenance with its notice: excluded time, [start, end)."""

    start: datetime
    end: datetime
    notice: str
    announced: datetime | None = None  # when the notice was published; some agreements ask for so many hours


@dataclass(frozen=True, slots=True)
class PastPrice:
    """USD for one image of one size that was read before, and the day from which another was read in its place."""

    size: str
    usd: float
    until: date


@dataclass(frozen=True, slots=True)
class Official:
    """What the maker of the same model asks for it: the provider's catalogue name and its prices by size."""

    name: str
    usd_per_image: Mapping[str, Listed]


@dataclass(frozen=True, slots=True)
class Worksheet:
    """What an image costs you beside its price; None: you did not say, and it counts nothing.

    Amounts are USD; those of a month are spread over `images_per_month`, integration over `months` of them.
    """

    images_per_month: float
    months: float = 12.0
    integration_hours: float = 0.0
    usd_per_hour: float = 0.0
    monitoring_usd_per_month: float = 0.0
    support_usd_per_month: float = 0.0
    subscription_usd_per_month: float = 0.0
    minimum_usd_per_month: float = 0.0
    storage_usd_per_image: float = 0.0
    usd_per_minute_waiting: float = 0.0
    usd_per_hour_down: float = 0.0


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """What is known of one provider without measuring. A provider that only imports know has the defaults."""

    model: str = ""
    advertised_rpm: float | None = None
    advertised_source: str | None = None
    usd_per_image: Mapping[str, float] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    published: Mapping[str, str] = field(
        default_factory=dict
    )  # what an imported monitor itself published: label -> text
    listed: tuple[Listed, ...] = ()  # where `usd_per_image` comes from
    advertised_seen_on: date | None = None
    clauses: tuple[Clause, ...] = field(default_factory=clauses)  # under all of which the same rows are judged
    past_prices: tuple[PastPrice, ...] = ()
    official: Official | None = None  # None: not known, or the provider is the maker itself
    worksheet: Worksheet | None = None
    agreements: tuple[Clause, ...] = ()  # what this provider owes: each in place of the clause of its name
    policy: Policy = DEFAULT  # what verdicts on its outages assume
    settings: Settings | None = None  # how it is probed; None: only somebody else's history of it is known


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of all configured providers, and where people read."""

    providers: Mapping[str, ProviderFacts] = field(default_factory=dict)
    location: str = "local"
    timezone: str = "UTC"
    planned_rpm: float | None = None  # our own planned peak, for headroom
    not_measurable: Mapping[str, str] = field(default_factory=dict)  # provider -> why nobody can measure it
    policy: Policy = DEFAULT  # of those that are not configured, and what pages print

    def of(self, provider: str) -> ProviderFacts:
        """The facts of one provider; the defaults where none are configured."""
        return self.providers.get(provider) or ProviderFacts(policy=self.policy)


def is_stale(seen_on: date | None, today: date) -> bool:
    """Whether something published was read so long ago that it may have changed since; never without a date."""
    return seen_on is not None and today - seen_on > STALE_AFTER

"""The tables of `upheld.toml` as they are written: keys, types, defaults. `Document` is the whole file.

Checked here: each value by itself. What depends on several keys is in `rules`; what the catalogue adds, in `providers`.
"""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, model_validator

from monitor.claim_terms import Metric, Op
from monitor.clause_table import AgreementTable, ClauseOfUser
from monitor.config.locale import Locale
from monitor.config.values import (
    Address,
    Argument,
    AspectRatio,
    CatalogueName,
    CronText,
    Duration,
    EnvName,
    FilePath,
    Instant,
    Name,
    ProviderName,
    SmtpUrl,
    Weekly,
    When,
    Zone,
    between,
)
from monitor.config.worksheet import Amounts, WorksheetTable
from monitor.judge.policy import Policy
from monitor.strict import (
    LIST,
    Adapter,
    Auth,
    BaseUrl,
    ClaimValue,
    Count,
    Line,
    Link,
    Positive,
    Share,
    Size,
    Table,
    Usd,
    unique,
)

MOST_IMAGES = 100_000  # of one burst: a plan is made whole before it is run
MOST_BLOCKS = 100  # of one size in one slot of the baseline
MOST_TIMEOUT_S = 172_800.0  # of a batch job, which is promised within a day; see `rules` for all others


class Service(Table):
    """Where data lies, what this vantage point is called, and in which zone people read."""

    data_dir: FilePath = Field(
        default="data", validate_default=True, description="folder of the database, the site and the spool"
    )
    location: Name = Field(default="local", description="name of this vantage point")
    timezone: Zone = Field(default="UTC", description="zone for weeks, days and mail times; storage is UTC")
    planned_rpm: Positive | None = Field(
        default=None, description="requests per minute that you plan to send in production, for headroom"
    )
    control_urls: Annotated[tuple[Link, ...], LIST, AfterValidator(unique)] | None = Field(
        default=None,
        description="asked when a provider cannot be reached, to tell its fault from ours; [] asks nobody",
    )
    ca_file: FilePath | None = Field(
        default=None, description="a private certificate authority (PEM), believed beside those of the system"
    )


class Budget(Table):
    """Hard caps, checked before each request. One alone gives the other; none at all is 5 a day, 120 a month."""

    usd_per_day: Positive = 5.0
    usd_per_month: Positive = 120.0
    usd_per_minute: Positive | None = Field(default=None, description="most that is spent in a minute")
    usd_per_run: Positive | None = Field(default=None, description="most that one run of a probe spends")

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: Any) -> Any:  # noqa: ANN401 - whatever TOML holds
        """A day's cap alone bounds a month by 31 of them; a month's cap alone bounds each day."""
        if not isinstance(data, dict) or len(data.keys() & {"usd_per_day", "usd_per_month"}) != 1:
            return data
        day, month = data.get("usd_per_day"), data.get("usd_per_month")
        if isinstance(day, int | float) and not isinstance(day, bool):
            return data | {"usd_per_month": 31 * day}
        return data | {"usd_per_day": month} if isinstance(month, int | float) and not isinstance(month, bool) else data


class ProviderBudget(Table):
    """Caps of one provider, beside those of all."""

    usd_per_day: Positive | None = None
    usd_per_month: Positive | None = None
    usd_per_minute: Positive | None = None
    usd_per_run: Positive | None = None


class Limits(Table):
    """What the provider advertises for this account: per minute, per day, at once."""

    rpm: Positive | None = Field(default=None, description="requests per minute")
    rpd: Positive | None = Field(default=None, description="requests per day")
    ipm: Positive | None = Field(default=None, description="images per minute")
    tpm: Positive | None = Field(default=None, description="input tokens per minute")
    concurrency: Count | None = Field(default=None, description="requests in flight at once")


class ClaimTable(Table):
    """A promise of a provider, beside those of the catalogue."""

    metric: Metric = Field(description="what is promised", examples=['"uptime"'])
    op: Op = Field(description="how the promise compares", examples=['">="'])
    value: ClaimValue = Field(description="the number (or true) that is promised", examples=["0.999"])
    definition: Name | None = Field(
        default=None,
        description="for uptime: how it is counted: time, requests, google_minutes, aws_5min, or a clause of [[sla]]",
    )
    source: Line | None = Field(default=None, description="where it is promised")
    seen_on: date | None = Field(default=None, description="the day on which it was read")
    size: Size | None = Field(default=None, description="the only image size that it is about")


class Machine(Table):
    """What a machine of one's own costs, and makes: the price of a self-hosted model."""

    usd_per_hour: Positive = Field(description="what the machine costs per hour, in USD", examples=["0.80"])
    images_per_hour: dict[Size, Positive] = Field(
        min_length=1, description="images that it makes per hour, by size", examples=['{ "1K" = 400 }']
    )

    @property
    def prices(self) -> dict[str, float]:
        """USD of one image by size, of a machine that is never idle."""
        return {size: self.usd_per_hour / count for size, count in self.images_per_hour.items()}


class Provider(Table):
    """One provider. What a catalogue knows may be left out; what is written here wins over it."""

    adapter: Adapter | None = Field(default=None, description="its wire format", examples=['"gemini"'])
    base_url: BaseUrl | None = Field(default=None, description="its address", examples=['"https://wisgate.ai"'])
    model: Line | None = Field(default=None, description="the model to ask", examples=['"gemini-3-pro-image-preview"'])
    auth: Auth | None = Field(default=None, description="how the key is sent")
    api_key_env: EnvName | None = Field(default=None, description="name of the environment variable that holds the key")
    api_key_file: FilePath | None = Field(default=None, description="file that holds the key")
    token_command: Annotated[tuple[Argument, ...], LIST, Field(min_length=1)] | None = Field(
        default=None,
        description="command that prints a bearer token; run again before the token expires",
        examples=['["gcloud", "auth", "print-access-token"]'],
    )
    service_account_file: FilePath | None = Field(
        default=None, description="JSON key file of a Google service account, exchanged for bearer tokens"
    )
    ca_file: FilePath | None = Field(
        default=None, description="a private certificate authority (PEM), believed at this provider's address alone"
    )
    options: dict[str, Any] = Field(default_factory=dict, description="what its adapter can be told")
    catalogue: CatalogueName | None = Field(default=None, description="shipped claims and prices")
    tier: Line | None = Field(default=None, description="which of the catalogue's rate limits holds for your account")
    environment: Literal["production", "staging", "dev", "simulated"] = "production"
    tags: dict[str, Line] = Field(default_factory=dict, description="for costs by team or project")
    timeout_s: Annotated[float, Field(gt=0, le=MOST_TIMEOUT_S)] = Field(
        default=180.0, description="total deadline of one request"
    )
    advised_timeout_s: dict[Size, Positive] = Field(
        default_factory=dict,
        description="shortest deadline that the provider advises, by size: a timeout before it is laid at our door",
    )
    limits: Limits = Limits()
    prices: dict[Size, Usd] = Field(default_factory=dict, description="USD per image by size; overrides the catalogue")
    machine: Machine | None = Field(default=None, description="cost and yield of your own machine, instead of prices")
    budget: ProviderBudget = ProviderBudget()
    worksheet: Amounts | None = Field(default=None, description="what is other for this provider than in [worksheet]")
    claims: Annotated[tuple[ClaimTable, ...], LIST] = ()
    sla: Annotated[tuple[AgreementTable, ...], LIST] = ()


class Scheduled(Table):
    """A probe that comes again: at a fixed interval, or by a cron expression (UTC). One of the two."""

    default: ClassVar[dict[str, str]]
    every: Duration | None = None
    cron: CronText | None = None

    @model_validator(mode="before")
    @classmethod
    def _schedule(cls, data: Any) -> Any:  # noqa: ANN401 - whatever TOML holds
        if isinstance(data, dict) and not data.keys() & {"every", "cron"}:
            return data | cls.default
        return data


class Reach(Scheduled):
    """A cheap control-plane call to each provider: fine-grained up and down, at no cost per image."""

    default: ClassVar[dict[str, str]] = {"every": "1m"}


class Baseline(Scheduled):
    """One interleaved block of all providers per size: success, latency, comparison."""

    default: ClassVar[dict[str, str]] = {"every": "15m"}
    sizes: Annotated[tuple[Size, ...], LIST, Field(min_length=1), AfterValidator(unique)] = ("1K",)
    weights: Annotated[tuple[Annotated[int, Field(gt=0, le=MOST_BLOCKS)], ...], LIST] | None = Field(
        default=None, description="how many blocks of each size in one slot, as many numbers as sizes; one of each"
    )
    aspect_ratio: AspectRatio = "1:1"

    @property
    def blocks(self) -> tuple[str, ...]:
        """The sizes of the blocks of one slot."""
        weights = self.weights or (1,) * len(self.sizes)
        return tuple(size for size, weight in zip(self.sizes, weights, strict=False) for _ in range(weight))


class Burst(Scheduled):
    """Many requests at once: what is accepted, how throttling behaves."""

    default: ClassVar[dict[str, str]] = {"cron": "0 4 * * sun"}
    concurrency: Annotated[int, Field(gt=0, le=MOST_IMAGES)] = 100
    max_images: Annotated[int, Field(gt=0, le=MOST_IMAGES)] = 150
    saturate: bool = Field(
        default=False, description="go on after the first 429 until the limit, its kind and its size are known"
    )
    rpm: Positive | None = Field(default=None, description="requests per minute with which a saturation run begins")
    size: Size = "1K"
    aspect_ratio: AspectRatio = "1:1"


class Endurance(Scheduled):
    """A steady share of the advertised limit for a long time. A provider without a limit is left out."""

    default: ClassVar[dict[str, str]] = {"cron": "0 0 1 * *"}
    share_of_limit: Share = 0.5
    duration: Duration = Field(default="72h", validate_default=True)
    max_usd: Positive = Field(default=40.0, description="cap of one run of one provider")
    size: Size = "1K"
    aspect_ratio: AspectRatio = "1:1"


class Recovery(Table):
    """Probes while an incident is open, to see its end."""

    every: Duration = Field(default="15s", validate_default=True)
    max_usd_per_incident: Positive = 2.0
    size: Size = "1K"
    aspect_ratio: AspectRatio = "1:1"

    @property
    def cron(self) -> None:
        """An incident keeps no calendar."""
        return


class Probes(Table):
    """Which probes run. A table that is missing does not run; an empty one runs with its defaults."""

    reach: Reach | None = None
    baseline: Baseline | None = None
    burst: Burst | None = None
    endurance: Endurance | None = None
    recovery: Recovery | None = None


class Report(Table):
    """How often the site is rendered, and where people find it."""

    every: Duration = Field(default="15m", validate_default=True)
    site_url: Link | None = Field(default=None, description="public address of the site, for links in mails and feeds")
    locale: Locale = Field(
        default="en", description="how pages and mails write numbers and dates; their language is English"
    )


class Judge(Table):
    """What verdicts on uptime and error rate assume of outages (docs/claims.md); printed with each of them."""

    unseen_outage: Annotated[Duration, between("10m", "7d")] = Field(
        default="2h",
        validate_default=True,
        description="L: an outage that nobody has seen yet may be that much longer than the longest one so far",
    )
    same_outage_within: Annotated[Duration, between("1m", "6h")] = Field(
        default="30m", validate_default=True, description="G: failures closer than this are one outage"
    )
    bet_block: Annotated[Duration, between("1h", "7d")] = Field(
        default="6h", validate_default=True, description="length of the blocks on which the bet against a promise is"
    )

    @property
    def policy(self) -> Policy:
        """As a judgement takes it."""
        kept = (self.unseen_outage, self.same_outage_within, self.bet_block)
        return Policy(*(length.total_seconds() for length in kept))


class Mail(Table):
    """The weekly mail."""

    smtp_url: SmtpUrl = Field(description="the mail server", examples=['"smtp://localhost:1025"'])
    smtp_password_env: EnvName | None = Field(default=None, description="name of the variable that holds the password")
    sender: Address = Field(alias="from", description="the sender", examples=['"upheld@example.org"'])
    to: Annotated[tuple[Address, ...], LIST, Field(min_length=1)] = Field(
        description="the readers", examples=['["procurement@example.org"]']
    )
    when: When = Field(default=Weekly(0, 7, 0), description="weekday and time in the service's zone")


class Alert(Table):
    """Where bad news goes at once."""

    url_env: EnvName = Field(description="name of the variable that holds an Apprise URL", examples=['"ALERT_URL"'])
    on: Annotated[tuple[Literal["down", "budget", "quota_80", "claim_refuted"], ...], LIST, Field(min_length=1)] = (
        "down",
        "budget",
        "quota_80",
        "claim_refuted",
    )


class MaintenanceWindow(Table):
    """Announced maintenance: excluded time, [start, end), with the notice that announced it."""

    provider: str = Field(description="whose maintenance it is", examples=['"wisgate"'])
    start: Instant = Field(description="its first moment", examples=["2026-11-23T02:00:00Z"])
    end: Instant = Field(description="the moment after its last", examples=["2026-11-23T03:00:00Z"])
    notice: Line = Field(description="where it was announced", examples=['"https://..."'])
    announced: Instant | None = Field(default=None, description="when: some agreements ask for so many hours")


class Document(Table):
    """The whole of `upheld.toml`."""

    service: Service = Field(default_factory=Service)
    budget: Budget = Budget()
    providers: dict[ProviderName, Provider] = Field(default_factory=dict)
    probes: Probes = Probes()
    judge: Judge = Judge()
    report: Report = Report()
    mail: Mail | None = None
    alerts: Annotated[tuple[Alert, ...], LIST] = ()
    maintenance: Annotated[tuple[MaintenanceWindow, ...], LIST] = ()
    sla: Annotated[tuple[ClauseOfUser, ...], LIST] = ()
    worksheet: WorksheetTable | None = None

"""The types of single values in `upheld.toml`: durations, crons, zones, addresses, paths. Each says what is right.

They are checked on their own; what depends on more than one key is in `rules`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ValidationInfo, WithJsonSchema

from monitor import catalogue
from monitor.config.secrets import begins_like_key, env_name
from monitor.duration import parse, write
from monitor.slots import Cron
from monitor.strict import nearest, split_url

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RATIOS = (
    *("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"),
    *("1:4", "4:1", "1:8", "8:1"),  # flash models alone
)
_A_LEAP_YEAR_AHEAD = datetime(2026, 1, 1, tzinfo=UTC)  # where the search for the first slot begins: any instant does
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_PROVIDER = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_WHEN = re.compile(r"([a-z]{3,9}) (\d{1,2}):(\d{2})", re.ASCII)
_ADDRESS = r"[^\s<>@,;\x00-\x1f\x7f]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
_NAMED_ADDRESS = re.compile(rf"{_ADDRESS}|[^<>\x00-\x1f\x7f]*<{_ADDRESS}>", re.ASCII)


@dataclass(frozen=True, slots=True)
class Weekly:
    """A moment of each week, in the zone of `[service]`. `weekday` counts from Monday, 0."""

    weekday: int
    hour: int
    minute: int

    def __str__(self) -> str:
        """As it is written: `mon 07:00`."""
        return f"{DAYS[self.weekday]} {self.hour:02}:{self.minute:02}"


def _duration(value: Any) -> timedelta:  # noqa: ANN401 - whatever TOML holds
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise ValueError('must be a duration in quotes, such as "15s", "10m", "1h" or "1d"')  # noqa: TRY004 - pydantic takes ValueError
    return parse(value)


def _cron(text: str) -> str:
    if Cron(text).next_after(_A_LEAP_YEAR_AHEAD) is None:
        raise ValueError(f"{text!r} never comes: there is no such day")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (OSError, ValueError, LookupError):
        hint = nearest(text, tuple(sorted(available_timezones())))
        hint = hint if hint.startswith("did") else "write it like Europe/Berlin or UTC"
        raise ValueError(f"{text[:60]!r} is no time zone; {hint}") from None
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("must be letters, digits, '.', '_' and '-', at most 64, for example fra-1")
    if text.lower().startswith("simulated"):
        raise ValueError("must not begin with 'simulated': that marks data of simulated providers")
    return text


def _provider(text: str) -> str:
    if not _PROVIDER.fullmatch(text):
        raise ValueError(
            "a provider's name is lower-case letters, digits, '.', '_' and '-', at most 64: pages are named by it"
        )
    return text


def _ratio(text: str) -> str:
    if text not in RATIOS:
        raise ValueError(f"{text[:20]!r} is no aspect ratio; known: {', '.join(RATIOS)}")
    return text


def _when(value: Any) -> Weekly:  # noqa: ANN401 - whatever TOML holds
    if isinstance(value, Weekly):
        return value
    match = _WHEN.fullmatch(value.lower()) if isinstance(value, str) else None
    day = match[1][:3] if match else ""
    if match is None or day not in DAYS or int(match[2]) > 23 or int(match[3]) > 59:
        raise ValueError('must be a weekday and a time in quotes, such as "mon 07:00"')
    return Weekly(DAYS.index(day), int(match[2]), int(match[3]))


def _address(text: str) -> str:
    if not _NAMED_ADDRESS.fullmatch(text):
        raise ValueError('must be one e-mail address, such as "upheld@example.org" or "Upheld <upheld@example.org>"')
    return text


def _smtp_url(text: str) -> str:
    parts = split_url(text, ("smtp", "smtps"))
    if parts.password is not None:
        raise ValueError('the password does not belong into this file; name its variable: smtp_password_env = "..."')
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    encrypted = parts.scheme == "smtps" or options.get("starttls") == "1"
    known = options.keys() <= {"starttls", "ca_file"} and options.get("starttls", "1") in {"0", "1"}
    if not known or options.get("ca_file") == "" or parts.fragment or parts.path not in {"", "/"}:
        raise ValueError(
            "must be smtp://host:port, smtps://host:port or smtp://user@host:port?starttls=1; "
            "a private authority is named by ca_file=FILE behind the ?"
        )
    if "ca_file" in options and not encrypted:
        raise ValueError("ca_file is for smtps:// or starttls=1: without encryption there is no certificate to check")
    return text


def _path(value: Any, info: ValidationInfo) -> Path:  # noqa: ANN401 - whatever TOML holds
    """Relative paths are meant from the folder of the configuration, `~/` from HOME."""
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise ValueError("must be a path in quotes")
    context: Mapping[str, Any] = info.context or {}
    if value.startswith("~/") and context.get("home"):
        return Path(context["home"], value[2:])
    return Path(context.get("folder", ""), value)


def _argument(text: str) -> str:
    if "\0" in text:
        raise ValueError("holds a NUL character")
    if begins_like_key(text):
        raise ValueError("looks like a key itself; let the command read it from where it is kept")
    return text


def _catalogue(text: str) -> str:
    if text not in catalogue.names():
        raise ValueError(f"there is no catalogue {text[:60]!r}; {nearest(text, catalogue.names())}")
    return text


def _utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def _schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


def between(least: str, most: str) -> AfterValidator:
    """Bounds of a duration, both of them allowed, as they are written: `between("10m", "1d")`."""

    def checked(value: timedelta) -> timedelta:
        if not parse(least) <= value <= parse(most):
            raise ValueError(f"must be from {least} to {most}, not {write(value)}")
        return value

    return AfterValidator(checked)


Duration = Annotated[
    timedelta, BeforeValidator(_duration), _schema(r"^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$", "10m")
]
CronText = Annotated[str, AfterValidator(_cron), _schema(r"^\s*\S+(\s+\S+){4}\s*$", "0 4 * * sun")]
Zone = Annotated[str, AfterValidator(_zone)]
Name = Annotated[str, AfterValidator(_name)]
ProviderName = Annotated[str, AfterValidator(_provider)]
AspectRatio = Annotated[str, AfterValidator(_ratio), WithJsonSchema({"enum": list(RATIOS)})]
When = Annotated[Weekly, BeforeValidator(_when), _schema(r"^[a-zA-Z]{3,9} [0-9]{1,2}:[0-9]{2}$", "mon 07:00")]
Address = Annotated[str, AfterValidator(_address)]
SmtpUrl = Annotated[str, AfterValidator(_smtp_url), _schema(r"^smtps?://", "smtp://localhost:1025")]
FilePath = Annotated[Path, BeforeValidator(_path), WithJsonSchema({"type": "string"})]
EnvName = Annotated[str, AfterValidator(env_name), _schema(r"^[A-Za-z_][A-Za-z0-9_]*$", "WISGATE_API_KEY")]
Argument = Annotated[str, AfterValidator(_argument)]
CatalogueName = Annotated[str, AfterValidator(_catalogue), WithJsonSchema({"enum": list(catalogue.names())})]
Instant = Annotated[AwareDatetime, AfterValidator(_utc)]

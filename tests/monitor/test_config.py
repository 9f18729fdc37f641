"""The configuration: the contract's file is read as written, gaps are filled, the catalogue completes it."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monitor.config import Config, ConfigError, example, load, location_of
from monitor.judge.facts import Claim, Maintenance
from monitor.judge.policy import Policy
from probes.model import Ask, Request, Target
from probes.providers import gemini
from probes.providers import load as load_adapter
from probes.providers import names as adapter_names
from tests.monitor.configs import ONE, SIMULATED, WHOLE, loaded, write

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT.parent / "shared" / "contract.md"
KEY = {"WISGATE_API_KEY": "abc"}
NEEDED_OPTIONS = {  # of adapters that need some
    "vertex": '{ project = "p-1", location = "global" }',
    "http_json": '{ request = { url = "/a" }, reach = { url = "/b" }, images = [{ path = "a", kind = "url" }] }',
}


def fault(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text)
    return str(caught.value).replace(f"{folder}/", "")


# --- the whole file -------------------------------------------------------------------------------------------


def test_the_whole_contract_is_read_as_it_is_written(tmp_path: Path) -> None:
    config = loaded(tmp_path, WHOLE)
    assert config.service.data_dir == tmp_path / "data"
    assert (config.service.location, config.service.timezone) == ("fra-1", "Europe/Berlin")
    assert (config.budget.usd_per_day, config.budget.usd_per_month) == (5.0, 120.0)
    wisgate = config.providers["wisgate"]
    assert (wisgate.adapter, wisgate.auth, wisgate.timeout_s) == ("gemini", "x-goog-api-key", 180.0)
    assert (wisgate.limits.rpm, wisgate.limits.rpd, wisgate.limits.concurrency) == (300, 1500, 40)
    assert (wisgate.tags, wisgate.budget.usd_per_day) == ({"team": "growth"}, 2.0)
    probes = config.probes
    assert probes.reach is not None
    assert probes.baseline is not None
    assert probes.burst is not None
    assert probes.endurance is not None
    assert probes.recovery is not None
    assert (probes.reach.every, probes.reach.cron) == (timedelta(minutes=1), None)
    assert (probes.baseline.every, probes.baseline.sizes) == (timedelta(minutes=15), ("1K",))
    assert (probes.burst.every, probes.burst.cron, probes.burst.max_images) == (None, "0 4 * * sun", 150)
    assert (probes.endurance.share_of_limit, probes.endurance.duration) == (0.5, timedelta(hours=72))
    assert (probes.recovery.every, probes.recovery.max_usd_per_incident) == (timedelta(seconds=15), 2.0)
    assert config.report.every == timedelta(minutes=15)
    assert config.mail is not None
    assert (config.mail.sender, config.mail.to) == ("upheld@example.org", ("procurement@example.org",))
    assert str(config.mail.when) == "mon 07:00"
    assert config.alerts[0].on == ("down", "budget", "quota_80", "claim_refuted")
    assert config.maintenance[0].end == datetime(2026, 11, 23, 3, tzinfo=UTC)


@pytest.mark.skipif(not CONTRACT.exists(), reason="../shared/contract.md is not beside this checkout")
def test_the_block_in_the_contract_itself_is_read(tmp_path: Path) -> None:
    block = re.search(r"```toml\n(.*?)```", CONTRACT.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    assert set(loaded(tmp_path, block[1]).providers) == {"wisgate"}


def test_an_empty_file_is_a_configuration_with_every_default(tmp_path: Path) -> None:
    config = loaded(tmp_path, "")
    assert config.service.data_dir == tmp_path / "data"
    assert (config.service.location, config.service.timezone) == ("local", "UTC")
    assert (config.budget.usd_per_day, config.budget.usd_per_month) == (5.0, 120.0)
    assert (config.providers, config.mail, config.alerts, config.maintenance) == ({}, None, (), ())
    assert config.probes.model_dump() == dict.fromkeys(("reach", "baseline", "burst", "endurance", "recovery"))
    assert config.report.every == timedelta(minutes=15)


def test_an_empty_table_of_a_probe_runs_it_with_its_defaults(tmp_path: Path) -> None:
    probes = loaded(tmp_path, "[probes]\nreach = {}\nbaseline = {}\nburst = {}\nendurance = {}\nrecovery = {}").probes
    assert [
        (probe.every, probe.cron)
        for probe in (probes.reach, probes.baseline, probes.burst, probes.endurance, probes.recovery)
        if probe
    ] == [
        (timedelta(minutes=1), None),
        (timedelta(minutes=15), None),
        (None, "0 4 * * sun"),
        (None, "0 0 1 * *"),
        (timedelta(seconds=15), None),
    ]


def test_the_shipped_example_is_valid_and_the_same_in_both_places() -> None:
    assert load(ROOT / "upheld.example.toml", {}).notes() == ()
    assert (ROOT / "upheld.example.toml").read_text(encoding="utf-8") == example()


def test_what_is_commented_out_in_the_example_is_valid_too(tmp_path: Path) -> None:
    """Every optional table can be switched on by removing the `# `; prose is no `key = value`."""
    switched_on = re.sub(r"^# (?=\[|[a-z_]+ = )", "", example(), flags=re.MULTILINE)
    config = loaded(tmp_path, switched_on)
    assert config.mail is not None
    assert config.mail.smtp_password_env == "SMTP_PASSWORD"
    assert (len(config.alerts), len(config.maintenance)) == (1, 1)
    assert config.probes.recovery is not None


# --- budget, paths --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day", "month"),
    [
        ("[budget]", 5.0, 120.0),
        ("[budget]\nusd_per_day = 1", 1.0, 31.0),
        ("[budget]\nusd_per_month = 500", 500.0, 500.0),
        ("[budget]\nusd_per_day = 3\nusd_per_month = 4", 3.0, 4.0),
    ],
)
def test_there_is_always_a_cap_of_a_day_and_of_a_month(tmp_path: Path, text: str, day: float, month: float) -> None:
    budget = loaded(tmp_path, text).budget
    assert (budget.usd_per_day, budget.usd_per_month) == (day, month)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("data", "{folder}/data"), ("/var/lib/upheld", "/var/lib/upheld"), ("~/upheld", "/home/me/upheld")],
)
def test_paths_are_meant_from_the_folder_of_the_file(tmp_path: Path, written: str, meant: str) -> None:
    config = loaded(tmp_path, f'[service]\ndata_dir = "{written}"', {"HOME": "/home/me"})
    assert str(config.service.data_dir) == meant.format(folder=tmp_path)
    assert config.service.data_dir.is_absolute()


def test_a_relative_name_of_the_file_still_gives_absolute_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "")
    monkeypatch.chdir(tmp_path)
    assert load(Path("upheld.toml"), {}).service.data_dir == tmp_path / "data"


# --- the file cannot be read ----------------------------------------------------------------------------------


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "no.toml", {})
    assert (
        str(caught.value)
        == f"{tmp_path}/no.toml: there is no such file; make one with: upheld check --example > upheld.toml"
    )


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder; name the file in it: "):
        load(tmp_path, {})


@contextmanager
def without_the_rights_of_root() -> Iterator[None]:
    """Root reads everything; nobody does not."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


def test_a_file_without_permission_says_so(tmp_path: Path) -> None:
    path = write(tmp_path, ONE)
    path.chmod(0)
    with without_the_rights_of_root(), pytest.raises(ConfigError, match="cannot be read: Permission denied"):
        load(path, {})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[service]\nlocation = '\xff'\n", "line 2: is not UTF-8 text"),
        (b"a = " + b"[" * 50_000, "nested too deeply"),
        (b" " * (4 * 1024 * 1024 + 1), "is larger than 4 MB"),
        (b"a = 2026-02-30\n", "line 1, column 5: not valid TOML: Invalid date or datetime"),
    ],
    ids=["bytes", "depth", "size", "date"],
)
def test_what_is_no_toml_is_told_with_its_place(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "upheld.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert says in str(caught.value)
    assert len(caught.value.faults) == 1


# --- adapters, catalogue --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["vertex", "openai_chat", "kie", "a1111", "http_json"])
def test_an_adapter_of_a_later_version_is_told_from_a_typo(tmp_path: Path, name: str) -> None:
    if name in adapter_names():
        text = ONE.replace('"gemini"', f'"{name}"\noptions = {NEEDED_OPTIONS.get(name, "{}")}')
        target = loaded(tmp_path, text).targets(KEY)["wisgate"]
        asked = load_adapter(name).step(target, Ask(size="1K", aspect_ratio="1:1", prompt="a fox"), ())
        assert isinstance(asked, Request)  # it takes what configuration has made of its options
        return
    says = f"adapter '{name}' is not in this version; available: {', '.join(adapter_names())}"
    assert fault(tmp_path, ONE.replace('"gemini"', f'"{name}"')) == f"upheld.toml: providers.wisgate.adapter: {says}"


def test_a_catalogue_gives_address_adapter_model_prices_and_claims(tmp_path: Path) -> None:
    wisgate = loaded(tmp_path, '[providers.w]\ncatalogue = "wisgate"\napi_key_env = "K"').providers["w"]
    assert (wisgate.adapter, wisgate.base_url, wisgate.auth) == ("gemini", "https://wisgate.ai", "x-goog-api-key")
    assert (wisgate.model, wisgate.price("2K"), wisgate.advertised_rpm) == ("gemini-3.1-flash-image", 0.058, None)
    assert [claim.metric for claim in wisgate.claims] == [
        "uptime",
        "same_latency_across_sizes",
        "p50_ms",
        "usd_per_image",
        "billed_only_on_success",
    ]


def test_what_is_written_wins_over_the_catalogue(tmp_path: Path) -> None:
    text = """
    [providers.lao]
    catalogue = "laozhang"
    base_url = "https://mirror.example.org/"
    auth = "query"
    model = "gemini-3.1-flash-image-preview"
    api_key_env = "K"
    prices = { "4K" = 0.07 }
    """
    lao = loaded(tmp_path, text).providers["lao"]
    assert (lao.base_url, lao.auth) == ("https://mirror.example.org", "query")
    assert lao.prices == {"512": 0.055, "1K": 0.055, "2K": 0.055, "4K": 0.07}


def test_the_adapter_chooses_the_endpoint_of_the_catalogue(tmp_path: Path) -> None:
    text = '[providers.lao]\ncatalogue = "laozhang"\nadapter = "openai_images"\napi_key_env = "K"'
    lao = loaded(tmp_path, text).providers["lao"]
    assert (lao.base_url, lao.auth) == ("https://api.laozhang.ai", "bearer")


@pytest.mark.parametrize(
    ("more", "rpm", "source"),
    [
        ("", None, None),
        ('tier = "tier1"', 300.0, "documents 002 and 003"),
        ('tier = "tier2"\nlimits = { rpm = 50 }', 50.0, "limits in upheld.toml"),
        (
            'claims = [{ metric = "rpm", op = ">=", value = 120, source = "our contract" }]',
            120.0,
            "our contract",
        ),
        ('claims = [{ metric = "rpm", op = "==", value = "unlimited" }]', None, None),
    ],
    ids=["none", "tier", "own-limit", "claim", "unlimited"],
)
def test_the_advertised_rate_comes_with_its_source(
    tmp_path: Path, more: str, rpm: float | None, source: str | None
) -> None:
    text = f'[providers.g]\ncatalogue = "google-gemini"\napi_key_env = "K"\n{more}'
    google = loaded(tmp_path, text).providers["g"]
    assert (google.advertised_rpm, google.advertised_source) == (rpm, source)


def test_the_other_limits_of_a_tier_stay_when_one_is_written(tmp_path: Path) -> None:
    text = '[providers.g]\ncatalogue = "google-gemini"\ntier = "tier2"\nlimits = { rpm = 50 }\napi_key_env = "K"'
    limits = loaded(tmp_path, text).providers["g"].limits
    assert (limits.rpm, limits.rpd) == (50.0, 10_000.0)


def test_half_a_k_and_512_are_one_size(tmp_path: Path) -> None:
    config = loaded(tmp_path, ONE.replace('"1K"', '"0.5K"') + '[probes.baseline]\nsizes = ["512"]')
    assert config.targets(KEY)["wisgate"].usd_per_image == {"0.5K": 0.058, "512": 0.058}


# --- secrets --------------------------------------------------------------------------------------------------


def test_a_target_holds_what_a_probe_needs_and_a_key_that_does_not_print(tmp_path: Path) -> None:
    target = loaded(tmp_path, WHOLE).targets({"WISGATE_API_KEY": "  very-secret\n"})["wisgate"]
    assert target.key.reveal() == "very-secret"
    assert "very-secret" not in repr(target)
    assert target == Target(
        provider="wisgate",
        adapter="gemini",
        base_url="https://wisgate.ai",
        model="gemini-3-pro-image-preview",
        auth="x-goog-api-key",
        key=target.key,
        timeout_s=180.0,
        usd_per_image={"1K": 0.058, "2K": 0.058, "4K": 0.058},
        advertised_rpm=300.0,
        concurrency=40,
        tags={"team": "growth"},
        options=gemini.Options().model_dump(),
    )


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({}, "environment variable WISGATE_API_KEY is not set"),
        ({"WISGATE_API_KEY": " \n"}, "environment variable WISGATE_API_KEY is empty"),
        ({"WISGATE_API_KEY": "two words"}, "environment variable WISGATE_API_KEY holds blanks or characters"),
        ({"WISGATE_API_KEY": "ключ"}, "environment variable WISGATE_API_KEY holds blanks or characters"),
    ],
    ids=["unset", "empty", "blank", "foreign"],
)
def test_a_missing_key_is_named_by_its_variable_and_never_shown(
    tmp_path: Path, environ: dict[str, str], says: str
) -> None:
    config = loaded(tmp_path, ONE)
    with pytest.raises(ConfigError) as caught:
        config.targets(environ)
    assert f"providers.wisgate.api_key_env: {says}" in str(caught.value)
    assert "two words" not in str(caught.value)


def test_all_missing_keys_are_told_at_once_and_only_those_that_are_needed(tmp_path: Path) -> None:
    config = loaded(tmp_path, ONE + ONE.replace("wisgate]", "b]").replace("WISGATE_API_KEY", "B"))
    with pytest.raises(ConfigError) as caught:
        config.targets({})
    assert len(caught.value.faults) == 2
    assert set(config.targets(KEY, only=["wisgate"])) == {"wisgate"}


def with_key_file(folder: Path, content: bytes | None) -> Config:
    if content is not None:
        (folder / "key").write_bytes(content)
    return loaded(folder, ONE.replace('api_key_env = "WISGATE_API_KEY"', 'api_key_file = "key"'))


def test_a_key_file_is_found_beside_the_configuration(tmp_path: Path) -> None:
    assert with_key_file(tmp_path, b"abc-123\n").targets({})["wisgate"].key.reveal() == "abc-123"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot read {folder}/key: No such file or directory"),
        (b"", "{folder}/key is empty"),
        (b"\xff\xfe", "{folder}/key holds blanks or characters that no HTTP header can carry"),
        (b"x" * 20_000, "{folder}/key is larger than any key"),
    ],
    ids=["missing", "empty", "binary", "large"],
)
def test_a_key_file_that_holds_no_key_is_named(tmp_path: Path, content: bytes | None, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_key_file(tmp_path, content).targets({})
    assert str(caught.value).endswith(f"providers.wisgate.api_key_file: {says.format(folder=tmp_path)}")


def test_the_password_of_the_mail_server_is_read_by_name(tmp_path: Path) -> None:
    text = WHOLE.replace("smtp://localhost:1025", "smtp://me@localhost:587?starttls=1").replace(
        "[[alerts]]", 'smtp_password_env = "P"\n[[alerts]]'
    )
    config = loaded(tmp_path, text)
    password = config.mail_password({"P": "hunter2"})
    assert password is not None
    assert password.reveal() == "hunter2"
    with pytest.raises(ConfigError, match=r"mail\.smtp_password_env: environment variable P is not set"):
        config.mail_password({})
    assert loaded(tmp_path, WHOLE).mail_password({}) is None


# --- what others are told -------------------------------------------------------------------------------------


def test_the_facts_for_a_judgement_need_no_key(tmp_path: Path) -> None:
    facts = loaded(tmp_path, WHOLE.replace("[service]", "[service]\nplanned_rpm = 40")).facts()
    assert (facts.location, facts.timezone, facts.planned_rpm) == ("fra-1", "Europe/Berlin", 40.0)
    wisgate = facts.of("wisgate")
    assert (wisgate.advertised_rpm, wisgate.advertised_source) == (300.0, "limits in upheld.toml")
    assert wisgate.usd_per_image == {"1K": 0.058, "2K": 0.058, "4K": 0.058}
    assert wisgate.claims[0] == Claim("uptime", ">=", 0.999, "time", "https://wisgate.ai/sla", date(2026, 11, 22))
    assert "document 000" in {claim.source for claim in wisgate.claims[1:]}
    hours = [datetime(2026, 11, 23, hour, tzinfo=UTC) for hour in (2, 3)]
    assert wisgate.maintenance == (Maintenance(hours[0], hours[1], "https://wisgate.ai/notice"),)


def test_claims_of_others_about_a_provider_say_so_in_their_source(tmp_path: Path) -> None:
    google = loaded(tmp_path, '[providers.g]\ncatalogue = "google-gemini"\napi_key_env = "K"').facts().of("g")
    said = {claim.source for claim in google.claims if claim.metric != "usd_per_image"}
    assert said == {"document 003 (a third party's claim)", "document 004 (a third party's claim)"}


def test_a_claim_for_one_size_says_for_which(tmp_path: Path) -> None:
    text = '[providers.g]\ncatalogue = "google-gemini"\napi_key_env = "K"\n[[providers.g.claims]]\n'
    text += 'metric = "p95_ms"\nop = "<="\nvalue = 30000\nsize = "4K"'
    claims = loaded(tmp_path, text).facts().of("g").claims
    assert [(claim.value, claim.size) for claim in claims if claim.metric.startswith("p")] == [
        (30_000, "4K"),
        (15_000, None),
        (3200, "1K"),
        (4100, "2K"),
        (11_700, "4K"),
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (ONE, "local"),
        (SIMULATED, "simulated"),
        (SIMULATED + '[service]\nlocation = "fra-1"', "simulated-fra-1"),
        (ONE + SIMULATED, "simulated"),
    ],
    ids=["real", "simulated", "simulated-with-location", "mixed"],
)
def test_the_location_says_simulated_when_any_provider_is(tmp_path: Path, text: str, name: str) -> None:
    config = loaded(tmp_path, text)
    assert location_of(config) == config.facts().location == name


def test_a_simulated_provider_needs_no_key_of_yours(tmp_path: Path) -> None:
    assert loaded(tmp_path, SIMULATED).targets({})["alder"].key.reveal() == "simulated"


HASTY = ONE + 'advised_timeout_s = { "1K" = 240, "4K" = 600, "2K" = 180 }\n[probes.reach]'
DALL_E = """
[providers.openai]
catalogue = "openai"
model = "dall-e-3"
api_key_env = "KEY"
prices = { "1K" = 0.04, "4K" = 0.16 }
[probes.baseline]
sizes = ["1K", "4K"]
"""


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("", ["no provider is configured", "no probe is configured"]),
        (ONE + "[probes.reach]", []),
        (ONE + SIMULATED + "[probes.reach]", ["every page will say simulated, because alder is"]),
        (ONE + "[probes.endurance]", ["wisgate: probes.endurance leaves it out: no limits.rpm"]),
        (HASTY, ["wisgate: timeout_s = 180 is shorter than the provider advises (240 s at 1K, 600 s at 4K)"]),
        (DALL_E, ["openai: probes.baseline will get no image of it: dall-e-3 makes no image of 4K at 1:1"]),
        (WHOLE, ["wisgate: the catalogue 'wisgate' has no facts on model 'gemini-3-pro-image-preview'"]),
    ],
    ids=["empty", "fine", "mixed", "no-limit", "impatient", "unaskable", "unknown-model"],
)
def test_what_is_no_fault_and_still_worth_knowing_is_noted(tmp_path: Path, text: str, notes: list[str]) -> None:
    said = loaded(tmp_path, text).notes()
    assert len(said) == len(notes)
    for sentence, start in zip(said, notes, strict=True):
        assert sentence.startswith(start)


def test_what_verdicts_assume_of_outages_is_configured_for_all_and_told_where_it_is_not_the_default(
    tmp_path: Path,
) -> None:
    text = '[judge]\nunseen_outage = "1h"\nsame_outage_within = "10m"\nbet_block = "1d"\n' + ONE
    config = loaded(tmp_path, text)
    facts = config.facts()
    assert facts.of("wisgate").policy == facts.of("somebody else").policy == Policy(3600.0, 600.0, 86_400.0)
    assert [note for note in config.notes() if note.startswith("judge")] == [
        "judge: not the defaults, so how often verdicts are wrong with these values was never simulated",
        "judge.unseen_outage: with less than 2h true promises are confirmed too often where outages last 2 h",
    ]
    assert loaded(tmp_path, ONE).facts().policy.is_default

"""Access in the configuration: tokens, options, prices by mode, control hosts, a private CA; who is not probed."""

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor import catalogue
from monitor.cli import main, published
from monitor.cli.overview import notes
from monitor.config import ConfigError
from monitor.config.model import CONTROL_URLS, Trust
from monitor.schedule_cost import plan_schedule
from probes.clock import RealClock
from probes.credentials import ServiceAccountFile, TokenCommand
from tests.monitor.configs import ONE, SIMULATED, loaded, write
from tests.probes.authority import make

VERTEX = '[providers.v]\ncatalogue = "google-vertex"\noptions = { project = "p-1", location = "global" }\n'
GOOGLE = '[providers.g]\ncatalogue = "google-gemini"\napi_key_env = "K"\n'
MIDJOURNEY = '[providers.mj]\ncatalogue = "midjourney"\n'
NOW = RealClock().now().replace(year=2026, month=11, day=22, hour=10)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text).targets({})
    return str(caught.value).replace(f"{folder}/", "")


# --- tokens ---------------------------------------------------------------------------------------------------


def test_a_token_command_is_handed_to_the_probe_and_nothing_is_run_yet(tmp_path: Path) -> None:
    text = VERTEX + 'token_command = ["/nowhere/gcloud", "auth", "print-access-token"]'
    target = loaded(tmp_path, text).targets({})["v"]
    assert target.credential == TokenCommand(("/nowhere/gcloud", "auth", "print-access-token"))
    assert (target.auth, target.key.reveal()) == ("bearer", "")


def test_a_token_is_sent_as_bearer_whatever_the_format_is_used_to(tmp_path: Path) -> None:
    text = ONE.replace('api_key_env = "WISGATE_API_KEY"', 'token_command = ["print-token"]')
    assert loaded(tmp_path, text).targets({})["wisgate"].auth == "bearer"


def test_a_service_account_file_is_meant_from_the_folder_and_read_before_anything_runs(tmp_path: Path) -> None:
    text = VERTEX + 'service_account_file = "sa.json"'
    said = refusal(tmp_path, text)
    assert said.startswith(
        "upheld.toml: providers.v.service_account_file: service account file sa.json: cannot be read"
    )
    (tmp_path / "sa.json").write_text('{"type": "authorized_user"}', encoding="utf-8")
    assert "its type is 'authorized_user', not 'service_account'" in refusal(tmp_path, text)
    assert loaded(tmp_path, text).providers["v"].credential == ServiceAccountFile(str(tmp_path / "sa.json"))


def test_an_express_key_is_sent_as_the_table_says(tmp_path: Path) -> None:
    text = '[providers.v]\ncatalogue = "google-vertex"\napi_key_env = "K"\nauth = "x-goog-api-key"\n'
    target = loaded(tmp_path, text + "options = { express = true }").targets({"K": "AQ.key"})["v"]
    assert (target.auth, target.credential, target.options["express"]) == ("x-goog-api-key", None, True)


# --- options, prices ------------------------------------------------------------------------------------------


def test_options_come_with_every_default_and_their_paths_are_meant_from_the_folder(tmp_path: Path) -> None:
    (tmp_path / "fox.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    options = loaded(tmp_path, GOOGLE + 'options = { stream = true, reference_images = ["fox.png"] }').providers["g"]
    assert options.options["stream"] is True
    assert options.options["batch"] is False
    assert options.options["reference_images"][0].startswith("data:image/png;base64,")


@pytest.mark.parametrize(
    ("options", "prices"),
    [
        ("{}", {"1K": 0.134, "2K": 0.134, "4K": 0.24}),
        ("{ batch = true }", {"1K": 0.067, "2K": 0.067, "4K": 0.12}),
        ('{ service_tier = "flex" }', {"1K": 0.067, "2K": 0.067, "4K": 0.12}),
        ('{ service_tier = "priority" }', {"1K": 0.2412, "2K": 0.2412, "4K": 0.432}),
    ],
    ids=["standard", "batch", "flex", "priority"],
)
def test_a_price_is_that_of_the_mode_in_which_images_are_asked_for(
    tmp_path: Path, options: str, prices: dict[str, float]
) -> None:
    text = f'{GOOGLE}options = {options}\n[probes.baseline]\nevery = "1d"\nsizes = ["4K"]'
    config = loaded(tmp_path, text)
    assert config.targets({"K": "key"})["g"].usd_per_image == prices
    plan = plan_schedule(config, date(2026, 11, 22), 1)
    assert plan.usd(plan.days) == pytest.approx(prices["4K"])


def test_a_batch_job_may_take_a_day(tmp_path: Path) -> None:
    text = GOOGLE + "options = { batch = true }\ntimeout_s = 86400"
    assert loaded(tmp_path, text).providers["g"].timeout_s == 86_400


def test_an_image_of_ones_own_machine_costs_an_hour_of_it_by_its_yield(tmp_path: Path) -> None:
    text = (
        '[providers.own]\ncatalogue = "sdxl-selfhosted"\nbase_url = "http://127.0.0.1:7860"\n'
        'machine = { usd_per_hour = 0.8, images_per_hour = { "1K" = 400, "2K" = 100 } }\nprices = { "2K" = 0.01 }'
    )
    own = loaded(tmp_path, text).facts().of("own")
    assert own.usd_per_image == {"1K": pytest.approx(0.002), "2K": 0.01}
    assert [price.source for price in own.listed] == ["machine in upheld.toml", "prices in upheld.toml"]


def test_a_price_of_the_catalogue_says_where_and_when_it_was_read(tmp_path: Path) -> None:
    facts = loaded(tmp_path, GOOGLE + 'tier = "tier1"\nprices = { "4K" = 0.2 }').facts().of("g")
    assert [(price.size, price.seen_on) for price in facts.listed] == [
        ("1K", date(2026, 11, 22)),
        ("2K", date(2026, 11, 22)),
        ("4K", None),
    ]
    assert (facts.advertised_rpm, facts.advertised_seen_on) == (300, date(2026, 11, 22))


def test_the_agreement_of_vertex_is_not_held_against_a_preview_model(tmp_path: Path) -> None:
    text = VERTEX + 'token_command = ["print-token"]\n'
    ga, preview = (
        loaded(tmp_path, text + model).facts().of("v").claims
        for model in ('model = "gemini-3-pro-image"', 'model = "gemini-3-pro-image-preview"')
    )
    assert [(claim.metric, claim.value, claim.definition) for claim in ga] == [("uptime", 0.995, "google_minutes")]
    assert preview == ()


# --- control hosts, a private CA ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (ONE, CONTROL_URLS),
        (ONE + "[service]\ncontrol_urls = []", ()),
        (ONE + '[service]\ncontrol_urls = ["http://10.0.0.1/"]', ("http://10.0.0.1/",)),
        (SIMULATED, ()),
        (SIMULATED + '[service]\ncontrol_urls = ["http://127.0.0.1:1/"]', ("http://127.0.0.1:1/",)),
        (ONE + SIMULATED, CONTROL_URLS),
        ("", ()),
    ],
    ids=["default", "nobody", "own", "all-here", "all-here-own", "mixed", "no-provider"],
)
def test_control_hosts_are_asked_for_providers_that_are_elsewhere(
    tmp_path: Path, text: str, asked: tuple[str, ...]
) -> None:
    assert loaded(tmp_path, text).control_urls() == asked


def test_the_control_hosts_by_default_are_two_unrelated_ones() -> None:
    assert len({url.split("/")[2].split(".", 1)[1] for url in CONTROL_URLS}) == 2
    assert all(url.startswith("https://") for url in CONTROL_URLS)


def test_a_private_authority_is_read_before_anything_is_asked(tmp_path: Path) -> None:
    text = ONE + 'ca_file = "own.pem"\n[service]\nca_file = "all.pem"'
    (tmp_path / "own.pem").write_text("no certificate", encoding="utf-8")
    result = CliRunner().invoke(main, ["check", "--config", str(write(tmp_path, text))], env={"WISGATE_API_KEY": "k"})
    assert result.exit_code == 2
    assert [line.replace(f"{tmp_path}/", "") for line in result.stderr.splitlines()[1:]] == [
        "upheld.toml: service.ca_file: cannot read all.pem: No such file or directory",
        "upheld.toml: providers.wisgate.ca_file: own.pem holds no certificate in PEM",
    ]
    ca_file, _ = make(tmp_path)
    for name in ("own.pem", "all.pem"):
        (tmp_path / name).write_bytes(ca_file.read_bytes())
    assert loaded(tmp_path, text).trust() == Trust(
        str(tmp_path / "all.pem"), {"https://wisgate.ai": str(tmp_path / "own.pem")}
    )
    assert loaded(tmp_path, "").trust() == Trust()


@pytest.mark.parametrize("url", ["smtps://mail?ca_file=/etc/ca.pem", "smtp://mail?starttls=1&ca_file=/etc/ca.pem"])
def test_the_mail_server_may_have_a_private_authority(tmp_path: Path, url: str) -> None:
    mail = loaded(tmp_path, f'[mail]\nsmtp_url = "{url}"\nfrom = "a@b.org"\nto = ["c@d.org"]').mail
    assert mail is not None
    assert mail.smtp_url == url


# --- who is not probed ----------------------------------------------------------------------------------------


def test_what_has_no_public_api_gets_a_note_and_a_row_but_no_probe(tmp_path: Path) -> None:
    config = loaded(tmp_path, ONE + MIDJOURNEY + "[probes.reach]\n[probes.baseline]")
    assert list(config.providers) == ["wisgate"]
    assert list(config.targets({"WISGATE_API_KEY": "k"})) == ["wisgate"]
    assert {load.provider for load in plan_schedule(config, date(2026, 11, 22), 1).loads} == {"wisgate"}
    assert config.facts().not_measurable == {"mj": "no public API"}
    assert [note for note in config.notes() if note.startswith("mj")] == [
        "mj: not measurable: no public API; it gets no probes, and a row in the comparison that says so"
    ]


def test_an_unofficial_gateway_is_a_provider_like_any_other(tmp_path: Path) -> None:
    text = MIDJOURNEY + 'adapter = "openai_images"\nbase_url = "https://gateway.example.org"\nmodel = "mj"\n'
    config = loaded(tmp_path, text + 'api_key_env = "K"')
    assert (list(config.providers), config.not_measurable) == (["mj"], {})


# --- what is shown --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (90, []),
        (91, ["w: 2 prices, rates and claims were read more than 90 days ago, the oldest on 2026-08-01"]),
    ],
)
def test_a_stale_price_or_claim_is_noted(tmp_path: Path, days: int, says: list[str]) -> None:
    claim = '[[providers.w.claims]]\nmetric = "p95_ms"\nop = "<="\nvalue = 9000\nseen_on = 2026-08-01\n'
    text = ONE.replace("wisgate]", "w]") + claim + claim.replace("9000", "8000")
    now = NOW.replace(month=10, day=30 if days == 90 else 31)
    stale = [note for note in notes(loaded(tmp_path, text), now) if "stale" in note]
    assert [note.partition(":")[0] + ":" + note.partition(":")[2].rpartition(":")[0] for note in stale] == says


def check(*args: str) -> Result:
    return CliRunner().invoke(main, ["check", *args], env={"NO_COLOR": "1", "UPHELD_CONFIG": "/nowhere/upheld.toml"})


@pytest.mark.parametrize("name", catalogue.names())
def test_every_fact_of_a_catalogue_is_shown_with_source_and_date(name: str) -> None:
    shown, data = check("--catalogue", name), check("--catalogue", name, "--json")
    assert (shown.exit_code, data.exit_code) == (0, 0)
    facts = json.loads(data.stdout)["facts"]
    assert len(facts) == len(list(catalogue.load(name).facts))
    for fact in facts:
        assert fact["says"] in shown.stdout
        assert fact["source"] in shown.stdout
        assert fact["seen_on"] in shown.stdout
        assert fact["standing"] in shown.stdout


def test_what_no_longer_holds_or_is_contradicted_says_so() -> None:
    lines = check("--catalogue", "laozhang").stdout.splitlines()
    assert any("superseded on 2026-11-22" in line and "$0.05 per image of gemini-3-pro-image" in line for line in lines)
    disputed = [line for line in check("--catalogue", "google-gemini").stdout.splitlines() if "disputed" in line]
    assert any("document 004" in line and "60 rpm" in line for line in disputed)


def test_a_fact_that_was_read_long_ago_is_stale() -> None:
    fact = next(catalogue.load("wisgate").facts)
    assert published.standing(fact, date(2027, 2, 20)) == "holds"
    assert published.standing(fact, date(2027, 2, 21)) == "stale: read 91 days ago"


def test_midjourney_says_that_it_is_not_measurable() -> None:
    assert check("--catalogue", "midjourney").stdout.startswith("Midjourney is not measurable: no public API.\n")


def test_an_unknown_catalogue_is_wrong_usage_and_names_the_nearest() -> None:
    result = check("--catalogue", "midjourny")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "there is no catalogue 'midjourny'; did you mean 'midjourney'?" in result.stderr


def test_check_lists_the_token_without_running_it(tmp_path: Path) -> None:
    path = write(tmp_path, VERTEX + 'token_command = ["/nowhere/gcloud"]')
    result = CliRunner().invoke(main, ["check", "--config", str(path)], env={"NO_COLOR": "1"})
    assert result.exit_code == 0, result.stderr
    assert "there (token command 'gcloud')" in result.stdout

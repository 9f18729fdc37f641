"""The shipped catalogue: every file holds what it must, every fact is dated and sourced, the known values are there."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from monitor import catalogue
from monitor.catalogue import Catalogue, CatalogueError, load, names
from monitor.claim_terms import misfits

SEEN = date(2026, 11, 22)
BASE: dict[str, Any] = {
    "title": "Acme",
    "models": [{"id": "m", "aliases": ["m-preview"], "source": "s", "seen_on": SEEN}],
}


def price(**more: object) -> dict[str, object]:
    return {"model": "m", "usd": 0.05, "sizes": ("1K",), "source": "s", "seen_on": SEEN, **more}


@pytest.mark.parametrize("name", names())
def test_every_file_is_read_strictly_and_every_fact_says_where_and_when(name: str) -> None:
    known = load(name)
    assert list(known.facts)
    for fact in known.facts:
        assert fact.source.strip()
        assert date(2025, 1, 1) <= fact.seen_on
        assert fact.superseded_on is None or fact.superseded_on >= fact.seen_on


@pytest.mark.parametrize("name", names())
def test_every_claim_fits_its_metric_and_quotes_what_was_said(name: str) -> None:
    for claim in load(name).claims:
        assert misfits(claim.metric, claim.op, claim.value, claim.definition) == []
        assert claim.text


@pytest.mark.parametrize("name", names())
def test_a_provider_that_can_be_measured_can_be_reached_without_an_address_in_the_configuration(name: str) -> None:
    known = load(name)
    endpoint = known.endpoint(None)
    assert endpoint is not None or not known.measurable
    own_machine = name.endswith("-selfhosted")  # its address is the customer's, who may use no key
    assert own_machine or endpoint is None or (endpoint.base_url and endpoint.auth)


@pytest.mark.parametrize("name", names())
def test_no_file_names_a_path_of_ours_or_a_key(name: str) -> None:
    text = (Path(catalogue.__file__).parent / f"{name}.toml").read_text(encoding="utf-8")
    assert re.search(r'"/[a-z]+/', text) is None  # a path of a machine; addresses begin with their scheme
    assert "AIza" not in text
    assert "sk-" not in text


def test_every_system_that_the_documents_name_is_there() -> None:
    google, resellers = {"google-gemini", "google-vertex"}, {"apiyi", "kie", "laozhang", "wisgate"}
    assert google | resellers | {"openai", "sdxl-selfhosted", "midjourney"} <= set(names())


@pytest.mark.parametrize(
    ("name", "model", "prices"),
    [
        ("google-gemini", "gemini-3-pro-image-preview", {"1K": 0.134, "2K": 0.134, "4K": 0.24}),
        ("google-gemini", "gemini-3.1-flash-image", {"512": 0.045, "1K": 0.067, "2K": 0.101, "4K": 0.151}),
        ("wisgate", "gemini-3.1-flash-image-preview", dict.fromkeys(("0.5K", "1K", "2K", "4K"), 0.058)),
        ("laozhang", "gemini-3-pro-image", dict.fromkeys(("1K", "2K", "4K"), 0.09)),
        ("apiyi", "gemini-3-pro-image", dict.fromkeys(("1K", "2K", "4K"), 0.09)),
        ("openai", "gpt-image-1", {}),  # priced by quality, which probes leave to the provider
        ("openai", "dall-e-3", {}),  # not confirmed: never applied
        ("wisgate", "nobody-knows-it", {}),
    ],
)
def test_the_price_that_holds_is_found_by_any_name_of_the_model(
    name: str, model: str, prices: dict[str, float]
) -> None:
    assert load(name).prices_of(model) == prices


def test_a_price_that_no_longer_holds_is_kept_with_the_day_it_was_superseded() -> None:
    old = [p for p in load("laozhang").prices if p.usd == 0.05]
    assert [(p.superseded_on, p.holds) for p in old] == [(date(2026, 11, 22), False)]
    assert 0.05 not in [claim.value for claim in load("laozhang").claims_of("gemini-3-pro-image")]


@pytest.mark.parametrize(
    ("tier", "rpm", "rpd"), [("free", 5.0, 100.0), ("tier1", 300.0, 1500.0), ("tier2", 1000.0, 10000.0)]
)
def test_a_contradicted_limit_is_kept_and_never_applied(tier: str, rpm: float, rpd: float) -> None:
    google = load("google-gemini")
    limit = google.limit_of(tier, "gemini-3.1-flash-image-preview")
    assert limit is not None
    assert (limit.per_minute, limit.rpd) == (rpm, rpd)
    assert any(other.tier == tier and other.disputed for other in google.limits)


def test_claims_of_others_about_a_provider_are_marked_as_such() -> None:
    uptime = next(claim for claim in load("google-gemini").claims if claim.metric == "uptime")
    assert (uptime.by, uptime.value) == ("third_party", 0.992)


def test_an_endpoint_is_found_by_its_adapter() -> None:
    laozhang = load("laozhang")
    assert [end.adapter for end in laozhang.endpoints] == ["gemini", "openai_images", "openai_chat"]
    images = laozhang.endpoint("openai_images")
    assert images is not None
    assert (images.base_url, images.auth) == ("https://api.laozhang.ai", "bearer")
    assert laozhang.endpoint("kie") is None


def test_the_form_holds_limits_per_window_task_prices_and_what_cannot_be_measured() -> None:
    """Kie, self-hosted SDXL and Midjourney come later; their facts must already have a place."""
    kie = Catalogue.model_validate(
        BASE
        | {
            "endpoints": [
                {"adapter": "kie", "base_url": "https://api.kie.ai", "auth": "bearer", "source": "s", "seen_on": SEEN}
            ],
            "limits": [
                {"tier": "account", "requests": 20, "per_s": 10, "concurrency": 100, "source": "s", "seen_on": SEEN}
            ],
            "prices": [price(unit="machine_hour", usd=0.8), price(mode="batch"), price()],
        }
    )
    limit = kie.limit_of("account", "m-preview")
    assert limit is not None
    assert limit.per_minute == 120
    assert kie.prices_of("m-preview") == {"1K": 0.05}
    midjourney = Catalogue(title="Midjourney", measurable=False, why_not_measurable="no public API")
    assert midjourney.endpoint(None) is None


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (
            {"models": [*BASE["models"], {"id": "m-preview", "source": "s", "seen_on": SEEN}]},
            "'m-preview' is named twice",
        ),
        ({"prices": [price(model="other")]}, "'other' has facts, but is not among the models"),
        ({"prices": [price(), price(usd=0.06)]}, "two prices hold for one image of m at 1K"),
        ({"prices": [price(usd=-1)]}, "greater than or equal to 0"),
        ({"prices": [{"model": "m", "usd": 1.0, "source": "s"}]}, "seen_on"),
        (
            {"limits": [{"tier": "t", "requests": 20, "source": "s", "seen_on": SEEN}]},
            "requests (or usd) and per_s go together",
        ),
        ({"measurable": False}, "why_not_measurable"),
        ({"colour": "red"}, "colour"),
        (
            {"claims": [{"metric": "uptime", "op": ">=", "value": 99.9, "text": "t", "source": "s", "seen_on": SEEN}]},
            "value: uptime must be a share above 0 and up to 1, for example 0.999 for 99.9 %, not 99.9",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_catalogue_that_contradicts_itself_is_refused(more: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Catalogue.model_validate(BASE | more)
    assert says in str(caught.value)


def test_prices_one_of_which_is_superseded_do_not_contradict_each_other() -> None:
    known = Catalogue.model_validate(BASE | {"prices": [price(superseded_on=SEEN), price(usd=0.09)]})
    assert known.prices_of("m") == {"1K": 0.09}


def test_an_unknown_catalogue_names_the_known_ones() -> None:
    with pytest.raises(CatalogueError, match="there is no catalogue 'wisgat'; known: apiyi, google-gemini"):
        load("wisgat")


def test_a_damaged_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.toml").write_text("title = 3\n", encoding="utf-8")
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    monkeypatch.setattr(catalogue, "names", lambda: ("broken",))
    with pytest.raises(CatalogueError, match=r"broken\.toml: the shipped catalogue is damaged"):
        load("broken")

"""Whose price a saving is held against, prices that held before, and the user's own costs, from file to facts."""

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from monitor import catalogue
from monitor.catalogue.model import Catalogue
from monitor.config import official
from monitor.config.official import official_of, past_prices
from monitor.judge.facts import PastPrice, Worksheet
from tests.monitor.configs import loaded

READ = {"source": "price list", "seen_on": date(2026, 9, 1)}


@pytest.mark.parametrize(
    ("name", "model", "maker"),
    [
        ("wisgate", "gemini-3.1-flash-image-preview", "google-gemini"),
        ("laozhang", "gemini-3-pro-image", "google-gemini"),
        ("kie", "nano-banana-pro", "google-gemini"),  # the same by the name that people use
        (None, "gemini-3-pro-image-preview", "google-gemini"),
        ("google-gemini", "gemini-3-pro-image", None),  # the maker itself
        ("google-vertex", "gemini-3-pro-image", None),
        ("sdxl-selfhosted", "sd_xl_base_1.0", None),
        (None, "aurora-image-1", None),
        (None, None, None),
    ],
)
def test_the_official_price_is_that_of_the_models_maker(name: str | None, model: str | None, maker: str | None) -> None:
    found = official_of(name, model)
    assert (found.name if found else None) == maker
    if found is not None:
        assert all(price.usd > 0 and price.source and price.seen_on for price in found.usd_per_image.values())


def test_a_size_has_the_makers_price_under_both_of_its_names() -> None:
    found = official_of("wisgate", "gemini-3.1-flash-image")
    assert found is not None
    assert found.usd_per_image["0.5K"] == found.usd_per_image["512"]


def test_every_official_catalogue_has_an_image_price_or_a_reason() -> None:
    makers = [name for name in catalogue.names() if catalogue.load(name).official]
    assert makers == ["google-gemini", "google-vertex", "openai"]


# --- prices that held before ----------------------------------------------------------------------------------


def known(*prices: dict[str, Any]) -> SimpleNamespace:
    """Stands in for the shipped folder: one catalogue, with these prices."""
    made = Catalogue.model_validate(
        {
            "title": "Acme",
            "models": [{"id": "m", "aliases": ["m-1"], "default": True, **READ}],
            "prices": [{"model": "m", "sizes": ["1K", "4K"], "usd": 0.05, **READ, **price} for price in prices],
        }
    )
    return SimpleNamespace(names=lambda: ("acme",), load=lambda _: made)


@pytest.mark.parametrize("model", ["m", "m-1", None])
def test_a_price_held_until_another_was_read_in_its_place(monkeypatch: pytest.MonkeyPatch, model: str | None) -> None:
    shipped = known({"superseded_on": date(2026, 11, 1)}, {"usd": 0.09, "seen_on": date(2026, 11, 1)})
    monkeypatch.setattr(official, "catalogue", shipped)
    assert past_prices("acme", model, {"4K"}) == (PastPrice("1K", 0.05, date(2026, 11, 1)),)


@pytest.mark.parametrize(
    "price",
    [
        {"superseded_on": date(2026, 9, 1)},  # read and replaced on one day
        {"superseded_on": date(2026, 11, 1), "disputed": True},
        {"superseded_on": date(2026, 11, 1), "mode": "batch"},
        {"superseded_on": date(2026, 11, 1), "quality": "high"},
        {},
    ],
    ids=str,
)
def test_what_was_never_seen_in_force_prices_nothing(monkeypatch: pytest.MonkeyPatch, price: dict[str, Any]) -> None:
    monkeypatch.setattr(official, "catalogue", known(price))
    assert past_prices("acme", "m", set()) == ()


# --- the worksheet --------------------------------------------------------------------------------------------

TWO = """
[worksheet]
images_per_month = 20000
usd_per_hour = 95
integration_hours = 40
{common}
[providers.wisgate]
catalogue = "wisgate"
api_key_env = "WISGATE_API_KEY"
{own}
"""


def test_what_is_said_of_one_provider_wins_over_what_is_said_of_all(tmp_path: Path) -> None:
    own = "worksheet = { usd_per_hour = 120, support_usd_per_month = 200 }"
    facts = loaded(tmp_path, TWO.format(common="support_usd_per_month = 50", own=own)).facts().of("wisgate")
    assert facts.worksheet == Worksheet(
        images_per_month=20_000, integration_hours=40, usd_per_hour=120, support_usd_per_month=200
    )
    assert facts.official is not None
    assert facts.official.name == "google-gemini"


def test_without_a_worksheet_nothing_is_assumed(tmp_path: Path) -> None:
    text = '[providers.wisgate]\ncatalogue = "wisgate"\napi_key_env = "WISGATE_API_KEY"\n'
    assert loaded(tmp_path, text).facts().of("wisgate").worksheet is None

"""A scenario file is read strictly: everything wrong with it is said at once, each in a sentence with its place."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from probes.simulator.loading import SHIPPED, ScenarioError, load
from probes.simulator.tables import Outage, Spread

SOUND = """
[providers.a]
format = "gemini"
models = ["m"]
projects = { main = ["k"] }
latency = { sizes = { "1K" = { median_s = 1 } } }
"""


def faults_of(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(ScenarioError) as seen:
        load(path)
    assert str(seen.value) == "\n".join(map(str, seen.value.faults))
    return [f"{fault.key}: {fault.reason}" for fault in seen.value.faults]


def test_the_least_file_has_sensible_defaults(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(SOUND)
    provider = load(path).providers["a"]
    assert provider.limits.rpm is None
    assert provider.faults == {}
    assert provider.outages == []


@pytest.mark.parametrize("name", ["default", "demo", "catalogue"])
def test_shipped_scenarios_are_sound(name: str) -> None:
    assert load(SHIPPED / f"{name}.toml").providers


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sede = 1\n" + SOUND, "sede: unknown key; nearest known: seed"),
        ("xyz = 1\n" + SOUND, "xyz: unknown key; known: seed, span_s, starts_at, incidents, providers"),
        (SOUND + "thougths = true", "providers.a.thougths: unknown key; nearest known: thoughts"),
        (SOUND + "limits = { rmp = 3 }", "providers.a.limits.rmp: unknown key; nearest known: rpm"),
        (
            SOUND + "outages = [{ offset_s = 1, duration_s = 2, kid = 3 }]",
            "providers.a.outages[0].kid: unknown key; nearest known: kind",
        ),
        (SOUND.replace('format = "gemini"', ""), "providers.a.format: is missing"),
        (
            SOUND.replace("gemini", "gemni"),
            "providers.a.format: no format 'gemni'; known: a1111, gemini, kie, openai_chat, openai_images",
        ),
        (SOUND.replace('["m"]', "[]"), "providers.a.models: should have at least one entry"),
        ("seed = 1\n[providers]", "providers: should have at least one entry"),
        (SOUND.replace('"k"', '"k", "k"'), "providers.a.projects: a key belongs to one project, once; given twice: k"),
        (
            SOUND.replace("median_s = 1", "median_s = 0"),
            "providers.a.latency.sizes.1K.median_s: should be greater than 0, not 0",
        ),
        (
            SOUND.replace("median_s = 1", 'median_s = "1"'),
            "providers.a.latency.sizes.1K.median_s: should be a valid number, not '1'",
        ),
        (
            SOUND.replace('"1K"', '"3K"'),
            "providers.a.latency.sizes.3K: should be '512', '1K', '2K' or '4K', not '3K'",
        ),
        (
            SOUND.replace("providers.a", "providers.A"),
            "providers.A: should match pattern '^[a-z0-9][a-z0-9_-]*$', not 'A'",
        ),
        (
            SOUND + 'limits = { kind = "fixed_window", rpm = 3, burst = 2 }',
            "providers.a.limits.burst: a fixed_window has no burst; leave burst out or use kind token_bucket",
        ),
        (
            SOUND + "limits = { burst = 2 }",
            "providers.a.limits.burst: burst needs rpm, the rate at which the bucket refills",
        ),
        (
            SOUND + "faults = { overloaded = 0.7, internal = 0.4 }",
            "providers.a.faults: the shares add up to 1.1, more than 1",
        ),
        (
            SOUND.replace("gemini", "openai_images") + "faults = { text_only = 0.1 }",
            "providers.a.faults.text_only: the format openai_images has no such answer",
        ),
        (
            SOUND + "outages = [{ offset_s = 5 }]",
            "providers.a.outages[0]: needs either offset_s and duration_s, or from_share and to_share",
        ),
        (
            "span_s = 9\n" + SOUND + "outages = [{ offset_s = 5, to_share = 0.5 }]",
            "providers.a.outages[0]: needs either offset_s and duration_s, or from_share and to_share",
        ),
        (
            SOUND + "outages = [{ from_share = 0.1, to_share = 0.2 }]",
            "providers.a.outages[0]: from_share and to_share are shares of span_s, which the file lacks",
        ),
        (
            "span_s = 9\n" + SOUND + "outages = [{ from_share = 0.2, to_share = 0.1 }]",
            "providers.a.outages[0]: from_share must be below to_share",
        ),
        (
            SOUND + 'answer_bytes = { "2K" = 30000 }',
            "providers.a.answer_bytes: 2K is not among the sizes of latency.sizes",
        ),
        (
            SOUND + 'answer_bytes = { "1K" = 30000000 }',
            'providers.a.answer_bytes: "1K" can weigh at most 3776101, not 30000000',
        ),
        ("starts_at = 2026-11-16T00:00:00\n" + SOUND, "starts_at: should have timezone info"),
    ],
)
def test_a_fault_is_told_with_its_place_and_what_would_be_right(tmp_path: Path, text: str, sentence: str) -> None:
    (found,) = faults_of(tmp_path, text)
    assert found.startswith(sentence)


def test_all_faults_are_told_at_once_and_none_hides_another(tmp_path: Path) -> None:
    text = """
    sede = 1
    [providers.a]
    format = "gemni"
    models = []
    projects = { p = ["k"], q = ["k"] }
    latency = { sizes = { "1K" = { median_s = -1 } } }
    faults = { overloaded = 0.7, internal = 0.7, text_olny = 0.1 }
    outages = [{ from_share = 0.1 }]
    [providers.b]
    format = "openai_images"
    """
    assert [fault.partition(":")[0] for fault in faults_of(tmp_path, text)] == [
        "providers.a.faults",
        "providers.a.faults.text_olny",
        "providers.a.format",
        "providers.a.latency.sizes.1K.median_s",
        "providers.a.models",
        "providers.a.outages[0]",
        "providers.a.outages[0]",
        "providers.a.projects",
        "providers.b.latency",
        "providers.b.models",
        "providers.b.projects",
        "sede",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a = [1\nb", "is not TOML: Unclosed array (at line 2, column 1)"),
        (b"\xff", "is not UTF-8 text (byte 0)"),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_a_file_that_is_none_is_one_sentence(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "x.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ScenarioError) as seen:
        load(path)
    assert str(seen.value).startswith(f"{path}: {words}")


@pytest.mark.parametrize("broken", ["providers = 3", "[providers]\na = 3", "[providers.a]\nfaults = 3\noutages = 4"])
def test_values_of_a_wrong_type_are_faults_and_no_crash(tmp_path: Path, broken: str) -> None:
    assert faults_of(tmp_path, broken)


def test_a_lognormal_has_its_median_in_the_middle() -> None:
    spread = Spread(median_s=8.0, sigma=0.25)
    assert spread.seconds(0.0) == 8.0
    assert spread.seconds(1.0) / 8.0 == pytest.approx(8.0 / spread.seconds(-1.0))
    assert Spread(median_s=8.0).seconds(3.0) == 8.0


def test_an_outage_in_shares_follows_the_span() -> None:
    outage = Outage(from_share=0.4, to_share=0.6)
    assert list(outage.span_s(604_800)) == pytest.approx([241_920, 362_880])
    assert Outage(offset_s=5, duration_s=10).span_s(None) == (5, 15)


def test_the_command_line_may_say_another_start_and_span() -> None:
    demo = load(SHIPPED / "demo.toml")
    at = datetime(2026, 11, 1, tzinfo=UTC)
    changed = demo.starting(at, 3600.0)
    assert (changed.starts_at, changed.span_s) == (at, 3600.0)
    assert demo.starting(None, None) == demo


def test_the_demo_is_what_the_product_promises_to_find() -> None:
    demo = load(SHIPPED / "demo.toml")
    medians = {name: provider.latency.sizes["1K"].median_s for name, provider in demo.providers.items()}
    assert medians == {"aurora": 6, "basalt": 19, "cobalt": 8, "delta": 9}
    cobalt = demo.providers["cobalt"].limits
    assert (cobalt.advertised_rpm, cobalt.rpm, cobalt.burst) == (1000, 300, 10)
    (outage,) = demo.providers["delta"].outages
    assert (outage.kind, outage.from_share, outage.to_share, demo.span_s) == ("unavailable", 0.4, 0.6, 604_800)

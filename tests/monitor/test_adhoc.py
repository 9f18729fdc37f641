"""From the options of `upheld probe` to a plan with a price, or one sentence."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.adhoc import Errand, Wish, WishError, errand, known_provider
from probes.model import Mode, ProbeKind
from probes.plans.saturation import Saturation
from tests.monitor.service.world import config_of, provider

CONFIGURED = """
[probes.baseline]
sizes = ["2K"]
aspect_ratio = "16:9"
[probes.burst]
concurrency = 20
max_images = 30
size = "2K"
[probes.endurance]
share_of_limit = 0.25
max_usd = 3.0
"""
TWO_SIZES = provider("a").replace('{ "1K" = 0.058 }', '{ "1K" = 0.05, "2K" = 0.1 }')


def made(folder: Path, wish: Wish, text: str = TWO_SIZES) -> Errand:
    config = config_of(folder, text)
    return errand(wish, config, config.targets({}))


@pytest.mark.parametrize(
    ("wish", "offsets_s", "size", "mode", "usd"),
    [
        (Wish("a", "reach"), [0], None, Mode.ADHOC, 0.0),
        (Wish("a", "reach", count=3), [0, 1, 2], None, Mode.ADHOC, 0.0),
        (Wish("a", "reach", count=3, rate=120), [0, 0.5, 1], None, Mode.ADHOC, 0.0),
        (Wish("a", "baseline"), [0], "1K", Mode.ADHOC, 0.05),
        (Wish("a", "baseline", count=3), [0, 10, 20], "1K", Mode.ADHOC, 0.15),
        (Wish("a", "baseline", count=5, concurrency=2, rate=60), [0, 0, 2, 2, 4], "1K", Mode.ADHOC, 0.25),
        (Wish("a", "baseline", size="2K"), [0], "2K", Mode.ADHOC, 0.1),
        (Wish("a", "burst", concurrency=2), [0, 0, 30], "1K", Mode.RAMP, 0.15),
        (Wish("a", "burst", concurrency=2, count=2), [0, 0], "1K", Mode.RAMP, 0.10),
        (Wish("a", "endurance", duration=timedelta(minutes=1), rate=3), [0, 20, 40], "1K", Mode.SUSTAIN, 0.15),
        (Wish("a", "endurance", count=2), [0, 2], "1K", Mode.SUSTAIN, 0.1),
    ],
    ids=lambda value: (
        " ".join(str(part) for part in (value.kind, value.count, value.concurrency, value.rate))
        if isinstance(value, Wish)
        else ""
    ),
)
def test_options_become_start_times(
    tmp_path: Path, wish: Wish, offsets_s: list[float], size: str | None, mode: Mode, usd: float
) -> None:
    found = made(tmp_path, wish)
    assert [shot.offset_s for shot in found.plan.shots] == pytest.approx(offsets_s)
    assert {(shot.ask.size, shot.mode, shot.probe, shot.provider) for shot in found.plan.shots} == {
        (size, mode, ProbeKind(wish.kind), "a")
    }
    assert found.usd == pytest.approx(usd)


def test_what_is_not_asked_for_is_as_configured(tmp_path: Path) -> None:
    text = CONFIGURED + TWO_SIZES
    ask = made(tmp_path, Wish("a", "baseline"), text).plan.shots[0].ask
    assert (ask.size, ask.aspect_ratio) == ("2K", "16:9")
    burst = made(tmp_path, Wish("a", "burst"), text).plan
    assert (len(burst.shots), sum(shot.offset_s == 0 for shot in burst.shots)) == (30, 20)
    endurance = made(tmp_path, Wish("a", "endurance"), text)
    assert (len(endurance.plan.shots), endurance.plan.max_usd, endurance.usd) == (150, 3.0, 3.0)


@pytest.mark.parametrize(
    ("wish", "images", "rpm", "size", "usd"),
    [
        (Wish("a", "burst", saturate=True), 30, 1200, "2K", 3.0),
        (Wish("a", "burst", saturate=True, count=40, rate=600, size="1K"), 40, 600, "1K", 2.0),
        (Wish("a", "burst", saturate=True, max_usd=0.7), 30, 1200, "2K", 0.7),
    ],
    ids=["as configured", "as asked", "capped"],
)
def test_a_saturation_run_is_priced_by_its_images_whatever_is_refused(
    tmp_path: Path, wish: Wish, images: int, rpm: float, size: str, usd: float
) -> None:
    found = made(tmp_path, wish, CONFIGURED + TWO_SIZES)
    assert isinstance(found.plan.more, Saturation)
    assert (found.plan.more.most_images, found.plan.more.rpm) == (images, rpm)
    assert ([shot.ask.size for shot in found.plan.shots], len(found.plan.payable)) == ([size], images)
    assert found.usd == pytest.approx(usd)


@pytest.mark.parametrize(("asked", "cap"), [(0.2, 0.2), (5.0, 3.0), (None, 3.0)], ids=["lower", "higher", "none"])
def test_the_lower_cap_holds(tmp_path: Path, asked: float | None, cap: float) -> None:
    found = made(tmp_path, Wish("a", "endurance", max_usd=asked), CONFIGURED + TWO_SIZES)
    assert (found.plan.max_usd, found.usd) == (cap, cap)


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (Wish("a", "brust"), "'brust' is no kind of probe; known: reach, baseline, burst, endurance"),
        (
            Wish("a", "recovery", count=3),
            "--count is not for recovery probes, but for reach, baseline, burst, endurance",
        ),
        (Wish("a", "burst", duration=timedelta(1)), "--duration is not for burst probes, but for endurance"),
        (Wish("a", "reach", size="1K"), "--size is not for reach probes, but for baseline, burst, endurance"),
        (Wish("a", "endurance", concurrency=2), "--concurrency is not for endurance probes, but for reach, baseline"),
        (Wish("a", "endurance", count=2, duration=timedelta(1)), "--count and --duration both say when to end"),
        (Wish("a", "baseline", size="3K"), "'3K' is no size; known: 0.5K"),
        (Wish("a", "baseline", aspect="16/9"), "'16/9' is no aspect ratio; known: 1:1"),
        (Wish("a", "baseline", size="4K"), 'no price for 4K of a, so no budget could hold it; write prices = { "4K"'),
        (Wish("a", "baseline", rate=0), "--rate must be a number above 0, not 0"),
        (Wish("a", "baseline", rate=float("nan")), "--rate must be a number above 0, not nan"),
        (Wish("a", "baseline", max_usd=float("inf")), "--max-usd must be a number above 0, not inf"),
        (Wish("a", "burst", rate=60), "--rate is for a burst that goes on, --saturate"),
        (Wish("a", "burst", saturate=True, concurrency=5), "--concurrency and --saturate exclude each other; --rate"),
        (Wish("a", "endurance", saturate=True), "--saturate is not for endurance probes, but for burst"),
        (Wish("a", "reach", count=200_001), "200001 requests are more than one run can hold"),
        (Wish("a", "baseline", count=10**12), "1000000000000 requests are more than one run can hold"),
        (Wish("a", "burst", concurrency=10**12), "1000000000000 requests are more than one run can hold"),
        (Wish("a", "endurance", rate=1e9), "1e+09 requests a minute for that long are more than one run can hold"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_what_makes_no_run_is_said_in_one_sentence(tmp_path: Path, wish: Wish, says: str) -> None:
    with pytest.raises(WishError, match=re.escape(says)) as caught:
        made(tmp_path, wish)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "name", "says"),
    [
        (provider("wisgate"), "wisgat", "no provider is called 'wisgat'; did you mean 'wisgate'?"),
        (provider("wisgate"), "xyz", "no provider is called 'xyz'; known: wisgate"),
        ("", "xyz", "has no provider; add [providers.xyz]"),
    ],
    ids=["near", "far", "none"],
)
def test_an_unknown_provider_names_the_known_ones(tmp_path: Path, text: str, name: str, says: str) -> None:
    with pytest.raises(WishError, match=re.escape(says)):
        known_provider(name, config_of(tmp_path, text))

"""The picture of the mail, read back pixel by pixel."""

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from monitor.judge.result import ProviderJudgement
from monitor.locales import STYLES, Style
from reports.mail.page import Picture
from reports.mail.picture import MOST_ROWS, P95, SHARP, Axis, picture
from tests.reports.mail.made import estimate, latency, provider

BLUE = tuple(bytes.fromhex(P95[1:]))


def drawn(**providers: ProviderJudgement) -> tuple[Picture, Image.Image]:
    found = picture(providers)
    assert found is not None
    return found, Image.open(BytesIO(found.png)).convert("RGB")


def blue_columns(image: Image.Image) -> list[int]:
    return [x for x in range(image.width) if any(image.getpixel((x, y)) == BLUE for y in range(image.height))]


def test_it_is_small_and_twice_as_sharp_as_it_is_large() -> None:
    found, image = drawn(**{f"P{n:02}": provider(latency_ms={"1K": latency(9_000.0 + 700 * n)}) for n in range(20)})

    assert image.size == (SHARP * found.width, SHARP * found.height)
    assert len(found.png) < 16_000


def test_the_whisker_of_p95_goes_from_bound_to_bound() -> None:
    _, image = drawn(Alder=provider(latency_ms={"1K": latency(20_000.0)}))
    axis = Axis(25_000.0, 5_000.0)  # the upper bound is 22 s

    assert min(blue_columns(image)) == pytest.approx(axis.x(18_000.0), abs=SHARP)
    assert max(blue_columns(image)) == pytest.approx(axis.x(22_000.0), abs=SHARP)


def test_an_end_that_is_not_bounded_runs_to_the_end_of_the_axis() -> None:
    took = replace(latency(20_000.0), p95=replace(estimate(20_000.0), high=None))
    found, image = drawn(Alder=provider(latency_ms={"1K": took}))

    assert max(blue_columns(image)) == pytest.approx(Axis(20_000.0, 5_000.0).x(20_000.0), abs=4 * SHARP + 2)
    assert "P95 20 s (at least 18)" in found.alt


def test_all_of_it_stands_in_its_text() -> None:
    found, _ = drawn(Alder=provider(), Birch=provider(latency_ms={"2K": latency(None, 30)}), 名=provider())

    assert "Alder (1K): median 7.1 s (6.3 to 7.9), P95 14.2 s (12.7 to 15.7)" in found.alt
    assert "名 (1K): " in found.alt, "a name that the font does not know has its text"
    assert "Birch" not in found.alt, "nothing of it is bounded, nothing is drawn"


def test_its_axis_is_written_as_the_mail_is() -> None:
    waits = {"Alder": provider(latency_ms={"1K": latency(900.0)})}  # marks at 0.2, 0.4 ... s
    drawings = [picture(waits, STYLES[tag]) for tag in ("en-GB", "de-CH", "de-DE", "fr-FR")]
    english, swiss, german, french = (found.png for found in drawings if found)

    assert english == swiss, "a point is a point"
    assert german == french != english


def test_a_space_between_thousands_is_one_that_the_font_can_draw() -> None:
    waits = {"Alder": provider(latency_ms={"1K": latency(4_000_000.0)})}  # marks at 1,000, 2,000 ... s
    drawings = [picture(waits, Style(group, ",")) for group in (" ", "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")]

    assert len({found.png for found in drawings if found}) == 1


def test_without_a_bounded_wait_there_is_no_picture() -> None:
    assert picture({}) is None
    assert picture({"Alder": provider(latency_ms={"1K": latency(None)}), "Reached": provider(latency_ms={})}) is None


def test_at_most_24_are_drawn() -> None:
    found, _ = drawn(**{f"P{n:02}": provider() for n in range(40)})

    assert found.alt.count("median") == MOST_ROWS


def test_the_same_numbers_give_the_same_bytes() -> None:
    assert drawn(Alder=provider())[0] == drawn(Alder=provider())[0]

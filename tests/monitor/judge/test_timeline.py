"""What time is counted as: the six cases in which other monitors print a wrong uptime, and whose fault counts."""

from typing import Any

import pandas as pd
import pytest

from monitor.judge.availability import of_time
from monitor.judge.facts import Maintenance, ProviderFacts
from monitor.judge.result import TimeAvailability
from tests.monitor.judge.frames import DAY, HOUR, Row, at, every, judged, line, minutes, row

Rows = list[Row] | pd.DataFrame


def time_of(rows: Rows, end_s: float, start_s: float = 0.0, **facts: Any) -> TimeAvailability:  # noqa: ANN401 - any fact
    return judged(rows, end_s, start_s, ProviderFacts(**facts)).availability.time


def seconds(time: TimeAvailability) -> tuple[float, float, float, float]:
    return time.up_s, time.down_s, time.unknown_s, time.excluded_s


# --- the six cases --------------------------------------------------------------------------------------------


def test_12_hours_up_at_60_s_then_12_hours_down_at_300_s_is_half() -> None:
    rows = every(60, 0, DAY / 2) + every(300, DAY / 2, DAY, "overloaded")
    time = time_of(rows, DAY)
    assert seconds(time) == (43_200.0, 43_200.0, 0.0, 0.0)
    assert time.value == 0.5


def test_a_monitor_dead_for_12_of_24_hours_knows_half() -> None:
    for rows in (
        every(60, 0, DAY / 2),  # dead until now
        every(60, 0, DAY / 4) + every(60, 3 * DAY / 4, DAY),  # came back
    ):
        time = time_of(rows, DAY)
        assert seconds(time) == (43_200.0, 0.0, 43_200.0, 0.0)
        assert (time.value, time.worst, time.best, time.coverage) == (1.0, 0.5, 1.0, 0.5)


def test_no_probe_for_72_hours_is_unknown_not_up() -> None:
    earlier = every(60, 0, DAY)
    time = time_of(earlier, 4 * DAY, DAY)
    assert seconds(time) == (0.0, 0.0, 3 * DAY, 0.0)
    assert (time.value, time.worst, time.best, time.coverage) == (None, 0.0, 1.0, 0.0)


@pytest.mark.parametrize(
    "rows",
    [
        every(60, 0, DAY) + every(60, DAY, 2 * DAY, "not_sent", detail="maintenance"),
        every(60, 0, 2 * DAY),
        every(60, 0, DAY) + every(60, DAY, 2 * DAY, "overloaded"),
        [],
    ],
    ids=["not probed in it", "up in it", "down in it", "never probed"],
)
def test_24_hours_of_announced_maintenance_are_not_applicable(rows: list[Row]) -> None:
    time = time_of(rows, 2 * DAY, DAY, maintenance=(Maintenance(at(DAY), at(2 * DAY), "https://notice"),))
    assert seconds(time) == (0.0, 0.0, 0.0, DAY)
    assert (time.value, time.worst, time.best, time.coverage, time.low) == (None, None, None, None, None)


@pytest.mark.parametrize(
    "pending",
    [
        row(60, "timeout", mode="confirm"),
        row(60, "not_sent", detail="late"),
        row(60, "timeout", attribution="monitor"),
    ],
    ids=["second opinion", "not sent yet", "given up by us"],
)
def test_a_pending_first_attempt_is_not_down(pending: Row) -> None:
    assert time_of([*every(60, 0, 60), pending, *every(60, 120, HOUR)], HOUR).down_s == 0.0


def test_one_failure_in_43_200_is_not_100_percent() -> None:
    time = time_of(minutes(43_200, {43_199: "server_error"}), 30 * DAY)
    assert seconds(time) == (30 * DAY - 60, 60.0, 0.0, 0.0)
    assert time.value is not None
    assert time.value < 1.0
    assert time.low is not None
    assert time.low < time.value < 1.0


# --- the interval of the window -------------------------------------------------------------------------------


def test_three_outages_of_45_minutes_have_the_interval_of_the_method() -> None:
    down = [*range(600, 615), *range(9000, 9020), *range(30_000, 30_010)]
    time = time_of(minutes(43_200, dict.fromkeys(down, "server_error")), 30 * DAY)
    assert time.value == pytest.approx(1 - 45 / 43_200)
    assert (time.low, time.high) == pytest.approx((0.9988248, 0.9990135), abs=5e-8)


def test_the_interval_holds_the_value_where_the_cadence_changes() -> None:
    time = time_of(every(60, 0, DAY / 2) + every(300, DAY / 2, DAY, "overloaded"), DAY)
    assert time.low is not None
    assert time.high is not None
    assert time.low < 0.5 < time.high


def test_an_outage_that_only_image_probes_saw_is_known_to_their_cadence() -> None:
    reach = every(60, 0, DAY)
    by_images = time_of([*reach, *every(900, 7, DAY, size="1K"), row(45_000.5, "overloaded", size="1K")], DAY)
    by_reach = time_of([r for r in reach if not 45_000 <= (r["planned_at"] - at(0)).total_seconds() < 45_900], DAY)
    assert by_images.low is not None
    assert by_reach.low is not None
    assert by_reach.low - by_images.low > 900 / DAY


# --- one row --------------------------------------------------------------------------------------------------

UP, DOWN, UNKNOWN = (600.0, 0.0, 0.0, 0.0), (540.0, 60.0, 0.0, 0.0), (540.0, 0.0, 60.0, 0.0)


@pytest.mark.parametrize(
    ("outcome", "given", "expected"),
    [
        ("ok", {}, UP),
        ("ok_degraded", {}, UP),
        ("ok", {"status": 401, "rule": "import.upptime.up"}, UP),
        ("server_error", {}, DOWN),
        ("overloaded", {}, DOWN),
        ("ok_no_image", {}, DOWN),
        ("malformed", {}, DOWN),
        ("truncated", {}, DOWN),
        ("image_invalid", {}, DOWN),
        ("timeout", {}, DOWN),
        ("timeout", {"attribution": "client"}, UNKNOWN),
        ("timeout", {"attribution": "network"}, UNKNOWN),
        ("timeout", {"attribution": "provider", "control_ok": False}, UNKNOWN),
        ("overloaded", {"attribution": "provider", "control_ok": False}, DOWN),  # it did answer
        ("connection", {"attribution": "provider"}, DOWN),
        ("connection", {"attribution": "provider", "control_ok": True}, DOWN),
        ("connection", {"attribution": "unknown"}, UNKNOWN),
        ("connection", {"attribution": "network"}, UNKNOWN),
        ("connection", {"attribution": "network", "control_ok": False}, UNKNOWN),
        ("connection", {"attribution": "unknown", "control_ok": True}, DOWN),
        ("connection", {"attribution": "network", "control_ok": True}, DOWN),
        ("connection", {"attribution": "monitor"}, UNKNOWN),
        ("ok", {"attribution": "monitor"}, UNKNOWN),
        ("server_error", {"attribution": "monitor"}, UNKNOWN),
        ("rate_limited", {}, UNKNOWN),
        ("rate_limited", {"attribution": "provider"}, UNKNOWN),
        ("blocked", {}, UNKNOWN),
        ("auth", {}, UNKNOWN),
        ("auth", {"rule": "import.upptime.down"}, DOWN),  # another monitor's own verdict is kept
        ("balance", {}, UNKNOWN),
        ("client_error", {}, UNKNOWN),
        ("not_sent", {"detail": "budget"}, UNKNOWN),
        ("not_sent", {"detail": "maintenance"}, UNKNOWN),  # without a notice it is not excluded
        (None, {"attribution": None}, UNKNOWN),
        ("something new", {}, UNKNOWN),
    ],
)
def test_what_one_row_makes_of_its_minute(
    outcome: str, given: dict[str, Any], expected: tuple[float, float, float, float]
) -> None:
    rows = [*every(60, 0, 300), row(300, outcome, **given), *every(60, 360, 600)]
    assert seconds(time_of(rows, 600)) == expected


@pytest.mark.parametrize("mode", ["confirm", "incident", "ramp", "sustain", "drill", "adhoc"])
def test_only_what_was_on_a_schedule_counts(mode: str) -> None:
    rows = every(60, 0, HOUR) + every(15, 10, HOUR, "server_error", mode=mode)
    assert seconds(time_of(rows, HOUR)) == (HOUR, 0.0, 0.0, 0.0)


def test_somebody_elses_schedule_counts_as_ours() -> None:
    assert seconds(time_of(every(60, 0, HOUR, mode="imported"), HOUR)) == (HOUR, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("probe", ["burst", "endurance", "recovery"])
def test_only_reach_and_baseline_count(probe: str) -> None:
    rows = every(60, 0, HOUR) + every(60, 1, HOUR, "overloaded", probe=probe)
    assert seconds(time_of(rows, HOUR)) == (HOUR, 0.0, 0.0, 0.0)


# --- several rows ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcomes", "down_s", "unknown_s"),
    [
        (("ok", "server_error"), 60.0, 0.0),
        (("server_error", "not_sent"), 60.0, 0.0),
        (("ok", "not_sent"), 0.0, 0.0),
        (("rate_limited", "not_sent"), 0.0, 60.0),
    ],
)
def test_rows_of_one_instant_are_one_observation(outcomes: tuple[str, str], down_s: float, unknown_s: float) -> None:
    both = [row(300, outcome, size=size) for outcome, size in zip(outcomes, ("1K", "4K"), strict=True)]
    rows = every(60, 0, 300, size="1K") + both + every(60, 360, 600, size="1K")
    time = time_of(rows, 600)
    assert (time.down_s, time.unknown_s) == (down_s, unknown_s)


def test_images_can_be_down_while_the_control_plane_answers() -> None:
    rows = every(60, 0, 2 * HOUR) + every(900, 30, 1830, size="1K")
    rows += [row(1830, "overloaded", size="1K"), row(2730, "overloaded", size="1K"), *every(900, 3630, 7200, size="1K")]
    time = time_of(rows, 2 * HOUR)
    assert seconds(time) == (7200 - 1800, 1800.0, 0.0, 0.0)


def test_an_image_failure_that_stands_alone_ends_with_the_next_probe() -> None:
    rows = every(60, 0, 4 * HOUR) + every(900, 30, 3630, size="1K") + [row(3630, "overloaded", size="1K")]
    rows += every(900, 4530, 4 * HOUR, size="1K")
    assert time_of(rows, 4 * HOUR).down_s == 30.0


def test_image_failures_hold_for_one_cadence_of_image_probes_at_most() -> None:
    rows = every(60, 0, 4 * HOUR) + every(900, 30, 3630, size="1K") + every(900, 3630, 5430, "overloaded", size="1K")
    assert time_of(rows, 4 * HOUR).down_s == 2 * 900.0


def test_a_whole_outage_ends_when_the_control_plane_answers_again() -> None:
    rows = every(60, 0, 1800) + every(60, 1800, 3600, "overloaded") + every(60, 3600, 7200)
    rows += every(900, 30, 1800, size="1K") + every(900, 1830, 3600, "overloaded", size="1K")
    rows += every(900, 3630, 7200, size="1K")
    assert seconds(time_of(rows, 2 * HOUR)) == (5400.0, 1800.0, 0.0, 0.0)


def test_one_slip_of_the_control_plane_within_an_image_outage_does_not_shorten_the_next_one() -> None:
    rows = [*every(60, 0, 1980), row(1980, "timeout"), *every(60, 2040, 7200)]
    rows += every(900, 30, 1830, size="1K") + every(900, 1830, 3630, "overloaded", size="1K")
    rows += every(900, 3630, 7200, size="1K")
    # 1830 to 2040 (reach failed in that spell and came back), then from the next failed image to the next good one
    assert time_of(rows, 2 * HOUR).down_s == 210.0 + 900.0


def test_a_silent_monitor_within_an_image_outage_is_unknown() -> None:
    rows = every(60, 0, 2000) + every(60, 2040, 2400, "not_sent", detail="late") + every(60, 2400, 7200)
    rows += every(900, 30, 1830, size="1K") + every(900, 1830, 3630, "overloaded", size="1K")
    rows += every(900, 3630, 7200, size="1K")
    time = time_of(rows, 2 * HOUR)
    assert (time.down_s, time.unknown_s) == (1800.0 - 360.0, 360.0)


def test_upptime_states_hold_until_the_next_commit_however_long() -> None:
    told = {"mode": "imported", "rule": "import.upptime.status"}
    rows = [row(0, **told), row(40 * HOUR, "server_error", **told), row(41 * HOUR, **told)]
    assert seconds(time_of(rows, 72 * HOUR)) == (71 * HOUR, HOUR, 0.0, 0.0)


def test_upptime_that_fell_silent_for_good_is_not_up_for_ever() -> None:
    rows = every(1800, 0, 10 * DAY, mode="imported", rule="import.upptime.status")
    time = time_of(rows, 100 * DAY)
    assert time.up_s == 10 * DAY - 1800 + 2 * DAY
    assert time.unknown_s == 100 * DAY - time.up_s


def test_time_counts_from_the_first_row() -> None:
    assert seconds(time_of(every(60, HOUR, 2 * HOUR), 2 * HOUR)) == (HOUR, 0.0, 0.0, 0.0)


def test_what_was_before_the_window_tells_the_state_in_which_it_begins() -> None:
    rows = [*every(900, 0, 2700, size="1K"), *every(900, 2700, 3600, "overloaded", size="1K")]
    rows += every(900, 3600, 7200, size="1K")
    assert seconds(time_of(rows, 2 * HOUR, 3000)) == (3600.0, 600.0, 0.0, 0.0)


@pytest.mark.parametrize("cut_s", [1.0, 600.0, 1799.5, 3000.0])
def test_two_halves_of_a_window_add_up_to_the_whole(cut_s: float) -> None:
    rows = every(60, 0, 1200) + every(60, 1200, 1800, "timeout") + every(60, 2500, 3600)
    first, second, whole = time_of(rows, cut_s), time_of(rows, HOUR, cut_s), time_of(rows, HOUR)
    full = line(rows, HOUR)
    parts = [of_time(full.clip(*(int(at(x).timestamp() * 1e6) for x in ends))) for ends in ((0, cut_s), (cut_s, 3600))]
    for name in ("up_s", "down_s", "unknown_s"):
        assert sum(getattr(part, name) for part in parts) == pytest.approx(getattr(whole, name))
    assert first.up_s + second.up_s <= whole.up_s + 60


def test_a_maintenance_within_an_outage_is_excluded_whole_and_the_rest_counts() -> None:
    rows = every(60, 0, 1800) + every(60, 1800, 5400, "overloaded") + every(60, 5400, 7200)
    time = time_of(rows, 2 * HOUR, maintenance=(Maintenance(at(2400), at(4800), "notice"),))
    assert seconds(time) == (3600.0, 1200.0, 0.0, 2400.0)


def test_after_a_maintenance_nothing_is_known_until_the_next_probe() -> None:
    rows = every(60, 0, 7200)
    time = time_of(rows, 2 * HOUR, maintenance=(Maintenance(at(2430), at(4830), "notice"),))
    assert seconds(time) == (7200 - 2400 - 30, 0.0, 30.0, 2400.0)

"""What the numbers of the hypothetical providers allow to choose: comparisons, tiers, pairs, recommendations."""

from monitor.judge.verdicts import Comparison, Estimate, Pair, Recommendation, Tiers

_SHORT = "Doum: watched for 9.0 days, in which not every quarter was seen"
_TOGETHER = "share of shared blocks of all sizes in which either delivered; 95 % of what happened in this window"
_RATIO = "Hodges-Lehmann on log ratios of time to image within blocks, a day as one observation, 90 days"


def contest(a: str, b: str, ratio: tuple[float, float, float], blocks: int, *, delta: float) -> Comparison:
    """Two that are told apart with certainty."""
    return Comparison(
        a,
        b,
        "1K",
        Estimate(*ratio, blocks, _RATIO, design_effect=1.4),
        "different",
        blocks=blocks,
        days=90,
        p_value=0.00004,
        cliffs_delta=delta,
        reason=f"told apart on {blocks} blocks of 90 days, with all comparisons shown taken into account",
    )


COMPARISON = (
    contest("Birch", "Alder", (1.19, 1.16, 1.22), 8412, delta=0.21),
    contest("Cedar", "Alder", (1.61, 1.52, 1.70), 7602, delta=0.48),
    Comparison("Alder", "Doum", "1K", None, "not_judged", blocks=21, days=9, reason="21 blocks; 30 are needed"),
)
TIERS = (
    Tiers("time_to_image", "1K", (("Alder",), ("Birch",), ("Cedar",)), f"not ranked: {_SHORT}"),
    Tiers("time_to_image", "4K", (), "Birch: 28 blocks, 30 are needed; Cedar: 28 blocks, 30 are needed"),
    Tiers("uptime", None, (("Alder",), ("Birch",), ("Cedar",)), f"not ranked: {_SHORT}"),
    Tiers("usd_per_usable", "1K", (("Cedar",), ("Birch",), ("Alder",)), f"not ranked: {_SHORT}"),
)
PAIRS = (
    Pair("Alder", "Birch", 8412, 8391, 8341, 8410, 8410 / 8412, 0.99901, 0.99998, _TOGETHER),
    Pair("Birch", "Cedar", 8390, 8320, 7540, 8381, 8381 / 8390, 0.99801, 0.99962, _TOGETHER),
    Pair("Alder", "Cedar", 7602, 7583, 6831, 7602, 1.0, 0.99951, 1.0, _TOGETHER),
    Pair("Alder", "Doum", 21, 21, 21, 21, None, None, None, "fewer than 30 shared blocks"),
)
_BIRCH = "$0.0603 per usable 1K image, n = 8517 (tier 2), median 9.6 s, 71 of 8588 failed (tier 2), 99.86 % up (tier 2)"
_ALDER = "$0.1347 per usable 1K image, n = 8579 (tier 3), median 8.1 s, 22 of 8601 failed (tier 1), 99.97 % up (tier 1)"
_WITH = "with Alder: 8410 of 8412 shared blocks served, 8341 by Birch alone"
_MEDIUM = (f"Birch: {_BIRCH}", f"Alder: {_ALDER}", _WITH)
_BALANCED = "the lowest sum of tiers in cost, time to an image and uptime; then the lowest cost; without Cedar"
RECOMMENDATIONS = (
    Recommendation(
        "lowest_cost",
        "Birch",
        "Alder",
        "the lowest tier of cost per usable image; in it the lowest value; without Cedar, up for less than 99 %",
        ("Birch: $0.0603 per usable 1K image, n = 8517 (tier 2)", _WITH),
        "Alder below $0.0603 per usable image (now $0.1347)",
    ),
    Recommendation(
        "reliability",
        "Alder",
        "Birch",
        "the best tier of uptime; in it the highest lower bound, unknown time counted as down",
        ("Alder: 99.97 % up, 99.96 % of the time known (tier 1)", "Birch: 99.867 % up (tier 2)"),
        "an outage of Alder, or more days without one of Birch",
    ),
    Recommendation("balanced", "Birch", "Alder", _BALANCED, _MEDIUM, "Alder in a better tier of cost"),
    Recommendation(
        "compliance",
        None,
        None,
        "no provider here has a service level agreement for its model",
        would_change="an agreement in a catalogue or contract",
    ),
    Recommendation("volume_medium", "Birch", "Alder", _BALANCED, _MEDIUM, "Alder in a better tier of cost"),
)
UNDECIDED = tuple(
    Recommendation(
        priority, None, None, f"no ranking by {what}: 0 full days, 7 are needed", would_change="more measurements"
    )
    for priority, what in (("lowest_cost", "cost"), ("reliability", "uptime"), ("balanced", "cost"))
)

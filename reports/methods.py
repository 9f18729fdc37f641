"""How each number is made: the registry behind `methodology.html`.

Every field of a judgement that carries a number is claimed by one entry (`fields`); a test holds that none is
missing, so that a new number cannot reach a page without its definition.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Method:
    """One definition. `fields` are dotted names below a provider in `judge.json`, or `instrument.` and the like."""

    key: str
    title: str
    text: str
    fields: tuple[str, ...]


METHODS: tuple[Method, ...] = (
    Method(
        "sample",
        "What is a sample",
        "One planned request is one row, sent or not. Start times are fixed in advance (open loop), so a slow provider "
        "cannot delay the next question; there is no retry, hidden or shown. A request that we did not send is a row "
        "too, with its reason.",
        ("samples", "outcomes", "first_seen", "last_seen", "model"),
    ),
    Method(
        "probes",
        "The kinds of probes",
        "Reach is one cheap call of the provider's API that makes no image; baseline asks all providers for the same "
        "images in the same slot, in random order. These two are scheduled and they alone make availability and "
        "latency. Burst (many at once) and endurance (a steady rate) make the limits and the drift; recovery asks "
        "while an incident is open and makes its end. How often a provider is asked bounds what can be seen: an "
        "outage between two requests leaves no trace, so each provider's page prints the schedule, the deadline and "
        "the caps that hold when the page is made.",
        (),
    ),
    Method(
        "user",
        "Usable-image availability",
        "Scheduled baseline image requests. Good is an image that decodes, of the size and ratio asked for; an image "
        "not as asked counts as delivered here and is shown apart. Left out of the denominator: policy blocks, our own "
        "faulty requests, a refused key, a spent balance, what we did not send, what was our monitor's fault, and 429. "
        "A 429 while we were below the advertised limit is the provider's fault and is shown as its own number.",
        ("availability.user", "availability.throttled_below_limit"),
    ),
    Method(
        "http",
        "HTTP availability",
        "The same requests; good unless the status is 5xx or no HTTP answer came. An error inside HTTP 200 counts as "
        "good here: the gap to usable images shows how much a status code hides.",
        ("availability.http",),
    ),
    Method(
        "time",
        "Uptime (time availability)",
        "From scheduled reach and baseline requests, counted from a provider's first one. Each sets a state, which "
        "holds until the next request, but for no longer than one cadence of the data (its own median spacing there);"
        " after that the time is unknown. What says nothing of the provider makes unknown time too: a request that we"
        " did not send, a 429, a refused key, a policy block, a failure that may be our own network's. Announced "
        "maintenance with a notice is left out whole. Value = up / (up + down); an image not as asked is up. Worst "
        "and best put the unknown time on either side; coverage = (up + down) / (window - left out). Nothing is "
        "interpolated.",
        ("availability.time", "state", "state_since", "unknown"),
    ),
    Method(
        "time-interval",
        "The interval of uptime",
        "It answers how much of this window the provider was down, not what kind of provider it is. With n requests "
        "(the known time in units of the cadence), k of them down in N separate runs, and the Garwood interval (g_lo,"
        " g_hi) of N: the unavailability lies between max(0, (k - (N - g_lo)) / n) and (k + (g_hi - N)) / n. Failures"
        " come in runs, so the runs, not the requests, are the sample. The intervals of the other shares are "
        "Wilson's, which treat requests as independent; where outages cluster they are too narrow.",
        (),
    ),
    Method(
        "process",
        "What kind of provider this is (process interval)",
        "Another question than what happened in this window. Outages, not requests, are the sample: failures closer "
        "than G, 30 minutes by default, are one outage, weighted by the failed requests in it, and the interval is "
        "that of Fay and Feuer (1997) for a sum of weighted Poisson counts, from the provider's first request on. "
        "The weight of the outage that we have not seen yet is an assumption and is printed: L, 120 minutes by "
        "default, longer than the longest one so far, and no less than twice the mean one or the time between two "
        "looks. Without any outage the upper bound is L ln(1/alpha) / T. How often it holds: see the table below.",
        ("availability.process",),
    ),
    Method(
        "windows",
        "Worst windows",
        "The lowest uptime of any stretch of 1 h, 6 h, 1 d, 7 d and 30 d that lies in the window (windowed uptime, "
        "Hauer et al., NSDI 2020): it tells one long outage from many short ones. It is the uptime of its known "
        "time; a stretch of which less than half is known is left out. Beside it stands the lowest if all unknown "
        "time was down.",
        ("availability.windows",),
    ),
    Method(
        "error-budget",
        "Error budget and burn rate",
        "What the strictest promise leaves for failures in the last 30 days, (1 - objective) times their length, how "
        "much of it is spent, and how fast: a burn rate of 1 uses it up exactly at the end. Unknown time is not spent "
        "and is shown. An alert also needs more failures than chance would bring (Poisson, 1 in 10,000), since one "
        "failed probe in an hour would else be an alarm. Where probes are minutes apart, two of the last three decide, "
        "unless a second opinion succeeded.",
        ("availability.budget",),
    ),
    Method(
        "latency",
        "Latency",
        "Planned start to last byte, lateness of our own sending included, of scheduled baseline requests that "
        "succeeded, by size. Quantiles are the inverse of the empirical distribution: always a value that occurred, "
        "never an interpolation, never an average of percentiles. From 14 days on the interval takes days as clusters "
        "(Woodruff, with the design effect of Korn and Graubard, which is printed); with fewer it comes from order "
        "statistics, treats requests as independent, and says so. A quantile that the sample cannot bound from above "
        "is printed as “not bounded”: P95 needs 59 samples, P99 needs 299. New and kept connections also stand apart. "
        "Providers that are only reached have the row “front door”. The mean is printed beside means that others "
        "publish and judges nothing.",
        ("latency_ms",),
    ),
    Method(
        "time-to-image",
        "Time to image",
        "The same with every failure kept, at infinity: the share of all requests that had their image by then. "
        "“never” says that so many failed that the quantile lies among them. Where deadlines differed, a request that "
        "ran into a short one counts as not done by then (Kaplan and Meier), not as slower than all others.",
        ("latency_ms.time_to_image", "latency_ms.ecdf"),
    ),
    Method(
        "by-hour",
        "Latency by hour",
        "Median and P95 of 1K successes by the hour (UTC) of their planned start. An hour without a sample is a gap.",
        ("by_hour",),
    ),
    Method(
        "phases",
        "Where the time goes",
        "Of successes. Network: DNS, connecting, TLS and upload; nothing on a reused connection. Processing: from the "
        "last byte sent to the first byte received, queue and inference together. Return: first to last byte received. "
        "Medians of parts do not add up to the median of the whole; the shares are of all their time together.",
        ("phases_ms",),
    ),
    Method(
        "errors",
        "Errors",
        "Shares of all sent requests. Client errors are 4xx without 429 (ours), server errors are 5xx (theirs), 429 "
        "stands apart.",
        ("errors",),
    ),
    Method(
        "rate",
        "Rate limit",
        "From ramp and sustain requests alone, which enter no other number. The accepted rate and what is accepted at "
        "once are bounds that hold for certain, not confidence intervals. Where no limit was met, only the rate that "
        "was served is known: “≥ 240, no limit met”. Achieved share is the middle of the bounds divided by the "
        "advertised rate. Headroom is what is left of the lower bound at our own planned peak. The kind of limiter is "
        "the one family that the run does not refute. Retry-After is true if the first request after each told wait "
        "was let in. Without a 429, “unlimited” is not refuted up to what was tried, and never confirmed.",
        ("rate_limit",),
    ),
    Method(
        "cost",
        "Cost of a usable image",
        "All that was paid, failures that were billed included, divided by the usable images. Where it is not known "
        "whether a request was billed, the lower end leaves it out and the upper end counts it at the price in force "
        "that day; from two days on both ends are 95 % besides, days as clusters (linearised ratio). A month is that "
        "times the number of images, by size; of a size that was not measured, the list price times as many. The "
        "saving is against the list price of the model's maker. With a worksheet in the configuration, your own costs "
        "are added: integration, monitoring, support, fees, storage, waiting, downtime.",
        ("cost",),
    ),
    Method(
        "incidents",
        "Outages",
        "An outage begins after the last success before it and not later than its first failure, and ends likewise; "
        "both bounds are printed, and so the time down is a pair of bounds. It begins with the first failed scheduled "
        "request. There is none inside announced maintenance, inside a gap of our monitor, or from 429 in a burst.",
        ("incidents",),
    ),
    Method(
        "recovery",
        "Noticing and recovering",
        "Three times from the beginning of an outage, each with both bounds: until the second opinion had failed as "
        "well, until the first success, and until the median of three successes in a row was within 1.25 of that of "
        "the day before. They are read from every request, those that the outage made us send included; those count "
        "nowhere else. Over all outages by Turnbull’s estimator; a median is printed from ten outages on.",
        ("recovery", "incidents.recovery"),
    ),
    Method(
        "endurance",
        "Drift under steady load",
        "Of the latest endurance run: medians of whole hours with at least eight images, their slope (Theil-Sen with "
        "its interval) and a test for a trend (Mann-Kendall), the same test of the share of failures by hour, each at "
        "2.5 %. Below five such hours nothing is said. Hours are taken to be independent, so a daily rhythm can look "
        "like a trend in a run of less than two days.",
        ("endurance",),
    ),
    Method(
        "days",
        "The bars",
        "One UTC day each, today at the right. Red from below: down, its height the share of the day (at least a "
        "fifth), with a mark beneath. Amber above it: degraded. Blue from above: announced maintenance. Hatched from "
        "above: unknown, drawn from 1 % of a day on. Green is only time that was seen to be up. Dashed: not observed.",
        ("days",),
    ),
    Method(
        "bands",
        "Bands",
        "Uptime: above 99.9 % excellent, above 99.5 % acceptable, below 99 % concerning. Median at 2K: below 10 s, "
        "below 15 s, above 25 s. P95 at 2K: below 30 s, below 45 s, above 60 s. Error rate: below 0.1 %, below 0.5 %, "
        "above 1 %. Rate limit: as advertised, within 20 %, below half. Between acceptable and concerning lies "
        "marginal. A single band is printed only where the whole interval lies within it; else the bands it spans.",
        ("bands",),
    ),
    Method(
        "sla",
        "SLA definitions",
        "The same requests under every clause, side by side, because they disagree. google_minutes: minutes with more "
        "than 5 % 5xx, in runs of at least 5. aws_5min: mean over 5-minute bins of 1 - errors / requests, where an "
        "empty bin is 1. requests: share of image requests that gave a usable image, 429 left out. time: "
        "seconds up of seconds known. A 429 is a valid request and no error in the first two. “met” is said only if it "
        "holds with all that was not seen as bad, “not met” only with all of it as good. A target is the provider’s "
        "own where it promises one, else the usual one of that clause. Calendar months are judged whole.",
        ("sla", "sla_by_month"),
    ),
    Method(
        "claims",
        "Promises",
        "A published promise, its source and the day it was read, against everything measured since the provider's "
        "first request. Verdicts change only at looks that the first request fixed, one every 30 days, look k with "
        "the error 5 % / (k (k + 1)); so reading every day does no harm. A bet against the promise is always on and "
        "may refute it at any time: on blocks (of 6 hours by default) for outages, which belong to the block that "
        "they began in, on whole days for percentiles, which are read as shares that fail or take longer. Refuted "
        "holds for good. What is unknown counts as good where a promise would be refuted and as bad where it would "
        "be confirmed. A bare uptime is read under every definition, and decided only where all agree. “Unlimited”, "
        "“always” and “never” can be refuted and never confirmed: they are not refuted up to what was tried. A price "
        "is judged by bills, not by the price list.",
        ("claims",),
    ),
    Method(
        "comparison",
        "One provider against another",
        "In interleaved blocks: same slot, prompt and size, all providers, in random order. The ratio is that of the "
        "times within a block (Hodges and Lehmann), a failure counting as infinitely slow, and never dropped. From 14 "
        "days on a day is one observation, from 7 on days are clusters; with fewer it is said that another week may "
        "differ. “different” is said where Wilcoxon's test finds it with all comparisons shown taken into account "
        "(Holm). Fewer than 30 blocks are not judged.",
        ("comparison",),
    ),
    Method(
        "tiers",
        "Tiers",
        "Not ranks: who is beaten by more than 5 % with certainty stands below who beats it, and who cannot be told "
        "apart stands together. Nobody is ranked on fewer than 7 full days or 30 blocks, where a quarter of the day is "
        "missing, where less than 95 % is known, or where images were not as asked; the reason is printed.",
        ("tiers",),
    ),
    Method(
        "pairs",
        "Primary and backup",
        "The blocks in which both were asked: served if either delivered. The interval is that of what happened in "
        "this window, from the number of runs in which both failed.",
        ("pairs",),
    ),
    Method(
        "changes",
        "Week against week",
        "Daily values of the last seven days against the seven before, less what moved all other providers on the same "
        "day, since that may have been our network. Welch's test with fewer days where days resemble those before, "
        "Holm over all changes shown. Called changed only if it is also larger than 10 % (price: 1 %, shares: 0.5 "
        "points), seen without the others too, and was there on each of the last three days.",
        ("changes",),
    ),
    Method(
        "recommendations",
        "Whom to sign",
        "Fixed rules over tiers, one for each priority, the same for the same numbers: docs/methods.md, 10. Where a "
        "ranking is not allowed, nobody is recommended. The backup is who served most blocks together with the "
        "primary. Certificates and where data are kept are not measured.",
        ("recommendations",),
    ),
    Method(
        "unknown",
        "What is not known",
        "Our monitor down, a control probe failing, the budget spent, the key refused: neither up nor down. Unknown "
        "time is hatched, named and counted; it never makes an availability better. Where nothing failed, the page "
        "says so and gives the lower bound, not a round number.",
        (),
    ),
    Method(
        "rounding",
        "Rounding",
        "Availabilities are floored, bounds are rounded outwards, other values to the nearest. Intervals are 95 % "
        "unless they are called bounds.",
        (),
    ),
    Method(
        "instrument",
        "The instrument itself",
        "How many requests were planned, how many were sent, why the others were not, and how late we sent. What the "
        "monitor does to itself it must show. Each run measures its own error: a request a second to a server on this "
        "machine whose delay is known (measured less true), a timer that tells how late our event loop comes, and "
        "whether the wall clock was set. A stored duration is off by no more than the run's error: the worst control "
        "request, plus the worst lag, plus the 5 ms between two looks. Printed for 99 of 100 runs and for the worst.",
        ("instrument",),
    ),
)

STATES: Mapping[str, str] = {
    "serving": "the newest scheduled request succeeded, and the next one is not overdue",
    "failing": "the newest scheduled requests failed, and it was not our fault",
    "unknown": "no request says what is true now: none was made, or it failed through our own fault",
}

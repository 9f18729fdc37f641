"""Was it what was asked for: the size of the image, and the model that made it."""

import re
from collections import Counter

import numpy as np

from monitor.judge.betting import confidence_sequence
from monitor.judge.claims.case import Case, Finding, bound_of_none, many, rounded
from monitor.judge.columns import Flags, Rows
from monitor.judge.facts import Claim
from monitor.judge.looks import ALPHA
from monitor.judge.ruling import NOT_REFUTED, NOT_TESTABLE, REFUTED
from monitor.judge.verdicts import Estimate

WRONG_SIZE = "wrong_size"  # detail of an image whose area or ratio is not what was asked (probes.outcomes)


def size_as_asked(case: Case, claim: Claim) -> Finding:
    """One image of another size refutes it."""
    testable = "decoded images against the size and ratio that were asked for: area within 10 %, ratio within 3 %"
    images = _images(case, claim)
    wrong = images.outcome.isin("ok_degraded") & images.detail.isin(WRONG_SIZE)
    return _none_of(
        len(images), int(wrong.sum()), testable, "of another size than was asked for", _sizes(images, wrong)
    )


def model_as_asked(case: Case, claim: Claim) -> Finding:
    """One answer that names another model refutes it; answers that name none prove nothing."""
    testable = "the model that each answer names, against the one that was asked for; it is the provider's own word"
    images = _images(case, claim)
    named = images.take(images.model_version.codes >= 0)
    if not len(named):
        said = f"none of {many(len(images), 'image')} says which model made it"
        return Finding(NOT_TESTABLE, said, testable, "answers that name their model, or a comparison of the images")
    others = Counter[str]()
    for asked, answered, n in _pairs(named):
        others[answered] += n * is_other(asked, answered)
    what = "made by another model, by its own word"
    return _none_of(len(named), others.total(), testable, what, ", ".join(sorted(+others)))


def is_other(asked: str, answered: str) -> bool:
    """Whether two names are of different models: not the same, and neither the other with a version or date behind."""
    a, b = (name.rsplit("/", 1)[-1].lower() for name in (asked, answered))
    short, long = sorted((a, b), key=len)
    return not re.fullmatch(re.escape(short) + r"([-@.:](preview|latest|exp|v?\d[\w.-]*))*", long)


def _pairs(rows: Rows) -> list[tuple[str, str, int]]:
    """Asked, answered, and how often; rows that do not say what was asked are not there."""
    asked, answered = rows.model, rows.model_version
    pairs, counts = np.unique(np.column_stack([asked.codes, answered.codes]), axis=0, return_counts=True)
    told = zip(pairs.tolist(), counts.tolist(), strict=True)
    return [(asked.names[a], answered.names[b], n) for (a, b), n in told if a >= 0]


def _images(case: Case, claim: Claim) -> Rows:
    """Images that we asked for ourselves, of every probe."""
    which = case.rows.good & ~case.rows.probe.isin("reach") & ~case.rows.mode.isin("imported")
    return case.rows.take(which & case.rows.size.isin(claim.size) if claim.size else which)


def _sizes(images: Rows, wrong: Flags) -> str:
    """Of which sizes the wrong ones were."""
    return ", ".join(f"{n} at {size}" for size, n in images.take(wrong).size.counts().items())


def _none_of(n: int, wrong: int, testable: str, what: str, which: str) -> Finding:
    if not n:
        return Finding(NOT_TESTABLE, "no image yet", testable, "image requests")
    if wrong:
        estimate = Estimate(wrong / n, None, None, n, "share of images")
        return Finding(REFUTED, f"{wrong:,} of {many(n, 'image')} were {what} ({which})", testable, None, estimate)
    most = bound_of_none(n)
    estimate = Estimate(0.0, 0.0, most, n, "none of n: 1 - 0.05^(1/n), one-sided 95 %")
    _, always = confidence_sequence(0, n, ALPHA)  # read every day, the first bound would err more often than it says
    bounds = f"at most {rounded(most)} are ({rounded(always)} whenever one reads)"
    said = f"none of {many(n, 'image')} was {what}, so {bounds}"
    return Finding(NOT_REFUTED, said, testable, None, estimate)

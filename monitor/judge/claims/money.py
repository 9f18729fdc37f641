"""Price, and whether a failure costs anything: by bills that are known, never by the price list that we assume."""

import numpy as np

from monitor.judge.claims.case import Case, Finding, allowed_share, bound_of_none, many, rounded
from monitor.judge.columns import Flags, Floats, Rows
from monitor.judge.facts import Claim
from monitor.judge.ruling import CONFIRMED, NOT_REFUTED, NOT_TESTABLE, REFUTED, UNDECIDED
from monitor.judge.verdicts import Estimate

BY_BILL = "imported"  # our own rows book what we believe: the price list of that day, and nothing for what was refused
CENT = 1e-9  # USD: rounding of a sum, no difference in price
INVOICE = "the provider's own bill or call log, imported with cost_usd"


def usd_per_image(case: Case, claim: Claim) -> Finding:
    """What one image was billed at, where a bill says so; our own rows book the list price, and prove nothing."""
    promised = allowed_share(claim)
    testable = f"the bill of each usable image{'' if claim.size is None else f' of {claim.size}'}, exactly; no interval"
    images = _usable(case, claim.size)
    told = images.mode.isin(BY_BILL) & ~np.isnan(images.cost_usd)
    if not told.any():
        return _by_list(case, claim, testable, promised)
    usd = images.cost_usd[told]
    over = _breaks(usd, promised, claim.op)
    estimate = Estimate(
        float(np.mean(usd)), float(usd.min()), float(usd.max()), len(usd), "mean, least and most billed"
    )
    if over.any():
        worst = float(usd[over].max())
        said = f"{int(over.sum()):,} of {many(len(usd), 'image')} were billed otherwise, up to ${worst:g}"
        return Finding(REFUTED, said, testable, None, estimate)
    rest = len(images) - len(usd)
    if rest:
        said = f"all {len(usd):,} bills that are known are as promised, {rest:,} are not known"
        return Finding(UNDECIDED, said, testable, INVOICE, estimate, coverage=len(usd) / len(images))
    return Finding(CONFIRMED, f"all {many(len(usd), 'bill')} are as promised", testable, None, estimate)


def _usable(case: Case, size: str | None) -> Rows:
    which = case.rows.good & ~case.rows.probe.isin("reach")
    return case.rows.take(which & case.rows.size.isin(size) if size else which)


def _breaks(usd: Floats, promised: float, op: str) -> Flags:
    """Which bills are not as promised; a promise of exactly so much is broken by less as well."""
    if op == "==":
        return np.abs(usd - promised) > CENT
    return usd >= promised - CENT if op == "<" else usd > promised + CENT


def _by_list(case: Case, claim: Claim, testable: str, promised: float) -> Finding:
    """No bill is known: what the price list says is a promise beside a promise."""
    sizes = [claim.size] if claim.size else list(case.facts.usd_per_image)
    listed = {size: case.facts.usd_per_image[size] for size in sizes if size in case.facts.usd_per_image}
    said = ", ".join(f"${usd:g} at {size}" for size, usd in listed.items())
    over = [size for size, usd in listed.items() if _breaks(np.array([usd]), promised, claim.op)[0]]
    if over:
        return Finding(
            UNDECIDED, f"the price list says {said}, other than promised; no bill is known", testable, INVOICE
        )
    beside = f"the price list says so too ({said}), but no answer tells what was billed" if said else "no bill is known"
    return Finding(NOT_TESTABLE, beside, testable, INVOICE)


def billed_only_on_success(case: Case, claim: Claim) -> Finding:
    """One failure that was billed refutes it; failures that were not bound how often it may happen."""
    del claim
    testable = "bills of image requests that gave no usable image; one that was billed refutes it"
    sent = case.rows.take(case.rows.sent & ~case.rows.probe.isin("reach") & ~case.rows.good)
    told = sent.mode.isin(BY_BILL)
    billed, free = int((told & (sent.billed == 1)).sum()), int((told & (sent.billed == 0)).sum())
    unknown = len(sent) - billed - free
    if billed:
        of = many(billed + free, "failure")
        estimate = Estimate(billed / (billed + free), None, None, billed + free, "share of failures that were billed")
        return Finding(REFUTED, f"{billed:,} of {of} whose bill is known were billed", testable, None, estimate)
    if not free:
        what = "none of them with a bill that is known" if unknown else "so there was nothing to bill"
        said = f"{many(unknown, 'failure')}, {what}" if unknown else f"no failure yet, {what}"
        return Finding(NOT_TESTABLE, said, testable, INVOICE)
    most = bound_of_none(free)
    estimate = Estimate(0.0, 0.0, most, free, "none of n: 1 - 0.05^(1/n), one-sided 95 %")
    said = f"none of {many(free, 'failure')} was billed, so at most {rounded(most)} are"
    said += f"; {many(unknown, 'bill')} not known" if unknown else ""
    return Finding(NOT_REFUTED, said, testable, INVOICE if unknown else None, estimate, coverage=free / len(sent))

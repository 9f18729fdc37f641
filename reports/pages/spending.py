"""What was paid to one provider and for what; what probes cost against their caps; what an image costs in all."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.judge.verdicts import Estimate
from reports import words
from reports.pages.shell import money
from reports.pages.view import Scene, Subject

_PARTS = {"images": "its own bill", "minimum": "minimum spend", "waiting": "waiting", "downtime": "downtime"}


@dataclass(frozen=True, slots=True)
class Paid:
    """One line."""

    what: str
    value: str
    note: str = ""


def spending(subject: Subject, scene: Scene) -> tuple[Paid, ...]:
    """Nothing of providers that were only reached."""
    return () if subject.reach_only else tuple(_paid(subject, scene))


def _paid(subject: Subject, scene: Scene) -> Iterator[Paid]:
    cost = subject.judged.cost
    usable = words.plural(cost.usable, "usable image")
    yield Paid("Paid in this window", f"${words.usd_total(cost.spent_usd).value}", usable)
    if cost.unknown_bills:
        yield Paid("Bills not known", words.count(cost.unknown_bills), "counted as nothing; at list price in bounds")
    for what, n in (("Failures billed", cost.failed_billed), ("Policy blocks billed", cost.blocked_billed)):
        yield Paid(what, words.count(n) if n else "none seen")
    if spent := money(scene.judgement.instrument.spending.get(subject.name)):
        yield Paid("Probes, today and this month", spent)
    for size, found in cost.saving_by_size.items():
        yield _saved(size, found)
    if cost.total_usd_per_usable is not None:
        parts = ", ".join(
            f"{_PARTS.get(part, part)} ${words.usd_each(usd).value}" for part, usd in cost.total_parts.items()
        )
        yield Paid("A usable image with your worksheet", f"${words.usd_each(cost.total_usd_per_usable).value}", parts)


def _saved(size: str, found: Estimate) -> Paid:
    """A negative saving is a minus, not a dash."""
    low, high = (None if bound is None else bound * 100 for bound in (found.low, found.high))
    bounds, n = words.between(low, high, 1), f"n {words.count(found.n)}"
    share = words.near(found.value * 100, 1)
    note = f"{bounds} %, {n}" if bounds else n
    return Paid(f"Saved against the maker’s price, {size}", *(text.replace("-", "−") for text in (f"{share} %", note)))

"""What the strictest promise leaves for failures, how fast it goes, and the worst stretches of the window."""

from dataclasses import dataclass

from monitor.duration import spelled
from monitor.judge.verdicts import Burn, ErrorBudget, WorstWindow
from reports import words
from reports.pages.view import Scene, Subject


@dataclass(frozen=True, slots=True)
class BurnRow:
    """How fast the budget went in one stretch."""

    window: str
    rate: str
    failures: str
    needed: str
    alert: str


@dataclass(frozen=True, slots=True)
class WorstRow:
    """The worst stretch of one length."""

    length: str
    value: str
    when: str
    known: str
    worst: str


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget in one sentence, the burn rates, the worst stretches."""

    said: str
    burn: tuple[BurnRow, ...]
    windows: tuple[WorstRow, ...]


def budget(subject: Subject, scene: Scene) -> Budget | None:
    """None where neither is known."""
    found = subject.judged.availability
    if found.budget is None and not found.windows:
        return None
    return Budget(
        said=said(found.budget) if found.budget else "",
        burn=tuple(map(_burn, sorted(found.budget.burn, key=lambda one: one.window_s))) if found.budget else (),
        windows=tuple(_worst(window, scene) for window in found.windows),
    )


def said(found: ErrorBudget) -> str:
    """`99.9 % of 30 days leaves 43 min for failures: 38 min spent, 5 min left.` Unknown time is named."""
    leaves = f"{words.availability(found.slo, None, None).value} % of {words.duration(found.period_s)} leaves"
    unknown_s = found.spent_worst_s - found.spent_s
    unsure = f" With unknown time down: {words.duration(found.spent_worst_s)}." if unknown_s >= 1 else ""
    return (
        f"{leaves} {words.duration(found.budget_s)} for failures: {words.duration(found.spent_s)} spent, "
        f"{left(found)}.{unsure}"
    )


def left(found: ErrorBudget) -> str:
    """`5 min left`, or by how much it is overspent."""
    if found.left_s < 0:
        return f"overspent by {words.duration(-found.left_s)}"
    return f"{words.duration(found.left_s)} left"


def _burn(found: Burn) -> BurnRow:
    return BurnRow(
        window=spelled(found.window_s),
        rate=words.NOT_KNOWN if found.rate is None else words.near(found.rate, 1),
        failures=f"{words.count(found.failures)} of {words.count(found.probes)}",
        needed=words.count(found.needed),
        alert="alert" if found.alert else "–",
    )


def _worst(found: WorstWindow, scene: Scene) -> WorstRow:
    return WorstRow(
        length=spelled(found.length_s),
        value=words.availability(found.value, None, None, "no outage").value,
        when="–" if found.start is None else f"from {words.when(found.start, scene.now)}",
        known="–" if found.known is None else words.percent(found.known),
        worst=words.availability(found.worst, None, None, "no outage").value,
    )

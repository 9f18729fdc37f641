"""What the maker of a model asks for it: the price that a reseller's saving is held against."""

from collections.abc import Iterator

from monitor import catalogue
from monitor.catalogue.model import Catalogue, Model
from monitor.judge.facts import Listed, Official, PastPrice
from monitor.strict import SAME_SIZE


def official_of(name: str | None, model: str | None) -> Official | None:
    """The official provider of this model; None where there is none, or the catalogue `name` is one itself.

    The same model is one that shares an API name, or a name that people use ("Nano Banana Pro").
    """
    own = catalogue.load(name) if name in catalogue.names() and name is not None else None
    if model is None or (own is not None and own.official):
        return None
    family = {model} | {alike for entry in (own.models if own else ()) if model in _api(entry) for alike in _all(entry)}
    return next(_makers(family), None)


def _makers(family: set[str]) -> Iterator[Official]:
    for name in catalogue.names():
        known = catalogue.load(name)
        listed = _listed(known, family) if known.official else {}
        if listed:
            yield Official(name, listed)


def _listed(known: Catalogue, family: set[str]) -> dict[str, Listed]:
    """Prices by size, a size under both of its names, of the first model of this family."""
    model = next((entry.id for entry in known.models if family & _all(entry)), None)
    found = known.listed(model) if model else {}
    read = {size: Listed(size, price.usd, price.source, price.seen_on) for size, price in found.items()}
    return {SAME_SIZE[size]: price for size, price in read.items() if size in SAME_SIZE} | read


def _api(entry: Model) -> set[str]:
    return {entry.id, *entry.aliases}


def _all(entry: Model) -> set[str]:
    return {entry.id, *entry.aliases, *entry.names}


def past_prices(name: str | None, model: str | None, own: set[str]) -> tuple[PastPrice, ...]:
    """Prices per image that were replaced, but for the sizes that have a price of your `own`.

    One that was read and replaced on the same day was never seen to be in force.
    """
    if name not in catalogue.names() or name is None:
        return ()
    known = catalogue.load(name)
    chosen = known.canonical(model or known.default_model or "")
    return tuple(
        PastPrice(size, price.usd, price.superseded_on)
        for price in known.prices
        if price.superseded_on is not None and price.superseded_on > price.seen_on
        if price.model == chosen and price.was_applied
        for size in price.sizes
        if size not in own
    )

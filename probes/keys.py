"""Keys that expire: fetched when first needed, renewed before they end, one refresh at a time.

A token is renewed when 80 % of its life are over, but not earlier than five minutes before its end; meanwhile the old
one is used, so that no request waits for it. When it cannot be renewed, that is never the provider's failure: the
conversation says so, and the next try comes after a pause, so that a burst does not hammer the token endpoint.
"""

import asyncio
from dataclasses import dataclass, replace

from probes import tokens
from probes.clock import Clock
from probes.credentials import Credential, CredentialError
from probes.exchange import Wire
from probes.model import Secret, Target

_RENEW_SHARE = 0.2  # of its life, before its end
_RENEW_MAX_S = 300.0
_SPENT_SHARE = 0.1  # of its life, before its end: it could expire on its way
_SPENT_MAX_S = 10.0
_RETRY_AFTER_S = 10.0
_TRUSTED_FOR_S = 60.0  # a token younger than this is not given up because of one refusal


@dataclass(slots=True)
class _Held:
    """The token of one credential, readings of the clock, and the refresh under way."""

    key: Secret | None = None
    since_s: float = 0.0
    renew_s: float = float("-inf")
    spent_s: float = float("-inf")
    trouble: str = ""
    retry_s: float = float("-inf")
    renewal: "asyncio.Task[None] | None" = None

    def is_usable(self, now_s: float) -> bool:
        return self.key is not None and now_s < self.spent_s

    def is_due(self, now_s: float) -> bool:
        return self.renewal is None and now_s >= self.renew_s and now_s >= self.retry_s


class Keys:
    """The tokens of all credentials of a run. Time and wire are arguments."""

    def __init__(self) -> None:
        """Nothing is fetched until it is needed."""
        self._held: dict[Credential, _Held] = {}

    async def fresh(self, target: Target, wire: Wire, clock: Clock) -> Target | str:
        """The target with a key that is valid now; or why there is none, in a sentence without secrets."""
        credential = target.credential
        if credential is None:
            return target
        held = self._held.setdefault(credential, _Held())
        if held.is_due(clock.monotonic()):
            held.renewal = asyncio.create_task(_renew(held, credential, wire, clock))
        if not held.is_usable(clock.monotonic()) and held.renewal is not None:
            await asyncio.shield(held.renewal)  # others wait for the same one
        if held.key is not None and held.is_usable(clock.monotonic()):
            return replace(target, key=held.key)
        return held.trouble or f"{credential} gave a token that expired at once"

    def refused(self, target: Target, clock: Clock) -> None:
        """The provider does not take this target's token any more: fetch another for the next request."""
        held = self._held.get(target.credential) if target.credential is not None else None
        if held is None or held.key != target.key or clock.monotonic() < held.since_s + _TRUSTED_FOR_S:
            return
        held.key, held.renew_s = None, float("-inf")

    async def close(self) -> None:
        """Give up the refreshes that are under way."""
        under_way = [held.renewal for held in self._held.values() if held.renewal is not None]
        for renewal in under_way:
            renewal.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _renew(held: _Held, credential: Credential, wire: Wire, clock: Clock) -> None:
    """Fetch a token into its place; a failure leaves the old one there, with the reason."""
    asked_s = clock.monotonic()
    try:
        token = await tokens.fetch(credential, wire, clock)
    except CredentialError as error:
        held.trouble, held.retry_s = str(error), clock.monotonic() + _RETRY_AFTER_S
    except Exception as error:  # noqa: BLE001 - the boundary: no fault of ours in here may end a run, or be the provider's
        held.trouble = f"{credential}: {type(error).__name__}"
        held.retry_s = clock.monotonic() + _RETRY_AFTER_S
    else:
        ends_s = asked_s + token.lasts_s
        held.key, held.since_s, held.trouble = token.secret, asked_s, ""
        held.renew_s = ends_s - min(_RENEW_SHARE * token.lasts_s, _RENEW_MAX_S)
        held.spent_s = ends_s - min(_SPENT_SHARE * token.lasts_s, _SPENT_MAX_S)
    finally:
        held.renewal = None

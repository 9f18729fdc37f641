"""Whether a request may be served: its key, and the limits of the project that the key belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

from probes.simulator.endings import Ending
from probes.simulator.gates import Gate, Weight, gate
from probes.simulator.keys import presented
from probes.simulator.nouns import ImageAsk, Refusal, Visit
from probes.simulator.scenario import Auth, Provider
from probes.simulator.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token that was issued: for which project, and until when (a reading of the timeline)."""

    project: str
    expires_s: float


class Admission:
    """The keys, tokens and limits of one provider."""

    def __init__(self, spec: Provider, auth: Sequence[Auth], timeline: Timeline) -> None:
        """Keys are taken in these ways; no token was issued yet, and no limit is touched."""
        self._spec = spec
        self._auth = tuple(auth)
        self._timeline = timeline
        self._tokens: dict[str, Token] = {}  # in order of their issue, which is that of their expiry
        self._gates: dict[tuple[str, str], Gate] = {}

    def issue(self, token: str, project: str, life_s: float) -> None:
        """Take this token as a key from now on. Those that expired a whole life ago are forgotten."""
        now_s = self._timeline.read()
        for old, known in list(self._tokens.items()):
            if known.expires_s + life_s > now_s:
                break
            del self._tokens[old]
        self._tokens[token] = Token(project, now_s + life_s)

    def key_problem(self, visit: Visit) -> Refusal | None:
        """Why the key is not good; None if it is, and then the visit knows its project."""
        if "none" in self._auth:
            visit.project = next(iter(self._spec.projects))
            return None
        visit.key = presented(visit.request, self._auth)
        if visit.key is None:
            return Refusal(Ending.NO_KEY)
        token = self._tokens.get(visit.key)
        if token and token.expires_s <= visit.arrived_s:
            return Refusal(Ending.EXPIRED_KEY)
        project = token.project if token else self._spec.project_of(visit.key)
        visit.project = project or ""
        return None if project else Refusal(Ending.BAD_KEY)

    def throttled(self, visit: Visit, asked: ImageAsk) -> Refusal | None:
        """Every limit that refuses; None where it is admitted, counted, and holds a place in flight at `visit.gate`."""
        rules = self._spec.limits
        whose = (visit.key or "") if rules.per == "key" else visit.project
        visit.gate = self._gate(whose, asked.model if rules.by_model else "")
        usd = self._spec.usd_per_image.get(asked.size, 0.0) * asked.images
        violations = visit.gate.admit(visit.arrived_s, visit.arrived_at, Weight(asked.tokens, asked.images, usd))
        if not violations:
            return None
        return Refusal(Ending.THROTTLED, violations, visit.draw.share < rules.detailed_share)

    def _gate(self, whose: str, model: str) -> Gate:
        if (whose, model) not in self._gates:
            self._gates[whose, model] = gate(self._spec.limits, self._timeline.began_at.timestamp())
        return self._gates[whose, model]

"""What happens to a request at one provider, whatever its wire format: outage, key, form, limits, fault, time."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from probes.simulator import sending
from probes.simulator.faults import AFTER_WORK, AT_ONCE, BELOW_HTTP, EVERY_FORMAT, Ending, Fault, draw, drawn
from probes.simulator.keys import presented
from probes.simulator.ledger import Billing, Entry, Kind, Ledger
from probes.simulator.limits import Violation, gate
from probes.simulator.nouns import Declined, ImageAsk, ImageFormat, Refusal, Reply, Visit, Work
from probes.simulator.png import Picture, canvas, most, picture
from probes.simulator.provoked import THROTTLES, asked_fault, bad_gateway, refusal_of
from probes.simulator.scenario import Auth, Provider
from probes.simulator.sizes import Size
from probes.simulator.timeline import Timeline

_CUT_SHARE = 0.5  # of the body of a truncated answer that is sent
_ENVELOPE_BYTES = 700  # JSON around an image

Answer = Callable[[Visit], Reply | Declined]


@dataclass(frozen=True, slots=True)
class Span:
    """An outage, in seconds from the scenario's start; the end is not part of it."""

    kind: str
    begin_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a wire format can do: the ways to give a key, and the faults that it has words for."""

    auth: tuple[Auth, ...]
    speaks: frozenset[Fault]


class Desk:
    """One provider: its limits, its chances, its ledger."""

    def __init__(self, name: str, spec: Provider, dialect: Dialect, timeline: Timeline, seed: int) -> None:
        """Open the desk."""
        self.name = name
        self.spec = spec
        self.timeline = timeline
        self.ledger = Ledger(Billing(without_image=spec.bills_without_image, abandoned=spec.bills_abandoned))
        self.outages: tuple[Span, ...] = ()
        self._auth = tuple(spec.auth or dialect.auth)
        self._speaks = dialect.speaks
        self._seed = seed
        self._places: Counter[Kind] = Counter()
        into_minute_s = timeline.began_at.timestamp() % 60
        self._gates = {project: gate(spec.limits, into_minute_s) for project in spec.projects}

    # --- three kinds of request -------------------------------------------------------------------------------

    async def image(self, request: web.Request, fmt: ImageFormat) -> web.StreamResponse:
        """A request for images: keyed, limited, subject to faults, billed."""
        return await self._serve(request, Kind.IMAGE, fmt, lambda visit, entry: self._image(visit, entry, fmt))

    async def control(self, request: web.Request, fmt: ImageFormat, answer: Answer) -> web.StreamResponse:
        """A control-plane call: keyed, free, not limited."""

        async def keyed(visit: Visit, entry: Entry) -> web.StreamResponse:
            if refusal := self._key_problem(visit):
                return await self._refuse(visit, entry, fmt, refusal)
            return await self._plain(visit, entry, fmt, answer(visit))

        return await self._serve(request, Kind.CONTROL, fmt, keyed)

    async def open(self, request: web.Request, fmt: ImageFormat, answer: Answer, kind: Kind) -> web.StreamResponse:
        """A call that needs no key: result files, paths that do not exist."""
        return await self._serve(request, kind, fmt, lambda visit, entry: self._plain(visit, entry, fmt, answer(visit)))

    # --- what all have in common ------------------------------------------------------------------------------

    async def _serve(
        self,
        request: web.Request,
        kind: Kind,
        fmt: ImageFormat,
        then: Callable[[Visit, Entry], Awaitable[web.StreamResponse]],
    ) -> web.StreamResponse:
        with self.ledger.arrival(kind) as entry:
            try:
                visit = await self._arrive(request, kind)
            except web.HTTPRequestEntityTooLarge:
                entry.end(Ending.INVALID)
                raise
            outage = self.outage_at(visit.arrived_s)
            if outage is None:
                return await then(visit, entry)
            if outage.kind == "unavailable":
                return await self._refuse(visit, entry, fmt, Refusal(Ending.OUTAGE))
            entry.end(Ending.OUTAGE)
            return await self._below_http(visit, Fault(outage.kind))

    async def _arrive(self, request: web.Request, kind: Kind) -> Visit:
        at_s = self.timeline.read()
        place = self._places[kind]
        self._places[kind] += 1
        chances = draw(self._seed, self.name, kind, place)
        quick_s = self.spec.latency.network_s + self.spec.latency.control.seconds(chances.quick_z)
        body = await request.read()  # part of its time, as an upload is
        return Visit(request, body, kind, place, at_s, self.timeline.utc(at_s), chances, quick_s)

    def outage_at(self, at_s: float) -> Span | None:
        """The outage at this reading of the timeline; None if there is none."""
        into_s = self.timeline.into_scenario_s(at_s)
        return next((span for span in self.outages if span.begin_s <= into_s < span.end_s), None)

    def _key_problem(self, visit: Visit) -> Refusal | None:
        visit.key = presented(visit.request, self._auth)
        if visit.key is None:
            return Refusal(Ending.NO_KEY)
        project = self.spec.project_of(visit.key)
        if project is None:
            return Refusal(Ending.BAD_KEY)
        visit.gate = self._gates[project]
        return None

    async def _refuse(
        self, visit: Visit, entry: Entry, fmt: ImageFormat, refusal: Refusal, *, after_s: float | None = None
    ) -> web.StreamResponse:
        """A refusal in the provider's words, at once or after as much time as is given."""
        at_s = visit.arrived_s + (visit.quick_s if after_s is None else after_s)
        await self.timeline.until(at_s)
        entry.end(refusal.ending)
        reply = bad_gateway() if refusal.ending is Ending.HTML_502 else fmt.refuse(visit, refusal)
        return await sending.send(visit.request, reply, self.timeline, at_s, at_s)

    async def _decline(self, visit: Visit, entry: Entry, declined: Declined) -> web.StreamResponse:
        at_s = visit.arrived_s + visit.quick_s
        await self.timeline.until(at_s)
        entry.end(declined.ending)
        return await sending.send(visit.request, declined.reply, self.timeline, at_s, at_s)

    async def _below_http(self, visit: Visit, fault: Fault) -> web.StreamResponse:
        if fault is Fault.HANG:
            await sending.hang()
        await self.timeline.until(visit.arrived_s + visit.quick_s)
        await sending.reset(visit.request)

    # --- calls that make no image -----------------------------------------------------------------------------

    async def _plain(
        self, visit: Visit, entry: Entry, fmt: ImageFormat, answer: Reply | Declined
    ) -> web.StreamResponse:
        fault = asked_fault(visit.request, EVERY_FORMAT)
        if isinstance(fault, Declined):
            return await self._decline(visit, entry, fault)
        if isinstance(answer, Declined):
            return await self._decline(visit, entry, answer)
        entry.accept()
        if fault in BELOW_HTTP:
            entry.end(Ending(fault))
            return await self._below_http(visit, fault)
        if fault in AT_ONCE | AFTER_WORK:
            return await self._refuse(visit, entry, fmt, refusal_of(fault))
        begin_s = visit.arrived_s + visit.quick_s
        return await self._finish(visit, entry, answer, begin_s, begin_s, fault)

    # --- images -----------------------------------------------------------------------------------------------

    async def _image(self, visit: Visit, entry: Entry, fmt: ImageFormat) -> web.StreamResponse:
        if refusal := self._key_problem(visit):
            return await self._refuse(visit, entry, fmt, refusal)
        asked = fmt.read(visit)
        if isinstance(asked, Declined):
            return await self._decline(visit, entry, asked)
        visit.model = asked.model
        fault = asked_fault(visit.request, self._speaks)
        if isinstance(fault, Declined):
            return await self._decline(visit, entry, fault)
        if refusal := self._throttled(visit, fault):
            return await self._refuse(visit, entry, fmt, refusal)
        entry.accept(asked.size, asked.images)
        try:
            return await self._work(visit, entry, fmt, asked, fault)
        finally:
            if visit.gate:
                visit.gate.leave()

    def _throttled(self, visit: Visit, fault: Fault | None) -> Refusal | None:
        if fault in THROTTLES:
            return refusal_of(fault)
        violations = visit.gate.admit(visit.arrived_s, visit.arrived_at) if visit.gate else ()
        if not violations:
            return None
        return Refusal(Ending.RATE_LIMITED, violations, visit.draw.share < self.spec.limits.detailed_share)

    async def _work(
        self, visit: Visit, entry: Entry, fmt: ImageFormat, asked: ImageAsk, wanted: Fault | None
    ) -> web.StreamResponse:
        fault = wanted or drawn(self.spec.faults.rates(), visit.draw.fault)
        if asked.text_only and fault is None:
            fault = Fault.TEXT_ONLY
        work = self._timed(visit, asked, fault)
        begin_s = visit.arrived_s + self.spec.latency.network_s + work.wait_s
        if fault in BELOW_HTTP:
            entry.end(Ending(fault))
            return await self._below_http(visit, fault)
        if fault in AT_ONCE:
            return await self._refuse(visit, entry, fmt, refusal_of(fault))
        if fault in AFTER_WORK:
            return await self._refuse(visit, entry, fmt, refusal_of(fault), after_s=begin_s - visit.arrived_s)
        await self.timeline.until(begin_s)
        reply = fmt.answer(visit, work)
        return await self._finish(visit, entry, reply, begin_s, begin_s + work.download_s, fault)

    def _timed(self, visit: Visit, asked: ImageAsk, fault: Fault | None) -> Work:
        latency = self.spec.latency
        total_s = latency.sizes[asked.size].seconds(visit.draw.latency_z)
        download_s = total_s * latency.download_share
        return Work(asked, fault, total_s - download_s, download_s)

    async def _finish(
        self, visit: Visit, entry: Entry, reply: Reply, begin_s: float, end_s: float, fault: Fault | None
    ) -> web.StreamResponse:
        cut = fault is Fault.TRUNCATED
        if cut:
            entry.end(Ending.TRUNCATED)
        share = _CUT_SHARE if cut else 1.0
        response = await sending.send(visit.request, reply, self.timeline, begin_s, end_s, share=share)
        ending = Ending(fault) if fault else Ending.OK
        entry.end(ending, duration_s=self.timeline.read() - visit.arrived_s)
        return response

    # --- what formats ask of it -------------------------------------------------------------------------------

    def picture(self, name: str, width: int, height: int, size: Size) -> Picture:
        """A picture of this name; its weight makes the answer as heavy as the scenario says."""
        weight = max(0, (self.spec.answer_bytes.get(size, 0) - _ENVELOPE_BYTES) * 3 // 4)
        room = most(width, height, self.spec.colour)  # a draft or a smaller tier has less
        return picture(canvas(width, height, self.spec.colour, min(weight, room)), name)

    @property
    def stated_rpm(self) -> float | None:
        """What the provider says that its limit is: as advertised, whatever it enforces."""
        limits = self.spec.limits
        return limits.rpm if limits.advertised_rpm is None else limits.advertised_rpm

    def hint_s(self, violation: Violation) -> float | None:
        """What a refusal says how long to wait: the truth, a tenth of it, or nothing."""
        if violation.wait_s is None or self.spec.limits.retry_hint == "none":
            return None
        return violation.wait_s if self.spec.limits.retry_hint == "honest" else violation.wait_s / 10

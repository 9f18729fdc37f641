"""What happens to a request at one provider, whatever its wire format: outage, key, form, limits, fault, time."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Never

from aiohttp import web

from probes.simulator import sending
from probes.simulator.admission import Admission
from probes.simulator.chances import draw, drawn
from probes.simulator.delivery import Delivery, delivered
from probes.simulator.endings import Ending, How, delivers
from probes.simulator.faults import AT_A_DOOR, GATEWAY, ONLY_STREAMS, ONLY_TASKS, PAGES, REFUSALS, Fault, Stage
from probes.simulator.gates import Violation
from probes.simulator.ledger import Billing, Entry, Kind, Ledger
from probes.simulator.nouns import Answering, Declined, ImageAsk, ImageFormat, Refusal, Reply, Visit, Work
from probes.simulator.pages import instead, page
from probes.simulator.pictures import Studio
from probes.simulator.provoked import asked_fault, refusal_of
from probes.simulator.scenario import Auth, Provider
from probes.simulator.spells import Span, Spell, Weather
from probes.simulator.timeline import Timeline

_WITHOUT_ANSWER = (*REFUSALS, Stage.INSTEAD, Stage.WIRE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a wire format can do: the ways to give a key, and the faults that it has words for."""

    auth: tuple[Auth, ...]
    speaks: frozenset[Fault]


@dataclass(frozen=True, slots=True)
class Times:
    """When an answer begins and ends, as readings of the timeline."""

    begin_s: float
    end_s: float


class Desk:
    """One provider: its limits, its chances, its ledger."""

    def __init__(self, name: str, spec: Provider, dialect: Dialect, timeline: Timeline, seed: int) -> None:
        """Open the desk."""
        self.name = name
        self.spec = spec
        self.timeline = timeline
        self.studio = Studio(name, spec)
        self.ledger = Ledger(Billing(without_image=spec.bills_without_image, abandoned=spec.bills_abandoned))
        self.outages: tuple[Span, ...] = ()
        self.weather = Weather(spec, None, name)
        self.admission = Admission(spec, spec.auth or dialect.auth, timeline)
        self._speaks = dialect.speaks
        self._without_picture = frozenset(f for f in dialect.speaks if f.stage in (*_WITHOUT_ANSWER, Stage.DELIVERY))
        self._seed = seed
        self._places: Counter[Kind] = Counter()

    # --- three kinds of request -------------------------------------------------------------------------------

    async def image(self, request: web.Request, fmt: ImageFormat) -> web.StreamResponse:
        """A request for images: keyed, limited, subject to faults, billed."""
        return await self._serve(request, Kind.IMAGE, fmt, lambda visit, entry: self._image(visit, entry, fmt))

    async def control(self, request: web.Request, fmt: ImageFormat, answer: Answering) -> web.StreamResponse:
        """A control-plane call: keyed, free, not limited."""

        async def keyed(visit: Visit, entry: Entry) -> web.StreamResponse:
            if refusal := self.admission.key_problem(visit):
                return await self._refuse(visit, entry, fmt, refusal)
            return await self._plain(visit, entry, fmt, answer)

        return await self._serve(request, Kind.CONTROL, fmt, keyed)

    async def open(self, request: web.Request, fmt: ImageFormat, answer: Answering, kind: Kind) -> web.StreamResponse:
        """A call that needs no key: result files, tokens, paths that do not exist."""
        return await self._serve(request, kind, fmt, lambda visit, entry: self._plain(visit, entry, fmt, answer))

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
            outage = self._outage(visit)
            if outage and outage.kind.stage in _WITHOUT_ANSWER:
                entry.end(Ending.OUTAGE)
                return await self._without_answer(visit, fmt, outage.kind)
            if outage and (kind is Kind.IMAGE or outage.kind.stage is Stage.DELIVERY):
                visit.struck = outage.kind
            return await then(visit, entry)

    async def _arrive(self, request: web.Request, kind: Kind) -> Visit:
        at_s = self.timeline.read()
        place = self._places[kind]
        self._places[kind] += 1
        chances = draw(self._seed, self.name, kind, place)
        quick_s = self.spec.latency.network_s + self.spec.latency.control.seconds(chances.quick_z)
        body = await request.read()  # part of its time, as an upload is
        return Visit(request, body, kind, place, at_s, self.timeline.utc(at_s), chances, quick_s)

    def _outage(self, visit: Visit) -> Span | None:
        """The outage that strikes this request."""
        into_s = self.timeline.into_scenario_s(visit.arrived_s)
        found = (span for span in self.outages if into_s in span and visit.draw.luck < span.share)
        found = (span for span in found if span.kind not in AT_A_DOOR)
        return next((span for span in found if span.of == "everything" or visit.kind is Kind.IMAGE), None)

    async def _refuse(
        self, visit: Visit, entry: Entry, fmt: ImageFormat, refusal: Refusal, how: How | None = None
    ) -> web.StreamResponse:
        """A refusal in the provider's words, at once."""
        entry.end(how or refusal.how)
        return await self._send_quick(visit, fmt.refuse(visit, refusal))

    async def _decline(self, visit: Visit, entry: Entry, declined: Declined) -> web.StreamResponse:
        entry.end(declined.how)
        return await self._send_quick(visit, declined.reply)

    async def _send_quick(self, visit: Visit, reply: Reply, after_s: float | None = None) -> web.StreamResponse:
        at_s = visit.arrived_s + (visit.quick_s if after_s is None else after_s)
        await self.timeline.until(at_s)
        dated, how = self._delivered(reply, None, at_s)
        return await sending.send(visit.request, dated, self.timeline, at_s, at_s, how)

    async def _without_answer(
        self, visit: Visit, fmt: ImageFormat, fault: Fault, after_s: float | None = None
    ) -> web.StreamResponse:
        """A refusal, another body, or no HTTP at all; `after_s` is how long the work took that comes to nothing."""
        if fault.stage is Stage.WIRE:
            await self._below_http(visit, fault)
        if fault.stage is Stage.INSTEAD:
            return await self._send_quick(visit, instead(visit, fmt, fault), after_s)
        reply = page(visit, fault) if fault in PAGES else fmt.refuse(visit, refusal_of(fault))
        assert reply is not None  # noqa: S101 - every page has its reply
        return await self._send_quick(visit, reply, after_s if fault.stage is Stage.AFTER_WORK else None)

    async def _below_http(self, visit: Visit, fault: Fault) -> Never:
        if fault is Fault.HANG:
            await sending.hang()
        await self.timeline.until(visit.arrived_s + visit.quick_s)
        if fault is Fault.SLOW_HEADER:
            await sending.dribble(visit.request, self.timeline)
        ends = {Fault.RESET: sending.reset, Fault.CLOSE: sending.shut, Fault.NOT_HTTP: sending.babble}
        await ends[fault](visit.request)

    # --- calls that make no image -----------------------------------------------------------------------------

    async def _plain(self, visit: Visit, entry: Entry, fmt: ImageFormat, answer: Answering) -> web.StreamResponse:
        fault = visit.struck or asked_fault(visit.request, self._without_picture)
        if isinstance(fault, Declined):
            return await self._decline(visit, entry, fault)
        reply = answer(visit)
        if isinstance(reply, Declined):
            return await self._decline(visit, entry, reply)
        entry.accept()
        if fault and fault.stage in _WITHOUT_ANSWER:
            entry.end(fault)
            return await self._without_answer(visit, fmt, fault)
        at_s = visit.arrived_s + visit.quick_s
        return await self._finish(visit, entry, reply, Times(at_s, at_s), fault)

    # --- images -----------------------------------------------------------------------------------------------

    async def _image(self, visit: Visit, entry: Entry, fmt: ImageFormat) -> web.StreamResponse:
        if refusal := self.admission.key_problem(visit):
            return await self._refuse(visit, entry, fmt, refusal)
        asked = fmt.read(visit)
        if isinstance(asked, Declined):
            return await self._decline(visit, entry, asked)
        visit.model = asked.model
        fault = self._fault(visit, asked)
        if isinstance(fault, Declined):
            return await self._decline(visit, entry, fault)
        if fault and fault.stage is Stage.THROTTLE:
            return await self._refuse(visit, entry, fmt, refusal_of(fault), fault)
        if refusal := self.admission.throttled(visit, asked):
            return await self._refuse(visit, entry, fmt, refusal)
        entry.accept(asked.size, asked.images)
        try:
            return await self._work(visit, entry, fmt, asked, fault)
        finally:
            if visit.gate:
                visit.gate.leave()

    def _fault(self, visit: Visit, asked: ImageAsk) -> Fault | Declined | None:
        possible = frozenset(fault for fault in self._speaks if _fits(fault, asked))
        if visit.struck in possible:
            return visit.struck
        wanted = asked_fault(visit.request, possible)
        if wanted is not None:
            return wanted
        spell = self._spell(visit)
        rates = {**self.spec.faults, **spell.faults} if spell else self.spec.faults
        fault = drawn(rates, visit.draw.fault)
        if fault is not None:
            return fault if fault in possible else None
        return Fault.TEXT_ONLY if asked.text_only else None

    def _spell(self, visit: Visit) -> Spell | None:
        return self.weather.at(self.timeline.into_scenario_s(visit.arrived_s))

    async def _work(
        self, visit: Visit, entry: Entry, fmt: ImageFormat, asked: ImageAsk, fault: Fault | None
    ) -> web.StreamResponse:
        work = self._timed(visit, asked, fault)
        took_s = self.spec.latency.network_s + work.wait_s
        if fault and fault.stage in _WITHOUT_ANSWER and not _within_task(fault, asked):
            entry.end(fault)
            return await self._without_answer(visit, fmt, fault, None if asked.later else took_s)
        if asked.later:
            at_s = visit.arrived_s + visit.quick_s
            await self.timeline.until(at_s)
            return await self._finish(visit, entry, asked.later(visit, work), Times(at_s, at_s), fault, task=True)
        times = Times(visit.arrived_s + took_s, visit.arrived_s + took_s + work.download_s)
        await self.timeline.until(times.begin_s)
        return await self._finish(visit, entry, fmt.answer(visit, work), times, fault)

    def _timed(self, visit: Visit, asked: ImageAsk, fault: Fault | None) -> Work:
        latency, spell = self.spec.latency, self._spell(visit)
        total_s = latency.sizes[asked.size].seconds(visit.draw.latency_z) * (spell.slower if spell else 1.0)
        download_s = total_s * latency.download_share
        return Work(asked, fault, total_s - download_s, download_s)

    async def _finish(
        self, visit: Visit, entry: Entry, reply: Reply, times: Times, fault: Fault | None, *, task: bool = False
    ) -> web.StreamResponse:
        dated, how = self._delivered(reply, fault, times.begin_s)
        ending: How = fault or Ending.OK
        if not delivers(ending) or how.longer_s:
            of = 1 if task and fault not in ONLY_TASKS else None  # a batch of several: the others are well
            entry.end(ending, of=of)  # now, for the client may go before it is through
        end_s = times.end_s + how.longer_s
        response = await sending.send(visit.request, dated, self.timeline, times.begin_s, end_s, how)
        entry.end(ending, duration_s=None if task else self.timeline.read() - visit.arrived_s)
        return response

    def _delivered(self, reply: Reply, fault: Fault | None, at_s: float) -> tuple[Reply, Delivery]:
        dated, how = delivered(reply, fault, self.now_there(at_s))
        return (dated, how) if self.spec.keep_alive else (replace(dated, last=True), how)

    # --- what formats ask of it -------------------------------------------------------------------------------

    def now_there(self, at_s: float) -> datetime:
        """The provider's own clock at this reading of the timeline."""
        return self.timeline.utc(at_s) + timedelta(seconds=self.spec.clock_ahead_s)

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


def _fits(fault: Fault, asked: ImageAsk) -> bool:
    """Whether this kind of request can meet it."""
    if fault in AT_A_DOOR:
        return False  # it let this request in
    return (fault not in ONLY_STREAMS or asked.streamed) and (fault not in ONLY_TASKS or asked.later is not None)


def _within_task(fault: Fault, asked: ImageAsk) -> bool:
    """Whether a task is taken and then fails, instead of being refused."""
    return asked.later is not None and fault.stage is Stage.AFTER_WORK and fault not in PAGES | GATEWAY

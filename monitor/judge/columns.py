"""Samples as typed columns. What reads them: `frames` (pandas), `reading` (the store).

Times become int64 microseconds since 1970 (UTC), so that seconds in a state add up exactly; words become kinds, of
which there are few. Rows are unique by `sample_id` and sorted by time, so neither order nor repetition matters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from monitor.judge.words import Words

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.int8]

SECOND = 1_000_000  # microseconds
NEVER = np.iinfo(np.int64).min  # no time; numpy's own NaT
GOOD = ("ok", "ok_degraded")
OURS = ("scheduled", "imported")  # modes that enter availability and latency; imported: somebody else's schedule

SERVERS_FAULT = ("server_error", "overloaded")
ONLY_IF_ANSWERED = (*GOOD, "ok_no_image", "image_invalid", "rate_limited", *SERVERS_FAULT)  # outcomes

LOAD_PROBES = ("burst", "endurance")
LOAD_MODES = ("ramp", "sustain")

Answer = TypeVar("Answer", Flags, Truths)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    """Microseconds since 1970, exact."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def instant(at: int) -> datetime:
    """The aware UTC time of `micros`."""
    return _EPOCH + timedelta(microseconds=int(at))


def distinct(ordered: Ints) -> Ints:
    """Sorted values without repeats; `numpy.unique` does not know that they are sorted, and takes ten times longer."""
    return ordered[np.append(True, np.diff(ordered) != 0)] if len(ordered) else ordered


SHARED = ("location", "provider", "model", "probe", "mode", "size", "outcome", "detail", "attribution", "rule")


@dataclass(frozen=True, slots=True)
class Kinds:
    """What rows of one kind share. Each column has an entry for each kind, and a last one that is null."""

    words: Mapping[str, tuple[Codes, tuple[str, ...]]]  # of each column of `SHARED`: codes, and the words, sorted
    status: Floats
    control_ok: Truths
    billed: Truths
    conn_reused: Truths
    known: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)  # answers, by question


@dataclass(frozen=True, slots=True)
class Wide:
    """What few rows have, or few are asked for. Each column has a last entry that is null."""

    run: Words  # null where nothing was loaded on purpose
    model_version: Words  # of image requests: the model that the answer names
    block: Codes  # of each interleaved block the place of its name in `blocks`; -1 for what is in none
    blocks: npt.NDArray[np.bytes_]  # sorted
    seq: Floats
    dns_ms: Floats
    connect_ms: Floats
    tls_ms: Floats
    upload_ms: Floats
    wait_ms: Floats
    download_ms: Floats
    cost_usd: Floats
    retry_after_s: Floats
    limit_requests: Floats


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of equal length, sorted by `t`. NaN is null; yes and no are 1 and 0, -1 is null.

    A row names its kind and its place in the wide columns: selecting a million rows copies six columns, not thirty.
    """

    t: Ints  # planned_at; sent_at where that is null
    sent_at: Ints  # NEVER where null
    lateness_ms: Floats
    total_ms: Floats
    kind: Codes
    place: Codes  # -1: nothing in the wide columns
    kinds: Kinds
    wide: Wide

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.t)

    def take(self, which: Flags | Ints | slice) -> "Rows":
        """The rows of a mask, of indices or of a slice."""
        if isinstance(which, np.ndarray) and which.dtype == np.bool_ and which.all():
            return self  # often so, and copying a million rows is what takes the time here
        if isinstance(which, np.ndarray) and which.dtype == np.bool_:
            which = np.flatnonzero(which)  # once, not for each column
        return Rows(
            self.t[which],
            self.sent_at[which],
            self.lateness_ms[which],
            self.total_ms[which],
            self.kind[which],
            self.place[which],
            self.kinds,
            self.wide,
        )

    def between(self, start: int, end: int) -> "Rows":
        """Rows planned in [start, end), microseconds."""
        first, last = np.searchsorted(self.t, [start, end])
        return self.take(slice(int(first), int(last)))

    @property
    def location(self) -> Words:
        """Column `location`."""
        return self._words("location")

    @property
    def provider(self) -> Words:
        """Column `provider`."""
        return self._words("provider")

    @property
    def model(self) -> Words:
        """Column `model`."""
        return self._words("model")

    @property
    def probe(self) -> Words:
        """Column `probe`."""
        return self._words("probe")

    @property
    def mode(self) -> Words:
        """Column `mode`."""
        return self._words("mode")

    @property
    def size(self) -> Words:
        """Column `size`."""
        return self._words("size")

    @property
    def outcome(self) -> Words:
        """Column `outcome`."""
        return self._words("outcome")

    @property
    def detail(self) -> Words:
        """Column `detail`."""
        return self._words("detail")

    @property
    def attribution(self) -> Words:
        """Column `attribution`."""
        return self._words("attribution")

    @property
    def rule(self) -> Words:
        """Column `rule`."""
        return self._words("rule")

    def _words(self, name: str) -> Words:
        return Words(self.kind, *self.kinds.words[name])

    @property
    def status(self) -> Floats:
        """HTTP status of each row."""
        return self.kinds.status[self.kind]

    @property
    def control_ok(self) -> Truths:
        """Whether the control probe beside it passed."""
        return self.kinds.control_ok[self.kind]

    @property
    def billed(self) -> Truths:
        """Whether it was billed."""
        return self.kinds.billed[self.kind]

    @property
    def conn_reused(self) -> Truths:
        """Whether its connection was there before."""
        return self.kinds.conn_reused[self.kind]

    @property
    def run(self) -> Words:
        """As in `Wide`."""
        return replace(self.wide.run, kinds=self.wide.run.kinds[self.place])

    @property
    def model_version(self) -> Words:
        """As in `Wide`."""
        return replace(self.wide.model_version, kinds=self.wide.model_version.kinds[self.place])

    @property
    def block(self) -> Codes:
        """As in `Wide`."""
        return self.wide.block[self.place]

    @property
    def seq(self) -> Floats:
        """As in `Wide`."""
        return self.wide.seq[self.place]

    @property
    def dns_ms(self) -> Floats:
        """As in `Wide`."""
        return self.wide.dns_ms[self.place]

    @property
    def connect_ms(self) -> Floats:
        """As in `Wide`."""
        return self.wide.connect_ms[self.place]

    @property
    def tls_ms(self) -> Floats:
        """As in `Wide`."""
        return self.wide.tls_ms[self.place]

    @property
    def upload_ms(self) -> Floats:
        """As in `Wide`."""
        return self.wide.upload_ms[self.place]

    @property
    def wait_ms(self) -> Floats:
        """As in `Wide`."""
        return self.wide.wait_ms[self.place]

    @property
    def download_ms(self) -> Floats:
        """As in `Wide`."""
        return self.wide.download_ms[self.place]

    @property
    def cost_usd(self) -> Floats:
        """As in `Wide`."""
        return self.wide.cost_usd[self.place]

    @property
    def retry_after_s(self) -> Floats:
        """As in `Wide`."""
        return self.wide.retry_after_s[self.place]

    @property
    def limit_requests(self) -> Floats:
        """As in `Wide`."""
        return self.wide.limit_requests[self.place]

    def tally(self, which: Flags) -> Ints:
        """How many of these rows there are of each kind; the last number is of rows that have none."""
        last = len(self.kinds.status) - 1
        return np.bincount(np.where(self.kind < 0, last, self.kind)[which], minlength=last + 1)

    def of_kind(self, question: str, answer: Callable[["Rows"], Answer]) -> Answer:
        """What can be said of each row by its kind alone: asked of each kind once, and looked up for each row.

        `answer` gets one row of each kind, and may look at nothing but what kinds share; `question` names it.
        """
        found: Answer = self.answers(question, answer)[self.kind]
        return found

    def answers(self, question: str, answer: Callable[["Rows"], Answer]) -> Answer:
        """The same of each kind, in the order of `tally`."""
        if question not in self.kinds.known:
            every = np.arange(len(self.kinds.status), dtype=np.int32)
            nowhen, unknown = np.full(len(every), NEVER), np.full(len(every), np.nan)
            one_each = Rows(nowhen, nowhen, unknown, unknown, every, np.full_like(every, -1), self.kinds, self.wide)
            self.kinds.known[question] = answer(one_each)
        found: Answer = self.kinds.known[question]
        return found

    @property
    def sent(self) -> Flags:
        """Requests that left: all but `not_sent` and those that got no token, and those abandoned in flight."""
        left = self.of_kind("sent", lambda rows: ~(rows.outcome.isin("not_sent") | rows.detail.isin("no_token")))
        others = np.flatnonzero(~left)
        left[others] = self.sent_at[others] != NEVER
        return left

    @property
    def good(self) -> Flags:
        """Requests that gave what was asked (`ok_degraded` fails correctness instead)."""
        return self.of_kind("good", lambda rows: rows.outcome.isin(*GOOD))

    @property
    def scheduled(self) -> Flags:
        """Rows that enter availability and latency."""
        return self.of_kind("scheduled", lambda rows: rows.mode.isin(*OURS))

    @property
    def escalated(self) -> Flags:
        """Requests that we sent because something had failed, or was agreed to fail."""
        return self.of_kind("escalated", lambda rows: rows.mode.isin("confirm", "incident", "drill"))

    @property
    def loading(self) -> Flags:
        """Rows of runs that offer a rate on purpose."""
        return self.of_kind("loading", lambda rows: rows.probe.isin(*LOAD_PROBES) | rows.mode.isin(*LOAD_MODES))

    @property
    def routine(self) -> Flags:
        """Free control-plane calls of the schedule that went well: most rows, and they tell of uptime alone."""
        well = self.of_kind("routine", lambda rows: rows.probe.isin("reach") & rows.scheduled & rows.outcome.isin("ok"))
        placed = np.flatnonzero(well & (self.place >= 0))
        cost = self.wide.cost_usd[self.place[placed]]
        well[placed[~(np.isnan(cost) | (cost == 0.0))]] = False
        return well

    @property
    def counted(self) -> Flags:
        """The denominator of user and HTTP availability, for rows of any probe: see `docs/methods.md`."""
        return self.of_kind("counted", _counted)

    @property
    def answered(self) -> Flags:
        """Requests that got an HTTP answer: by its status, or, where nobody kept that, by what only an answer makes.

        A status of 0 is how others write that there was none.
        """
        return self.of_kind("answered", _answered)

    @property
    def answered_5xx(self) -> Flags:
        """Requests that were answered with 5xx; without a status, those whose outcome says so."""
        return self.of_kind("answered_5xx", _answered_5xx)

    @property
    def start(self) -> Ints:
        """When each request left; planned time where that is not known."""
        return np.where(self.sent_at != NEVER, self.sent_at, self.t)

    @property
    def end(self) -> Ints:
        """When each answer was complete; the start where that is not known."""
        return ended(self.start, self.total_ms)


def ended(start: Ints, total_ms: Floats) -> Ints:
    """When what began then and took so long was over; the start where nobody knows how long it took."""
    return start + np.rint(np.where(np.isnan(total_ms), 0.0, total_ms) * 1000.0).astype(np.int64)


def _counted(rows: Rows) -> Flags:
    left_out = rows.outcome.isin("blocked", "client_error", "auth", "balance", "not_sent", "rate_limited")
    return ~left_out & ~rows.attribution.isin("monitor") & (rows.outcome.codes >= 0)


def _answered(rows: Rows) -> Flags:
    told: Flags = rows.status >= 100
    return told | (np.isnan(rows.status) & rows.outcome.isin(*ONLY_IF_ANSWERED))


def _answered_5xx(rows: Rows) -> Flags:
    told: Flags = rows.status >= 500
    return told | (np.isnan(rows.status) & rows.outcome.isin(*SERVERS_FAULT))


def nothing() -> Rows:
    """No row at all."""
    times, numbers, codes = np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int32)
    null, no_word, blank = np.full(1, -1, np.int32), np.full(1, -1, np.int8), np.full(1, np.nan)
    kinds = Kinds(dict.fromkeys(SHARED, (null, ())), blank, no_word, no_word, no_word)
    wide = Wide(Words.of(null, ()), Words.of(null, ()), null, np.zeros(0, "S16"), *[blank] * 10)
    return Rows(times, times, numbers, numbers, codes, codes, kinds, wide)


def by_provider(rows: Rows) -> dict[str, Rows]:
    """The rows of each provider, in the order of their names."""
    return {name: rows.take(which) for name, which in rows.provider.split() if name is not None}

"""Results of ray-project/llmperf: individual responses as JSON, with the summary of the run beside them.

Each response is a row of a baseline probe. Responses carry no time of their own, so all of a run have the time at
which its summary was written (or `--at`); their order is kept in `seq`. llmperf's own verdict is kept: a response
with an error code is a failure here as it is there. Refusals (429) are rows like any other, which llmperf's
leaderboard does not show.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from monitor.imports import Imported, ImportRefused, LineFault, Options, refuse
from monitor.store import Published
from probes.ids import uuid7_of
from probes.model import Attribution, Mode, Outcome, ProbeKind, Sample
from probes.scrubbing import scrub

LOCATION = "llmperf"
PROVIDER, CLIENT, UNKNOWN = Attribution.PROVIDER, Attribution.CLIENT, Attribution.UNKNOWN
_TOO_FEW_TOKENS, _NO_CODE = -100, -1
_CODES: dict[int, tuple[Outcome, str | None, Attribution]] = {
    _TOO_FEW_TOKENS: (Outcome.TRUNCATED, "too_few_tokens", PROVIDER),
    _NO_CODE: (Outcome.CONNECTION, None, UNKNOWN),  # llmperf's word for an exception without an answer
    401: (Outcome.AUTH, None, CLIENT),
    402: (Outcome.BALANCE, None, CLIENT),
    403: (Outcome.AUTH, None, CLIENT),
    429: (Outcome.RATE_LIMITED, "unknown", UNKNOWN),  # what was promised is not in the file
    503: (Outcome.SERVER_ERROR, None, PROVIDER),
    504: (Outcome.TIMEOUT, "server_504", PROVIDER),
    529: (Outcome.OVERLOADED, None, PROVIDER),
}
_FIGURES = {"results_end_to_end_latency_s": "end-to-end latency", "results_ttft_s": "time to first token"}
_POINTS = {"quantiles_p50": "p50", "quantiles_p95": "p95", "quantiles_p99": "p99", "mean": "mean"}
_NOTE = "responses carry no time of their own: all of a run have the time of its summary"


@dataclass(frozen=True, slots=True)
class Run:
    """One file of responses and what is known of the run."""

    file: Path
    summary: Mapping[str, Any]  # empty where there is none
    provider: str
    model: str
    at: datetime


def read(path: Path, options: Options) -> Imported:
    """All responses of a file, or of every run in a folder.

    Raises:
        ImportRefused: with every response that cannot be read, or what is missing to read any.
    """
    files = (
        sorted(file for file in path.glob("*.json") if not file.stem.endswith("_summary")) if path.is_dir() else [path]
    )
    if not files:
        raise refuse(path, "no results of llmperf: no *.json beside the summaries")
    samples: list[Sample] = []
    published: list[Published] = []
    faults: list[LineFault] = []
    for file in files:
        try:
            run = _run(file, options)
            samples += _samples(run)
            published += _published(run)
        except ImportRefused as refused:
            faults += refused.faults
    if faults:
        raise ImportRefused(faults)
    return Imported(tuple(samples), tuple(published), (_NOTE,))


# --- the run --------------------------------------------------------------------------------------------------


def _run(file: Path, options: Options) -> Run:
    summary_file = file.with_name(f"{file.stem.removesuffix('_individual_responses')}_summary.json")
    has_summary = summary_file.is_file() and summary_file != file
    summary = _json(summary_file, dict) if has_summary else {}
    provider = options.provider or summary.get("framework")
    at = options.at or _time(summary)
    if not provider:
        raise refuse(file, "no provider: name it with --provider (a summary beside it would: framework)")
    if at is None:
        raise refuse(file, f"no time: give it with --at, or put {summary_file.name} with its timestamp beside it")
    return Run(file, summary, str(provider), str(summary.get("model") or ""), at)


def _time(summary: Mapping[str, Any]) -> datetime | None:
    stamp = summary.get("timestamp")
    if isinstance(stamp, bool) or not isinstance(stamp, int | float):
        return None
    try:
        return datetime.fromtimestamp(stamp, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _json(file: Path, kind: type) -> Any:  # noqa: ANN401 - JSON of the kind asked for
    try:
        data = json.loads(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise refuse(file, "no UTF-8 text") from error
    except ValueError as error:
        raise refuse(file, f"no JSON: {error}") from error
    if not isinstance(data, kind):
        raise refuse(file, f"no {'list of responses' if kind is list else 'summary'} of llmperf")
    return data


# --- responses ------------------------------------------------------------------------------------------------


def _samples(run: Run) -> list[Sample]:
    responses = _json(run.file, list)
    if not responses:
        raise refuse(run.file, "no responses")
    faults = [
        LineFault(str(run.file), number, column, reason, "response")
        for number, response in enumerate(responses, start=1)
        for column, reason in _wrong(response)
    ]
    if faults:
        raise ImportRefused(faults)
    content = hashlib.sha256(json.dumps(responses, sort_keys=True).encode()).hexdigest()
    run_id = uuid7_of(run.at, "llmperf run", run.provider, run.model, content)
    return [_sample(run, run_id, seq, response) for seq, response in enumerate(responses)]


def _wrong(response: object) -> Iterator[tuple[str | None, str]]:
    """Every reason why this is no response of llmperf."""
    if not isinstance(response, dict):
        yield None, "no JSON object"
        return
    for name in ("end_to_end_latency_s", "ttft_s"):
        value = response.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            yield name, "missing" if value is None else f"{value!r} is no duration in seconds"
    if "error_code" not in response:
        yield "error_code", "missing (null where there was no error)"


def _sample(run: Run, run_id: UUID, seq: int, response: Mapping[str, Any]) -> Sample:
    code = _code(response["error_code"])
    outcome, detail, attribution, rule = _verdict(code)
    total_ms, first_ms = (float(response[name]) * 1000.0 or None for name in ("end_to_end_latency_s", "ttft_s"))
    return Sample(
        sample_id=uuid7_of(run.at, "llmperf", str(run_id), str(seq)),
        run_id=run_id,
        seq=seq,
        location=LOCATION,
        provider=run.provider,
        model=run.model,
        probe=ProbeKind.BASELINE,
        mode=Mode.IMPORTED,
        planned_at=run.at,
        sent_at=run.at,
        lateness_ms=0.0,
        wait_ms=first_ms,
        total_ms=total_ms,  # llmperf writes 0 where it did not measure
        status=_status(code),
        outcome=outcome,
        detail=detail,
        attribution=attribution,
        rule=f"import.llmperf.{rule}",
        error=scrub(str(response.get("error_msg") or ""), ()) or None,
    )


def _code(code: object) -> int | str | None:
    """The error code as a number where it is one; providers' words for it stay words."""
    if isinstance(code, float) and code.is_integer():
        return int(code)
    if isinstance(code, str):
        return int(code) if code.lstrip("-").isdecimal() else code
    return code if code is None or isinstance(code, int) else str(code)


def _verdict(code: int | str | None) -> tuple[Outcome, str | None, Attribution, str]:
    """What llmperf says in our words: outcome, detail, whose doing, rule."""
    if code is None:
        return Outcome.OK, None, PROVIDER, "ok"
    if isinstance(code, int) and code in _CODES:
        return *_CODES[code], str(code)
    if isinstance(code, int) and 400 <= code < 500:
        return Outcome.CLIENT_ERROR, None, CLIENT, str(code)
    return Outcome.SERVER_ERROR, str(code), PROVIDER, "error"


def _status(code: int | str | None) -> int | None:
    """HTTP status. llmperf goes on with 200 alone, so what it measured without an HTTP error was answered with 200."""
    if code is None or code == _TOO_FEW_TOKENS:
        return 200
    return code if isinstance(code, int) and 100 <= code < 600 else None


# --- what it published ----------------------------------------------------------------------------------------


def _published(run: Run) -> Iterator[Published]:
    """Its quantiles (interpolated, over responses without error) and its share of errors."""
    source = f"llmperf, {run.file.stem.removesuffix('_individual_responses')}_summary.json"
    of = f" of {run.model}" if run.model else ""
    for key, figure in _FIGURES.items():
        for suffix, point in _POINTS.items():
            value = run.summary.get(f"{key}_{suffix}")
            if isinstance(value, int | float) and math.isfinite(value):
                text = f"{value * 1000:,.0f} ms, of responses without error, interpolated"
                yield Published(run.provider, f"{figure} {point}{of}", text, source)
    rate = run.summary.get("results_error_rate")
    if isinstance(rate, int | float) and math.isfinite(rate):
        yield Published(run.provider, f"error rate{of}", f"{rate:.1%}", source)

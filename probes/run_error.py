"""What a run found of its own error: read wherever runs are kept, and so apart from what measures it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunError:
    """What a run found of its own error, ms. A clock that runs faster than real time has its own milliseconds.

    `error_ms` bounds the difference of a stored duration from the truth: the worst control request or, if longer, the
    longest that a request was held up by us; and the latest that the kernel woke us beside it, though there was nothing
    else to do. None where no control request came back. `lag`: from when an answer came until the event loop read it,
    and each of its turns above a millisecond. Where the kernel does not say when something came, a timer tells how late
    it wakes us, and `error_ms` has one tick more, the longest that nobody looked.
    """

    error_ms: float | None
    control_max_ms: float | None
    held_up_max_ms: float
    controls: int
    lag_p99_ms: float | None
    lag_max_ms: float | None
    lateness_p99_ms: float | None
    clock_steps: int  # how often the wall clock was set
    clock_step_ms: float  # the largest of them, forward if above 0

    def beside(self, other: "RunError") -> "RunError":
        """Of a run in two parts, of which a restart lies between: the worse of both bounds all."""

        def worse(name: str) -> float | None:
            known = [value for part in (self, other) if (value := getattr(part, name)) is not None]
            return max(known, default=None)

        return RunError(
            error_ms=worse("error_ms"),
            control_max_ms=worse("control_max_ms"),
            held_up_max_ms=max(self.held_up_max_ms, other.held_up_max_ms),
            controls=self.controls + other.controls,
            lag_p99_ms=worse("lag_p99_ms"),
            lag_max_ms=worse("lag_max_ms"),
            lateness_p99_ms=worse("lateness_p99_ms"),
            clock_steps=self.clock_steps + other.clock_steps,
            clock_step_ms=max(self.clock_step_ms, other.clock_step_ms, key=abs),
        )

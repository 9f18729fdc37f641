"""`python -m tests.fuzz 200000 [--seed N]`: so many mutated answers, and what they came to."""

import argparse
import json
import resource
import sys
import time

from tests.fuzz.running import run


def main() -> int:
    """Run; print the figures as JSON; 1 if any answer broke a promise (each is printed with how to repeat it)."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("answers", type=int, nargs="?", default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args()
    began_s = time.monotonic()
    done = run(said.answers, said.seed)
    figures = {
        "answers": done.answers,
        "seconds": round(time.monotonic() - began_s, 1),
        "slowest_ms": round(done.slowest_s * 1000, 1),
        "grown_mb": round(done.grown_mb, 1),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "outcomes": dict(done.outcomes.most_common()),
        "adapters": dict(done.adapters),
        "broken": done.broken,
    }
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 1 if done.broken else 0


if __name__ == "__main__":
    sys.exit(main())

"""Coverage-guided mutations by atheris (libFuzzer), for `make fuzz-guided`: `guided.py -runs=200000 [FOLDER]`.

atheris has no wheel for every Python, so it has an environment and a lock of its own.
Bytes that reach new code are kept in FOLDER and are where the next mutations begin.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

try:
    import atheris  # type: ignore[import-untyped]  # optional, and without types
except ImportError:
    sys.exit("This needs atheris: `make fuzz-guided` installs it (Python 3.11 to 3.13); `make fuzz` works without it.")

with atheris.instrument_imports(include=["probes"]):
    from probes.model import Exchange
    from probes.providers import load, names
    from tests.fuzz.driving import row_of
    from tests.fuzz.seeds import ASKS, Seed, options_of, seeds

    for name in names():
        load(name)  # here, so that it is instrumented

_SPLIT = b"\n\x00\n"  # between the bodies of one conversation
_STATUSES = (200, 200, 200, 200, 201, 302, 400, 401, 402, 403, 404, 429, 500, 503, 504, 524)
_TARGETS = (*(Seed(name, (), options_of(name)) for name in names()), Seed("gemini", (), {"batch": True}))


def try_one(data: bytes) -> None:
    """Two bytes choose adapter and status, the rest are the bodies; a broken promise raises."""
    if len(data) < 2:
        return
    seed = _TARGETS[data[0] % len(_TARGETS)]
    first = _STATUSES[data[1] % len(_STATUSES)]
    bodies = data[2:].split(_SPLIT)[:6]
    exchanges = [Exchange(first if at == 0 else 200, {}, body) for at, body in enumerate(bodies)]
    row_of(seed.target, ASKS[data[1] // 16 % len(ASKS)], exchanges)


def _begin(folder: Path) -> None:
    """Real conversations, where mutations begin."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        of = next(at for at, one in enumerate(_TARGETS) if one.adapter == seed.adapter)
        status = next((at for at, one in enumerate(_STATUSES) if one == seed.exchanges[0].status), 0)
        bodies = _SPLIT.join(exchange.body for exchange in seed.exchanges)
        (folder / f"seed-{number}").write_bytes(bytes((of, status)) + bodies)


if __name__ == "__main__":
    folders = [Path(word) for word in sys.argv[1:] if not word.startswith("-")]
    if folders:
        _begin(folders[0])
    atheris.Setup(sys.argv, try_one)
    atheris.Fuzz()

"""Fuzzing one target by hand.

    python -m tests.fuzz                        lists the targets
    python -m tests.fuzz TARGET [SECONDS]       runs it until something comes out of it, or for some seconds (60)
    python -m tests.fuzz TARGET FILE            runs it once, with what a run has found

With atheris installed (`pip install atheris`) the code is watched and inputs that get further are kept, in
`~/.cache/lixeval-fuzz/TARGET`; without it seeds are changed at random.  What was found belongs into
`tests/fuzz/kept/TARGET`, together with its mending.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from random import Random

FOUND = Path("fuzz-found")


def by_chance(name: str, seconds: float) -> None:
    """Change the seeds at random."""
    from tests.fuzz.mutation import mutated
    from tests.fuzz.targets import TARGETS

    target = TARGETS[name]
    kept = [path.read_bytes() for path in sorted((Path(__file__).parent / "kept" / name).glob("*"))]
    small = [data for data in (*target.seeds, *kept) if len(data) < 10_000]
    choice, runs, slowest = Random(), 0, 0.0
    end = time.monotonic() + seconds
    while (begun := time.monotonic()) < end:
        data = mutated(choice.choice(small), small, choice)
        runs += 1
        try:
            target.run(data)
        except target.declared:
            pass
        except BaseException:
            FOUND.write_bytes(data)
            print(f"found after {runs} runs, written to {FOUND}: {data!r}")
            raise
        slowest = max(slowest, time.monotonic() - begun)
    print(f"{name}: {runs} runs, nothing found; the slowest took {slowest:.3f} s")


def watched(name: str, seconds: int) -> None:
    """With atheris; it ends the process itself."""
    import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]  # has no types; by hand only

    with atheris.instrument_imports(include=["lixeval"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    corpus = Path.home() / ".cache/lixeval-fuzz" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(target.seeds):
        if len(data) < 10_000:
            (corpus / f"seed-{number}").write_bytes(data)

    def run(data: bytes) -> None:
        with contextlib.suppress(*target.declared):
            target.run(data)

    options = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=4096"]
    atheris.Setup([sys.argv[0], str(corpus), *options], run)
    atheris.Fuzz()


def main(words: list[str]) -> None:
    """What the words ask for."""
    if not words:
        from tests.fuzz.targets import TARGETS

        print("\n".join(TARGETS))
    elif len(words) > 1 and os.path.exists(words[1]):
        from tests.fuzz.targets import TARGETS

        TARGETS[words[0]].run(Path(words[1]).read_bytes())
    else:
        seconds = int(words[1]) if len(words) > 1 else 60
        try:
            import atheris  # noqa: F401
        except ImportError:
            by_chance(words[0], seconds)
        else:
            watched(words[0], seconds)


main(sys.argv[1:])

"""Fuzzing one target by hand.

    python -m tests.fuzz                        lists the targets
    python -m tests.fuzz TARGET [SECONDS]       runs it until something comes out of it, or for some seconds (60)
    python -m tests.fuzz TARGET FILE            runs it once, with what a run has found
    python -m tests.fuzz TARGET keep [FILE …]   keeps these inputs, or the shortest of what runs have collected

With atheris installed (`pip install atheris`) the code is watched and inputs that get further are collected, in
`~/.cache/lixeval-fuzz/TARGET`; without it inputs are changed at random.  Both begin with the target's seeds and with
what is kept in `tests/fuzz/kept` (see README.md).
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from random import Random

from tests.fuzz.corpus import keep, kept, shortest

FOUND = Path("fuzz-found")
LARGEST = 10_000


def by_chance(name: str, seconds: float) -> None:
    """Change the inputs at random."""
    from tests.fuzz.mutation import mutated
    from tests.fuzz.targets import TARGETS

    target = TARGETS[name]
    small = [data for data in (*target.seeds, *kept(name)) if len(data) < LARGEST]
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


def collected(name: str) -> Path:
    """Where runs that watch the code put what gets further."""
    return Path.home() / ".cache/lixeval-fuzz" / name


def watched(name: str, seconds: int) -> None:
    """With atheris; it ends the process itself."""
    import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]  # has no types; by hand only

    with atheris.instrument_imports(include=["lixeval"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]

    def run(data: bytes) -> None:
        with contextlib.suppress(*target.declared):
            target.run(data)

    folder = collected(name)
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate((*target.seeds, *kept(name))):
        if len(data) < LARGEST:
            (folder / f"seed-{number}").write_bytes(data)
    options = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=4096"]
    atheris.Setup([sys.argv[0], *options, str(folder)], run)
    atheris.Fuzz()


def main(words: list[str]) -> None:
    """What the words ask for."""
    name, order, *files = [*words, "", ""][: max(len(words), 2)]
    if name in ("-h", "--help"):
        print(__doc__)
    elif not name:
        from tests.fuzz.targets import TARGETS

        print("\n".join(TARGETS))
    elif order == "keep":
        chosen = [Path(file).read_bytes() for file in files]
        count = keep(name, chosen or shortest([path.read_bytes() for path in collected(name).iterdir()]))
        print(f"{name}: {count} inputs are kept")
    elif os.path.exists(order):
        from tests.fuzz.targets import TARGETS

        TARGETS[name].run(Path(order).read_bytes())
    else:
        seconds = int(order or 60)
        try:
            import atheris  # noqa: F401
        except ImportError:
            by_chance(name, seconds)
        else:
            watched(name, seconds)


main(sys.argv[1:])

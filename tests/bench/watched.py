"""`python -m tests.bench.watched`: what it costs to be watched by the recorder of stories.

    python -m tests.bench.watched [CASE …] [-n RUNS] [--checkout lib=DIR]

Seconds of CPU for evaluating each program whole, in a process of its own, the fewest of RUNS: unwatched, watched
(`lixeval.teach.watched`, with the run that finds the value of what is longer than its story), and how often the one is
the other.  "first" is with an empty code cache, so that compiling is part of it, for watching too; "again" is with what
that run has kept.  `entries` is about how long the log is, `story` what it takes to make the record of it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time

from .cases import DEEP, HEADLINE, MORE, program

PROGRAMS = (*HEADLINE, *MORE, "gathering", *DEEP)
REST = 1000.0
"""Seconds: however long a program is, its value is waited for."""


def evaluated(file: str, cache: str, library: str, *, watch: bool) -> str:
    """What one process has to say: seconds, entries of the log, seconds for the record."""
    from lixeval.environment.settings import Settings
    from lixeval.environment.variables import search_path
    from lixeval.evaluation.auto_call import Arguments, called_with
    from lixeval.evaluation.inputs import value_of
    from lixeval.evaluation.observer import NOBODY, Observer
    from lixeval.evaluation.workspace import Workspace
    from lixeval.runtime.deep_forcing import force_deeply
    from lixeval.runtime.thunks import force
    from lixeval.runtime.values import Value
    from lixeval.teach.record import record_of
    from lixeval.teach.values import Bounds
    from lixeval.teach.watched import watched

    settings = Settings("x86_64-linux", write_store=False, search_path=search_path([f"nixpkgs-lib={library}"]))

    def opened(watch: Observer) -> Workspace:
        return Workspace(settings, root=None, watch=watch, cache=cache)

    def value(workspace: Workspace) -> Value:
        evaluator = workspace.evaluator
        return called_with(value_of(evaluator, file), Arguments(evaluator, []))

    bounds = Bounds(rest=REST)
    start = time.process_time()
    if not watch:
        workspace = opened(NOBODY)
        workspace.evaluate(lambda: force_deeply(force(value(workspace)), workspace.evaluator.names_in_order))
        return f"{time.process_time() - start} 0 0"
    told = watched(opened, value, strict=True, bounds=bounds)
    ended = time.process_time()
    record_of(told, bounds)
    return f"{ended - start} {told.recorder.size} {time.process_time() - ended}"


def measured(file: str, cache: str, library: str, *, watch: bool) -> tuple[float, int, float]:
    """One process."""
    words = [sys.executable, "-m", "tests.bench.watched", "--one", file, cache, library, "on" if watch else "off"]
    seconds, entries, story = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), int(entries), float(story)


def row(name: str, library: str, runs: int) -> str:
    """A program's line."""
    first, again = [], []
    for watch in (False, True):
        cold, warm = [], []
        for _ in range(runs):
            with tempfile.TemporaryDirectory(prefix="lixeval-watched-") as cache:
                cold.append(measured(program(name), cache, library, watch=watch))
                warm.append(measured(program(name), cache, library, watch=watch))
        first.append(min(cold)[0])
        again.append(min(warm))
    (off, _, _), (on, entries, story) = again
    shown = f"{first[0]:8.3f} {first[1]:8.3f} {first[1] / first[0]:6.2f}   {off:8.3f} {on:8.3f} {on / off:6.2f}"
    return f"{name:13} {shown}   {entries:8} {story:7.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.watched", description=(__doc__ or "").split(":")[1])
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("-n", "--runs", type=int, default=3)
    parser.add_argument("--checkout", default="", metavar="lib=DIR")
    parser.add_argument("--one", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        file, cache, library, watch = options.one
        print(evaluated(file, cache, library, watch=watch == "on"))
        return
    library = options.checkout.removeprefix("lib=")
    titles = f"{'first off':>8} {'on':>7} {'ratio':>6}   {'again off':>8} {'on':>7} {'ratio':>6}"
    print(f"{'':13} {titles}   {'entries':>8} story")
    for name in options.cases or [one for one in PROGRAMS if library or one != "modules"]:
        print(row(name, library, options.runs), flush=True)


if __name__ == "__main__":
    main()

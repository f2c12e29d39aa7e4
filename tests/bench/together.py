"""`python -m tests.bench.together FILE ATTRIBUTE …`: several attributes asked for at once, on one processor and on all,
beside real Nix.

    python -m tests.bench.together [-n RUNS] [-I NAME=PATH] FILE ATTRIBUTE …

Each round has its turn of each; the first fills caches and is not counted, medians are of the rest.  Memory is that of
the largest process.  lixeval gets help from a second process after a second, where a processor is free: on a machine
that is busy this measures nothing.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
from collections.abc import Sequence

from .processes import Run, medians, run

_TIMEOUT = 900.0


def contestants(folder: str, words: Sequence[str]) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Name -> command line and environment; lixeval on one processor comes first."""
    caches = {"LIXEVAL_STORE": f"{folder}/store", "XDG_CACHE_HOME": f"{folder}/cache"}
    environment = {**os.environ, **caches}
    own = [sys.executable, "-m", "lixeval", "--instantiate", "--no-eval-cache", *words]
    found = {"one processor": (["taskset", "-c", "0", *own], environment), "all processors": (own, environment)}
    wrapper = shlex.split(os.environ.get("LIXEVAL_TEST_NIX", ""))
    if wrapper:
        found["Nix"] = ([*wrapper, "nix-instantiate", *words], dict(os.environ))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.together")
    parser.add_argument("file")
    parser.add_argument("attributes", nargs="+")
    parser.add_argument("-n", "--runs", type=int, default=3)
    parser.add_argument("-I", dest="search", action="append", default=[])
    options = parser.parse_args()
    words = [os.path.abspath(options.file)]
    words += [word for attribute in options.attributes for word in ("-A", attribute)]
    words += [word for entry in options.search for word in ("-I", entry)]
    with tempfile.TemporaryDirectory(prefix="lixeval-together-") as folder:
        all_of = contestants(folder, words)
        kept: dict[str, list[Run]] = {name: [] for name in all_of}
        answers: dict[str, str] = {}
        for round_ in range(options.runs + 1):
            for name, (command, environment) in all_of.items():
                done = run(command, environment, _TIMEOUT)
                if done.code:
                    raise SystemExit(f"{name}: {done.errors[-500:]}")
                answers[name] = done.output
                if round_:
                    kept[name].append(done)
    print(f"{'':16} {'wall s':>8} {'cpu s':>8} {'MiB':>6}   wall, to one processor's")
    first = medians(kept["one processor"])
    for name, runs in kept.items():
        figures = medians(runs)
        print(
            f"{name:16} {figures.wall:8.2f} {figures.cpu:8.2f} {figures.memory:6.0f} {figures.wall / first.wall:8.2f}"
        )
    if len(set(answers.values())) > 1:
        print("the answers differ")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

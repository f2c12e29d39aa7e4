"""Builders and collectors on one store, all at once: no build fails, each derivation is built once.

    python tests/faults/collectors.py [ROUNDS [BUILDERS [COLLECTORS]]]          100, 16 and 4

A round is three derivations of its own, one of which needs the others, that all builders build at the same time while
the collectors collect again and again.  What is built is told in a line, which is counted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

LIXEVAL = [sys.executable, "-m", "lixeval"]
EXPRESSION = """
let
  make = name: text: derivation {
    inherit name text;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-c" "echo $text > $out" ];
  };
  a = make "a-%(round)d" "source %(round)d";
  b = make "b-%(round)d" "uses nothing of ${a}";
in make "c-%(round)d" "a is ${a}, b is ${b}"
"""


def environment(folder: Path) -> dict[str, str]:
    """A store and caches below `folder`; builders without a sandbox, which is not what is tried here."""
    own = {"LIXEVAL_STORE": "store", "XDG_CACHE_HOME": "cache", "XDG_DATA_HOME": "data", "TMPDIR": "tmp"}
    for name in own.values():
        (folder / name).mkdir(exist_ok=True)
    return {**os.environ, **{variable: str(folder / name) for variable, name in own.items()}}


def one_round(folder: Path, number: int, builders: int, collectors: int) -> list[str]:
    """What went wrong in a round."""
    variables = environment(folder)
    build = [*LIXEVAL, "-E", EXPRESSION % {"round": number}, "-o"]
    running = [
        subprocess.Popen(
            [*build, f"{folder}/result-{each}"], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for each in range(builders)
    ]
    collecting: list[subprocess.Popen[bytes]] = []
    problems: list[str] = []

    def ended(collector: subprocess.Popen[bytes]) -> None:
        error = collector.communicate()[1]
        if collector.returncode:
            problems.append("a collector failed: " + error.decode())

    while any(process.poll() is None for process in running):
        for collector in [one for one in collecting if one.poll() is not None]:
            ended(collector)
            collecting.remove(collector)
        while len(collecting) < collectors:
            command = [*LIXEVAL, "store", "gc"]
            collecting.append(
                subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            )
        time.sleep(0.05)
    counts = dict.fromkeys("abc", 0)
    for process in running:
        _, error = process.communicate()
        if process.returncode:
            problems.append("a build failed: " + error.decode())
        for name in counts:
            counts[name] += error.decode().count(f"] {name}-{number} (")
    for collector in collecting:
        ended(collector)
    if counts != {"a": 1, "b": 1, "c": 1}:
        problems.append(f"built not once each: {counts}")
    command = [*LIXEVAL, "store", "verify", "--check-contents"]
    checked = subprocess.run(command, env=variables, capture_output=True, check=False)
    if checked.returncode:
        problems.append("the store: " + checked.stdout.decode())
    return problems


def main(rounds: int, builders: int, collectors: int) -> int:
    """Tries it; the number of rounds in which something went wrong."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            problems = one_round(Path(folder), number, builders, collectors)
            failed += bool(problems)
            for problem in problems:
                print(f"round {number}: {problem}", flush=True)
        subprocess.run([*LIXEVAL, "store", "gc"], env=environment(Path(folder)), check=True)
    print(f"{rounds} rounds of {builders} builders and {collectors} collectors: {failed} with faults")
    return failed


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    for name, usual in (("rounds", 100), ("builders", 16), ("collectors", 4)):
        parser.add_argument(name, nargs="?", type=int, default=usual)
    sys.exit(min(1, main(**vars(parser.parse_args()))))

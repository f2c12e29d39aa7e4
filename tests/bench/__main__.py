"""`python -m tests.bench`: lixeval beside every Nix at hand, on the same files, in turn.

    python -m tests.bench [CASE …] [-n RUNS] [--checkout NAME=PATH …] [--lixeval COMMAND] [--json FILE] [--against FILE]

CASE          only these (default: all)
-n RUNS       counted runs of each contestant on each case, after one that is not counted (default 5)
--checkout    lib=DIR: the lib folder of a nixpkgs checkout; stdenv=DIR: a modern nixpkgs, whose stdenv is made;
              hello=DIR: an old one, whose hello is; system=FILE: something large, as a NixOS's toplevel is, whose
              <nixpkgs> is nixpkgs=DIR; image=FILE: an image's file instead of fixtures/image.nix
--lixeval     the command that is measured (default: this environment's), as that of another Python
--growth      how time grows with size, beside real Nix (`growth`)
--json FILE   writes all figures there
--against FILE  prints the change since such a file was written: only ratios are compared, not seconds

Real Nix is looked for on PATH (nix-instantiate) and behind the command prefix LIXEVAL_TEST_NIX; snix's binding
(`pip install nixeval`) where it can be imported.  In each round every contestant has its turn, so that all meet the
same weather; medians are taken over rounds.  A case is only timed where all give the same answer.

Ratios are of whole processes, to the first real Nix found.  On a machine that is busy with other things wall times
waver, and the ratios of CPU time say more: all contestants evaluate in one thread.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile

from .cases import cases
from .contestants import contestants
from .growth import growth
from .measuring import Measurements, measure
from .table import print_change, print_table


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("-n", "--runs", type=int, default=5)
    parser.add_argument("--checkout", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--lixeval", metavar="COMMAND")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--against", metavar="FILE")
    options = parser.parse_args()
    checkouts = dict(text.split("=", 1) for text in options.checkout)
    chosen = [case for case in cases(checkouts) if not options.cases or case.name in options.cases]
    if not chosen:
        parser.error("no such case: " + ", ".join(case.name for case in cases(checkouts)))
    with tempfile.TemporaryDirectory(prefix="lixeval-bench-") as folder:
        measured: Measurements = {}
        participants = contestants(folder, options.lixeval)
        for case in chosen:
            if sys.stderr.isatty():
                print(f"{case.name:14} …", end="\r", file=sys.stderr, flush=True)
            measured[case.name] = measure(case, participants, options.runs)
        print_table(chosen, participants, measured)
        if options.growth:
            growth([one for one in participants if one.name == "lixeval" or one.kind == "nix"], options.runs)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(measured, file, indent=1)
    if options.against:
        with open(options.against, encoding="utf-8") as file:
            print_change(json.load(file), measured)
    return 1 if any("disagrees" in result for row in measured.values() for result in row.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

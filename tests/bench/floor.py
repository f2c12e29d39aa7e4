"""`python -m tests.bench.floor`: how quick a Nix in Python could be at best, beside lixeval and real Nix.

    python -m tests.bench.floor [CASE …] [-n RUNS] [--checkout NAME=PATH …] [--lixeval COMMAND] [--cold] [--parts]

Cases and checkouts are those of `tests.bench`.  What a program cannot do without is counted, and a stripped program
(`stripped`) does exactly so much of each and nothing else.  There are three floors:

    by Nix    what real Nix says that it did (NIX_SHOW_STATS): calls, thunks made, calls of primitive operations,
              lookups, sets made and their attributes, values copied, elements of lists.  It does not depend on our
              design.  Of the thunks so many are taken to be evaluated as are when lixeval runs, which makes fewer
    by ours   what lixeval's own run did (`executed`): calls of functions by the number of their arguments, cells made,
              evaluated and read, sets and lists made by their sizes, functions made, attributes looked up, types
              tested, calls of C functions, entries copied by `//`; and what is left of all instructions that Python
              executed for it, each as cheap as the cheapest, which moves a variable
    in order  each code that ran, those of the command, of the store and of Python's library among them, has a skeleton
              of its own, which does what that code did of the same; they are called in the order in which those were

The first two do one thing after the other in loops, in the cheapest form that Python has: whatever the processor and
Python guess is right, and all they need is at hand.  So they are lower bounds.  The third has the caches and wrong
guesses that a program of so many places has; it is an estimate of what the same design takes with everything left out
that is left out here.

To all come Python's own start, the code that was loaded (`marshal.loads` of the same bytes), files read and asked for,
texts hashed, memory touched for the first time.  With --cold the texts are lexed, by one pattern, and what was compiled
is compiled, from nodes that are there already: parsing, names, generating are for nothing.

Left out is whatever jumps, arithmetic, comparing and strings take more than moving a variable; what C functions do;
that cells and sets are kept (here they are let go at once); and of the first two what the command, derivations and the
store take but for code, files and digests.  A design that needs less of something than lixeval does can be below
the second floor; below the first one only that which does not do what Nix does.

In each round Nix, lixeval and the floors have their turn: seconds of processor time, medians of RUNS.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from .cases import Case, cases
from .contestants import TIMEOUT, Contestant, contestants
from .executed import LARGEST, Count, Executed, read
from .processes import Run, run
from .stripped import instructions

Parts = dict[str, Count]
START, MEMORY = "Python's start", "memory touched"


def counted(lixeval: Contestant, case: Case, folder: str) -> Executed:
    """What lixeval's run of a case does."""
    command = lixeval.command(case)
    assert command is not None
    if lixeval.cold:
        shutil.rmtree(lixeval.cold, ignore_errors=True)
    os.makedirs(folder, exist_ok=True)
    words = [sys.executable, "-m", "tests.bench.executed", folder, *command[len(lixeval.prefix) :]]
    done = run(words, lixeval.environment, 20 * TIMEOUT)
    if done.code:
        raise SystemExit(f"{case.name}: {done.errors}")
    return read(folder)


def copied(lixeval: Contestant, case: Case) -> int:
    """How many values `//` and `++` copy, by `--stats`."""
    command = lixeval.command(case)
    assert command is not None
    told = run([*command, "--stats"], lixeval.environment, 20 * TIMEOUT).errors
    return int(
        next((line.split()[0] for line in told.splitlines() if "values copied by" in line), "0").replace(",", "")
    )


def statistics_of_nix(nix: Contestant, case: Case) -> dict[str, Any]:
    """What Nix counts, by its own names."""
    command = nix.command(case)
    assert command is not None
    told = run(command, {**nix.environment, "NIX_SHOW_STATS": "1"}, TIMEOUT).errors
    found: dict[str, Any] = json.loads(told[told.index("{\n") :])
    return found


def parts_of_ours(executed: Executed, entries: int) -> dict[str, dict[str, int]]:
    """The plan's parts, from what lixeval did."""
    parts = {kind: asdict(count) for kind, count in executed.counts.items()}
    if "update" in parts:
        parts["update"]["size"] = max(entries // executed.counts["update"].all - 1, 0)
    within = sum(count.all * instructions(kind) for kind, count in executed.counts.items())
    moves = max(executed.instructions - within, 0) // instructions("move")
    parts["move"] = {"early": 0, "late": moves, "places": 0}
    return parts


def parts_of_nix(told: Mapping[str, Any], executed: Executed) -> dict[str, dict[str, int]]:
    """The plan's parts, from what Nix did.  How often each was early is taken from our run."""
    made, evaluated = executed.counts.get("cell made", Count()), executed.counts.get("cell evaluated", Count())
    sets, updates = told["sets"]["number"] - told["nrOpUpdates"], told["nrOpUpdates"]
    size = (told["sets"]["elements"] - told["nrOpUpdateValuesCopied"]) / max(sets, 1)
    whole, rest = min(int(size), LARGEST), size - int(size)
    thunks = told["nrThunks"]
    times = {
        "call with 1": told["nrFunctionCalls"],
        "cell made": thunks,
        "cell evaluated": min(thunks, evaluated.all),
        "call of C": told["nrPrimOpCalls"],
        "look up": told["nrLookups"],
        f"set of {whole}": round(sets * (1 - rest)),
        f"set of {min(whole + 1, LARGEST)}": round(sets * rest),
        "list of 8": told["list"]["elements"] // 8,
        "update": updates,
    }
    like = {"call with 1": executed.counts.get("call with 1", made)}
    parts = {kind: split(number, like.get(kind) or executed.counts.get(kind) or made) for kind, number in times.items()}
    parts["update"]["size"] = max(told["nrOpUpdateValuesCopied"] // max(updates, 1) - 1, 0)
    return {kind: part for kind, part in parts.items() if times[kind]}


def split(number: int, like: Count) -> dict[str, int]:
    """So many, in early and late as another count is."""
    early = number * like.early // max(like.all, 1)
    return {"early": early, "late": number - early, "places": max(like.places * number // max(like.all, 1), 1)}


@dataclass(slots=True)
class Measured:
    """The seconds of a case by contestant, and of each floor by part."""

    nix: list[float] = field(default_factory=list)
    lixeval: list[float] = field(default_factory=list)
    floors: dict[str, list[dict[str, float]]] = field(default_factory=dict)

    def parts(self, floor: str) -> dict[str, float]:
        """The median of each part."""
        rounds = self.floors[floor]
        return {
            kind: statistics.median(one.get(kind, 0.0) for one in rounds)
            for kind in dict.fromkeys(kind for one in rounds for kind in one)
        }

    def seconds(self, floor: str) -> float:
        return statistics.median(sum(one.values()) for one in self.floors[floor])


def plans(case: Case, lixeval: Contestant, nix: Contestant | None, folder: str) -> dict[str, str]:
    """Floor -> the file of its plan."""
    executed = counted(lixeval, case, f"{folder}/counted")
    again = lixeval.run(case)
    assert again is not None
    machine = {
        "faults": again.faults,
        "loaded": f"{folder}/counted/loaded",
        "opened": executed.opened,
        "asked": executed.asked,
        "hashed": executed.hashed,
    }
    if lixeval.cold:
        machine["compiled"] = f"{folder}/counted/compiled"
        machine["lexed"] = sorted({path for path in executed.opened if path.endswith(".nix") and os.path.isfile(path)})
    warm = replace(lixeval, cold="")
    found: dict[str, dict[str, Any]] = {"ours": {"parts": parts_of_ours(executed, copied(warm, case)), **machine}}
    order = {"codes": [asdict(code) for code in executed.codes], "order": f"{folder}/counted/order"}
    found["order"] = {"parts": {}, **order, **machine}
    if nix is not None:
        found["Nix's"] = {"parts": parts_of_nix(statistics_of_nix(nix, case), executed), **machine}
    files = {}
    for floor, plan in found.items():
        files[floor] = f"{folder}/{floor[:3]}.json"
        with open(files[floor], "w", encoding="utf-8") as file:
            json.dump(plan, file)
    return files


def measure(case: Case, lixeval: Contestant, nix: Contestant | None, folder: str, runs: int) -> Measured:
    """Runs all in turn, after a round that fills caches and is not counted."""
    for one in (lixeval, nix):
        if one is not None and one.run(case) is None:
            raise SystemExit(f"{case.name}: {one.name}: {one.failed.get(case.name, 'cannot')}")
    files = plans(case, lixeval, nix, folder)
    measured = Measured(floors={floor: [] for floor in files})
    for _ in range(runs):
        if nix is not None:
            measured.nix.append(_cpu(nix.run(case)) - _cpu(nix.overhead()))
        measured.lixeval.append(_cpu(lixeval.run(case)))
        start = _cpu(run([sys.executable, "-c", "pass"], lixeval.environment, TIMEOUT))
        for floor, file in files.items():
            measured.floors[floor].append({START: start, **stripped(file)})
        # What is called in order needs memory for that order.
        measured.floors["order"][-1][MEMORY] = measured.floors["ours"][-1].get(MEMORY, 0.0)
    return measured


def stripped(plan: str) -> dict[str, float]:
    """Seconds by part."""
    words = [sys.executable, "-m", "tests.bench.stripped", plan]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = json.loads(told)
    return found


def _cpu(done: Run | None) -> float:
    return 0.0 if done is None else done.cpu


TITLES = (
    f"{'':12} {'Nix':>7} {'by Nix':>7} {'by ours':>7} {'in order':>8} {'lixeval':>7}   "
    "to Nix: each of these        lixeval to in order"
)


def row(name: str, measured: Measured) -> str:
    """A case's line: milliseconds, and ratios to Nix."""
    lixeval = statistics.median(measured.lixeval)
    seconds = [measured.seconds(floor) if floor in measured.floors else 0.0 for floor in ("Nix's", "ours", "order")]
    times = [statistics.median(measured.nix) if measured.nix else 0.0, *seconds, lixeval]
    shown = "{:7.1f} {:7.1f} {:7.1f} {:8.1f} {:7.1f}".format(*[one * 1000 for one in times])
    ratios = " ".join(f"{one / times[0]:6.2f}" for one in times[1:]) if times[0] else " " * 27
    return f"{name:12} {shown}   {ratios}  {lixeval / seconds[2]:8.2f}"


GROUPS = {"set of": "sets made", "list of": "lists made", "call with": "calls of functions"}


def composition(measured: Measured, plan: Mapping[str, Any], floor: str) -> list[str]:
    """A line for each part of a floor, the largest first."""
    seconds: dict[str, float] = {}
    times: dict[str, int] = {}
    for kind, took in measured.parts(floor).items():
        name = next((group for start, group in GROUPS.items() if kind.startswith(start)), kind)
        seconds[name] = seconds.get(name, 0.0) + took
        count = plan["parts"].get(kind)
        times[name] = times.get(name, 0) + (count["early"] + count["late"] if count else 0)
    lines = [f"  floor by {floor} counts"]
    for name in sorted(seconds, key=lambda name: -seconds[name]):
        often = f"{times[name]:12,} {seconds[name] / times[name] * 1e9:7.0f} ns" if times[name] else " " * 23
        lines.append(f"    {name:20} {seconds[name] * 1000:9.2f} ms {often}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.floor", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("cases", nargs="*", metavar="CASE")
    parser.add_argument("-n", "--runs", type=int, default=5)
    parser.add_argument("--checkout", action="append", default=[], metavar="NAME=PATH")
    parser.add_argument("--lixeval", metavar="COMMAND", help="what is timed; counted is this one")
    parser.add_argument("--cold", action="store_true", help="nothing is compiled yet")
    parser.add_argument("--parts", action="store_true", help="what each floor is made of")
    options = parser.parse_args()
    checkouts = dict(text.split("=", 1) for text in options.checkout)
    chosen = [case for case in cases(checkouts) if case.name in options.cases or not options.cases]
    chosen = [case for case in chosen if not case.expressions]
    if not chosen:
        parser.error("no such case: " + ", ".join(case.name for case in cases(checkouts)))
    print(f"milliseconds of processor time, medians of {options.runs}; load {os.getloadavg()[0]:.1f}\n{TITLES}")
    with tempfile.TemporaryDirectory(prefix="lixeval-floor-") as folder:
        everybody = contestants(folder, options.lixeval)
        lixeval = next(one for one in everybody if one.name == ("lixeval cold" if options.cold else "lixeval"))
        nix = next((one for one in everybody if one.name.startswith("Nix ")), None)
        for number, case in enumerate(chosen):
            below = f"{folder}/{number}"
            measured = measure(case, lixeval, nix, below, options.runs)
            print(row(case.name, measured), flush=True)
            if options.parts:
                for floor in measured.floors:
                    with open(f"{below}/{floor[:3]}.json", encoding="utf-8") as file:
                        print("\n".join(composition(measured, json.load(file), floor)), flush=True)
            shutil.rmtree(below)


if __name__ == "__main__":
    main()

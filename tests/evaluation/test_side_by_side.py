"""Helpers: what is printed, said, remembered and failed with is as without them, and they do get something done.

The command is run by a driver that starts helpers at once, on however many processors, and lets the command go on with
its second unit only when they are done.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="helpers are started on Linux alone")

DRIVER = """
import sys, time
from lixeval.evaluation import side_by_side as it
from lixeval.cli import main

it.DELAY, it.ALONE = 0.001, 0.0
it.usable_cores, it.free_memory = (lambda: CORES), (lambda: 64 << 30)
made, looked, claim, answers = [], [], it.Place.claim, it._Helpers.answers

def make(helpers, count, command, make=it._Helpers.__init__):
    make(helpers, count, COMMAND)
    made.append(helpers)

def wait_after_the_first(place):
    own = claim(place)
    if made:
        helpers = made.pop()
        while not looked or any(one.poll() is None for one in helpers._processes):
            time.sleep(0.001)
    return own

def tell(helpers):
    found = answers(helpers)
    with open(REPORT, "w") as file:
        print(sum(len(targets) for targets, *_ in found), file=file)
    return found

def look(helpers, evaluating, look=it._Helpers.look):
    look(helpers, evaluating)
    looked.append(True)

it._Helpers.__init__, it._Helpers.look, it._Helpers.answers = make, look, tell
it.Place.claim = wait_after_the_first
main()
"""


class Run:
    """One run: what it printed and said, how it ended, and how many units helpers did."""

    def __init__(
        self, folder: Path, words: list[str], cores: int = 2, command: str = "command", store: str = "store"
    ) -> None:
        report = folder / "report"
        report.write_text("0")
        driver = DRIVER.replace("CORES", str(cores)).replace("COMMAND", command).replace("REPORT", repr(str(report)))
        environment = os.environ | {"LIXEVAL_STORE": str(folder / store), "XDG_CACHE_HOME": str(folder / "cache")}
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        done = subprocess.run(
            [sys.executable, "-c", driver, "--instantiate", *words],
            check=False,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        self.result = done.returncode, done.stdout, done.stderr
        self.helped = int(report.read_text())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "default.nix").write_text(
        """
        let
          one = name: derivation { inherit name; system = "x86_64-linux"; builder = "/bin/sh"; text = shared; };
          shared = builtins.concatStringsSep " " (builtins.genList toString 100);
          said = builtins.trace "shared" shared;
          other = name: one name // { drvPath = builtins.seq said (one name).drvPath; };
        in {
          a = one "a"; b = one "b"; c = one "c"; d = one "d";
          fails = one (throw "no name");
          fails-too = one (throw "none either");
          says = builtins.trace "saying e" (one "e");
          says-more = other "f";
          says-again = other "g";
          reads = one (builtins.readFile ./name);
          built = one (import (import <nixpkgs> { }).writeText "n.nix" "\\"built\\"");
          text = "no derivation";
          several = { x = one "x"; y = [ ]; z = one "z"; };
          set = { a = one "a"; n = 1; b = one "b"; c = one "c"; };
          list = [ (one "l") (one "m") (one "n") ];
          mixed = [ (one "l") (one "m") 1 ];
          again = let x = one "x"; in {
            p = x; q = x; r = [ x ]; s = x // { q = 1; };
            t = { recurseForDerivations = true; u = x; v = one "v"; };
            w = one "w";
          };
          numbers = [ 1 2 3 ];
        }
        """
    )
    (tmp_path / "name").write_text("before")
    return tmp_path


def attributes(*names: str) -> list[str]:
    return [word for name in names for word in ("-A", name)]


CASES = {
    "attributes": (attributes("a", "b", "c", "d"), 3),
    "a set": (attributes("set"), 3),
    "a list": (attributes("list"), 2),
    "sets among others": (attributes("a", "several", "b"), 2),
    "files": (["default.nix#a", "default.nix#b", "default.nix#c"], 2),
    "the last fails": (attributes("a", "b", "fails"), 0),
    "two fail": (attributes("a", "fails", "b", "fails-too", "c"), 0),
    "the first fails": (attributes("fails", "a", "b"), 0),
    "one says something": (attributes("a", "says", "b", "c"), 2),
    "two share what is said": (attributes("a", "says-more", "b", "says-again", "c"), 1),
    "something is built": (attributes("a", "built", "b"), 1),
    "something is no derivation": (attributes("a", "text", "b"), 1),
    "a list with something else": (attributes("mixed"), 0),
    "a set with one again and again": (attributes("again"), 5),
    "nothing is a derivation": (attributes("numbers"), 0),
    "an attribute is missing": (attributes("a", "nowhere", "b"), 1),
}


@pytest.mark.parametrize("case", CASES)
def test_all_is_as_without_helpers(folder: Path, case: str) -> None:
    words, helped = CASES[case]
    alone = Run(folder, ["--no-eval-cache", *words], cores=1, store="store of one")
    together = Run(folder, ["--no-eval-cache", *words])
    assert together.result == alone.result
    assert alone.helped == 0
    assert together.helped == helped


def test_several_helpers_share_what_there_is(folder: Path) -> None:
    words = ["--no-eval-cache", *attributes(*"abcd" * 8)]
    assert Run(folder, words, cores=4).result == Run(folder, words, cores=1).result


@pytest.mark.parametrize("command", ["lambda place: ['false']", "lambda place: ['/nowhere']", "lambda place: ['echo']"])
def test_helpers_that_do_nothing_cost_nothing_but_time(folder: Path, command: str) -> None:
    words = ["--no-eval-cache", *attributes("a", "b", "c")]
    if "echo" in command:
        command = "lambda place: ['sh', '-c', f'head -c 2 <&{place.claims} >/dev/null']"
    assert Run(folder, words, command=command).result == Run(folder, words, cores=1).result


@pytest.mark.parametrize(
    ("words", "helped"), [([], 0), (["default.nix#b"], 0), (["default.nix#b", "default.nix#c"], 1)]
)
def test_derivations_that_are_named_need_no_evaluation(folder: Path, words: list[str], helped: int) -> None:
    made = Run(folder, attributes("a")).result[1].strip()
    together = Run(folder, ["--no-eval-cache", made, *words])
    assert together.result == Run(folder, ["--no-eval-cache", *words, made], cores=1).result
    assert together.result[0] == 0 and together.result[1].split()[0] == made
    assert len(together.result[1].split()) == 1 + len(words)
    assert together.helped == helped


def test_what_a_helper_has_read_is_what_the_result_depends_on(folder: Path) -> None:
    words = attributes("a", "reads")
    first = Run(folder, words)
    assert first.helped == 1
    assert "-before.drv" in first.result[1]
    assert Run(folder, words).result == first.result
    (folder / "name").write_text("after")
    assert "-after.drv" in Run(folder, words).result[1]


def test_what_a_helper_relied_on_is_looked_at_again(folder: Path) -> None:
    words = attributes("a", "b")
    first = Run(folder, words)
    assert first.helped == 1
    made = folder / "store" / first.result[1].splitlines()[1][1:]
    os.unlink(made)
    assert Run(folder, words).result == first.result
    assert made.exists()

"""Random pages with real Nix and with lixeval.

    python -m tests.parity SEED NUMBER [strict|json|lazy] [--files] [--keep]

LIXEVAL_TEST_NIX names the command that runs Nix.  Of each page that differs it is told in what, and what is left of it
when made small (`--keep`: as it is, which takes no time).  `--files`: programs of several files instead.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from lixeval.parity.shrinking import shrink
from tests.parity.file_programs import programs
from tests.parity.page_runs import MODES, Seen, differences, of_lixeval, of_nix
from tests.parity.pages import pages

Program = dict[str, str]
"""Texts by the names of their files; MAIN is the one that is evaluated."""

MAIN = "default.nix"
AT_ONCE = 50


def judged(programs: list[Program], mode: str, folder: Path) -> list[tuple[Seen, Seen, list[str]]]:
    """What real Nix and lixeval make of programs, and in what that differs."""
    files = []
    for number, program in enumerate(programs):
        place = folder / f"p{number}"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        for name, text in program.items():
            (place / name).write_text(text)
        files.append(place / MAIN)
    pairs = zip(of_nix(files, mode), of_lixeval(files, mode), strict=True)
    return [(nix, own, differences(nix, own)) for nix, own in pairs]


def small(program: Program, kind: str, mode: str, folder: Path) -> Program:
    """The smallest program found that still differs in this."""
    for name in program:
        program = {**program, name: shrink(program[name], partial(_still, program, name, kind, mode, folder))}
    return program


def _still(program: Program, name: str, kind: str, mode: str, folder: Path, texts: list[str]) -> list[bool]:
    """Whether a program still differs in this with each of some texts in place of one of its files."""
    found = judged([{**program, name: text} for text in texts], mode, folder)
    return [kind in differing for _, _, differing in found]


def shown(program: Program) -> str:
    """A program to look at."""
    texts = [f"# {name}\n{text.rstrip()}" for name, text in program.items() if name != MAIN]
    return "\n".join([*texts, program[MAIN].rstrip()])


def of_pages(seed: int) -> Iterator[Program]:
    """Programs of one file."""
    return ({MAIN: text} for text in pages(seed))


def run(made: Iterator[Program], number: int, modes: list[str], folder: Path, *, keep: bool) -> int:
    """Tells of each difference; how many programs differ."""
    differing = 0
    for start in range(0, number, AT_ONCE):
        mode = modes[start // AT_ONCE % len(modes)]
        some = list(islice(made, min(AT_ONCE, number - start)))
        for place, (program, (nix, own, found)) in enumerate(zip(some, judged(some, mode, folder), strict=True), start):
            if not found:
                continue
            differing += 1
            if not keep:
                program = small(program, found[0], mode, folder)
                ((nix, own, found),) = judged([program], mode, folder)
            print(f"--- number {place}, {mode}: {', '.join(found)}\n{shown(program)}")
            for name, seen in (("Nix", nix), ("lixeval", own)):
                print(f"{name}: {seen.status} {seen.text[:600]} {' '.join(seen.places[:4])}")
                print("  " + " ".join(seen.traces[-20:]), flush=True)
    return differing


def main(words: list[str]) -> int:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("seed", type=int)
    parser.add_argument("number", type=int)
    parser.add_argument("mode", nargs="?", choices=MODES)
    parser.add_argument("--files", action="store_true")
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args(words)
    modes = [asked.mode] if asked.mode else list(MODES)
    with tempfile.TemporaryDirectory(prefix="pages-") as name:
        os.environ["LIXEVAL_STORE"] = f"{name}/store"
        os.environ["XDG_CACHE_HOME"] = f"{name}/cache"
        made = programs(asked.seed) if asked.files else of_pages(asked.seed)
        differing = run(made, asked.number, modes, Path(name), keep=asked.keep)
    print(f"{asked.number} programs of seed {asked.seed}: {differing} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m tests.bench.nesting`: each kind of syntax, long or nested, beside real Nix.

    python -m tests.bench.nesting [KIND …] [--sizes 1000,10000,100000] [--timeout SECONDS] [--markdown]

Each program is one construct of the language put one behind, or one into, the other so many times; or a builtin that
makes so many values.  lixeval runs it twice: with nothing cached but what an installed lixeval brings (the parser's
tables), and with what the first run has compiled.  Seconds are of processor time; MiB are those of the larger of
lixeval's two runs.  Where both answer, their answers must agree; where Nix's stack or memory ends (it says so, or
dies), lixeval owes a value or an error, and less than 1 GiB.

Real Nix is looked for behind the command prefix LIXEVAL_TEST_NIX, or on PATH.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from .nested_programs import SYNTAX, VALUES, Program
from .processes import Run, run


def lixeval(file: str, folder: str, timeout: float) -> Run:
    own = dict.fromkeys(("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"), folder)
    command = [sys.executable, "-m", "lixeval", "--eval", "--strict", "--no-eval-cache", file]
    return run(command, {**os.environ, **own, "LIXEVAL_STORE": folder + "/store"}, timeout)


def nix(file: str, timeout: float) -> Run | None:
    prefix = shlex.split(os.environ.get("LIXEVAL_TEST_NIX", ""))
    if not prefix and shutil.which("nix-instantiate") is None:
        return None
    return run([*prefix, "nix-instantiate", "--eval", "--strict", file], os.environ, timeout)


def said(done: Run) -> str:
    """What a run came to, in a word or two: its value, or its error."""
    if done.code == -9:
        return "too long"
    if done.code < 0 or "Traceback" in done.errors or "this is a bug" in done.errors:
        return "crash"
    lines = [line for line in done.errors.splitlines() if "error:" in line]
    return done.output[:12] if done.code == 0 else (lines or ["crash"])[-1].partition("error: ")[2][:30] or "error"


def row(program: Program, size: int, timeout: float) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory(prefix="nesting-") as folder:
        file = str(Path(folder, "program.nix"))
        Path(file).write_text("1", encoding="utf-8")
        lixeval(file, folder + "/own", timeout)
        Path(file).write_text(program(size), encoding="utf-8")
        cold = lixeval(file, folder + "/own", timeout)
        warm = lixeval(file, folder + "/own", timeout)
        real = nix(file, timeout)
    memory = max(cold.memory, warm.memory)
    if real is None:
        return f"{cold.cpu:.2f}", f"{warm.cpu:.2f}", f"{memory:.0f}", said(cold), "", "", "", ""
    good = real.code == 0
    ratio = f"{cold.cpu / max(real.cpu, 0.01):.1f}" if good else ""
    remark = ""
    if said(cold) in ("crash", "too long") or said(cold) != said(warm):
        remark = "WRONG"
    elif good and cold.output != real.output:
        remark = "OTHER"
    elif (good and cold.cpu > 3 * real.cpu + 0.1) or (not good and memory > 1024):
        remark = "over"
    return (
        f"{cold.cpu:.2f}", f"{warm.cpu:.2f}", f"{memory:.0f}", said(cold),
        f"{real.cpu:.2f}", f"{real.memory:.0f}", said(real), ratio + " " + remark,
    )  # fmt: skip


HEADINGS = ("kind", "size", "cold s", "warm s", "MiB", "lixeval", "Nix s", "Nix MiB", "Nix", "ratio")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.nesting", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="those whose name has this in it (default: all)")
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--values", default="1000000,10000000", help="sizes for builtins")
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    between = " | " if options.markdown else "  "
    widths = (30, 8, 6, 6, 5, 30, 6, 7, 30, 8)

    def line(cells: tuple[str, ...]) -> None:
        shown = [
            f"{cell.replace('|', chr(92) + '|') if options.markdown else cell:{width}}"
            for cell, width in zip(cells, widths, strict=True)
        ]
        print(("| " if options.markdown else "") + between.join(shown) + (" |" if options.markdown else ""), flush=True)

    line(HEADINGS)
    if options.markdown:
        line(tuple("---" for _ in HEADINGS))
    for programs, sizes in ((SYNTAX, options.sizes), (VALUES, options.values)):
        for name, program in programs.items():
            if not options.kinds or any(kind in name for kind in options.kinds):
                for size in map(int, filter(None, sizes.split(","))):
                    line((name, str(size), *row(program, size, options.timeout)))


if __name__ == "__main__":
    main()

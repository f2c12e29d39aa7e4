"""`lixeval parity`: does real Nix say the same?

inputs -> lixeval and Nix -> a table of what is the same, and of each difference the place where they part
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from lixeval import __version__
from lixeval.cli.output.terminal import is_drawable
from lixeval.cli.subcommand import read
from lixeval.errors import UsageError
from lixeval.parity.comparing import Comparison, Difference, compare
from lixeval.parity.own import OwnNix
from lixeval.parity.real_nix import About, RealNix
from lixeval.parity.subjects import MODES, Outcome, Subject
from lixeval.parity.trials import Finding, try_programs
from lixeval.system.directories import EMBEDDED
from lixeval.system.scratch import Scratch


class _Request:
    """The command line, read."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self.expressions: list[str] = []
        self.suites: list[str] = []
        self.attributes: list[str] = []
        self.arguments: list[tuple[str, str, bool]] = []
        self.search_path: list[str] = []
        self.drv = False
        self.parse = False
        self.messages = False
        self.json = False
        self.generate = 0
        self.seed = 0
        self.size = 40
        self.nix: list[str] = []
        self.timeout = 60.0


def run(arguments: list[str]) -> int:
    """Compares what the arguments name."""
    request = _read(arguments)
    nix = RealNix(request.nix, timeout=request.timeout)
    about = nix.about()
    with ExitStack() as stack:
        store = stack.enter_context(Scratch("lixeval-parity-"))
        own = OwnNix(about, store=store, timeout=request.timeout)
        stack.callback(own.close)
        if request.generate:
            return _try(request, about, nix, own, Path(store))
        compared = compare(list(_subjects(request)), nix, own, messages=request.messages)
    if request.json:
        print(json.dumps(_as_json(about, compared), indent=2))
    else:
        _print_table(about, compared)
    return 0 if all(one.same for one in compared) else 1


def _read(words: list[str]) -> _Request:
    line = read("parity", words)
    options, flags, texts = line.options, line.flags, line.texts
    request = _Request()
    request.files, request.expressions, request.suites = options.files, options.expressions, line.lists["suites"]
    request.attributes, request.arguments = options.attributes, options.arguments
    request.search_path = options.search_path
    request.drv, request.parse = "drv" in flags, "parse" in flags
    request.messages, request.json = "messages" in flags, "json" in flags
    request.generate, request.seed = int(texts.get("generate", "0")), int(texts.get("seed", "0"))
    request.size, request.timeout = int(texts.get("size", "40")), float(texts.get("timeout", "60"))
    request.nix = shlex.split(texts.get("nix", ""))
    if not (request.files or request.expressions or request.suites or request.generate):
        raise UsageError("nothing to compare", hint="name a file, or give an expression with -E")
    return request


# What is compared


def _subjects(request: _Request) -> Iterator[Subject]:
    modes = ["parse"] if request.parse else ["lazy", "strict", *(["drv"] if request.drv else [])]
    here = os.getcwd()
    packages = [] if _names_packages(request) else [f"nixpkgs={EMBEDDED}"]
    search_path = (*request.search_path, *packages)
    for attribute in request.attributes or [""]:
        for is_file, what in [*[(True, file) for file in request.files], *[(False, e) for e in request.expressions]]:
            yield Subject(
                label=f"{what} -A {attribute}" if attribute else what,
                file=os.path.abspath(what) if is_file else "",
                text="" if is_file else what,
                directory=here,
                attribute=attribute,
                arguments=tuple(request.arguments),
                search_path=search_path,
                modes=frozenset(modes),
            )
    for suite in request.suites:
        yield from _suite(Path(suite), modes)


def _names_packages(request: _Request) -> bool:
    """Whether the user says where <nixpkgs> is; else both are given lixeval's own."""
    entries = [*request.search_path, *os.environ.get("NIX_PATH", "").split(":")]
    return any(entry.startswith("nixpkgs=") for entry in entries)


def _suite(folder: Path, modes: list[str]) -> Iterator[Subject]:
    """The files of a folder of cases; they are evaluated from the folder around it, as Nix's own suite is."""
    if not folder.is_dir():
        raise UsageError(f"'{folder}' is no folder")
    files = sorted(folder.glob("*.nix")) or sorted(folder.glob("*/*.nix"))
    if not files:
        raise UsageError(f"no .nix files in '{folder}'")
    for file in files:
        flags = file.with_suffix(".flags")
        request = _Request()
        if flags.exists():
            words = [word for line in flags.read_text().splitlines() for word in line.partition("#")[0].split()]
            request = _read([*_known(words), str(file)])
        yield Subject(
            label=str(file.relative_to(folder)),
            file=str(file.resolve()),
            directory=str(folder.resolve().parent),
            attribute=(request.attributes or [""])[0],
            arguments=tuple(request.arguments),
            search_path=tuple(request.search_path),
            modes=frozenset(["parse"] if file.name.startswith("parse-") else modes),
        )


def _known(words: list[str]) -> list[str]:
    """Those flags of a case that say what is evaluated; how it is printed is ours to choose."""
    known: list[str] = []
    rest = iter(words)
    for word in rest:
        count = {"--arg": 2, "--argstr": 2, "-A": 1, "-I": 1}.get(word, 0)
        if count:
            known += [word, *[next(rest) for _ in range(count)]]
    return known


# What is shown


def _as_json(about: About, compared: list[Comparison]) -> dict[str, object]:
    return {
        "nix": about.version,
        "lixeval": __version__,
        "compared": len(compared),
        "differing": sum(not one.same for one in compared),
        "results": [
            {
                "input": one.subject.label,
                "same": one.same,
                "outcomes": {
                    mode: {"nix": _outcome(theirs), "lixeval": _outcome(ours)}
                    for mode, (theirs, ours) in one.outcomes.items()
                },
                "differences": [_difference(difference) for difference in one.differences],
            }
            for one in compared
        ],
    }


def _outcome(outcome: Outcome) -> dict[str, str]:
    return {"status": outcome.status, "text": outcome.text}


def _difference(difference: Difference) -> dict[str, object]:
    shown: dict[str, object] = {
        "mode": difference.mode,
        "path": difference.path,
        "nix": difference.nix,
        "lixeval": difference.lixeval,
    }
    if difference.derivations is not None:
        shown["derivations"] = list(difference.derivations)
    return shown


def _print_table(about: About, compared: list[Comparison]) -> None:
    """What is the same as a table, rich on a terminal; below it the differences one by one."""
    modes = [mode for mode in MODES if any(mode in one.outcomes for one in compared)]
    rows = [[_line(one.subject.label), *[_state(one, mode) for mode in modes]] for one in compared]
    title = f"lixeval {__version__} and Nix {about.version}"
    if is_drawable(sys.stdout):
        from rich.console import Console
        from rich.table import Table

        table = Table("input", *modes, title=title, title_justify="left", header_style="bold", box=None)
        for label, *states in rows:
            table.add_row(label, *[f"[red]{state}[/]" if state == "differs" else state for state in states])
        Console().print(table)
    else:
        print(title)
        for label, *states in rows:
            print("  ".join(f"{mode} {state}" for mode, state in zip(modes, states, strict=True)), label, sep="  ")
    for one in compared:
        for difference in one.differences:
            _print_difference(_line(one.subject.label), difference)
    differing = sum(not one.same for one in compared)
    print(f"{len(compared)} compared, {differing} differ{'s' if differing == 1 else ''}")


def _line(label: str) -> str:
    text = " ".join(label.split())
    return text if len(text) <= 60 else text[:59] + "…"


def _state(one: Comparison, mode: str) -> str:
    if mode not in one.outcomes:
        return "-"
    if any(difference.mode == mode for difference in one.differences):
        return "differs"
    return "same" if one.outcomes[mode][0].succeeded else "both fail"


def _print_difference(label: str, difference: Difference) -> None:
    where = f", at {difference.path}" if difference.path else ""
    print(f"\n{label}: {difference.mode}{where}")
    if difference.derivations is not None:
        print(f"  of     {difference.derivations[0]}\n  and    {difference.derivations[1]}")
    print(f"  Nix      {difference.nix}\n  lixeval  {difference.lixeval}")


# Random programs


def _try(request: _Request, about: About, nix: RealNix, own: OwnNix, store: Path) -> int:
    def progress(done: int) -> None:
        print(f"{done} of {request.generate}", file=sys.stderr)

    folder = store / "programs"
    folder.mkdir()
    found: list[Finding] = []
    for finding in try_programs(
        request.generate,
        request.seed,
        folder,
        nix,
        own,
        size=request.size,
        damaged=request.parse,
        messages=request.messages,
        progress=progress,
    ):
        found.append(finding)
        if not request.json:
            print(f"\nprogram {finding.number} of seed {request.seed}:\n  {finding.comparison.subject.label}")
            for difference in finding.comparison.differences:
                _print_difference("", difference)
    if request.json:
        told = _as_json(about, [finding.comparison for finding in found]) | {"compared": request.generate}
        for result, finding in zip(told["results"], found, strict=True):  # type: ignore[call-overload]  # a list
            result |= {"number": finding.number, "program": finding.program}
        print(json.dumps(told, indent=2))
    else:
        differ = f"{len(found)} differ{'s' if len(found) == 1 else ''}"
        print(f"{request.generate} programs of seed {request.seed} with Nix {about.version}: {differ}")
    return 1 if found else 0

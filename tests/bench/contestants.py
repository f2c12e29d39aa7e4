"""Who is measured: lixeval with its caches in three states, each real Nix at hand, and snix's Python binding.

    lixeval cold       its cache folder is empty: everything is parsed and compiled.  What a wheel brings is there (the
                       parser's tables, its own Nix files); of a checkout these are made too, 0.08 s and more
    lixeval elsewhere  the code cache is filled, but each file lies where none was before
    lixeval            the code cache is filled, the evaluation cache (where there is one) unused: the fair comparison
    lixeval repeated   everything is filled, as when the same command is given again

A real Nix that is started through a wrapper (a container, a chroot) is not blamed for it: the wrapper's own time is
measured in each round, by having it run `true`, and taken off.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .cases import PROGRAMS, Case
from .processes import Run, run

TIMEOUT = 120.0


@dataclass(slots=True)
class Contestant:
    """A name for the table, and how to run a case."""

    name: str
    prefix: tuple[str, ...]
    environment: dict[str, str]
    kind: str = "nix"
    wrapper: tuple[str, ...] = ()
    """What the program is started through; its time is not the program's."""
    cold: str = ""
    """A folder to be emptied before each run."""
    words: tuple[str, ...] = ()
    elsewhere: str = ""
    """A folder in which each run finds the file at a new place; files that need others about them are not moved."""
    moves: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    """Case -> why it is not run again."""

    def command(self, case: Case) -> list[str] | None:
        """The command line; None for what this contestant cannot do at all."""
        if self.kind == "snix":
            return _snix(self.prefix, case)
        if self.elsewhere and not case.file.startswith(self.elsewhere):
            return None
        search = [word for entry in case.search_path for word in ("-I", entry)]
        words = [case.file, *case.arguments, *search]
        if case.attribute:
            words += ["-A", case.attribute]
        if case.makes == "value":
            return [*self.prefix, "--eval", "--strict", "--json", *words, *self.words]
        return [*self.prefix, *(["--instantiate"] if self.kind == "lixeval" else []), *words, *self.words]

    def commands(self, case: Case) -> list[list[str]]:
        """The command lines of a case that is several."""
        if self.kind == "snix" or self.elsewhere:
            return []
        evaluate = [*self.prefix, "--eval", "--strict", "--json", *self.words]
        return [[*evaluate, "-E", text] for text in case.expressions]

    def _can_move(self, case: Case) -> bool:
        return bool(self.elsewhere) and case.file.startswith(PROGRAMS)

    def _moved(self, file: str) -> str:
        """A copy of a file in a folder that was not there."""
        self.moves += 1
        folder = f"{self.elsewhere}/{self.moves}"
        os.makedirs(folder)
        return shutil.copy(file, folder)

    def overhead(self) -> Run | None:
        """A run of the wrapper alone, where there is one."""
        return run([*self.wrapper, "true"], self.environment, TIMEOUT) if self.wrapper else None

    def run(self, case: Case) -> Run | None:
        if case.name in self.failed:
            return None
        if self.cold:
            shutil.rmtree(self.cold, ignore_errors=True)
        if case.expressions:
            each = [run(command, self.environment, TIMEOUT) for command in self.commands(case)]
            return together(each) if each else None
        command = self.command(replace(case, file=self._moved(case.file)) if self._can_move(case) else case)
        if command is None:
            return None
        environment = self.environment
        if self.kind == "snix" and case.search_path:
            environment = {**environment, "NIX_PATH": ":".join(case.search_path)}
        done = run(command, environment, TIMEOUT)
        if done.code:
            said = [line.strip() for line in done.errors.splitlines() if "rror: " in line] or [f"exit code {done.code}"]
            self.failed[case.name] = f"stopped after {TIMEOUT:.0f} s" if done.code == -9 else said[-1]
            return None
        return done


def together(runs: list[Run]) -> Run:
    """Several runs as one: times added up, the largest memory, the answers as a list."""
    output = "[" + ",".join(each.output for each in runs) + "]"
    code = max(each.code for each in runs)
    wall, cpu = sum(each.wall for each in runs), sum(each.cpu for each in runs)
    return Run(wall, cpu, max(each.memory for each in runs), output, runs[-1].errors, code)


def contestants(folder: str, lixeval: str | None = None) -> list[Contestant]:
    """All that can be found; `folder` is a scratch folder for stores and caches, `lixeval` the command that is measured
    in place of this environment's."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment.pop("NIX_PATH", None)
    # What lixeval finds out of the host's packages is left for the others to read.
    environment["LIXEVAL_HOST_DIRECTORY"] = f"{folder}/host"
    found = _lixevals(folder, environment, lixeval)
    prefix = tuple(shlex.split(os.environ.get("LIXEVAL_TEST_NIX", "")))
    if prefix:
        name = _nix_version(prefix, environment)
        found.append(Contestant(name, (*prefix, "nix-instantiate"), environment, wrapper=prefix))
    if shutil.which("nix-instantiate"):
        store = {"NIX_REMOTE": f"local?root={folder}/nix"}
        found.append(Contestant(_nix_version((), environment), ("nix-instantiate",), environment | store))
    if _has_snix():
        found.append(Contestant("snix", (sys.executable, "-c"), environment, "snix"))
    return found


def _lixevals(folder: str, environment: Mapping[str, str], named: str | None) -> list[Contestant]:
    command = named or shutil.which("lixeval", path=os.path.dirname(sys.executable)) or shutil.which("lixeval")
    prefix = (command,) if command else (sys.executable, "-m", "lixeval")
    base = {**environment, "LIXEVAL_STORE": f"{folder}/store", "XDG_DATA_HOME": f"{folder}/data"}
    warm = base | {"XDG_CACHE_HOME": f"{folder}/warm"}
    cold = base | {"XDG_CACHE_HOME": f"{folder}/cold"}
    help_text = run([*prefix, "--help"], warm, TIMEOUT).output
    unused = ("--no-eval-cache",) if "--no-eval-cache" in help_text else ()
    return [
        Contestant("lixeval", prefix, warm, "lixeval", words=unused),
        Contestant("lixeval repeated", prefix, warm, "lixeval"),
        Contestant("lixeval elsewhere", prefix, warm, "lixeval", words=unused, elsewhere=f"{folder}/elsewhere"),
        Contestant("lixeval cold", prefix, cold, "lixeval", words=unused, cold=f"{folder}/cold"),
    ]


def _nix_version(prefix: tuple[str, ...], environment: Mapping[str, str]) -> str:
    output = run([*prefix, "nix-instantiate", "--version"], environment, TIMEOUT).output
    return "Nix " + output.rpartition(" ")[2]


def _has_snix() -> bool:
    from importlib.util import find_spec

    return find_spec("nixeval") is not None


_SNIX = "import json, nixeval, sys; print(json.dumps(nixeval.loads(sys.argv[1])))"


def _snix(prefix: tuple[str, ...], case: Case) -> list[str] | None:
    """snix's binding evaluates a text to JSON; it can instantiate nothing."""
    if case.makes != "value":
        return None
    call = ""
    if case.arguments:
        call = " { " + "".join(f"{name} = {text}; " for _, name, text in _triples(case.arguments)) + "}"
    return [*prefix, _SNIX, f"import {case.file}{call}"]


def _triples(words: tuple[str, ...]) -> list[tuple[str, str, str]]:
    return [(words[index], words[index + 1], words[index + 2]) for index in range(0, len(words), 3)]

"""`lixeval develop` and `lixeval print-dev-env`: a shell with the environment of a derivation's builder.

    installable -> derivation -> its environment, built -> a script -> bash, which reads it and then what is typed

C++: nix/develop.cc.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile

from lixeval.build import shell_environment
from lixeval.build.plan import Wanted
from lixeval.build.shell_environment import ShellEnvironment, environment_derivation
from lixeval.cli.commands.run import become, environment
from lixeval.cli.installables import Installables, Subject
from lixeval.cli.subcommand import read
from lixeval.errors import UsageError
from lixeval.evaluation.targets import targets_of
from lixeval.formats.shell_text import quoted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.cli.subcommand import CommandLine
    from lixeval.formats.store_path import StorePath

DEVELOPED = ("devShells", "packages", "legacyPackages")
"""Where a flake's attribute is looked for."""
PHASES = ("unpack", "configure", "build", "check", "install", "installcheck")
_PHASE_NAMES = {"installcheck": "installCheck"}


def develop(arguments: list[str]) -> int:
    """Becomes a bash in which a derivation can be built step by step."""
    line = read("develop", arguments)
    phase = _phase(line)
    command = line.lists["command"]
    if phase is not None and command:
        raise UsageError("you cannot use both '--command' and '--phase'")
    found = Installables(line.options)
    drv_path = _derivation(line, found)
    script = shell_environment.to_script(_environment(found, drv_path))
    variables = environment(line)
    bash = shutil.which("bash") or found.store.read_derivation(drv_path).builder
    variables["SHELL"] = bash
    file = _nameless(script + _what_then(phase, command, line))
    words = [file] if phase or command else ["--rcfile", file]
    if not (phase or command or sys.stdin.isatty()):
        words, variables["BASH_ENV"] = [], file  # without a terminal bash reads no --rcfile
    become(found.store, bash, words, variables)


def _nameless(text: str) -> str:
    """Where the bash reads a text, which ends its descriptor; there is no file that could be left behind."""
    with tempfile.TemporaryFile() as file:
        descriptor = os.dup(file.fileno())
        file.write(f"exec {descriptor}<&-\n{text}".encode("utf-8", "surrogateescape"))
        file.seek(0)
    os.set_inheritable(descriptor, True)
    return f"/dev/fd/{descriptor}"


def _what_then(phase: str | None, command: list[str], line: CommandLine) -> str:
    """What the bash does once it has the environment."""
    lines = ["unset BASH_ENV"]
    if phase is not None:
        # As the builder does; `runHook buildPhase` alone, which Nix has here, finds stdenv's own phase first.
        lines += ["foundMakefile=1", f'eval "${{{phase}Phase:-runHook {phase}Phase}}"']
    elif command:
        lines.append(f"exec {' '.join(map(quoted, command))}")
    else:
        settings = line.options.settings
        lines.insert(0, '[ -n "$PS1" ] && [ -e ~/.bashrc ] && source ~/.bashrc')
        if settings["bash-prompt"]:
            lines.append(f'[ -n "$PS1" ] && PS1={quoted(settings["bash-prompt"])}')
        if settings["bash-prompt-prefix"]:
            lines.append(f'[ -n "$PS1" ] && PS1={quoted(settings["bash-prompt-prefix"])}"$PS1"')
        if settings["bash-prompt-suffix"]:
            lines.append(f'[ -n "$PS1" ] && PS1+={quoted(settings["bash-prompt-suffix"])}')
    return "\n".join(lines) + "\n"


def _phase(line: CommandLine) -> str | None:
    named = [_PHASE_NAMES.get(phase, phase) for phase in PHASES if phase in line.flags]
    named += [line.texts["phase"]] if "phase" in line.texts else []
    if len(named) > 1:
        raise UsageError(f"one phase can be run at a time, and these are {', '.join(named)}")
    return named[0] if named else None


def print_dev_env(arguments: list[str]) -> int:
    """Prints what `develop` gives a bash, for a bash that is there; with --json for other programs."""
    line = read("print-dev-env", arguments)
    found = Installables(line.options)
    there = _environment(found, _derivation(line, found), redirect="json" not in line.flags)
    if "json" in line.flags:
        print(json.dumps(shell_environment.to_json(there), sort_keys=True, ensure_ascii=False, separators=(",", ":")))
    else:
        print(shell_environment.to_script(there))
    return 0


def _derivation(line: CommandLine, found: Installables) -> StorePath:
    """The one derivation that the words name."""
    if not line.words and not line.options.expressions:
        line.options.files.append(".")
    subjects = found.subjects()
    if len(subjects) > 1:
        raise UsageError(f"'{subjects[1].text}' is a second derivation, and one is wanted")
    return _of_path(found, subjects[0]) or _of_value(found, subjects[0])


def _of_path(found: Installables, subject: Subject) -> StorePath | None:
    return found.derivation(subject) if found.store_path(subject) is not None else None


def _of_value(found: Installables, subject: Subject) -> StorePath:
    def body() -> list[StorePath]:
        values = found.values(subject, DEVELOPED)
        return [target.drv_path for value in values for target in targets_of(value)]

    paths = list(dict.fromkeys(found.workspace.evaluate(body)))
    if len(paths) != 1 or not paths[0]:
        raise UsageError(f"'{subject.text}' is not one derivation", hint="choose with #ATTRIBUTE, or -A ATTRIBUTE")
    return paths[0]


def _environment(found: Installables, drv_path: StorePath, *, redirect: bool = True) -> ShellEnvironment:
    """The environment of a derivation; with `redirect` its outputs are folders below the working folder."""
    store = found.workspace.store
    of_it = environment_derivation(store, drv_path)
    built = found.workspace.realise([Wanted(of_it)]).outputs[of_it]
    texts = {name: _text(store.real(path)) for name, path in built.items()}
    there = shell_environment.read(next((text for text in texts.values() if text), ""))
    if not redirect:
        return there
    here = os.getcwd()
    there = there.redirected({path: f"{here}/outputs/{name}" for name, path in there.outputs().items()})
    if there.files:
        names = {file: f"{os.path.basename(drv_path)[33:-4]}{file}" for file in there.files}
        there = there.with_files({file: store.add_text(names[file], text) for file, text in there.files.items()})
    return there


def _text(file: str) -> str:
    with open(file, encoding="utf-8", errors="surrogateescape") as opened:
        return opened.read()

"""`lixeval run` and `lixeval shell`: programs of store paths, started.

    installable -> what it means -> built or fetched -> the machine with our store at /nix/store -> exec

C++: nix/run.cc, nix/shell.cc.
"""

from __future__ import annotations

import os

from lixeval.cli.applications import Application, application_of
from lixeval.cli.installables import Installables, Subject
from lixeval.cli.opened import close_stores
from lixeval.cli.subcommand import at_least, read
from lixeval.errors import SystemFailure, UsageError
from lixeval.formats.store_path import STORE_DIR, StorePath, parse, split

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from lixeval.cli.subcommand import CommandLine
    from lixeval.store.local import LocalStore

APPLICATIONS = ("apps", "packages", "legacyPackages")
"""Where a flake's attribute is looked for."""
_ALSO_INSTALLED = "nix-support/propagated-user-env-packages"
_LONGEST = 1 << 20
"""Characters that are read of that file."""


def run(arguments: list[str]) -> int:
    """Becomes the program that an installable means."""
    line = read("run", arguments)
    subject, words = _subject_and_words(line)
    found = Installables(line.options)
    application = _application(found, subject)
    if application.words:
        return _do(application.words, words, line)
    become(found.store, application.program, words, environment(line))


def _do(words: Sequence[str], more: Sequence[str], line: CommandLine) -> int:
    """What a program that only calls lixeval would have it do, in this process and with this command line's store."""
    from lixeval.cli import main

    close_stores()
    store = ["--store", line.options.store] if line.options.store is not None and words[0] == "copy" else []
    return main([*words, *store, *more])


def _subject_and_words(line: CommandLine) -> tuple[Subject, list[str]]:
    """What to run, and the words for it; of a command line with -E all words are for the program."""
    expressions, words = line.options.expressions, line.words
    if len(expressions) > 1:
        raise UsageError("lixeval run takes one expression", hint="lixeval run --help")
    if expressions:
        line.options.files = []
        return Subject(expressions[0], True), words
    first = words[0] if words else "."
    line.options.files = [first]
    return Subject(first, False), words[1:]


def _application(found: Installables, subject: Subject) -> Application:
    """The program, which is there now."""
    path = found.store_path(subject)
    if path is not None and not path.endswith(".drv"):
        found.workspace.fetch([path])
        return Application(_named_program(found.store, path, subject), ())
    if path is not None:
        return Application(_named_program(found.store, found.installed(subject)[0], subject), ())

    def body() -> Application:
        values = found.values(subject, APPLICATIONS)
        if len(values) != 1:
            raise UsageError(f"'{subject.text}' is {len(values)} values, and one is wanted")
        application = application_of(values[0], subject.text)
        found.workspace.evaluator.services.realise(application.context)
        return application

    return found.workspace.evaluate(body)


def _named_program(store: LocalStore, path: str, subject: Subject) -> str:
    """The program that a path itself names, or the one that is called as its package is."""
    named = os.path.abspath(subject.text)
    if named.startswith(f"{STORE_DIR}/") and split(named)[1]:
        return named
    from lixeval.builtins.versions import parse_drv_name

    if os.path.isfile(store.real(path)):
        return path
    name = parse_drv_name(parse(path).name)
    assert name.__class__ is dict
    return f"{path}/bin/{name['name']}"


def shell(arguments: list[str]) -> int:
    """Becomes a shell, or a command, that finds packages' programs first."""
    line = read("shell", arguments)
    if not line.options.expressions:
        at_least(line, "shell", 1, "a package")
    found = Installables(line.options)
    paths = list(dict.fromkeys(path for subject in found.subjects() for path in found.installed(subject)))
    variables = environment(line)
    folders = [f"{path}/bin" for path in installed_with(found.store, paths)]
    variables["PATH"] = ":".join([*folders, *([variables["PATH"]] if variables.get("PATH") else [])])
    command = line.lists["command"] or [variables.get("SHELL") or "bash"]
    become(found.store, command[0], command[1:], variables)


def installed_with(store: LocalStore, paths: Sequence[StorePath]) -> list[StorePath]:
    """Paths, and those that they say are to be installed with them."""
    found: dict[StorePath, None] = {}
    todo = list(paths)
    while todo:
        path = todo.pop(0)
        if path not in found:
            found[path] = None
            todo += _named_in(store, f"{path}/{_ALSO_INSTALLED}")
    return list(found)


def _named_in(store: LocalStore, file: str) -> list[StorePath]:
    """The paths that a file names; none where it is no file, be it a link to a device.  Raises StoreError."""
    place = store.real(file)
    try:
        if not os.path.isfile(place):
            return []
        with open(place, encoding="utf-8", errors="surrogateescape") as opened:
            words = opened.read(_LONGEST).split()
    except OSError:
        return []
    for path in words:
        parse(path)
    return [StorePath(path) for path in words]


def environment(line: CommandLine) -> dict[str, str]:
    """The variables of what is started, by the options for that."""
    kept = line.lists["keep"]
    if kept and "ignore" not in line.flags:
        raise UsageError("--keep does not make sense without --ignore-environment")
    if line.lists["unset"] and "ignore" in line.flags:
        raise UsageError("--unset does not make sense with --ignore-environment")
    given: Mapping[str, str] = os.environ
    if "ignore" in line.flags:
        given = {name: value for name, value in given.items() if name in kept}
    found = {name: value for name, value in given.items() if name not in line.lists["unset"]}
    return {**found, **line.options.variables}


def become(store: LocalStore, program: str, words: Sequence[str], variables: Mapping[str, str]) -> NoReturn:
    """This process becomes the program, with the store at /nix/store."""
    from lixeval.build.sandbox.machine_view import enter, execute

    close_stores()
    launcher = enter(store.real_store_dir, store.store_dir)
    if launcher is not None:
        launcher.execute(program, words, variables)
    if program.startswith(STORE_DIR + "/") and not os.path.exists(program):
        folder = os.path.dirname(program)
        there = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        hint = f"it has {', '.join(there)}" if there else "it has no programs there"
        raise SystemFailure(
            f"unable to execute '{program}': No such file or directory",
            hint=f"{hint}; meta.mainProgram says which is meant",
        )
    execute(program, words, variables)

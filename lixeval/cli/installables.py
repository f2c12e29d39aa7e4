"""Words of a command line that name something in the store, or something that evaluates to it.

    installable = /nix/store/PATH      a store path, or a file in one; also by where it really is
                | LINK                 a link that leads to one, such as `result`
                | FLAKE[#ATTRIBUTE]    a flake's output, see `cli.flakes`
                | FILE[#ATTRIBUTE]     a Nix file's derivation; without #, the attribute that -A says

An expression given with -E is one too.
"""

from __future__ import annotations

import os

from lixeval.cli.opened import opened
from lixeval.cli.words import is_flake, split_attribute
from lixeval.errors import EvalError, FormatError, StoreError, UsageError
from lixeval.formats import store_path

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from lixeval.cli.options import Options
    from lixeval.evaluation.auto_call import Whole
    from lixeval.evaluation.targets import Target
    from lixeval.evaluation.workspace import Workspace
    from lixeval.formats.store_path import StorePath
    from lixeval.runtime.values import Delayed
    from lixeval.store.local import LocalStore

_MAX_LINKS = 64


def open_store(options: Options) -> LocalStore:
    """The store that the options name, for what needs no evaluation."""
    from lixeval.daemon import any_store

    return opened(any_store.open_store(options.store))


def find_store_path(store: LocalStore, word: str) -> StorePath | None:
    """The store path that a word names, or that it leads to by links; None where it is outside the store."""
    path = os.path.abspath(word)
    for _ in range(_MAX_LINKS):
        for prefix in (store.store_dir, store.real_store_dir):
            if path.startswith(prefix + "/"):
                return store_path.split(store.store_dir + path.removeprefix(prefix))[0]
        if not os.path.islink(path):
            return None
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
    return None


def store_path_of(store: LocalStore, word: str) -> StorePath:
    """As `find_store_path`, for words that can be nothing else; StoreError or FormatError where they are not."""
    found = find_store_path(store, word)
    if found is None:
        raise FormatError(f"path '{os.path.abspath(word)}' is not in the Nix store")
    return found


class Subject:
    """What a command is about, as it was written."""

    __slots__ = ("is_expression", "text")

    def __init__(self, text: str, is_expression: bool) -> None:
        self.text: Final = text
        self.is_expression: Final = is_expression


class Installables:
    """Finds what words name, evaluating files in one workspace that is opened when it is first needed."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._workspace: Workspace | None = None
        self._store: LocalStore | None = None
        self._files: dict[str, Whole] = {}

    @property
    def store(self) -> LocalStore:
        """The store that everything is looked up in and written to."""
        if self._store is None:
            self._store = open_store(self.options) if self._workspace is None else self._workspace.store
        return self._store

    @property
    def workspace(self) -> Workspace:
        """What evaluates and builds."""
        if self._workspace is None:
            from lixeval.cli.workspace import open_workspace

            if self._store is not None:
                self._store.close()
            self._workspace = open_workspace(self.options, write_store=True, words=self.options.files)
            self._store = self._workspace.store
        return self._workspace

    def subjects(self) -> list[Subject]:
        """What the command line names: expressions first, then words."""
        expressions = [Subject(text, True) for text in self.options.expressions]
        return expressions + [Subject(text, False) for text in self.options.files]

    def derivations(self, subject: Subject) -> list[StorePath]:
        """The .drv paths that it names: itself, that of an output, or those that a file describes (now written)."""
        path = self.store_path(subject)
        if path is None:
            return list(dict.fromkeys(target.drv_path for target in self.targets(subject)))
        return [path if path.endswith(".drv") else self.deriver(path)]

    def all_derivations(self) -> list[StorePath]:
        """The .drv paths of everything that the command line names."""
        return [drv_path for subject in self.subjects() for drv_path in self.derivations(subject)]

    def derivation(self, subject: Subject) -> StorePath:
        """The one .drv path that it names."""
        found = self.derivations(subject)
        _require_one(subject, len(found))
        return found[0]

    def output(self, subject: Subject, *, build: bool) -> StorePath:
        """The one store path that it names; what a file describes is built first, if wanted."""
        path = self.store_path(subject)
        if path is not None:
            return path
        targets = self.targets(subject)
        _require_one(subject, len(targets))
        return self._output_path(targets[0], build)

    def store_path(self, subject: Subject) -> StorePath | None:
        """The store path that it is or links to, if it is no file to evaluate."""
        return None if subject.is_expression else find_store_path(self.store, subject.text)

    def targets(self, subject: Subject) -> list[Target]:
        """The derivations that a Nix file (with #ATTRIBUTE, or -A) or expression describes; their .drv are written."""
        from lixeval.evaluation.targets import targets_of

        def body() -> list[Target]:
            return [target for value in self.values(subject) for target in targets_of(value)]

        targets = self.workspace.evaluate(body)
        _require_derivations(subject, targets)
        return targets

    def values(self, subject: Subject, kinds: Sequence[str] | None = None) -> list[Delayed]:
        """What a Nix file, flake or expression means, for who evaluates already; `kinds` as in `each_value`."""
        from copy import copy

        from lixeval.cli.workspace import each_value

        options = copy(self.options)
        options.files, options.expressions = [], []
        if subject.is_expression:
            options.expressions = [subject.text]
        elif is_flake(subject.text):
            options.files = [subject.text]
        else:
            file, attribute = split_attribute(subject.text)
            options.files = [file]
            options.attributes = options.attributes if attribute is None else [attribute]
        return list(each_value(self.workspace, options, call=True, kinds=kinds, files=self._files))

    def installed(self, subject: Subject) -> list[StorePath]:
        """What it stands for where it is to be used, built or fetched: of derivations the usual outputs."""
        targets = [] if subject.is_expression else _derivation(subject.text, self.store)
        path = None if targets else self.store_path(subject)
        if path is not None:
            self.workspace.fetch([path])
            return [path]
        return self.realised(targets or self._usual_targets(subject))

    def realised(self, targets: Sequence[Target]) -> list[StorePath]:
        """Builds derivations' outputs; their paths."""
        from lixeval.evaluation.targets import realised

        return realised(self.workspace, targets)

    def _usual_targets(self, subject: Subject) -> list[Target]:
        from lixeval.cli.flakes import outputs_of
        from lixeval.evaluation.targets import targets_of
        from lixeval.runtime.thunks import force

        def body() -> list[Target]:
            values = [one for value in self.values(subject) for one in outputs_of(force(value), (), subject.text)]
            return [target for value in values for target in targets_of(value)]

        targets = self.workspace.evaluate(body)
        _require_derivations(subject, targets)
        return targets

    def deriver(self, path: StorePath) -> StorePath:
        """The derivation in the store that made a path; StoreError where none is known."""
        recorded = self.store.info(path).deriver
        for drv_path in [recorded, *self.store.database.derivers(path)]:
            if drv_path is not None and self.store.is_valid(drv_path):
                return drv_path
        hint = f"it was made by {recorded}, which is gone" if recorded else "name its .drv, or the file it comes from"
        raise StoreError(f"'{path}' does not have a known deriver", hint=hint)

    def _output_path(self, target: Target, build: bool) -> StorePath:
        if build:
            return self.realised([target])[0]
        path = self.store.read_derivation(target.drv_path).outputs[target.output_name].path
        if not path:
            raise StoreError(f"the output '{target.output_name}' of '{target.drv_path}' has no path before it is built")
        return path


def _require_derivations(subject: Subject, targets: Sequence[Target]) -> None:
    if not all(target.drv_path for target in targets):
        raise EvalError(
            f"'{subject.text}' does not evaluate to a derivation (or a set or list of those)",
            hint="name one of its attributes with -A, or as FILE#ATTRIBUTE",
        )


def _require_one(subject: Subject, count: int) -> None:
    if count != 1:
        raise UsageError(
            f"'{subject.text}' is {count} derivations, and one is wanted",
            hint="choose with -A ATTRIBUTE, or FILE#ATTRIBUTE",
        )


def take_derivations(options: Options, store: LocalStore) -> list[Target]:
    """The words that are derivations in the store, taken from the files of the options."""
    found: list[Target] = []
    rest: list[str] = []
    for word in options.files:
        targets = _derivation(word, store) if ".drv" in word else []
        found += targets
        if not targets:
            rest.append(word)
    options.files = rest
    return found


def _derivation(word: str, store: LocalStore) -> list[Target]:
    """The outputs that PATH.drv, PATH.drv!OUTPUT, PATH.drv^OUTPUT,OUTPUT or PATH.drv^* names; none for other words."""
    from lixeval.evaluation.targets import Target

    mark = next((mark for mark in ("!", "^") if mark in word), "")
    file, named = word.split(mark, 1) if mark else (word, "")
    path = find_store_path(store, file)
    if path is None or not path.endswith(".drv"):
        return []
    derivation = store.read_derivation(path)
    if named == "*" and mark == "^":
        outputs = list(derivation.outputs)
    elif mark == "^":
        outputs = named.split(",")
    else:
        outputs = [named or derivation.environment.get("outputName", "out")]
    for output in outputs:
        if output not in derivation.outputs:
            there = ", ".join(derivation.outputs)
            raise UsageError(f"derivation '{path}' has no output '{output}'", hint=f"it has {there}")
    return [Target("", path, output) for output in outputs]

"""One evaluator for a program that uses lixeval: what it is given, and what it can be asked.

    text | file -> value -> called with arguments -> attribute -> Python's values | an image

What files and variables say (nix.conf, NIX_CONFIG, NIX_PATH, LIXEVAL_STORE) holds as it does for the command.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from copy import copy
from typing import TYPE_CHECKING, Any, TypeVar

from lixeval.cli.options import Options
from lixeval.cli.workspace import make_workspace
from lixeval.diagnostics import explained
from lixeval.environment.configuration import Configuration, configured
from lixeval.errors import ImageError, UsageError
from lixeval.evaluation.auto_call import Arguments, called_with, selected
from lixeval.evaluation.inputs import value_of
from lixeval.evaluation.remembered.unrecorded import Unrecorded
from lixeval.evaluation.targets import Maker, targets_of
from lixeval.evaluation.workspace import Workspace
from lixeval.library.values import lazily, to_nix, to_python
from lixeval.runtime.values import Value

if TYPE_CHECKING:
    from lixeval.evaluation.observer import Observer
    from lixeval.library.story import Story

T = TypeVar("T")

LOGGER = logging.getLogger("lixeval")


class Session:
    """An evaluator, with its settings, its store and the files that it has read.

    `search_path` is searched before NIX_PATH, as -I is: a mapping from name to path, or texts as behind -I.  `store` is
    the folder whose nix/store is written.  `pure` and `restricted` are --pure-eval and --restrict-eval.  Without
    `read_write` store paths are computed and nothing is written, as with --eval.  `max_call_depth` bounds how deep
    functions call one another.  `settings` are those of nix.conf by name, their values texts, numbers, booleans or
    lists.  `say` is told what Nix writes to stderr (builtins.trace, warnings); else the logger "lixeval" is.

    Raises UsageError for a setting that there is not, or a value that it cannot have.  Threads take turns at a session;
    sessions do not know each other, and run in as many threads at once as there are.
    """

    def __init__(
        self,
        *,
        search_path: Mapping[str, str | os.PathLike[str]] | Iterable[str] = (),
        store: str | os.PathLike[str] | None = None,
        pure: bool = False,
        restricted: bool = False,
        read_write: bool = False,
        max_call_depth: int | None = None,
        settings: Mapping[str, object] | None = None,
        say: Callable[[str], None] = LOGGER.warning,
    ) -> None:
        options = Options()
        options.quiet = True
        options.settings = _configuration(settings or {})
        options.settle()
        options.search_path = _entries(search_path)
        options.pure = options.pure or pure
        options.restricted = options.restricted or restricted
        options.read_write = read_write
        if store is not None:
            options.store = os.fspath(store)
        if max_call_depth is not None:
            options.max_call_depth = max_call_depth
        told = _Told(say)
        self._workspace = make_workspace(options, write_store=read_write, recording=told)
        self._building: Workspace | None = self._workspace if read_write else None

        def make_building() -> Workspace:
            return make_workspace(options, write_store=True, recording=told)

        def make_watched(watch: Observer) -> Workspace:
            watched = copy(options)
            watched.watch = watch
            return make_workspace(watched, write_store=False, recording=told)

        self._make_building = make_building
        self._make_watched = make_watched
        self._turn = threading.Lock()
        self._inside: set[int] = set()

    def evaluate(self, text: str, *, directory: str | os.PathLike[str] | None = None, lazy: bool = False) -> Any:
        """The value of a Nix expression; relative paths in it are relative to `directory` (default: the current one).

        It comes fully evaluated, or with `lazy` only as far as it is looked at (see `values`).
        """
        place = os.path.abspath(directory) if directory is not None else os.getcwd()
        return self._value(lambda: self._workspace.evaluator.text(text, place), lazy)

    def explain(self, text: str, *, directory: str | os.PathLike[str] | None = None, strict: bool = False) -> Story:
        """The story of an expression's evaluation, from the start, by an evaluator of its own that is watched.

        It is evaluated as far as it is printed without --strict, with `strict` whole.  What fails or does not end has a
        story too; an error is raised for what is no Nix.
        """
        from lixeval.library.story import Story
        from lixeval.teach.record import recorded
        from lixeval.teach.values import REST, Bounds

        place = os.path.abspath(directory) if directory is not None else os.getcwd()

        def value(workspace: Workspace) -> Value:
            return workspace.evaluator.text(text, place)

        record = recorded(self._make_watched, value, strict=strict, bounds=Bounds(rest=REST))
        if not record["steps"]:
            self.evaluate(text, directory=directory)  # it has not even begun: the error says it all
        return Story(record)

    def load(
        self,
        path: str | os.PathLike[str],
        arguments: Mapping[str, Any] | None = None,
        attribute: str = "",
        *,
        lazy: bool = False,
    ) -> Any:
        """The value of a Nix file, or of an attribute in it; functions are called with what they ask for.

        `arguments` are Python's values; of them a function is given those that it names.  `path` may be whatever the
        command takes for a file: <NAME>, a URL of a tarball, a folder with a default.nix.
        """
        given = _arguments(arguments)
        return self._value(lambda: _loaded(self._workspace, path, given, attribute), lazy)

    def build_image(
        self,
        path: str | os.PathLike[str],
        arguments: Mapping[str, Any] | None = None,
        *,
        output: str | None = None,
        attribute: str = "",
    ) -> str:
        """Builds the image that a Nix file describes and writes it; the path of the archive.

        `output` defaults to NAME-TAG.tar in the current directory.  Raises ImageError where the file describes none.
        """
        given = _arguments(arguments)

        def built() -> str:
            if self._building is None:
                self._building = self._make_building()
            workspace = self._building
            targets = self._evaluated(workspace, lambda: targets_of(_loaded(workspace, path, given, attribute)))
            if len(targets) != 1 or not targets[0].image_name:
                raise ImageError(f"'{os.fspath(path)}' describes no image", hint="an image is what buildImage gives")
            return Maker(workspace, output=output).make(targets)[0]

        return self._in_turn(built)

    def close(self) -> None:
        """Lets go of the stores; whoever asks again opens them again.  `with` does so at its end."""
        self._workspace.close()
        if self._building is not None:
            self._building.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    def _value(self, function: Callable[[], Value], lazy: bool) -> Any:
        convert = lazily if lazy else to_python
        return self._run(lambda: convert(function(), self._run))

    def _run(self, function: Callable[[], T]) -> T:
        """Runs an evaluation in its turn."""
        return self._in_turn(lambda: self._evaluated(self._workspace, function))

    def _evaluated(self, workspace: Workspace, function: Callable[[], T]) -> T:
        """Runs an evaluation, in a thread of its own where there are threads; that one is inside the turn too."""
        return workspace.evaluate(lambda: self._inside_the_turn(function))

    def _in_turn(self, function: Callable[[], T]) -> T:
        """What a function gives, when it is this thread's turn; what `say` asks for meanwhile is part of that turn.

        Python's own exceptions from generated code come as the Nix errors they stand for.
        """
        with nullcontext() if threading.get_ident() in self._inside else self._turn:
            try:
                return self._inside_the_turn(function)
            except Exception as error:
                nix_error = explained(error)
                if nix_error is None or nix_error is error:
                    raise
                raise nix_error from error

    def _inside_the_turn(self, function: Callable[[], T]) -> T:
        thread = threading.get_ident()
        if thread in self._inside:
            return function()
        self._inside.add(thread)
        try:
            return function()
        finally:
            self._inside.discard(thread)


class _Told(Unrecorded):
    """A run of which nothing is kept, and whose lines somebody else is told."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__()
        self._say = say

    def say(self, text: str) -> None:
        self._say(text)


def _loaded(workspace: Workspace, path: str | os.PathLike[str], given: dict[str, Any], attribute: str) -> Value:
    arguments = Arguments(workspace.evaluator, [])
    arguments.given.update(given)
    whole = value_of(workspace.evaluator, os.fspath(path))
    return called_with(selected(whole, attribute, arguments), arguments)


def _arguments(given: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: to_nix(value, f"the argument {name}") for name, value in (given or {}).items()}


def _entries(search_path: Mapping[str, str | os.PathLike[str]] | Iterable[str]) -> list[str]:
    """What stands behind -I."""
    if isinstance(search_path, Mapping):
        return [f"{name}={os.fspath(path)}" for name, path in search_path.items()]
    if isinstance(search_path, str):
        raise UsageError("a search path is a mapping or a list", hint=f"search_path=[{search_path!r}]")
    return [os.fspath(entry) for entry in search_path]


def _configuration(given: Mapping[str, object]) -> Configuration:
    """The settings in force, with those that the program gives."""
    found = configured()
    for name, value in given.items():
        if found.find(name)[0] is None:
            raise UsageError(f"unknown setting '{name}'", hint="lixeval config show lists all")
        found.set(name, _setting_text(name, value), commanded=True)
    return found


def _setting_text(name: str, value: object) -> str:
    """A setting's value as nix.conf would have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | os.PathLike):
        return str(value)
    if isinstance(value, Iterable):
        return " ".join(str(word) for word in value)
    raise UsageError(f"the setting '{name}' cannot be of type {type(value).__name__}")

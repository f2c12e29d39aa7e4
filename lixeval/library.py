"""lixeval as a library: three functions, and Python's own values.

    lixeval.evaluate("1 + 1")                              2
    lixeval.load("file.nix", {"name": "x"})                the value of a file, called with arguments if a function
    lixeval.build_image("image.nix", {"tag": "v1"})        the path of the archive that was written

Values come fully evaluated, as int, float, bool, None, str, tuple, frozendict; a function comes as a Python function of
one argument, a path as `pathlib.PurePosixPath`.  Errors are those of `lixeval.errors`, with span and trace.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import PurePosixPath
from typing import Any, TypeVar

from frozendict import frozendict

from lixeval.diagnostics import explained
from lixeval.environment.settings import Settings
from lixeval.environment.variables import search_path, store_root
from lixeval.errors import ImageError
from lixeval.evaluation.auto_call import Arguments, called_with, selected
from lixeval.evaluation.inputs import value_of
from lixeval.evaluation.targets import Maker, targets_of
from lixeval.evaluation.workspace import Workspace
from lixeval.runtime.call import call1, is_callable
from lixeval.runtime.thunks import force
from lixeval.runtime.values import ContextString, Delayed, Path, Value
from lixeval.system.directories import EMBEDDED
from lixeval.system.machines import current_system

T = TypeVar("T")


def evaluate(text: str, *, directory: str | None = None) -> Any:
    """The value of a Nix expression; relative paths in it are relative to `directory` (default: the current one)."""
    workspace = _workspace(write_store=False)
    with closing(workspace.store):
        return _run(workspace, lambda: to_python(workspace, workspace.evaluator.text(text, directory or os.getcwd())))


def load(path: str | os.PathLike[str], arguments: Mapping[str, Any] | None = None, attribute: str = "") -> Any:
    """The value of a Nix file, or of an attribute in it; a function is called with those of `arguments` it asks for."""
    workspace = _workspace(write_store=False)
    with closing(workspace.store):
        return _run(workspace, lambda: to_python(workspace, _value(workspace, path, arguments, attribute)))


def build_image(
    path: str | os.PathLike[str],
    arguments: Mapping[str, Any] | None = None,
    *,
    output: str | None = None,
    attribute: str = "",
) -> str:
    """Builds the image that a Nix file describes and writes it; the path of the archive.

    `output` defaults to NAME-TAG.tar in the current directory.  Raises ImageError where the file describes none.
    """
    workspace = _workspace(write_store=True)
    with closing(workspace.store):
        targets = _run(workspace, lambda: targets_of(_value(workspace, path, arguments, attribute)))
        if len(targets) != 1 or not targets[0].image_name:
            raise ImageError(f"'{os.fspath(path)}' describes no image", hint="an image is what buildImage gives")
        return Maker(workspace, output=output).make(targets)[0]


def _workspace(*, write_store: bool) -> Workspace:
    settings = Settings(
        system=current_system(), search_path=search_path(()), default_packages=EMBEDDED, write_store=write_store
    )
    return Workspace(settings, root=store_root(None))


def _value(
    workspace: Workspace, path: str | os.PathLike[str], given: Mapping[str, Any] | None, attribute: str
) -> Value:
    evaluator = workspace.evaluator
    arguments = Arguments(evaluator, [])
    arguments.given.update({name: to_nix(value) for name, value in (given or {}).items()})
    whole = value_of(evaluator, os.fspath(path))
    return called_with(selected(whole, attribute, arguments), arguments)


def _run(workspace: Workspace, function: Callable[[], T]) -> T:
    """Runs an evaluation; Python's own exceptions from generated code come as the Nix errors they stand for."""
    try:
        return workspace.evaluate(function)
    except Exception as error:
        nix_error = explained(error)
        if nix_error is None or nix_error is error:
            raise
        raise nix_error from error


def to_nix(value: Any) -> Delayed:
    """A Python value as a Nix value: Mapping, list and tuple become sets and lists, os.PathLike a path."""
    if isinstance(value, Mapping):
        return {str(name): to_nix(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return tuple([to_nix(member) for member in value])
    if isinstance(value, os.PathLike):
        return Path(os.path.abspath(value))
    return value


def to_python(workspace: Workspace, value: Delayed) -> Any:
    """A Nix value, fully evaluated, as Python's own; works through values of any depth without recursion."""
    done: list[Any] = []
    # What is still to do, the next last: a value, or how to put the values before it together.
    work: list[tuple[str, Any]] = [("value", value)]
    while work:
        kind, item = work.pop()
        if kind == "value":
            item = force(item)
            if item.__class__ is dict:
                work.append(("set", tuple(item)))
                work += [("value", member) for member in item.values()]
            elif item.__class__ is tuple:
                work.append(("list", len(item)))
                work += [("value", member) for member in item]
            else:
                done.append(_leaf(workspace, item))
        elif kind == "list":
            members = [done.pop() for _ in range(item)]
            done.append(tuple(members))
        else:
            done.append(frozendict({name: done.pop() for name in item}))
    return done[0]


def _leaf(workspace: Workspace, value: Value) -> Any:
    if value.__class__ is ContextString:
        return value.text
    if value.__class__ is Path:
        return PurePosixPath(value.text)
    if is_callable(value):
        return lambda argument: _run(workspace, lambda: to_python(workspace, call1(value, to_nix(argument))))
    return value

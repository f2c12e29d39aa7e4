"""lixeval as a library: a few functions, and Python's own values.

    lixeval.evaluate("1 + 1")                              2
    lixeval.load("file.nix", {"name": "x"})                the value of a file, called with arguments if a function
    lixeval.build_image("image.nix", {"tag": "v1"})        the path of the archive that was written
    lixeval.explain("let x = 1 + 1; in x * x")             its story, step by step
    lixeval.Session(pure=True).evaluate("1 + 1")           the same by one evaluator, which keeps what it has read

`session` opens, calls and builds; `values` says what Nix's values are in Python.  docs/library.md has examples.

    session   what an evaluation is given: search path, store, purity, settings, limits
    values    from Nix to Python and back
    story     what a run did, as text, in a notebook, or as data
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from lixeval.errors import LixevalError
from lixeval.library.session import Session
from lixeval.library.values import AttributeSet, Derivation, Function, List

if TYPE_CHECKING:
    from lixeval.library.story import Story

__all__ = [
    "AttributeSet",
    "Derivation",
    "Function",
    "List",
    "LixevalError",
    "Session",
    "build_image",
    "evaluate",
    "explain",
    "load",
]


class SessionOptions(TypedDict, total=False):
    """What `Session` takes, which says what each of them means."""

    search_path: Mapping[str, str | os.PathLike[str]] | Iterable[str]
    store: str | os.PathLike[str] | None
    pure: bool
    restricted: bool
    read_write: bool
    max_call_depth: int | None
    settings: Mapping[str, object] | None
    say: Callable[[str], None]


def evaluate(
    text: str,
    *,
    directory: str | os.PathLike[str] | None = None,
    lazy: bool = False,
    **options: Unpack[SessionOptions],
) -> Any:
    """The value of a Nix expression; see `Session.evaluate`."""
    with Session(**options) as session:
        return session.evaluate(text, directory=directory, lazy=lazy)


def explain(
    text: str,
    *,
    directory: str | os.PathLike[str] | None = None,
    strict: bool = False,
    **options: Unpack[SessionOptions],
) -> Story:
    """The story of an expression's evaluation; see `Session.explain`."""
    with Session(**options) as session:
        return session.explain(text, directory=directory, strict=strict)


def load(
    path: str | os.PathLike[str],
    arguments: Mapping[str, Any] | None = None,
    attribute: str = "",
    *,
    lazy: bool = False,
    **options: Unpack[SessionOptions],
) -> Any:
    """The value of a Nix file, or of an attribute in it; see `Session.load`."""
    with Session(**options) as session:
        return session.load(path, arguments, attribute, lazy=lazy)


def build_image(
    path: str | os.PathLike[str],
    arguments: Mapping[str, Any] | None = None,
    *,
    output: str | None = None,
    attribute: str = "",
    **options: Unpack[SessionOptions],
) -> str:
    """Builds the image that a Nix file describes and writes it; see `Session.build_image`."""
    with Session(**options) as session:
        return session.build_image(path, arguments, output=output, attribute=attribute)

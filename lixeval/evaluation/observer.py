"""Who watches a run: this one sees nothing, and what it is told costs next to nothing; `observers` see.

The evaluator tells it of phases and of compiled code, and asks it for what shall stand in place of the store, of
builtins and of generated code.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import CodeType
    from typing import Any

    from lixeval.compiler.generator import Generator
    from lixeval.environment.store import Store
    from lixeval.runtime.values import Value


class Observer:
    """Watches nothing; who watches something says what by overriding."""

    mark = ""
    """What tells code that is made to be watched from other code, in the code cache."""

    look: Callable[[int], None] | None = None
    """Called again and again while an evaluation runs, with the identifier of its thread."""

    probe: Callable[[ast.Module], None] | None = None
    """Changes generated code before Python compiles it."""

    generator: type[Generator] | None = None
    """What generates code, where that is another than usual."""

    faithful = False
    """Whether thunks shall be exactly those of C++ Nix."""

    builtin_everywhere: Callable[[Callable[..., Value]], Callable[..., Value]] | None = None
    """What stands for a builtin's function, whoever calls it."""

    def phase(self, name: str) -> AbstractContextManager[None]:
        """Around evaluating, loading, parsing, compiling, storing, each within another."""
        return _NOTHING

    def store(self, store: Store) -> Store:
        """What evaluation takes for the store."""
        return store

    def builtin(self, name: str, function: Callable[..., Value]) -> Callable[..., Value]:
        """What code calls for a builtin's function."""
        return function

    def names(self) -> dict[str, Any]:
        """What `probe` has made the code name."""
        return {}

    def executed(self, space: dict[str, Any], codes: tuple[CodeType, ...]) -> None:
        """The codes of a piece were executed in a namespace."""

    def file(self, *, known: bool) -> None:
        """A file's code is at hand: `known` from an earlier run."""

    def piece(self, *, known: bool) -> None:
        """The same of a piece of it."""


class _Nothing:
    def __enter__(self) -> None:
        pass

    def __exit__(self, *ended: object) -> None:
        pass


_NOTHING = _Nothing()
NOBODY = Observer()

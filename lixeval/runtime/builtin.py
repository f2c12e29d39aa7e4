"""How a builtin is declared, and the table of all of them.

A builtin is a Python function whose positional parameters are its Nix arguments (values or cells), its result in
weak head normal form.  The decorator gives it its Nix name; its docstring is its manual: what it does, what it forces,
and examples that a test runs, as lines of the form

    >>> builtins.stringLength "é"
    2

`first_forced` says that the builtin's very first act is to force its first argument: compiled code then evaluates
that argument at the call instead of making a thunk for it, which nobody can tell apart.

Builtins that need something from outside (files, the store, settings) are made by their module's `bind(services)`; all
others stand in its `BUILTINS`.  Nothing registers itself by being imported: `table` lists the modules.
"""

from __future__ import annotations

from lixeval.runtime.values import CURRIED, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])


NAMES: dict[CodeType, str] = {}
"""The Nix name of each builtin by its code: what an error's trace has to go by."""


def builtin(name: str, *, first_forced: bool = False) -> Callable[[F], F]:
    """Marks a Python function as the builtin `name`; its arity is its number of positional parameters."""

    def mark(function: F) -> F:
        NAMES[function.__code__] = name
        function.nix_name = name  # type: ignore[attr-defined]  # function attributes are not in the type system
        function.first_forced = first_forced  # type: ignore[attr-defined]
        return function

    return mark


def arity(function: Callable[..., Any]) -> int:
    """The number of Nix arguments of a declared builtin."""
    count: int = function.__code__.co_argcount
    return count


def as_value(function: Callable[..., Any]) -> Value:
    """The Nix function value of a declared builtin."""
    count = arity(function)
    return function if count == 1 else CURRIED[count](function)

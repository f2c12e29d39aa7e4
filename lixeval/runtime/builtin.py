"""How a builtin is declared.

A builtin is a Python function whose positional parameters are its Nix arguments (values or cells), its result in
weak head normal form.  The decorator gives it its Nix name; its docstring is its manual: what it does, what it forces,
and examples that a test runs, as lines of the form

    >>> builtins.stringLength "é"
    2

What it needs of its evaluator, files, the store, settings, are its keyword-only parameters, each called as
`environment.services` calls it (`services` is all of that):

    @builtin("readDir")
    def read_dir(value: Delayed, *, services: Services) -> Value: …

Such a function is bound once for each evaluator: a function of the same code that has them as defaults.

How many arguments a builtin takes and in which order it forces them is said once, in `builtins.table`, which is all
that compiling needs.
"""

from __future__ import annotations

from lixeval.runtime.traits import SHOWN_LATER, trait_of
from lixeval.runtime.values import FunctionType, Value, curried

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])


NAMES: dict[CodeType, str] = {}
"""The Nix name of each builtin by its code: what an error's trace has to go by."""


def builtin(name: str) -> Callable[[F], F]:
    """Marks a Python function as the builtin `name`; of one that does the work of two (`builtins.table.JOINED`) no
    trace tells.
    """

    def mark(function: F) -> F:
        if " " not in name:
            NAMES[function.__code__] = name
        function.nix_name = name  # type: ignore[attr-defined]  # function attributes are not in the type system
        return function

    return mark


def declared_in(module: Any) -> dict[str, Callable[..., Any]]:
    """The builtins that a module declares, by their Nix names."""
    return {
        member.nix_name: member
        for member in vars(module).values()
        if member.__class__ is FunctionType and member.__module__ == module.__name__ and hasattr(member, "nix_name")
    }


def bound(function: Any, services: Any) -> Callable[..., Any]:
    """A builtin's function with what it needs of an evaluator, which a call then need not pass.

    A copy with other defaults, not a closure around it: that would cost each call another one.
    """
    code = function.__code__
    needs = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    if not needs:
        return function  # type: ignore[no-any-return]  # one for all evaluators
    made: Any = FunctionType(code, function.__globals__, code.co_name)
    made.__kwdefaults__ = {need: services if need == "services" else getattr(services, need) for need in needs}
    made.nix_name = function.nix_name
    return made  # type: ignore[no-any-return]


def shown_later(function: Callable[..., Any]) -> Callable[..., Any]:
    """A builtin's function where values show whether they were wanted; one that may be applied before says so."""
    trait = SHOWN_LATER.get(trait_of(function))
    if trait is None:
        return function
    made: Any = FunctionType(function.__code__, function.__globals__, function.__code__.co_name)
    made.__kwdefaults__ = function.__kwdefaults__
    made.__doc__ = f"{function.__doc__} {trait}"
    made.nix_name = function.nix_name  # type: ignore[attr-defined]  # see `builtin`
    return made  # type: ignore[no-any-return]


def arity(function: Callable[..., Any]) -> int:
    """The number of Nix arguments of a declared builtin."""
    count: int = function.__code__.co_argcount
    return count


def as_value(function: Callable[..., Any]) -> Value:
    """The Nix function value of a declared builtin."""
    count = arity(function)
    return function if count == 1 else curried(count, function)

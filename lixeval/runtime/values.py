"""The representation of Nix values in Python.

    Nix           Python
    int           int, 64 bits wide: arithmetic goes through `operators`, which checks
    float         float
    bool, null    True, False, None
    string        str without a context; `ContextString` with one.  Bytes, as UTF-8 with surrogateescape
    path          `Path`
    list          tuple; elements are values or cells
    set           dict from str; values are values or cells; the order means nothing (observable orders are bytewise)
    function      a plain function of one argument, or a `Curried2`, `Curried3`, `Curried4`
    thunk         a `list`: [code, payload] or [code, payload, position] (see `thunks`)

Plain Python types keep the common operations at CPython's own speed: `x.__class__ is list` (is it still a thunk?) takes
1 ns and `d["a"]` 6 ns, where a dict subclass takes 22.  Types are asked with `x.__class__ is T`, never isinstance, so a
bool is no int.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FunctionType as FunctionType
    from types import MethodType as MethodType
    from typing import Any

    Value = Any
    """A Nix value in weak head normal form."""

    Delayed = Any
    """A Nix value, or the cell of a thunk that will give one."""

    Function = Callable[..., Value]
else:
    # The type checker's alone: importing typing takes longer than evaluating `1 + 1`.
    Value = Delayed = Function = object

    def FunctionType() -> None: ...

    FunctionType = FunctionType.__class__  # importing types takes 0.2 ms


class ContextString:
    """A string that remembers the store objects it was made from; `context` is never empty.

    Elements of the context are spelled as C++ Nix spells them: "/nix/store/…" (the path itself),
    "!out!/nix/store/….drv" (an output of a derivation), "=/nix/store/….drv" (a derivation with all its inputs).
    """

    __slots__ = ("context", "text")

    def __init__(self, text: str, context: frozenset[str]) -> None:
        self.text = text
        self.context = context

    def __eq__(self, other: object) -> bool:
        """To Python too it is equal to its text, with which code compares what may be a string of either kind."""
        return self is other or (other.__class__ is str and self.text == other)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"ContextString({self.text!r}, {sorted(self.context)!r})"


class Path:
    """An absolute, canonical path of the file system (no `.`, `..`, doubled or trailing slashes)."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Path({self.text!r})"


if not TYPE_CHECKING:
    MethodType = Path("").__repr__.__class__


class Withs(dict[str, "Value"]):
    """The sets of several `with`s, the innermost first, cells or values; and what the names give that were found.

    No value of a program: code that is within all of them captures it in place of the sets.
    """

    __slots__ = ("sets",)

    def __init__(self, sets: tuple[Delayed, ...]) -> None:
        self.sets = sets


class Curried2:
    """Two nested lambdas fused: `code(a, b)` is the body applied at once; made only where the function escapes."""

    __slots__ = ("code",)

    code: Function


class Curried3:
    """Three nested lambdas fused: `code(a, b, c)`."""

    __slots__ = ("code",)

    code: Function


class Curried4:
    """Four nested lambdas fused: `code(a, b, c, d)`."""

    __slots__ = ("code",)

    code: Function


_CURRIED: dict[int, Callable[[], Value]] = {2: Curried2, 3: Curried3, 4: Curried4}


def curried(arity: int, code: Function) -> Value:
    """A fused function of so many arguments, from 2, as a value.

    Its class has no `__init__`, which takes as long as all else: code that runs often makes an object and gives it the
    function in place.
    """
    made = _CURRIED[arity]()
    made.code = code
    return made


_ARITIES: dict[type, int] = {FunctionType: 1, Curried2: 2, Curried3: 3, Curried4: 4}

FUNCTION_TYPES = frozenset(_ARITIES)

INT_MIN = -(2**63)
INT_MAX = 2**63 - 1


def missing_arguments(function: Value) -> int:
    """How many arguments a Nix function is called with at once."""
    return _ARITIES[function.__class__]


def function_code(function: Value) -> Any:
    """The Python function behind a Nix function, however it is wrapped; a bound method if it has its first argument."""
    return function if function.__class__ is FunctionType else function.code


def waiting_code(function: Value) -> Any:
    """The Python function that will run when a Nix function has all its arguments.

    A fused function that has some of its arguments is one of the closures that `runtime.call` makes, around the code,
    or a bound method.
    """
    code = function_code(function)
    while True:
        if code.__class__ is MethodType:
            code = code.__func__
        elif code.__name__ == "partial" and code.__module__ == "lixeval.runtime.call":
            code = code.__closure__[code.__code__.co_freevars.index("code")].cell_contents
        else:
            return code


ALIKE = frozenset((int, bool, str, ContextString, Path, dict, type(None)))
"""Classes of values that are the same wherever they stand.  What is selected twice is not the same
function or NaN, which equals itself alone, and no short list of which printing says that it is repeated.
"""


def type_name(value: Value) -> str:
    """What `builtins.typeOf` says of a value in weak head normal form."""
    return _TYPE_NAMES.get(value.__class__, "lambda")


_TYPE_NAMES: dict[type, str] = {
    int: "int",
    float: "float",
    bool: "bool",
    type(None): "null",
    str: "string",
    ContextString: "string",
    Path: "path",
    tuple: "list",
    dict: "set",
}


def sorted_names(attributes: Iterable[str]) -> list[str]:
    """The names of a set in the order in which Nix shows them (by bytes)."""
    names = [*attributes]
    names.sort()
    if len(names) < 2 or "".join(names).isascii():
        return names
    return sorted(names, key=lambda name: name.encode("utf-8", "surrogateescape"))

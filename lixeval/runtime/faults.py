"""How the runtime raises: the messages of Nix, with the value that was wrong.

Functions here build exceptions; they do not raise, so that the caller's `raise` is the line that failed.  None gives a
span: the place in the user's file is that of the compiled code that called, which is found when the error is explained
(see `lixeval.diagnostics`).
"""

from __future__ import annotations

from lixeval.errors import EvalError, MissingAttribute, NixTypeError
from lixeval.formats.nix_text import attribute_name
from lixeval.runtime.printing import is_primop, is_primop_application
from lixeval.runtime.showing import MESSAGE, value_text
from lixeval.runtime.values import ContextString, Delayed, Path, Value, function_code, waiting_code


def described(value: Value) -> str:
    """The kind of a value as Nix's messages say it, with its article."""
    simple = _DESCRIBED.get(value.__class__)
    if simple is not None:
        return simple
    if is_primop(value):
        return f"the built-in function '{function_code(value).nix_name}'"
    if is_primop_application(value):
        return f"the partially applied built-in function '{waiting_code(value).nix_name}'"
    return "a function"


_DESCRIBED: dict[type, str] = {
    int: "an integer",
    float: "a float",
    bool: "a Boolean",
    type(None): "null",
    str: "a string",
    ContextString: "a string with context",
    Path: "a path",
    tuple: "a list",
    dict: "a set",
}


def expected(wanted: str, value: Value) -> NixTypeError:
    """The type error "expected a set but found an integer: 1"; `wanted` comes with its article."""
    error = refused(value, f"expected {wanted} but found {described(value)}: {shown(value)}", "E0301")
    error.wanted = wanted
    return error


def refused(value: Value, message: str, code: str) -> NixTypeError:
    """A type error that remembers the value it is about, so that its place in the text can be found."""
    error = NixTypeError(message, code=code)
    error.refused = (value,)
    return error


def missing_attribute(name: str, attributes: dict[str, Delayed]) -> MissingAttribute:
    """The error for a selection that found nothing, with the names that were meant perhaps."""
    error = MissingAttribute(f"attribute '{attribute_name(name)}' missing")
    error.name, error.present, error.lacking = name, tuple(attributes), attributes
    return error


def not_a_string(value: Value) -> NixTypeError:
    """The error for what cannot be made a string."""
    return refused(value, f"cannot coerce {described(value)} to a string: {shown(value)}", "E0305")


def shown(value: Value) -> str:
    """A short form of a value for an error message."""
    return value_text(value, MESSAGE)


def overflow(operation: str, left: int, right: int) -> EvalError:
    """Integers are 64 bits wide: "integer overflow in adding 1 + 9223372036854775807"."""
    words = {"+": "adding", "-": "subtracting", "*": "multiplying", "/": "dividing"}
    return EvalError(f"integer overflow in {words[operation]} {left} {operation} {right}", code="E0404")


def not_callable(value: Value) -> NixTypeError:
    """The error for calling what is no function."""
    message = f"attempt to call something which is not a function but {described(value)}: {shown(value)}"
    return refused(value, message, "E0302")

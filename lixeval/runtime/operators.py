"""The operators of the language on values in weak head normal form (manual, "Operators").

Compiled code does the common case in place (two ints, two plain strings) and comes here for everything else, errors
included.  Integers are 64 bits wide; a result outside is an error (Nix 2.26), division truncates towards zero.
"""

from __future__ import annotations

from os.path import normpath

from lixeval.errors import EvalError
from lixeval.runtime.faults import described, expected, overflow, refused
from lixeval.runtime.frames import tells
from lixeval.runtime.strings import CopyToStore, interpolate, join, text_without_context
from lixeval.runtime.values import INT_MAX, INT_MIN, ContextString, Delayed, Path, Value


def ADD(left: Value, right: Value, copy_to_store: CopyToStore) -> Value:
    """`left + right`: numbers, strings (with anything a string can be made of), paths.

    The left operand decides: only a string has paths copied to the store; a set is made a string as paths are spelled.
    """
    kind = left.__class__
    other = right.__class__
    if kind is str:
        if other is str:
            return left + right if left.isascii() or right.isascii() else join((left, right))
        return join((left, interpolate(right, copy_to_store)))
    if kind is int or kind is float:
        if other is int or other is float:
            result = left + right
            return _checked(result, "+", left, right) if result.__class__ is int else result
        raise refused(right, f"cannot add {described(right)} to {described(left)}", "E0306")
    if kind is ContextString:
        return join((left, interpolate(right, copy_to_store)))
    if kind is Path:
        return path_of((left.text, interpolate(right, None)))
    return join((interpolate(left, None), interpolate(right, None)))


def ADDEND(left: Value) -> Value:
    """The first operand of `+`, before the second one is evaluated: a set becomes, or fails to become, the string that
    it stands for (and a set that stands for it, which `+` tells from a string).
    """
    kind = left.__class__
    if kind is int or kind is str or kind is float or kind is ContextString or kind is Path:
        return left
    return {"outPath": interpolate(left, None)}


def path_of(parts: tuple[Value, ...]) -> Path:
    """The path that strings make together; one that refers to the store cannot become part of it."""
    text = join(parts)
    if text.__class__ is not str:
        raise EvalError("a string that refers to a store path cannot be appended to a path")
    return Path(canonical_path(text))


def path_in(folder: str, text: str) -> Path:
    """The path that a literal means in a file in this folder."""
    return Path(canonical_path(text if text[0] == "/" else f"{folder}/{text}"))


def text_in(folder: str, text: str) -> str:
    """The beginning of a path literal, to which more is appended; its last slash must survive until then."""
    return text if text[0] == "/" else f"{folder}/{text}"


def canonical_path(text: str) -> str:
    """An absolute path without `.`, `..`, doubled and trailing slashes; links are not looked at."""
    if "/." not in text and "//" not in text and not (text.endswith("/") and len(text) > 1):
        return text
    if text[0] == "/" and text[:2] != "//" and "\0" not in text:  # which ends a path for Python 3.11.2
        return normpath(text)
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def SUB(left: Value, right: Value) -> Value:
    """`left - right`."""
    if right.__class__ is float and (left.__class__ is float or left.__class__ is int):
        return left - right
    _need_numbers(left, right)
    return _checked(left - right, "-", left, right)


def MUL(left: Value, right: Value) -> Value:
    """`left * right`."""
    if right.__class__ is float and (left.__class__ is float or left.__class__ is int):
        return left * right
    _need_numbers(left, right)
    return _checked(left * right, "*", left, right)


def DIV(left: Value, right: Value) -> Value:
    """`left / right`: truncated towards zero for two ints.  The divisor is looked at first, as a float."""
    if right.__class__ is not int and right.__class__ is not float:
        raise expected("a float", right)
    if right == 0:
        raise EvalError("division by zero", code="E0403")
    _need_numbers(left, right)
    if left.__class__ is float or right.__class__ is float:
        return left / right
    quotient = left // right
    if quotient < 0 and quotient * right != left:
        quotient += 1
    return _checked(quotient, "/", left, right)


def NEGATE(value: Value) -> Value:
    """`- value`, which C++ Nix treats as `0 - value`."""
    if value.__class__ is float:
        return 0.0 - value
    return SUB(0, value)


def _need_numbers(left: Value, right: Value) -> None:
    for value in (left, right):
        if value.__class__ is not int and value.__class__ is not float:
            raise expected("a float" if float in (left.__class__, right.__class__) else "an integer", value)


def _checked(result: Value, operation: str, left: Value, right: Value) -> Value:
    if result.__class__ is int and not INT_MIN <= result <= INT_MAX:
        raise overflow(operation, left, right)
    return result


def CONCAT(left: Value, right: Value) -> Value:
    """`left ++ right`; the other list itself where one is empty."""
    if left.__class__ is not tuple:
        raise expected("a list", left)
    if right.__class__ is not tuple:
        raise expected("a list", right)
    if not left:
        return right
    return left + right if right else left


def UPDATE(left: Value, right: Value) -> Value:
    """`left // right`; the other set itself where one is empty."""
    if left.__class__ is not dict:
        raise expected("a set", left)
    if right.__class__ is not dict:
        raise expected("a set", right)
    if not left:
        return right
    return left | right if right else left


def BOOLEAN(value: Value) -> bool:
    """A condition, or an operand of && || ->, that is not known to be a Boolean."""
    if value.__class__ is not bool:
        raise expected("a Boolean", value)
    return bool(value)


def ATTRIBUTE_NAME(value: Delayed) -> str:
    """The name in `x.${value}`."""
    return text_without_context(value)


for _operator in (ADD, SUB, MUL, DIV, CONCAT, UPDATE):
    tells(_operator, left="left", right="right")

"""Arithmetic as functions (manual, "Built-in Functions": `add`, `sub`, …, `lessThan`).

Integers are 64 bits wide; leaving that range is an error.  With one float operand the other becomes a float too.
The operators `+ - * / <` have their own code in `runtime.operators`: `+` also joins strings, which `add` does not.
"""

from __future__ import annotations

from math import ceil as ceiling
from math import floor as flooring
from math import isfinite

from lixeval.errors import EvalError
from lixeval.runtime.arguments import forced_float, forced_int
from lixeval.runtime.builtin import builtin
from lixeval.runtime.compare import less_than
from lixeval.runtime.faults import expected, overflow
from lixeval.runtime.values import INT_MAX, INT_MIN, Delayed, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _no_numbers(left: Value, right: Value) -> EvalError:
    """The error for operands of which one at least is no number."""
    wanted = "a float" if left.__class__ is float or right.__class__ is float else "an integer"
    return expected(wanted, right if left.__class__ is int or left.__class__ is float else left)


_NUMBERS: frozenset[Any] = frozenset((int, float))


@builtin("add")
def add(left: Delayed, right: Delayed) -> Value:
    """The sum of two numbers.  Forces both.

    >>> [ (builtins.add 1 2) (builtins.add 1 2.5) ]
    [ 3 3.5 ]
    """
    if left.__class__ is list:
        left = left[0](left)
    if right.__class__ is list:
        right = right[0](right)
    if left.__class__ not in _NUMBERS or right.__class__ not in _NUMBERS:
        raise _no_numbers(left, right)
    result = left + right
    if result.__class__ is int and not INT_MIN <= result <= INT_MAX:
        raise overflow("+", left, right)
    return result


@builtin("sub")
def sub(left: Delayed, right: Delayed) -> Value:
    """The difference of two numbers.  Forces both.

    >>> builtins.sub 1 2
    -1
    """
    if left.__class__ is list:
        left = left[0](left)
    if right.__class__ is list:
        right = right[0](right)
    if left.__class__ not in _NUMBERS or right.__class__ not in _NUMBERS:
        raise _no_numbers(left, right)
    result = left - right
    if result.__class__ is int and not INT_MIN <= result <= INT_MAX:
        raise overflow("-", left, right)
    return result


@builtin("mul")
def mul(left: Delayed, right: Delayed) -> Value:
    """The product of two numbers.  Forces both.

    >>> builtins.mul 6 7
    42
    """
    if left.__class__ is list:
        left = left[0](left)
    if right.__class__ is list:
        right = right[0](right)
    if left.__class__ not in _NUMBERS or right.__class__ not in _NUMBERS:
        raise _no_numbers(left, right)
    result = left * right
    if result.__class__ is int and not INT_MIN <= result <= INT_MAX:
        raise overflow("*", left, right)
    return result


@builtin("div")
def div(left: Delayed, right: Delayed) -> Value:
    """The quotient of two numbers, truncated towards zero if both are integers.  Forces both.

    >>> [ (builtins.div (-7) 2) (builtins.div 7 2.0) ]
    [ -3 3.5 ]
    """
    if left.__class__ is list:
        left = left[0](left)
    divisor = forced_float(right)
    if divisor == 0:
        raise EvalError("division by zero", code="E0403")
    if right.__class__ is list:
        right = right[0](right)
    if left.__class__ is float or right.__class__ is float:
        return forced_float(left) / divisor
    dividend = forced_int(left)
    quotient = abs(dividend) // abs(right)
    if (dividend < 0) != (right < 0):
        quotient = -quotient
    if quotient > INT_MAX:
        raise overflow("/", dividend, right)
    return quotient


@builtin("bitAnd")
def bit_and(left: Delayed, right: Delayed) -> int:
    """Bitwise and of two integers.  Forces both.

    >>> builtins.bitAnd 12 10
    8
    """
    return forced_int(left) & forced_int(right)


@builtin("bitOr")
def bit_or(left: Delayed, right: Delayed) -> int:
    """Bitwise or of two integers.  Forces both.

    >>> builtins.bitOr 12 10
    14
    """
    return forced_int(left) | forced_int(right)


@builtin("bitXor")
def bit_xor(left: Delayed, right: Delayed) -> int:
    """Bitwise exclusive or of two integers.  Forces both.

    >>> builtins.bitXor 12 10
    6
    """
    return forced_int(left) ^ forced_int(right)


@builtin("floor")
def floor(number: Delayed) -> int:
    """The greatest integer that is not above a number.  Forces it.

    >>> map builtins.floor [ 1.9 (-1.1) 3 ]
    [ 1 -2 3 ]
    """
    value = number if number.__class__ is float else forced_float(number)
    return _as_int(flooring(value)) if isfinite(value) else INT_MIN


@builtin("ceil")
def ceil(number: Delayed) -> int:
    """The least integer that is not below a number.  Forces it.

    >>> map builtins.ceil [ 1.1 (-1.9) 3 ]
    [ 2 -1 3 ]
    """
    value = number if number.__class__ is float else forced_float(number)
    return _as_int(ceiling(value)) if isfinite(value) else INT_MIN


def _as_int(number: int) -> int:
    """A float too big for an integer gives the lowest one (undefined in C++; this is what x86 does)."""
    return number if INT_MIN <= number <= INT_MAX else INT_MIN


@builtin("lessThan")
def less_than_builtin(left: Delayed, right: Delayed) -> bool:
    """Whether the first value sorts before the second: numbers, strings (by bytes), paths, lists of such.

    Forces both; of two lists, the elements up to the first difference.

    >>> [ (builtins.lessThan 1 1.5) (builtins.lessThan "b" "a") (builtins.lessThan [ 1 2 ] [ 1 3 ]) ]
    [ true false true ]
    """
    return less_than(left, right)

"""Calling Nix functions.

A function of one argument is a Python function and is called directly.  Fused lambdas of 2, 3 or 4 arguments come as
`Curried2`, `Curried3`, `Curried4`; given fewer arguments they become closures over those, given more the result is
called with the rest.  Sets with `__functor` are called with themselves first.

Everything here is a plain function with positional parameters: Python then calls Python without using the C stack,
which is what lets Nix programs recurse a hundred thousand levels deep.
"""

from __future__ import annotations

from lixeval.runtime.faults import not_callable
from lixeval.runtime.frames import tells
from lixeval.runtime.thunks import BLACKHOLE, READ, Cell
from lixeval.runtime.values import (
    FUNCTION_TYPES,
    Curried2,
    Curried3,
    Curried4,
    Delayed,
    Function,
    FunctionType,
    MethodType,
    Value,
    curried,
)


def call1(function: Delayed, argument: Delayed) -> Value:
    """`function argument`, in weak head normal form."""
    if function.__class__ is list:
        function = function[0](function)
    kind = function.__class__
    if kind is FunctionType:
        return function(argument)
    if kind is Curried2:
        return _bind_2_1(function.code, argument)
    if kind is Curried3:
        return _bind_3_1(function.code, argument)
    if kind is Curried4:
        return _bind_4_1(function.code, argument)
    if kind is dict and "__functor" in function:
        called = function["__functor"]
        if called.__class__ is list and called[0] is READ:
            called = called[1]
        if called.__class__ is Curried2:
            code = called.code
            return code(function, argument)
    return call1(functor(function), argument)


def call2(function: Delayed, first: Delayed, second: Delayed) -> Value:
    """`function first second`."""
    if function.__class__ is list:
        function = function[0](function)
    kind = function.__class__
    if kind is FunctionType:
        function = function(first)
        if function.__class__ is FunctionType:
            return function(second)
        return call1(function, second)
    if kind is Curried2:
        code = function.code
        return code(first, second)
    if kind is Curried3:
        return _bind_3_2(function.code, first, second)
    if kind is Curried4:
        return _bind_4_2(function.code, first, second)
    return call2(functor(function), first, second)


def call3(function: Delayed, first: Delayed, second: Delayed, third: Delayed) -> Value:
    """`function first second third`."""
    if function.__class__ is list:
        function = function[0](function)
    kind = function.__class__
    if kind is Curried2:
        code = function.code
        function = code(first, second)
        if function.__class__ is FunctionType:
            return function(third)
        return call1(function, third)
    if kind is FunctionType:
        return call2(function(first), second, third)
    if kind is Curried3:
        code = function.code
        return code(first, second, third)
    if kind is Curried4:
        return _bind_4_3(function.code, first, second, third)
    return call3(functor(function), first, second, third)


def call4(function: Delayed, first: Delayed, second: Delayed, third: Delayed, fourth: Delayed) -> Value:
    """`function first second third fourth`."""
    if function.__class__ is list:
        function = function[0](function)
    kind = function.__class__
    if kind is Curried4:
        code = function.code
        return code(first, second, third, fourth)
    if kind is FunctionType:
        return call3(function(first), second, third, fourth)
    if kind is Curried2:
        return call2(function.code(first, second), third, fourth)
    if kind is Curried3:
        return call1(function.code(first, second, third), fourth)
    return call4(functor(function), first, second, third, fourth)


def APPLY(cell: Cell) -> Value:
    """Answers [APPLY, (function, argument)]: what `map`, `genList` and their like put into lists and sets."""
    function, argument = cell[1]
    cell[0] = BLACKHOLE
    try:
        if function.__class__ is FunctionType:
            value = function(argument)
        else:
            value = call1(function, argument)
    except BaseException:
        cell[0] = APPLY
        raise
    cell[1] = value
    cell[0] = READ
    return value


tells(APPLY, "applied", cell="cell", function="function", first="argument")


def FAILED(cell: Cell) -> Value:
    """Answers [FAILED, (function, argument, error)]: an application that has failed already."""
    function, argument, error = cell[1]  # noqa: RUF059  read from the frame
    raise error


tells(FAILED, "applied", cell="cell", function="function", first="argument")


def FAILS(cell: Cell) -> Value:
    """Answers [FAILS, error]: what has failed already: evaluated again, it would say again what it has said."""
    raise cell[1]


def mapped_until(elements: tuple[Delayed, ...], element: Delayed, last: Cell, harmless: Delayed) -> Value:
    """The list that `map` would have made, as far as it was looked at, for whoever tells what is wrong in it: `last` is
    of `element`, those before it are looked at once more and are to be `harmless`.
    """
    number = 0
    while elements[number] is not element:
        number += 1
    return (*[harmless] * number, last)


def APPLY2(cell: Cell) -> Value:
    """Answers [APPLY2, (function, first, second)], as `mapAttrs` makes it."""
    function, first, second = cell[1]
    cell[0] = BLACKHOLE
    try:
        if function.__class__ is Curried2:
            code = function.code
            value = code(first, second)
        else:
            value = call2(function, first, second)
    except BaseException:
        cell[0] = APPLY2
        raise
    cell[1] = value
    cell[0] = READ
    return value


tells(APPLY2, "applied", cell="cell", function="function", first="first", second="second")


def functor(value: Value) -> Value:
    """`value.__functor value`: what is called when a set is called; an error for what cannot be called."""
    if value.__class__ is dict and "__functor" in value:
        return call1(value["__functor"], value)
    raise not_callable(value)


tells(functor, "functor", value="value")


def is_callable(value: Value) -> bool:
    """Whether a value in weak head normal form is a function (a set with `__functor` is not one)."""
    return value.__class__ in FUNCTION_TYPES


# What has some of its arguments is a closure, a call more each time; a bound method is none.  But it is no function of
# one argument, and one of another bound method Python would call by the C stack.  By their docstrings `map` and its
# like know at once that closures of one argument have no trait (`traits.KNOWN_TRAITS`).


def _bind_2_1(code: Function, a: Delayed) -> Value:
    def partial(b: Delayed) -> Value:
        """waits for its second argument"""
        return code(a, b)

    return partial


def _bind_3_1(code: Function, a: Delayed) -> Value:
    if a is None:
        return _bind_3_to_null(code)
    bound = Curried2()
    bound.code = MethodType(code, a)
    return bound


def _bind_3_to_null(code: Function) -> Value:
    """Python makes no method of None."""
    a = None

    def partial(b: Delayed, c: Delayed) -> Value:
        return code(a, b, c)

    return curried(2, partial)


def _bind_3_2(code: Function, a: Delayed, b: Delayed) -> Value:
    def partial(c: Delayed) -> Value:
        """waits for its third argument"""
        return code(a, b, c)

    return partial


def _bind_4_1(code: Function, a: Delayed) -> Value:
    def partial(b: Delayed, c: Delayed, d: Delayed) -> Value:
        return code(a, b, c, d)

    return curried(3, partial)


def _bind_4_2(code: Function, a: Delayed, b: Delayed) -> Value:
    def partial(c: Delayed, d: Delayed) -> Value:
        return code(a, b, c, d)

    return curried(2, partial)


def _bind_4_3(code: Function, a: Delayed, b: Delayed, c: Delayed) -> Value:
    def partial(d: Delayed) -> Value:
        """waits for its fourth argument"""
        return code(a, b, c, d)

    return partial

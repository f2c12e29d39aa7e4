"""What kind of value something is (manual, "Built-in Functions": `typeOf` and the `is…` predicates).

Each forces its argument to weak head normal form and looks no further.
"""

from __future__ import annotations

from lixeval.runtime.builtin import builtin
from lixeval.runtime.call import is_callable
from lixeval.runtime.values import ContextString, Delayed, Path, type_name


@builtin("typeOf")
def type_of(value: Delayed) -> str:
    """The type of a value: "int", "bool", "string", "path", "null", "set", "list", "lambda" or "float".

    Forces the value, and nothing in it.

    >>> map builtins.typeOf [ 1 1.5 true "a" ./. null { } [ ] (x: x) ]
    [ "int" "float" "bool" "string" "path" "null" "set" "list" "lambda" ]
    """
    if value.__class__ is list:
        value = value[0](value)
    return type_name(value)


@builtin("isNull")
def is_null(value: Delayed) -> bool:
    """Whether a value is null.

    Forces the value, and nothing in it.

    >>> builtins.isNull null
    true
    """
    if value.__class__ is list:
        value = value[0](value)
    return value is None


@builtin("isFunction")
def is_function(value: Delayed) -> bool:
    """Whether a value is a function; a set with `__functor` is not one.

    Forces the value, and nothing in it.

    >>> map builtins.isFunction [ (x: x) map (builtins.add 1) { __functor = self: x: x; } ]
    [ true true true false ]
    """
    if value.__class__ is list:
        value = value[0](value)
    return is_callable(value)


@builtin("isInt")
def is_int(value: Delayed) -> bool:
    """Whether a value is an integer.

    Forces the value, and nothing in it.

    >>> map builtins.isInt [ 1 1.0 true ]
    [ true false false ]
    """
    if value.__class__ is list:
        value = value[0](value)
    return value.__class__ is int


@builtin("isFloat")
def is_float(value: Delayed) -> bool:
    """Whether a value is a float.

    Forces the value, and nothing in it.

    >>> map builtins.isFloat [ 1 1.0 ]
    [ false true ]
    """
    if value.__class__ is list:
        value = value[0](value)
    return value.__class__ is float


@builtin("isString")
def is_string(value: Delayed) -> bool:
    """Whether a value is a string; paths are not strings.

    Forces the value, and nothing in it.

    >>> map builtins.isString [ "a" /a ]
    [ true false ]
    """
    if value.__class__ is list:
        value = value[0](value)
    return value.__class__ is str or value.__class__ is ContextString


@builtin("isBool")
def is_bool(value: Delayed) -> bool:
    """Whether a value is `true` or `false`.

    Forces the value, and nothing in it.

    >>> map builtins.isBool [ true 1 ]
    [ true false ]
    """
    if value.__class__ is list:
        value = value[0](value)
    return value is True or value is False


@builtin("isPath")
def is_path(value: Delayed) -> bool:
    """Whether a value is a path.

    Forces the value, and nothing in it.

    >>> map builtins.isPath [ /a "/a" ]
    [ true false ]
    """
    if value.__class__ is list:
        value = value[0](value)
    return value.__class__ is Path


@builtin("isAttrs")
def is_attrs(value: Delayed) -> bool:
    """Whether a value is an attribute set.

    Forces the value, and nothing in it.

    >>> map builtins.isAttrs [ { } [ ] ]
    [ true false ]
    """
    if value.__class__ is list:
        value = value[0](value)
    return value.__class__ is dict


@builtin("isList")
def is_list(value: Delayed) -> bool:
    """Whether a value is a list.

    Forces the value, and nothing in it.

    >>> map builtins.isList [ [ (throw "unused") ] { } ]
    [ true false ]
    """
    if value.__class__ is list:
        value = value[0](value)
    return value.__class__ is tuple

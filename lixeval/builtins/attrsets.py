"""Attribute sets (manual, "Built-in Functions": `attrNames`, `mapAttrs`, …).

A set is a dict; its values are passed on as they are, forced or not.  Names come out in bytewise order.  The cell of an
attribute can carry the place where the attribute was written, which `unsafeGetAttrPos` tells; a builtin that moves an
attribute to another set moves its cell, and the place with it.
"""

from __future__ import annotations

from lixeval.errors import NixTypeError
from lixeval.runtime.arguments import attribute, forced_attrs, forced_function
from lixeval.runtime.builtin import builtin
from lixeval.runtime.call import APPLY2, FAILED, FAILS, call1, is_callable, mapped_until
from lixeval.runtime.code_info import formals_in, formals_row
from lixeval.runtime.faults import expected, missing_attribute
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.thunks import LATER, READ, position_of
from lixeval.runtime.values import Curried2, Delayed, FunctionType, Value, sorted_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.runtime.thunks import Cell


@builtin("attrNames")
def attr_names(attributes: Delayed) -> Value:
    """The names of a set, sorted by bytes.  Forces the set, no value.

    >>> builtins.attrNames { y = throw "unused"; x = 1; }
    [ "x" "y" ]
    """
    if attributes.__class__ is list:
        attributes = attributes[0](attributes)
    if attributes.__class__ is not dict:
        raise expected("a set", attributes)
    return tuple(sorted_names(attributes) if len(attributes) > 1 else attributes)


@builtin("attrValues")
def attr_values(attributes: Delayed) -> Value:
    """The values of a set, in the order of its names.  Forces the set, no value.

    >>> builtins.attrValues { b = 2; a = 1; }
    [ 1 2 ]
    """
    if attributes.__class__ is list:
        attributes = attributes[0](attributes)
    if attributes.__class__ is not dict:
        raise expected("a set", attributes)
    if len(attributes) < 2:
        return tuple(attributes.values())
    return tuple([attributes[name] for name in sorted_names(attributes)])


@builtin("getAttr")
def get_attr(name: Delayed, attributes: Delayed) -> Value:
    """The value of the attribute with a name, forced; an error where there is none.

    >>> builtins.getAttr "a" { a = 1; b = throw "unused"; }
    1
    """
    if name.__class__ is list:
        name = name[0](name)
    if name.__class__ is not str:
        name = text_without_context(name)
    if attributes.__class__ is list:
        attributes = attributes[0](attributes)
    if attributes.__class__ is not dict:
        raise expected("a set", attributes)
    if name not in attributes:
        raise missing_attribute(name, attributes)
    value = attributes[name]
    return value[0](value) if value.__class__ is list else value


@builtin("hasAttr")
def has_attr(name: Delayed, attributes: Delayed) -> bool:
    """Whether a set has an attribute with a name.  Forces the name, then the set, not the value.

    >>> builtins.hasAttr "a" { a = throw "unused"; }
    true
    """
    if name.__class__ is list:
        name = name[0](name)
    if name.__class__ is not str:
        name = text_without_context(name)
    if attributes.__class__ is list:
        attributes = attributes[0](attributes)
    if attributes.__class__ is not dict:
        raise expected("a set", attributes)
    return name in attributes


@builtin("removeAttrs")
def remove_attrs(attributes: Delayed, names: Delayed) -> Value:
    """A set without the named attributes; names that it has not are ignored.  Forces the set, the list, and the names.

    >>> removeAttrs { x = 1; y = 2; z = 3; } [ "a" "x" "z" ]
    { y = 2; }
    """
    if attributes.__class__ is list:
        attributes = attributes[0](attributes)
    if attributes.__class__ is not dict:
        raise expected("a set", attributes)
    if names.__class__ is list:
        names = names[0](names)
    if names.__class__ is not tuple:
        raise expected("a list", names)
    result = dict(attributes)  # one of its own, as where it is printed shows
    for name in names:
        if name.__class__ is not str:
            name = text_without_context(name)
        if name in result:
            del result[name]  # noqa: RUF051  a call for each name would take longer
    return result


@builtin("listToAttrs")
def list_to_attrs(pairs: Delayed) -> Value:
    """The set of a list of `{ name = …; value = …; }`; of pairs with one name the first counts.

    Forces the list, each pair and each name, no value.

    >>> builtins.listToAttrs [ { name = "a"; value = 1; } { name = "a"; value = 2; } { name = "b"; value = 3; } ]
    { a = 1; b = 3; }
    """
    result: dict[str, Delayed] = {}
    if pairs.__class__ is list:
        pairs = pairs[0](pairs)
    if pairs.__class__ is not tuple:
        raise expected("a list", pairs)
    for pair in pairs:
        if pair.__class__ is list:
            pair = pair[0](pair)
        if pair.__class__ is not dict:
            raise expected("a set", pair)
        name = pair["name"] if "name" in pair else attribute(pair, "name")
        if name.__class__ is list:
            name = name[0](name)
        if name.__class__ is not str:
            name = text_without_context(name)
        if name not in result:
            result[name] = pair["value"] if "value" in pair else attribute(pair, "value")
    return result


@builtin("listToAttrs map")
def mapped_to_attrs(function: Delayed, elements: Delayed) -> Value:
    """`listToAttrs (map f list)`: what `map` would put into cells is looked at and let go.

    >>> builtins.listToAttrs (map (name: { inherit name; value = 1; }) [ "a" "b" ])
    { a = 1; b = 1; }
    """
    result: dict[str, Delayed] = {}
    for element in elements:
        pair: Value = FAILED  # which is no value of a program
        name: Value = None
        try:
            pair = function(element) if function.__class__ is FunctionType else call1(function, element)
            name = pair["name"]
            if name.__class__ is list:
                name = name[0](name)
            if name.__class__ is not str:
                name = text_without_context(name)
            if name not in result:
                result[name] = pair["value"]
        except RecursionError:
            raise
        except Exception as error:
            if name.__class__ is list:
                pair = {**pair, "name": [FAILS, error]}
            last: Cell = [FAILED, (function, element, error)] if pair is FAILED else [READ, pair]
            return list_to_attrs(mapped_until(elements, element, last, {"name": "", "value": None}))
    return result


@builtin("intersectAttrs")
def intersect_attrs(left: Delayed, right: Delayed) -> Value:
    """The attributes of the second set whose names the first has too.  Forces both sets, no value.

    >>> builtins.intersectAttrs { a = 1; b = 2; } { b = 3; c = 4; }
    { b = 3; }
    """
    if left.__class__ is not dict:
        left = forced_attrs(left)
    if right.__class__ is not dict:
        right = forced_attrs(right)
    if len(left) < len(right):
        return {name: right[name] for name in left if name in right}
    return {name: value for name, value in right.items() if name in left}


@builtin("mapAttrs")
def map_attrs(function: Delayed, attributes: Delayed) -> Value:
    """A set with the same names, and `f name value` for each value.  Forces the set; applies the function to an
    attribute only when that result is needed.

    >>> builtins.mapAttrs (name: value: name + toString value) { a = 1; b = 2; }
    { a = "a1"; b = "b2"; }
    """
    if attributes.__class__ is list:
        attributes = attributes[0](attributes)
    if attributes.__class__ is not dict:
        raise expected("a set", attributes)
    if not attributes:
        return {}
    # A comprehension is a function of its own, and most sets are small.
    mapped: dict[str, Delayed] = {}
    for name, value in attributes.items():
        mapped[name] = [APPLY2, (function, name, value)]
    return mapped


@builtin("attrValues mapAttrs")
def mapped_values(function: Delayed, attributes: Delayed) -> Value:
    """`attrValues (mapAttrs f set)`, as `mapAttrsToList` of libraries has it: no set is made.

    >>> builtins.attrValues (builtins.mapAttrs (name: value: name + toString value) { b = 2; a = 1; })
    [ "a1" "b2" ]
    """
    if attributes.__class__ is not dict:
        return attr_values(map_attrs(function, attributes))
    return tuple([[APPLY2, (function, name, attributes[name])] for name in sorted_names(attributes)])


@builtin("catAttrs")
def cat_attrs(name: Delayed, sets: Delayed) -> Value:
    """The values that the sets of a list have under one name; sets without it are left out.

    Forces the name, the list and its sets, no value.

    >>> builtins.catAttrs "a" [ { a = 1; } { b = 0; } { a = 2; } ]
    [ 1 2 ]
    """
    if name.__class__ is not str:
        name = text_without_context(name)
    found = []
    if sets.__class__ is list:
        sets = sets[0](sets)
    if sets.__class__ is not tuple:
        raise expected("a list", sets)
    for attributes in sets:
        if attributes.__class__ is list:
            attributes = attributes[0](attributes)
        if attributes.__class__ is not dict:
            raise expected("a set", attributes)
        if name in attributes:
            found.append(attributes[name])
    return tuple(found)


@builtin("catAttrs map")
def cat_mapped(name: Delayed, function: Delayed, elements: Delayed) -> Value:
    """`catAttrs name (map f list)`: what `map` would put into cells is looked at and let go.

    >>> builtins.catAttrs "a" (map (x: { a = x; }) [ 1 2 ])
    [ 1 2 ]
    """
    found = []
    for element in elements:
        try:
            given = function(element) if function.__class__ is FunctionType else call1(function, element)
        except RecursionError:
            raise
        except Exception as error:
            return cat_attrs(name, mapped_until(elements, element, [FAILED, (function, element, error)], {}))
        if given.__class__ is not dict:
            return cat_attrs(name, mapped_until(elements, element, [READ, given], {}))
        if name in given:
            found.append(given[name])
    return tuple(found)


@builtin("zipAttrsWith")
def zip_attrs_with(function: Delayed, sets: Delayed) -> Value:
    """One set of all names in a list of sets; `f name [ values ]` gives each value.

    Forces the function, the list and its sets; applies the function to an attribute only when that result is needed.

    >>> builtins.zipAttrsWith (name: values: values) [ { a = 1; b = 2; } { a = 3; } ]
    { a = [ 1 3 ]; b = [ 2 ]; }
    """
    if function.__class__ is not FunctionType and function.__class__ is not Curried2:
        function = forced_function(function)
    if sets.__class__ is list:
        sets = sets[0](sets)
    if sets.__class__ is not tuple:
        raise expected("a list", sets)
    zipped: dict[str, Cell] = {}
    several: dict[str, list[Delayed]] = {}
    for attributes in sets:
        if attributes.__class__ is list:
            attributes = attributes[0](attributes)
        if attributes.__class__ is not dict:
            raise expected("a set", attributes)
        for name, value in attributes.items():
            if name not in zipped:
                zipped[name] = [APPLY2, (function, name, (value,))]
            elif name in several:
                several[name].append(value)
            else:
                several[name] = [*zipped[name][1][2], value]
    if several:
        _zip_again(function, zipped, several)
    return zipped


def _zip_again(function: Delayed, zipped: dict[str, Cell], several: dict[str, list[Delayed]]) -> None:
    """Gives the attributes of which there are several all their values: most names stand in one set alone."""
    for name, values in several.items():
        zipped[name][1] = function, name, tuple(values)


@builtin("zipAttrsWith map")
def zip_mapped(zipping: Delayed, function: Delayed, elements: Delayed) -> Value:
    """`zipAttrsWith zipping (map f list)`: what `map` would put into cells is looked at and let go.

    >>> builtins.zipAttrsWith (name: values: values) (map (x: { a = x; }) [ 1 2 ])
    { a = [ 1 2 ]; }
    """
    zipped: dict[str, Cell] = {}
    several: dict[str, list[Delayed]] = {}
    for element in elements:
        try:
            given = function(element) if function.__class__ is FunctionType else call1(function, element)
        except RecursionError:
            raise
        except Exception as error:
            return zip_attrs_with(zipping, mapped_until(elements, element, [FAILED, (function, element, error)], {}))
        if given.__class__ is not dict:
            return zip_attrs_with(zipping, mapped_until(elements, element, [READ, given], {}))
        for name, value in given.items():
            if name not in zipped:
                zipped[name] = [APPLY2, (zipping, name, (value,))]
            elif name in several:
                several[name].append(value)
            else:
                several[name] = [*zipped[name][1][2], value]
    if several:
        _zip_again(zipping, zipped, several)
    return zipped


@builtin("functionArgs")
def function_args(function: Delayed) -> Value:
    """The formal arguments of a function: a set of their names, `true` where there is a default.

    Empty for functions that take no set apart, and for builtins.  A set with `__functor` is an error.

    Forces the function.

    >>> builtins.functionArgs ({ x, y ? 123, ... }: x)
    { x = false; y = true; }
    >>> builtins.functionArgs (x: x)
    { }
    """
    if function.__class__ is list:
        function = function[0](function)
    if not is_callable(function):
        raise NixTypeError("'functionArgs' requires a function")
    row = formals_row(function)
    if not row:
        return {}
    known = _ARGUMENTS.get(id(row))
    if known is None or known[0] is not row:
        if len(_ARGUMENTS) == MOST_ASKED:
            del _ARGUMENTS[next(iter(_ARGUMENTS))]
        arguments = {name: [READ, has_default, position] for name, has_default, position in formals_in(row)}
        known = _ARGUMENTS[id(row)] = row, arguments
    return known[1].copy()  # printing tells sets that are one from those that are alike


MOST_ASKED = 256

_ARGUMENTS: dict[int, tuple[Any, dict[str, Delayed]]] = {}
"""Those of functions that were asked last, by the numbers of their rows: `callPackage` asks twice, options again and
again."""


@builtin("unsafeGetAttrPos")
def unsafe_get_attr_pos(name: Delayed, attributes: Delayed, *, shows_places: Callable[[], None]) -> Value:
    """Where an attribute was written: `{ column, file, line }`, or null if that is not known or not in a file.

    Forces the name, then the set.  Unsafe because two sets that are equal can differ in it.

    >>> builtins.unsafeGetAttrPos "a" { }
    null
    """
    name = text_without_context(name)
    if attributes.__class__ is not dict:
        attributes = forced_attrs(attributes)
    position = position_of(attributes.get(name))
    if position is None:
        return None
    file, line, column = position
    if file.startswith("«"):
        shows_places()  # it may stand in a file, of which a part was evaluated alone
        return None
    return {"column": [LATER, column], "file": file, "line": [LATER, line]}

"""What becomes of the arguments of builtins: into which places of their result they go (`places`, `visibility`).

Each rule is given the places of the arguments, which are thunks, and gives that of the value.
"""

from __future__ import annotations

from collections.abc import Callable

from lixeval.compiler.places import Place, call, find, list_of, part, thunk_of, unite


def _elements(thunk: Place) -> Place:
    return part(part(thunk, "value"), "[]")


def _each(function: Place, elements: Place) -> Place:
    """What a function gives for the elements of a list."""
    return call(part(function, "value"), _elements(elements))


def _map(function: Place, elements: Place) -> Place:
    return list_of(thunk_of(_each(function, elements)))


def _gen_list(generator: Place, size: Place) -> Place:
    return list_of(thunk_of(call(part(generator, "value"), Place())))


def _filter(predicate: Place, elements: Place) -> Place:
    _each(predicate, elements)
    return part(elements, "value")


def _any(predicate: Place, elements: Place) -> Place:
    _each(predicate, elements)
    return Place()


def _partition(predicate: Place, elements: Place) -> Place:
    made, lists = Place(), thunk_of(_filter(predicate, elements))
    made.parts[".right"] = made.parts[".wrong"] = lists
    return made


def _fold(operator: Place, start: Place, elements: Place) -> Place:
    once = call(part(operator, "value"), start)
    value = call(once, _elements(elements))
    unite(part(start, "value"), value)
    return find(value)


def _sort(comparator: Place, elements: Place) -> Place:
    call(_each(comparator, elements), _elements(elements))
    return part(elements, "value")


def _element(elements: Place) -> Place:
    return part(_elements(elements), "value")


def _tried(expression: Place) -> Place:
    made = Place()
    made.parts[".value"] = expression
    return made


RULES: dict[str, Callable[..., Place]] = {
    "map": _map,
    "genList": _gen_list,
    "filter": _filter,
    "partition": _partition,
    "any": _any,
    "all": _any,
    "foldl'": _fold,
    "sort": _sort,
    "head": _element,
    "elemAt": lambda elements, index: _element(elements),
    "tail": lambda elements: part(elements, "value"),
    "concatLists": _element,
    "concatMap": _each,
    "seq": lambda first, second: part(second, "value"),
    "deepSeq": lambda first, second: part(second, "value"),
    "addErrorContext": lambda message, value: part(value, "value"),
    "trace": lambda message, value: part(value, "value"),
    "tryEval": _tried,
}
"""What builtins do with their arguments: those that are neither here nor in `SCALAR` show them, and so does what is in
`SHOWING` the first one.
"""

SHOWING = frozenset(("trace",))
"""Builtins that print their first argument."""

SCALAR = frozenset(
    (
        "abort",
        "add",
        "attrNames",
        "baseNameOf",
        "bitAnd",
        "bitOr",
        "bitXor",
        "ceil",
        "compareVersions",
        "concatStringsSep",
        "div",
        "elem",
        "floor",
        "hasAttr",
        "hashString",
        "isAttrs",
        "isBool",
        "isFloat",
        "isFunction",
        "isInt",
        "isList",
        "isNull",
        "isPath",
        "isString",
        "length",
        "lessThan",
        "match",
        "mul",
        "replaceStrings",
        "split",
        "splitVersion",
        "stringLength",
        "sub",
        "substring",
        "throw",
        "toJSON",
        "toString",
        "typeOf",
    )
)
"""Builtins that give what holds nothing of their arguments."""

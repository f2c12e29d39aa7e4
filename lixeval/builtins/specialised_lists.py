"""`map`, `genList` and `concatLists` where the compiler knows more: that nobody sees the list, or its cells, or what
kind of function is applied (`builtins.table.JOINED`).

All that the text does not tell is left to the builtins as they are, `builtins.lists`: failures too, so that a trace
names what the program calls.
"""

from __future__ import annotations

from lixeval.builtins.lists import (
    FEW,
    MAX_LENGTH,
    all_,
    any_,
    asked,
    calling,
    concat_lists,
    filter_,
    foldl_strict,
    gen_list,
    map_,
)
from lixeval.runtime.arguments import forced_function, forced_list
from lixeval.runtime.builtin import NAMES, builtin
from lixeval.runtime.call import APPLY, FAILED, FAILS, mapped_until
from lixeval.runtime.eagerness import SHOWING, counts_at_once, generated_at_once, mapped_at_once
from lixeval.runtime.faults import expected
from lixeval.runtime.thunks import READ
from lixeval.runtime.traits import ASKS, GIVES, trait_of
from lixeval.runtime.values import Curried2, Delayed, Function, FunctionType, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.runtime.thunks import Cell


@builtin("map plain")
def map_plain(function: Delayed, elements: Delayed) -> Value:
    """`map` with a function of one argument that nobody would apply before its result is wanted, and a forced list.

    >>> map (x: x.a) [ { a = 1; } { a = 2; } ]
    [ 1 2 ]
    """
    if elements.__class__ is not tuple:
        return map_(function, elements)
    if len(elements) == 1:
        return ([APPLY, (function, elements[0])],)
    return tuple([[APPLY, (function, element)] for element in elements]) if elements else elements


@builtin("map forces")
def map_forces(function: Delayed, elements: Delayed) -> Value:
    """The function of a `map`, whose list is not made: what `map` looks at first, and tells if it is wrong.

    >>> builtins.concatLists (map (builtins.genList (x: x)) [ 1 2 ])
    [ 0 0 1 ]
    """
    if elements.__class__ is tuple and elements:
        function = _looked_at(function)
    try:
        if elements.__class__ is not tuple:
            elements = forced_list(elements)
        return forced_function(function) if elements and function.__class__ is not FunctionType else function
    except RecursionError:
        raise
    except Exception:  # of whatever kind: it fails so again, within `map` as a trace has it
        map_(function, elements)
        raise


@builtin("genList unseen")
def gen_unseen(generator: Delayed, size: Delayed) -> Value:
    """`genList` where nobody sees which elements have been wanted.

    >>> builtins.length (builtins.genList (x: x + 1) 3)
    3
    """
    if size.__class__ is int and 0 <= size <= MAX_LENGTH:
        generator = _looked_at(generator)
        trait = SHOWING.get(trait_of(generator))
        if trait is not None:
            values = generated_at_once(generator, trait, size)
            if values is not None:
                return values
    return gen_list(generator, size)


@builtin("map unseen")
def map_unseen(function: Delayed, elements: Delayed) -> Value:
    """`map` where nobody sees which elements have been wanted.

    >>> builtins.length (map (x: x + 1) [ 1 2 ])
    2
    """
    if elements.__class__ is tuple and elements:
        function = _looked_at(function)
        trait = trait_of(function)
        trait = SHOWING.get(trait, trait)
        if counts_at_once(function, trait) and set(map(type, elements)) == {int}:
            values = mapped_at_once(function, trait, elements)
            if values is not None:
                return values
    return map_(function, elements)


@builtin("genList same")
def count_up(size: Delayed) -> Value:
    """What `genList (x: x)` gives.

    >>> builtins.genList (x: x) 3
    [ 0 1 2 ]
    """
    if size.__class__ is int and 0 <= size <= MAX_LENGTH:
        return tuple(range(size))
    return gen_list(_same, size)


def _same(element: Delayed) -> Value:
    """same"""
    return element


@builtin("filter map")
def filter_mapped(predicate: Delayed, function: Delayed, elements: Delayed) -> Value:
    """`filter predicate (map f list)`: of what `map` would make only those are kept that `filter` keeps.

    >>> builtins.filter (x: x > 1) (map (x: x.a) [ { a = 1; } { a = 2; } ])
    [ 2 ]
    """
    if predicate.__class__ is not FunctionType or len(elements) < FEW or not _delays(function):
        return filter_(predicate, map_(function, elements))
    return _filtered(predicate, elements, function)


@builtin("foldl' map")
def fold_mapped(operator: Delayed, start: Delayed, function: Delayed, elements: Delayed) -> Value:
    """`foldl' op start (map f list)`: what `map` would make is made one after the other.

    >>> builtins.foldl' (x: y: x + y) 0 (map (x: x.a) [ { a = 1; } { a = 2; } ])
    3
    """
    if operator.__class__ is not Curried2 or len(elements) < FEW or not _delays(function) or trait_of(operator.code):
        return foldl_strict(operator, start, map_(function, elements))
    return _folded(operator.code, start, elements, function)


@builtin("any map")
def any_mapped(predicate: Delayed, function: Delayed, elements: Delayed) -> bool:
    """`any predicate (map f list)`: what `map` would make is made as far as it is looked at.

    >>> builtins.any (x: x > 1) (map (x: x.a) [ { a = 2; } (throw "unused") ])
    true
    """
    if predicate.__class__ is not FunctionType or not _delays(function):
        return any_(predicate, map_(function, elements))
    return _is_any(predicate, elements, function)


@builtin("all map")
def all_mapped(predicate: Delayed, function: Delayed, elements: Delayed) -> bool:
    """`all predicate (map f list)`: what `map` would make is made as far as it is looked at.

    >>> builtins.all (x: x > 1) (map (x: x.a) [ { a = 1; } (throw "unused") ])
    false
    """
    if predicate.__class__ is not FunctionType or not _delays(function):
        return all_(predicate, map_(function, elements))
    return _are_all(predicate, elements, function)


# These stand for the builtins in traces, and have the arguments of these; where something fails in them, their last one
# is the list that `map` would have made.


def _filtered(predicate: Function, elements: tuple[Delayed, ...], function: Delayed) -> Value:
    kept = []
    for element in elements:
        cell: Cell = [APPLY, (function, element)]
        try:
            verdict = predicate(cell)
            if verdict is True:
                kept.append(cell)
            elif verdict is not False:
                raise expected("a Boolean", verdict)
        except RecursionError:
            raise
        except Exception:
            elements = mapped_until(elements, element, cell, None)
            raise
    return tuple(kept)


def _folded(code: Function, start: Delayed, elements: tuple[Delayed, ...], function: Delayed) -> Value:
    result = start
    for element in elements:
        cell: Cell = [APPLY, (function, element)]
        try:
            result = code(result, cell)
        except RecursionError:
            raise
        except Exception:
            elements = mapped_until(elements, element, cell, None)
            raise
    return result[0](result) if result.__class__ is list else result


def _is_any(predicate: Function, elements: tuple[Delayed, ...], function: Delayed) -> bool:
    for element in elements:
        cell: Cell = [APPLY, (function, element)]
        try:
            verdict = predicate(cell)
            if verdict is True:
                return True
            if verdict is not False:
                raise expected("a Boolean", verdict)
        except RecursionError:
            raise
        except Exception:
            elements = mapped_until(elements, element, cell, None)
            raise
    return False


def _are_all(predicate: Function, elements: tuple[Delayed, ...], function: Delayed) -> bool:
    for element in elements:
        cell: Cell = [APPLY, (function, element)]
        try:
            verdict = predicate(cell)
            if verdict is False:
                return False
            if verdict is not True:
                raise expected("a Boolean", verdict)
        except RecursionError:
            raise
        except Exception:
            elements = mapped_until(elements, element, cell, None)
            raise
    return True


NAMES[_filtered.__code__] = "filter"
NAMES[_folded.__code__] = "foldl'"
NAMES[_is_any.__code__] = "any"
NAMES[_are_all.__code__] = "all"


@builtin("concatLists map")
def concat_mapped(function: Delayed, elements: Delayed) -> Value:
    """`concatLists (map f list)`: what `map` would put into cells is looked at and let go.

    >>> builtins.concatLists (map (x: [ x (-x) ]) [ 1 2 ])
    [ 1 -1 2 -2 ]
    """
    result: list[Delayed] = []
    empty: tuple[Delayed, ...] = ()
    non_empty = empty
    apply = function if function.__class__ is FunctionType else calling(function)
    for element in elements if len(elements) < FEW else asked(apply, elements, GIVES):
        try:
            part = apply(element)
        except RecursionError:
            raise
        except Exception as error:  # of whatever kind: the element's cell has it
            return concat_lists(mapped_until(elements, element, [FAILED, (function, element, error)], ()))
        if part is empty:
            continue  # as most are that are made where a condition holds
        if part.__class__ is not tuple:
            return concat_lists(mapped_until(elements, element, [READ, part], ()))
        if part:
            non_empty = part
            result.extend(part)
    return non_empty if len(non_empty) == len(result) else tuple(result)


def _delays(function: Delayed) -> bool:
    """Whether `map` puts applications of a function into cells, whatever the elements are."""
    trait = trait_of(function)
    return not trait or trait.startswith((ASKS, GIVES))


def _looked_at(function: Delayed) -> Delayed:
    """A function that is forced; where that fails, what fails so once more for whoever tells of it."""
    if function.__class__ is list:
        try:
            function = function[0](function)
        except RecursionError:
            raise
        except Exception as error:  # of whatever kind: it is kept
            function = [FAILS, error]
    return function

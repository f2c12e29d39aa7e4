"""`map`, `genList` and `concatLists` where the compiler knows more: that nobody sees the list, or its cells, or what
kind of function is applied (`builtins.table.JOINED`).

All that the text does not tell is left to the builtins as they are, `builtins.lists`: failures too, so that a trace
names what the program calls.
"""

from __future__ import annotations

from lixeval.builtins.lists import FEW, MAX_LENGTH, asked, calling, concat_lists, gen_list, map_
from lixeval.runtime.arguments import forced_function, forced_list
from lixeval.runtime.builtin import builtin
from lixeval.runtime.call import APPLY, FAILED, FAILS, mapped_until
from lixeval.runtime.code_info import GIVES, trait_of
from lixeval.runtime.eagerness import SHOWING, counts_at_once, generated_at_once, mapped_at_once
from lixeval.runtime.thunks import READ
from lixeval.runtime.values import Delayed, FunctionType, Value


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

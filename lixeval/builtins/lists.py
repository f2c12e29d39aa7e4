"""Lists (manual, "Built-in Functions": `map`, `filter`, `foldl'`, …).

A Nix list is a tuple of values and cells.  What a builtin puts into a new list it passes on as it is, forced or not;
`map` and `genList` put in cells that apply the function when somebody asks.  The loops are written out, because they
are where programs spend their time, and because Python's own map() and generators would use the C stack.
"""

from __future__ import annotations

from lixeval.errors import EvalError
from lixeval.runtime.arguments import forced_function, forced_int, forced_list
from lixeval.runtime.builtin import builtin
from lixeval.runtime.call import APPLY, call1, call2
from lixeval.runtime.compare import equal, held
from lixeval.runtime.eagerness import (
    FEW_PICKED,
    MOST_MADE,
    SHOWING,
    counts_at_once,
    generated_at_once,
    known_numbers,
    mapped_at_once,
    picked,
    sum_fits,
    unwanted,
    want,
)
from lixeval.runtime.faults import expected
from lixeval.runtime.strings import text_without_context
from lixeval.runtime.thunks import FORWARDS, READ
from lixeval.runtime.traits import ADDS, APPENDS, ASKS, GATHERS, GIVES, KNOWN_TRAITS, MAKES, UPDATES, trait_of
from lixeval.runtime.values import Curried2, Delayed, Function, FunctionType, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_LENGTH = 2**40
"""Longer lists than this fit no machine: `genList` refuses them before it fills the memory."""


FEW = 8
"""Of fewer elements nobody looks at what a function would ask them."""


@builtin("length")
def length(elements: Delayed) -> int:
    """The number of elements.  Forces the list, no element.

    >>> builtins.length [ 1 (throw "unused") ]
    2
    """
    if elements.__class__ is list:
        elements = elements[0](elements)
    if elements.__class__ is not tuple:
        raise expected("a list", elements)
    return len(elements)


@builtin("head")
def head(elements: Delayed) -> Value:
    """The first element, forced; an error for an empty list.

    >>> builtins.head [ 1 (throw "unused") ]
    1
    """
    if elements.__class__ is list:
        elements = elements[0](elements)
    if elements.__class__ is not tuple:
        raise expected("a list", elements)
    if not elements:
        raise EvalError("'builtins.head' called on an empty list")
    first = elements[0]
    return first[0](first) if first.__class__ is list else first


@builtin("tail")
def tail(elements: Delayed) -> Value:
    """All elements but the first; an error for an empty list.  Forces no element; takes time in proportion to the
    length.

    >>> builtins.tail [ (throw "unused") 2 3 ]
    [ 2 3 ]
    """
    if elements.__class__ is list:
        elements = elements[0](elements)
    if elements.__class__ is not tuple:
        raise expected("a list", elements)
    if not elements:
        raise EvalError("'builtins.tail' called on an empty list")
    return elements[1:]


@builtin("elemAt")
def elem_at(elements: Delayed, index: Delayed) -> Value:
    """The element at an index counted from 0, forced.  Forces the index, then the list.

    >>> builtins.elemAt [ 1 2 3 ] 1
    2
    """
    if index.__class__ is list:
        index = index[0](index)
    if index.__class__ is not int:
        raise expected("an integer", index)
    if elements.__class__ is list:
        elements = elements[0](elements)
    if elements.__class__ is not tuple:
        raise expected("a list", elements)
    if not 0 <= index < len(elements):
        raise EvalError(f"'builtins.elemAt' called with index {index} on a list of size {len(elements)}")
    element = elements[index]
    return element[0](element) if element.__class__ is list else element


@builtin("elem")
def elem(value: Delayed, elements: Delayed) -> bool:
    """Whether a list has an element equal to a value.  Forces the list, the value, and elements up to the first equal
    one.

    >>> builtins.elem 2 [ 1 2 (throw "unused") ]
    true
    """
    if elements.__class__ is list:
        elements = elements[0](elements)
    if elements.__class__ is not tuple:
        raise expected("a list", elements)
    if not elements:
        return False
    original = value
    if value.__class__ is list:
        value = value[0](value)
    kind = value.__class__
    if kind is str or kind is int:
        for element in elements:
            if element.__class__ is list:
                element = element[1] if element[0] is READ else element[0](element)
            if element.__class__ is kind:
                if element == value:
                    return True
            elif equal(value, element):
                return True
        return False
    # What is the very same is equal unseen, even a function, NaN, or a set in which something fails.
    one = held(original)
    for element in elements:
        if element is one or (element.__class__ is list and element[0] in FORWARDS and held(element) is one):
            return True
        if equal(value, element):
            return True
    return False


@builtin("map")
def map_(function: Delayed, elements: Delayed) -> Value:
    """The list of a function's results for each element.  Forces the list and (if it is not empty) the function;
    applies the function to an element only when that result is needed.

    >>> builtins.length (map (x: throw "unused") [ 1 2 ])
    2
    >>> map (x: x + 1) [ 1 2 3 ]
    [ 2 3 4 ]
    """
    if elements.__class__ is list:
        elements = elements[0](elements)
    if elements.__class__ is not tuple:
        raise expected("a list", elements)
    if not elements:
        return elements
    if function.__class__ is not FunctionType:
        function = forced_function(function)
    trait = ""
    if function.__class__ is FunctionType:
        known = KNOWN_TRAITS.get(function.__doc__)
        trait = trait_of(function) if known is None else known
    if trait:
        if trait == MAKES and len(elements) <= MOST_MADE:
            if len(elements) == 1:
                return (function(elements[0]),)
            return tuple([function(element) for element in elements])
        shows = trait in SHOWING
        trait = SHOWING.get(trait, trait)
        if counts_at_once(function, trait) and set(map(type, elements)) == {int}:
            values = mapped_at_once(function, trait, elements)
            if values is not None:
                return unwanted(values) if shows else values
    if len(elements) == 1:  # as often as not; a comprehension is a function of its own
        return ([APPLY, (function, elements[0])],)
    return tuple([[APPLY, (function, element)] for element in elements])


@builtin("filter")
def filter_(predicate: Delayed, elements: Delayed) -> Value:
    """The elements for which a predicate is true, in their order.  Forces the list, then the predicate, then its result
    for each element.

    >>> builtins.filter (x: x > 1) [ 3 1 2 ]
    [ 3 2 ]
    """
    if elements.__class__ is list:
        elements = elements[0](elements)
    if elements.__class__ is not tuple:
        raise expected("a list", elements)
    if not elements:
        return elements
    if predicate.__class__ is not FunctionType:
        predicate = forced_function(predicate)
    if len(elements) == 1:  # as often as not
        verdict = predicate(elements[0]) if predicate.__class__ is FunctionType else call1(predicate, elements[0])
        if verdict is True:
            return elements
        if verdict is False:
            return ()
        raise expected("a Boolean", verdict)
    kept = []
    if predicate.__class__ is FunctionType:
        for element in elements if len(elements) < FEW else asked(predicate, elements, ASKS):
            verdict = predicate(element)
            if verdict is True:
                kept.append(element)
            elif verdict is not False:
                raise expected("a Boolean", verdict)
    else:
        for element in elements:
            verdict = call1(predicate, element)
            if verdict is True:
                kept.append(element)
            elif verdict is not False:
                raise expected("a Boolean", verdict)
    return elements if len(kept) == len(elements) else tuple(kept)


@builtin("foldl'")
def foldl_strict(operator: Delayed, start: Delayed, elements: Delayed) -> Value:
    """Reduces a list from the left: `op (op (op start a) b) c`, each result forced before it goes on.

    Forces the operator, then the list.  The start value is forced only if the operator does so, or if the list is
    empty.

    >>> builtins.foldl' (x: y: x - y) 10 [ 1 2 3 ]
    4
    >>> builtins.foldl' (x: y: y) (throw "unused") [ 1 ]
    1
    """
    if operator.__class__ is not Curried2:
        operator = forced_function(operator)
    if elements.__class__ is list:
        elements = elements[0](elements)
    if elements.__class__ is not tuple:
        raise expected("a list", elements)
    result = start
    if operator.__class__ is Curried2:
        code = operator.code
        if len(elements) > 1:
            known = KNOWN_TRAITS.get(code.__doc__) if code.__class__ is FunctionType else ""
            trait = trait_of(code) if known is None else known
            if trait:
                return _accumulated(code, trait, result, elements)
        for element in elements:
            result = code(result, element)
    else:
        for element in elements:
            result = call2(operator, result, element)
    return result[0](result) if result.__class__ is list else result


def _accumulated(code: Function, trait: str, start: Delayed, elements: tuple[Delayed, ...]) -> Value:
    """`foldl'` with a function that only adds to a list or a set, which then is not copied each time, or to an int."""
    if trait == ADDS and start.__class__ is int and len(elements) >= FEW:
        numbers = known_numbers(elements)
        if numbers is not None and sum_fits(start, numbers):
            if numbers is not elements:
                want(elements)
            return start + sum(numbers)
    if trait == GATHERS and start.__class__ is tuple and not start:
        global _different_ones
        if _different_ones is None:
            from lixeval.runtime.gathering import different_ones  # for whoever does so

            _different_ones = different_ones
        result, done = _different_ones(elements)
        for element in elements[done:]:
            result = code(result, element)
        return result
    result = code(start, elements[0])
    done = 1
    if trait in (APPENDS, UPDATES):
        # What is added to nothing is the result itself, no copy of it.
        while not result and done < len(elements):
            result = code(result, elements[done])
            done += 1
    if trait == APPENDS and result.__class__ is tuple:
        gathered = list(result)
        for element in elements[done:]:
            gathered += code((), element)
        return tuple(gathered) if len(gathered) > len(result) else result
    if trait == UPDATES and result.__class__ is dict:
        updated = dict(result)
        adds = False
        for element in elements[done:]:
            added = code({}, element)
            if added:
                updated.update(added)
                adds = True
        return updated if adds else result
    for element in elements[done:]:
        result = code(result, element)
    return result


_different_ones: Callable[[tuple[Delayed, ...]], tuple[tuple[Delayed, ...], int]] | None = None


@builtin("any")
def any_(predicate: Delayed, elements: Delayed) -> bool:
    """Whether a predicate is true for some element.  Forces the predicate, the list, and results up to the first true
    one.

    >>> builtins.any (x: x > 1) [ 1 2 (throw "unused") ]
    true
    """
    if predicate.__class__ is not FunctionType:
        predicate = forced_function(predicate)
    if elements.__class__ is list:
        elements = elements[0](elements)
    if elements.__class__ is not tuple:
        raise expected("a list", elements)
    apply = predicate if predicate.__class__ is FunctionType else calling(predicate)
    for element in elements:
        verdict = apply(element)
        if verdict is True:
            return True
        if verdict is not False:
            raise expected("a Boolean", verdict)
    return False


@builtin("all")
def all_(predicate: Delayed, elements: Delayed) -> bool:
    """Whether a predicate is true for every element.  Forces the predicate, the list, and results up to the first false
    one.

    >>> builtins.all (x: x > 1) [ 2 1 (throw "unused") ]
    false
    """
    if predicate.__class__ is not FunctionType:
        predicate = forced_function(predicate)
    if elements.__class__ is list:
        elements = elements[1] if elements[0] is READ else elements[0](elements)
    if elements.__class__ is not tuple:
        raise expected("a list", elements)
    apply = predicate if predicate.__class__ is FunctionType else calling(predicate)
    for element in elements:
        verdict = apply(element)
        if verdict is False:
            return False
        if verdict is not True:
            raise expected("a Boolean", verdict)
    return True


@builtin("genList")
def gen_list(generator: Delayed, size: Delayed) -> Value:
    """The list of a function's results for 0, 1, … up to a length.  Forces the length, then the function; applies it to
    an index only when that result is needed.

    >>> builtins.genList (x: x * x) 5
    [ 0 1 4 9 16 ]
    """
    count = size if size.__class__ is int else forced_int(size)
    if count < 0 or count > MAX_LENGTH:
        raise EvalError(f"cannot create list of size {count}")
    if generator.__class__ is not FunctionType:
        generator = forced_function(generator)
    if not count:
        return ()
    trait = trait_of(generator)
    if trait in SHOWING:
        values = generated_at_once(generator, SHOWING[trait], count)
        if values is not None:
            return unwanted(values)
    elif trait[:5] == "picks":
        values = picked(generator, trait, count) if count > FEW_PICKED[trait[5]] else None
        if values is not None:
            return values
    elif trait:
        values = generated_at_once(generator, trait, count)
        if values is not None:
            return values
    return tuple([[APPLY, (generator, index)] for index in range(count)])


@builtin("concatLists")
def concat_lists(lists: Delayed) -> Value:
    """One list of the elements of several.  Forces the outer list and each inner one, no element.

    >>> builtins.concatLists [ [ 1 2 ] [ ] [ 3 ] ]
    [ 1 2 3 ]
    """
    if lists.__class__ is list:
        lists = lists[0](lists)
    if lists.__class__ is not tuple:
        raise expected("a list", lists)
    if not lists:
        return lists
    result: list[Delayed] = []
    non_empty = None
    for elements in lists:
        if elements.__class__ is list:
            elements = elements[0](elements)
        if elements.__class__ is not tuple:
            raise expected("a list", elements)
        if elements:
            non_empty = elements
            result.extend(elements)
    if non_empty is not None and len(non_empty) == len(result):
        return non_empty
    return tuple(result)


def asked(function: Function, elements: tuple[Delayed, ...], kind: str) -> Sequence[Delayed]:
    """The elements that a function must be applied to, should it be of the `kind` that asks (see `runtime.asking`)."""
    trait = KNOWN_TRAITS.get(function.__doc__)
    if trait is None:
        trait = trait_of(function)
    if not trait.startswith(kind):
        return elements
    global _worth_asking
    if _worth_asking is None:
        from lixeval.runtime.asking import worth_asking  # for large module systems

        _worth_asking = worth_asking
    return _worth_asking(function, trait, elements)


_worth_asking: Callable[[Function, str, tuple[Delayed, ...]], Sequence[Delayed]] | None = None


def calling(function: Value) -> Function:
    """What is called as Python calls, of a function that is not."""

    def apply(argument: Delayed) -> Value:
        return call1(function, argument)

    return apply


@builtin("concatMap")
def concat_map(function: Delayed, elements: Delayed) -> Value:
    """`concatLists (map f list)`.  Forces the function, the list, and the list that each application gives.

    >>> builtins.concatMap (x: [ x (-x) ]) [ 1 2 ]
    [ 1 -1 2 -2 ]
    """
    if function.__class__ is not FunctionType:
        function = forced_function(function)
    if elements.__class__ is list:
        elements = elements[1] if elements[0] is READ else elements[0](elements)
    if elements.__class__ is not tuple:
        raise expected("a list", elements)
    if not elements:
        return elements
    result: list[Delayed] = []
    apply = function if function.__class__ is FunctionType else calling(function)
    for element in elements if len(elements) < FEW else asked(apply, elements, GIVES):
        part = apply(element)
        if part.__class__ is not tuple:
            raise expected("a list", part)
        result.extend(part)
    return tuple(result)


@builtin("partition")
def partition(predicate: Delayed, elements: Delayed) -> Value:
    """The elements for which a predicate is true (`right`) and the others (`wrong`), each in their order.

    Forces the predicate, the list, every element, and the predicate's result for it.

    >>> builtins.partition (x: x > 10) [ 1 23 9 42 ]
    { right = [ 23 42 ]; wrong = [ 1 9 ]; }
    """
    if predicate.__class__ is not FunctionType:
        predicate = forced_function(predicate)
    right: list[Delayed] = []
    wrong: list[Delayed] = []
    if elements.__class__ is not tuple:
        elements = forced_list(elements)
    for element in elements:
        # Kept as it is: what was handed on is the very same function, or short list.
        value = element[0](element) if element.__class__ is list else element
        verdict = predicate(value) if predicate.__class__ is FunctionType else call1(predicate, value)
        if verdict is True:
            right.append(element)
        elif verdict is False:
            wrong.append(element)
        else:
            raise expected("a Boolean", verdict)
    return {"right": tuple(right), "wrong": tuple(wrong)}


@builtin("groupBy")
def group_by(function: Delayed, elements: Delayed) -> Value:
    """A set of lists: each element in the list named by what a function says of it.

    Forces the function, the list, and the function's result for each element.

    >>> builtins.groupBy (builtins.substring 0 1) [ "foo" "bar" "baz" ]
    { b = [ "bar" "baz" ]; f = [ "foo" ]; }
    """
    if function.__class__ is not FunctionType:
        function = forced_function(function)
    groups: dict[str, list[Delayed]] = {}
    if elements.__class__ is not tuple:
        elements = forced_list(elements)
    for element in elements:
        name = function(element) if function.__class__ is FunctionType else call1(function, element)
        if name.__class__ is not str:
            name = text_without_context(name)
        group = groups.get(name)
        if group is None:
            groups[name] = [element]
        else:
            group.append(element)
    return {name: tuple(group) for name, group in groups.items()}

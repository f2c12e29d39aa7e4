"""What answers cells of compiled code that say themselves, as data, what they are: one code for all files.

Selections of static names are most of all thunks (`code_info.selection`); of code that runs about once all are data
(`walk`).  Each file has functions of its own, so that errors find its source in their globals.
"""

from __future__ import annotations

from lixeval.runtime.code_info import NAMESPACE, ROOT
from lixeval.runtime.exports import FROM_SETS
from lixeval.runtime.thunks import BLACKHOLE, READ
from lixeval.runtime.values import FunctionType, Value
from lixeval.runtime.walk import WALK, WALKED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.runtime.thunks import Cell

    Answering = Callable[[Cell], Value]


def _answering(LIST: Any, FROM_SETS: Any, WALK: Any, BLACKHOLE: Answering, READ: Answering) -> tuple[Any, ...]:
    """What answers the cells; no variable of it is a global, for these are the file's."""

    def SELECT(c: Cell) -> Value:
        """Answers [SELECT, set, position, (name, places)].  Where both cells on the way are evaluated nothing is asked
        that could ask for this one.
        """
        value: Any = c[1]
        if value.__class__ is LIST:
            if value[0] is READ:
                value = value[1]
            else:
                code = c[0]
                c[0] = BLACKHOLE
                try:
                    value = value[0](value)
                    name = c[3][0]
                    value = value[name]
                    if value.__class__ is LIST:
                        value = value[0](value)
                except:
                    c[0] = code
                    raise
                c[1] = value
                c[0] = READ
                return value
        name = c[3][0]
        value = value[name]
        if value.__class__ is LIST:
            if value[0] is READ:
                value = value[1]
            else:
                code = c[0]
                c[0] = BLACKHOLE
                try:
                    value = value[0](value)
                except:
                    c[0] = code
                    raise
        c[1] = value
        c[0] = READ
        return value

    def SELECT_PATH(c: Cell) -> Value:
        """Answers [SELECT_PATH, set, position, (names, places)]."""
        value: Any = c[1]
        code = c[0]
        c[0] = BLACKHOLE
        try:
            if value.__class__ is LIST:
                value = value[0](value)
            for name in c[3][0]:
                value = value[name]
                if value.__class__ is LIST:
                    value = value[0](value)
        except:
            c[0] = code
            raise
        c[1] = value
        c[0] = READ
        return value

    def WITH_PATH(c: Cell) -> Value:
        """Answers [WITH_PATH, (set of the innermost `with`, …), position, (names, places)]: the sets have the first."""
        code = c[0]
        c[0] = BLACKHOLE
        try:
            names = c[3][0]
            value = FROM_SETS(c[1], names[0])
            for name in names[1:]:
                value = value[name]
                if value.__class__ is LIST:
                    value = value[0](value)
        except:
            c[0] = code
            raise
        c[1] = value
        c[0] = READ
        return value

    def ONCE(c: Cell) -> Value:
        """Answers [ONCE, environment, position, node]: see `walk`."""
        code = c[0]
        node = c[3]
        c[0] = BLACKHOLE
        try:
            value = WALK[node[0]](node, c[1])
        except:
            c[0] = code
            raise
        c[1] = value
        c[0] = READ
        return value

    return SELECT, SELECT_PATH, WITH_PATH, ONCE


_SELECT, _SELECT_PATH, _WITH_PATH, _ONCE = _answering(list, FROM_SETS, WALK, BLACKHOLE, READ)

_CODES = {each.__name__: (each.__code__, each.__closure__) for each in (_SELECT, _SELECT_PATH, _WITH_PATH, _ONCE)}
_CODES["WHOLE"] = _ONCE.__code__.replace(co_name=ROOT), _ONCE.__closure__
"""As ONCE, of the cell of a whole file."""


def shared_code(space: dict[str, Any], answering: Callable[[dict[int, str]], Answering]) -> dict[str, Any]:
    """What the namespace of a file gets besides: the functions that answer such cells, and what gives those of crowds
    (see `exports.waiting`).
    """
    kind: Any = FunctionType
    functions = {name: kind(code, space, name, None, closure) for name, (code, closure) in _CODES.items()}
    return {**functions, NAMESPACE: space, "WALKED": WALKED, "ANSWERING": answering, "CROWDS": {}}

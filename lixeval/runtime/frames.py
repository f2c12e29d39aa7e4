"""What the frames of lixeval's own functions tell when evaluation has failed in them.

Python keeps the local variables of every function on the way to a failure.  Errors need some of them: the name that
was looked up, the function that `map` had put off.  A function says beside itself which variables these are,

    tells(INHERITED, "inherited", cell="cell", name="name", place="place")

and whoever explains the failure asks for the meaning, never for a variable.  Nothing is paid before something fails.

What can be meant:

    cell             the cell that is being answered
    name, place      the name that is looked up, and where that name stands
    scopes           what a `with` lookup goes through: its payload, of which the first two elements are no scopes
    function, first, second    a function that was put off, and its arguments
    left, right      the operands of an operator
    attributes       the attributes that a derivation is made from
    attribute        the one of them that is being looked at
    derivation       the name of the derivation
    within, reached  a set that is gone through, and the name of the attribute that is being looked at
    text             what a program wants to be said
    value            the set that is called or made a string
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any


class Declaration:
    """What a function's frame tells.

    `kind` is what the call is to the evaluation, "" where it is only the inside of something else; `about` the
    attribute of a derivation that is wrong where the function itself refuses ("" for all of it), None for other
    functions; `variables` the local variables by what they mean.
    """

    __slots__ = ("about", "function", "kind", "variables")

    def __init__(self, function: Any, kind: str, about: str | None, variables: dict[str, str]) -> None:
        self.function = function
        self.kind = kind
        self.about = about
        self.variables = variables


DECLARED: dict[CodeType, Declaration] = {}
"""The declarations by the functions' code."""


def tells(function: Any, kind: str = "", /, *, about: str | None = None, **variables: str) -> None:
    """Declares what the frame of a function tells; that it has these variables, tests/runtime/test_frames.py sees."""
    DECLARED[function.__code__] = Declaration(function, kind, about, variables)


def kind_told(code: CodeType) -> str:
    """What the call of a declared function is to the evaluation; "" for all others."""
    declaration = DECLARED.get(code)
    return "" if declaration is None else declaration.kind


def told(frame: FrameType, meaning: str, absent: Any = None) -> Any:
    """What a frame tells; `absent` where it does not, or not yet."""
    declaration = DECLARED.get(frame.f_code)
    variable = None if declaration is None else declaration.variables.get(meaning)
    return absent if variable is None else frame.f_locals.get(variable, absent)

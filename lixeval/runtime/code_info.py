"""What compiled code says of itself: the only writer and reader of it.

The compiler makes one Python function of each thunk and of each lambda, and Python gives such a function a few fields
that a call does not look at.  They hold what errors, printing and `functionArgs` ask for afterwards:

    thunk      name       T_PIECE_N_START_END, or LSTART_END for a piece of its own: the offsets of its expression
               parameter  c, the cell that it answers
    selection  name       one of SELECTIONS: one code for all thunks that only select static names of a variable
               cell       its fourth element: the names, and "START END START END START …": the offsets of the
                          expression, of the variable, and where each name begins; a variable that only a `with` can
                          give is the first of the names
    walked     name       ONCE: one code for all thunks that are data, and ROOT for whole files
               cell       its fourth element: a node (see `walk`)
    file       name       ROOT
    function   name       NAME_N, by the name that it is bound to; _N without one
               docstring  "LINE:COLUMN LINE:COLUMN END counts": where each of the fused lambdas begins, the offset at
                          which they end, and their trait (see `traits`)
               defaults   of two parameters behind the arguments, which no call passes: the formals that the last
                          argument is taken apart by, and True where they end in an ellipsis

A variable's name is the Nix name and a number; a set that `with` opens stands in with_N, which is no name of Nix, and
those of several in with;with_N.
"""

from __future__ import annotations

import marshal
from itertools import repeat

from lixeval.runtime.values import FunctionType, Value, Withs, missing_arguments, waiting_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import CodeType, FrameType
    from typing import Any, Protocol

    class Extent(Protocol):
        """What stands somewhere in a text, by its offsets."""

        start: int
        end: int

    Formal = tuple[str, bool, Any]
    """One formal of a function: its name, whether it has a default, and its position (or what stands for one)."""

    Row = tuple[Any, ...]
    """Formals in one row: the name of each, 1 if it has a default, file, line (0: what stands for a position is in the
    file's place) and column; or of very many these by columns, as marshal writes them, and the file."""

ORDER = "order of names"
"""The name of an evaluator's order of names in a namespace (see `name_order`); no code uses it."""

SOURCE = "NIX_SOURCE"
"""The global of compiled code that holds its `Source`, and so marks it as generated."""

FOLDER = "NIX_FOLDER"
"""The global of compiled code that holds the folder that its relative paths are in."""

NAMESPACE = "NAMESPACE"
"""The global of compiled code that holds its globals: what stands first in the environments of code that is walked."""

ROOT = "ROOT"
"""The piece, and the unit in it, that a file is evaluated by."""

CELL = "c"
"""The parameter of a thunk's code."""

SELECTIONS = frozenset(("SELECT", "SELECT_PATH", "WITH_PATH"))
"""The functions of the runtime that answer cells which only select."""

SHARED = SELECTIONS | {"ONCE", "WHOLE"}
"""Those that answer cells of compiled code, each file's with its own globals."""

SCOPE = "with"
"""What the set of a `with` is called, as no variable of a program can be."""

SCOPES = "with;with"
"""And the sets of several."""

FORMALS = ("formals", "ellipsis")
"""The parameters of a function that hold no argument."""

# Written by the compiler


def thunk_name(label: str, start: int, end: int) -> str:
    """The name of a thunk's code; the label, "T_…", tells it from others in its piece."""
    return f"{label}_{start}_{end}"


def piece_name(start: int, end: int, kind: str = "") -> str:
    """The name of the code of a thunk that is a piece of its own; `kind` tells several of one extent apart."""
    return f"L{start}_{end}" + (f"_{kind}" if kind else "")


def selection(names: Sequence[str], node: Extent, subject: Extent, starts: Sequence[int]) -> tuple[Any, str]:
    """What the cell of a selection says of it: the names, a single one by itself, and where they stand."""
    places = " ".join(map(str, (node.start, node.end, subject.start, subject.end, *starts)))
    return (names[0] if len(names) == 1 else tuple(names)), places


def description(places: list[tuple[int, int]], end: int, trait: str) -> str:
    """A function's docstring: line and column of each of its lambdas, from 1; the offset of their end."""
    words = [*[f"{line}:{column}" for line, column in places], str(end)]
    return " ".join([*words, trait] if trait else words)


def written_formals(formals: Iterable[Formal]) -> Row:
    """The formals of a function in one row, five fields each: of constants in one another Python's compiler makes a key
    each, which takes ten times as long.
    """
    row: list[Any] = []
    for name, optional, place in formals:
        row += (name, int(optional), *(place if place.__class__ is tuple else (place, 0, 0)))
    return tuple(row)


def written_many_formals(names: list[str], optional: list[int], file: str, lines: list[int], columns: list[int]) -> Row:
    """The same of very many: one constant for all of them, and the file."""
    return marshal.dumps((names, optional, lines, columns)), file


# Read by everybody else


def names_and_defaults(row: Row) -> dict[str, int]:
    """The names of formals in a row, each with 1 if it has a default."""
    if row and row[0].__class__ is bytes:
        names, optional, _, _ = marshal.loads(row[0])
        return dict(zip(names, optional, strict=True))
    return dict(zip(row[::5], row[1::5], strict=True))


def kind_of(code: CodeType) -> str:
    """What compiled code evaluates: "file", "thunk" or "function"; "" for what defines these."""
    name = code.co_name
    if name == ROOT:
        return "file"
    if name == "<module>":
        return ""
    return "thunk" if code.co_argcount == 1 and code.co_varnames[0] == CELL else "function"


def extent_of(code: CodeType) -> tuple[int, int] | None:
    """The offsets of the expression that a thunk's own code evaluates; None for a function's."""
    return extent_in(code.co_name) if kind_of(code) == "thunk" else None


def extent_at(frame: FrameType) -> tuple[int, int] | None:
    """The offsets of the expression that a frame of a thunk's code evaluates."""
    if frame.f_code.co_name == "ONCE":
        _, start, end, *_ = cell_of(frame)[3]
        return start, end
    if frame.f_code.co_name not in SELECTIONS:
        return extent_of(frame.f_code)
    start, end, *_ = _places_selected(frame)
    return start, end


def selected_at(frame: FrameType) -> tuple[int, int] | None:
    """The offsets of what a selection's frame is at: the variable, or one of the names; None for other frames."""
    if frame.f_code.co_name not in SELECTIONS:
        return None
    _, end, start, subject_end, *starts = _places_selected(frame)
    name = frame.f_locals.get("name")
    if name is None:
        return start, subject_end
    names = cell_of(frame)[3][0]
    start = starts[0 if names.__class__ is str else names.index(name)]
    return start, min(start + len(name), end)


def _places_selected(frame: FrameType) -> list[int]:
    return [int(word) for word in cell_of(frame)[3][1].split(" ")]


def identity_of(frame: FrameType) -> Any:
    """What tells compiled code from other code: of selections, which share theirs, what is selected where."""
    code = frame.f_code
    return (frame.f_globals[SOURCE], cell_of(frame)[3]) if code.co_name in SHARED else code


def extent_in(name: str) -> tuple[int, int] | None:
    """The offsets in the name of a thunk's code; None where it is no such name."""
    words = name.split("_")
    if words[0] == "T":
        start, end = words[-2:]
    elif len(words) > 1:
        start, end = words[0][1:], words[1]
    else:
        return None
    return (int(start), int(end)) if start.isdecimal() and end.isdecimal() else None


def bound_name(python_name: str) -> str:
    """The Nix name in the name of a variable or function; "" for a function without one."""
    return python_name.rpartition("_")[0]


def _words(documentation: object) -> list[str]:
    """The words of a function's docstring; none of a builtin's, which is its manual."""
    if not isinstance(documentation, str) or not documentation[:1].isdecimal():
        return []
    return documentation.split(" ")


def head_of(code: CodeType) -> tuple[int, int] | None:
    """Line and column at which a function's outermost lambda begins; None for other code."""
    words = _words(code.co_consts[0]) if code.co_consts and kind_of(code) == "function" else []
    if not words:
        return None
    line, _, column = words[0].partition(":")
    return int(line), int(column)


def text_of_function(function: Any) -> str | None:
    """The text of a function of the language, all its lambdas; None of a builtin, and of what has some arguments."""
    code = waiting_code(function)
    source = code.__globals__.get(SOURCE)
    words = _words(code.__doc__)
    if source is None or not words or arguments_taken(function):
        return None
    line, _, column = words[0].partition(":")
    text: str = source.text[source.offset(int(line), int(column)) : int(words[len(argument_names(code.__code__))])]
    return text


def captured_by(function: Any) -> dict[str, Any] | None:
    """The variables that a function has captured by their Nix names, each its cell or value; None where it looks for
    names in the set of a `with`, or one of them has no value yet.
    """
    code = waiting_code(function)
    found: dict[str, Any] = {}
    for name, variable in zip(code.__code__.co_freevars, code.__closure__ or (), strict=True):
        if is_scope(name):
            return None
        try:
            found[bound_name(name)] = variable.cell_contents
        except ValueError:
            return None
    return found


def folder_of(function: Any) -> str:
    """The folder that relative paths in a function's text are relative to."""
    folder: str = waiting_code(function).__globals__[FOLDER]
    return folder


def argument_names(code: CodeType) -> tuple[str, ...]:
    """The parameters of a function's code, compiled or a builtin's, that hold arguments."""
    return tuple([name for name in code.co_varnames[: code.co_argcount] if name not in FORMALS])


def argument_of(frame: FrameType, index: int) -> Any:
    """What a function was called with; None for an argument that there is none of, or that its code has let go."""
    names = argument_names(frame.f_code)
    return frame.f_locals.get(names[index]) if -len(names) <= index < len(names) else None


def variables_of(frame: FrameType) -> list[tuple[str, Any]]:
    """The variables of compiled code by their Nix names; an inner one of a name stands behind the outer ones."""
    if frame.f_code.co_name in SELECTIONS:
        return _variables_of_selection(frame)
    variables = [(bound_name(name), value) for name, value in frame.f_locals.items() if name[-1:].isdecimal()]
    return [each for each in variables if each[0] != SCOPES]


def _variables_of_selection(frame: FrameType) -> list[tuple[str, Any]]:
    """The variable, or the sets of the `with`s, and what was selected of it so far."""
    _, _, start, end, *_ = _places_selected(frame)
    sets = sets_of_withs(frame)
    name = frame.f_globals[SOURCE].text[start:end]
    found = [(SCOPE, each) for each in sets] if sets else [(name, cell_of(frame)[1])]
    return [*found, ("", frame.f_locals["value"])] if "name" in frame.f_locals else found


def sets_of_withs(frame: FrameType) -> list[Any]:
    """The sets that `with` has opened around what compiled code evaluates, as far as they are variables of it."""
    if frame.f_code.co_name in SELECTIONS:
        environment = cell_of(frame)[1] if frame.f_code.co_name == "WITH_PATH" else ()
        return sets_within((environment,) if environment.__class__ is Withs else environment)
    return sets_within([value for name, value in frame.f_locals.items() if is_scope(name)])


def is_scope(variable: str) -> bool:
    """Whether a variable holds what `with` opens, be it a copy (see `compiler.frames`)."""
    return bound_name(variable.removesuffix("_f").removesuffix("_w")) in (SCOPE, SCOPES)


def sets_within(sets: Iterable[Any]) -> list[Any]:
    """The sets of `with`s one by one, of which some are several."""
    found: list[Any] = []
    for each in sets:
        found += each.sets if each.__class__ is Withs else (each,)
    return found


def cell_of(frame: FrameType) -> Any:
    """The cell that compiled code answers."""
    return frame.f_locals.get(CELL)


def written_place(function: Value) -> tuple[str, str]:
    """The file and "line:column" where a function of the language is written."""
    code = waiting_code(function)
    words = _words(code.__doc__)
    if not words:
        # A builtin that is a function of the language in C++ Nix.
        return code.nix_place  # type: ignore[no-any-return]  # set where the builtin is made
    return code.__code__.co_filename, words[arguments_taken(function)]


def arguments_taken(function: Value) -> int:
    """How many arguments a function of the language, made of fused lambdas, already has."""
    return len(argument_names(waiting_code(function).__code__)) - missing_arguments(function)


def next_parameter(function: Value) -> str:
    """The name of a function's next parameter; "" for formals without a name for the whole set."""
    names = argument_names(waiting_code(function).__code__)
    return names[arguments_taken(function)].rpartition("_")[0]


def formals_of(function: Value) -> tuple[Formal, ...] | None:
    """The formals that a function's next argument is taken apart by, or None."""
    row = formals_row(function)
    return None if row is None else formals_in(row)


def formals_row(function: Value) -> Row | None:
    """The same as the compiler has written it, one object for a place in a text."""
    if function.__class__ is not FunctionType:
        return None
    defaults = waiting_code(function).__defaults__
    row: Row | None = defaults[0] if defaults else None
    return row


def formals_in(row: Row) -> tuple[Formal, ...]:
    """What such a row says."""
    if row and row[0].__class__ is bytes:
        names, has_default, lines, columns = marshal.loads(row[0])
        places = zip(repeat(row[1], len(names)), lines, columns, strict=True)
        return tuple(zip(names, map(bool, has_default), places, strict=True))
    fields = zip(row[::5], row[1::5], row[2::5], row[3::5], row[4::5], strict=True)
    return tuple(
        [(name, optional == 1, (file, line, column) if line else file) for name, optional, file, line, column in fields]
    )


def defaults_of(function: Any) -> tuple[Any, ...] | None:
    """What a function has by default: all that it knows of formals, and nothing that was evaluated."""
    defaults: tuple[Any, ...] | None = function.__defaults__
    return defaults


def tell_formals(function: Any, formals: Row, ends_in_ellipsis: bool) -> None:
    """Gives a function, whose parameters behind the arguments are for that, the formals that it tells of itself."""
    function.__defaults__ = (formals, True) if ends_in_ellipsis else (formals,)


def exchange(
    function: Any, code: CodeType, defaults: tuple[Any, ...] | None
) -> tuple[CodeType, tuple[Any, ...] | None]:
    """Has a function of the runtime do what `code` does, for all who hold it; what it did before is given back."""
    before = function.__code__, function.__defaults__
    function.__code__, function.__defaults__ = code, defaults
    return before


def codes_within(code: CodeType) -> list[CodeType]:
    """The codes that are defined right in a code, in their order."""
    return [constant for constant in code.co_consts if constant.__class__ is code.__class__]


def codes_in(codes: Iterable[CodeType]) -> list[CodeType]:
    """Codes and all that are defined in them, in their order."""
    found: list[CodeType] = []
    for code in codes:
        found.append(code)
        found += codes_in(codes_within(code))
    return found


def in_its_place(function: Any, call: Callable[[Any], Value]) -> Any:
    """A function of one argument that does `call`, and says of itself what another one does."""

    def one(argument: Any) -> Value:
        """"""
        return call(argument)

    def two(argument: Any, formals: Any) -> Value:
        """"""
        return call(argument)

    def three(argument: Any, formals: Any, ellipsis: Any) -> Value:
        """"""
        return call(argument)

    code = function.__code__
    template: Any = (one, two, three)[code.co_argcount - 1]
    made = written_in(
        template.__code__,
        function.__doc__,
        co_name=code.co_name,
        co_filename=code.co_filename,
        co_firstlineno=code.co_firstlineno,
        co_varnames=code.co_varnames[: code.co_argcount],
    )
    kind: Any = FunctionType
    result = kind(made, template.__globals__, function.__name__, function.__defaults__, template.__closure__)
    result.__doc__ = function.__doc__
    return result


def written_in(template: CodeType, docstring: str | None, **fields: Any) -> CodeType:
    """The code of a function that has a docstring, with another one, and other fields besides."""
    return template.replace(co_consts=(docstring, *template.co_consts[1:]), **fields)


def takes_more(function: Value) -> bool:
    """Whether a function with formals ends them in `...`."""
    defaults = waiting_code(function).__defaults__
    return defaults is not None and len(defaults) > 1

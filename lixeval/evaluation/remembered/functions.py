"""Functions as arguments: told apart by their text and by what they have captured, and made again from these.

What a function of the language gives follows from the text of its lambda, from the variables that this takes from
around it, and from the folder that relative paths in it are relative to.  So a function that stands elsewhere after an
edit is the same one.  It is made again by compiling its text alone, under a name that no file has; who asks where
something of it is written has the evaluation start again without what is kept.

What looks for names in the set of a `with`, has captured something that its text does not name (an alias), or may mean
by a builtin's name something else, is not told apart.
"""

from __future__ import annotations

import re

from lixeval.runtime.code_info import SOURCE, captured_by, folder_of, text_of_function
from lixeval.runtime.values import waiting_code
from lixeval.system.cache import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lixeval.evaluation.evaluator import Evaluator
    from lixeval.runtime.thunks import Cell
    from lixeval.runtime.values import Value

    Text = tuple[str, str, tuple[str, ...]]
    """A text, the folder of its paths ("" where it has none), and the names that it takes from around it."""

LONGEST = 1 << 16


def text_of(function: Value, globals_: Callable[[str], bool], is_other: Callable[[str], bool]) -> Text | None:
    """What a function is made of besides what it has captured; None for one that is not told apart by it.

    `globals_` says which names are builtins', `is_other` which folders may be elsewhere the next time.
    """
    from lixeval.syntax.lexer import tokenize

    text, captured = text_of_function(function), captured_by(function)
    if text is None or captured is None or len(text) > LONGEST:
        return None
    tokens = tokenize(text, pipe_operators=True)
    names = {word for kind, _, _, word in tokens if kind == "ID"}
    if "__curPos" in names or not names.issuperset(captured):
        return None
    whole = waiting_code(function).__globals__[SOURCE].text
    if any(globals_(name) and _is_bound(name, whole) for name in names.difference(captured)):
        return None
    folder = folder_of(function) if any(kind.startswith("PATH") for kind, *_ in tokens) else ""
    return None if folder and is_other(folder) else (text, folder, tuple(sorted(captured)))


def _is_bound(name: str, text: str) -> bool:
    """Whether a name may be bound somewhere in a text: literals that are bound are not captured."""
    return re.search(rf"(?<![\w'-]){re.escape(name)}\s*=(?!=)", text) is not None


def made_of(evaluator: Evaluator, text: Text, variables: dict[str, Cell]) -> Value:
    """A function made of its text; raises what compiling it raises, be it that it takes another name from around it."""
    program = evaluator.part_of_file(*named(text))
    cell = program.cell(variables)
    value: Value = cell[0](cell)
    return value


def named(text: Text) -> tuple[str, str, str, tuple[str, ...]]:
    """A name for a text that nothing else has, and the text."""
    name = digest(repr(text).encode("utf-8", "surrogateescape")).hex()
    return f"«function {name}»", *text

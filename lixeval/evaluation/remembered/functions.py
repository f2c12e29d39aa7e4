"""Functions as arguments: told apart by their text and by what they have captured, and made again from these.

What a function of the language gives follows from the text of its lambda, from the variables that this takes from
around it, and from the folder that relative paths in it are relative to.  So a function that stands elsewhere after an
edit is the same one.  It is made again by compiling its text alone, under a name that no file has; who asks where
something of it is written has the evaluation start again without what is kept.

Literals that a `let` around it binds are not captured, but part of compiled code: they are made part of the text
(`let lit = 3; in FUNCTION`), where the file binds the name once.

What looks for names in the set of a `with` around it, has captured something that its text does not name (an alias), or
may mean by a name something else than its text alone would (a builtin's name, or with a `with` in it any, that the file
binds elsewhere) is not told apart.
"""

from __future__ import annotations

from functools import lru_cache

from lixeval.runtime.code_info import SOURCE, captured_by, folder_of, text_of_function
from lixeval.runtime.values import waiting_code
from lixeval.syntax.lexer import tokenize
from lixeval.system.cache import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lixeval.evaluation.evaluator import Evaluator
    from lixeval.runtime.thunks import Cell
    from lixeval.runtime.values import Value
    from lixeval.syntax.lexer import Token

    Text = tuple[str, str, tuple[str, ...]]
    """A text, the folder of its paths ("" where it has none), and the names that it takes from around it."""

LONGEST = 1 << 16


def text_of(function: Value, globals_: Callable[[str], bool], is_other: Callable[[str], bool]) -> Text | None:
    """What a function is made of besides what it has captured; None for one that is not told apart by it.

    `globals_` says which names are builtins', `is_other` which folders may be elsewhere the next time.
    """
    text, captured = text_of_function(function), captured_by(function)
    if text is None or captured is None or len(text) > LONGEST:
        return None
    tokens = tokenize(text, pipe_operators=True)
    names = {word for kind, _, _, word in tokens if kind == "ID"}
    if "__curPos" in names or not names.issuperset(captured):
        return None
    whole: str = waiting_code(function).__globals__[SOURCE].text
    literals: list[str] = []
    looks_into_sets = any(kind == "WITH" for kind, *_ in tokens)
    for name in sorted(_asked_for(tokens).difference(captured)):
        bound = _bound_in(whole).get(name, ())
        if len(bound) == len(_bound_in(text).get(name, ())):
            continue  # nothing around it binds the name
        if len(bound) == 1 and bound[0] and not looks_into_sets:
            literals.append(f"{name} = {bound[0]}; ")
        elif globals_(name) or looks_into_sets:
            return None
    if literals:
        text = f"let {''.join(literals)}in {text}"
    folder = folder_of(function) if any(kind.startswith("PATH") for kind, *_ in tokens) else ""
    return None if folder and is_other(folder) else (text, folder, tuple(sorted(captured)))


def _asked_for(tokens: Sequence[Token]) -> set[str]:
    """The names that may be variables: not what is selected, nor what is bound."""
    kinds = ["", *[kind for kind, *_ in tokens], ""]
    return {
        word
        for at, (kind, _, _, word) in enumerate(tokens)
        if kind == "ID" and kinds[at] != "DOT" and kinds[at + 2] != "ASSIGN"
    }


@lru_cache(maxsize=16)
def _bound_in(text: str) -> dict[str, tuple[str, ...]]:
    """For each name that a text binds, by `=` or `inherit`, the literals that it is bound to, "" for what is none."""
    tokens = tokenize(text, pipe_operators=True)
    found: dict[str, tuple[str, ...]] = {}
    inherits = False
    for before, (kind, _, _, word), (after, start, end, _), (last, *_) in zip(
        [None, *tokens], tokens, [*tokens[1:], _END], [*tokens[2:], _END, _END], strict=False
    ):
        inherits = kind == "INHERIT" or (inherits and kind != "SEMICOLON")
        literal = text[start:end] if after in _LITERALS and last == "SEMICOLON" else ""
        if kind == "ASSIGN" and before is not None:
            name = before[3].strip('"')
            found[name] = (*found.get(name, ()), literal)
        elif inherits and kind == "ID":
            found[word] = (*found.get(word, ()), "")
    return found


_END: Token = ("", 0, 0, "")
_LITERALS = frozenset(("INT_LIT", "FLOAT_LIT", "STRING", "IND_STRING"))


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

"""Values as the REPL shows them: evaluated, on several lines, as deep as asked; `nix eval` has them on one line.

    { a = 1; }          a set or list of one plain thing stays on its line
    {
      a = { ... };      deeper than asked
      b = «error: …»;   an attribute that fails; a whole that fails is an error
      d = «derivation /nix/store/….drv»;
      f = «lambda f @ FILE:LINE:COLUMN»;
    }

C++: print.cc, with the REPL's options.
"""

from __future__ import annotations

from lixeval.cli.output.colours import BLUE, CYAN, GREEN, MAGENTA, RED, painted
from lixeval.diagnostics import explained
from lixeval.formats.nix_text import attribute_name
from lixeval.runtime.compare import is_derivation
from lixeval.runtime.printing import scalar_text
from lixeval.runtime.showing import function_text
from lixeval.runtime.strings import store_path_of
from lixeval.runtime.thunks import FORWARDS, force
from lixeval.runtime.values import FUNCTION_TYPES, ContextString, Delayed, Path, Value, sorted_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MAX_DEPTH = 2**30


def shown(value: Delayed, *, depth: int = 1, colours: bool = False, one_line: bool = False) -> str:
    """A value's text; `depth` levels of sets and lists are opened below the outermost."""
    printer = _Printer(depth, (painted) if colours else lambda colour, text: text)
    printer.one_line = one_line
    printer.value(value, 0)
    return "".join(printer.out)


class _Printer:
    """One text being made.  Nesting is Python's own: the REPL evaluates deep, printing included."""

    def __init__(self, depth: int, paint: Callable[[str, str], str]) -> None:
        self.depth = depth
        self.paint = paint
        self.out: list[str] = []
        self.seen: set[int] = set()
        self.one_line = False

    def value(self, delayed: Delayed, level: int) -> None:
        try:
            value = force(delayed)
            leaf = self._leaf(value, delayed)
        except Exception as error:
            if not self._shows_failure(error, level):
                raise
            return
        if leaf is None:
            self._container(value, level)
        else:
            self.out.append(self.paint(*leaf))

    def _leaf(self, value: Value, delayed: Delayed) -> tuple[str, str] | None:
        """The colour and the text of what is shown without its parts; None for a set or list that is opened."""
        if value.__class__ is not dict and value.__class__ is not tuple:
            return _scalar(value)
        if self._is_repeated(value, delayed):
            return MAGENTA, "«repeated»"
        if value.__class__ is dict and is_derivation(value):
            return GREEN, f"«derivation {store_path_of(value['drvPath'])}»" if "drvPath" in value else "«derivation»"
        return None

    def _is_repeated(self, value: Value, delayed: Delayed) -> bool:
        """Whether a set or list was met before: in C++ all empty sets are one, empty lists none, and a list is the same
        only in the same cell.
        """
        if value.__class__ is dict:
            identity = id(value) if value else 0
        elif value:
            identity = id(_place(delayed))
        else:
            return False
        if identity in self.seen:
            return True
        self.seen.add(identity)
        return False

    def _shows_failure(self, error: Exception, level: int) -> bool:
        """Shows an error in the place of what has failed; on several lines that of the whole is not for here."""
        told = explained(error, frames=0) if level or self.one_line else None
        if told is not None:
            self.out.append(self.paint(RED, f"«error: {told.message}»"))
        return told is not None

    def _container(self, value: Value, level: int) -> None:
        is_set = value.__class__ is dict
        opening, closing = ("{", "}") if is_set else ("[", "]")
        if level > self.depth or (level == self.depth and level > 0):
            self.out.append(f"{opening} ... {closing}")
            return
        if not value:
            self.out.append(f"{opening} {closing}")
            return
        several = not self.one_line and _takes_lines(value)
        separator = "\n" + "  " * (level + 1) if several else " "
        self.out.append(opening)
        if is_set:
            for name in sorted_names(value):
                self.out.append(f"{separator}{attribute_name(name)} = ")
                self.value(value[name], level + 1)
                self.out.append(";")
        else:
            for element in value:
                self.out.append(separator)
                self.value(element, level + 1)
        self.out.append(("\n" + "  " * level if several else " ") + closing)


def _place(delayed: Delayed) -> Delayed:
    """The cell that holds what a delayed value gives, or the value where there is none."""
    while delayed.__class__ is list and delayed[0] in FORWARDS:
        delayed = delayed[1]
    return delayed


def _takes_lines(value: Value) -> bool:
    """Whether a set or list is written on several lines: more than one thing in it, or one that is no plain value."""
    if len(value) > 1:
        return True
    (only,) = value.values() if value.__class__ is dict else value
    try:
        only = force(only)
    except Exception:
        # It is forced again to be shown, and fails the same way.
        return False
    return only.__class__ is dict or only.__class__ is tuple


def _scalar(value: Value) -> tuple[str, str]:
    """The colour and the text of a value that holds no others."""
    if value.__class__ in FUNCTION_TYPES:
        return BLUE, function_text(value)
    text = str(scalar_text(value))
    if value.__class__ is str or value.__class__ is ContextString:
        return MAGENTA, text
    return GREEN if value.__class__ is Path else CYAN, text

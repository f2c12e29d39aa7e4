"""Values as XML (manual, "Built-in Functions": `toXML`; and what --xml prints).

    <expr>                                          the whole
    <int value="1" /> <float …/> <bool …/> <string …/> <path …/> <null />
    <list> values </list>
    <attrs> <attr name="a"> value </attr> … </attrs>         names in bytewise order; --xml adds where each was written
    <derivation drvPath="…" outPath="…"> as attrs </derivation>    its contents once, then <repeated />
    <function> <varpat name="x" /> </function>
    <function> <attrspat ellipsis="1" name="args"> <attr name="a" /> … </attrspat> </function>
    <unevaluated />                                 what is not evaluated, and builtins

Every element stands on a line of its own, indented by two blanks a level.  C++: value-to-xml.cc, xml-writer.cc.
"""

from __future__ import annotations

from lixeval.runtime.builtin import builtin
from lixeval.runtime.code_info import formals_of, next_parameter, takes_more, written_place
from lixeval.runtime.nesting import endless
from lixeval.runtime.printing import float_text, is_primop, is_primop_application
from lixeval.runtime.strings import make_string
from lixeval.runtime.thunks import FORWARD, READ, position_of
from lixeval.runtime.values import (
    FUNCTION_TYPES,
    ContextString,
    Delayed,
    Path,
    Value,
    sorted_names,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lixeval.runtime.thunks import Cell

MAX_SIZE = 2**31
"""Characters; more than this would be needed only for data nested very deeply or endlessly."""

_ESCAPES = (("&", "&amp;"), ('"', "&quot;"), ("<", "&lt;"), (">", "&gt;"), ("\n", "&#xA;"))


def to_xml(value: Delayed, *, strict: bool, location: bool = True) -> tuple[str, frozenset[str]]:
    """The XML of a value, and the context of the strings in it.

    `strict` forces everything; `location` adds where attributes and functions were written.
    """
    writer = _Writer(strict, location)
    writer.write(value)
    return "".join(writer.lines), frozenset(writer.context)


class _Writer:
    """One document being written: its lines so far, and what is left to do on a stack."""

    __slots__ = ("context", "depth", "inside", "lines", "location", "seen", "size", "stack", "strict")

    def __init__(self, strict: bool, location: bool) -> None:
        self.strict = strict
        self.location = location
        self.lines = ["<?xml version='1.0' encoding='utf-8'?>\n"]
        self.context: set[str] = set()
        self.seen: set[str] = set()
        """The drvPaths of derivations that have been written in full."""
        self.inside: set[int] = set()
        """The identities of the sets and lists that are being written."""
        self.depth = 0
        self.size = 0
        # Actions: what to call, and with what.
        self.stack: list[tuple[Callable[[Any], None], Any]] = []

    def write(self, value: Delayed) -> None:
        self._open("expr", {})
        self.stack.append((self._close, "expr"))
        self.stack.append((self._value, value))
        while self.stack:
            action, operand = self.stack.pop()
            action(operand)

    def _enter(self, container: Value) -> None:
        """Begins a set or list, which cannot be within itself."""
        if id(container) in self.inside:
            raise endless()
        self.inside.add(id(container))
        self.stack.append((self.inside.discard, id(container)))

    def _line(self, text: str) -> None:
        line = "  " * self.depth + text + "\n"
        self.size += len(line)
        if self.size > MAX_SIZE:
            raise endless()
        self.lines.append(line)

    def _empty(self, name: str, attributes: dict[str, str]) -> None:
        self._line(f"<{name}{_attribute_text(attributes)} />")

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._line(f"<{name}{_attribute_text(attributes)}>")
        self.depth += 1

    def _close(self, name: str) -> None:
        self.depth -= 1
        self._line(f"</{name}>")

    def _value(self, value: Delayed) -> None:
        """Writes a value that holds no others, begins one that does."""
        if value.__class__ is list:
            if not self.strict and not _is_evaluated(value):
                self._empty("unevaluated", {})
                return
            value = value[0](value)
        kind = value.__class__
        if kind is dict:
            self._set(value)
        elif kind is tuple:
            self._enter(value)
            self._open("list", {})
            self.stack.append((self._close, "list"))
            self.stack.extend([(self._value, element) for element in reversed(value)])
        elif kind in FUNCTION_TYPES:
            self._function(value)
        elif value is None:
            self._empty("null", {})
        else:
            if kind is ContextString:
                self.context |= value.context
            self._line(f'<{_LEAVES[kind]} value="{_escaped(_leaf_text(value))}" />')

    def _set(self, value: dict[str, Delayed]) -> None:
        name, attributes = "attrs", {}
        contents = True
        if _is_derivation(value):
            name = "derivation"
            for path in ("drvPath", "outPath"):
                text = self._path(value.get(path))
                if text is not None:
                    attributes[path] = text
            drv_path = attributes.get("drvPath", "")
            contents = drv_path != "" and drv_path not in self.seen
            self.seen.add(drv_path)
        if contents:
            self._enter(value)
        self._open(name, attributes)
        self.stack.append((self._close, name))
        if contents:
            self.stack.extend([(self._attribute, (name, value[name])) for name in reversed(sorted_names(value))])
        else:
            self._empty("repeated", {})

    def _path(self, value: Delayed) -> str | None:
        """The text of a derivation's path, if it is evaluated and a string; its context does not count here."""
        if value.__class__ is list:
            if not self.strict and not _is_evaluated(value):
                return None
            value = value[0](value)
        if value.__class__ is ContextString:
            text: str = value.text
            return text
        return value if value.__class__ is str else None

    def _attribute(self, named: tuple[str, Delayed]) -> None:
        name, value = named
        position = position_of(value) if self.location else None
        if position is None:
            self._line(f'<attr name="{_escaped(name)}">')
            self.depth += 1
        else:
            file, line, column = position
            attributes = {"name": name, "column": str(column), "line": str(line)}
            if not file.startswith("«"):
                attributes["path"] = file
            self._open("attr", attributes)
        self.stack.append((self._close, "attr"))
        self.stack.append((self._value, value))

    def _function(self, function: Value) -> None:
        if is_primop(function) or is_primop_application(function):
            self._empty("unevaluated", {})
            return
        attributes: dict[str, str] = {}
        if self.location:
            file, place = written_place(function)
            line, _, column = place.partition(":")
            attributes = {"column": column, "line": line}
            if not file.startswith("«"):
                attributes["path"] = file if file[0] == "/" else "/" + file[5:-1]
        self._open("function", attributes)
        parameter = next_parameter(function)
        formals = formals_of(function)
        if formals is not None:
            pattern = {"name": parameter} if parameter else {}
            if takes_more(function):
                pattern["ellipsis"] = "1"
            self._open("attrspat", pattern)
            for formal in sorted_names({name: None for name, _, _ in formals}):
                self._empty("attr", {"name": formal})
            self._close("attrspat")
        else:
            self._empty("varpat", {"name": parameter})
        self._close("function")


_LEAVES: dict[type, str] = {
    int: "int",
    float: "float",
    bool: "bool",
    str: "string",
    ContextString: "string",
    Path: "path",
}


def _leaf_text(value: Value) -> str:
    kind = value.__class__
    if kind is str:
        text: str = value
        return text
    if kind is ContextString or kind is Path:
        text = value.text
        return text
    if kind is bool:
        return "true" if value else "false"
    return float_text(value) if kind is float else str(value)


def _attribute_text(attributes: dict[str, str]) -> str:
    return "".join([f' {name}="{_escaped(attributes[name])}"' for name in sorted(attributes)])


def _escaped(text: str) -> str:
    """A text between quotation marks; looking for each of the five takes less than going through all characters."""
    for character, escape in _ESCAPES:
        if character in text:
            text = text.replace(character, escape)
    return text


def _is_evaluated(cell: Cell) -> bool:
    while cell[0] is FORWARD:
        cell = cell[1]
        if cell.__class__ is not list:
            return True
    return cell[0] is READ or hasattr(cell[0], "is_at_hand")


def _is_derivation(value: dict[str, Delayed]) -> bool:
    """Whether a set says that it is a derivation; forces its `type`, as C++ does here even when not strict."""
    kind = value.get("type")
    if kind.__class__ is list:
        kind = kind[0](kind)
    return (kind.text if kind.__class__ is ContextString else kind) == "derivation"


@builtin("toXML")
def to_xml_builtin(value: Delayed) -> Value:
    """A value as XML text.  Forces it with everything in it; functions show the names of their arguments.

    >>> builtins.toXML [ 1 ]
    "<?xml version='1.0' encoding='utf-8'?>\\n<expr>\\n  <list>\\n    <int value=\\"1\\" />\\n  </list>\\n</expr>\\n"
    """
    return make_string(*to_xml(value, strict=True, location=False))

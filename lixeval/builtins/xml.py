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
from lixeval.runtime.thunks import FORWARDS, READ, position_of
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
    from collections.abc import Iterator
    from typing import Any

    from lixeval.runtime.thunks import Cell

    _Members = Iterator[tuple[str, Delayed]]
    """Values, each behind what is written before it: blanks, of a set's the tag of the attribute too."""

    _Container = tuple[_Members, int, str, str, Value]
    """What is left of a set or list: its members, how deep their elements stand, what is written behind each, what
    behind all of them, and itself; None where its members are not written.
    """

MAX_SIZE = 2**31
"""Characters; more than this would be needed only for data nested very deeply or endlessly."""

_UNEVALUATED = object()
"""In the place of a value that is not evaluated."""

_TRUE, _FALSE = '<bool value="true" />\n', '<bool value="false" />\n'


def to_xml(value: Delayed, *, strict: bool, location: bool = True) -> tuple[str, frozenset[str]]:
    """The XML of a value, and the context of the strings in it.

    `strict` forces everything; `location` adds where attributes and functions were written.
    """
    writer = _Writer(strict, location)
    writer.write(value)
    return "".join(writer.lines), frozenset(writer.context)


class _Writer:
    """One document being written: its text so far, and what of it is known."""

    __slots__ = ("context", "inside", "lines", "location", "seen", "shapes", "strict")

    def __init__(self, strict: bool, location: bool) -> None:
        self.strict = strict
        self.location = location
        self.lines = ["<?xml version='1.0' encoding='utf-8'?>\n<expr>\n"]
        self.context: set[str] = set()
        self.seen: set[str] = set()
        """The drvPaths of derivations that have been written in full."""
        self.inside: set[int] = set()
        """The identities of the sets and lists that are being written."""
        self.shapes: dict[tuple[str, ...], tuple[list[str], list[str]]] = {}
        """Of sets, by blanks and names, the names in order, and what is written before each: a list of options has many
        sets of few shapes."""

    def write(self, value: Delayed) -> None:
        """Writes members up to the first that holds others, then those of that one, and so on: so a string or number
        among thousands, which most are, takes one step.
        """
        strict, put = self.strict, self.lines.append
        size = 0
        container: _Container = (iter((("  ", value),)), 1, "", "</expr>\n", None)
        around: list[_Container] = []
        while True:
            members, depth, behind, end, itself = container
            for before, member in members:
                if member.__class__ is list:
                    member = member[0](member) if strict or _is_evaluated(member) else _UNEVALUATED
                kind = member.__class__
                if kind is str:
                    text = f'{before}<string value="{_escaped(member)}" />\n{behind}'
                elif kind is bool:
                    text = f"{before}{_TRUE if member else _FALSE}{behind}"
                elif kind is dict or kind is tuple:
                    around.append(container)
                    container, text = self._begun(member, depth, before, behind)
                    size += len(text)
                    put(text)
                    break
                else:
                    text = f"{before}{self._leaf(member, depth)}{behind}"
                size += len(text)
                put(text)
            else:
                put(end)
                self.inside.discard(id(itself))
                if not around:
                    return
                container = around.pop()
            if size > MAX_SIZE:
                raise endless()

    def _begun(self, value: Any, depth: int, before: str, behind: str) -> tuple[_Container, str]:
        """A set or list as what is to be written of it, and how it begins; its element stands `depth` levels down, and
        `behind` is written behind that.
        """
        indent = "  " * depth
        if value.__class__ is tuple:
            self._enter(value)
            elements = zip([indent + "  "] * len(value), value)  # noqa: B905  which takes as long as a short list
            return (elements, depth + 1, "", f"{indent}</list>\n{behind}", value), f"{before}<list>\n"
        name, described = "attrs", ""
        if _is_derivation(value):
            name = "derivation"
            paths = {path: self._path(value.get(path)) for path in ("drvPath", "outPath")}
            described = _attribute_text({path: text for path, text in paths.items() if text is not None})
            drv_path = paths["drvPath"] or ""
            is_known = drv_path == "" or drv_path in self.seen
            self.seen.add(drv_path)
            if is_known:
                begin = f"{before}<{name}{described}>\n{indent}  <repeated />\n"
                return (iter(()), 0, "", f"{indent}</{name}>\n{behind}", None), begin
        self._enter(value)
        members = self._attributes(value, indent + "  ")
        end = f"{indent}</{name}>\n{behind}"
        return (members, depth + 2, indent + "  </attr>\n", end, value), f"{before}<{name}{described}>\n"

    def _enter(self, container: Value) -> None:
        """Takes note of a set or list, which cannot be within itself."""
        if id(container) in self.inside:
            raise endless()
        self.inside.add(id(container))

    def _attributes(self, attributes: dict[str, Delayed], indent: str) -> _Members:
        """The attributes of a set, whose tags stand behind `indent`."""
        shape = (indent, *attributes)
        known = self.shapes.get(shape)
        if known is None:
            names = sorted_names(attributes)
            known = self.shapes[shape] = names, [f"{indent}{_opening(name, None)}{indent}  " for name in names]
        names, before = known
        values = [attributes[name] for name in names]
        if self.location:
            openings = [_opening(name, position_of(value)) for name, value in zip(names, values, strict=True)]
            before = [f"{indent}{opening}{indent}  " for opening in openings]
        return zip(before, values)  # noqa: B905

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

    def _leaf(self, value: Value, depth: int) -> str:
        """The element of a value that holds no others; its first line is indented by who writes it."""
        kind = value.__class__
        if kind in FUNCTION_TYPES:
            return self._function(value, depth)
        if value is None:
            return "<null />\n"
        if value is _UNEVALUATED:
            return "<unevaluated />\n"
        if kind is ContextString:
            self.context |= value.context
        return f'<{_LEAVES[kind]} value="{_escaped(_leaf_text(value))}" />\n'

    def _function(self, function: Value, depth: int) -> str:
        if is_primop(function) or is_primop_application(function):
            return "<unevaluated />\n"
        attributes: dict[str, str] = {}
        if self.location:
            file, place = written_place(function)
            line, _, column = place.partition(":")
            attributes = {"column": column, "line": line}
            if not file.startswith("«"):
                attributes["path"] = file if file[0] == "/" else "/" + file[5:-1]
        indent = "\n" + "  " * depth
        parameter = next_parameter(function)
        formals = formals_of(function)
        if formals is None:
            pattern = f"{indent}  <varpat{_attribute_text({'name': parameter})} />"
        else:
            named = {"name": parameter} if parameter else {}
            if takes_more(function):
                named["ellipsis"] = "1"
            names = sorted_names({name: None for name, _, _ in formals})
            inner = "".join([f"{indent}    <attr{_attribute_text({'name': name})} />" for name in names])
            pattern = f"{indent}  <attrspat{_attribute_text(named)}>{inner}{indent}  </attrspat>"
        return f"<function{_attribute_text(attributes)}>{pattern}{indent}</function>\n"


def _opening(name: str, position: tuple[str, int, int] | None) -> str:
    """The tag that begins an attribute, written there."""
    if position is None:
        return f'<attr name="{_escaped(name)}">\n'
    file, line, column = position
    attributes = {"name": name, "column": str(column), "line": str(line)}
    if not file.startswith("«"):
        attributes["path"] = file
    return f"<attr{_attribute_text(attributes)}>\n"


_LEAVES: dict[type, str] = {
    int: "int",
    float: "float",
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
    return float_text(value) if kind is float else str(value)


def _attribute_text(attributes: dict[str, str]) -> str:
    return "".join([f' {name}="{_escaped(attributes[name])}"' for name in sorted(attributes)])


def _escaped(text: str) -> str:
    """A text between quotation marks; looking for each of the five takes less than going through all characters."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if '"' in text:
        text = text.replace('"', "&quot;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if "\n" in text:
        text = text.replace("\n", "&#xA;")
    return text


def _is_evaluated(cell: Cell) -> bool:
    while cell[0] in FORWARDS:
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

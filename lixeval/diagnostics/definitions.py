"""Where the user has written what a library complains of: the definition of an option, a module's argument, a file.

nixpkgs' module system finds mistakes long after they were read, and far from them.  What it throws is the text of a
program, and that text names the option and the files, and shows the values:

    The option `services.ngnix' does not exist. Definition values:
    - In `/etc/nixos/web.nix': true

So do the lines of `addErrorContext` ("while evaluating the option `services.web.port':").  An option that is named so
is looked for in what the user has written and this evaluation has read.  A definition is an attribute whose name, with
those of the sets around it, ends in the option's, at the border of a module; it may stand within mkIf, mkMerge, lists
of modules and functions.  A place that is not found is not named.
"""

from __future__ import annotations

import os

from lixeval.diagnostics.outline import Outline
from lixeval.diagnostics.wording import Trace
from lixeval.source import Source, Span
from lixeval.syntax import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FILES = 300
"""No more files of the user's are looked through."""

BORDERS = ("config", "configuration", "modules", "module", "imports", "options")
"""Attributes that hold modules, or a module's own parts: no option's name goes on beyond them."""

_QUOTED = r"`([^`'\n]+(?:'[^`'\n]*)*?)['`]|‘([^’\n]+)’"
_DEFINED = r"(?m)^- In `(.+)'(?:: (.*))?:?$"
_ENTRY = r"\[definition (\d+)-entry (\d+)\]"


class Shown:
    """A definition as a message shows it: the file it is in, and its value where that is on the same line."""

    __slots__ = ("file", "value")

    def __init__(self, file: str, value: str) -> None:
        self.file = file
        self.value = value


class Definition:
    """A place where an option is defined, or declared: the attribute, and the names in the set that has it.

    It is `certain` where a module begins in front of the option's name.
    """

    __slots__ = ("attribute", "beside", "certain", "declares", "outline")

    def __init__(
        self, outline: Outline, attribute: nodes.Attribute, beside: tuple[str, ...], certain: bool, declares: bool
    ) -> None:
        self.outline = outline
        self.attribute = attribute
        self.beside = beside
        self.certain = certain
        self.declares = declares

    def of(self, attribute: nodes.Attribute) -> Definition:
        """The same of another attribute, which is in the value."""
        return Definition(self.outline, attribute, self.beside, self.certain, self.declares)

    @property
    def value(self) -> nodes.Expression | None:
        return self.attribute.value

    @property
    def span(self) -> Span:
        """The name; of `a.b.c = …` its part of that."""
        start, end, name = self.attribute.start, self.attribute.end, self.attribute.name
        within = self.outline.source.text.find(name, start, end)
        return self.outline.span(within, within + len(name)) if within >= 0 else self.outline.span(start, end)

    @property
    def whole(self) -> Span:
        """The name with its value, as far as they are on one line."""
        name, value = self.span, self.value
        if value is None or self.attribute.kind != "plain":
            return name
        end = self.outline.span(value.start, value.end)
        whole = Span(name.source, name.line, name.column, end.end_line, end.end_column)
        return whole if whole.end_line == name.line else name


def named_by(text: str, trace: Trace, use: Span | None) -> list[Span]:
    """Where the user has written what a text names: the definitions of an option, or the next best.

    `use` is the innermost place of the user's on the way, which may be where an option is read that nobody has defined.
    """
    names = quoted_names(text)
    own = list(own_outlines(trace)) if names else []
    shown = shown_definitions(text) or [Shown(file, "") for file in _quoted(text) if file.startswith("/")]
    for name in names:
        found = _definitions(own, name, shown, use)
        if found:
            return found
    return []


# What a text says


def quoted_names(text: str) -> list[str]:
    """What a text quotes as nixpkgs quotes the names of options, in order."""
    return [name for name in dict.fromkeys(_quoted(text)) if not name.startswith(("/", "<unknown"))]


def _quoted(text: str) -> list[str]:
    if "`" not in text and "‘" not in text:
        return []
    import re  # most failures are no complaint of a library, and need none of these patterns

    return [first or second for first, second in re.findall(_QUOTED, text)]


def shown_definitions(text: str) -> list[Shown]:
    """The definitions that a text lists."""
    if "- In `" not in text:
        return []
    import re

    return [Shown(file, value or "") for file, value in re.findall(_DEFINED, text)]


def parts_of(name: str) -> list[str]:
    """The names in an option's name: `a."b.c".d` has three."""
    import re

    return [quoted or plain for quoted, plain in re.findall(r'"((?:[^"\\]|\\.)*)"|([^."]+)', name)]


def _entry(name: str) -> int | None:
    """Which entry of a list a part of an option's name means, from 0; None for a name that somebody gave."""
    import re

    found = re.fullmatch(_ENTRY, name)
    return None if found is None else int(found[2]) - 1


# What the user has written


def own_outlines(trace: Trace, *words: str) -> Iterator[Outline]:
    """All that the user has written and this evaluation has read, what is nearest to the failure first; with `words`
    those texts alone in which these stand, for each is parsed."""
    steps = [step.source for step in reversed(trace.steps) if step.source is not None]
    known = [source.texts.own for source in steps[:1] if source.texts is not None]
    seen: set[tuple[bool, str]] = set()
    for source in [*(each for each in steps if not each.is_library), *(each for own in known for each in own)]:
        key = source.is_file, source.name if source.is_file else source.text
        if key not in seen and len(seen) < MAX_FILES:
            seen.add(key)
            if all(word in source.text for word in words):
                yield trace.outlines.of(source)


# Definitions


def _definitions(own: list[Outline], name: str, shown: list[Shown], use: Span | None) -> list[Span]:
    """Where an option is defined, what a message shows first and in its order; else where it is declared, else the
    definition of a set that it belongs to, or the module's argument of that name."""
    path = parts_of(name)
    entries: list[int] = []
    while path and (entry := _entry(path[-1])) is not None:
        entries.insert(0, entry)
        path.pop()
    wrong = [each for outline in own for each in defined_in(outline, path, options=True) if _is_misplaced(each)]
    if wrong:
        return [each.whole for each in wrong]
    defined = [each for outline in own for each in defined_in(outline, path)]
    defined = [each for each in defined if each.certain] or defined
    if defined and entries:
        return _elements(defined, entries, shown)
    defined = _as_shown(defined, shown) or defined
    if defined:
        return [each.whole for each in defined]
    declared = [each for outline in own for each in defined_in(outline, path, options=True)]
    reading = _reading(use, own, path) if len(declared) == 1 and not shown and use is not None else None
    if reading is not None:
        return [reading]
    if declared:
        return [_default(each) if shown else each.whole for each in declared]
    defaults = [
        _default(each) for outline in own for each in defined_in(outline, path[-1:], options=True) if each.declares
    ]
    defaults = [span for span in defaults if shown and _ends_with(span, shown[0].value)]
    if defaults:
        return defaults  # of an option in a submodule's type
    # The first name alone says too little, but of a list what is in it is no name that somebody writes.
    least = 1 if len(path) > 1 and _entry(path[1]) is not None else 2
    for length in range(len(path) - 1, least - 1, -1):
        around = [each for outline in own for each in defined_in(outline, path[:length]) if each.certain]
        if around:
            return [around[0].whole]
    return [span for outline in own for span in _formals(outline, name)][:1]


def _ends_with(span: Span, value: str) -> bool:
    """Whether a place, `default = "80"`, ends in a value as it is printed."""
    source = span.source
    end = source.offset(span.end_line, span.end_column)
    return bool(value) and source.text[source.offset(span.line, span.column) : end].endswith(value)


def _reading(use: Span, own: list[Outline], path: list[str]) -> Span | None:
    """The selection of an option, `config.host`, at a place."""
    outline = next((each for each in own if each.source.name == use.source.name), None)
    number = -1 if outline is None else outline.find(use)
    node = None if outline is None or number < 0 else outline.nodes[number]
    if outline is None or not isinstance(node, nodes.Select) or node.path[-1:] != tuple(path[-1:]):
        return None
    return outline.span(node.start, node.end)


def _is_misplaced(definition: Definition) -> bool:
    """Whether an attribute stands where a module can have none: beside `config`, or as an option that is a literal."""
    if definition.declares:
        return isinstance(definition.value, nodes.Int | nodes.Float | nodes.String | nodes.List | nodes.Path)
    beside = definition.beside
    return ("config" in beside or "options" in beside) and definition.attribute.name not in MODULE


MODULE = ("config", "options", "imports", "meta", "key", "disabledModules", "freeformType", "_file", "_class")
"""What a module has that says `config` or `options`."""


def defined_in(outline: Outline, path: list[str], *, options: bool = False) -> Iterator[Definition]:
    """The definitions of an option in one source, in the order of the text; its declarations too if asked for."""
    if not path:
        return
    found = []
    for number, node in enumerate(outline.nodes):
        if not isinstance(node, nodes.AttributeSet):
            continue
        attribute = node.bindings.attributes.get(path[-1])
        border = None if attribute is None else _border(outline, number, path[:-1])
        if attribute is not None and border is not None and (options or border != "options"):
            beside = tuple(node.bindings.attributes)
            found.append(Definition(outline, attribute, beside, border != "?", border == "options"))
    found.sort(key=lambda each: each.attribute.start)
    yield from found


def _border(outline: Outline, number: int, path: list[str]) -> str | None:
    """What is around a set that stands at an option's path: "config", "options", "?" for what may be no module.

    None where it does not stand at that path.
    """
    left = list(path)
    is_module = True
    for each in outline.upward(number):
        role = outline.role(each)
        if role.kind == "attribute":
            if not left:
                known = role.name in BORDERS or not is_module
                return role.name if role.name == "options" else "config" if known else "?"
            if role.name not in (left[-1], "${…}"):
                return None
            left.pop()
        elif role.kind == "element":
            entry = _entry(left[-1]) if left else None
            if entry is not None and int(role.name) != entry:
                return None
            if entry is not None:
                left.pop()
            is_module = is_module and bool(left)
        elif role.kind == "variable":
            return "?" if not left else None
        elif isinstance(outline.nodes[each], nodes.Lambda):
            is_module = is_module and bool(left)
    return "config" if not left else None


def _as_shown(candidates: list[Definition], shown: list[Shown]) -> list[Definition]:
    """The candidates that a message shows, in its order: by the file, and by the value where that is a literal."""
    found: list[Definition] = []
    for one in shown:
        there = [each for each in candidates if each not in found and _is_in(each, one.file)]
        equal = [each for each in there if one.value and printed(each.value) == one.value]
        found += (equal or [each for each in there if printed(each.value) is None] or there)[:1]
    return found


def _is_in(definition: Definition, file: str) -> bool:
    return file.startswith("<") or definition.outline.source.name in (file, os.path.join(file, "default.nix"))


def printed(value: nodes.Expression | None) -> str | None:
    """A literal as Nix prints it; None for what has to be evaluated."""
    node = within_properties(value)
    is_literal = isinstance(node, nodes.Int | nodes.Float) or (
        isinstance(node, nodes.String) and all(isinstance(part, str) for part in node.parts)
    )
    if is_literal or (isinstance(node, nodes.Variable) and node.name in ("true", "false", "null")):
        from lixeval.syntax.unparse import unparse  # hardly any message shows values

        assert node is not None
        return unparse(node, "/")
    return None


def _is_property(function: str) -> bool:
    """Whether a function is called as those are that make properties: mkIf, mkForce."""
    rest = function[2:]
    return function.startswith("mk") and rest.isascii() and rest.isalpha() and rest[0].isupper()


def within_properties(node: nodes.Expression | None) -> nodes.Expression | None:
    """The value within `mkIf condition value`, `mkForce value`, `mkOverride 10 value`."""
    while isinstance(node, nodes.Apply):
        function = node.function
        name = function.path[-1] if isinstance(function, nodes.Select) else getattr(function, "name", "")
        if not isinstance(name, str) or not _is_property(name):
            return node
        node = node.arguments[-1]
    return node


def _elements(definitions: list[Definition], entries: list[int], shown: list[Shown]) -> list[Span]:
    """The element of a list, or of one in it, by indices: of the definition that shows the value, or the first one."""
    found: list[tuple[Definition, nodes.Expression]] = []
    for definition in definitions:
        value = within_properties(definition.value)
        for index in entries:
            items = value.items if isinstance(value, nodes.List) else ()
            value = within_properties(items[index]) if index < len(items) else None
        if value is not None:
            found.append((definition, value))
    told = [(definition, value) for definition, value in found if printed(value) in [each.value for each in shown]]
    for definition, value in told or found:
        return [definition.outline.span(value.start, value.end)]
    return [definitions[0].whole]


def _default(definition: Definition) -> Span:
    """The default in a declaration: where nobody else defines an option, a value that is wrong is that."""
    declared = within_properties(definition.value)
    attribute = declared.bindings.attributes.get("default") if isinstance(declared, nodes.AttributeSet) else None
    return definition.whole if attribute is None else definition.of(attribute).whole


def _formals(outline: Outline, name: str) -> Iterator[Span]:
    """Where a function asks for an argument by name."""
    for node in outline.nodes:
        if isinstance(node, nodes.Lambda) and node.formals is not None:
            for formal in node.formals.formals:
                if formal.name == name and formal.default is None:
                    yield outline.span(formal.start, formal.start + len(name))


def path_of(node: nodes.Node, source: Source) -> str | None:
    """The path that a literal without interpolations stands for; None for any other node."""
    if not isinstance(node, nodes.Path) or len(node.parts) != 1:
        return None
    text = str(node.parts[0])
    if text.startswith("~"):
        return os.path.expanduser(text)
    folder = os.path.dirname(source.name) if source.is_file else os.getcwd()
    return os.path.normpath(os.path.join(folder, text))

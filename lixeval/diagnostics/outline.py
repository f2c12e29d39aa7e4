"""What stands at a place: a source parsed once more, after something has failed in it.

Compiled code knows places only, which costs it nothing.  What an expression at a place is to its surroundings (the
attribute `x`, the second argument of `f`, the condition of an `if`) is found here, from the text that the source still
holds, when an error is to be explained.  Nodes are found by the range of text that they span.
"""

from __future__ import annotations

from lixeval.errors import NixSyntaxError
from lixeval.source import Source, Span
from lixeval.syntax import nodes
from lixeval.system.cache import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Child = tuple[nodes.Node, "Role"]


class Role:
    """What a node is to its parent.

    `kind` is one of: root, attribute, variable, argument, element, default, source, scope, part, condition, assertion,
    key, operand, and "" for what needs no name.  `name` is the attribute's, the function's, the index, the operator.
    `start` and `end` are the offsets of the name where it stands apart from the value, else both -1.
    """

    __slots__ = ("end", "kind", "name", "start")

    def __init__(self, kind: str, name: str = "", start: int = -1, end: int = -1) -> None:
        self.kind = kind
        self.name = name
        self.start = start
        self.end = end


PLAIN = Role("")


class Outline:
    """The nodes of one source, with their roles and parents, by number: parents come before their children."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.nodes: list[nodes.Node] = []
        self.roles: list[Role] = []
        self.parents: list[int] = []
        self._by_span: dict[tuple[int, int], int] = {}
        self._numbers: dict[int, int] = {}
        self._read()

    def _read(self) -> None:
        try:
            root = _tree(self.source)
        except NixSyntaxError:
            return
        work: list[tuple[nodes.Node, int, Role]] = [(root, -1, Role("root"))]
        while work:
            node, parent, role = work.pop()
            number = len(self.nodes)
            self.nodes.append(node)
            self.roles.append(role)
            self.parents.append(parent)
            self._numbers[id(node)] = number
            self._by_span.setdefault((node.start, node.end), number)
            further = _FURTHER_SPANS.get(node.__class__)
            if further is not None:
                for span in further(node):
                    self._by_span.setdefault(span, number)
            children = _CHILDREN.get(node.__class__)
            if children is not None:
                work += [(child, number, child_role) for child, child_role in children(node)]

    def find(self, span: Span) -> int:
        """The number of the node that spans a range, or of the smallest one around it; -1 where there is none."""
        start = self.source.offset(span.line, span.column)
        end = self.source.offset(span.end_line, span.end_column)
        return self.spanning(start, end)

    def spanning(self, start: int, end: int) -> int:
        """As `find`, by offsets."""
        found = self._by_span.get((start, end))
        if found is not None:
            return found
        best, size = -1, len(self.source.text) + 2
        for number, node in enumerate(self.nodes):
            if node.start <= start and end <= node.end and node.end - node.start < size:
                best, size = number, node.end - node.start
        return best

    def function_at(self, line: int, column: int) -> int:
        """The number of the outermost function that begins at a place, or -1."""
        start = self.source.offset(line, column)
        for number, node in enumerate(self.nodes):
            if node.start == start and isinstance(node, nodes.Lambda):
                return number
        return -1

    def named_at(self, line: int, column: int) -> int:
        """The number of the value of the attribute or variable whose name begins at a place, or -1."""
        start = self.source.offset(line, column)
        for number in range(len(self.roles) - 1, -1, -1):
            if self.roles[number].start == start:
                return number
        return -1

    def number_of(self, node: nodes.Node) -> int:
        """The number of a node of this source."""
        return self._numbers[id(node)]

    def _binder(self, number: int) -> int:
        """The number of the `let`, recursive set or function that binds a variable; -1 for none of these."""
        variable = self.nodes[number]
        assert isinstance(variable, nodes.Variable)
        below = number
        for each in self.upward(number):
            node = self.nodes[each]
            if isinstance(node, nodes.Lambda) and variable.name in _parameters(node):
                return each
            if isinstance(node, nodes.Let) or (isinstance(node, nodes.AttributeSet) and node.recursive):
                bound = node.bindings.attributes.get(variable.name)
                if bound is not None and not (bound.kind == "inherited" and bound.value is self.nodes[below]):
                    return each
            below = each
        return -1

    def is_free(self, number: int) -> bool:
        """Whether no text around a variable binds it: a `with` may."""
        return self._binder(number) < 0

    def parameter_of(self, number: int) -> int:
        """The number of the function whose parameter a variable is; -1 where it is none."""
        binder = self._binder(number)
        return binder if binder >= 0 and isinstance(self.nodes[binder], nodes.Lambda) else -1

    def first_parameter(self, node: nodes.Node) -> int:
        """The number of the first variable within a node that is a parameter; -1 where there is none."""
        best = -1
        for number, each in enumerate(self.nodes):
            if not isinstance(each, nodes.Variable) or not node.start <= each.start <= each.end <= node.end:
                continue
            if (best < 0 or each.start < self.nodes[best].start) and self.parameter_of(number) >= 0:
                best = number
        return best

    def parameter_behind(self, node: nodes.Node) -> int:
        """As `first_parameter`, or within what a variable of the node is bound to by a `let` around it."""
        found = self.first_parameter(node)
        if found >= 0:
            return found
        for number, each in enumerate(self.nodes):
            if isinstance(each, nodes.Variable) and node.start <= each.start <= each.end <= node.end:
                bound = self.binding_of(number)
                if bound is not None and bound.value is not None:
                    found = self.first_parameter(bound.value)
                    if found >= 0:
                        return found
        return -1

    def binding_of(self, number: int) -> nodes.Attribute | None:
        """What binds a variable in a `let` or recursive set."""
        binder = self._binder(number)
        node = self.nodes[binder] if binder >= 0 else None
        if isinstance(node, nodes.Let | nodes.AttributeSet):
            name = self.nodes[number].name  # type: ignore[attr-defined]  # a variable has one
            return node.bindings.attributes[name]
        return None

    def source_of_inherited(self, start: int) -> nodes.Expression | None:
        """The expression from which the name that begins at an offset is inherited."""
        for node in self.nodes:
            if isinstance(node, nodes.Let | nodes.AttributeSet):
                for attribute in node.bindings.attributes.values():
                    if attribute.start == start and attribute.source >= 0:
                        return node.bindings.sources[attribute.source]
        return None

    def set_before(self, start: int) -> str:
        """From which set the name that begins at an offset is selected: `b` for that of `a.b.name`; "" for none."""
        for node in self.nodes:
            if isinstance(node, nodes.Select) and start in node.path_starts:
                index = node.path_starts.index(start)
                before = node.path[index - 1] if index else node.subject
                if isinstance(before, nodes.Variable):
                    return before.name
                return before if isinstance(before, str) else ""
        return ""

    def called_name(self, node: nodes.Apply) -> str:
        """The name by which a call names its function: `f`, `lib.f`; "" for none."""
        return _function_name(node.function)

    def upward(self, number: int) -> Iterator[int]:
        """A node and those around it, innermost first."""
        while number >= 0:
            yield number
            number = self.parents[number]

    def span(self, start: int, end: int) -> Span:
        return Span(self.source, *self.source.line_and_column(start), *self.source.line_and_column(end))

    def span_of(self, number: int) -> Span:
        """Where a node is named, or where it stands."""
        role, node = self.roles[number], self.nodes[number]
        if role.start >= 0:
            return self.span(role.start, role.end)
        return self.span(node.start, node.end)

    def text(self, node: nodes.Node) -> str:
        return self.source.text[node.start : node.end]

    def qualified_name(self, number: int) -> str:
        """The short name of what is evaluated: `x`, `x.y` for an attribute of a named set, `xs[2]`; "" for none."""
        name = ""
        for each in self.upward(number):
            role = self.roles[each]
            if role.kind == "element":
                name = f"[{role.name}]{name}"
            elif role.kind in ("attribute", "variable", "default"):
                name = role.name + ("" if not name or name[0] == "[" else ".") + name
                if role.kind != "attribute":
                    break
            else:
                break
        return name


_LARGE = 1 << 12
"""Of so many characters a text is sooner read from the cache than parsed."""


def _tree(source: Source) -> nodes.Node:
    """The nodes of a source; those of a large text are kept beside its code."""
    cache = None if source.texts is None or len(source.text) < _LARGE else source.texts.code_cache
    if cache is None:
        return _parsed(source)
    from lixeval.syntax.kept_tree import as_data, from_data

    key = cache.key(digest(source.text.encode("utf-8", "surrogateescape")), "tree")
    kept = cache.load_table(key)
    if kept is not None:
        return from_data(kept)
    tree = _parsed(source)
    cache.save_table(key, as_data(tree))
    return tree


def _parsed(source: Source) -> nodes.Node:
    from lixeval.syntax.parser import parse
    from lixeval.syntax.tables import at_hand

    return parse(source, pipe_operators=True, tables=at_hand())


def _selected(node: nodes.Select) -> list[tuple[int, int]]:
    spans = []
    for element, start in zip(node.path, node.path_starts, strict=True):
        end = start + len(element) if isinstance(element, str) else node.end
        spans.append((start, min(end, node.end)))
    return spans


_FURTHER_SPANS: dict[type, Callable[[Any], list[tuple[int, int]]]] = {
    nodes.Binary: lambda node: [(node.operator_start, node.operator_start + len(node.operator))],
    nodes.Select: _selected,
    nodes.Lambda: lambda node: [(node.start, node.body.start)],
}
"""Other ranges by which compiled code means a node: an operator, a selected name, the head of a function."""


_PART, _SCOPE, _ASSERTION, _CONDITION, _KEY, _SOURCE = (
    Role(kind) for kind in ("part", "scope", "assertion", "condition", "key", "source")
)
_OPERANDS = {operator: Role("operand", operator) for operator in ("!", "&&", "||", "->", "//", "++")}


def _parts(node: nodes.String | nodes.Path) -> list[Child]:
    return [(part, _PART) for part in node.parts if not isinstance(part, str)]


def _of_select(node: nodes.Select) -> list[Child]:
    found: list[Child] = [(node.subject, PLAIN), *_keys(node.path)]
    return found if node.default is None else [*found, (node.default, PLAIN)]


def _of_apply(node: nodes.Apply) -> list[Child]:
    function = _function_name(node.function)
    arguments = [
        (argument, Role("argument", f"{index} {function}")) for index, argument in enumerate(node.arguments, 1)
    ]
    return [(node.function, PLAIN), *arguments]


def _of_binary(node: nodes.Binary) -> list[Child]:
    role = _OPERANDS.get(node.operator, PLAIN)
    return [(node.left, role), (node.right, role)]


def _elements(node: nodes.List) -> list[Child]:
    return [(item, Role("element", str(index))) for index, item in enumerate(node.items)]


_CHILDREN: dict[type, Callable[[Any], list[Child]]] = {
    nodes.String: _parts,
    nodes.Path: _parts,
    nodes.Select: _of_select,
    nodes.HasAttribute: lambda node: [(node.subject, PLAIN), *_keys(node.path)],
    nodes.Apply: _of_apply,
    nodes.Lambda: lambda node: [*_defaults(node), (node.body, PLAIN)],
    nodes.List: _elements,
    nodes.PlainList: _elements,
    nodes.AttributeSet: lambda node: _bound(node.bindings, "attribute"),
    nodes.Let: lambda node: [*_bound(node.bindings, "variable"), (node.body, PLAIN)],
    nodes.With: lambda node: [(node.scope, _SCOPE), (node.body, PLAIN)],
    nodes.Assert: lambda node: [(node.condition, _ASSERTION), (node.body, PLAIN)],
    nodes.If: lambda node: [(node.condition, _CONDITION), (node.then, PLAIN), (node.otherwise, PLAIN)],
    nodes.Unary: lambda node: [(node.operand, _OPERANDS.get(node.operator, PLAIN))],
    nodes.Binary: _of_binary,
}
"""The nodes within a node, each with its role."""


def _parameters(node: nodes.Lambda) -> list[str]:
    names = [] if node.parameter is None else [node.parameter]
    return names + ([formal.name for formal in node.formals.formals] if node.formals is not None else [])


def _keys(path: tuple[str | nodes.Expression, ...]) -> list[Child]:
    return [(element, _KEY) for element in path if not isinstance(element, str)]


def _defaults(node: nodes.Lambda) -> list[Child]:
    if node.formals is None:
        return []
    return [
        (formal.default, Role("default", formal.name, formal.start, formal.end))
        for formal in node.formals.formals
        if formal.default is not None
    ]


def _bound(bindings: nodes.Bindings, kind: str) -> list[Child]:
    found: list[Child] = [(source, _SOURCE) for source in bindings.sources]
    for attribute in bindings.attributes.values():
        if attribute.value is not None:
            found.append((attribute.value, Role(kind, attribute.name, attribute.start, attribute.end)))
    for dynamic in bindings.dynamic:
        found.append((dynamic.name, _KEY))
        found.append((dynamic.value, Role("attribute", "${…}", dynamic.start, dynamic.end)))
    return found


def _function_name(function: nodes.Expression) -> str:
    """The name by which a function is called, where it has one: `f`, `lib.f`."""
    if isinstance(function, nodes.Variable):
        return function.name
    if isinstance(function, nodes.Select) and all(isinstance(element, str) for element in function.path):
        subject = _function_name(function.subject)
        return ".".join([subject, *map(str, function.path)]) if subject else ""
    return ""


class Outlines:
    """The outlines of the sources that one error is about, each made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[int, Outline] = {}

    def of(self, source: Source) -> Outline:
        made = self._made.get(id(source))
        if made is None:
            made = self._made[id(source)] = Outline(source)
        return made

"""What stands at a place: a source parsed once more, after something has failed in it.

Compiled code knows places only, which costs it nothing.  What an expression at a place is to its surroundings (the
attribute `x`, the second argument of `f`, the condition of an `if`) is found here, from the text that the source still
holds, when an error is to be explained.  Nodes are found by the range of text that they span.

Most lines of a trace need to know where nodes are and what they are to their parents, not the nodes.  So these places
are kept beside the code, with the nodes, which are made of that when somebody asks for them: what failed once fails
again with other files as they were, and parsing them takes longer than all the rest of explaining.
"""

from __future__ import annotations

import os
from marshal import dumps, loads

from lixeval.diagnostics.roles import CHILDREN, FURTHER_SPANS, Role, function_name, parameters
from lixeval.diagnostics.roles import __file__ as file_of_roles
from lixeval.errors import NixSyntaxError
from lixeval.source import Source, Span
from lixeval.syntax.kept_tree import as_data, from_data
from lixeval.syntax.nodes import Apply, Attribute, AttributeSet, Expression, Lambda, Let, Node, Select, Variable
from lixeval.system.cache import digest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Numbered:
    """The nodes of a tree in an order in which parents come before their children: the root is number 0."""

    __slots__ = ("nodes", "numbers", "parents", "roles")

    def __init__(self, root: Node | None) -> None:
        self.nodes: list[Node] = []
        self.roles: list[Role] = []
        self.parents: list[int] = []
        self.numbers: dict[int, int] = {}
        work: list[tuple[Node, int, Role]] = [] if root is None else [(root, -1, Role("root"))]
        while work:
            node, parent, role = work.pop()
            number = len(self.nodes)
            self.nodes.append(node)
            self.roles.append(role)
            self.parents.append(parent)
            self.numbers[id(node)] = number
            children = CHILDREN.get(node.__class__)
            if children is not None:
                work += [(child, number, child_role) for child, child_role in children(node)]


class Places:
    """Where the nodes of a text are, by number, as plain data.

    `starts`, `ends`, `parents`: of each node; `roles`: what it is to its parent, a `Role`'s members.
    `further`: start, end and number of each other range by which compiled code means a node, three tuples.
    `heads`: where the body of each function begins, by the function's number.
    """

    __slots__ = ("ends", "further", "heads", "parents", "roles", "starts")

    def __init__(
        self,
        starts: tuple[int, ...],
        ends: tuple[int, ...],
        parents: tuple[int, ...],
        roles: tuple[tuple[str, str, int, int], ...],
        further: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]],
        heads: dict[int, int],
    ) -> None:
        self.starts = starts
        self.ends = ends
        self.parents = parents
        self.roles = roles
        self.further = further
        self.heads = heads

    def number_of(self, start: int, end: int) -> int:
        """The first node that is meant by a range of text; -1 for none."""
        number = _index(self.starts, self.ends, start, end)
        further = _index(self.further[0], self.further[1], start, end)
        if further < 0:
            return number
        return self.further[2][further] if number < 0 else min(number, self.further[2][further])

    def around(self, start: int, end: int, size: int) -> int:
        """The smallest node around a range, which is smaller than `size`; -1 for none."""
        best = -1
        for number, (begins, ends) in enumerate(zip(self.starts, self.ends, strict=True)):
            if begins <= start and end <= ends and ends - begins < size:
                best, size = number, ends - begins
        return best


def _index(starts: tuple[int, ...], ends: tuple[int, ...], start: int, end: int) -> int:
    """The first index at which both are found; -1 for none."""
    index = -1
    try:
        while True:
            index = starts.index(start, index + 1)
            if ends[index] == end:
                return index
    except ValueError:
        return -1


def places_of(numbered: Numbered) -> Places:
    """The places of a tree's nodes."""
    further: list[tuple[int, int, int]] = []
    for number, node in enumerate(numbered.nodes):
        spans = FURTHER_SPANS.get(node.__class__)
        if spans is not None:
            further += [(start, end, number) for start, end in spans(node)]
    return Places(
        tuple([node.start for node in numbered.nodes]),
        tuple([node.end for node in numbered.nodes]),
        tuple(numbered.parents),
        tuple([(role.kind, role.name, role.start, role.end) for role in numbered.roles]),
        (
            tuple([start for start, _, _ in further]),
            tuple([end for _, end, _ in further]),
            tuple([number for _, _, number in further]),
        ),
        {n: node.body.start for n, node in enumerate(numbered.nodes) if isinstance(node, Lambda)},
    )


class Outline:
    """The nodes of one source, with their roles and parents, by number: parents come before their children."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._numbered: Numbered | None = None
        self._tree: bytes = b""
        self.places = self._read()
        self.parents = self.places.parents

    def _read(self) -> Places:
        """From what is kept beside the code of this text, or else from the text, which is then kept."""
        cache = None if self.source.texts is None else self.source.texts.code_cache
        if cache is None:
            return places_of(self._parse())
        table = cache.table(digest(self.source.text.encode("utf-8", "surrogateescape")), "outline", *_versions())
        kept = table.load()
        if kept is not None:
            *places, self._tree = kept
            return Places(*places)
        numbered = self._parse()
        places_ = places_of(numbered)
        if numbered.nodes:
            tree = dumps(as_data(numbered.nodes[0]))
            table.save((*[getattr(places_, name) for name in KEPT], tree))
        return places_

    def _parse(self) -> Numbered:
        from lixeval.syntax.parser import parse
        from lixeval.syntax.tables import at_hand

        try:
            root: Node | None = parse(self.source, pipe_operators=True, tables=at_hand())
        except NixSyntaxError:
            root = None
        self._numbered = Numbered(root)
        return self._numbered

    def _with_nodes(self) -> Numbered:
        if self._numbered is None:
            self._numbered = Numbered(from_data(loads(self._tree)))
        return self._numbered

    @property
    def nodes(self) -> list[Node]:
        """The nodes by number; all of them are made when the first one is asked for."""
        return self._with_nodes().nodes

    def __len__(self) -> int:
        return len(self.parents)

    def role(self, number: int) -> Role:
        """What a node is to its parent."""
        return Role(*self.places.roles[number])

    def find(self, span: Span) -> int:
        """The number of the node that spans a range, or of the smallest one around it; -1 where there is none."""
        start = self.source.offset(span.line, span.column)
        end = self.source.offset(span.end_line, span.end_column)
        return self.spanning(start, end)

    def spanning(self, start: int, end: int) -> int:
        """As `find`, by offsets."""
        found = self.places.number_of(start, end)
        return found if found >= 0 else self.places.around(start, end, len(self.source.text) + 2)

    def function_at(self, line: int, column: int) -> int:
        """The number of the outermost function that begins at a place, or -1."""
        start = self.source.offset(line, column)
        return next((number for number in self.places.heads if self.places.starts[number] == start), -1)

    def head_of(self, number: int) -> Span | None:
        """Where the head of a function stands, up to its body; None for another node."""
        body = self.places.heads.get(number)
        return None if body is None else self.span(self.places.starts[number], body)

    def named_at(self, line: int, column: int) -> int:
        """The number of the value of the attribute or variable whose name begins at a place, or -1."""
        start = self.source.offset(line, column)
        for number in range(len(self) - 1, -1, -1):
            if self.places.roles[number][2] == start:
                return number
        return -1

    def number_of(self, node: Node) -> int:
        """The number of a node of this source."""
        return self._with_nodes().numbers[id(node)]

    def _binder(self, number: int) -> int:
        """The number of the `let`, recursive set or function that binds a variable; -1 for none of these."""
        variable = self.nodes[number]
        assert isinstance(variable, Variable)
        below = number
        for each in self.upward(number):
            node = self.nodes[each]
            if isinstance(node, Lambda) and variable.name in parameters(node):
                return each
            if isinstance(node, Let) or (isinstance(node, AttributeSet) and node.recursive):
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
        return binder if binder >= 0 and isinstance(self.nodes[binder], Lambda) else -1

    def first_parameter(self, node: Node) -> int:
        """The number of the first variable within a node that is a parameter; -1 where there is none."""
        best = -1
        for number, each in enumerate(self.nodes):
            if not isinstance(each, Variable) or not node.start <= each.start <= each.end <= node.end:
                continue
            if (best < 0 or each.start < self.nodes[best].start) and self.parameter_of(number) >= 0:
                best = number
        return best

    def parameter_behind(self, node: Node) -> int:
        """As `first_parameter`, or within what a variable of the node is bound to by a `let` around it."""
        found = self.first_parameter(node)
        if found >= 0:
            return found
        for number, each in enumerate(self.nodes):
            if isinstance(each, Variable) and node.start <= each.start <= each.end <= node.end:
                bound = self.binding_of(number)
                if bound is not None and bound.value is not None:
                    found = self.first_parameter(bound.value)
                    if found >= 0:
                        return found
        return -1

    def binding_of(self, number: int) -> Attribute | None:
        """What binds a variable in a `let` or recursive set."""
        binder = self._binder(number)
        node = self.nodes[binder] if binder >= 0 else None
        if isinstance(node, Let | AttributeSet):
            name = self.nodes[number].name  # type: ignore[attr-defined]  # a variable has one
            return node.bindings.attributes[name]
        return None

    def source_of_inherited(self, start: int) -> Expression | None:
        """The expression from which the name that begins at an offset is inherited."""
        for node in self.nodes:
            if isinstance(node, Let | AttributeSet):
                for attribute in node.bindings.attributes.values():
                    if attribute.start == start and attribute.source >= 0:
                        return node.bindings.sources[attribute.source]
        return None

    def set_before(self, start: int) -> str:
        """From which set the name that begins at an offset is selected: `b` for that of `a.b.name`; "" for none."""
        for node in self.nodes:
            if isinstance(node, Select) and start in node.path_starts:
                index = node.path_starts.index(start)
                before = node.path[index - 1] if index else node.subject
                if isinstance(before, Variable):
                    return before.name
                return before if isinstance(before, str) else ""
        return ""

    def called_name(self, node: Apply) -> str:
        """The name by which a call names its function: `f`, `lib.f`; "" for none."""
        return function_name(node.function)

    def calls_what_is_named(self, number: int) -> bool:
        """Whether the function of a call may be a builtin of its name that the text alone does not tell to be one: it
        is selected from a library's set, or inherited from it.
        """
        call = self.nodes[number]
        if not isinstance(call, Apply):
            return False
        if not isinstance(call.function, Variable):
            return not function_name(call.function).startswith("builtins.")
        bound = self.binding_of(self.number_of(call.function))
        if bound is None or bound.kind != "inherited-from":
            return False
        source = self.source_of_inherited(bound.start)
        return source is not None and function_name(source) != "builtins"

    def upward(self, number: int) -> Iterator[int]:
        """A node and those around it, innermost first."""
        while number >= 0:
            yield number
            number = self.parents[number]

    def span(self, start: int, end: int) -> Span:
        return Span(self.source, *self.source.line_and_column(start), *self.source.line_and_column(end))

    def span_of(self, number: int) -> Span:
        """Where a node is named, or where it stands."""
        _, _, start, end = self.places.roles[number]
        if start >= 0:
            return self.span(start, end)
        return self.span(self.places.starts[number], self.places.ends[number])

    def text(self, node: Node) -> str:
        return self.source.text[node.start : node.end]

    def qualified_name(self, number: int) -> str:
        """The short name of what is evaluated: `x`, `x.y` for an attribute of a named set, `xs[2]`; "" for none."""
        name = ""
        for each in self.upward(number):
            role = self.role(each)
            if role.kind == "element":
                name = f"[{role.name}]{name}"
            elif role.kind in ("attribute", "variable", "default"):
                name = role.name + ("" if not name or name[0] == "[" else ".") + name
                if role.kind != "attribute":
                    break
            else:
                break
        return name


def _versions() -> list[str]:
    """What says that the files which make outlines have changed: the cache knows that of the parser's only."""
    about = [os.stat(file) for file in (__file__, file_of_roles)]
    return [f"{status.st_size} {status.st_mtime_ns}" for status in about]


KEPT = ("starts", "ends", "parents", "roles", "further", "heads")
"""The members of `Places` as they are kept, before the nodes."""


class Outlines:
    """The outlines of the sources that one error is about, each made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[int, Outline] = {}

    def of(self, source: Source) -> Outline:
        made = self._made.get(id(source))
        if made is None:
            made = self._made[id(source)] = Outline(source)
        return made

"""Nodes of runs (see `runs`): made when somebody asks for them, while the compiler reads the rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain

from lixeval.errors import NixSyntaxError
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Attribute, Bindings, Expression
from lixeval.syntax.runs import BINDINGS, FORMALS, Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.syntax.lexer import Token

    Row = tuple[str, ...]
    Parse = Callable[[str], tuple[Expression, tuple[str, ...]]]
    """What a parser makes of another text, and the names that it has met there."""

_FORMALS = ("{_", "}:1")
_NAMES = ("{inherit", ";}")
_BRACKETS = {BINDINGS: ("{", "}"), FORMALS: _FORMALS}
"""In which brackets such elements are an expression."""


class Run:
    """Very many elements of one shape.

    `element` is what each of them is: bindings, formals or expressions (of names: names), in which what varies is the
    name of the group that has it (see `runs.Shape`); `groups` are these, each with its place in a row.
    """

    __slots__ = (
        "_bound",
        "_brackets",
        "_found",
        "_made",
        "_named",
        "_needed",
        "_own",
        "_parse",
        "_pattern",
        "_rows",
        "_starts",
        "_variables",
        "element",
        "end",
        "groups",
        "met",
        "start",
        "text",
    )

    def __init__(self, text: str, token: Token, names: bool, parse: Parse) -> None:
        kind, self.start, self.end, kinds = token
        shape = Shape(kinds.split(" "))
        self.text = text
        self._pattern = re.compile(shape.pattern)
        self.groups = {name: index for index, name in enumerate(self._pattern.groupindex)}
        self._brackets = _BRACKETS.get(kind, _NAMES if names else ("[", "]"))
        self._parse = parse
        self._made: tuple[Any, ...] | None = None
        self._rows: list[Any] | None = None
        self._starts: dict[str, list[int]] = {}
        self._found: dict[str, None] | None = None
        self._bound: list[str] | None = None
        self._own: frozenset[str] | None = None
        self._needed: list[str] | None = None
        opening, closing = self._brackets
        sample, met = parse(f"{opening} {shape.sample}{closing}")
        self.element = self._parts_of(sample)
        self.met = tuple([name for name in met if name in self.groups])
        self._named = list(_names_in(self.element)) or list(self.groups)
        self._variables: list[str] | None = _Variables().of(self.element)

    # As data

    @property
    def is_data(self) -> bool:
        """Whether there is nothing to compute: literals, variables, lists and sets of these, names inherited."""
        return self._variables is not None

    @property
    def size(self) -> int:
        """How many elements it has."""
        return len(self._all_rows())

    @property
    def variables(self) -> dict[str, None]:
        """The variables in data, by name."""
        if self._found is None:
            self._found = {}
            for group in self._variables or ():
                self._found.update(dict.fromkeys(self.texts(group)))
            self._found.pop("", None)
        return self._found

    @property
    def bound(self) -> list[str]:
        """The names that it binds, in the order of the text."""
        if self._bound is None:
            columns = [self.names(part.name) for part in self.element]
            self._bound = columns[0] if len(columns) == 1 else list(chain.from_iterable(zip(*columns, strict=True)))
        return self._bound

    @property
    def own(self) -> frozenset[str]:
        """These as a set."""
        if self._own is None:
            self._own = frozenset(self.bound)
        return self._own

    @property
    def needed(self) -> list[str]:
        """The variables in it that it does not bind itself."""
        if self._needed is None:
            self._needed = sorted([name for name in self.variables if name not in self.own])
        return self._needed

    def texts(self, group: str) -> list[str]:
        """What a group has in each element; "" where it has nothing."""
        rows = self._all_rows()
        index = self.groups[group]
        return [row[index] for row in rows] if len(self.groups) > 1 else rows

    def _all_rows(self) -> list[Any]:
        if self._rows is None:
            matches = list(self._pattern.finditer(self.text, self.start, self.end + 1))
            several = len(self.groups) > 1  # of one group: its text, and where there is none something for each
            self._rows = [match.groups("") if several else match[match.lastindex or 0] for match in matches]
            for name in self._named:
                number = self.groups[name] + 1
                self._starts[name] = [match.start(number) for match in matches]
        return self._rows

    def names(self, group: str) -> list[str]:
        """The texts of a group of names, without quotes."""
        texts = self.texts(group)
        return [text[1:-1] for text in texts] if group[0] == "q" else texts

    def starts(self, group: str) -> list[int]:
        """Where the names of a group of attributes or formals are in the text."""
        self._all_rows()
        return self._starts[group]

    def all_names(self) -> Iterator[str]:
        """All names in it, in the order in which a parser meets them."""
        return filter(None, chain.from_iterable(zip(*map(self.names, self.met), strict=True)))

    def is_sound(self) -> bool:
        """Whether its elements, each by itself, are bound to be what one of them is."""
        for groups in _names_in_sets(self.element):
            if len(groups) < 2:
                continue
            rows = set(zip(*map(self.names, groups), strict=True))
            if any(len(set(row)) < len(groups) for row in rows):
                return False
        return self._brackets != _NAMES or all(group[0] != "l" for group in self.groups)

    # As nodes

    def parts(self) -> tuple[Any, ...]:
        """The nodes of all elements, as they are made one by one."""
        if self._made is None:
            opening, closing = self._brackets
            # The comma of the first formal stands behind another one: that is the name in the bracket.
            begun = self.start - len(opening)
            text = " " * begun + opening + self.text[self.start : self.end] + closing
            self._made = self._parts_of(self._parse(text)[0])
        return self._made

    def _parts_of(self, whole: Expression) -> tuple[Any, ...]:
        if isinstance(whole, nodes.Lambda):
            assert whole.formals is not None
            return whole.formals.formals[1:]
        if isinstance(whole, nodes.List):
            return whole.items
        if not isinstance(whole, nodes.AttributeSet) or whole.bindings.sources or whole.bindings.dynamic:
            raise NixSyntaxError("no elements of a run")
        attributes = whole.bindings.attributes.values()
        if self._brackets == _NAMES:
            return tuple([(attribute.name, attribute.start, attribute.end) for attribute in attributes])
        return tuple(attributes)


def value_of(part: Any) -> Any:
    """What an element has to be evaluated: an attribute's value, a formal's default or None, an expression itself."""
    return part.value if isinstance(part, Attribute) else part.default if isinstance(part, nodes.Formal) else part


class _Variables:
    """The groups that have variables, in the order of the text."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def of(self, element: tuple[Any, ...]) -> list[str] | None:
        """Those of an element; None if it is no data."""
        return self.found if all(self._are_in(value_of(part)) for part in element) else None

    def _are_in(self, node: Any) -> bool:
        match node:
            case None | nodes.String():
                return True
            case nodes.Variable():
                self.found.append(node.name)
                return True
            case nodes.List():
                return all(map(self._are_in, node.items))
            case nodes.AttributeSet() if not node.recursive:
                sources = node.bindings.sources
                return all(isinstance(source, nodes.Variable) for source in sources) and all(
                    map(self._are_in, (*sources, *[attribute.value for attribute in node.bindings.attributes.values()]))
                )
        return False


def _names_in_sets(element: tuple[Any, ...]) -> Iterator[list[str]]:
    """The groups of names of each set within an element."""
    for node in _within(element):
        if isinstance(node, Bindings):
            yield list(node.attributes)


def _names_in(element: tuple[Any, ...]) -> Iterator[str]:
    """The groups of all names that attributes and formals have."""
    return (node.name for node in _within(element) if isinstance(node, Attribute | nodes.Formal))


def _within(element: tuple[Any, ...]) -> Iterator[nodes.Node]:
    """All nodes of an element."""
    waiting = [part for part in element if isinstance(part, nodes.Node)]
    while waiting:
        node = waiting.pop()
        yield node
        for _, value in nodes.members(node):
            parts = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else (value,)
            waiting += [part for part in parts if isinstance(part, nodes.Node)]


class RunBindings(Bindings):
    """Bindings with runs among them.  `own` are those which are in no run; each run comes behind so many of them.  All
    runs bind the `names`.
    """

    __slots__ = ("_made", "_own", "names", "runs")

    def __init__(self, plain: Bindings, runs: list[tuple[int, Run]]) -> None:
        self.start, self.end = plain.start, plain.end
        self._own = plain.attributes
        self.dynamic = plain.dynamic
        self.sources = plain.sources
        self.runs = runs
        self.names = frozenset().union(*[run.own for _, run in runs])
        self._made: dict[str, Attribute] | None = None

    @property
    def own(self) -> dict[str, Attribute]:
        """The attributes that are in no run."""
        return self._own

    def is_sound(self) -> bool:
        """Whether each name is bound once, and none means more."""
        count = sum(len(run.bound) for _, run in self.runs)
        return len(self.names) == count and self.names.isdisjoint((*self.own, "__overrides"))

    def runs_bind(self, name: str) -> bool:
        return name in self.names

    def parts(self) -> list[Any]:
        """Attributes and runs in the order of the text."""
        own = list(self.own.values())
        parts: list[Any] = []
        done = 0
        for before, run in self.runs:
            parts += (*own[done:before], run)
            done = before
        return parts + own[done:]

    @property
    def attributes(self) -> dict[str, Attribute]:  # type: ignore[override]  # once made it is what Bindings has
        """All attributes, in the order of the text."""
        if self._made is None:
            made: list[Attribute] = []
            for part in self.parts():
                made += part.parts() if part.__class__ is Run else (part,)
            self._made = {attribute.name: attribute for attribute in made}
        return self._made

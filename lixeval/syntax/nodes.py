"""The nodes of a Nix expression, after desugaring: what the parser hands on and the compiler reads.

Shapes follow the meaning of the language, not its spelling:

- indented strings are `String` (indentation stripped), URIs are `String`, `let { … body }` is a `Select` of `body`;
- nested attribute paths (`a.b = 1; a.c = 2;`) are merged into nested `AttributeSet`s, duplicates refused;
- `f a b` is one `Apply` with two arguments;
- `a |> f` and `f <| a` are `Apply`.

Every node has `start` and `end`, character offsets into its `Source` (the end exclusive).  Nodes are plain slotted
classes, all but one without methods: passes dispatch on the class through a dict or a `match`.  They are written out
because `dataclasses` takes as long to import as a small text to compile.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


class Node:
    """`start` and `end` are its offsets."""

    __slots__ = ("end", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end


class Int(Node):
    __slots__ = ("value",)

    def __init__(self, start: int, end: int, value: int) -> None:
        self.start = start
        self.end = end
        self.value = value


class Float(Node):
    __slots__ = ("value",)

    def __init__(self, start: int, end: int, value: float) -> None:
        self.start = start
        self.end = end
        self.value = value


class String(Node):
    """`parts` are literal texts and interpolated expressions; a plain string has at most one part, a `str`.

    Texts may stand side by side: each escape in an indented string is a part, as in C++ Nix, where such a string is
    no constant (it cannot name an attribute of a `let`).
    """

    __slots__ = ("parts",)

    def __init__(self, start: int, end: int, parts: tuple[str | Expression, ...]) -> None:
        self.start = start
        self.end = end
        self.parts = parts


class Path(Node):
    """A path literal as it stands in the text (`./a`, `/b`, `~/c`), in parts where it has interpolations.

    The first part is always a `str`; resolving it against the file's folder (or the home) is the compiler's work.
    """

    __slots__ = ("parts",)

    def __init__(self, start: int, end: int, parts: tuple[str | Expression, ...]) -> None:
        self.start = start
        self.end = end
        self.parts = parts


SEARCHED = ("__findFile", "__nixPath")
"""The names that a search path mentions."""


class SearchPath(Node):
    """`<name>`, without its brackets: `__findFile __nixPath "name"` in the scope where it stands."""

    __slots__ = ("name",)

    def __init__(self, start: int, end: int, name: str) -> None:
        self.start = start
        self.end = end
        self.name = name


class Variable(Node):
    __slots__ = ("name",)

    def __init__(self, start: int, end: int, name: str) -> None:
        self.start = start
        self.end = end
        self.name = name


class CurrentPosition(Node):
    """`__curPos`."""

    __slots__ = ()


class Select(Node):
    """`subject.a."b".${c}`, with the expression after `or` where there is one.

    Elements of `path` are names, or expressions where the name is computed; `path_starts` are their offsets.
    """

    __slots__ = ("default", "path", "path_starts", "subject")

    def __init__(
        self,
        start: int,
        end: int,
        subject: Expression,
        path: tuple[str | Expression, ...],
        path_starts: tuple[int, ...],
        default: Expression | None,
    ) -> None:
        self.start = start
        self.end = end
        self.subject = subject
        self.path = path
        self.path_starts = path_starts
        self.default = default


class HasAttribute(Node):
    """`subject ? a.b`."""

    __slots__ = ("path", "subject")

    def __init__(self, start: int, end: int, subject: Expression, path: tuple[str | Expression, ...]) -> None:
        self.start = start
        self.end = end
        self.subject = subject
        self.path = path


class Apply(Node):
    """`function argument argument …`; at least one argument."""

    __slots__ = ("arguments", "function")

    def __init__(self, start: int, end: int, function: Expression, arguments: tuple[Expression, ...]) -> None:
        self.start = start
        self.end = end
        self.function = function
        self.arguments = arguments


class Formal(Node):
    """One `name` or `name ? default` of a formals pattern; the node's offsets are the name's."""

    __slots__ = ("default", "name")

    def __init__(self, start: int, end: int, name: str, default: Expression | None) -> None:
        self.start = start
        self.end = end
        self.name = name
        self.default = default


class Formals(Node):
    """`{ a, b ? 1, ... }`, in the order of the text; duplicates were refused by the parser."""

    __slots__ = ("ellipsis", "formals")

    def __init__(self, start: int, end: int, formals: tuple[Formal, ...], ellipsis: bool) -> None:
        self.start = start
        self.end = end
        self.formals = formals
        self.ellipsis = ellipsis


class Lambda(Node):
    """`parameter: body`, `formals: body`, `parameter @ formals: body` (in either order)."""

    __slots__ = ("body", "formals", "parameter")

    def __init__(self, start: int, end: int, parameter: str | None, formals: Formals | None, body: Expression) -> None:
        self.start = start
        self.end = end
        self.parameter = parameter
        self.formals = formals
        self.body = body


class List(Node):
    __slots__ = ("items",)

    def __init__(self, start: int, end: int, items: tuple[Expression, ...]) -> None:
        self.start = start
        self.end = end
        self.items = items


class PlainList(List):
    """A list of very many numbers and plain strings: data, of which nodes are made when somebody asks for them.

    `text` is all of it, brackets included.
    """

    __slots__ = ("_made", "text")

    def __init__(self, start: int, end: int, text: str) -> None:
        self.start = start
        self.end = end
        self.text = text
        self._made: tuple[Expression, ...] | None = None

    def values(self) -> tuple[int | str, ...]:
        """The elements' values."""
        from lixeval.syntax.plain_lists import plain_values  # hardly any text has one

        return plain_values(self.text)

    @property
    def items(self) -> tuple[Expression, ...]:  # type: ignore[override]  # once made it is what a List has
        """The elements' nodes."""
        if self._made is None:
            from lixeval.syntax.plain_lists import plain_extents

            places = zip(plain_extents(self.text), self.values(), strict=True)
            self._made = tuple([_plain(self.start + start, self.start + end, value) for (start, end), value in places])
        return self._made


def _plain(start: int, end: int, value: int | str) -> Expression:
    return Int(start, end, value) if isinstance(value, int) else String(start, end, (value,) if value else ())


class Attribute(Node):
    """One binding of an attribute set or a `let`; the node's offsets are the name's.

    `kind` says in which scope `value` lives:
    "plain"           the set's own (its recursive scope if it has one);
    "inherited"       `inherit name;`: a `Variable`, in the scope around the set;
    "inherited-from"  `inherit (source) name;`: `source` is the index into the set's `sources`, `value` is None.
    """

    __slots__ = ("kind", "name", "source", "value")

    def __init__(self, start: int, end: int, name: str, kind: str, value: Expression | None, source: int = -1) -> None:
        self.start = start
        self.end = end
        self.name = name
        self.kind = kind
        self.value = value
        self.source = source


class DynamicAttribute(Node):
    """`${name} = value;`, evaluated in the set's own scope."""

    __slots__ = ("name", "value")

    def __init__(self, start: int, end: int, name: Expression, value: Expression) -> None:
        self.start = start
        self.end = end
        self.name = name
        self.value = value


class Bindings(Node):
    """The bindings of a set or a `let`, merged. `sources` are the expressions of `inherit (source)`, in text order.

    In a recursive set or a `let` the sources live in the recursive scope, as in C++ Nix.
    """

    __slots__ = ("attributes", "dynamic", "sources")

    def __init__(
        self,
        start: int,
        end: int,
        attributes: dict[str, Attribute],
        dynamic: tuple[DynamicAttribute, ...],
        sources: tuple[Expression, ...],
    ) -> None:
        self.start = start
        self.end = end
        self.attributes = attributes
        self.dynamic = dynamic
        self.sources = sources

    @property
    def own(self) -> dict[str, Attribute]:
        """The attributes that are in no run (see `run_nodes`): all of them."""
        return self.attributes

    def runs_bind(self, name: str) -> bool:
        """Whether a name is bound in a run."""
        return False


class AttributeSet(Node):
    __slots__ = ("bindings", "recursive")

    def __init__(self, start: int, end: int, recursive: bool, bindings: Bindings) -> None:
        self.start = start
        self.end = end
        self.recursive = recursive
        self.bindings = bindings


class Let(Node):
    __slots__ = ("bindings", "body")

    def __init__(self, start: int, end: int, bindings: Bindings, body: Expression) -> None:
        self.start = start
        self.end = end
        self.bindings = bindings
        self.body = body


class With(Node):
    __slots__ = ("body", "scope")

    def __init__(self, start: int, end: int, scope: Expression, body: Expression) -> None:
        self.start = start
        self.end = end
        self.scope = scope
        self.body = body


class Assert(Node):
    __slots__ = ("body", "condition")

    def __init__(self, start: int, end: int, condition: Expression, body: Expression) -> None:
        self.start = start
        self.end = end
        self.condition = condition
        self.body = body


class If(Node):
    __slots__ = ("condition", "otherwise", "then")

    def __init__(self, start: int, end: int, condition: Expression, then: Expression, otherwise: Expression) -> None:
        self.start = start
        self.end = end
        self.condition = condition
        self.then = then
        self.otherwise = otherwise


class Unary(Node):
    """`operator` is "!" or "-"."""

    __slots__ = ("operand", "operator")

    def __init__(self, start: int, end: int, operator: str, operand: Expression) -> None:
        self.start = start
        self.end = end
        self.operator = operator
        self.operand = operand


class Binary(Node):
    """`operator` is one of + - * / ++ // == != < <= > >= && || ->; `operator_start` its offset."""

    __slots__ = ("left", "operator", "operator_start", "right")

    def __init__(
        self, start: int, end: int, operator: str, left: Expression, right: Expression, operator_start: int
    ) -> None:
        self.start = start
        self.end = end
        self.operator = operator
        self.left = left
        self.right = right
        self.operator_start = operator_start


class Elements:
    """The items of a list or the formals of a pattern with runs among them (see `runs`): a tuple to those who read it.

    `parts` are the nodes that are in no run, and the runs (`run_nodes.Run`).
    """

    __slots__ = ("_made", "parts")

    def __init__(self, parts: list[Any]) -> None:
        self.parts = tuple(parts)
        self._made: tuple[Any, ...] | None = None

    @property
    def runs(self) -> list[Any]:
        """The runs alone."""
        return [part for part in self.parts if not isinstance(part, Node)]

    @property
    def others(self) -> list[Any]:
        """The nodes alone."""
        return [part for part in self.parts if isinstance(part, Node)]

    def names(self, *, required: bool = False) -> list[str]:
        """Those of formals; `required`: only of those without a default."""
        found: list[str] = []
        for part in self.parts:
            if isinstance(part, Formal):
                found += () if required and part.default is not None else (part.name,)
            elif required:
                found += [name for each in part.element if each.default is None for name in part.names(each.name)]
            else:
                found += part.bound
        return found

    def all(self) -> tuple[Any, ...]:
        """All nodes, those of runs made now."""
        if self._made is None:
            made: list[Any] = []
            for part in self.parts:
                made += (part,) if isinstance(part, Node) else part.parts()
            self._made = tuple(made)
        return self._made

    def __iter__(self) -> Iterator[Any]:
        return iter(self.all())

    def __len__(self) -> int:
        return len(self.all())

    def __getitem__(self, index: Any) -> Any:
        return self.all()[index]


def kind_of(node: Node) -> type[Node]:
    """The class that says what a node is: bindings with runs among them are bindings."""
    return Bindings if isinstance(node, Bindings) else node.__class__


def members(node: Node) -> list[tuple[str, object]]:
    """What a node consists of, by name, in the order in which its constructor takes it."""
    code = kind_of(node).__init__.__code__
    found = [(name, getattr(node, name)) for name in code.co_varnames[1 : code.co_argcount]]
    return [(name, value.all() if value.__class__ is Elements else value) for name, value in found]


Expression = (
    Int
    | Float
    | String
    | Path
    | SearchPath
    | Variable
    | CurrentPosition
    | Select
    | HasAttribute
    | Apply
    | Lambda
    | List
    | AttributeSet
    | Let
    | With
    | Assert
    | If
    | Unary
    | Binary
)

"""The nodes of a Nix expression, after desugaring: what the parser hands on and the compiler reads.

Shapes follow the meaning of the language, not its spelling:

- indented strings are `String` (indentation stripped), URIs are `String`, `let { … body }` is a `Select` of `body`;
- nested attribute paths (`a.b = 1; a.c = 2;`) are merged into nested `AttributeSet`s, duplicates refused;
- `f a b` is one `Apply` with two arguments;
- `a |> f` and `f <| a` are `Apply`.

Every node has `start` and `end`, character offsets into its `Source` (the end exclusive).  Nodes are plain slotted
classes without methods: passes dispatch on the class through a dict or a `match`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Node:
    start: int
    end: int


@dataclass(slots=True, eq=False)
class Int(Node):
    value: int


@dataclass(slots=True, eq=False)
class Float(Node):
    value: float


@dataclass(slots=True, eq=False)
class String(Node):
    """`parts` are literal texts and interpolated expressions; a plain string has at most one part, a `str`.

    Texts may stand side by side: each escape in an indented string is a part, as in C++ Nix, where such a string is
    no constant (it cannot name an attribute of a `let`).
    """

    parts: tuple[str | Expression, ...]


@dataclass(slots=True, eq=False)
class Path(Node):
    """A path literal as it stands in the text (`./a`, `/b`, `~/c`), in parts where it has interpolations.

    The first part is always a `str`; resolving it against the file's folder (or the home) is the compiler's work.
    """

    parts: tuple[str | Expression, ...]


@dataclass(slots=True, eq=False)
class SearchPath(Node):
    """`<name>`, without its brackets: `__findFile __nixPath "name"` in the scope where it stands."""

    name: str


@dataclass(slots=True, eq=False)
class Variable(Node):
    name: str


@dataclass(slots=True, eq=False)
class CurrentPosition(Node):
    """`__curPos`."""


@dataclass(slots=True, eq=False)
class Select(Node):
    """`subject.a."b".${c}`, with the expression after `or` where there is one.

    Elements of `path` are names, or expressions where the name is computed; `path_starts` are their offsets.
    """

    subject: Expression
    path: tuple[str | Expression, ...]
    path_starts: tuple[int, ...]
    default: Expression | None


@dataclass(slots=True, eq=False)
class HasAttribute(Node):
    """`subject ? a.b`."""

    subject: Expression
    path: tuple[str | Expression, ...]


@dataclass(slots=True, eq=False)
class Apply(Node):
    """`function argument argument …`; at least one argument."""

    function: Expression
    arguments: tuple[Expression, ...]


@dataclass(slots=True, eq=False)
class Formal(Node):
    """One `name` or `name ? default` of a formals pattern; the node's offsets are the name's."""

    name: str
    default: Expression | None


@dataclass(slots=True, eq=False)
class Formals(Node):
    """`{ a, b ? 1, ... }`, in the order of the text; duplicates were refused by the parser."""

    formals: tuple[Formal, ...]
    ellipsis: bool


@dataclass(slots=True, eq=False)
class Lambda(Node):
    """`parameter: body`, `formals: body`, `parameter @ formals: body` (in either order)."""

    parameter: str | None
    formals: Formals | None
    body: Expression


@dataclass(slots=True, eq=False)
class List(Node):
    items: tuple[Expression, ...]


@dataclass(slots=True, eq=False)
class Attribute(Node):
    """One binding of an attribute set or a `let`; the node's offsets are the name's.

    `kind` says in which scope `value` lives:
    "plain"           the set's own (its recursive scope if it has one);
    "inherited"       `inherit name;`: a `Variable`, in the scope around the set;
    "inherited-from"  `inherit (source) name;`: `source` is the index into the set's `sources`, `value` is None.
    """

    name: str
    kind: str
    value: Expression | None
    source: int = -1


@dataclass(slots=True, eq=False)
class DynamicAttribute(Node):
    """`${name} = value;`, evaluated in the set's own scope."""

    name: Expression
    value: Expression


@dataclass(slots=True, eq=False)
class Bindings(Node):
    """The bindings of a set or a `let`, merged. `sources` are the expressions of `inherit (source)`, in text order.

    In a recursive set or a `let` the sources live in the recursive scope, as in C++ Nix.
    """

    attributes: dict[str, Attribute]
    dynamic: tuple[DynamicAttribute, ...]
    sources: tuple[Expression, ...]


@dataclass(slots=True, eq=False)
class AttributeSet(Node):
    recursive: bool
    bindings: Bindings


@dataclass(slots=True, eq=False)
class Let(Node):
    bindings: Bindings
    body: Expression


@dataclass(slots=True, eq=False)
class With(Node):
    scope: Expression
    body: Expression


@dataclass(slots=True, eq=False)
class Assert(Node):
    condition: Expression
    body: Expression


@dataclass(slots=True, eq=False)
class If(Node):
    condition: Expression
    then: Expression
    otherwise: Expression


@dataclass(slots=True, eq=False)
class Unary(Node):
    """`operator` is "!" or "-"."""

    operator: str
    operand: Expression


@dataclass(slots=True, eq=False)
class Binary(Node):
    """`operator` is one of + - * / ++ // == != < <= > >= && || ->; `operator_start` its offset."""

    operator: str
    left: Expression
    right: Expression
    operator_start: int


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

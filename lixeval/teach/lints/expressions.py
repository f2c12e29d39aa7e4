"""Rules about expressions: what statix finds in the tree."""

from __future__ import annotations

from lixeval.builtins.table import PLAIN_GLOBALS
from lixeval.compiler.analysis import FreeNames
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression, Node
from lixeval.teach.lints.findings import Finding
from lixeval.teach.lints.layout import Layout
from lixeval.teach.program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SIMPLE = (
    nodes.Variable,
    nodes.Int,
    nodes.Float,
    nodes.String,
    nodes.List,
    nodes.AttributeSet,
    nodes.Path,
    nodes.SearchPath,
)
"""Expressions that need no parentheses anywhere."""

LOGICAL = ("==", "!=", "<", "<=", ">", ">=", "&&", "||", "->")


class Expressions:
    """The findings of one program."""

    def __init__(self, program: Program, layout: Layout) -> None:
        self._program = program
        self._layout = layout
        self._text = layout.text
        self._free = FreeNames()

    def findings(self) -> Iterator[Finding]:
        for node in self._program.expressions():
            match node:
                case nodes.Binary():
                    yield from self._binary(node)
                case nodes.Unary():
                    yield from self._unary(node)
                case nodes.Let():
                    yield from self._let(node)
                    yield from self._inherited(node.bindings, recursive=True)
                case nodes.AttributeSet():
                    yield from self._inherited(node.bindings, recursive=node.recursive)
                case nodes.Lambda():
                    yield from self._lambda(node)
                case nodes.If():
                    yield from self._if(node)
                case nodes.Apply():
                    yield from self._apply(node)
                case nodes.Select():
                    yield from self._select(node)
                case _:
                    pass

    def _part(self, node: Node) -> str:
        return self._text[node.start : node.end]

    def _written(self, node: Node) -> str:
        return self._layout.written(node.start, node.end)

    def _is_bare(self, node: Node) -> bool:
        return self._layout.around(node.start, node.end) is None

    def _binary(self, node: nodes.Binary) -> Iterator[Finding]:
        if node.operator in ("==", "!="):
            yield from self._comparison(node)
        if node.operator == "++":
            for side, other in ((node.left, node.right), (node.right, node.left)):
                if isinstance(side, nodes.List) and not side.items and self._is_bare(side):
                    is_list = isinstance(other, nodes.List) or _is_operation(other, ("++",))
                    changes = ((node.start, node.end, self._written(other)),) if is_list else ()
                    told = "joining with an empty list adds nothing"
                    yield Finding("empty_list_concat", node.start, node.end, told, changes)
                    return

    def _comparison(self, node: nodes.Binary) -> Iterator[Finding]:
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if self._is_boolean(side) and self._is_bare(side):
                means = (node.operator == "==") == (self._part(side) == "true")
                written = self._written(other)
                if not means:
                    simple = isinstance(other, (nodes.HasAttribute, nodes.Variable)) or not self._is_bare(other)
                    written = f"!{written}" if simple else f"!({written})"
                how = "the Boolean itself says the same" if means else "`!` says the same"
                told = f"comparison with {self._part(side)}: {how}"
                # A number is not equal to true, and is no condition either: only of a Boolean it is the same.
                changes = ((node.start, node.end, written),) if self._gives_boolean(other) else ()
                yield Finding("bool_comparison", node.start, node.end, told, changes)
                return

    def _is_boolean(self, node: Expression) -> bool:
        return isinstance(node, nodes.Variable) and node.name in ("true", "false") and self._is_global(node)

    def _gives_boolean(self, node: Expression) -> bool:
        """Whether an expression's value can be nothing but a Boolean."""
        if isinstance(node, nodes.HasAttribute) or self._is_boolean(node) or _is_operation(node, LOGICAL):
            return True
        return isinstance(node, nodes.Unary) and node.operator == "!"

    def _unary(self, node: nodes.Unary) -> Iterator[Finding]:
        inner = node.operand
        if node.operator != "!" or not isinstance(inner, nodes.Binary) or inner.operator != "==":
            return
        start, end = self._layout.around(inner.start, inner.end) or (0, 0)
        if end != node.end or self._text[node.start + 1 : start].strip():
            return
        left, right = self._text[start : inner.operator_start], self._text[inner.operator_start + 2 : end]
        change = (node.start, end, f"{left}!={right}")
        yield Finding("bool_simplification", node.start, end, "`!(… == …)` is `… != …`", (change,))

    def _let(self, node: nodes.Let) -> Iterator[Finding]:
        bindings = node.bindings
        inner = node.body
        body = self._layout.around(inner.start, inner.end) or (inner.start, inner.end)
        between = self._text[node.start + len("let") : bindings.end]
        if not bindings.attributes and "inherit" not in between:
            change = (node.start, body[0], "")
            yield Finding("empty_let_in", node.start, bindings.end, "this `let` binds nothing", (change,))
        if isinstance(inner, nodes.Let) and self._is_bare(inner):
            names = inner.bindings.attributes.keys()
            clear = not names & bindings.attributes.keys() and not names & self._free.of_bindings(bindings)
            start = bindings.end if self._text.startswith("in", bindings.end) else -1
            changes = ((start, inner.start + len("let"), ""),) if clear and start >= 0 else ()
            yield Finding("collapsible_let_in", inner.start, inner.start + 3, "the two `let` can be one", changes)

    def _inherited(self, bindings: nodes.Bindings, *, recursive: bool) -> Iterator[Finding]:
        for name, attribute in bindings.attributes.items():
            value = attribute.value
            if attribute.kind != "plain" or value is None:
                continue
            written = self._text[attribute.start : attribute.end]
            end = self._text.find(";", value.end)
            if written != name or self._text[attribute.end : value.start].strip() != "=" or end < 0:
                continue
            if self._text[value.end : end].strip():
                continue
            if isinstance(value, nodes.Variable) and value.name == name:
                change = (attribute.start, end, f"inherit {name}")
                told = f"`inherit {name};` says the same"
                if recursive:
                    told = f"{name} asks for itself; `inherit {name};` asks for the one around"
                changes = () if recursive else (change,)
                yield Finding("manual_inherit", attribute.start, end, told, changes)
            elif isinstance(value, nodes.Select) and value.default is None and value.path == (name,):
                subject = self._part(value.subject)
                change = (attribute.start, end, f"inherit ({subject}) {name}")
                told = f"`inherit ({_short(subject)}) {name};` says the same"
                yield Finding("manual_inherit_from", attribute.start, end, told, (change,))

    def _lambda(self, node: nodes.Lambda) -> Iterator[Finding]:
        formals, body = node.formals, node.body
        if formals is not None:
            if not formals.formals:
                yield from self._pattern(node, formals)
            return
        if not isinstance(body, nodes.Apply) or len(body.arguments) != 1 or not self._is_bare(body):
            return
        function, last = body.function, body.arguments[-1]
        if not isinstance(function, nodes.Variable) or not isinstance(last, nodes.Variable):
            return
        if last.name == node.parameter != function.name and self._is_bare(function) and self._is_bare(last):
            yield Finding("eta_reduction", node.start, node.end, f"`{_short(function.name)}` is the same function")

    def _pattern(self, node: nodes.Lambda, formals: nodes.Formals) -> Iterator[Finding]:
        """A pattern without names; a module is one that imports."""
        place = (node.start, formals.end)
        if node.parameter is None:
            body = node.body
            if not isinstance(body, nodes.AttributeSet) or "imports" not in body.bindings.attributes:
                taken = "a set of anything" if formals.ellipsis else "the empty set"
                yield Finding("empty_pattern", *place, f"`_:` takes anything; this takes {taken}")
        elif formals.ellipsis:
            told = f"`{node.parameter}:` takes anything; this takes a set of anything"
            yield Finding("redundant_pattern_bind", *place, told)

    def _if(self, node: nodes.If) -> Iterator[Finding]:
        condition, then, otherwise = node.condition, node.then, node.otherwise
        if not isinstance(condition, nodes.HasAttribute) or not isinstance(then, nodes.Select):
            return
        if then.default is not None or not (self._is_bare(condition) and self._is_bare(then)):
            return
        asked = self._part(condition)
        subject = self._written(condition.subject)
        path = asked[len(subject) :].strip().removeprefix("?").strip()
        if self._part(then) != f"{subject}.{path}":
            return
        default = self._written(otherwise)
        if self._is_bare(otherwise) and not isinstance(otherwise, SIMPLE):
            default = f"({default})"
        # An `if` stands where an operator may stand as well, so no parentheses are needed.
        change = (node.start, node.end, f"{self._part(then)} or {default}")
        told = f"`{_short(self._part(then))} or …` says the same"
        yield Finding("useless_has_attr", node.start, node.end, told, (change,))

    def _apply(self, node: nodes.Apply) -> Iterator[Finding]:
        function = node.function
        if self._seems_builtin(function, "toPath"):
            yield Finding("deprecated_to_path", node.start, node.end, "`/. + text` makes a path of a text")
        if not self._is_builtin(function, "isNull") or len(node.arguments) != 1:
            return
        argument = node.arguments[0]
        changes = ((node.start, node.end, f"({self._written(argument)} == null)"),)
        yield Finding("deprecated_is_null", node.start, node.end, "`== null` says the same", changes)

    def _select(self, node: nodes.Select) -> Iterator[Finding]:
        subject = node.subject
        if isinstance(subject, nodes.Variable) and subject.name == "builtins":
            return
        for name, rule in (("groupBy", "faster_groupby"), ("zipAttrsWith", "faster_zipattrswith")):
            if node.path[-1:] == (name,) and node.default is None:
                yield Finding(rule, node.start, node.end, f"builtins.{name} is the same, and faster")

    def _is_builtin(self, node: Expression, name: str) -> bool:
        if isinstance(node, nodes.Variable):
            return node.name == name and name in PLAIN_GLOBALS and self._is_global(node)
        if isinstance(node, nodes.Select) and isinstance(node.subject, nodes.Variable):
            return node.subject.name == "builtins" and node.path == (name,) and self._is_global(node.subject)
        return False

    def _seems_builtin(self, node: Expression, name: str) -> bool:
        """Whether a builtin is named, be it by a `with` or an `inherit`."""
        if not isinstance(node, nodes.Variable) or node.name != name:
            return self._is_builtin(node, name)
        bound = self._program.bound(node)
        return bound.start < 0 or self._program.named(bound.start).kind == "inherited"

    def _is_global(self, node: nodes.Variable) -> bool:
        return self._program.bound(node).start < 0


def _is_operation(node: Expression, operators: tuple[str, ...]) -> bool:
    return isinstance(node, nodes.Binary) and node.operator in operators


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 30 else text[:29] + "…"

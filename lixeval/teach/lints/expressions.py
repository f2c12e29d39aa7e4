"""Rules about expressions: what statix finds in the tree."""

from __future__ import annotations

from lixeval.builtins.table import PLAIN_GLOBALS
from lixeval.compiler.analysis import FreeNames
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression, Node
from lixeval.teach.lints.findings import Finding
from lixeval.teach.program import Program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SIMPLE = (nodes.Variable, nodes.Int, nodes.Float, nodes.List, nodes.AttributeSet, nodes.Path, nodes.SearchPath)
"""Expressions that need no parentheses anywhere."""


class Expressions:
    """The findings of one program."""

    def __init__(self, program: Program, text: str) -> None:
        self._program = program
        self._text = text
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
                    yield from self._inherited(node.bindings, is_let=True)
                case nodes.AttributeSet():
                    yield from self._inherited(node.bindings, is_let=False, recursive=node.recursive)
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

    def _binary(self, node: nodes.Binary) -> Iterator[Finding]:
        if node.operator in ("==", "!="):
            for side in (node.left, node.right):
                if isinstance(side, nodes.Variable) and side.name in ("true", "false") and self._is_global(side):
                    means = (node.operator == "==") == (side.name == "true")
                    how = "the Boolean itself says the same" if means else "`!` says the same"
                    yield Finding("bool_comparison", node.start, node.end, f"comparison with {side.name}: {how}")
                    return
        if node.operator == "++":
            for side in (node.left, node.right):
                if isinstance(side, nodes.List) and not side.items:
                    yield Finding("empty_list_concat", node.start, node.end, "joining with an empty list adds nothing")
                    return

    def _unary(self, node: nodes.Unary) -> Iterator[Finding]:
        inner = node.operand
        if node.operator != "!" or not isinstance(inner, nodes.Binary) or inner.operator not in ("==", "!="):
            return
        other = "!=" if inner.operator == "==" else "=="
        left, right = self._text[inner.start : inner.operator_start], self._text[inner.operator_start + 2 : inner.end]
        changed = f"({left}{other}{right})"
        told = f"`!(… {inner.operator} …)` is `… {other} …`"
        yield Finding("bool_simplification", node.start, node.end, told, ((node.start, self._closed(node), changed),))

    def _closed(self, node: nodes.Unary) -> int:
        """Where an operand in parentheses ends, these included."""
        end = node.operand.end
        opened = self._text.count("(", node.start, node.operand.start)
        while opened and end < len(self._text):
            opened -= self._text[end] == ")"
            end += 1
        return end

    def _let(self, node: nodes.Let) -> Iterator[Finding]:
        bindings = node.bindings
        if not bindings.attributes:
            start = node.body.start
            change = (node.start, start, "") if self._text[start - 1 : start] != "(" else None
            changes = (change,) if change is not None else ()
            yield Finding("empty_let_in", node.start, bindings.end, "this `let` binds nothing", changes)
        inner = node.body
        if isinstance(inner, nodes.Let) and bindings.attributes and inner.bindings.attributes:
            names = inner.bindings.attributes.keys()
            free = set(self._free(nodes.Let(node.start, node.end, bindings, nodes.Int(0, 0, 0))))
            clear = not names & bindings.attributes.keys() and not names & free
            between = self._text[bindings.end : inner.start]
            plain = clear and not between.strip().removeprefix("in").strip()
            start = bindings.end if self._text.startswith("in", bindings.end) else -1
            changes = ((start, inner.start + 3, ""),) if plain and start >= 0 else ()
            yield Finding("collapsible_let_in", inner.start, inner.start + 3, "the two `let` can be one", changes)

    def _inherited(self, bindings: nodes.Bindings, *, is_let: bool, recursive: bool = False) -> Iterator[Finding]:
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
            if isinstance(value, nodes.Variable) and value.name == name and not is_let and not recursive:
                change = (attribute.start, end, f"inherit {name}")
                yield Finding("manual_inherit", attribute.start, end, f"`inherit {name};` says the same", (change,))
            elif isinstance(value, nodes.Select) and value.default is None and value.path == (name,):
                subject = self._part(value.subject)
                change = (attribute.start, end, f"inherit ({subject}) {name}")
                told = f"`inherit ({_short(subject)}) {name};` says the same"
                yield Finding("manual_inherit_from", attribute.start, end, told, (change,))

    def _lambda(self, node: nodes.Lambda) -> Iterator[Finding]:
        formals, body = node.formals, node.body
        if formals is not None:
            if not formals.formals and formals.ellipsis:
                if node.parameter is None:
                    told = "`_:` takes anything; this takes a set of anything"
                    yield Finding("empty_pattern", node.start, formals.end, told)
                else:
                    told = f"`{node.parameter}:` takes anything; this takes a set of anything"
                    yield Finding("redundant_pattern_bind", node.start, formals.end, told)
            return
        if not isinstance(body, nodes.Apply) or not body.arguments or not isinstance(body.function, _NAMED):
            return
        last = body.arguments[-1]
        if not isinstance(last, nodes.Variable) or last.name != node.parameter or len(body.arguments) != 1:
            return
        if node.parameter not in self._free(body.function):
            told = f"`{_short(self._part(body.function))}` is the same function"
            yield Finding("eta_reduction", node.start, node.end, told)

    def _if(self, node: nodes.If) -> Iterator[Finding]:
        condition, then = node.condition, node.then
        if not isinstance(condition, nodes.HasAttribute) or not isinstance(then, nodes.Select):
            return
        names = all(isinstance(part, str) for part in condition.path)
        if then.default is not None or then.path != condition.path or not names:
            return
        if self._part(condition.subject) != self._part(then.subject):
            return
        otherwise = self._part(node.otherwise)
        if not isinstance(node.otherwise, SIMPLE) or self._text[node.otherwise.end - 1 : node.otherwise.end] == ")":
            otherwise = f"({otherwise})"
        changed = f"({self._part(then)} or {otherwise})"
        change = (node.start, node.end, changed)
        ends_plainly = node.otherwise.end == node.end and node.otherwise.start > 0
        told = f"`{_short(self._part(then))} or …` says the same"
        yield Finding("useless_has_attr", node.start, node.end, told, (change,) if ends_plainly else ())

    def _apply(self, node: nodes.Apply) -> Iterator[Finding]:
        function = node.function
        if not self._is_builtin(function, "isNull") or len(node.arguments) != 1:
            return
        argument = node.arguments[0]
        change = (node.start, node.end, f"({self._part(argument)} == null)")
        plain = isinstance(argument, SIMPLE) and argument.end == node.end
        told = "`== null` says the same"
        yield Finding("deprecated_is_null", node.start, node.end, told, (change,) if plain else ())

    def _select(self, node: nodes.Select) -> Iterator[Finding]:
        if self._is_builtin(node, "toPath"):
            yield Finding("deprecated_to_path", node.start, node.end, "`/. + text` makes a path of a text")
        if isinstance(node.subject, nodes.Variable) and node.subject.name == "lib":
            for name, rule in (("groupBy", "faster_groupby"), ("zipAttrsWith", "faster_zipattrswith")):
                if node.path == (name,):
                    yield Finding(rule, node.start, node.end, f"builtins.{name} is the same, and faster")

    def _is_builtin(self, node: Expression, name: str) -> bool:
        if isinstance(node, nodes.Variable):
            return node.name == name and name in PLAIN_GLOBALS and self._is_global(node)
        if isinstance(node, nodes.Select) and isinstance(node.subject, nodes.Variable):
            return node.subject.name == "builtins" and node.path == (name,) and self._is_global(node.subject)
        return False

    def _is_global(self, node: nodes.Variable) -> bool:
        return self._program.bound(node).start < 0


_NAMED = (nodes.Variable, nodes.Select)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 30 else text[:29] + "…"

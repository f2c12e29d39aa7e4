"""What functions may be to those who apply them: the traits of `runtime.traits`, read from their text.

A builtin that applies a function of some trait can do without calling it, or before its result is wanted: nobody can
tell.
"""

from __future__ import annotations

from collections.abc import Iterable

from lixeval.compiler.asking import asks
from lixeval.compiler.comparators import order_by_keys
from lixeval.compiler.frames import Binding
from lixeval.compiler.generator import Generator
from lixeval.compiler.literals import shown_number
from lixeval.compiler.scope import Scope
from lixeval.compiler.selection import as_builtin
from lixeval.runtime import traits
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression


def trait_of_lambdas(g: Generator, scope: Scope, chain: list[nodes.Lambda]) -> str:
    """What a function may be to those who apply it: a trait (see `runtime.traits`) or ""; `scope` is its body's.

    Of one argument: whether nobody can tell if it is applied early, for which C++ Nix's thunks are not made.  Of two:
    whether it only adds to its first one, or compares them by keys, which shows where its arguments are recorded alone.
    """
    node = chain[0]
    if len(chain) == 2 and node.parameter is not None:
        if g.told:
            return ""
        keys = order_by_keys(g, scope, chain)
        return traits.ORDERS + keys if keys else _accumulates(g, scope, chain, node.parameter)
    if g.told or len(chain) > 1 or node.formals is not None:
        return ""
    asked = "" if g.probed else asks(scope, node)
    if asked:
        return asked
    trait = _trait_of_lambda(g, scope, node, node.body)
    if not trait:
        picks = _picks(g, scope, node.body, node.parameter)
        return (traits.PICKS_LATER if g.faithful else traits.PICKS) + picks if picks else ""
    if g.faithful:
        return traits.SHOWN_LATER.get(trait, "")
    return trait


def _trait_of_lambda(g: Generator, scope: Scope, node: nodes.Lambda, body: Expression) -> str:
    if isinstance(body, nodes.List | nodes.Int | nodes.Float):
        return traits.MAKES
    if isinstance(body, nodes.AttributeSet) and not body.recursive and not body.bindings.dynamic:
        return traits.MAKES
    if is_same(node):
        return traits.SAME
    if isinstance(body, nodes.String):
        numbers = [shown_number(g, scope, part) for part in body.parts if not isinstance(part, str)]
        return traits.COUNTS if all(number and _counts(scope, number) for number in numbers) else ""
    shown = shown_number(g, scope, body)
    if isinstance(shown, nodes.Variable) and shown.name == node.parameter:
        return traits.SHOWS
    if shown is not None and _counts(scope, shown):
        return traits.COUNTS
    if not _counts(scope, body):
        return ""
    return traits.LINEAR if _degree(body, node.parameter) == 1 else traits.COUNTS


def _picks(g: Generator, scope: Scope, body: Expression, parameter: str | None) -> str:
    """What stands behind the trait of a function that is `n: elemAt list (n + start)`, `n: elemAt list (count - n - 1)`
    or alike; "" of another one.
    """
    if not isinstance(body, nodes.Apply) or as_builtin(g, scope, body.function) != "elemAt":
        return ""
    elements, index = body.arguments if len(body.arguments) == 2 else (body, body)
    found = _variable(scope, elements)
    terms = _terms(scope, index, parameter)
    if not found or terms is None or getattr(elements, "name", None) == parameter:
        return ""
    step, number, variables = terms
    index_terms = ",".join((str(step), str(number), *variables))
    return f"{found}[{index_terms}]" if step in (1, -1) else ""


def _terms(scope: Scope, node: Expression, parameter: str | None) -> tuple[int, int, list[str]] | None:
    """How often a sum has the parameter, the number in it, and the variables that are added; None of what is no sum."""
    if isinstance(node, nodes.Int):
        return 0, node.value, []
    if isinstance(node, nodes.Variable):
        if node.name == parameter:
            return 1, 0, []
        found = _variable(scope, node)
        return (0, 0, [found]) if found else None
    if not isinstance(node, nodes.Binary) or node.operator not in ("+", "-"):
        return None
    left, right = _terms(scope, node.left, parameter), _terms(scope, node.right, parameter)
    if left is None or right is None:
        return None
    if node.operator == "+":
        return left[0] + right[0], left[1] + right[1], left[2] + right[2]
    return None if right[2] else (left[0] - right[0], left[1] - right[1], left[2])


def _variable(scope: Scope, node: Expression) -> str:
    """The variable of the Python function that a name stands for, "" where there is none."""
    found = scope.lookup(node.name) if isinstance(node, nodes.Variable) else None
    if not isinstance(found, Binding) or found.constant or found.arity or found.member_of is not None:
        return ""
    return found.local


def is_same(node: Expression) -> bool:
    """Whether an expression is `x: x`."""
    if not isinstance(node, nodes.Lambda) or node.formals is not None:
        return False
    return isinstance(node.body, nodes.Variable) and node.body.name == node.parameter


def _accumulates(g: Generator, scope: Scope, chain: list[nodes.Lambda], name: str) -> str:
    """Whether a function of two arguments only adds to its first one, whatever that is: `a: b: a ++ [ b ]`."""
    node = chain[1]
    formals = () if node.formals is None else node.formals.formals
    if name == node.parameter or any(formal.name == name for formal in formals):
        return ""
    if name in g.free_names.of(formal.default for formal in formals):
        return ""
    if isinstance(node.body, nodes.Binary) and node.formals is None and node.body.operator == "+":
        operands = [getattr(operand, "name", None) for operand in (node.body.left, node.body.right)]
        return traits.ADDS if operands == [name, node.parameter] else ""
    if isinstance(node.body, nodes.If) and _gathers(g, scope, node.body, name, node.parameter):
        return traits.GATHERS
    for operator, trait in (("++", traits.APPENDS), ("//", traits.UPDATES)):
        if not isinstance(node.body, nodes.Variable) and _adds_to(g, node.body, name, operator):
            return trait
    return ""


def _gathers(g: Generator, scope: Scope, node: nodes.If, name: str, element: str | None) -> bool:
    """Whether an expression is `if elem e found then found else found ++ [ e ]`."""
    asked, added = node.condition, node.otherwise
    return (
        element is not None
        and isinstance(asked, nodes.Apply)
        and as_builtin(g, scope, asked.function) == "elem"
        and _names(asked.arguments) == [element, name]
        and isinstance(added, nodes.Binary)
        and added.operator == "++"
        and isinstance(added.right, nodes.List)
        and _names((node.then, added.left, *added.right.items)) == [name, name, element]
    )


def _names(expressions: Iterable[Expression]) -> list[str | None]:
    """The names that expressions are, None for one that is none."""
    return [each.name if isinstance(each, nodes.Variable) else None for each in expressions]


def _adds_to(g: Generator, node: Expression, name: str, operator: str) -> bool:
    """Whether an expression is `name operator …` in each case, and mentions the name nowhere else."""
    while not isinstance(node, nodes.Variable):
        match node:
            case nodes.Binary() if node.operator == operator:
                others: tuple[Expression, ...] = (node.right,)
                following = node.left
            case nodes.If():
                if not _adds_to(g, node.then, name, operator):
                    return False
                others, following = (node.condition,), node.otherwise
            case nodes.Assert():
                others, following = (node.condition,), node.body
            case nodes.Let() if name not in node.bindings.own and not node.bindings.runs_bind(name):
                if name in g.free_names.of_bindings(node.bindings):
                    return False
                others, following = (), node.body
            case _:
                return False
        if name in g.free_names.of(others):
            return False
        node = following
    return node.name == name


def _counts(scope: Scope, node: Expression) -> bool:
    """Whether an expression is arithmetic on variables and literals.  If the variables hold ints it ends, and touches
    nothing else; whether they do, `runtime.eagerness.counts_at_once` sees.
    """
    stack: list[Expression] = [node]
    while stack:
        node = stack.pop()
        if isinstance(node, nodes.Binary) and node.operator in ("+", "-", "*", "/"):
            stack += [node.left, node.right]
        elif isinstance(node, nodes.Variable):
            found = scope.lookup(node.name)
            if not isinstance(found, Binding) or found.arity or found.member_of is not None:
                return False
            if found.constant and found.value.__class__ is not int:
                return False
        elif not isinstance(node, nodes.Int):
            return False
    return True


def _degree(node: Expression, name: str | None, deep: int = 8) -> int:
    """The degree of arithmetic as a polynomial in a variable; 9 where it is none, or not looked at so `deep`."""
    if isinstance(node, nodes.Variable):
        return int(node.name == name)
    if not isinstance(node, nodes.Binary):
        return 0
    if deep == 0:
        return 9
    left, right = _degree(node.left, name, deep - 1), _degree(node.right, name, deep - 1)
    if node.operator == "*":
        return left + right
    return max(left, right) if node.operator != "/" or left == right == 0 else 9

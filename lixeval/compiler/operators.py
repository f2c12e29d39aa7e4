"""Operators.  The common case (two ints, two plain strings, two sets) is done in place, everything else by a call.

    a + b     (ADD(a, b) if not (a.__class__ is int is b.__class__ and MIN <= (t := a + b) <= MAX) else t)
    a < b     (LESS(a, b) if not a.__class__ is int is b.__class__ else a < b)
    a // b    (UPDATE(a, b) if not (a.__class__ is dict is b.__class__ and a and b) else a | b)
              where `b` does anything that shows, before that: if a.__class__ is not dict: UPDATE(a, a)

The operands are evaluated in the order of C++ Nix, where `a > b` is `b < a` and `a <= b` is `!(b < a)`.
"""

from __future__ import annotations

import _ast as ast

from lixeval.compiler import pyast as py
from lixeval.compiler.frames import Binding, Frame
from lixeval.compiler.generator import Generator, Rules
from lixeval.compiler.literals import constant_of
from lixeval.compiler.scope import Scope
from lixeval.compiler.selection import CONSTANTS, as_builtin
from lixeval.runtime.nesting import endless
from lixeval.runtime.values import INT_MAX, INT_MIN
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression


def add_rules(rules: Rules) -> None:
    rules.value[nodes.Binary] = _binary
    rules.test[nodes.Binary] = _binary_test
    rules.delay[nodes.Binary] = _delay_binary
    rules.value[nodes.Unary] = _unary
    rules.test[nodes.Unary] = _unary_test
    rules.delay[nodes.Unary] = _delay_unary
    rules.into[nodes.Assert] = _assert


_ARITHMETIC: dict[str, tuple[ast.operator, str]] = {
    "+": (ast.Add(), "ADD"),
    "-": (ast.Sub(), "SUB"),
    "*": (ast.Mult(), "MUL"),
}
_ORDER = frozenset(("<", ">", "<=", ">="))
_LOGIC = frozenset(("&&", "||", "->"))
_BOOLEAN = _ORDER | _LOGIC | frozenset(("==", "!="))


def _binary(g: Generator, frame: Frame, scope: Scope, node: nodes.Binary) -> ast.expr:
    operator = node.operator
    if operator in _BOOLEAN:
        return _binary_test(g, frame, scope, node)
    if operator in ("++", "//"):
        return _joined(g, frame, scope, node)
    return _left_chain(g, frame, scope, node)


def _left_chain(g: Generator, frame: Frame, scope: Scope, node: nodes.Binary) -> ast.expr:
    """`a + b - c …`: the chain leans to the left and may be long, so it is walked in a loop."""
    chain: list[nodes.Binary] = []
    current: Expression = node
    while isinstance(current, nodes.Binary) and current.operator in ("+", "-", "*", "/"):
        chain.append(current)
        current = current.left
    if len(chain) > MAX_CHAIN:
        raise endless()
    result = g.value(frame, scope, current)
    # What a text is added to is one, so all of `a + b + "/"` are.
    of_texts = any(_is_text(g, scope, each) for each in (current, *[link.right for link in chain]))
    for link in reversed(chain):
        at = _operator_at(g, link)
        left = g.settled(frame, g.at(link), result)
        if link.operator == "+":
            right = _addend(g, frame, scope, link, left)
            result = _text(at, left, right) if of_texts else _arithmetic(g, at, "+", left, right)
        else:
            result = _arithmetic(g, at, link.operator, left, g.value(frame, scope, link.right))
    return result


MAX_CHAIN = 80_000
"""So many links of `a + b + c …` C++ Nix can evaluate before its stack ends; compiling more takes gigabytes."""


def _addend(g: Generator, frame: Frame, scope: Scope, node: nodes.Binary, left: ast.expr) -> ast.expr:
    """The right operand of `+`.  Should it fail, a left one that cannot be added to has failed before it (and said what
    it had to say, unlike here: asking first what it is takes a fibonacci 1.5 % longer):

    try: t = …
    except: ADDEND(left); raise
    """
    if is_addend(node.left):
        return g.value(frame, scope, node.right)
    at = _operator_at(g, node)
    check = py.expression(at, py.call(at, "ADDEND", left))
    if frame.guards == _MAX_GUARDS:
        frame.emit(check)
        return g.value(frame, scope, node.right)
    with frame.guarded() as block:
        right = g.value(frame, scope, node.right)
    if block:
        frame.emit(py.try_(at, block, None, [check, py.raise_(at)]))
    return right


def is_addend(node: Expression) -> bool:
    """Whether an expression can be added to, if it gives anything."""
    if isinstance(node, nodes.Binary):
        return node.operator in ("+", "-", "*", "/")
    return isinstance(node, nodes.Int | nodes.Float | nodes.String | nodes.Path)


_MAX_GUARDS = 8
"""Python has no more than twenty `try` within one another."""


def _operator_at(g: Generator, node: nodes.Binary) -> py.At:
    """Errors of an operator point at the operator itself, with the whole expression's line."""
    return g.between(node.operator_start, node.operator_start + len(node.operator))


_GIVING_TEXTS = frozenset(("concatStringsSep", "replaceStrings", "substring", "toString"))


def _is_text(g: Generator, scope: Scope, node: Expression) -> bool:
    """Whether an expression that succeeds is a string, as its text tells."""
    return isinstance(node, nodes.String) or (
        isinstance(node, nodes.Apply) and as_builtin(g, scope, node.function) in _GIVING_TEXTS
    )


def _text(at: py.At, left: ast.expr, right: ast.expr) -> ast.expr:
    """`left + right` in place where both are plain strings, and no two halves of a character come together."""
    slow = py.call(at, "ADD", left, right)
    tests: list[ast.expr] = []
    for operand in (left, right):
        if not isinstance(operand, ast.Constant):
            tests.append(py.is_class(at, operand, "str"))
        elif operand.value.__class__ is not str or not operand.value.isascii():
            return slow
    if len(tests) == 2:
        is_ascii = py.call_expression(at, py.attribute(at, left, "isascii"), [])
        tests = [py.both_class(at, left, right, "str"), is_ascii]
    return py.usually(at, py.all_of(at, *tests), py.binary(at, left, ast.Add(), right), slow) if tests else slow


def _arithmetic(g: Generator, at: py.At, operator: str, left: ast.expr, right: ast.expr) -> ast.expr:
    if operator == "/":
        return _division(at, left, right)
    slow = py.call(at, _ARITHMETIC[operator][1], left, right)
    if _certainly_not_int(left) or _certainly_not_int(right):
        return slow
    of_operands, fits, result = _sum(g, at, operator, left, right)
    return py.usually(at, py.all_of(at, *of_operands, fits), result, slow)


def _sum(
    g: Generator, at: py.At, operator: str, left: ast.expr, right: ast.expr
) -> tuple[list[ast.expr], ast.expr, ast.Name]:
    """Arithmetic on ints in place: the tests that the operands are ints, the one that the result fits, the result."""
    target = g.temporary("t")
    result = py.walrus(at, target, py.binary(at, left, _ARITHMETIC[operator][0], right))
    in_range: ast.expr
    number = right.value if isinstance(right, ast.Constant) else None
    if isinstance(number, int) and operator in "+-":
        grows = (number >= 0) == (operator == "+")
        bound, order = (INT_MAX, ast.LtE()) if grows else (INT_MIN, ast.GtE())
        in_range = py.compare(at, result, order, py.constant(at, bound))
    else:
        in_range = ast.Compare(
            py.constant(at, INT_MIN), [ast.LtE(), ast.LtE()], [result, py.constant(at, INT_MAX)], **at
        )
    return _ints(at, left, right), in_range, py.name(at, target)


def _division(at: py.At, left: ast.expr, right: ast.expr) -> ast.expr:
    """`a / b`: Python's own where both round alike, for ints of which none is negative (40 ns instead of 190)."""
    slow = py.call(at, "DIV", left, right)
    if _certainly_not_int(left) or _certainly_not_int(right) or (left.__class__ is right.__class__ is ast.Constant):
        return slow
    tests = _ints(at, left, right)
    for operand, least in ((left, 0), (right, 1)):
        if not isinstance(operand, ast.Constant):
            tests.append(py.compare(at, operand, ast.GtE(), py.constant(at, least)))
        elif isinstance(operand.value, int) and operand.value < least:
            return slow
    return py.usually(at, py.all_of(at, *tests), py.binary(at, left, ast.FloorDiv(), right), slow)


def _certainly_not_int(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value.__class__ is not int


def _ints(at: py.At, left: ast.expr, right: ast.expr) -> list[ast.expr]:
    """The tests that both operands are ints; a constant needs none."""
    if isinstance(right, ast.Constant):
        return [py.is_class(at, left, "int")]
    if isinstance(left, ast.Constant):
        return [py.is_class(at, right, "int")]
    return [py.both_class(at, left, right, "int")]


def _joined(g: Generator, frame: Frame, scope: Scope, node: nodes.Binary) -> ast.expr:
    """`a ++ b ++ c`, `a // b // c` lean to the right: the operands are evaluated in order, then joined from the end."""
    operands: list[ast.expr] = []
    places: list[py.At] = []
    sets: list[bool] = []
    current: Expression = node
    while isinstance(current, nodes.Binary) and current.operator == node.operator:
        left = g.value(frame, scope, current.left)
        at = _operator_at(g, current)
        operands.append(left)
        places.append(at)
        sets.append(node.operator == "//" and _is_set_first(frame, at, current, left))
        current = current.right
    result = g.value(frame, scope, current)
    for left, at, is_set in zip(reversed(operands), reversed(places), reversed(sets), strict=True):
        right = g.settled(frame, at, result)
        if node.operator == "++":
            fast = py.binary(at, left, ast.Add(), right)
            result = py.usually(at, py.both_class(at, left, right, "tuple"), fast, py.call(at, "CONCAT", left, right))
        else:
            fast = py.binary(at, left, ast.BitOr(), right)
            are_sets = py.is_class(at, right, "dict") if is_set else py.both_class(at, left, right, "dict")
            usual = py.all_of(at, are_sets, left, right)
            result = py.usually(at, usual, fast, py.call(at, "UPDATE", left, right))
    return result


def _is_set_first(frame: Frame, at: py.At, node: nodes.Binary, left: ast.expr) -> bool:
    """Whether `left` is a set: what `//` asks, and fails, before it evaluates the right operand.  Where nobody can tell
    the two apart they are looked at together.
    """
    if is_made(node.left):
        return True
    if is_made(node.right):
        return False
    refused = py.expression(at, py.call(at, "UPDATE", left, left))
    frame.emit(py.if_(at, py.not_(at, py.is_class(at, left, "dict")), [refused]))
    return True


def is_made(node: Expression) -> bool:
    """Whether an expression is a set that nothing is evaluated for."""
    return isinstance(node, nodes.AttributeSet) and not node.bindings.dynamic and "__overrides" not in node.bindings.own


# Conditions


def _binary_test(g: Generator, frame: Frame, scope: Scope, node: nodes.Binary) -> ast.expr:
    operator = node.operator
    if operator in _LOGIC:
        return _logic(g, frame, scope, node)
    if operator in ("==", "!="):
        return _equality(g, frame, scope, node)
    if operator in _ORDER:
        return _order(g, frame, scope, node)
    at = g.at(node)
    value = g.settled(frame, at, _binary(g, frame, scope, node))
    return py.call(at, "BOOLEAN", value)


def _order(g: Generator, frame: Frame, scope: Scope, node: nodes.Binary) -> ast.expr:
    at = _operator_at(g, node)
    if node.operator in ("<", ">="):
        left, right = g.value(frame, scope, node.left), g.value(frame, scope, node.right)
    else:
        right, left = g.value(frame, scope, node.right), g.value(frame, scope, node.left)
        left, right = right, left
    # Now `left < right` is the question asked, or its negation.
    slow = py.call(at, "LESS", left, right)
    if node.operator in ("<=", ">="):
        slow_test: ast.expr = py.not_(at, slow)
        order: ast.cmpop = ast.GtE()
    else:
        slow_test, order = slow, ast.Lt()
    if _certainly_not_int(left) or _certainly_not_int(right):
        return slow_test
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        return slow_test
    fast = py.compare(at, left, order, right)
    return py.usually(at, py.all_of(at, *_ints(at, left, right)), fast, slow_test)


def _equality(g: Generator, frame: Frame, scope: Scope, node: nodes.Binary) -> ast.expr:
    at = _operator_at(g, node)
    left = g.value(frame, scope, node.left)
    if _is_empty_list(node.right) and not isinstance(left, ast.Constant):
        test = py.all_of(at, py.is_class(at, left, "tuple"), py.not_(at, left))
    else:
        numbers = _is_number(node.left) or _is_number(node.right)
        test = _equal(g, at, left, g.value(frame, scope, node.right), numbers=numbers)
    return py.not_(at, test) if node.operator == "!=" else test


def _is_empty_list(node: Expression) -> bool:
    return isinstance(node, nodes.List) and not node.items


def _is_number(node: Expression) -> bool:
    """Whether an expression gives a number if anything."""
    return isinstance(node, nodes.Unary | nodes.Binary) and node.operator in ("-", "*", "/")


def _assert(g: Generator, frame: Frame, scope: Scope, node: nodes.Assert, target: str) -> None:
    """`assert c; body`.  The error of a comparison says how its sides differ, which are evaluated again for it, as Nix
    does.
    """
    condition = node.condition
    at = g.at(condition)
    if isinstance(condition, nodes.Binary) and condition.operator == "==":
        sides = condition.left, condition.right
        left, right = [g.value(frame, scope, side) for side in sides]
        test = _equal(g, _operator_at(g, condition), left, right)
        with frame.branch() as block:
            if not all(isinstance(side, _SAYS_NOTHING) for side in sides):
                left, right = [g.value(frame, scope, side) for side in sides]
            block.append(py.raise_(at, py.call(at, "UNEQUAL", left, right)))
    else:
        test = g.test(frame, scope, condition)
        block = [py.raise_(at, py.call(at, "AssertionFailed", py.constant(at, "")))]
    frame.emit(py.if_(at, py.not_(at, test), block))
    g.into(frame, scope, node.body, target)


_SAYS_NOTHING = (nodes.Variable, nodes.Int, nodes.Float, nodes.Path)
"""What, once evaluated, is evaluated again without a trace."""


def _equal(g: Generator, at: py.At, left: ast.expr, right: ast.expr, *, numbers: bool = False) -> ast.expr:
    """`left == right`; `numbers` says that one of them is a number if anything."""
    if isinstance(left, ast.Constant) and not isinstance(right, ast.Constant):
        left, right = right, left
    slow = py.call(at, "EQUAL", left, right)
    if isinstance(left, ast.Constant):
        return slow
    if isinstance(right, ast.Constant):
        value = right.value
        if value is None or value.__class__ is bool:
            return py.is_(at, left, right)
        if value.__class__ is str:
            # To Python as to Nix it is unequal to whatever is no string with that text.
            return py.compare(at, left, ast.Eq(), right)
        if value.__class__ is int:
            fast = py.compare(at, left, ast.Eq(), right)
            return py.usually(at, py.is_class(at, left, "int"), fast, slow)
        return slow
    fast = py.compare(at, left, ast.Eq(), right)
    plain: ast.expr = py.both_class(at, left, right, "int")
    if not numbers:
        plain = py.any_of(at, py.both_class(at, left, right, "str"), plain)
    return py.usually(at, plain, fast, slow)


def _logic(g: Generator, frame: Frame, scope: Scope, node: nodes.Binary) -> ast.expr:
    """`a && b && c`: flat where the operands need no statements of their own, else by `if`."""
    at = g.at(node)
    left = g.test(frame, scope, node.left)
    if node.operator == "->":
        left = py.not_(at, left)
    # `a -> b` is `!a || b`.
    wants_right = node.operator == "&&"
    with frame.branch() as block:
        right = g.test(frame, scope, node.right)
    if not block:
        if isinstance(left, ast.BoolOp) and isinstance(node.left, nodes.Binary) and node.left.operator == node.operator:
            assert isinstance(left.op, ast.And if wants_right else ast.Or)
            # A long chain is one expression: Python takes a time for nested ones that grows with their square.
            left.values.append(right)
            return left
        return py.all_of(at, left, right) if wants_right else py.any_of(at, left, right)
    target = g.temporary("b")
    frame.emit(py.assign(at, target, left))
    block.append(py.assign(at, target, right))
    go_on: ast.expr = py.name(at, target)
    frame.emit(py.if_(at, go_on if wants_right else py.not_(at, go_on), block))
    return py.name(at, target)


# Unary


def _unary(g: Generator, frame: Frame, scope: Scope, node: nodes.Unary) -> ast.expr:
    if node.operator == "!":
        return _unary_test(g, frame, scope, node)
    at = g.at(node)
    if isinstance(node.operand, nodes.Int):
        return py.constant(at, -node.operand.value)
    return py.call(at, "NEGATE", g.value(frame, scope, node.operand))


def _unary_test(g: Generator, frame: Frame, scope: Scope, node: nodes.Unary) -> ast.expr:
    at = g.at(node)
    if node.operator == "-":
        return py.call(at, "BOOLEAN", g.settled(frame, at, _unary(g, frame, scope, node)))
    return py.not_(at, g.test(frame, scope, node.operand))


def _delay_unary(g: Generator, frame: Frame, scope: Scope, node: nodes.Unary) -> ast.expr:
    if node.operator == "-" and isinstance(node.operand, nodes.Int) and not g.faithful:
        return py.constant(g.at(node), -node.operand.value)
    return g.thunk(frame, scope, node)


# Arithmetic at once


def _delay_binary(g: Generator, frame: Frame, scope: Scope, node: nodes.Binary) -> ast.expr:
    """`f (n - 1)`: computed at once if the operands are ints at hand and the result fits, else a cell.

    Nobody can tell: integer arithmetic ends, and where it would fail the cell will fail when it is forced.  Of very
    many values few may be wanted, and what there is to compile would be twice as much.
    """
    thunk = g.thunk(frame, scope, node)
    if g.faithful or g.crowd[1] or node.operator not in _ARITHMETIC:
        return thunk
    tests: list[ast.expr] = []
    now = computed(g, frame, scope, node, tests)
    return thunk if now is None or not tests else py.either(g.at(node), py.all_of(g.at(node), *tests), now, thunk)


MAX_AT_ONCE = 4
"""So many operations, one in another, are tried at once."""


def computed(
    g: Generator,
    frame: Frame,
    scope: Scope,
    node: Expression,
    tests: list[ast.expr],
    left: int = MAX_AT_ONCE,
) -> ast.expr | None:
    """The int that arithmetic gives, if the `tests` (more are added) say so; None for what is no such arithmetic."""
    if not isinstance(node, nodes.Binary) or node.operator not in _ARITHMETIC:
        return at_hand(g, frame, scope, node)
    if left == 0:
        return None
    operands: list[ast.expr] = []
    for operand in (node.left, node.right):
        value = computed(g, frame, scope, operand, tests, left - 1)
        if value is None:
            return None
        operands.append(value)
    first, second = operands
    if isinstance(first, ast.Constant) and isinstance(second, ast.Constant):
        return None
    of_operands, fits, result = _sum(g, g.at(node), node.operator, first, second)
    tests += [*of_operands, fits]
    return result


def at_hand(g: Generator, frame: Frame, scope: Scope, node: Expression) -> ast.expr | None:
    """The Python expression of an int literal, or of a variable that may hold an int; None for anything else.

    A variable that holds an evaluated cell is made to hold its value.
    """
    constant, value = constant_of(node)
    if constant:
        return py.constant(g.at(node), value) if value.__class__ is int else None
    if not isinstance(node, nodes.Variable) or node.name in CONSTANTS:
        return None
    found = scope.lookup(node.name)
    if not isinstance(found, Binding) or found.arity or found.member_of is not None:
        return None
    if found.constant:
        return py.constant(g.at(node), found.value) if found.value.__class__ is int else None
    return py.name(g.at(node), frame.look(g.at(node), found))

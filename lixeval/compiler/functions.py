"""Lambdas: how they become Python functions.  How these are called, `calls` knows.

A lambda is a nested `def`.  Directly nested lambdas, `a: b: c: …`, are fused into one Python function of up to four
parameters; where such a function escapes as a value it is wrapped in `Curried2` to `Curried4`, where it is bound by a
`let` and given all its arguments it is called directly.  A lambda with formals, `{ a, b ? 1, ... } @ args:`, is fused
only in the last place, because its argument is checked when it is applied.

The formals of a function can be asked for (`builtins.functionArgs`): they are the default of a second parameter that
no call passes, a constant, which costs a call nothing; a third parameter says that there is an ellipsis.
"""

from __future__ import annotations

import _ast as ast
from collections.abc import Callable, Iterable, Sequence

from lixeval.compiler import pyast as py
from lixeval.compiler.forcing import Order, Orders, forced_names, order_of
from lixeval.compiler.frames import Binding, Frame
from lixeval.compiler.generator import RETURN, Generator, Rules
from lixeval.compiler.pieces import ALONE
from lixeval.compiler.scope import Scope
from lixeval.compiler.selection import as_builtin
from lixeval.compiler.traits import trait_of_lambdas
from lixeval.runtime import code_info
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression
from lixeval.system.graphs import components

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.compiler.runs import ManyFormals
    from lixeval.syntax.run_nodes import Run

MAX_ARITY = 4
CURRIED = {2: "Curried2", 3: "Curried3", 4: "Curried4"}


def add_rules(rules: Rules) -> None:
    rules.value[nodes.Lambda] = _lambda_value
    rules.delay[nodes.Lambda] = _delay_lambda


def fused(node: nodes.Lambda) -> list[nodes.Lambda]:
    """The lambdas that become one Python function, outermost first."""
    chain = [node]
    while len(chain) < MAX_ARITY and chain[-1].formals is None and isinstance(chain[-1].body, nodes.Lambda):
        chain.append(chain[-1].body)
    return chain


LARGE_LAMBDA = 700
"""Functions of at least so many characters are defined, and compiled, when they are first wanted."""


MANY_NAMES = 1000
"""So many names are one text in a constant."""

MANY_DEFINITIONS = 200
"""So many `def`s are in one Python function at most, further ones in units of their own: Python's compiler goes through
all names of a function for each `def` in it."""


def is_put_off(g: Generator, node: Expression) -> bool:
    """Whether a function that is bound to a name becomes a thunk of its definition."""
    return g.faithful or is_large(node)


def is_large(node: Expression) -> bool:
    """Whether a function is defined when it is wanted."""
    return node.end - node.start >= LARGE_LAMBDA


def _lambda_value(g: Generator, frame: Frame, scope: Scope, node: nodes.Lambda) -> ast.expr:
    return function_value(g, frame, scope, node, *g.names.get(node, ("", False)))


def function_value(
    g: Generator, frame: Frame, scope: Scope, node: nodes.Lambda, name: str, recursive: bool
) -> ast.expr:
    """A lambda as a value; one that is bound to a name shows it, and where the name means itself, calls itself
    directly.
    """
    at = g.at(node)
    if frame.definitions >= MANY_DEFINITIONS:
        g.names.setdefault(node, (name, recursive))
        return g.forced(frame, at, g.thunk(frame, scope, node))
    chain = fused(node)
    identifier = g.fresh(name)
    wrapper: Binding | None = None
    if recursive and name in g.free_names(node):
        arity, forces = describe(g, Scope(scope, {name: Binding(name, identifier)}), chain)
        itself = Binding(name, identifier, frame)
        itself.arity, itself.forces = arity, forces
        frame.forced.setdefault(itself)
        if arity > 1:
            wrapper = itself.wrapper = Binding(name, g.fresh(name), frame)
            frame.forced.setdefault(wrapper)
        scope = Scope(scope, {name: itself})
    define(g, frame, scope, chain, identifier)
    code = py.name(at, identifier)
    if len(chain) == 1:
        return code
    return curried(g, frame, at, len(chain), code, None if wrapper is None else wrapper.local)


def curried(g: Generator, frame: Frame, at: py.At, arity: int, code: ast.expr, variable: str | None = None) -> ast.expr:
    """A fused function as a value, in a variable if one is given.

    Made in place, `t = Curried2(); t.code = f`, it takes half as long as by a call.
    """
    if g.probed:
        value = py.call(at, "CURRIED", py.constant(at, arity), code)
        if variable is None:
            return value
        frame.emit(py.assign(at, variable, value))
        return py.name(at, variable)
    made = variable or g.temporary("t")
    frame.emit(py.assign(at, made, py.call(at, CURRIED[arity])))
    frame.emit(py.assign_attribute(at, made, "code", code))
    return py.Made(made, ast.Load()) if variable is None else py.name(at, made)


def _delay_lambda(g: Generator, frame: Frame, scope: Scope, node: nodes.Lambda) -> ast.expr:
    if g.faithful:
        return g.thunk(frame, scope, node)
    return _lambda_value(g, frame, scope, node)


def describe(g: Generator, scope: Scope, chain: list[nodes.Lambda]) -> tuple[int, tuple[int, ...]]:
    """A function's arity, and the parameters that it forces before anything else, in this order."""
    if chain[-1].formals is not None:
        # Its argument is forced on entry.
        return len(chain), (len(chain) - 1,)
    # Of two parameters of one name the inner one is meant.
    parameters = {node.parameter: index for index, node in enumerate(chain) if node.parameter is not None}
    found: dict[int, None] = {}
    for name in forced_names(chain[-1].body, orders_in(g, scope), tuple(parameters)):
        if name not in parameters:
            break
        found.setdefault(parameters[name])
    return len(chain), tuple(found)


def orders_in(g: Generator, scope: Scope) -> Orders:
    """What is known, in a scope, of the order in which functions force their arguments."""

    def order(function: Expression) -> tuple[int, Order] | None:
        builtin = as_builtin(g, scope, function)
        if builtin is not None:
            arity, text = g.builtins.get(builtin, (0, ""))
            return (arity, order_of(text)) if arity else None
        found = scope.lookup(function.name) if isinstance(function, nodes.Variable) else None
        if not isinstance(found, Binding) or not (found.arity or found.takes):
            return None
        return found.arity or found.takes, tuple([(index, "") for index in found.forces])

    return order


def define(
    g: Generator,
    frame: Frame,
    scope: Scope,
    chain: list[nodes.Lambda],
    identifier: str,
    *,
    forced: Sequence[int] = (),
) -> None:
    """Emits the `def` of fused lambdas into `frame`; all who call it give it certain arguments `forced`."""
    inner = frame.nested(once=chain[0] is g.main)
    parameters: list[str] = []
    defaults: list[ast.expr] = []
    inner_scope = scope
    for node in chain:
        at = g.at(node)
        if node.formals is None:
            assert node.parameter is not None
            binding = Binding(node.parameter, g.fresh(node.parameter), inner)
            if len(parameters) in forced:
                inner.forced.setdefault(binding)
            parameters.append(binding.local)
            inner_scope = Scope(inner_scope, {node.parameter: binding})
        else:
            parameters.append(g.fresh(node.parameter or ""))
            inner_scope = _match(g, inner, inner_scope, node, parameters[-1], is_forced=bool(forced))
            defaults.append(_formals_constant(g, at, node.formals))
            if node.formals.ellipsis:
                defaults.append(py.constant(at, True))
    body = chain[-1].body
    if isinstance(body, nodes.Lambda):
        # What a function with a name gives has that name too (C++: `ExprLambda::setName`).
        g.names.setdefault(body, (identifier.rpartition("_")[0], False))
    crowd, g.crowd = g.crowd, ALONE
    g.into(inner, inner_scope, body, RETURN)
    g.crowd = crowd
    parameters += code_info.FORMALS[: len(defaults)]
    frame.definitions += 1
    at = g.at(chain[0])
    docstring = py.expression(at, py.constant(at, description_of(g, inner_scope, chain)))
    frame.emit(py.function(at, identifier, parameters, [docstring, *inner.taken()], defaults))


def body_of(g: Generator, argument: Binding) -> Callable[[Frame, Scope, nodes.Lambda, str], None]:
    """What compiles as a unit what a function gives for the argument that a variable holds."""

    def into(frame: Frame, scope: Scope, node: nodes.Lambda, target: str) -> None:
        if node.formals is None:
            assert node.parameter is not None
            inner = Scope(scope, {node.parameter: argument})
        else:
            at = g.at(node)
            variable = frame.reference(argument)
            frame.emit(py.assign(at, code_info.FORMALS[0], _formals_constant(g, at, node.formals)))
            inner = _match(g, frame, scope, node, variable)
        g.into(frame, inner, node.body, target)

    return into


def description_of(g: Generator, scope: Scope, chain: list[nodes.Lambda]) -> str:
    """The docstring of fused lambdas, of which `scope` is the body's.

    It costs a call nothing, and tells an error where the function is defined, or what is left of it when some of its
    arguments are given; and builtins whether it may be applied before its result is wanted.
    """
    places = [(at["lineno"], at["col_offset"] + 1) for at in map(g.at, chain)]
    return code_info.description(places, chain[0].end, trait_of_lambdas(g, scope, chain))


def _formals_constant(g: Generator, at: py.At, formals: nodes.Formals) -> ast.expr:
    """What `functionArgs` reads of each formal."""
    if formals.formals.__class__ is not tuple:
        from lixeval.compiler.runs import formals_row  # hardly any text has so many

        return py.constant(at, formals_row(g, formals))
    return py.constant(at, row_of(g, formals.formals))


def row_of(g: Generator, formals: Iterable[nodes.Formal]) -> tuple[Any, ...]:
    """The same as the constant's value, of formals that are nodes."""
    return code_info.written_formals(
        [(formal.name, formal.default is not None, g.place(formal.start)) for formal in formals]
    )


# Formals


def _match(
    g: Generator, frame: Frame, scope: Scope, node: nodes.Lambda, argument: str, *, is_forced: bool = False
) -> Scope:
    """The code that takes an argument set apart; the scope in which its attributes are variables."""
    formals = node.formals
    assert formals is not None
    at = g.between(node.start, node.body.start)
    if not is_forced:
        g.force(frame, at, argument)
    kept = formals.formals
    runs: ManyFormals | None = None
    if formals.formals.__class__ is not tuple:
        from lixeval.compiler.runs import many_formals  # hardly any text has so many

        runs = many_formals(g, scope, node)
        kept = tuple(formals.formals) if runs is None else runs.others
    if not g.faithful:
        # Of one that nobody mentions nothing is kept: a function of 100,000 formals would have as many variables.
        if runs is None:
            mentioned = mentioned_in(g, scope, node, kept)
        else:
            mentioned = g.free_names.of([node.body, *[formal.default for formal in kept]])
            mentioned = mentioned.union(*[run.needed for run in runs.optional])
            kept += runs.required_among(mentioned)
            mentioned = mentioned.union([formal.name for formal in kept if formal.default is not None])
        kept = tuple([formal for formal in kept if formal.name in mentioned])
    names = {formal.name: Binding(formal.name, g.fresh(formal.name), frame) for formal in kept}
    inner = Scope(scope, dict(names))
    containers = () if runs is None else runs.bind(g, frame, inner)
    if node.parameter is not None:
        whole = Binding(node.parameter, argument, frame)
        frame.forced.setdefault(whole)
        inner.names[node.parameter] = whole
    value = py.name(at, argument)
    not_set = py.not_(at, py.is_class(at, value, "dict"))
    frame.emit(py.if_(at, not_set, [py.raise_(at, py.call(at, "NEED_SET", value))]))
    required = [formal for formal in kept if formal.default is None]
    taken: list[ast.stmt] = [
        py.assign(at, names[formal.name].local, _entry(at, argument, formal.name)) for formal in required
    ]
    if taken:
        frame.emit(py.try_(at, taken, py.name(at, "KeyError"), [_fail(at, argument)]))
    _check_names(g, frame, at, argument, formals, len(required))
    optional = [formal for formal in kept if formal.default is not None]
    _match_optional(g, frame, inner, argument, optional, names, containers)
    return inner


def mentioned_in(g: Generator, scope: Scope, node: nodes.Lambda, formals: Sequence[nodes.Formal]) -> frozenset[str]:
    """The names that a function's body mentions, and so do the defaults of formals among them.

    A formal in whose default a name is bound by nothing, or by a `with`, counts as mentioned: it may be an error.
    """
    own = {node.parameter, *[formal.name for formal in formals]}
    waiting = {formal.name: g.free_names.of((formal.default,)) for formal in formals if formal.default is not None}
    mentioned = set(g.free_names.of((node.body,)))
    for name, free in waiting.items():
        if any(each not in own and each not in g.globals and scope.lookup(each) is None for each in free):
            mentioned.add(name)
    while found := mentioned.intersection(waiting):
        for name in found:
            mentioned |= waiting.pop(name)
    return frozenset(mentioned)


def _check_names(g: Generator, frame: Frame, at: py.At, argument: str, formals: nodes.Formals, known: int) -> None:
    """Refuses an argument that lacks a formal, `known` of which are there for certain, or without an ellipsis has more
    than the formals.
    """
    names, required = _all_names(formals)
    wrong: list[ast.expr] = []
    if known < len(required):
        wrong.append(py.not_(at, py.compare(at, _frozen(g, at, required), ast.LtE(), _keys(at, argument))))
    if not formals.ellipsis and len(required) == len(names):
        # All formals are there, so any more attributes are unexpected ones.
        size = py.call(at, "len", py.name(at, argument))
        wrong.append(py.compare(at, size, ast.NotEq(), py.constant(at, len(names))))
    elif not formals.ellipsis:
        wrong.append(py.not_(at, py.compare(at, _keys(at, argument), ast.LtE(), _frozen(g, at, names))))
    if wrong:
        frame.emit(py.if_(at, py.any_of(at, *wrong), [_fail(at, argument)]))


def _all_names(formals: nodes.Formals) -> tuple[list[str], list[str]]:
    """The names of all formals, and of those without a default."""
    if formals.formals.__class__ is tuple:
        names = [formal.name for formal in formals.formals]
        return names, [formal.name for formal in formals.formals if formal.default is None]
    parts: Any = formals.formals
    return parts.names(), parts.names(required=True)


def _frozen(g: Generator, at: py.At, names: list[str]) -> ast.expr:
    """A frozen set of names, made when the piece is loaded."""
    identifier = g.label("F")
    listed: ast.expr = py.constant(at, tuple(names))
    if len(names) > MANY_NAMES:
        # Python's compiler makes a key of each constant in a tuple.
        listed = py.call_expression(at, py.attribute(at, py.constant(at, " ".join(names)), "split"), [])
    g.constant(at, identifier, py.call(at, "frozenset", listed))
    return py.name(at, identifier)


def _keys(at: py.At, argument: str) -> ast.expr:
    return py.call_expression(at, py.attribute(at, py.name(at, argument), "keys"), [])


def _entry(at: py.At, argument: str, name: str) -> ast.expr:
    return py.subscript(at, py.name(at, argument), py.constant(at, name))


def _fail(at: py.At, argument: str) -> ast.stmt:
    """Raises the error that names the formal which is missing, or the argument which is not expected."""
    call = py.call(at, "BAD_ARGUMENTS", py.name(at, argument), py.name(at, code_info.FORMALS[0]))
    return py.raise_(at, call)


def _match_optional(
    g: Generator,
    frame: Frame,
    scope: Scope,
    argument: str,
    optional: list[nodes.Formal],
    names: dict[str, Binding],
    runs: Sequence[tuple[Run, Binding]],
) -> None:
    """`b ? default`: the attribute, or the default delayed; of a run all at once.

    A default may mention any other formal: each is emitted after those it needs.  Defaults that need one another get
    cells first and their environments at the end.
    """
    index = {formal.name: number for number, formal in enumerate(optional)}
    mentioned: list[Iterable[str]] = [g.free_names.of((formal.default,)) for formal in optional]
    mentioned += [run.needed for run, _ in runs]
    needs = [{index[name] for name in free if name in index} for free in mentioned]
    for number, (run, _) in enumerate(runs, len(optional)):
        for free, needed in zip(mentioned, needs, strict=True):
            if not run.own.isdisjoint(free):
                needed.add(number)
    if runs:
        from lixeval.compiler.runs import bind_run
    for component in components(dict(enumerate(needs))):
        if component[0] >= len(optional):
            run, container = runs[component[0] - len(optional)]
            bind_run(g, frame, scope, run, container, py.name(py.NOWHERE, argument))
            continue
        formals = [optional[number] for number in component]
        if len(formals) == 1 and component[0] not in needs[component[0]]:
            _emit_default(g, frame, scope, argument, formals[0], names[formals[0].name].local)
        else:
            _emit_recursive_defaults(g, frame, scope, argument, formals, names)


def _emit_default(g: Generator, frame: Frame, scope: Scope, argument: str, formal: nodes.Formal, variable: str) -> None:
    assert formal.default is not None
    at = g.at(formal)
    with frame.branch() as block:
        frame.emit(py.assign(at, variable, g.delay(frame, scope, formal.default)))
    taken = py.assign(at, variable, _entry(at, argument, formal.name))
    frame.emit(py.if_(at, _given(at, argument, formal), [taken], block))


def _given(at: py.At, argument: str, formal: nodes.Formal) -> ast.expr:
    return py.contains(at, py.constant(at, formal.name), py.name(at, argument))


def _emit_recursive_defaults(
    g: Generator,
    frame: Frame,
    scope: Scope,
    argument: str,
    formals: list[nodes.Formal],
    names: dict[str, Binding],
) -> None:
    patches: list[ast.stmt] = []
    for formal in formals:
        assert formal.default is not None
        at = g.at(formal)
        variable, cell = names[formal.name].local, g.fresh("d")
        suspended = g.suspended(frame, scope, formal.default)
        fresh = suspended.without_environment(at)
        # Where the attribute is given, the cell is made all the same and thrown away.
        frame.emit(py.assign(at, cell, fresh))
        entry = _entry(at, argument, formal.name)
        frame.emit(py.assign(at, variable, py.either(at, _given(at, argument, formal), entry, py.name(at, cell))))
        patches.append(py.assign_item(at, py.name(at, cell), py.constant(at, 1), suspended.environment))
    for patch in patches:
        frame.emit(patch)

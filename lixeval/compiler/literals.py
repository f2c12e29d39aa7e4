"""Literals, strings, paths and lists, and the conditionals that need no module of their own."""

from __future__ import annotations

import _ast as ast

from lixeval.compiler import pyast as py
from lixeval.compiler.frames import Binding, Frame
from lixeval.compiler.generator import RETURN, Generator, Rules
from lixeval.compiler.pieces import AMONG_MANY_ELEMENTS, CROWD
from lixeval.compiler.scope import Scope
from lixeval.compiler.selection import as_builtin
from lixeval.runtime import code_info
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression


def add_rules(rules: Rules) -> None:
    for literal in (nodes.Int, nodes.Float):
        rules.value[literal] = rules.delay[literal] = _number
    rules.value[nodes.String] = _string
    rules.delay[nodes.String] = _delay_string
    rules.value[nodes.Path] = _path
    rules.delay[nodes.Path] = _delay_path
    rules.value[nodes.SearchPath] = _search_path
    rules.value[nodes.CurrentPosition] = _current_position
    rules.value[nodes.List] = _list
    rules.delay[nodes.List] = _delay_list
    rules.value[nodes.PlainList] = _plain_list
    rules.into[nodes.If] = _if
    rules.into[nodes.With] = _with


def constant_of(node: Expression, *, faithful: bool = False) -> tuple[bool, object]:
    """Whether a node is a literal number or plain string, and which; `faithful`: whether it is one for C++ Nix too."""
    if isinstance(node, nodes.String):
        texts = [part for part in node.parts if isinstance(part, str)]
        # C++ joins the texts of an indented string with escapes when it is evaluated.
        if len(texts) != len(node.parts) or (faithful and len(texts) > 1):
            return False, None
        return True, texts[0] if len(texts) == 1 else "".join(texts)
    if isinstance(node, nodes.Int | nodes.Float):
        return True, node.value
    return False, None


def _number(g: Generator, frame: Frame, scope: Scope, node: nodes.Int | nodes.Float) -> ast.expr:
    return py.constant(py.NOWHERE, node.value)


def _string(g: Generator, frame: Frame, scope: Scope, node: nodes.String) -> ast.expr:
    """`"a${b}c"`: each part is evaluated and made a string in its turn; then one join, the plain case in place."""
    constant, text = constant_of(node)
    if constant:
        return py.constant(py.NOWHERE, text)
    at = g.at(node)
    parts: list[ast.expr] = []
    variables: list[ast.expr] = []
    for part in node.parts:
        if isinstance(part, str):
            parts.append(py.constant(at, part))
            continue
        own = g.at(part)
        variable = g.temporary("s")
        frame.emit(py.assign(own, variable, g.value(frame, scope, part)))
        plain = py.is_class(own, py.name(own, variable), "str")
        made = py.assign(own, variable, py.call(own, "INTERPOLATE", py.name(own, variable)))
        frame.emit(py.if_(own, py.not_(own, plain), [made]))
        parts.append(py.name(at, variable))
        variables.append(py.name(at, variable))
    if len(parts) == 1:
        return parts[0]
    joined = py.call(at, "STRINGS", py.tuple_(at, parts))
    if len(variables) > 3:
        return joined
    return _formatted(g, at, parts, variables, joined)


def _formatted(g: Generator, at: py.At, parts: list[ast.expr], variables: list[ast.expr], joined: ast.expr) -> ast.expr:
    """`(t if a.__class__ is str … and (t := f"…").isascii() else STRINGS(…))`."""
    values: list[ast.expr] = [
        part if isinstance(part, ast.Constant) else ast.FormattedValue(part, -1, None, **at) for part in parts
    ]
    target = g.temporary("t")
    text = py.walrus(at, target, ast.JoinedStr(values, **at))
    ascii_only = py.call_expression(at, py.attribute(at, text, "isascii"), [])
    tests = [py.is_class(at, variable, "str") for variable in variables]
    return py.usually(at, py.all_of(at, *tests, ascii_only), py.name(at, target), joined)


def _delay_string(g: Generator, frame: Frame, scope: Scope, node: nodes.String) -> ast.expr:
    """A cell; but `"k${toString i}"` is made at once if i is an int at hand, which takes no longer than the cell (a
    sixth of a benchmark that makes 100,000 names).
    """
    constant, text = constant_of(node, faithful=g.faithful)
    if constant:
        return py.constant(py.NOWHERE, text)
    thunk = g.thunk(frame, scope, node)
    numbers = [shown_number(g, scope, part) for part in node.parts if not isinstance(part, str)]
    if g.faithful or len(numbers) > 2 or not all(part.isascii() for part in node.parts if isinstance(part, str)):
        return thunk
    at = g.at(node)
    values: list[ast.expr] = []
    tests: list[ast.expr] = []
    for part in node.parts:
        if isinstance(part, str):
            values.append(py.constant(at, part))
            continue
        number = shown_number(g, scope, part)
        found = scope.lookup(number.name) if isinstance(number, nodes.Variable) else None
        if not isinstance(found, Binding) or found.constant or found.arity or found.member_of is not None:
            return thunk
        variable = frame.reference(found)
        tests.append(py.is_class(at, py.name(at, variable), "int"))
        values.append(ast.FormattedValue(py.name(at, variable), -1, None, **at))
    return py.either(at, py.all_of(at, *tests), ast.JoinedStr(values, **at), thunk)


def shown_number(g: Generator, scope: Scope, node: Expression) -> Expression | None:
    """What an expression shows if it is `toString` of something."""
    if isinstance(node, nodes.Apply) and len(node.arguments) == 1 and as_builtin(g, scope, node.function) == "toString":
        return node.arguments[0]
    return None


def _path(g: Generator, frame: Frame, scope: Scope, node: nodes.Path) -> ast.expr:
    """A path literal, made absolute against the file's folder (or the home) when the program is loaded."""
    at = g.at(node)
    first = node.parts[0]
    assert isinstance(first, str)
    if first.startswith("~"):
        base: ast.expr = py.call(at, "HOME_PATH" if len(node.parts) == 1 else "HOME_TEXT", py.constant(at, first[1:]))
    elif len(node.parts) == 1:
        return g.path_constant(at, first)
    else:
        # The last slash must survive until the interpolated part is appended.
        base = py.call(at, "IN_FOLDER", py.name(at, code_info.FOLDER), py.constant(at, first))
    if len(node.parts) == 1:
        return base
    texts: list[ast.expr] = [base]
    for part in node.parts[1:]:
        if isinstance(part, str):
            texts.append(py.constant(at, part))
        else:
            texts.append(py.call(g.at(part), "PATH_PART", g.value(frame, scope, part)))
    return py.call(at, "PATH", py.tuple_(at, texts))


def _delay_path(g: Generator, frame: Frame, scope: Scope, node: nodes.Path) -> ast.expr:
    if len(node.parts) == 1:
        return _path(g, frame, scope, node)
    return g.thunk(frame, scope, node)


def _search_path(g: Generator, frame: Frame, scope: Scope, node: nodes.SearchPath) -> ast.expr:
    """`<name>` is `__findFile __nixPath "name"`, with whatever these two are bound to here."""
    at = g.at(node)
    find = g.value(frame, scope, nodes.Variable(node.start, node.end, "__findFile"))
    path = g.delay(frame, scope, nodes.Variable(node.start, node.end, "__nixPath"))
    return py.call(at, "CALL2", find, path, py.constant(at, node.name))


def _current_position(g: Generator, frame: Frame, scope: Scope, node: nodes.CurrentPosition) -> ast.expr:
    at = g.at(node)
    if not g.source.is_file:
        return py.constant(at, None)
    line, column = g.source.line_and_column(node.start)
    keys: list[ast.expr] = [py.constant(at, key) for key in ("column", "file", "line")]
    values: list[ast.expr] = [py.constant(at, value) for value in (column, g.file, line)]
    if g.faithful:
        # Offsets become lines and columns when they are asked for.
        values = [py.list_(at, [py.name(at, "LATER"), value]) if value is not values[1] else value for value in values]
    return py.dictionary(at, keys, values)


def _list(g: Generator, frame: Frame, scope: Scope, node: nodes.List) -> ast.expr:
    if node.items.__class__ is not tuple:
        with_runs = _list_with_runs(g, frame, scope, node)
        if with_runs is not None:
            return with_runs
    constants = [constant_of(item, faithful=g.faithful) for item in node.items]
    if constants and all(constant for constant, _ in constants):
        return _constants(g.at(node), tuple([value for _, value in constants]))
    crowd, g.crowd = g.crowd, g.crowd if len(node.items) <= CROWD else AMONG_MANY_ELEMENTS
    items = _elements(g, frame, scope, node)
    g.crowd = crowd
    if items and all(isinstance(item, ast.Constant) for item in items):
        return _constants(g.at(node), tuple([item.value for item in items if isinstance(item, ast.Constant)]))
    return py.tuple_(py.NOWHERE, items)


def _constants(at: py.At, values: tuple[object, ...]) -> ast.expr:
    """`(*CONSTANT,)`: Python would share one tuple for a constant display, and a list shown twice prints «repeated»."""
    return py.tuple_(at, [ast.Starred(py.constant(at, values), ast.Load(), **at)])


def _list_with_runs(g: Generator, frame: Frame, scope: Scope, node: nodes.List) -> ast.expr | None:
    """A list that has very many elements of one shape (see `compiler.runs`); None where they are not data alone."""
    from lixeval.compiler.runs import items_of

    at = g.at(node)
    parts: list[ast.expr] = []
    crowd, g.crowd = g.crowd, AMONG_MANY_ELEMENTS
    try:
        for part in node.items.parts:  # type: ignore[attr-defined]  # Elements
            if isinstance(part, nodes.Node):
                parts.append(g.settled(frame, py.NOWHERE, g.delay(frame, scope, part)))  # type: ignore[arg-type]  # an Expression
                continue
            items = items_of(g, frame, scope, at, part)
            if items is None:
                return None
            parts.append(ast.Starred(items, ast.Load(), **at))
    finally:
        g.crowd = crowd
    return py.tuple_(at, parts)


def _plain_list(g: Generator, frame: Frame, scope: Scope, node: nodes.PlainList) -> ast.expr:
    from lixeval.compiler.runs import plain_items  # hardly any text has so many

    at = g.at(node)
    return py.tuple_(at, [ast.Starred(plain_items(g, at, node.values()), ast.Load(), **at)])


def _elements(g: Generator, frame: Frame, scope: Scope, node: nodes.List) -> list[ast.expr]:
    items = [g.delay(frame, scope, item) for item in node.items]
    return [item if isinstance(item, ast.List) else g.settled(frame, py.NOWHERE, item) for item in items]


def _delay_list(g: Generator, frame: Frame, scope: Scope, node: nodes.List) -> ast.expr:
    """A list is built at once (its elements stay delayed), unless it is long and may never be wanted."""
    if node.items.__class__ is not tuple:
        return g.thunk(frame, scope, node)
    if not node.items:
        return py.tuple_(py.NOWHERE, [])
    if g.faithful or len(node.items) > LARGE:
        return g.thunk(frame, scope, node)
    return _list(g, frame, scope, node)


LARGE = 16
"""Lists and sets with more entries than this are delayed as a whole: no cell is made before it is wanted."""


def _if(g: Generator, frame: Frame, scope: Scope, node: nodes.If, target: str) -> None:
    """`if c then a else b`; a chain of `else if`, or of `then if`, of any length is walked in a loop.

    What goes on stands in Python's `else` in both cases: where it stands in the other branch, Python 3.12 and later
    take memory with the square of the depth.
    """
    current: Expression = node
    with _Branches(frame) as branches:
        while isinstance(current, nodes.If):
            at = g.at(current)
            test = g.test(frame, scope, current.condition)
            ends, goes_on = current.then, current.otherwise
            if _ends_in_if(ends) and _length(ends) > _length(goes_on):
                ends, goes_on, test = goes_on, ends, py.not_(at, test)
            with frame.branch() as block:
                g.into(frame, scope, ends, target)
            otherwise: list[ast.stmt] = []
            frame.emit(py.if_(at, test, block, otherwise))
            if target != RETURN or not _always_returns(block):
                # Else nothing runs after the branch that returned: the rest need not be nested.
                branches.enter(otherwise)
            current = goes_on
        g.into(frame, scope, current, target)


def _ends_in_if(node: Expression) -> bool:
    while isinstance(node, nodes.Let | nodes.With | nodes.Assert):
        node = node.body
    return isinstance(node, nodes.If)


def _length(node: Expression) -> int:
    return node.end - node.start


class _Branches:
    """Successive `else` blocks: each is entered inside the one before, all are left together."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame

    def __enter__(self) -> _Branches:
        frame = self.frame
        self.before = (frame.block, frame.known())
        return self

    def enter(self, block: list[ast.stmt]) -> None:
        self.frame.block = block

    def __exit__(self, *_: object) -> None:
        self.frame.block, known = self.before
        self.frame.forget(known)


def _always_returns(block: list[ast.stmt]) -> bool:
    return bool(block) and isinstance(block[-1], ast.Return | ast.Raise)


def _with(g: Generator, frame: Frame, scope: Scope, node: nodes.With, target: str) -> None:
    """The set is delayed and forced by the first name that is looked up in it."""
    at = g.at(node.scope)
    binding = Binding("with", g.fresh(code_info.SCOPE), frame)
    frame.emit(py.assign(at, binding.local, g.delay(frame, scope, node.scope)))
    inner = Scope(scope, with_set=binding)
    if node in g.file_withs and not isinstance(node.body, nodes.With) and not g.piece.often:
        _join_withs(g, frame, inner, at)
    g.into(frame, inner, node.body, target)


def _join_withs(g: Generator, frame: Frame, scope: Scope, at: py.At) -> None:
    """Puts the sets of several `with`s that a file begins with into one variable, where names that were found stay.

    All the file's code is within them.  Of others it would be made more often than names are looked for in it.
    """
    sets = scope.single_with_sets()
    if len(sets) < 2 or g.probed:
        return
    several = scope.withs = Binding(code_info.SCOPES, g.fresh(code_info.SCOPES), frame)
    frame.forced.setdefault(several)
    held = py.tuple_(at, [py.name(at, frame.reference(binding)) for binding in sets])
    frame.emit(py.assign(at, several.local, py.call(at, "Withs", held)))

"""Runs: very many elements of one shape, compiled as data and not one by one (see `syntax.runs`, `runtime.runs`).

What can be so is what has nothing to compute: literals, variables, lists and sets of these, and names inherited.  Where
an element is more than that, or a name in it is nothing that can be told at once, `None` says that its nodes are to be
compiled as elsewhere.
"""

from __future__ import annotations

import _ast as ast
import marshal
from collections.abc import Iterable
from itertools import count, repeat
from operator import lt

from lixeval.compiler import pyast as py
from lixeval.compiler.frames import Binding, Frame
from lixeval.compiler.generator import Generator
from lixeval.compiler.scope import Builtin, Scope
from lixeval.compiler.selection import CONSTANTS, delay_variable
from lixeval.runtime import code_info
from lixeval.syntax import nodes
from lixeval.syntax.desugar import unescape
from lixeval.syntax.nodes import Elements
from lixeval.syntax.run_nodes import Run, value_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.runtime.code_info import Row

    Spec = tuple[Any, ...]
    Constants = dict[str, object]


class RunNames(dict[str, "Binding | Builtin"]):
    """The names of a scope, those of runs among them: these are read from the dict that holds all of a run."""

    def __init__(self, names: dict[str, Binding | Builtin]) -> None:
        super().__init__(names)
        self._runs: list[tuple[frozenset[str], Binding]] = []

    def add(self, names: frozenset[str], container: Binding) -> Binding:
        """Has names read from a dict, whose variable is given back."""
        self._runs.append((names, container))
        return container

    def get(self, name: str, default: Any = None) -> Any:
        """As of a dict."""
        found = super().get(name)
        if found is not None:
            return found
        for names, container in self._runs:
            if name in names:
                found = self[name] = Binding(name, container.local, container.frame, member_of=container)
                return found
        return default


class Data:
    """A run's constant under construction; `constants` are the variables of which the value is known."""

    def __init__(self, g: Generator, run: Run, constants: Constants) -> None:
        self._g = g
        self._run = run
        self._constants = constants
        self._columns: list[list[Any]] = []

    def items(self) -> bytes:
        """Of a list."""
        specs = [self._spec(item) for item in self._run.element]
        if self._g.faithful:
            specs = [
                spec if spec[0] not in ("set", "list") or spec == ("list", ()) else ("later", spec) for spec in specs
            ]
        return self._written(specs)

    def attributes(self) -> bytes:
        """Of a set that is not recursive."""
        return self._written([self._attribute(each, ()) for each in self._run.element])

    def bindings(self) -> bytes:
        """Of a `let`, or of formals with defaults."""
        names = [self._column(self._run.names(each.name)) for each in self._run.element]
        specs = [self._spec(value_of(each)) for each in self._run.element]
        return self._written(list(zip(names, specs, strict=True)))

    def members(self) -> bytes:
        """Of a recursive set, whose names are bound already: each by its name."""
        places = [self._place(each) for each in self._run.element]
        return self._written([(*place, ("name", place[0])) for place in places])

    def _written(self, what: list[Any]) -> bytes:
        return marshal.dumps((what, self._run.size, self._columns))

    def _column(self, values: list[Any]) -> int:
        first = values[0]
        same = first.__class__ is str and values.count(first) == len(values)
        self._columns.append([first] if same else values)
        return len(self._columns) - 1

    def _spec(self, node: Any) -> Spec:
        if isinstance(node, nodes.String):
            group = str(node.parts[0])
            return "literal", self._column(_literals(self._run.texts(group)))
        if isinstance(node, nodes.Variable):
            return self._variable(node.name)
        if isinstance(node, nodes.List):
            return "list", tuple([self._spec(item) for item in node.items])
        assert isinstance(node, nodes.AttributeSet)
        bindings = node.bindings
        return "set", tuple([self._attribute(each, bindings.sources) for each in bindings.attributes.values()])

    def _variable(self, group: str) -> Spec:
        constants, names = self._constants, self._run.texts(group)
        literal = "l" + group[1:]
        if literal not in self._run.groups and constants.keys().isdisjoint(names):
            return "name", self._column(names)
        values = [constants.get(name) for name in names]
        if literal in self._run.groups:
            texts = self._run.texts(literal)
            values = [_literal(text) if text else value for value, text in zip(values, texts, strict=True)]
        variables = [name if name and name not in constants else None for name in names]
        if not any(variables):
            return "literal", self._column(values)
        if None not in variables:
            return "name", self._column(variables)
        return "mixed", self._column(values), self._column(variables)

    def _attribute(self, node: nodes.Attribute, sources: tuple[Any, ...]) -> Spec:
        if node.kind != "inherited-from":
            return *self._place(node), self._spec(node.value)
        starts, texts = self._run.starts(node.name), self._run.texts(node.name)
        behind = [start + len(text) for start, text in zip(starts, texts, strict=True)]
        ends = self._g.source.places(behind)[1]
        return *self._place(node), ("select", self._spec(sources[node.source]), self._column(ends))

    def _place(self, node: nodes.Attribute) -> tuple[int, int, int]:
        lines, columns = self._g.source.places(self._run.starts(node.name))
        return self._column(self._run.names(node.name)), self._column(lines), self._column(columns)


def _literals(texts: list[str]) -> list[Any]:
    return list(map(int, texts)) if "".join(texts).isdigit() else list(map(_literal, texts))


def _literal(text: str) -> int | float | str:
    if text[0] == '"':
        return text[1:-1] if "\\" not in text else unescape(text[1:-1])
    return float(text) if "." in text else int(text)


def variables(g: Generator, frame: Frame, scope: Scope, names: Iterable[str]) -> tuple[ast.expr, Constants] | None:
    """A dict display of what variables hold, and those which are constants; None where one of them is in no scope but
    perhaps a `with`, or something of which more is known than its value.
    """
    found: list[str] = []
    constants: Constants = {}
    for name in names:
        binding = scope.lookup(name)
        if binding is None and name in g.globals:
            binding = Builtin(g.globals[name])
        if binding is None or (isinstance(binding, Builtin) and binding.name == "builtins"):
            return None
        if isinstance(binding, Builtin) and binding.name in CONSTANTS:
            constants[name] = CONSTANTS[binding.name]
        elif isinstance(binding, Binding) and binding.constant:
            constants[name] = binding.value
        else:
            found.append(name)
    keys: list[ast.expr] = [py.constant(py.NOWHERE, name) for name in found]
    held = [delay_variable(g, frame, scope, nodes.Variable(0, 0, name)) for name in found]
    return py.dictionary(py.NOWHERE, keys, held), constants


def items_of(g: Generator, frame: Frame, scope: Scope, at: py.At, run: Run) -> ast.expr | None:
    """The elements of a run in a list."""
    known = variables(g, frame, scope, run.variables) if run.is_data else None
    return None if known is None else _call(g, at, "RUN_ITEMS", Data(g, run, known[1]).items(), known[0])


def plain_items(g: Generator, at: py.At, values: tuple[int | str, ...]) -> ast.expr:
    """The elements of a list of numbers and strings: of each constant in a tuple Python's compiler would make a key."""
    data = marshal.dumps(([("literal", 0)], len(values), [values]))
    return _call(g, at, "RUN_ITEMS", data, py.dictionary(at, [], []))


def attributes_of(g: Generator, frame: Frame, scope: Scope, at: py.At, run: Run) -> ast.expr | None:
    """The attributes of a run in a set that is not recursive."""
    known = variables(g, frame, scope, run.variables) if run.is_data else None
    return None if known is None else _call(g, at, "RUN_ATTRIBUTES", Data(g, run, known[1]).attributes(), known[0])


def members_of(g: Generator, frame: Frame, at: py.At, run: Run, container: Binding) -> ast.expr:
    """The attributes of a run in a recursive set, whose names are bound already."""
    written = Data(g, run, {}).members()
    return _call(g, at, "RUN_ATTRIBUTES", written, py.name(at, frame.reference(container)))


def inherited(g: Generator, attributes: list[nodes.Attribute], source: ast.expr) -> ast.expr:
    """The attributes of a set that are inherited from one other set: of `inherit (source) a b c …`."""
    starts, ends = [each.start for each in attributes], [each.end for each in attributes]
    lines, columns = g.source.places(starts)
    what = [(0, 1, 2, ("select", ("name", 3), 4))]
    held = [[each.name for each in attributes], lines, columns, [""], g.source.places(ends)[1]]
    at = g.between(starts[0], ends[-1])
    variable = py.dictionary(at, [py.constant(at, "")], [source])
    return _call(g, at, "RUN_ATTRIBUTES", marshal.dumps((what, len(attributes), held)), variable)


def bind_run(
    g: Generator, frame: Frame, scope: Scope, run: Run, container: Binding, given: ast.expr | None = None
) -> None:
    """Binds the names of a run of a `let`, or of formals with defaults beside the arguments given, in one dict."""
    at = g.between(run.start, run.end)
    known = variables(g, frame, scope, run.needed)
    assert known is not None
    data = Data(g, run, known[1]).bindings()
    made = _call(g, at, "RUN_BOUND", data, known[0], given or py.dictionary(at, [], []))
    frame.emit(py.assign(at, container.local, made))


def _call(g: Generator, at: py.At, function: str, data: bytes, held: ast.expr, *more: ast.expr) -> ast.expr:
    return py.call(at, function, py.constant(at, data), held, py.constant(at, g.file), *more)


def is_in_order(run: Run) -> bool:
    """Whether the names of a run of bindings or formals can be bound one after the other: an element that is a mere
    name of another one stands behind that, and what is put together of others is a set.
    """
    if not run.is_data:
        return False
    own = run.own
    if own.isdisjoint(run.variables):
        return True
    value = value_of(run.element[0])
    if len(run.element) > 1 or isinstance(value, nodes.List):
        return False
    if not isinstance(value, nodes.Variable):
        return True
    places = dict(zip(run.bound, count(), strict=False))
    return all(map(lt, map(places.get, run.texts(value.name), repeat(-1)), count()))


def can_be_told(g: Generator, scope: Scope, names: Iterable[str]) -> bool:
    """Whether `variables` can tell what such variables hold."""
    for name in names:
        found = scope.lookup(name)
        if found is None and (name not in g.globals or g.globals[name] == "builtins"):
            return False
        if isinstance(found, Builtin) and found.name == "builtins":
            return False
    return True


class ManyFormals:
    """The formals of a pattern with runs: `optional` are those with defaults, `others` the formals in no run."""

    def __init__(self, elements: Elements) -> None:
        self.others: tuple[nodes.Formal, ...] = tuple(elements.others)
        runs = elements.runs
        self.optional = [run for run in runs if any(part.default is not None for part in run.element)]
        self._required = frozenset[str]().union(*[run.own for run in runs if run not in self.optional])

    def required_among(self, names: Iterable[str]) -> tuple[nodes.Formal, ...]:
        """Those without a default among some names."""
        return tuple([nodes.Formal(0, 0, name, None) for name in sorted(self._required.intersection(names))])

    def bind(self, g: Generator, frame: Frame, scope: Scope) -> list[tuple[Run, Binding]]:
        """Has a scope read the names of those with defaults from dicts; each run, and the dict's variable."""
        names = scope.names = RunNames(scope.names)
        return [(run, names.add(run.own, new_container(g, frame))) for run in self.optional]

    def are_plain(self, g: Generator, scope: Scope, parameter: str | None) -> bool:
        """Whether runs need nothing that needs them."""
        names = [run.own for run in self.optional]
        tainted = set[str]().union(*names)
        waiting = {other.name: g.free_names.of((other.default,)) for other in self.others if other.default is not None}
        while found := [name for name, free in waiting.items() if not tainted.isdisjoint(free)]:
            tainted.update(found)
            for name in found:
                del waiting[name]
        formals = self._required.union([formal.name for formal in self.others], [parameter or ""])
        for run in self.optional:
            if not tainted.isdisjoint(run.needed) or not is_in_order(run):
                return False
            if any(part.default is None for part in run.element):
                return False
            if not can_be_told(g, scope, [name for name in run.needed if name not in formals]):
                return False
        return True


def many_formals(g: Generator, scope: Scope, node: nodes.Lambda) -> ManyFormals | None:
    """The formals of a function with runs among them; None where these are to be taken one by one."""
    assert node.formals is not None
    elements: Any = node.formals.formals
    found = ManyFormals(elements)
    return None if g.faithful or not found.are_plain(g, scope, node.parameter) else found


def new_container(g: Generator, frame: Frame) -> Binding:
    """The variable of a dict that has what the names of a run stand for; its name is none of Nix."""
    container = Binding("let", g.fresh("let"), frame)
    frame.forced.setdefault(container)
    return container


def formals_row(g: Generator, formals: nodes.Formals) -> Row:
    """What is told of very many formals (see `code_info`)."""
    elements: Any = formals.formals
    optional: list[int] = []
    starts: list[int] = []
    for part in elements.parts:
        each = part.element if part.__class__ is Run else (part,)
        columns = [part.starts(one.name) for one in each] if part.__class__ is Run else [[part.start]]
        starts += [start for row in zip(*columns, strict=True) for start in row]
        optional += [int(one.default is not None) for one in each] * len(columns[0])
    return code_info.written_many_formals(elements.names(), optional, g.file, *g.source.places(starts))

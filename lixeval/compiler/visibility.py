"""Which lists nobody looks into: whether their elements are evaluated need not be as in C++ Nix.

Where a value is printed without --strict, or traced, elements that `map` and `genList` make show whether somebody
wanted them.  But most such lists are folded, sorted, searched or joined, and gone.  What can be seen is found by
uniting whatever one thing may flow into: an argument and a parameter, what a list holds and what is given to the
function that goes through it.  Then all is seen that can be reached from the value of the whole text, from a message,
and from what is given to functions of other texts.

It errs on one side: what cannot be followed is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lixeval.compiler.flow_of_builtins import RULES, SCALAR, SHOWING
from lixeval.compiler.places import Place, call, find, list_of, part, reachable, thunk_of, unite
from lixeval.compiler.scope import Level
from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    _Scope = Level[Place | str, Place]
    """Names stand for places of thunks, or are those of builtins; the set of a `with` is the place of a thunk."""

MOST_LEVELS = 200
"""Texts that are nested deeper are not followed."""

LONGEST = 100_000
"""Nor are longer ones: of very many values hardly any is wanted."""

_MEANING_MORE = ("__functor", "__toString", "__overrides")
"""Names that make sets functions, or change what other names mean: texts that bind them are not followed."""


class _Unfollowed(Exception):
    """A text has something in it of which it is not known what flows where."""


class Visibility:
    """What can be seen of what an expression makes; builtins as the generator has them, `extra` names from outside."""

    def __init__(
        self,
        expression: Expression,
        globals_: Mapping[str, str],
        builtins: Mapping[str, tuple[int, str]],
        extra: Sequence[str] = (),
    ) -> None:
        self._globals = globals_
        self._builtins = builtins
        self._made: dict[int, Place] = {}
        """By calls of `map` and `genList`: the elements of their lists."""
        self._roots: list[Place] = []
        self._level = 0
        try:
            if expression.end - expression.start > LONGEST:
                raise _Unfollowed
            outside: dict[str, Place | str] = {name: self._seen() for name in extra}
            self._see(self._value(Level(None, outside), expression))
        except _Unfollowed:
            self._made.clear()
        self._visible = reachable(self._roots)

    def has_unseen_elements(self, node: nodes.Apply) -> bool:
        """Whether nobody can tell which elements are evaluated of the list that a `map` or `genList` makes."""
        place = self._made.get(id(node))
        return place is not None and find(place) not in self._visible

    # Places

    def _see(self, place: Place) -> None:
        self._roots.append(place)

    def _seen(self) -> Place:
        place = Place()
        self._see(place)
        return place

    # Expressions

    def _thunk(self, scope: _Scope, node: Expression) -> Place:
        """The place of what an expression is where it is delayed: of a variable its own thunk."""
        if isinstance(node, nodes.Variable):
            found = scope.lookup(node.name)
            if isinstance(found, Place):
                return find(found)
        return thunk_of(self._value(scope, node))

    def _value(self, scope: _Scope, node: Expression) -> Place:
        self._level += 1
        if self._level > MOST_LEVELS:
            raise _Unfollowed
        rule = _CONSTRUCTS.get(node.__class__)
        found = Place() if rule is None else rule(self, scope, node)
        self._level -= 1
        return found

    def _all(self, scope: _Scope, parts: Sequence[Any]) -> None:
        """Expressions whose values go nowhere; other parts are texts."""
        for expression in parts:
            if expression.__class__ is not str:
                self._value(scope, expression)

    def _text(self, scope: _Scope, node: nodes.String | nodes.Path) -> Place:
        self._all(scope, node.parts)
        return Place()

    def _variable(self, scope: _Scope, node: nodes.Variable) -> Place:
        found = scope.lookup(node.name)
        if isinstance(found, Place):
            return part(found, "value")
        builtin = found or self._globals.get(node.name)
        return self._from_withs(scope, node.name) if builtin is None else self._builtin(builtin)

    def _from_withs(self, scope: _Scope, name: str) -> Place:
        thunk = Place()
        for with_set in scope.with_sets():
            unite(thunk, part(part(with_set, "value"), "." + name))
        return part(thunk, "value")

    def _builtin(self, name: str) -> Place:
        """A builtin as a value: a function of one argument after the other."""
        arity = self._builtins.get(name, (0, ""))[0]
        if arity == 0:
            return self._seen()
        parameters = [Place() for _ in range(arity)]
        value = self._of_builtin(name, parameters)
        for parameter in reversed(parameters):
            function = Place()
            function.parts[":"], function.parts["="] = parameter, value
            value = function
        return value

    def _of_builtin(self, name: str, arguments: list[Place]) -> Place:
        """What a builtin gives for thunks."""
        if name in SCALAR:
            return Place()
        rule = RULES.get(name)
        for argument in arguments if rule is None else arguments[:1] if name in SHOWING else ():
            self._see(argument)
        return self._seen() if rule is None else rule(*arguments)

    def _as_builtin(self, scope: _Scope, node: Expression) -> str | None:
        if isinstance(node, nodes.Variable):
            found = scope.lookup(node.name)
            return self._globals.get(node.name) if found is None else found if isinstance(found, str) else None
        if isinstance(node, nodes.Select) and len(node.path) == 1 and isinstance(node.path[0], str):
            name = node.path[0]
            return name if name in self._builtins and self._as_builtin(scope, node.subject) == "builtins" else None
        return None

    def _apply(self, scope: _Scope, node: nodes.Apply) -> Place:
        builtin = self._as_builtin(scope, node.function)
        arity = self._builtins.get(builtin, (0, ""))[0] if builtin is not None else 0
        arguments = [self._thunk(scope, argument) for argument in node.arguments]
        if builtin is not None and 0 < arity <= len(arguments):
            value = self._of_builtin(builtin, arguments[:arity])
            if builtin in ("map", "genList"):
                self._made[id(node)] = part(value, "[]")
            arguments = arguments[arity:]
        else:
            value = self._value(scope, node.function)
        for argument in arguments:
            value = call(value, argument)
        return value

    def _select(self, scope: _Scope, node: nodes.Select) -> Place:
        builtin = self._as_builtin(scope, node)
        if builtin is not None:
            return self._builtin(builtin)
        value = self._value(scope, node.subject)
        for name in node.path:
            if isinstance(name, str):
                value = part(part(value, "." + name), "value")
            else:
                self._value(scope, name)
                self._see(value)
                value = self._seen()
        if node.default is not None:
            unite(value, self._value(scope, node.default))
        return value

    def _search_path(self, scope: _Scope, node: nodes.SearchPath) -> Place:
        if scope.lookup("__findFile") is not None:
            raise _Unfollowed
        return Place()

    def _has_attribute(self, scope: _Scope, node: nodes.HasAttribute) -> Place:
        self._all(scope, (node.subject, *node.path))
        return Place()

    def _lambda(self, scope: _Scope, node: nodes.Lambda) -> Place:
        function, parameter = Place(), Place()
        function.parts[":"] = parameter
        names: dict[str, Place | str] = {}
        inner = Level(scope, names)
        if node.formals is not None:
            if node.formals.formals.__class__ is not tuple:
                raise _Unfollowed
            whole = part(parameter, "value")
            names.update({formal.name: part(whole, "." + formal.name) for formal in node.formals.formals})
        if node.parameter is not None:
            names[node.parameter] = parameter
        for formal in node.formals.formals if node.formals is not None else ():
            if formal.default is not None:
                unite(part(part(parameter, "value"), "." + formal.name), self._thunk(inner, formal.default))
        function.parts["="] = self._value(inner, node.body)
        return function

    def _list(self, scope: _Scope, node: nodes.List) -> Place:
        elements = Place()
        if node.__class__ is nodes.PlainList:
            return list_of(elements)
        if node.items.__class__ is not tuple:
            raise _Unfollowed
        for item in node.items:
            unite(elements, self._thunk(scope, item))
        return list_of(elements)

    def _set(self, scope: _Scope, node: nodes.AttributeSet) -> Place:
        made = Place()
        self._bindings(scope, node.bindings, made, is_recursive=node.recursive)
        return made

    def _let(self, scope: _Scope, node: nodes.Let) -> Place:
        return self._value(self._bindings(scope, node.bindings, Place(), is_recursive=True), node.body)

    def _bindings(self, scope: _Scope, bindings: nodes.Bindings, made: Place, *, is_recursive: bool) -> _Scope:
        """Puts attributes into a set; the scope in which they are visible if it `is_recursive`."""
        if bindings.__class__ is not nodes.Bindings or not bindings.attributes.keys().isdisjoint(_MEANING_MORE):
            raise _Unfollowed
        names: dict[str, Place | str] = {}
        inner = Level(scope, names) if is_recursive else scope
        for name, attribute in bindings.attributes.items():
            thunk: Place | str = part(made, "." + name)
            if attribute.kind == "inherited-from" and name in self._builtins:
                source = bindings.sources[attribute.source]
                if self._as_builtin(scope, source) == "builtins" and "builtins" not in bindings.attributes:
                    thunk = name
            elif attribute.kind == "inherited":
                found = scope.lookup(name)
                thunk = self._globals.get(name, thunk) if found is None else found
            names[name] = thunk
        sources = [self._value(inner, source) for source in bindings.sources]
        for name, attribute in bindings.attributes.items():
            thunk = part(made, "." + name)
            if attribute.value is None:
                unite(thunk, part(sources[attribute.source], "." + name))
            else:
                around = scope if attribute.kind == "inherited" else inner
                unite(thunk, self._thunk(around, attribute.value))
        for dynamic in bindings.dynamic:
            self._value(inner, dynamic.name)
            self._see(made)
            self._see(self._thunk(inner, dynamic.value))
        return inner

    def _with(self, scope: _Scope, node: nodes.With) -> Place:
        return self._value(Level(scope, with_set=self._thunk(scope, node.scope)), node.body)

    def _assert(self, scope: _Scope, node: nodes.Assert) -> Place:
        self._value(scope, node.condition)
        return self._value(scope, node.body)

    def _if(self, scope: _Scope, node: nodes.If) -> Place:
        self._value(scope, node.condition)
        value = self._value(scope, node.then)
        unite(value, self._value(scope, node.otherwise))
        return value

    def _unary(self, scope: _Scope, node: nodes.Unary) -> Place:
        self._value(scope, node.operand)
        return Place()

    def _binary(self, scope: _Scope, node: nodes.Binary) -> Place:
        left, right = self._value(scope, node.left), self._value(scope, node.right)
        if node.operator not in ("++", "//"):
            return Place()
        unite(left, right)
        return left


_CONSTRUCTS: dict[type, Callable[..., Place]] = {
    nodes.String: Visibility._text,
    nodes.Path: Visibility._text,
    nodes.Variable: Visibility._variable,
    nodes.Apply: Visibility._apply,
    nodes.Select: Visibility._select,
    nodes.SearchPath: Visibility._search_path,
    nodes.HasAttribute: Visibility._has_attribute,
    nodes.Lambda: Visibility._lambda,
    nodes.List: Visibility._list,
    nodes.PlainList: Visibility._list,
    nodes.AttributeSet: Visibility._set,
    nodes.Let: Visibility._let,
    nodes.With: Visibility._with,
    nodes.Assert: Visibility._assert,
    nodes.If: Visibility._if,
    nodes.Unary: Visibility._unary,
    nodes.Binary: Visibility._binary,
}
"""What is not here is a scalar, or shows no thunks of others."""

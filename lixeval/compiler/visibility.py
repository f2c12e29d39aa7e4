"""Which lists nobody looks into: whether their elements are evaluated need not be as in C++ Nix.

Where a value is printed without --strict, or traced, elements that `map` and `genList` make show whether somebody
wanted them.  But most such lists are folded, sorted, searched or joined, and gone.  What can be seen is found by
uniting whatever one thing may flow into: an argument and a parameter, what a list holds and what is given to the
function that goes through it.  Then all is seen that can be reached from the value of the whole text, from a message,
and from what is given to functions of other texts.

A place stands for thunks or for values, and for all that it was united with.  Its parts, which are places:

    of thunks       "value"
    of lists        "[]" the elements (thunks)
    of functions    ":" the parameter (a thunk), "=" what they give
    of sets         ".NAME" an attribute (a thunk)

It errs on one side: what cannot be followed is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from lixeval.syntax import nodes
from lixeval.syntax.nodes import Expression

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST_LEVELS = 200
"""Texts that are nested deeper are not followed."""

LONGEST = 100_000
"""Nor are longer ones: of very many values hardly any is wanted."""

_MEANING_MORE = ("__functor", "__toString", "__overrides")
"""Names that make sets functions, or change what other names mean: texts that bind them are not followed."""


class _Place:
    __slots__ = ("into", "is_seen", "parts")

    def __init__(self) -> None:
        self.into: _Place | None = None
        self.parts: dict[str, _Place] = {}
        self.is_seen = False


def _found(place: _Place) -> _Place:
    """What a place has been united to."""
    while place.into is not None:
        if place.into.into is not None:
            place.into = place.into.into
        place = place.into
    return place


def _part(place: _Place, name: str) -> _Place:
    parts = _found(place).parts
    part = parts.get(name)
    if part is None:
        part = parts[name] = _Place()
    return _found(part)


def _unite(first: _Place, second: _Place) -> None:
    work = [(first, second)]
    while work:
        a, b = map(_found, work.pop())
        if a is b:
            continue
        if len(a.parts) < len(b.parts):
            a, b = b, a
        b.into = a
        for name, part in b.parts.items():
            other = a.parts.setdefault(name, part)
            if other is not part:
                work.append((other, part))
        b.parts = {}


class _Unfollowed(Exception):
    """A text has something in it of which it is not known what flows where."""


class _Scope:
    """Names: places of thunks, or the names of builtins; the set of a `with` has none."""

    __slots__ = ("names", "parent", "with_set")

    def __init__(
        self, parent: _Scope | None, names: dict[str, _Place | str] | None = None, with_set: _Place | None = None
    ) -> None:
        self.parent = parent
        self.names = {} if names is None else names
        self.with_set = with_set

    def lookup(self, name: str) -> _Place | str | None:
        scope: _Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found
            scope = scope.parent
        return None


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
        self._made: dict[int, _Place] = {}
        """By calls of `map` and `genList`: the elements of their lists."""
        self._roots: list[_Place] = []
        self._level = 0
        try:
            if expression.end - expression.start > LONGEST:
                raise _Unfollowed
            outside: dict[str, _Place | str] = {name: self._seen() for name in extra}
            self._see(self._value(_Scope(None, outside), expression))
        except _Unfollowed:
            self._made.clear()
        self._spread()

    def has_unseen_elements(self, node: nodes.Apply) -> bool:
        """Whether nobody can tell which elements are evaluated of the list that a `map` or `genList` makes."""
        place = self._made.get(id(node))
        return place is not None and not _found(place).is_seen

    # Places

    def _see(self, place: _Place) -> None:
        self._roots.append(place)

    def _seen(self) -> _Place:
        place = _Place()
        self._see(place)
        return place

    def _spread(self) -> None:
        """Whatever can be reached from what is seen is."""
        work = [_found(place) for place in self._roots]
        done: set[int] = set()
        while work:
            place = work.pop()
            if id(place) not in done:
                done.add(id(place))
                place.is_seen = True
                work += map(_found, place.parts.values())

    def _call(self, function: _Place, argument: _Place) -> _Place:
        _unite(_part(function, ":"), argument)
        return _part(function, "=")

    # Expressions

    def _thunk(self, scope: _Scope, node: Expression) -> _Place:
        """The place of what an expression is where it is delayed: of a variable its own thunk."""
        if isinstance(node, nodes.Variable):
            found = scope.lookup(node.name)
            if isinstance(found, _Place):
                return _found(found)
        return self._thunk_of(self._value(scope, node))

    def _thunk_of(self, value: _Place) -> _Place:
        thunk = _Place()
        thunk.parts["value"] = value
        return thunk

    def _list_of(self, elements: _Place) -> _Place:
        made = _Place()
        made.parts["[]"] = elements
        return made

    def _value(self, scope: _Scope, node: Expression) -> _Place:
        self._level += 1
        if self._level > MOST_LEVELS:
            raise _Unfollowed
        rule = _RULES.get(node.__class__)
        found = _Place() if rule is None else rule(self, scope, node)
        self._level -= 1
        return found

    def _all(self, scope: _Scope, parts: Sequence[Any]) -> None:
        """Expressions whose values go nowhere; other parts are texts."""
        for part in parts:
            if part.__class__ is not str:
                self._value(scope, part)

    def _text(self, scope: _Scope, node: nodes.String | nodes.Path) -> _Place:
        self._all(scope, node.parts)
        return _Place()

    def _variable(self, scope: _Scope, node: nodes.Variable) -> _Place:
        found = scope.lookup(node.name)
        if isinstance(found, _Place):
            return _part(found, "value")
        builtin = found or self._globals.get(node.name)
        return self._from_withs(scope, node.name) if builtin is None else self._builtin(builtin)

    def _from_withs(self, scope: _Scope, name: str) -> _Place:
        thunk = _Place()
        around: _Scope | None = scope
        while around is not None:
            if around.with_set is not None:
                _unite(thunk, _part(_part(around.with_set, "value"), "." + name))
            around = around.parent
        return _part(thunk, "value")

    def _builtin(self, name: str) -> _Place:
        """A builtin as a value: a function of one argument after the other."""
        arity = self._builtins.get(name, (0, ""))[0]
        if arity == 0:
            return self._seen()
        parameters = [_Place() for _ in range(arity)]
        value = self._of_builtin(name, parameters)
        for parameter in reversed(parameters):
            function = _Place()
            function.parts[":"], function.parts["="] = parameter, value
            value = function
        return value

    def _of_builtin(self, name: str, arguments: list[_Place]) -> _Place:
        """What a builtin gives for thunks."""
        if name in _SCALAR:
            return _Place()
        rule = _BUILTINS.get(name)
        if rule is not None:
            return rule(self, *arguments)
        for argument in arguments:
            self._see(argument)
        return self._seen()

    def _as_builtin(self, scope: _Scope, node: Expression) -> str | None:
        if isinstance(node, nodes.Variable):
            found = scope.lookup(node.name)
            return self._globals.get(node.name) if found is None else found if isinstance(found, str) else None
        if isinstance(node, nodes.Select) and len(node.path) == 1 and isinstance(node.path[0], str):
            name = node.path[0]
            return name if name in self._builtins and self._as_builtin(scope, node.subject) == "builtins" else None
        return None

    def _apply(self, scope: _Scope, node: nodes.Apply) -> _Place:
        builtin = self._as_builtin(scope, node.function)
        arity = self._builtins.get(builtin, (0, ""))[0] if builtin is not None else 0
        arguments = [self._thunk(scope, argument) for argument in node.arguments]
        if builtin is not None and 0 < arity <= len(arguments):
            value = self._of_builtin(builtin, arguments[:arity])
            if builtin in ("map", "genList"):
                self._made[id(node)] = _part(value, "[]")
            arguments = arguments[arity:]
        else:
            value = self._value(scope, node.function)
        for argument in arguments:
            value = self._call(value, argument)
        return value

    def _select(self, scope: _Scope, node: nodes.Select) -> _Place:
        builtin = self._as_builtin(scope, node)
        if builtin is not None:
            return self._builtin(builtin)
        value = self._value(scope, node.subject)
        for name in node.path:
            if isinstance(name, str):
                value = _part(_part(value, "." + name), "value")
            else:
                self._value(scope, name)
                self._see(value)
                value = self._seen()
        if node.default is not None:
            _unite(value, self._value(scope, node.default))
        return value

    def _search_path(self, scope: _Scope, node: nodes.SearchPath) -> _Place:
        if scope.lookup("__findFile") is not None:
            raise _Unfollowed
        return _Place()

    def _has_attribute(self, scope: _Scope, node: nodes.HasAttribute) -> _Place:
        self._all(scope, (node.subject, *node.path))
        return _Place()

    def _lambda(self, scope: _Scope, node: nodes.Lambda) -> _Place:
        function, parameter = _Place(), _Place()
        function.parts[":"] = parameter
        names: dict[str, _Place | str] = {}
        inner = _Scope(scope, names)
        if node.formals is not None:
            if node.formals.formals.__class__ is not tuple:
                raise _Unfollowed
            whole = _part(parameter, "value")
            names.update({formal.name: _part(whole, "." + formal.name) for formal in node.formals.formals})
        if node.parameter is not None:
            names[node.parameter] = parameter
        for formal in node.formals.formals if node.formals is not None else ():
            if formal.default is not None:
                _unite(_part(_part(parameter, "value"), "." + formal.name), self._thunk(inner, formal.default))
        function.parts["="] = self._value(inner, node.body)
        return function

    def _list(self, scope: _Scope, node: nodes.List) -> _Place:
        elements = _Place()
        if node.__class__ is nodes.PlainList:
            return self._list_of(elements)
        if node.items.__class__ is not tuple:
            raise _Unfollowed
        for item in node.items:
            _unite(elements, self._thunk(scope, item))
        return self._list_of(elements)

    def _set(self, scope: _Scope, node: nodes.AttributeSet) -> _Place:
        made = _Place()
        self._bindings(scope, node.bindings, made, is_recursive=node.recursive)
        return made

    def _let(self, scope: _Scope, node: nodes.Let) -> _Place:
        return self._value(self._bindings(scope, node.bindings, _Place(), is_recursive=True), node.body)

    def _bindings(self, scope: _Scope, bindings: nodes.Bindings, made: _Place, *, is_recursive: bool) -> _Scope:
        """Puts attributes into a set; the scope in which they are visible if it `is_recursive`."""
        if bindings.__class__ is not nodes.Bindings or not bindings.attributes.keys().isdisjoint(_MEANING_MORE):
            raise _Unfollowed
        names: dict[str, _Place | str] = {}
        inner = _Scope(scope, names) if is_recursive else scope
        for name, attribute in bindings.attributes.items():
            thunk: _Place | str = _part(made, "." + name)
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
            thunk = _part(made, "." + name)
            if attribute.value is None:
                _unite(thunk, _part(sources[attribute.source], "." + name))
            else:
                around = scope if attribute.kind == "inherited" else inner
                _unite(thunk, self._thunk(around, attribute.value))
        for dynamic in bindings.dynamic:
            self._value(inner, dynamic.name)
            self._see(made)
            self._see(self._thunk(inner, dynamic.value))
        return inner

    def _with(self, scope: _Scope, node: nodes.With) -> _Place:
        return self._value(_Scope(scope, with_set=self._thunk(scope, node.scope)), node.body)

    def _assert(self, scope: _Scope, node: nodes.Assert) -> _Place:
        self._value(scope, node.condition)
        return self._value(scope, node.body)

    def _if(self, scope: _Scope, node: nodes.If) -> _Place:
        self._value(scope, node.condition)
        value = self._value(scope, node.then)
        _unite(value, self._value(scope, node.otherwise))
        return value

    def _unary(self, scope: _Scope, node: nodes.Unary) -> _Place:
        self._value(scope, node.operand)
        return _Place()

    def _binary(self, scope: _Scope, node: nodes.Binary) -> _Place:
        left, right = self._value(scope, node.left), self._value(scope, node.right)
        if node.operator not in ("++", "//"):
            return _Place()
        _unite(left, right)
        return left

    # Builtins: each is given thunks

    def _map(self, function: _Place, elements: _Place) -> _Place:
        return self._list_of(self._thunk_of(self._given_elements(function, elements)))

    def _gen_list(self, generator: _Place, size: _Place) -> _Place:
        return self._list_of(self._thunk_of(self._call(_part(generator, "value"), _Place())))

    def _given_elements(self, function: _Place, elements: _Place) -> _Place:
        """What a function gives for the elements of a list."""
        return self._call(_part(function, "value"), _part(_part(elements, "value"), "[]"))

    def _filter(self, predicate: _Place, elements: _Place) -> _Place:
        self._given_elements(predicate, elements)
        return _part(elements, "value")

    def _any(self, predicate: _Place, elements: _Place) -> _Place:
        self._given_elements(predicate, elements)
        return _Place()

    def _partition(self, predicate: _Place, elements: _Place) -> _Place:
        made, found = _Place(), self._thunk_of(self._filter(predicate, elements))
        made.parts[".right"] = made.parts[".wrong"] = found
        return made

    def _fold(self, operator: _Place, start: _Place, elements: _Place) -> _Place:
        once = self._call(_part(operator, "value"), start)
        value = self._call(once, _part(_part(elements, "value"), "[]"))
        _unite(_part(start, "value"), value)
        return _found(value)

    def _sort(self, comparator: _Place, elements: _Place) -> _Place:
        once = self._given_elements(comparator, elements)
        self._call(once, _part(_part(elements, "value"), "[]"))
        return _part(elements, "value")

    def _element(self, elements: _Place) -> _Place:
        return _part(_part(_part(elements, "value"), "[]"), "value")

    def _tried(self, expression: _Place) -> _Place:
        made = _Place()
        made.parts[".value"] = expression
        return made

    def _traced(self, message: _Place, value: _Place) -> _Place:
        self._see(message)
        return _part(value, "value")


_RULES: dict[type, Callable[[Visibility, _Scope, Any], _Place]] = {
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

_BUILTINS: dict[str, Callable[..., _Place]] = {
    "map": Visibility._map,
    "genList": Visibility._gen_list,
    "filter": Visibility._filter,
    "partition": Visibility._partition,
    "any": Visibility._any,
    "all": Visibility._any,
    "foldl'": Visibility._fold,
    "sort": Visibility._sort,
    "head": Visibility._element,
    "elemAt": lambda self, elements, index: self._element(elements),
    "tail": lambda self, elements: _part(elements, "value"),
    "concatLists": lambda self, lists: self._element(lists),
    "concatMap": Visibility._given_elements,
    "seq": lambda self, first, second: _part(second, "value"),
    "deepSeq": lambda self, first, second: _part(second, "value"),
    "addErrorContext": lambda self, message, value: _part(value, "value"),
    "trace": Visibility._traced,
    "tryEval": Visibility._tried,
}
"""What builtins do with their arguments: those that are neither here nor among the next ones show them."""

_SCALAR = frozenset(
    (
        "abort",
        "add",
        "attrNames",
        "baseNameOf",
        "bitAnd",
        "bitOr",
        "bitXor",
        "ceil",
        "compareVersions",
        "concatStringsSep",
        "div",
        "elem",
        "floor",
        "hasAttr",
        "hashString",
        "isAttrs",
        "isBool",
        "isFloat",
        "isFunction",
        "isInt",
        "isList",
        "isNull",
        "isPath",
        "isString",
        "length",
        "lessThan",
        "match",
        "mul",
        "replaceStrings",
        "split",
        "splitVersion",
        "stringLength",
        "sub",
        "substring",
        "throw",
        "toJSON",
        "toString",
        "typeOf",
    )
)
"""Builtins that give what holds nothing of their arguments."""

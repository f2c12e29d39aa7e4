"""Where a value was written that something refused: from the place that refused it outward, as far as the text tells.

    math.nix   mean = numbers: sum numbers / length numbers;        x.nix   math.mean [ 1 2 "3" ]
               sum = numbers: foldl' (a: b: a + b) 0 numbers;                              ^^^
                                             ^ refused here                                written here

A variable that is a function's parameter leads to the argument of the call, where the call is still on the way to the
failure; an element or attribute that is refused leads into the literal that holds it.  Both the text and the values
that Python's frames still hold must agree, else the way ends: a place that is named is never a guess.
"""

from __future__ import annotations

from lixeval.diagnostics.outline import Outline
from lixeval.diagnostics.steps import Step
from lixeval.diagnostics.tellers import attribute_span
from lixeval.diagnostics.wording import Trace
from lixeval.runtime import code_info
from lixeval.runtime.thunks import FORWARD, LATER, READ, STANDS
from lixeval.runtime.values import FUNCTION_TYPES
from lixeval.source import Span
from lixeval.syntax import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Path = tuple[str | int, ...]
"""Names and indices that lead from a value to one within it."""

MAX_DEPTH = 4
"""How deep in an argument a refused value is looked for."""
MAX_WIDTH = 10_000
MAX_CALLS = 50


class Spot:
    """An expression of one step's text; `path` leads from its value to the one that is looked for."""

    __slots__ = ("number", "path", "step")

    def __init__(self, step: int, number: int, path: Path = ()) -> None:
        self.step = step
        self.number = number
        self.path = path

    def is_same(self, other: Spot) -> bool:
        """Whether a way outward has come back to where it began."""
        return (self.step, self.number, self.path) == (other.step, other.number, other.path)


class Origins:
    """The ways outward of one failure."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._wanted: Any = None

    def of(self, spot: Spot, *, through: bool = False, wanted: Any = None) -> Span | None:
        """Where the value of an expression was written; None where that is the expression itself, or nobody knows.

        `through` goes on from an expression to the parameter in it: for a condition that does not hold.  `wanted` is
        the value, where it is a function, set or list that can be found again in what an argument holds.
        """
        start = spot
        self._wanted = wanted if wanted.__class__ in (dict, tuple) or wanted.__class__ in FUNCTION_TYPES else None
        for _ in range(MAX_CALLS):
            following = self._inward(spot) or self._outward(spot)
            if following is None and through:
                following = self._parameter_in(spot)
            if isinstance(following, Span):
                return following
            if following is None:
                break
            spot = following
        return None if spot.is_same(start) else self.span(spot)

    def span(self, spot: Spot) -> Span:
        outline = self.outline(spot.step)
        node = outline.nodes[spot.number]
        return outline.span(node.start, node.end)

    def outline(self, index: int) -> Outline:
        source = self.trace.steps[index].source
        assert source is not None
        return self.trace.outlines.of(source)

    def _parameter_in(self, spot: Spot) -> Spot | Span | None:
        """The argument for the first parameter in an expression, where its call is still on the way."""
        outline = self.outline(spot.step)
        if isinstance(outline.nodes[spot.number], nodes.Variable):
            return None
        parameter = outline.first_parameter(outline.nodes[spot.number])
        return None if parameter < 0 else self._outward(Spot(spot.step, parameter))

    # Into a literal

    def _inward(self, spot: Spot) -> Spot | Span | None:
        """The element or attribute of a list or set that is written out."""
        if not spot.path:
            return None
        outline = self.outline(spot.step)
        node, (key, *rest) = outline.nodes[spot.number], spot.path
        if isinstance(node, nodes.List) and isinstance(key, int) and key < len(node.items):
            return Spot(spot.step, outline.number_of(node.items[key]), tuple(rest))
        if isinstance(node, nodes.AttributeSet) and isinstance(key, str):
            attribute = node.bindings.attributes.get(key)
            if attribute is not None and attribute.value is not None:
                return Spot(spot.step, outline.number_of(attribute.value), tuple(rest))
            if attribute is not None:
                return outline.span(attribute.start, attribute.end)
        if isinstance(node, nodes.Variable):
            bound = outline.binding_of(spot.number)
            if bound is not None and bound.value is not None:
                literal = bound.value
                if isinstance(literal, nodes.List | nodes.AttributeSet):
                    return Spot(spot.step, outline.number_of(literal), spot.path)
        return None

    # Out of a function

    def _outward(self, spot: Spot) -> Spot | Span | None:
        """The argument that a parameter stands for."""
        outline = self.outline(spot.step)
        node = outline.nodes[spot.number]
        if not isinstance(node, nodes.Variable):
            return None
        function = outline.parameter_of(spot.number)
        if function < 0:
            return None
        called = self._activation(spot.step, outline, function)
        if called is None:
            return None
        lambda_ = outline.nodes[function]
        assert isinstance(lambda_, nodes.Lambda)
        is_whole = lambda_.parameter == node.name
        path = spot.path if is_whole else (node.name, *spot.path)
        if not is_whole:
            default = self._default(called, lambda_, node.name)
            if default is not None:
                return Spot(called, outline.number_of(default), spot.path)
        return self._argument(called, outline, function, path)

    def _activation(self, index: int, outline: Outline, function: int) -> int | None:
        """The step, this one or one around it, that is a call of a function."""
        for each in range(index, -1, -1):
            step = self.trace.steps[each]
            if step.kind == "function" and step.source is outline.source and function in self._chain(step, outline):
                return each
            if step.kind in ("thunk", "file") and each != index:
                return None
        return None

    def _chain(self, step: Step, outline: Outline) -> list[int]:
        """The numbers of the lambdas that one Python function was made from."""
        chain: list[int] = []
        number = self.trace.root(step)
        for _ in range(len(code_info.argument_names(step.code))):
            node = outline.nodes[number] if number >= 0 else None
            if not isinstance(node, nodes.Lambda):
                break
            chain.append(number)
            number = outline.number_of(node.body)
        return chain

    def _default(self, called: int, function: nodes.Lambda, name: str) -> nodes.Expression | None:
        """The default of a formal that the caller has not given."""
        formal = (
            next((each for each in function.formals.formals if each.name == name), None) if function.formals else None
        )
        step = self.trace.steps[called]
        given = forced(code_info.argument_of(step.frame, -1))
        if formal is None or given.__class__ is not dict or name in given:
            return None
        return formal.default

    def _argument(self, called: int, outline: Outline, function: int, path: Path) -> Spot | Span | None:
        """The argument for one lambda of a called function, where the call stands."""
        step = self.trace.steps[called]
        chain = self._chain(step, outline)
        which = chain.index(function)
        if called == 0:
            return None
        site = self.trace.steps[called - 1]
        if site.kind == "applied":
            return self._applied(step, site, which, path)
        if site.source is None and site.kind != "builtin":
            return None
        if site.source is None:
            return self._handed_by_builtin(called, which, path)
        found = self.call_at(called - 1)
        if found is None:
            return None
        arguments, name = found
        arity = len(chain)
        if len(arguments) < arity or (len(arguments) > arity and name != code_info.bound_name(step.code.co_name)):
            which -= arity - len(arguments)
            if len(arguments) > arity or which < 0:
                return None
        if not path and self._wanted is not None:
            path = path_to(self._wanted, code_info.argument_of(step.frame, chain.index(function))) or ()
        inner = Spot(called - 1, self.outline(called - 1).number_of(arguments[which]), path)
        return inner if not path else self._reached(inner, code_info.argument_of(step.frame, chain.index(function)))

    def _reached(self, spot: Spot, value: Any) -> Spot | Span:
        """A spot with a path; where the text does not hold what the path leads to, the attribute's own place may."""
        node = self.outline(spot.step).nodes[spot.number]
        if not isinstance(node, nodes.List | nodes.AttributeSet | nodes.Variable):
            written = written_within(value, spot.path)
            if written is not None:
                return written
            return Spot(spot.step, spot.number)
        return spot

    def call_at(self, index: int) -> tuple[tuple[nodes.Expression, ...], str] | None:
        """The arguments of the call at which a step is, and the function's name (its last part)."""
        span = self.trace.steps[index].span
        if span is None:
            return None
        outline = self.outline(index)
        number = outline.find(span)
        node = outline.nodes[number] if number >= 0 else None
        if not isinstance(node, nodes.Apply):
            return None
        return node.arguments, outline.called_name(node).rpartition(".")[2]

    def _applied(self, step: Step, site: Step, which: int, path: Path) -> Span | None:
        """What `map` or `mapAttrs` has put off: the cell of an attribute knows where that is written."""
        given = [value for value in (site.tells("first", site), site.tells("second", site)) if value is not site]
        argument = forced(code_info.argument_of(step.frame, which))
        which = next((index for index, each in enumerate(given) if forced(each) is argument), which)
        if which >= len(given):
            return None
        written = written_within(given[which], path, with_itself=True)
        if written is None:
            return None if path else self._only_element(step, forced(given[which]))
        outline = self.trace.outlines.of(written.source)
        number = outline.named_at(written.line, written.column)
        return outline.span_of(number) if number >= 0 else written

    def _only_element(self, step: Step, value: Any) -> Span | None:
        """A set by its attributes' places; the one literal in the lists of a source that is equal to another value."""
        if value.__class__ is dict:
            return next((span for name in value if (span := self._set_around(value, name)) is not None), None)
        if step.source is None or value.__class__ not in (str, int, float):
            return None
        outline = self.trace.outlines.of(step.source)
        lists = [node for node in outline.nodes if isinstance(node, nodes.List)]
        found = [item for node in lists for item in node.items if is_literal(item, value)]
        return outline.span(found[0].start, found[0].end) if len(found) == 1 else None

    def _set_around(self, attributes: dict[str, Any], name: str) -> Span | None:
        """The set that the user has written out around an attribute of it."""
        written = attribute_span(attributes, name)
        sources = [step.source for step in self.trace.steps if step.source is not None and not step.source.is_library]
        source = next((each for each in sources if written is not None and each.name == written.source.name), None)
        if written is None or source is None:
            return None
        outline = self.trace.outlines.of(source)
        start = source.offset(written.line, written.column)
        for node in outline.nodes:
            found = node.bindings.attributes.get(name) if isinstance(node, nodes.AttributeSet) else None
            if found is not None and found.start == start:
                return outline.span(node.start, node.end)
        return None

    def _handed_by_builtin(self, called: int, which: int, path: Path) -> Spot | Span | None:
        """What a builtin has taken from a list and handed to its function."""
        step = self.trace.steps[called]
        value = code_info.argument_of(step.frame, which)
        for name in path:
            value = forced(value)
            value = value.get(name) if value.__class__ is dict else None
        return None if value is None else self.in_arguments(called - 1, forced(value))

    def in_arguments(self, index: int, value: Any) -> Spot | None:
        """The argument of a builtin's call that is a value or holds it."""
        if index < 1 or self.trace.steps[index - 1].source is None:
            return None
        found = self.call_at(index - 1)
        if found is None:
            return None
        step = self.trace.steps[index]
        given = tuple([code_info.argument_of(step.frame, number) for number in range(len(found[0]))])
        path = path_to(value, given, MAX_DEPTH + 1)
        if not path or not isinstance(path[0], int):
            return None
        return Spot(index - 1, self.outline(index - 1).number_of(found[0][path[0]]), path[1:])


_HOLDING = (READ, LATER, FORWARD, STANDS)
"""The code of cells that hold a value, or another cell."""


def forced(value: Any) -> Any:
    """A value, or what an evaluated cell holds; nothing is evaluated."""
    while value.__class__ is list and value[0] in _HOLDING:
        value = value[1]
    return value


def path_to(wanted: Any, value: Any, depth: int = MAX_DEPTH) -> Path | None:
    """How to come from a value to one that is (the very same object) in it, by the shortest way; lists come first."""
    level: list[tuple[Path, Any]] = [((), forced(value))]
    for _ in range(depth + 1):
        further: list[tuple[Path, Any]] = []
        for path, each in level:
            if each is wanted:
                return path
            if each.__class__ in (tuple, dict) and len(further) + len(each) <= MAX_WIDTH:
                items = each.items() if each.__class__ is dict else enumerate(each)
                further += [((*path, key), forced(item)) for key, item in items]
        level = sorted(further, key=lambda found: isinstance(found[0][-1], str))
    return None


def is_literal(node: nodes.Node, value: object) -> bool:
    """Whether a node is a text or number that is written out, and equal to a value."""
    if isinstance(node, nodes.Int | nodes.Float):
        return node.value.__class__ is value.__class__ and node.value == value
    return isinstance(node, nodes.String) and (node.parts == (value,) or (not node.parts and value == ""))


def written_within(value: Any, path: Path, *, with_itself: bool = False) -> Span | None:
    """Where the attribute is written to which a path leads, the innermost that knows."""
    found = attribute_span({"": value}, "") if with_itself else None
    for key in path:
        value = forced(value)
        if value.__class__ is dict and key in value:
            found = attribute_span(value, str(key)) or found
            value = value[key]
        elif value.__class__ is tuple and isinstance(key, int):
            value = value[key]
        else:
            break
    return found

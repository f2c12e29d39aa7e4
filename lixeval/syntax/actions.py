"""What each rule of grammar/nix.lark builds: the methods that its `-> name`s call, while the parser reduces.

A method is given the values of all symbols of its rule: a token (a tuple, see `lexer`) for a terminal, what another
method returned for a nonterminal.  Nodes are built at once; there is no parse tree.

Parentheses leave no node, yet an expression that begins with some begins at them; `outer` remembers where.
"""

from __future__ import annotations

from collections.abc import Callable

from lixeval.errors import NixSyntaxError
from lixeval.source import Source
from lixeval.syntax import desugar
from lixeval.syntax.desugar import PathPart, span_of
from lixeval.syntax.joined_nodes import JoinedNodes, Together, name_at
from lixeval.syntax.lexer import KEYWORDS, Token
from lixeval.syntax.nodes import (
    SEARCHED,
    Apply,
    Assert,
    Attribute,
    AttributeSet,
    Bindings,
    Elements,
    Expression,
    Float,
    Formal,
    Formals,
    If,
    Int,
    Lambda,
    Let,
    List,
    Path,
    PlainList,
    SearchPath,
    Select,
    String,
    Unary,
    Variable,
    With,
)
from lixeval.syntax.operators import Chain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Parts = list[Any]
    """Texts and expressions of a string, in order."""

RUNS = frozenset(("BINDINGS_RUN", "FORMALS_RUN", "ITEMS_RUN"))
"""The tokens that hold very many elements."""


class _WithRuns(list):  # type: ignore[type-arg]
    """A list that has a run among its items."""


class Actions(JoinedNodes):
    """The actions for one source; `parse_part` gives the expression of another text, and the names in it."""

    def __init__(
        self, source: Source, parse_part: Callable[[str], tuple[Expression, tuple[str, ...]]] | None = None
    ) -> None:
        super().__init__(source)
        self._parse_part = parse_part
        self._runs: dict[Bindings, list[tuple[int, Any]]] = {}
        """The runs among bindings, each with the number of bindings before it."""
        self.outer: dict[Expression, tuple[int, int]] = {}
        self.calls_of_or: set[Expression] = set()

    def extent(self, node: Expression) -> tuple[int, int]:
        """Start and end of an expression with the parentheses around it."""
        return self.outer.get(node) or (node.start, node.end)

    # Functions and what reaches to the right

    def function_of_name(self, name: Token, _colon: Token, body: Expression) -> Expression:
        function = Lambda(name[1], self.extent(body)[1], self._name(name[3]), None, body)
        self.mentions.binders.append(function)
        return function

    def _function(self, start: int, parameter: str | None, pattern: Formals, body: Expression) -> Expression:
        if parameter is not None:
            parameter = self._name(parameter)
        desugar.check_formals(pattern, parameter, start, self.source)
        function = Lambda(start, self.extent(body)[1], parameter, pattern, body)
        self.mentions.binders.append(function)
        return function

    def function_of_formals(self, pattern: Formals, _colon: Token, body: Expression) -> Expression:
        return self._function(pattern.start, None, pattern, body)

    def function_of_formals_named_after(
        self, pattern: Formals, _at: Token, name: Token, _colon: Token, body: Expression
    ) -> Expression:
        return self._function(pattern.start, name[3], pattern, body)

    def function_of_formals_named_before(
        self, name: Token, _at: Token, pattern: Formals, _colon: Token, body: Expression
    ) -> Expression:
        return self._function(name[1], name[3], pattern, body)

    def assertion(self, keyword: Token, condition: Expression, _semicolon: Token, body: Expression) -> Expression:
        return Assert(keyword[1], self.extent(body)[1], condition, body)

    def with_scope(self, keyword: Token, scope: Expression, _semicolon: Token, body: Expression) -> Expression:
        return With(keyword[1], self.extent(body)[1], scope, body)

    def let_in(self, keyword: Token, bindings: Bindings, in_: Token, body: Expression) -> Expression:
        end = self.extent(body)[1]
        if bindings.dynamic:
            span = span_of(self.source, keyword[1], end)
            error = NixSyntaxError("dynamic attributes not allowed in let", span=span, code="E0103")
            error.culprit = span_of(self.source, bindings.dynamic[0].start, bindings.dynamic[0].end)
            raise error
        bindings = self._complete(bindings, keyword[2], in_[1])
        let = Let(keyword[1], end, bindings, body)
        self.mentions.binders.append(let)
        return let

    def if_then_else(
        self, keyword: Token, condition: Expression, _then: Token, then: Expression, _else: Token, otherwise: Expression
    ) -> Expression:
        return If(keyword[1], self.extent(otherwise)[1], condition, then, otherwise)

    # Operators and calls

    def piped_from(self, function: Expression, _pipe: Token, argument: Expression) -> Expression:
        return self._call(function, (argument,), self.extent(function)[0], self.extent(argument)[1])

    def piped_into(self, argument: Expression, _pipe: Token, function: Expression) -> Expression:
        return self._call(function, (argument,), self.extent(argument)[0], self.extent(function)[1])

    def operation(self, chain: Chain) -> Expression:
        return chain.finish()

    def prefixed(self, operator: Token, operand: Expression) -> Expression:
        return Unary(operator[1], self.extent(operand)[1], operator[3], operand)

    def chain_begins(self, first: Expression, operator: Token) -> Chain:
        return self.chain_operator(Chain(first, self.outer), operator)

    def chain_operator(self, chain: Chain, operator: Token) -> Chain:
        chain.add_operator(operator)
        return chain

    def chain_operand(self, chain: Chain, operand: Expression) -> Chain:
        chain.add_operand(operand)
        return chain

    def chain_begins_with_has_attribute(self, first: Expression, question: Token, path: list[PathPart]) -> Chain:
        return self.chain_has_attribute(Chain(first, self.outer), question, path)

    def chain_has_attribute(self, chain: Chain, _question: Token, path: list[PathPart]) -> Chain:
        chain.add_has_attribute(tuple([part[0] for part in path]), path[-1][2])
        return chain

    def call(self, function: Expression, argument: Expression) -> Expression:
        return self._call(function, (argument,), self.extent(function)[0], self.extent(argument)[1])

    def call_of_many(self, function: Expression, first: Expression, others: list[Expression]) -> Expression:
        return self._call(function, (first, *others), self.extent(function)[0], self.extent(others[-1])[1])

    def applied_to_or(self, function: Expression, or_: Token) -> Expression:
        call = Apply(self.extent(function)[0], or_[2], function, (self.variable(or_),))
        self.mentions.calls.append(call)
        self.calls_of_or.add(call)
        return call

    def _call(self, function: Expression, arguments: tuple[Expression, ...], start: int, end: int) -> Expression:
        """A call; `(f a) b` is the call `f a b`, as it is in C++ Nix."""
        if isinstance(function, Apply):
            arguments = (*function.arguments, *arguments)
            function = function.function
        call = Apply(start, end, function, arguments)
        self.mentions.calls.append(call)
        return call

    def selection(self, subject: Expression, _dot: Token, path: list[PathPart]) -> Expression:
        return self._select(subject, path, None, path[-1][2])

    def selection_with_default(
        self, subject: Expression, _dot: Token, path: list[PathPart], _or: Token, default: Expression
    ) -> Expression:
        return self._select(subject, path, default, self.extent(default)[1])

    def _select(self, subject: Expression, path: list[PathPart], default: Expression | None, end: int) -> Expression:
        if len(path) == 1:
            name, name_start, _ = path[0]
            return Select(self.extent(subject)[0], end, subject, (name,), (name_start,), default)
        names = tuple([part[0] for part in path])
        starts = tuple([part[1] for part in path])
        return Select(self.extent(subject)[0], end, subject, names, starts, default)

    def selection_at_once(self, token: Token) -> Select:
        """`a.b.c`"""
        return self._selected(token[3], token[1])

    def default_given(self, selection: Select, _or: Token, default: Expression) -> Expression:
        selection.end = self.extent(default)[1]
        selection.default = default
        return selection

    # Simple expressions

    def variable(self, name: Token) -> Expression:
        text = name[3]
        return self._variable(self.met.setdefault(text, text), name[1])

    def integer(self, token: Token) -> Expression:
        return Int(token[1], token[2], int(token[3][-19:]))  # what precedes 19 digits is zeros

    def floating(self, token: Token) -> Expression:
        return Float(token[1], token[2], float(token[3]))

    def path_plain(self, token: Token) -> Expression:
        return Path(token[1], token[2], (token[3],))

    def path(self, token: Token, _end: Token) -> Expression:
        return Path(token[1], token[2], (token[3],))

    def path_interpolated(self, token: Token, parts: Parts, end: Token) -> Expression:
        return Path(token[1], end[2], (token[3], *parts))

    def search_path(self, token: Token) -> Expression:
        self.mentions.variables += [Variable(token[1], token[2], name) for name in SEARCHED]
        return SearchPath(token[1], token[2], token[3][1:-1])

    def uri(self, token: Token) -> Expression:
        return String(token[1], token[2], (token[3],))

    def parenthesised(self, opening: Token, expression: Expression, closing: Token) -> Expression:
        self.outer[expression] = (opening[1], closing[2])
        return expression

    def list_of_items(self, opening: Token, items: list[Expression], closing: Token) -> Expression:
        return List(opening[1], closing[2], self._together(items))

    def list_empty_at_once(self, token: Token) -> Expression:
        return List(token[1], token[2], ())

    def list_plain(self, token: Token) -> Expression:
        return PlainList(token[1], token[2], token[3])

    # Sets

    def let_body(self, keyword: Token, opening: Token, bindings: Bindings, closing: Token) -> Expression:
        subject = self._set(keyword[1], True, opening, bindings, closing)
        return Select(keyword[1], closing[2], subject, ("body",), (keyword[1],), None)

    def set_recursive(self, keyword: Token, opening: Token, bindings: Bindings, closing: Token) -> Expression:
        return self._set(keyword[1], True, opening, bindings, closing)

    def set_plain(self, opening: Token, bindings: Bindings, closing: Token) -> Expression:
        return self._set(opening[1], False, opening, bindings, closing)

    def set_empty(self, opening: Token, closing: Token) -> Expression:
        return self._set(opening[1], False, opening, self.no_bindings(), closing)

    def set_empty_at_once(self, token: Token) -> Expression:
        return self._of_nothing(token[3], token[1])

    def set_recursive_at_once(self, keyword: Token, token: Token) -> Expression:
        opening, closing = _braces(token)
        return self.set_recursive(keyword, opening, self.no_bindings(), closing)

    def _set(self, start: int, recursive: bool, opening: Token, bindings: Bindings, closing: Token) -> AttributeSet:
        bindings = self._complete(bindings, opening[2], closing[1])
        made = AttributeSet(start, closing[2], recursive, bindings)
        if recursive:
            self.mentions.binders.append(made)
        return made

    def _complete(self, bindings: Bindings, start: int, end: int) -> Bindings:
        bindings.start, bindings.end = start, end
        if not self._runs or bindings not in self._runs:
            return bindings
        from lixeval.syntax.run_nodes import RunBindings

        complete = RunBindings(bindings, self._runs.pop(bindings))
        if not complete.is_sound():
            raise Together
        return complete

    def no_bindings(self) -> Bindings:
        return Bindings(0, 0, {}, (), ())

    def bindings_then_attribute(
        self, bindings: Bindings, path: list[PathPart], _assign: Token, value: Expression, _semicolon: Token
    ) -> Bindings:
        return self._added(bindings, path, value)

    def bindings_of_attribute(
        self, path: list[PathPart], assign: Token, value: Expression, semicolon: Token
    ) -> Bindings:
        return self.bindings_then_attribute(self.no_bindings(), path, assign, value, semicolon)

    def bindings_then_begun(
        self, bindings: Bindings, path: list[PathPart], value: Expression, _semicolon: Token
    ) -> Bindings:
        """`a = b;`, of which `a =` is one token."""
        return self._added(bindings, path, value)

    def bindings_of_begun(self, path: list[PathPart], value: Expression, _semicolon: Token) -> Bindings:
        return self._added(self.no_bindings(), path, value)

    def bindings_then_at_once(self, bindings: Bindings, token: Any) -> Bindings:
        """`a = b;`"""
        _, start, _, text, kind, value, begin = token
        name = text if text[0] != '"' else text[1:-1]
        if '"' in name or "." in text or text in KEYWORDS:
            return self.bindings_then_at_once_behind(bindings, [], token, token)
        name = self.met.setdefault(name, name)
        node = self._value(kind, value, begin)
        end = start + len(text)
        if name in bindings.attributes:
            return self._added(bindings, [(name, start, end)], node)
        bindings.attributes[name] = Attribute(start, end, name, "plain", node)
        return bindings

    def bindings_of_at_once(self, token: Any) -> Bindings:
        return self.bindings_then_at_once(self.no_bindings(), token)

    def bindings_then_at_once_behind(
        self, bindings: Bindings, path: list[PathPart], _dot: Token, token: Any
    ) -> Bindings:
        """`.a = b;`"""
        _, start, _, text, kind, value, begin = token
        path = path + self._path(text, start)
        return self._added(bindings, path, self._value(kind, value, begin))

    def bindings_of_at_once_behind(self, path: list[PathPart], dot: Token, token: Any) -> Bindings:
        return self.bindings_then_at_once_behind(self.no_bindings(), path, dot, token)

    def _added(self, bindings: Bindings, path: list[PathPart], value: Expression) -> Bindings:
        if not desugar.add_attribute(bindings, path, value, self.source):
            self.mentions.are_apart = False
        return bindings

    def bindings_then_inherit(
        self, bindings: Bindings, _inherit: Token, names: list[PathPart], _semicolon: Token
    ) -> Bindings:
        desugar.add_inherited(bindings, names, None, self.source)
        made: list[Any] = [bindings.attributes[name].value for name, _, _ in names]  # type: ignore[index]  # names, all
        self.mentions.variables += made
        return bindings

    def bindings_then_inherit_from(
        self,
        bindings: Bindings,
        _inherit: Token,
        _opening: Token,
        from_: Expression,
        _closing: Token,
        names: list[PathPart],
        _semicolon: Token,
    ) -> Bindings:
        desugar.add_inherited(bindings, names, from_, self.source)
        return bindings

    def bindings_then_run(self, bindings: Bindings, token: Token) -> Bindings:
        self._runs.setdefault(bindings, []).append((len(bindings.attributes), self._run(token)))
        return bindings

    def _run(self, token: Token, *, names: bool = False) -> Any:
        """What a token of very many elements holds."""
        from lixeval.syntax.run_nodes import Run

        assert self._parse_part is not None
        try:
            run = Run(self.source.text, token, names, self._parse_part)
        except NixSyntaxError:
            raise Together from None
        if not run.is_sound():
            raise Together
        self.mentions.are_apart = False
        for name in run.all_names():
            self._name(name)
        return run

    def longer_path(self, path: list[PathPart], _dot: Token, part: PathPart) -> list[PathPart]:
        path.append(part)
        return path

    def path_at_once(self, token: Token) -> list[PathPart]:
        """`a.b`, or `a.b =`, of which the token's text is the path."""
        return self._path(token[3], token[1])

    def longer_path_at_once(self, path: list[PathPart], _dot: Token, token: Token) -> list[PathPart]:
        return path + self.path_at_once(token)

    def attribute_name(self, name: Token) -> PathPart:
        return self._name(name[3]), name[1], name[2]

    def attribute_string(self, value: Expression) -> PathPart:
        return self._computed_name(value), value.start, value.end

    def attribute_interpolation(self, opening: Token, value: Expression, closing: Token) -> PathPart:
        return self._computed_name(value), opening[1], closing[2]

    def _computed_name(self, value: Expression) -> str | Expression:
        text = desugar.constant_text(value)
        if text is None:
            return value
        return self._name(text)

    # Formals

    def formal(self, name: Token) -> Formal:
        return Formal(name[1], name[2], self._name(name[3]), None)

    def formal_with_default(self, name: Token, _question: Token, default: Expression) -> Formal:
        return Formal(name[1], name[2], self._name(name[3]), default)

    def longer_formals(self, items: list[Formal], _comma: Token, item: Formal) -> list[Formal]:
        items.append(item)
        return items

    def formals_then_run(self, items: list[Formal], token: Token) -> list[Any]:
        return _WithRuns([*items, self._run(token)])

    def formals_with_ellipsis(
        self, opening: Token, items: list[Formal], _comma: Token, _ellipsis: Token, closing: Token
    ) -> Formals:
        return Formals(opening[1], closing[2], self._together(items), True)

    def formals_ellipsis_only(self, opening: Token, _ellipsis: Token, closing: Token) -> Formals:
        return Formals(opening[1], closing[2], (), True)

    def formals_with_comma(self, opening: Token, items: list[Formal], _comma: Token, closing: Token) -> Formals:
        return Formals(opening[1], closing[2], self._together(items), False)

    def formals_only(self, opening: Token, items: list[Formal], closing: Token) -> Formals:
        return Formals(opening[1], closing[2], self._together(items), False)

    def formals_empty(self, opening: Token, closing: Token) -> Formals:
        return Formals(opening[1], closing[2], (), False)

    def formals_empty_at_once(self, token: Token) -> Formals:
        return Formals(token[1], token[2], (), False)

    # Lists of anything

    def list_then_run(self, items: list[Any], token: Token) -> list[Any]:
        return _WithRuns([*items, self._run(token)])

    def names_then_run(self, names: list[PathPart], token: Token) -> list[PathPart]:
        run = self._run(token, names=True)
        rows = [zip(run.texts(group), run.starts(group), strict=True) for group in run.groups]
        return [*names, *[name_at(text, start) for row in zip(*rows, strict=True) for text, start in row]]

    def _together(self, items: list[Any]) -> Any:
        """What a list has, as a tuple; where there is a run in it, nodes are made when somebody asks for them."""
        if items.__class__ is list:
            return tuple(items)
        return Elements(items)

    def empty_list(self) -> list[Any]:
        return []

    def first_of_list(self, item: Any) -> list[Any]:
        return [item]

    def longer_list(self, items: list[Any], item: Any) -> list[Any]:
        items.append(item)
        return items

    # Strings

    def string_plain(self, token: Token) -> Expression:
        _, start, end, text = token
        return String(start, end, (text[1:-1],) if end - start > 2 else ())

    def string(self, opening: Token, parts: Parts, closing: Token) -> Expression:
        return String(opening[1], closing[2], tuple(parts))

    def string_part(self, token: Token) -> Parts:
        return [self._text(token)]

    def parts_then_text(self, parts: Parts, token: Token) -> Parts:
        parts.append(self._text(token))
        return parts

    def parts_then_interpolation(self, parts: Parts, _open: Token, value: Expression, _close: Token) -> Parts:
        parts.append(value)
        return parts

    def interpolation(self, _open: Token, value: Expression, _close: Token) -> Parts:
        return [value]

    def text_then_interpolation(self, token: Token, _open: Token, value: Expression, _close: Token) -> Parts:
        return [self._text(token), value]

    def parts_then_at_once(self, parts: Parts, token: Token) -> Parts:
        """`${a.b}`"""
        parts.append(self._of_names(token[3], token[1] + 2))
        return parts

    def parts_at_once(self, token: Token) -> Parts:
        return self.parts_then_at_once([], token)

    def text_then_at_once(self, text: Token, token: Token) -> Parts:
        return self.parts_then_at_once([self._text(text)], token)

    def indented_parts_then_text(self, parts: Parts, token: Token) -> Parts:
        part = desugar.indented_text(token[3])
        self._refuse_null(part if isinstance(part, str) else part[0], token)
        parts.append(part)
        return parts

    def indented_string_plain(self, token: Token) -> Expression:
        return String(token[1], token[2], desugar.strip_indentation([token[3]]))

    def indented_string(self, opening: Token, parts: Parts, closing: Token) -> Expression:
        stripped = desugar.strip_indentation(parts)
        if len(stripped) == 1 and not isinstance(stripped[0], str):
            text = desugar.constant_text(stripped[0])
            if text is not None:
                return String(opening[1], closing[2], (text,) if text else ())
        return String(opening[1], closing[2], stripped)

    def _text(self, token: Token) -> str:
        text = desugar.unescape(token[3])
        self._refuse_null(text, token)
        return text

    def _refuse_null(self, text: str, token: Token) -> None:
        if "\0" in text:
            shown = text.replace("\0", "\N{SYMBOL FOR NULL}")
            message = f"input string '{shown}' cannot be represented as Nix string because it contains null bytes"
            raise NixSyntaxError(message, span=span_of(self.source, token[1], token[2]))


def _braces(token: Token) -> tuple[Token, Token]:
    """The two in `{ }`."""
    kind, start, end, _ = token
    return (kind, start, start + 1, "{"), (kind, end - 1, end, "}")

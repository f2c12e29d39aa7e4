"""From a `Source` to the nodes of its expression: the journey's second step.

    tokens (lexer) -> LALR automaton (tables, from grammar/nix.lark) -> actions, which build nodes

The automaton is Lark's; it is walked here and not by Lark for three reasons.  Nothing of Lark need be imported when
the tables come from a file.  Half of all reductions hand one value on (a number is a simple expression is a selection
is an application …) and cost a third when they are known to.  And Bison's words about what was expected depend on its
default reductions, which are made here, in `_expected`, once something is wrong.

Everything is iterative: no text, however deep, ends Python's stack.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from lixeval.errors import NixSyntaxError
from lixeval.source import Source
from lixeval.syntax.actions import RUNS, Actions
from lixeval.syntax.desugar import span_of
from lixeval.syntax.joined import JOINED
from lixeval.syntax.joined_nodes import Together
from lixeval.syntax.lexer import END, ERROR, INVALID, Token, tokenize
from lixeval.syntax.nodes import Expression
from lixeval.syntax.operators import NotAssociative, TooManyWaiting
from lixeval.syntax.tables import Tables, at_hand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


TOGETHER = RUNS | JOINED
"""The tokens that are several, which error messages know nothing of."""

_SHOWN = {
    END: "end of file",
    INVALID: "invalid token",
    "LESS": "'<'",
    "GREATER": "'>'",
    "PLUS": "'+'",
    "MINUS": "'-'",
    "STAR": "'*'",
    "SLASH": "'/'",
    "QUESTION": "'?'",
    "COLON": "':'",
    "AT": "'@'",
    "SEMICOLON": "';'",
    "NOT": "'!'",
    "DOT": "'.'",
    "QUOTE": "'\"'",
    "OPEN_PAREN": "'('",
    "CLOSE_PAREN": "')'",
    "OPEN_BRACE": "'{'",
    "CLOSE_BRACE": "'}'",
    "OPEN_BRACKET": "'['",
    "CLOSE_BRACKET": "']'",
    "ASSIGN": "'='",
    "COMMA": "','",
    "STRING": "'\"'",
    "PLAIN_LIST": "'['",
    "IND_STRING": "IND_STRING_OPEN",
    "PATH_PLAIN": "PATH",
}
"""What Bison calls the terminals that have another name here."""

_ORDER = f"""
{END} ID STR IND_STR INT_LIT FLOAT_LIT PATH SPATH PATH_END URI
IF THEN ELSE ASSERT WITH LET IN_KW REC INHERIT EQ NEQ AND OR IMPL OR_KW
PIPE_FROM PIPE_INTO DOLLAR_CURLY IND_STRING_OPEN IND_STRING_CLOSE ELLIPSIS
LESS GREATER LEQ GEQ UPDATE NOT PLUS MINUS STAR SLASH CONCAT QUESTION
COLON AT SEMICOLON DOT QUOTE OPEN_PAREN CLOSE_PAREN OPEN_BRACE CLOSE_BRACE OPEN_BRACKET CLOSE_BRACKET ASSIGN COMMA
""".split()
"""The order in which Bison lists what it expected.  Tokens that are whole strings, paths or lists are not in it."""


def parse(
    source: Source,
    *,
    pipe_operators: bool = False,
    tables: Tables | None = None,
    warn: Callable[[str], None] | None = None,
    together: bool = True,
) -> Expression:
    """The expression that a source holds.

    `pipe_operators` allows `|>` and `<|`, experimental in Nix 2.26.  `tables` are the parser's own, where the caller
    keeps them (see `tables.kept`).  `warn` gets the warnings.  With `together`, very many elements of one shape become
    nodes when somebody asks for them, and where much is parsed, tokens that stand side by side in most texts are one.
    Raises NixSyntaxError with the message and the place of C++ Nix.
    """
    tables = tables or at_hand()
    tables.characters += len(source.text)
    joined = together and tables.characters > MANY
    tokens = tokenize(source.text, pipe_operators=pipe_operators, runs=together, joined=joined)

    def parse_part(text: str) -> tuple[Expression, tuple[str, ...]]:
        part = Source("", text, False)
        return parse(part, tables=tables, together=False), part.names_met

    actions = Actions(source, parse_part)
    try:
        return _known(_walk(tables, tokens, actions, MAX_STATES // 2 if together else MAX_STATES), actions, warn)
    except (NixSyntaxError, Together, _Unexpected, _TooDeep, TooManyWaiting, NotAssociative) as error:
        if not together:
            raise _told(error, tokens, source) from None
    # What is wrong, and where, the tokens one by one tell.
    return parse(source, pipe_operators=pipe_operators, tables=tables, warn=warn, together=False)


def _known(parsed: Expression, actions: Actions, warn: Callable[[str], None] | None) -> Expression:
    """Keeps what is known of a text beside its expression."""
    source = actions.source
    source.names_met = tuple(actions.met)
    source.mentions = actions.mentions if actions.mentions.are_apart else None
    if actions.calls_of_or and warn is not None:
        from lixeval.syntax.old_or import warnings

        for text in warnings(source, parsed, actions.calls_of_or, actions.outer):
            warn(text)
    return parsed


def _told(error: Exception, tokens: list[Token], source: Source) -> Exception:
    """What is wrong, in Nix's words."""
    if isinstance(error, _Unexpected):
        return _syntax_error(tokens, error.token, error.expected, source)
    if isinstance(error, NotAssociative):
        return _syntax_error(tokens, error.operator, [], source)
    if isinstance(error, (_TooDeep, TooManyWaiting)):
        _, start, end, _ = error.token
        where = span_of(source, start, end)
        return NixSyntaxError("memory exhausted", span=where, hint="the text is nested too deeply", code="E0105")
    return error


MANY = 32_768
"""Tokens that are several pay from so many characters on: their patterns take 2 ms to compile."""

MAX_STATES = 10_000
"""How much may be begun and not yet ended: the size of the stack in C++ Nix's parser (Bison's YYMAXDEPTH).  What begins
with tokens that are several at once takes half of that at least."""


class _TooDeep(Exception):
    """A token for which the parser has no room left."""

    def __init__(self, token: Token) -> None:
        super().__init__(token)
        self.token = token


class _Unexpected(Exception):
    """A token that no action takes, and the terminals that Bison would say it expected."""

    def __init__(self, token: Token, expected: list[str]) -> None:
        super().__init__(token, expected)
        self.token = token
        self.expected = expected


def _walk(tables: Tables, tokens: list[Token], actions: Actions, most_states: int) -> Expression:
    """Shift the tokens and reduce by the rules; the value of the start symbol."""
    rows = _rows(tables)
    deepest = most_states - 1
    state = 0
    states = [0]
    values: list[Any] = []
    for token in tokens:
        kind = token[0]
        action: Any = rows[state].get(kind)
        what = action.__class__
        while what is not int:
            if what is tuple:
                size, after, method = action
                if size == 1:
                    values[-1] = method(actions, values[-1])
                elif size == 2:
                    last = values.pop()
                    values[-1] = method(actions, values[-1], last)
                    del states[-1]
                elif size == 3:
                    last = values.pop()
                    middle = values.pop()
                    values[-1] = method(actions, values[-1], middle, last)
                    del states[-2:]
                elif size:
                    values[-size:] = (method(actions, *values[-size:]),)
                    del states[1 - size :]
                else:
                    values.append(method(actions))
                    states.append(0)
                below = states[-2]
                found = after.get(below)
                if found is None:
                    found = after[below] = _handed_on(tables, rows, below, after[None][below], kind)
            elif what is list:
                # The token is a symbol by itself, or makes the one before it longer.
                method, state_then = action
                if len(states) >= deepest:
                    raise _TooDeep(token)
                if state_then:
                    state = state_then
                    states.append(state)
                    values.append(method(actions, token))
                else:
                    values[-1] = method(actions, values[-1], token)
                break
            elif what is dict:
                # One symbol after another hands its value on.
                below = states[-2]
                found = action.get(below)
                if found is None:
                    found = action[below] = _handed_on(tables, rows, below, state, kind)
            else:
                raise _Unexpected(token, _expected(tables, actions, states, values))
            state, action = found
            states[-1] = state
            what = action.__class__
        else:
            if not action:
                result: Expression = values[0]
                return result
            if len(states) >= deepest:
                raise _TooDeep(token)
            state = action
            states.append(state)
            values.append(token)
    raise AssertionError("the last token is not the end")


def _rows(tables: Tables) -> list[dict[str, Any]]:
    """What to do in each state when a terminal follows: a state to shift to, 0 to accept, a reduction, or both at once.

    A reduction is the rule's (length, {state before: (state, what to do there)}, method of `Actions`), where the state
    is that at the end of all rules that then hand the new symbol on; what a state before is followed by is found when
    it is met, from the list under None.  Of a rule that hands its only symbol on it is the dict alone.  Both at once is
    a list: the method, and the state after a terminal that is a symbol by itself, or 0 where it makes the symbol before
    it longer, whatever follows.
    """
    if tables.rows is None:
        gotos: dict[str, list[int]] = {}
        for state, row in enumerate(tables.gotos):
            for origin, next_state in row.items():
                gotos.setdefault(origin, [-1] * len(tables.gotos))[state] = next_state
        known: dict[tuple[int, str], Any] = {}

        def reduction(rule: int, kind: str) -> Any:
            origin, size, name = tables.rules[rule]
            if name is None:
                return {}
            found = known.get((rule, kind))
            if found is None:
                found = known[rule, kind] = size, {None: gotos[origin]}, getattr(Actions, name)
            return found

        def shift(state: int, target: int) -> Any:
            """One that is always followed by a reduction by the same rule is both."""
            after = set(tables.actions[target].values())
            rule = ~after.pop()
            if after or rule < 0:
                return target
            origin, size, name = tables.rules[rule]
            if name is not None and size == 1:
                return [getattr(Actions, name), gotos[origin][state]]
            if name is not None and size == 2 and state in gotos[origin]:
                return [getattr(Actions, name), 0]
            return target

        tables.rows = [
            {
                kind: action if not action else shift(state, action) if action > 0 else reduction(~action, kind)
                for kind, action in row.items()
            }
            for state, row in enumerate(tables.actions)
        ]
    return tables.rows


def _handed_on(tables: Tables, rows: list[dict[str, Any]], below: int, state: int, kind: str) -> tuple[int, Any]:
    """The state after all rules that hand a symbol on, in a state upon another when a terminal follows, and what is
    done there.
    """
    action = rows[state].get(kind)
    while action.__class__ is dict:
        origin, _, _ = tables.rules[~tables.actions[state][kind]]
        state = tables.gotos[below][origin]
        action = rows[state].get(kind)
    return state, action


def _expected(tables: Tables, actions: Actions, states: list[int], values: list[Any]) -> list[str]:
    """The terminals that Bison would say it expected: none if they are more than four.

    Its parser reduces by a state's most frequent rule when the next token fits nothing, so it notices an error only
    in a state without one; there it lists what is left in the table.  The actions are called as well: a duplicate
    attribute is found before what is wrong behind it.
    """
    while True:
        row = tables.actions[states[-1]]
        reductions = Counter(action for kind, action in row.items() if action < 0 and kind not in TOGETHER)
        if not reductions:
            break
        most = max(reductions.values())
        rule = max(action for action, count in reductions.items() if count == most)  # the first rule: ~rule is greatest
        origin, size, name = tables.rules[~rule]
        first = len(values) - size
        if name is not None:
            values[first:] = [getattr(actions, name)(*values[first:])]
        del states[first + 1 :]
        states.append(tables.gotos[states[-1]][origin])
    kinds = [kind for kind in _ORDER if kind in row]
    return kinds if len(kinds) <= 4 else []


def _syntax_error(tokens: list[Token], token: Token, expected: list[str], source: Source) -> NixSyntaxError:
    """The error about a token, in Bison's words, with a hint of ours."""
    from lixeval.syntax.hints import hint

    kind, start, end, text = token
    span = span_of(source, start, start + 1 if kind == "PLAIN_LIST" else end)
    index = next(index for index, other in enumerate(tokens) if other is token)
    what_to_do, where = hint(tokens, index, expected, source)
    if kind == ERROR:
        return NixSyntaxError(text, span=span, hint=what_to_do, code="E0104")
    name = "HPATH" if kind.startswith("PATH") and text[:1] == "~" else _SHOWN.get(kind, kind)
    message = f"syntax error, unexpected {name}"
    if expected:
        message += ", expecting " + " or ".join(_SHOWN.get(kind, kind) for kind in expected)
    error = NixSyntaxError(message, span=span, hint=what_to_do)
    error.culprit = None if where is None else span_of(source, *where)
    error.is_unfinished = kind == END
    return error

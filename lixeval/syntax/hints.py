"""What to do about a syntax error: C++ Nix says what it met, these hints say where the mistake probably is.

The parser notices a mistake late: a missing semicolon at the next `=`, an open brace at the end of the file.  So the
hints look back over the tokens for what was left open or where the last binding ended.
"""

from __future__ import annotations

from lixeval.source import Source
from lixeval.syntax.lexer import END, ERROR, INVALID, Token

_CLOSES = {
    "CLOSE_PAREN": ("OPEN_PAREN",),
    "CLOSE_BRACKET": ("OPEN_BRACKET",),
    "CLOSE_BRACE": ("OPEN_BRACE", "DOLLAR_CURLY"),
    "IND_STRING_CLOSE": ("IND_STRING_OPEN",),
    "IN_KW": ("LET",),
}
_OPENS = frozenset(kind for kinds in _CLOSES.values() for kind in kinds)
_COMPARISONS = frozenset({"EQ", "NEQ", "LESS", "LEQ", "GREATER", "GEQ"})
_NAMES = frozenset({"ID", "OR_KW", "STRING", "DOT"})
_INVALID = {
    "'": "strings stand between double quotes, or between two single quotes on each side",
    "&": "the operator is '&&'",
    "|": "the operator is '||'",
    "\N{LEFT DOUBLE QUOTATION MARK}": 'quotes are plain ones: "',
    "\N{RIGHT DOUBLE QUOTATION MARK}": 'quotes are plain ones: "',
    "\N{NO-BREAK SPACE}": "this is a no-break space: replace it by a plain one",
    "\N{ZERO WIDTH NO-BREAK SPACE}": "the file begins with a byte order mark: remove it",
}


Hint = tuple[str | None, tuple[int, int] | None]
"""What to do, and from where to where the mistake is, if it is not at the token that the parser stumbled over."""


def hint(tokens: list[Token], index: int, expected: list[str], source: Source) -> Hint:
    """About the token at `index`, where the parser expected something else; (None, None) if nobody knows."""
    kind, start, _, text = tokens[index]
    if kind == ERROR:
        return ("a path does not end in '/'" if text == "path has a trailing slash" else None), None
    if kind == INVALID:
        return _INVALID.get(text), None
    if "/*" in (source.text[start : start + 2], source.text[max(0, start - 1) : start + 1]):
        return "this comment is not closed", None
    if kind in _COMPARISONS:
        return "comparisons do not follow one another: put one of them in parentheses", None
    opened = _opened(tokens[:index])
    if kind == END and opened:
        return _not_closed(opened[-1], source)
    if kind == "SEMICOLON" and opened and opened[-1][0] in ("OPEN_PAREN", "OPEN_BRACKET"):
        return _not_closed(opened[-1], source)
    if kind in _CLOSES and kind != "IN_KW":
        if not opened:
            return f"nothing is open here that '{text}' could close", None
        if opened[-1][0] not in _CLOSES[kind] and opened[-1][0] != "LET":
            return _not_closed(opened[-1], source)
    if "SEMICOLON" in expected:
        offset = _end_of_binding(tokens, index)
        return f"a ';' is missing at {_place(offset, source)}", (offset, offset)
    if "IN_KW" in expected:
        return "the bindings of a 'let' end with 'in'", None
    return _about_sign(kind, opened[-1][0] if opened else None), None


def _about_sign(kind: str, inside: str | None) -> str | None:
    """What to do about a sign of other languages, or one in the wrong place."""
    match kind, inside:
        case "MINUS", "OPEN_BRACKET":
            return "in a list a negative number stands in parentheses: (-1)"
        case "COMMA", "OPEN_BRACKET":
            return "the elements of a list stand side by side, without commas"
        case "COMMA", "OPEN_BRACE":
            return "each binding of a set ends with ';'"
        case "ASSIGN", _:
            return "'=' binds a name in a set or a 'let'; the comparison is '=='"
        case "DOLLAR_CURLY", _:
            return "'${' stands in strings, paths and attribute names only"
    return None


def _opened(tokens: list[Token]) -> list[Token]:
    """The tokens that open something which nothing closes, the innermost last."""
    opened: list[Token] = []
    for index, token in enumerate(tokens):
        kind = token[0]
        if kind == "QUOTE":
            if opened and opened[-1][0] == "QUOTE":
                opened.pop()
            else:
                opened.append(token)
        elif kind in _CLOSES:
            if opened and opened[-1][0] in _CLOSES[kind]:
                opened.pop()
        elif kind == "OPEN_BRACE" and index and tokens[index - 1][0] == "LET":
            opened[-1] = token  # `let { … }` has no `in`
        elif kind in _OPENS:
            opened.append(token)
    return opened


def _end_of_binding(tokens: list[Token], index: int) -> int:
    """Where the value ends behind which a semicolon is missing.

    At `a = f x b = 2` the parser stumbles over the second `=`; what stands before it, `b`, is the next name already,
    if something is left for the value before.
    """
    last = index - 1
    if tokens[index][0] == "ASSIGN":
        first = last
        while first > 0 and tokens[first - 1][0] in _NAMES and "DOT" in (tokens[first - 1][0], tokens[first][0]):
            first -= 1
        if tokens[first - 1][0] != "ASSIGN":
            last = first - 1
    return tokens[last][2]


def _not_closed(token: Token, source: Source) -> Hint:
    kind, start, end, text = token
    if kind in ("QUOTE", "IND_STRING_OPEN"):
        return f"the string that begins at {_place(start, source)} is not closed", (start, end)
    return f"the '{text}' at {_place(start, source)} {'has no in' if kind == 'LET' else 'is not closed'}", (start, end)


def _place(offset: int, source: Source) -> str:
    line, column = source.line_and_column(offset)
    return f"line {line}, column {column}"

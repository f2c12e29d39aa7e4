"""What to do about a syntax error: C++ Nix says what it met, these hints say where the mistake probably is.

The parser notices a mistake late: a missing semicolon at the next `=`, an open brace at the end of the file.  So the
hints look back over the tokens for what was left open or where the last binding ended.
"""

from __future__ import annotations

from itertools import pairwise

from lixeval.source import Source
from lixeval.syntax.lexer import END, ERROR, INVALID, TRAILING_SLASH, Token

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
_KEYWORDS = frozenset({"IF", "THEN", "ELSE", "ASSERT", "WITH", "LET", "IN_KW", "REC", "INHERIT"})
_OPERATORS = _COMPARISONS | {
    "AND",
    "OR",
    "IMPL",
    "UPDATE",
    "CONCAT",
    "PLUS",
    "MINUS",
    "STAR",
    "SLASH",
    "NOT",
    "QUESTION",
}
_UNFINISHED = _OPERATORS | _KEYWORDS | {"OPEN_PAREN", "OPEN_BRACKET", "DOLLAR_CURLY", "ASSIGN", "SEMICOLON", "COLON"}
"""What a value stands behind."""

IN_LIST = "in a list an operation stands in parentheses"

_INVALID = {
    "\\": "a function is written 'x: y'",
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
        return ("a path does not end in '/'" if text == TRAILING_SLASH else None), None
    if kind == INVALID:
        return _about_character(text, start, source), None
    if "/*" in (source.text[start : start + 2], source.text[max(0, start - 1) : start + 1]):
        return "this comment is not closed", None
    torn = _torn_string(tokens[:index])
    if torn is not None:
        return _not_closed(torn, source)
    if kind == END and not index:
        return "the file holds no expression", None
    opened = _opened(tokens[:index])
    inside = opened[-1][0] if opened else None
    if kind in _COMPARISONS:
        return _about_comparison(tokens, index, expected, inside), None
    if kind == END and opened:
        if [token[0] for token in opened[-3:]] == ["QUOTE", "DOLLAR_CURLY", "QUOTE"]:
            between = source.text[opened[-2][1] : opened[-1][1]]
            if "\n" not in between:
                return _not_closed(opened[-2], source)  # the quote was to end the string around it
        return _not_closed(_by_indentation(tokens[:index], source) or opened[-1], source)
    if kind == "SEMICOLON" and opened and opened[-1][0] in ("OPEN_PAREN", "OPEN_BRACKET"):
        return _not_closed(opened[-1], source)
    if kind in _CLOSES and kind != "IN_KW":
        if not opened:
            return f"nothing is open here that '{text}' could close", None
        if opened[-1][0] not in _CLOSES[kind] and opened[-1][0] != "LET":
            return _not_closed(opened[-1], source)
    return _about_missing(tokens, index, expected, source) or (
        _about_sign(tokens, index, expected, inside),
        None if kind != END or not index else (tokens[index - 1][2], tokens[index - 1][2]),
    )


def _about_character(text: str, start: int, source: Source) -> str | None:
    """What to do about a character that no token begins with; one at the very beginning tells of the whole file."""
    if text in _INVALID or start > 0:
        return _INVALID.get(text, "this is no text" if text == "\0" else None)
    data = source.text[:4].encode("utf-8", "surrogateescape")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "the file is encoded as UTF-16: save it as UTF-8"
    return "the file is no text" if "\0" in source.text or not text.isprintable() else None


def _about_comparison(tokens: list[Token], index: int, expected: list[str], inside: str | None) -> str:
    text, before = tokens[index][3], tokens[index - 1][0] if index else None
    if "ASSIGN" in expected:
        return f"'{text}' compares; a set's binding is 'name = value;'"
    if before is None or before in _UNFINISHED:
        return f"a value is missing before '{text}'"
    if inside == "OPEN_BRACKET":
        return IN_LIST
    return "comparisons do not follow one another: put one of them in parentheses"


def _about_missing(tokens: list[Token], index: int, expected: list[str], source: Source) -> Hint | None:
    """What is missing before the token."""
    kind, before = tokens[index][0], tokens[index - 1] if index else None
    if before is None:
        return None
    if kind == "ASSIGN" and (nameless := _about_name(before, expected)):
        return nameless, None
    if "SEMICOLON" in expected:
        if kind == "CLOSE_BRACE" and tokens[index + 1][0] in ("COLON", "AT"):
            sign = next((token for token in reversed(tokens[:index]) if token[0] == "ASSIGN"), before)
            return "the default of an argument follows a question mark: name ? value", (sign[1], sign[2])
        if kind == "ASSIGN" and (begun := _begin_of_set(tokens, index, source)):
            return f"a value or a '{{' is missing at {_place(begun, source)}", (begun, begun)
        offset = _end_of_scope(tokens, index, source) or _end_of_binding(tokens, index)
        return f"a ';' is missing at {_place(offset, source)}", (offset, offset)
    if kind == "ASSIGN" and (inherited := _end_of_inherit(tokens, index, source)):
        return f"a ';' is missing at {_place(inherited, source)}", (inherited, inherited)
    if "IN_KW" in expected or (
        "ASSIGN" in expected and [token[0] for token in _opened(tokens[:index])[-1:]] == ["LET"]
    ):
        return "the bindings of a 'let' end with 'in'", None
    if "COLON" in expected and "AT" in expected and before[0] == "CLOSE_BRACE":
        return "behind a function's arguments stands ':'", (before[2], before[2])
    if ("THEN" in expected or "ELSE" in expected) and kind != "ASSIGN":
        return "an 'if' has both 'then' and 'else'", None if kind != END else (before[2], before[2])
    if before[0] == "ASSIGN" and kind in ("SEMICOLON", "CLOSE_BRACE"):
        return "a value is missing behind '='", None
    return None


def _about_name(before: Token, expected: list[str]) -> str | None:
    """What is missing before a `=` that no name stands before."""
    if before[0] == "DOT":
        return "a name is missing behind '.'"
    if before[0] == "ASSIGN":
        return "one '=' is too many"
    return "a name is missing before '='" if "INHERIT" in expected else None


def _about_sign(tokens: list[Token], index: int, expected: list[str], inside: str | None) -> str | None:
    """What to do about a sign of other languages, or one in the wrong place."""
    kind, text = tokens[index][0], tokens[index][3]
    before = tokens[index - 1][0] if index else ""
    if kind in _KEYWORDS and (before == "DOT" or before in ("OPEN_BRACE", "SEMICOLON")):
        return f"'{text}' is a keyword: as a name it stands in quotes, \"{text}\""
    match kind, inside:
        case "MINUS", "OPEN_BRACKET" if tokens[index][2] == tokens[index + 1][1]:
            return "in a list a negative number stands in parentheses: (-1)"
        case kind, "OPEN_BRACKET" if kind in _OPERATORS:
            return IN_LIST
        case "COMMA", "OPEN_BRACKET":
            return "the elements of a list stand side by side, without commas"
        case "COMMA", "OPEN_BRACE" if before in ("COMMA", "OPEN_BRACE"):
            return "a name is missing before ','"
        case "COMMA", "OPEN_BRACE":
            return "'...' comes last" if before == "ELLIPSIS" else "each binding of a set ends with ';'"
        case "ASSIGN", _ if _end_of_inherit(tokens, index, None):
            return "'inherit' takes names only; a binding of its own is 'name = value;'"
        case "ASSIGN", _:
            return "'=' binds a name in a set or a 'let'; the comparison is '=='"
        case "COLON", "OPEN_BRACE" if "ASSIGN" in expected:
            return "a set binds its names by '=': name = value;"
        case "COLON", _ if before == "ID":
            return "a function as an operand or argument stands in parentheses"
        case "UPDATE", "OPEN_BRACE" if "INHERIT" in expected:
            return "comments begin with '#' or stand between '/*' and '*/'"
        case "ID", "OPEN_BRACE" if "ASSIGN" in expected and before == "ID":
            return "the arguments of a function are separated by commas; a set's binding is 'name = value;'"
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


def _torn_string(tokens: list[Token]) -> Token | None:
    """The quote that nothing closes, where a later string seems to: `a = "x; b = "y";` has y right behind a string."""
    opened: list[Token] = []
    for token, following in pairwise(tokens):
        kind, first = token[0], token
        if kind == "QUOTE" and opened and opened[-1][0] == "QUOTE":
            first = opened.pop()
        elif kind in _OPENS or kind == "QUOTE":
            opened.append(token)
            continue
        elif kind in _CLOSES and opened and opened[-1][0] in _CLOSES[kind]:
            opened.pop()
        if kind in ("QUOTE", "STRING") and following[1] == token[2] and following[0] in _WORDS:
            return "QUOTE", first[1], first[1] + 1, '"'
    return None


_WORDS = frozenset({"ID", "INT", "FLOAT", "PATH", "URI", "QUOTE", "STRING", *_KEYWORDS})
"""What does not follow the end of a string without a blank."""


def _by_indentation(tokens: list[Token], source: Source) -> Token | None:
    """What is probably not closed, where the one that nothing closes need not be it.

    A sign that closes and begins its line belongs to a line that is indented as far.  If what it closes stands in a
    line that is indented further, then that had no sign of its own.
    """
    opened: list[tuple[Token, int]] = []
    for index, token in enumerate(tokens):
        kind, start = token[0], token[1]
        if kind in _CLOSES and kind != "IN_KW" and opened and opened[-1][0][0] in _CLOSES[kind]:
            other, indentation = opened.pop()
            if index and _begins_line(source, start) and _indentation(source, start) < indentation:
                return other
        elif kind in _OPENS and kind not in ("LET", "IND_STRING_OPEN"):
            opened.append((token, _indentation(source, start)))
    return None


def _begins_line(source: Source, offset: int) -> bool:
    line = source.text.rfind("\n", 0, offset) + 1
    return not source.text[line:offset].strip()


def _indentation(source: Source, offset: int) -> int:
    """The blanks at the beginning of the line in which an offset is."""
    line = source.text.rfind("\n", 0, offset) + 1
    rest = source.text[line : offset + 1]
    return len(rest) - len(rest.lstrip())


def _end_of_scope(tokens: list[Token], index: int, source: Source) -> int | None:
    """Where the `;` of a `with` or `assert` is missing: at the end of its line; None where neither is unfinished."""
    depth = 0
    for first in range(index - 1, -1, -1):
        kind = tokens[first][0]
        if kind in _CLOSES and kind != "IN_KW":
            depth += 1
        elif kind in _OPENS and kind != "LET":
            depth -= 1
        if depth < 0 or (depth == 0 and kind in ("SEMICOLON", "ASSIGN")):
            return None
        if depth == 0 and kind in ("WITH", "ASSERT"):
            break
    else:
        return None
    for last in range(first + 1, index - 1):
        kind = tokens[last][0]
        depth += (kind in _OPENS and kind != "LET") - (kind in _CLOSES and kind != "IN_KW")
        if depth == 0 and "\n" in source.text[tokens[last][2] : tokens[last + 1][1]]:
            return tokens[last][2]
    return tokens[index - 1][2]


def _end_of_inherit(tokens: list[Token], index: int, source: Source | None) -> int | None:
    """Where the names of an `inherit` end if the name before the token at `index` is on a line of its own.

    Without a source, wherever that name is.
    """
    first = index - 1
    while first > 0 and tokens[first][0] in ("ID", "OR_KW"):
        first -= 1
    if tokens[first][0] not in ("INHERIT", "CLOSE_PAREN") or first == index - 1:
        return None
    if tokens[first][0] == "CLOSE_PAREN" and not any(
        token[0] == "INHERIT" for token in tokens[max(0, first - 40) : first]
    ):
        return None
    end = tokens[index - 2][2]
    return end if source is None or "\n" in source.text[end : tokens[index - 1][1]] else None


def _end_of_binding(tokens: list[Token], index: int) -> int:
    """Where the value ends behind which a semicolon is missing.

    At `a = f x b = 2` the parser stumbles over the second `=`; what stands before it, `b`, is the next name already,
    if something is left for the value before.
    """
    last = index - 1
    if tokens[index][0] == "ASSIGN":
        first = _begin_of_path(tokens, index)
        if tokens[first - 1][0] != "ASSIGN":
            last = first - 1
    return tokens[last][2]


def _begin_of_set(tokens: list[Token], index: int, source: Source) -> int | None:
    """Where the brace of a set is missing, if a binding stands where a value begins: behind a function's arguments,
    or in a line of its own.
    """
    first = _begin_of_path(tokens, index)
    kind, _, end, _ = tokens[first - 1]
    alone = "\n" in source.text[end : tokens[first][1]]
    return end if kind == "COLON" or (kind in ("ASSIGN", "UPDATE") and alone) else None


def _begin_of_path(tokens: list[Token], index: int) -> int:
    """The first token of the attribute path before the token at `index`."""
    first = index - 1
    while first > 0 and tokens[first - 1][0] in _NAMES and "DOT" in (tokens[first - 1][0], tokens[first][0]):
        first -= 1
    return first


def _not_closed(token: Token, source: Source) -> Hint:
    kind, start, end, text = token
    if kind in ("QUOTE", "IND_STRING_OPEN"):
        return f"the string that begins at {_place(start, source)} is not closed", (start, end)
    return f"the '{text}' at {_place(start, source)} {'has no in' if kind == 'LET' else 'is not closed'}", (start, end)


def _place(offset: int, source: Source) -> str:
    line, column = source.line_and_column(offset)
    return f"line {line}, column {column}"

"""Text to tokens: the first step after `Source`, before the parser.

A Nix text cannot be cut by one set of patterns: `"a${"b"}c"` nests strings in expressions in strings, `''`-strings and
paths have rules of their own.  So there is a stack of modes, and one compiled pattern a mode:

    default   everything between; `{`, `${` push it again, `}` pops
    string    after `"`, up to `"` or `${`
    indented  after `''`, up to `''` or `${`
    path      after a path that has an interpolation or ends in `/`, up to the first character that no path holds

C++ Nix (lexer.l) takes the longest match, Python's `re` the first that fits; so each pattern lists what is longer
first: a path before the name, number or operator it begins with, a URI before a name, a float before an int.

What a plain word can be is common, so words not followed by `.`, `+`, `/` or `:` are tried before all that.  Strings
without escapes and interpolations and paths without interpolations are one token, and so is a list of very many numbers
and such strings, which is data (see `plain_lists`); and so are very many elements of one shape (see `runs`), and what
stands side by side in most texts (see `joined`), where the parser asks for it.

A token is a tuple `(kind, start, end, text)`: making one costs a tenth of making an object, and a file of 300 KB has
100,000; one that is a whole attribute has three members more (see `joined`). `kind` is a terminal of grammar/nix.lark,
or INVALID for a character that no token begins with, or ERROR, whose text is the message: errors of the lexer are
raised by the parser when it gets there, so that the first error in the text is the one reported.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from itertools import islice

from lixeval.syntax.joined import BLANKS, JOINED, NAMES, PC, PLAIN, TEXT, URI, VALUES, WORD, interpolation

Token = tuple[str, int, int, str]
"""Kind, start and end (character offsets), text."""

END = "$END"
ERROR = "ERROR"
INVALID = "INVALID"
MAX_INT = 2**63 - 1

KINDS = {
    "if": "IF",
    "then": "THEN",
    "else": "ELSE",
    "assert": "ASSERT",
    "with": "WITH",
    "let": "LET",
    "in": "IN_KW",
    "rec": "REC",
    "inherit": "INHERIT",
    "or": "OR_KW",
    "==": "EQ",
    "!=": "NEQ",
    "&&": "AND",
    "||": "OR",
    "->": "IMPL",
    "<|": "PIPE_FROM",
    "|>": "PIPE_INTO",
    "${": "DOLLAR_CURLY",
    "...": "ELLIPSIS",
    "<=": "LEQ",
    ">=": "GEQ",
    "//": "UPDATE",
    "++": "CONCAT",
    "<": "LESS",
    ">": "GREATER",
    "+": "PLUS",
    "-": "MINUS",
    "*": "STAR",
    "/": "SLASH",
    "?": "QUESTION",
    ":": "COLON",
    "@": "AT",
    ";": "SEMICOLON",
    "!": "NOT",
    ".": "DOT",
    '"': "QUOTE",
    "(": "OPEN_PAREN",
    ")": "CLOSE_PAREN",
    "{": "OPEN_BRACE",
    "}": "CLOSE_BRACE",
    "[": "OPEN_BRACKET",
    "]": "CLOSE_BRACKET",
    "=": "ASSIGN",
    ",": "COMMA",
}
_PIPES = ("PIPE_FROM", "PIPE_INTO")
KEYWORDS = frozenset(word for word in KINDS if word.isalpha())

# Only single characters are repeated possessively: of groups (`(?:…)*+`, `(?>…)`) Python before 3.11.5 forgets where it
# was when one fails half-way.  No group here needs it: what follows each always matches, or cannot within it.
_LINE, _BLOCK = r"\#[^\r\n]*+", r"/\*[^*]*+\*++(?:[^/*][^*]*+\*++)*/"
_MORE = rf"{BLANKS}(?:(?:{_LINE}|{_BLOCK}){BLANKS})*"


@cache
def _pattern(joined: bool) -> re.Pattern[str]:
    """What is between two tokens, and a token, which begins at the first group; the last one's name says which it is.

    Groups are empty and stand behind what they name, so that each alternative begins with characters: `re` compares
    the next one with them before it tries anything.  So the first alternatives are those that begin with one.
    """
    # A path's first name and a URI's scheme have at most 255 characters here (file systems allow no more), so that
    # looking for them at each token of `1+1+1+…` does not take quadratic time.
    empty_braces, empty_brackets = (rf"{BLANKS}\}}(?P<EMPTY_BRACES>)|", r"\](?P<EMPTY_BRACKETS>)|")
    return re.compile(
        rf"""
    {BLANKS}(?:{_LINE}{_MORE} | {_BLOCK}{_MORE} |)(?P<START>)(?:
      [;()\],?@:](?P<SIGN>)
    | \}}(?P<CLOSE_BRACE>)
    | \{{(?:{empty_braces if joined else ""}(?P<OPEN_BRACE>))
    | \[(?:{BLANKS}(?:{empty_brackets if joined else ""}(?!["0-9])(?P<OPEN_BRACKET>)) | (?P<LIST>))
    | \$\{{(?P<DOLLAR_CURLY>)
    | {NAMES if joined else rf"(?:{WORD}(?![.+/:])(?P<NAMES>)|{TEXT}(?P<STRING>))"}
    | "(?P<QUOTE>)
    | ''(?:[ ]*+\n|)(?P<INDENTED>)
    | (?:~(?:(?:/{PC}++)+/? | /(?=\$\{{))
        |{PC}{{0,255}}+(?:(?:/{PC}++)+/? | /(?=\$\{{)))(?P<PATH>)
    | [0-9]++(?!\.)(?P<INT>)
    | (?:[1-9][0-9]*+\.[0-9]*+ | 0?\.[0-9]++)(?:[Ee][+-]?[0-9]++|)(?P<FLOAT>)
    | [0-9]++(?P<INT_BEFORE_DOT>)
    | <{PC}++(?:/{PC}++)*>(?P<SPATH>)
    | {URI}(?P<URI>)
    | (?:{WORD} | ==? | \.\.\. | -> | \+\+ | // | !=? | <[|=]? | >=? | && | \|[|>]? | [^\0])(?P<OTHER>)
    | (?:\Z|\0)(?P<END>)
    )""",
        re.VERBOSE,
    )


_MANY_PLAIN = re.compile(rf"\[(?:{PLAIN}){{500}}")

_STRING_PART = re.compile(
    r"""
      ((?:[^$"\\]++ | \$[^{"\\] | \$?\\[\s\S]){1,9999}(?:\$(?="))? | \$(?="))  # 1 text, at least the beginning;
    | (\$\{)                                                                   #   a $ may stand before the end
    | (")                                                                      # 2 an interpolation, 3 the end
    """,
    re.VERBOSE,
)
_INDENTED_PART = re.compile(
    r"""
      ((?:[^$']++ | \$[^{'] | '[^'$])+)     # 1 text
    | (''\$ | \$(?!\{) | ''' | ''\\[\s\S])  # 2 an escape, or a $ before a quote
    | (\$\{)                                # 3 an interpolation
    | ('')                                  # 4 the end
    | (')                                   # 5 a single quote
    """,
    re.VERBOSE,
)
_INDENTED_REST = re.compile(r"([^$'\0]*+)''(?![$'\\])")
_PATH_PART = re.compile(rf"(\$\{{)|({PC}*+(?:/{PC}++)+/?|{PC}*+/|{PC}++)")

TRAILING_SLASH = "path has a trailing slash"
PIPES_DISABLED = (
    "experimental Nix feature 'pipe-operators' is disabled; "
    "add '--extra-experimental-features pipe-operators' to enable it"
)


class _Lexer:
    """A text, its tokens so far, where the next one begins, and the modes still open, the innermost last."""

    __slots__ = ("joined", "look", "modes", "pattern", "pipe_operators", "position", "text", "tokens")

    def __init__(self, text: str, pipe_operators: bool, joined: bool) -> None:
        self.text = text
        self.pipe_operators = pipe_operators
        self.joined = joined
        self.pattern = _pattern(joined)
        self.look = sys.maxsize
        self.position = 0
        self.tokens: list[Token] = []
        self.modes: list[Callable[[_Lexer], None]] = [_default]

    def finish(self, kind: str, start: int, text: str = "") -> None:
        """Append the last token and leave all modes."""
        self.tokens.append((kind, start, min(start + 1, len(self.text)), text))
        self.modes.clear()


def tokenize(text: str, *, pipe_operators: bool = False, runs: bool = False, joined: bool = False) -> list[Token]:
    """The tokens of `text`; the last one is END, or ERROR where nothing beyond can be Nix.  Never raises.

    With `runs`, very many elements of one shape are one token (see `syntax.runs`).  With `joined`, so are a few that
    stand side by side in most texts: there are two thirds of the tokens then.
    """
    lexer = _Lexer(text, pipe_operators, joined)
    modes, tokens = lexer.modes, lexer.tokens
    if runs and len(text) > LONG:
        lexer.look = PAUSE
    while modes:
        modes[-1](lexer)
        if len(tokens) >= lexer.look and modes and modes[-1] is _default:
            _take_run(lexer)
            lexer.look = len(tokens) + PAUSE
    return tokens


LONG = 16_384
PAUSE = 2048
"""In texts of more than `LONG` characters the lexer looks back after so many tokens, whether they repeat themselves."""


def _take_run(lexer: _Lexer) -> None:
    """Where the last tokens are a run's, makes one token of them and of all that follow."""
    from lixeval.syntax.runs import find, separate_last  # hardly any text has one

    if lexer.joined:
        separate_last(lexer.tokens, lambda token: _separate(lexer.text, token))
    found = find(lexer.text, lexer.tokens)
    if found is None:
        return
    first, token = found
    begun = sum(_BRACES.get(kind, 0) for kind, _, _, _ in lexer.tokens[first:])
    if begun:
        del lexer.modes[-begun:]
    lexer.tokens[first:] = [token]
    lexer.position = token[2]


def _separate(text: str, token: Token) -> list[Token]:
    """The grammar's own tokens that a token is."""
    kind, start, end, *_ = token
    if kind not in JOINED:
        return [token]
    return [(kind, start + first, start + last, word) for kind, first, last, word in tokenize(text[start:end])[:-1]]


_BRACES = {"OPEN_BRACE": 1, "CLOSE_BRACE": -1}


def _default(lexer: _Lexer) -> None:
    """Tokens of expressions, until another mode begins or this one ends."""
    text, modes = lexer.text, lexer.modes
    append, kind_of = lexer.tokens.append, KINDS.get
    matches: Iterator[re.Match[str]] = lexer.pattern.finditer(text, lexer.position)
    if lexer.look < sys.maxsize:
        matches = islice(matches, lexer.look - len(lexer.tokens))
    for match in matches:
        group = match.lastgroup
        assert group is not None
        start, end = match.start(1), match.end()
        word = text[start:end]
        if group == "NAMES":
            append((kind_of(word) or ("SELECTION" if "." in word else "ID"), start, end, word))
        elif group == "SIGN":
            append((KINDS[word], start, end, word))
        elif group in VALUES:
            path = text[start : match.start("BEFORE")]
            value, begin = match[group], match.start(group)
            if group == "OF_CALL":
                begin = match.start("OF_NAMES")
                value = match["OF_NAMES"] + value
            if group in _SEVERAL and not KEYWORDS.isdisjoint(value.split()):  # they may be something else
                append(("PATH_ASSIGN", start, text.index("=", match.start("BEFORE")) + 1, path))
                lexer.position = begin
                return
            append(("ATTRIBUTE", start, end, path, group, value, begin))  # type: ignore[arg-type]
        elif group == "PATH_ASSIGN":
            append((group, start, end, text[start : match.start("BEFORE")]))
        elif group == "OPEN_BRACE" or group == "DOLLAR_CURLY":
            append((group, start, end, word))
            modes.append(_default)
        elif group == "CLOSE_BRACE":
            append((group, start, end, word))
            if len(modes) > 1:
                modes.pop()
                if modes[-1] is not _default:
                    lexer.position = end
                    return
        elif group == "OPEN_BRACKET":
            append((group, start, start + 1, "["))
        elif group in _WHOLE:
            append((group, start, end, word))
        elif group == "OTHER":
            kind = kind_of(word) or ("ID" if word[0].isidentifier() and word[0].isascii() else INVALID)
            if kind in _PIPES and not lexer.pipe_operators:
                return lexer.finish(ERROR, start, PIPES_DISABLED)
            append((kind, start, end, word))
            if kind == "SLASH" and text.startswith("*", end):  # a comment without an end: no Nix beyond this point
                append(("STAR", end, end + 1, "*"))
                return lexer.finish(END, end + 1)
        else:
            _SELDOM[group](lexer, start, end, word)
            if not modes or modes[-1] is not _default:
                return
            if lexer.position > end:  # an indented string of one piece was taken whole
                return
    lexer.position = end


def _quote(lexer: _Lexer, start: int, end: int, word: str) -> None:
    lexer.tokens.append(("QUOTE", start, end, word))
    lexer.position = end
    lexer.modes.append(_string)


def _indented_quote(lexer: _Lexer, start: int, end: int, word: str) -> None:
    rest = _INDENTED_REST.match(lexer.text, end)
    if rest is not None:
        lexer.tokens.append(("IND_STRING", start, rest.end(), rest[1]))
        lexer.position = rest.end()
        return
    lexer.tokens.append(("IND_STRING_OPEN", start, end, word))
    lexer.position = end
    lexer.modes.append(_indented)


def _list_begins(lexer: _Lexer, start: int, end: int, word: str) -> None:
    """A list; at once where it is of 500 numbers and plain strings or more, and of nothing else."""
    many = _MANY_PLAIN.match(lexer.text, start)
    closed = 0
    if many is not None:
        from lixeval.syntax.plain_lists import end_of_list  # hardly any text has one

        closed = end_of_list(lexer.text, many.end())
    if not closed:
        lexer.tokens.append(("OPEN_BRACKET", start, end, word))
        return
    lexer.position = closed
    lexer.tokens.append(("PLAIN_LIST", start, closed, lexer.text[start:closed]))


def _path_begins(lexer: _Lexer, start: int, end: int, word: str) -> None:
    if word[-1] != "/" and not lexer.text.startswith("${", end):
        lexer.tokens.append(("PATH_PLAIN", start, end, word))
        return
    lexer.tokens.append(("PATH", start, end, word))
    lexer.position = end
    lexer.modes.append(_path)


def _integer(lexer: _Lexer, start: int, end: int, word: str) -> None:
    digits = word.lstrip("0")
    if len(digits) > 18 and (len(digits) > 19 or int(digits) > MAX_INT):
        return lexer.finish(ERROR, start, f"invalid integer '{word}'")
    lexer.tokens.append(("INT_LIT", start, end, word))


def _floating(lexer: _Lexer, start: int, end: int, word: str) -> None:
    value = float(word)
    tiny = value < sys.float_info.min and re.search("[1-9]", re.split("[eE]", word)[0]) is not None
    if value == math.inf or tiny:
        return lexer.finish(ERROR, start, f"invalid float '{word}'")
    lexer.tokens.append(("FLOAT_LIT", start, end, word))


def _search_path(lexer: _Lexer, start: int, end: int, word: str) -> None:
    lexer.tokens.append(("SPATH", start, end, word))


def _uri(lexer: _Lexer, start: int, end: int, word: str) -> None:
    lexer.tokens.append(("URI", start, end, word))


def _end(lexer: _Lexer, start: int, end: int, word: str) -> None:
    """The end of the text, or a NUL, which C++ Nix takes for it.

    Where a path is the last thing in the text, C++ Nix reports the end at the path's beginning, or at its last token's.
    """
    tokens = lexer.tokens
    if tokens and tokens[-1][2] == start and tokens[-1][0] in ("PATH_PLAIN", "PATH_END"):
        start = tokens[-1 if tokens[-1][0] == "PATH_PLAIN" else -2][1]
    lexer.finish(END, start + len(word))


_SEVERAL = frozenset(("OF_LIST", "OF_CALL"))
_WHOLE = frozenset(("STRING", "EMPTY_BRACES", "EMPTY_BRACKETS"))
_SELDOM = {
    "QUOTE": _quote,
    "INDENTED": _indented_quote,
    "PATH": _path_begins,
    "INT": _integer,
    "FLOAT": _floating,
    "INT_BEFORE_DOT": _integer,
    "SPATH": _search_path,
    "URI": _uri,
    "END": _end,
    "LIST": _list_begins,
}


def _string(lexer: _Lexer) -> None:
    """Text between double quotes, up to the closing one or an interpolation."""
    text, append, position = lexer.text, lexer.tokens.append, lexer.position
    while True:
        match = _STRING_PART.match(text, position)
        if match is not None and match.lastindex == 1:
            while match is not None and match.lastindex == 1:
                end = match.end()
                match = _STRING_PART.match(text, end)
            append(("STR", position, end, text[position:end]))
            position = end
        if match is None:
            return lexer.finish(END, len(text))
        if match.lastindex == 3:
            lexer.position = position + 1
            append(("QUOTE", position, lexer.position, '"'))
            lexer.modes.pop()
            return
        position = _interpolation(lexer, position)
        if lexer.modes[-1] is not _string:
            return


def _interpolation(lexer: _Lexer, start: int) -> int:
    """`${`, or all of it where there is but a name or a selection; where that ends."""
    whole = interpolation().match(lexer.text, start) if lexer.joined else None
    if whole is not None:
        lexer.tokens.append(("INTERPOLATION", start, whole.end(), whole[1]))
        return whole.end()
    lexer.position = start + 2
    lexer.tokens.append(("DOLLAR_CURLY", start, lexer.position, "${"))
    lexer.modes.append(_default)
    return lexer.position


def _indented(lexer: _Lexer) -> None:
    """Text between pairs of single quotes, up to the closing pair or an interpolation."""
    text, append, position = lexer.text, lexer.tokens.append, lexer.position
    match = _INDENTED_PART.match(text, position)
    while match is not None:
        end = match.end()
        if match.lastindex == 3:
            end = _interpolation(lexer, position)
            if lexer.modes[-1] is not _indented:
                return
        elif match.lastindex == 4:
            append(("IND_STRING_CLOSE", position, end, "''"))
            lexer.position = end
            lexer.modes.pop()
            return
        else:
            append(("IND_STR", position, end, match[0]))
        position = end
        match = _INDENTED_PART.match(text, position)
    lexer.finish(END, len(text))


def _path(lexer: _Lexer) -> None:
    """What follows the beginning of a path: more of it, an interpolation, or its end."""
    position = lexer.position
    match = _PATH_PART.match(lexer.text, position)
    if match is None:
        last = lexer.tokens[-1]
        if last[3][-1] == "/":
            start = last[1] if position == len(lexer.text) else position
            return lexer.finish(ERROR, start, TRAILING_SLASH)
        before = lexer.tokens[-2 if position == len(lexer.text) else -1]  # whose place C++ Nix gives for PATH_END
        lexer.tokens.append(("PATH_END", before[1], position, ""))
        lexer.modes.pop()
        return
    lexer.position = match.end()
    if match.lastindex == 1:
        lexer.tokens.append(("DOLLAR_CURLY", position, match.end(), "${"))
        lexer.modes.append(_default)
    else:
        lexer.tokens.append(("STR", position, match.end(), match[0]))

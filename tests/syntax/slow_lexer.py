"""The tokens of a text by the rules of the language and nothing else: a state machine that tries every rule at every
place and takes the longest match, the first of equals, as flex does.

Each rule is tried as a whole match of every prefix, so that no preference of Python's regular expressions for one of
several matches counts, and none of its possessive forms is used.  Only for short texts.  Source: lexer.l.
"""

from __future__ import annotations

import re

_PC = r"[a-zA-Z0-9._+-]"
_PATH = rf"{_PC}*(/{_PC}+)+/?"
_SIGNS = (
    *("if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or", "...", "==", "!=", "<=", ">="),
    *("&&", "||", "->", "//", "++", "<|", "|>"),
)

_DEFAULT = [
    *((sign, re.escape(sign)) for sign in _SIGNS),
    ("ID", r"[a-zA-Z_][a-zA-Z0-9_'-]*"),
    ("INT", r"[0-9]+"),
    ("FLOAT", r"([1-9][0-9]*\.[0-9]*|0?\.[0-9]+)([Ee][+-]?[0-9]+)?"),
    ("${", r"\$\{"),
    ("}", r"\}"),
    ("{", r"\{"),
    ('"', '"'),
    ("''", r"''( *\n)?"),
    ("PATH_START", rf"{_PC}*/\$\{{|~/\$\{{"),
    ("PATH", rf"{_PATH}|~(/{_PC}+)+/?"),
    ("SPATH", rf"<{_PC}+(/{_PC}+)*>"),
    ("URI", r"[a-zA-Z][a-zA-Z0-9+.-]*:[a-zA-Z0-9%/?:@&=+$,_.!~*'-]+"),
    ("BLANK", r"[ \t\r\n]+|#[^\r\n]*|/\*([^*]|\*+[^*/])*\*+/"),
    ("SIGN", r"[\s\S]"),
]
_STRING = [
    ("STR", r"""([^$"\\]|\$[^{"\\]|\\[\s\S]|\$\\[\s\S])*\$(?=")"""),
    ("STR", r"""([^$"\\]|\$[^{"\\]|\\[\s\S]|\$\\[\s\S])+"""),
    ("${", r"\$\{"),
    ('"', '"'),
    ("END", r"\$|\\|\$\\"),
]
_INDENTED = [
    ("STR", r"([^$']|\$[^{']|'[^'$])+"),
    ("STR", r"''\$|\$|'''|''\\[\s\S]|'"),
    ("${", r"\$\{"),
    ("''", "''"),
]
_IN_PATH = [
    ("${", r"\$\{"),
    ("STR", rf"{_PATH}|{_PC}*/|{_PC}+"),
]
_PATH_BEGIN = [("PATH", rf"{_PC}*/|~/")]

_STATES = {"default": _DEFAULT, "string": _STRING, "indented": _INDENTED, "path": _IN_PATH, "slash": _IN_PATH}
_RULES = {
    state: [(kind, re.compile(pattern)) for kind, pattern in rules]
    for state, rules in (_STATES | {"begin": _PATH_BEGIN}).items()
}


def slow_tokens(text: str) -> list[tuple[str, str]]:
    """Kind and text of each token; the last is END, or ERROR where a path ends in a slash."""
    states = ["default"]
    tokens: list[tuple[str, str]] = []
    position = 0
    while True:
        state = states[-1]
        kind, end = _longest(state, text, position)
        word = text[position:end]
        if state in ("path", "slash") and kind is None:
            if state == "slash":
                return [*tokens, ("ERROR", "path has a trailing slash")]
            states.pop()
            tokens.append(("PATH_END", ""))
            continue
        if kind is None or kind == "END":
            return [*tokens, ("END", "")]
        if kind == "PATH_START":
            states.append("begin")
            continue
        position = end
        if kind != "BLANK":
            tokens.append((kind, word))
        _move(states, kind, word)


def _longest(state: str, text: str, position: int) -> tuple[str | None, int]:
    best: tuple[str | None, int] = (None, position)
    for kind, rule in _RULES[state]:
        # What follows a match may matter (`$` before the end of a string), so the text stays whole.
        ends = [
            end
            for end in range(len(text), best[1], -1)
            if rule.fullmatch(text, position, end) or _before(rule, text, position, end)
        ]
        if ends:
            best = (kind, ends[0])
    return best


def _before(rule: re.Pattern[str], text: str, position: int, end: int) -> bool:
    """Whether a rule that looks ahead matches up to `end`: `fullmatch` would not see what follows."""
    if not rule.pattern.endswith('(?=")'):
        return False
    return text[end : end + 1] == '"' and re.fullmatch(rule.pattern[:-5], text[position:end]) is not None


def _move(states: list[str], kind: str, word: str) -> None:
    """What a token does to the states."""
    state = states[-1]
    if kind in ("${", "{"):
        if state == "slash":
            states[-1] = "path"
        states.append("default")
    elif kind == "}":
        if len(states) > 1:
            states.pop()
    elif kind in ('"', "''"):
        if state == "default":
            states.append("string" if kind == '"' else "indented")
        else:
            states.pop()
    elif kind == "PATH" or state in ("path", "slash"):
        if state != "default":
            states.pop()
        states.append("slash" if word[-1] == "/" else "path")

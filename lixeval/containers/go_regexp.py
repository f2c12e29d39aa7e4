r"""Go's regular expressions (RE2 syntax) on top of Python's, for the `regex` of rewrites and perms.

The two agree on most of the syntax and, without look-around and back-references, which RE2 lacks, on what matches: the
leftmost match, alternatives in order.  A pattern is translated piece by piece:

    $           end of text only (`\Z`), unless (?m)          \z          the same
    \d \w \s \b the ASCII sets; \s has no vertical tab        \pN \p{Lu}  general categories, as ranges
    [[:alpha:]] POSIX classes inside brackets                  \Q..\E     literal text
    \x{10FFFF}  code point in braces                           \C         refused, like all that Go refuses
    (?flags)    i, m, s and U (which swaps greedy and lazy), for the rest of the group

Texts are `str` decoded with surrogateescape, so a byte that is not UTF-8 counts as one character, as in Go.

Source: the syntax page of RE2; the documentation of Go's regexp and regexp/syntax.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from lixeval.containers.failure import Nix2containerError

_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7F",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1F\x7F",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_PERL = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
_ESCAPES = {"a": r"\x07", "f": r"\f", "t": r"\t", "n": r"\n", "r": r"\r", "v": r"\v"}
_MINOR = {"C": "cfo", "L": "lmotu", "M": "cen", "N": "dlo", "P": "cdefios", "S": "ckmo", "Z": "lps"}
_REPEAT = re.compile(r"\{([0-9]+)(?:(,)([0-9]*))?\}")
_MAX_REPEAT = 1000


@lru_cache(maxsize=64)
def _category(name: str) -> str:
    """The ranges of a Unicode general category, as the inside of a bracket expression."""
    ranges: list[list[int]] = []
    for point in range(0x110000):
        if 0xD800 <= point < 0xE000 or not unicodedata.category(chr(point)).startswith(name):
            continue
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"{re.escape(chr(low))}-{re.escape(chr(high))}" for low, high in ranges)


_CATEGORIES = frozenset(
    name for major, minors in _MINOR.items() for name in (major, *(major + minor for minor in minors))
)


class _Translator:
    """One pass over a pattern; `out` collects Python's syntax."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.out: list[str] = []
        self.flags = frozenset[str]()
        self.groups: list[frozenset[str]] = []
        # What the next repetition operator would apply to: nothing, a piece, or an already repeated piece.
        self.repeatable = False
        self.repeated_from: int | None = None

    def fail(self, kind: str, culprit: str) -> Nix2containerError:
        return Nix2containerError(
            f"panic: regexp: Compile({_go_quote(self.pattern)}): error parsing regexp: {kind}: `{culprit}`", status=2
        )

    def piece(self, text: str, repeatable: bool = True) -> None:
        self.out.append(text)
        self.repeatable, self.repeated_from = repeatable, None

    def translate(self) -> str:
        handlers = {
            "(": self.open_group,
            ")": self.close_group,
            "[": self.bracket,
            "\\": self.escape,
            "*": self.repeat,
            "+": self.repeat,
            "?": self.repeat,
            "{": self.braces,
        }
        while self.at < len(self.pattern):
            character = self.pattern[self.at]
            handler = handlers.get(character)
            if handler is not None:
                handler()
                continue
            self.at += 1
            if character == "|":
                self.piece("|", repeatable=False)
            elif character == ".":
                self.piece("(?s:.)" if "s" in self.flags else r"[^\n]")
            elif character == "^":
                self.piece(r"(?m:^)" if "m" in self.flags else r"(?:\A)")
            elif character == "$":
                self.piece(r"(?m:$)" if "m" in self.flags else r"(?:\Z)")
            else:
                self.piece(self.literal(character))
        if self.groups:
            raise self.fail("missing closing )", self.pattern)
        return "".join(self.out)

    def literal(self, character: str) -> str:
        escaped = re.escape(character)
        return f"(?i:{escaped})" if "i" in self.flags else escaped

    # -- groups --------------------------------------------------------------------------------------------------------

    def open_group(self) -> None:
        rest = self.pattern[self.at :]
        if not rest.startswith("(?"):
            self.groups.append(self.flags)
            self.at += 1
            self.piece("(", repeatable=False)
            return
        named = re.match(r"\(\?P?<([A-Za-z_0-9]+)>", rest)
        if named:
            self.groups.append(self.flags)
            self.at += named.end()
            # Python wants identifiers; Go allows a digit in front.
            self.piece(f"(?P<g_{named.group(1)}>", repeatable=False)
            return
        self.flag_group(rest)

    def flag_group(self, rest: str) -> None:
        match = re.match(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])", rest)
        if match is None or (match.group(3) == ")" and not (match.group(1) or match.group(2))):
            raise self.fail("invalid or unsupported Perl syntax", rest[:3])
        if match.group(3) == ":":
            self.groups.append(self.flags)
            self.piece("(?:", repeatable=False)
        self.flags = (self.flags | set(match.group(1))) - set(match.group(2) or "")
        self.at += match.end()

    def close_group(self) -> None:
        if not self.groups:
            raise self.fail("unexpected )", self.pattern)
        self.flags = self.groups.pop()
        self.at += 1
        self.piece(")")

    # -- repetition ----------------------------------------------------------------------------------------------------

    def repeat(self) -> None:
        self.operator(self.at, self.pattern[self.at], self.pattern[self.at])

    def braces(self) -> None:
        match = _REPEAT.match(self.pattern, self.at)
        if match is None:
            self.at += 1
            self.piece(r"\{")
            return
        low, high = int(match.group(1)), int(match.group(3) or match.group(1))
        if low > _MAX_REPEAT or high > _MAX_REPEAT or low > high:
            raise self.fail("invalid repeat count", match.group())
        self.operator(self.at, match.group(), match.group())

    def operator(self, start: int, source: str, text: str) -> None:
        if not self.repeatable and self.repeated_from is None:
            raise self.fail("missing argument to repetition operator", source)
        self.at = start + len(source)
        lazy = self.pattern.startswith("?", self.at)
        self.at += lazy
        if self.repeated_from is not None:
            raise self.fail("invalid nested repetition operator", self.pattern[self.repeated_from : self.at])
        self.out.append(text + ("?" if lazy != ("U" in self.flags) else ""))
        self.repeatable, self.repeated_from = False, start

    # -- escapes and classes -------------------------------------------------------------------------------------------

    def escape(self) -> None:
        letter = self.pattern[self.at + 1 : self.at + 2]
        if letter == "Q":
            end = self.pattern.find(r"\E", self.at + 2)
            text = self.pattern[self.at + 2 : end if end >= 0 else len(self.pattern)]
            self.at = end + 2 if end >= 0 else len(self.pattern)
            for character in text:
                self.piece(self.literal(character))
            return
        anchors = {"A": r"(?:\A)", "z": r"(?:\Z)", "b": r"(?a:\b)", "B": r"(?a:\B)"}
        if letter in anchors:
            self.at += 2
            self.piece(anchors[letter])
            return
        members = self.class_escape()
        if members is not None:
            self.piece(f"[{'^' if members[1] else ''}{members[0]}]")
            return
        self.piece(self.literal(self.character_escape()))

    def class_escape(self) -> tuple[str, bool] | None:
        """The ranges of \\d, \\W, \\pL, \\P{Nd} … and whether they are negated; None if something else stands here."""
        letter = self.pattern[self.at + 1 : self.at + 2]
        if letter.lower() in _PERL and letter:
            self.at += 2
            return _PERL[letter.lower()], letter.isupper()
        match = re.compile(r"\\([pP])(?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))").match(self.pattern, self.at)
        if match is None:
            return None
        name = match.group(3) or match.group(4)
        if name not in _CATEGORIES:
            raise self.fail("invalid character class range", match.group())
        self.at = match.end()
        return _category(name), (match.group(1) == "P") != bool(match.group(2))

    def character_escape(self) -> str:
        """The one character that an escape stands for."""
        rest = self.pattern[self.at :]
        if rest == "\\":
            raise self.fail("trailing backslash at end of expression", "")
        match = re.match(r"\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})", rest)
        if match:
            self.at += match.end()
            return self.code_point(int(match.group(1) or match.group(2), 16), match.group())
        octal = re.match(r"\\(0[0-7]{0,2}|[1-7][0-7]{1,2})", rest)
        if octal:
            self.at += octal.end()
            return chr(int(octal.group(1), 8))
        letter = rest[1]
        self.at += 2
        if letter in _ESCAPES:
            return {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}[letter]
        if letter.isascii() and not letter.isalnum():
            return letter
        raise self.fail("invalid escape sequence", rest[:2])

    def code_point(self, number: int, culprit: str) -> str:
        if number > 0x10FFFF:
            raise self.fail("invalid escape sequence", culprit)
        return chr(number)

    def bracket(self) -> None:
        start = self.at
        self.at += 1
        negated = self.pattern.startswith("^", self.at)
        self.at += negated
        parts: list[str] = []
        first = True
        while first or not self.pattern.startswith("]", self.at):
            if self.at >= len(self.pattern):
                raise self.fail("missing closing ]", self.pattern[start:])
            first = False
            parts.append(self.bracket_member())
        self.at += 1
        text = f"[{'^' if negated else ''}{''.join(parts)}]"
        self.piece(f"(?i:{text})" if "i" in self.flags else text)

    def bracket_member(self) -> str:
        posix = re.compile(r"\[:(\^?)(\w+):\]").match(self.pattern, self.at)
        if posix:
            if posix.group(2) not in _POSIX:
                raise self.fail("invalid character class range", posix.group())
            self.at = posix.end()
            ranges = _POSIX[posix.group(2)]
            return _complement(ranges) if posix.group(1) else ranges
        members = self.class_escape() if self.pattern.startswith("\\", self.at) else None
        if members is not None:
            return _complement(members[0]) if members[1] else members[0]
        start = self.at
        low = self.bracket_character()
        if not self.pattern.startswith("-", self.at) or self.pattern.startswith("-]", self.at):
            return re.escape(low)
        self.at += 1
        if self.at >= len(self.pattern):
            raise self.fail("missing closing ]", self.pattern[self.pattern.rfind("[") :])
        high = self.bracket_character()
        if high < low:
            raise self.fail("invalid character class range", self.pattern[start : self.at])
        return f"{re.escape(low)}-{re.escape(high)}"

    def bracket_character(self) -> str:
        if self.pattern.startswith("\\", self.at):
            return self.character_escape()
        self.at += 1
        return self.pattern[self.at - 1]


def _complement(ranges: str) -> str:
    """The ranges of all characters that are not in `ranges`, for a negated class inside a bracket expression."""
    inside = re.compile(f"[{ranges}]")
    limit = 0x110000 if any(ord(character) > 0x7F for character in ranges) else 0x80
    result: list[str] = []
    start: int | None = None
    for point in range(limit + 1):
        excluded = point < limit and inside.match(chr(point)) is not None
        if point == limit or excluded:
            if start is not None:
                result.append(f"{re.escape(chr(start))}-{re.escape(chr(point - 1))}")
            start = None
        elif start is None:
            start = point
    if limit < 0x110000:
        result.append(f"{re.escape(chr(limit))}-{chr(0x10FFFF)}")
    return "".join(result)


def _go_quote(text: str) -> str:
    return f"`{text}`" if "`" not in text else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """The compiled pattern; raises Nix2containerError with status 2, since Go panics, for a pattern RE2 refuses."""
    return re.compile(_Translator(pattern).translate())


_DOLLAR = re.compile(r"\$(?:(\$)|\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))")


def _expand(template: str, match: re.Match[str]) -> str:
    """`$1`, `${1}`, `$name` and `$$`; the longest name counts, and a group that does not exist is empty."""

    def value(dollar: re.Match[str]) -> str:
        if dollar.group(1):
            return "$"
        name = dollar.group(2) or dollar.group(3)
        if name.isdecimal():
            return (match.group(int(name)) or "") if int(name) <= match.re.groups else ""
        return (match.group("g_" + name) or "") if "g_" + name in match.re.groupindex else ""

    return _DOLLAR.sub(value, template)


def replace_all(pattern: str, template: str, text: str) -> str:
    """Go's ReplaceAll: every match in turn, but no empty match directly after another one."""
    regex = compile_pattern(pattern)
    out: list[str] = []
    done = position = 0
    while position <= len(text):
        match = regex.search(text, position)
        if match is None:
            break
        start, end = match.span()
        out.append(text[done:start])
        if end > done or start == 0:
            out.append(_expand(template, match))
        done = end
        position = max(position + 1, end)
    out.append(text[done:])
    return "".join(out)

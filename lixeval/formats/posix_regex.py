"""POSIX extended regular expressions, read as libstdc++ reads them.

C++ Nix gives its patterns to std::regex with the `extended` grammar, so what that accepts is what Nix accepts:

    regex        alternative { "|" alternative }
    alternative  { assertion | atom { quantifier } }                 may be empty
    assertion    "^" | "$"                                           takes no quantifier
    atom         "." | byte | "\\" special | "(" regex ")" | bracket   special: one of . [ \\ ( ) * + ? { | ^ $
    quantifier   "*" | "+" | "?" | "{" n [ "," [ m ] ] "}"           several may follow each other: a+? is (a+)?
    bracket      "[" [ "^" ] [ "]" | "-" ] { item } [ "-" ] "]"
    item         char | char "-" char | "[:" class ":]" | "[." name ".]" | "[=" name "=]"

A backslash is an ordinary character in brackets, and an error before anything that is not special.  Everything works on
bytes: pattern and text come as strings in which each character, U+0001 to U+00FF, is one byte.  Ranges go by bytes as
signed numbers, because C++'s `char` is signed.

The result is a list of operations in postfix order (operands before operators), which `regex_automaton` and
`regex_translation` evaluate with a stack each: patterns can be nested as deeply as they like.
"""

from __future__ import annotations

STATE_LIMIT = 100_000
"""libstdc++ gives up on patterns that need more states than this."""

_SPECIAL = frozenset(".[\\()*+?{|^$")
_QUANTIFIERS = frozenset("*+?{")
_LARGEST_COUNT = 2**31 - 1

ANY_BYTE = (1 << 256) - 2
"""The set of all bytes but 0, as bits."""


class InvalidRegex(Exception):
    """The pattern is none."""


class RegexTooLarge(Exception):
    """The pattern, or matching it, takes more memory than is allowed."""


# Plain classes, for NamedTuple needs typing, which takes 3 ms to import: `match` and `split` are in most programs.


class Operation:
    """One step of the postfix form.

    kind     operands  minimum, maximum    meaning
    bytes    0         bits, 0             one byte out of a set, given as 256 bits
    start    0                             ^
    end      0                             $
    join     n         n, 0                one after the other; of none, the empty text
    either   n         n, 0                alternatives
    group    1         number, 0           parentheses
    star     1                             *
    plus     1                             +
    optional 1                             ?
    repeat   1         at least, at most   braces; at most -1 is without end
    """

    __slots__ = ("kind", "maximum", "minimum")

    def __init__(self, kind: str, minimum: int = 0, maximum: int = 0) -> None:
        self.kind = kind
        self.minimum = minimum
        self.maximum = maximum


class Syntax:
    """A pattern that has been read: its operations and the number of its groups."""

    __slots__ = ("groups", "operations")

    def __init__(self, operations: list[Operation], groups: int) -> None:
        self.operations = operations
        self.groups = groups


def parse_regex(pattern: str) -> Syntax:
    """Reads a pattern of bytes; `InvalidRegex` or `RegexTooLarge` where libstdc++ throws."""
    return _Parser(pattern).parse()


class _Level:
    """An open parenthesis: where its operands begin, and those of its current alternative."""

    __slots__ = ("alternatives", "group", "items")

    def __init__(self, group: int) -> None:
        self.group = group
        self.alternatives: list[int] = []
        """The sizes of the finished alternatives."""
        self.items: list[int] = []
        """The sizes of the items of the current alternative."""


class _Parser:
    """Reads one pattern; counts the states that libstdc++ would make, for its limit."""

    __slots__ = ("groups", "levels", "operations", "pattern", "position", "states")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.position = 0
        self.operations: list[Operation] = []
        self.groups = 0
        self.levels = [_Level(0)]
        self.states = 0

    def parse(self) -> Syntax:
        pattern = self.pattern
        self._count(1)
        while self.position < len(pattern):
            character = pattern[self.position]
            self.position += 1
            if character == "(":
                self.groups += 1
                self._count(1)
                self.levels.append(_Level(self.groups))
            elif character == "|":
                self._finish_alternative()
            elif character in "^$":
                self.operations.append(Operation("start" if character == "^" else "end"))
                self._count(1)
                self.levels[-1].items.append(1)
            elif character == ")":
                self._quantified(self._close_group())
            else:
                self._quantified(self._byte(character))
        if len(self.levels) > 1:
            raise InvalidRegex
        self._finish_alternatives()
        self._count(2)
        return Syntax(self.operations, self.groups)

    def _count(self, states: int) -> None:
        self.states += states
        if self.states > STATE_LIMIT:
            raise RegexTooLarge

    def _finish_alternative(self) -> None:
        level = self.levels[-1]
        self._count(1)
        self.operations.append(Operation("join", len(level.items)))
        level.alternatives.append(sum(level.items) + 1)
        level.items.clear()

    def _finish_alternatives(self) -> int:
        """The end of a parenthesis or of the pattern; the size of what was in it."""
        self._finish_alternative()
        alternatives = self.levels[-1].alternatives
        if len(alternatives) > 1:
            self._count(2 * (len(alternatives) - 1))
            self.operations.append(Operation("either", len(alternatives)))
        return sum(alternatives) + 2 * (len(alternatives) - 1)

    def _close_group(self) -> int:
        if len(self.levels) == 1:
            raise InvalidRegex
        size = self._finish_alternatives()
        self._count(1)
        self.operations.append(Operation("group", self.levels.pop().group))
        return size + 2

    def _byte(self, character: str) -> int:
        """An atom that takes one byte."""
        if character in _QUANTIFIERS:
            raise InvalidRegex
        if character == ".":
            bits = ANY_BYTE
        elif character == "[":
            bits = self._bracket()
        else:
            if character == "\\":
                character = self.pattern[self.position : self.position + 1]
                if character not in _SPECIAL:
                    raise InvalidRegex
                self.position += 1
            bits = 1 << ord(character)
        self.operations.append(Operation("bytes", bits))
        self._count(1)
        return 1

    def _quantified(self, size: int) -> None:
        """Takes the quantifiers after an atom of `size` states."""
        pattern = self.pattern
        while self.position < len(pattern) and pattern[self.position] in _QUANTIFIERS:
            character = pattern[self.position]
            self.position += 1
            if character == "{":
                size = self._braces(size)
                continue
            kind, more = {"*": ("star", 1), "+": ("plus", 1), "?": ("optional", 2)}[character]
            self.operations.append(Operation(kind))
            self._count(more)
            size += more
        self.levels[-1].items.append(size)

    def _braces(self, size: int) -> int:
        minimum = self._number()
        maximum = minimum
        if self.pattern[self.position : self.position + 1] == ",":
            self.position += 1
            maximum = -1 if self.pattern[self.position : self.position + 1] == "}" else self._number()
        if self.pattern[self.position : self.position + 1] != "}":
            raise InvalidRegex
        self.position += 1
        copies = minimum * size
        if maximum < 0:
            copies += size + 1
        else:
            copies += 1 + max(0, maximum - minimum) * (size + 1)
        self._count(1 + min(copies, STATE_LIMIT + 1))
        if 0 <= maximum < minimum:
            raise InvalidRegex
        self.operations.append(Operation("repeat", minimum, maximum))
        return 1 + copies

    def _number(self) -> int:
        start = self.position
        while self.pattern[self.position : self.position + 1] in _DIGITS:
            self.position += 1
        digits = self.pattern[start : self.position].lstrip("0") or "0"
        if start == self.position or len(digits) > 10 or int(digits) > _LARGEST_COUNT:
            raise InvalidRegex
        return int(digits)

    # Brackets

    def _bracket(self) -> int:
        """The set of bytes of a bracket expression, after its "["."""
        negated = self.pattern[self.position : self.position + 1] == "^"
        if negated:
            self.position += 1
        bits = 0
        # What a "-" would make a range from: a byte, "" for nothing, None for a class, which is an error.
        last: str | None = ""
        first = True
        while True:
            character = self.pattern[self.position : self.position + 1]
            if not character:
                raise InvalidRegex
            self.position += 1
            if character == "]" and not first:
                break
            if character == "-" and not first:
                if self.pattern[self.position : self.position + 1] == "]":
                    bits |= 1 << ord("-")
                    continue
                if not last:
                    raise InvalidRegex
                bits |= _range(last, self._end_of_range())
                last = ""
            elif character == "[" and self.pattern[self.position : self.position + 1] in _CLASS_MARKS:
                members, last = self._named()
                bits |= members
            else:
                bits |= 1 << ord(character)
                last = character
            first = False
        return ANY_BYTE & ~bits if negated else bits

    def _end_of_range(self) -> str:
        character = self.pattern[self.position : self.position + 1]
        if not character or character == "]":
            raise InvalidRegex
        self.position += 1
        if character == "[" and self.pattern[self.position : self.position + 1] in _CLASS_MARKS:
            raise InvalidRegex
        return character

    def _named(self) -> tuple[int, str | None]:
        """The bytes of "[:class:]", "[=name=]" or "[.name.]", and what a range could begin with."""
        mark = self.pattern[self.position]
        end = self.pattern.find(mark, self.position + 1)
        if end < 0 or self.pattern[end + 1 : end + 2] != "]":
            raise InvalidRegex
        name = self.pattern[self.position + 1 : end]
        self.position = end + 2
        if mark == ":":
            name = name.translate(_LOWER)
            if name not in CLASSES:
                raise InvalidRegex
            return CLASSES[name], None
        code = _NAMES.get(name)
        if code is None:
            raise InvalidRegex
        if mark == ".":
            return 1 << code, chr(code)
        # An equivalence class holds a letter in both cases.
        letter = chr(code)
        return 1 << ord(letter.lower()) | 1 << ord(letter.upper()), None


_DIGITS = tuple("0123456789")
_CLASS_MARKS = (":", ".", "=")
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def _range(first: str, last: str) -> int:
    """The bytes of a range, in the order of signed numbers."""
    low, high = _signed(first), _signed(last)
    if low > high:
        raise InvalidRegex
    bits = 0
    for number in range(low, high + 1):
        bits |= 1 << (number & 255)
    return bits


def _signed(character: str) -> int:
    code = ord(character)
    return code - 256 if code >= 128 else code


def _bits(characters: str) -> int:
    bits = 0
    for character in characters:
        bits |= 1 << ord(character)
    return bits


def _class_table() -> dict[str, int]:
    """The character classes of the C locale; d, w and s are libstdc++'s own."""
    lower, upper, digit = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
    space, alnum = "\t\n\v\f\r ", lower + upper + digit
    graph = "".join(map(chr, range(0x21, 0x7F)))
    members = {
        "d": digit,
        "w": alnum + "_",
        "s": space,
        "alnum": alnum,
        "alpha": lower + upper,
        "blank": "\t ",
        "cntrl": "".join(map(chr, range(0x20))) + "\x7f",
        "digit": digit,
        "graph": graph,
        "lower": lower,
        "print": graph + " ",
        "punct": "".join(c for c in graph if c not in alnum),
        "space": space,
        "upper": upper,
        "xdigit": digit + "abcdefABCDEF",
    }
    return {name: _bits(characters) for name, characters in members.items()}


CLASSES = _class_table()

_CONTROL_NAMES = (
    "NUL SOH STX ETX EOT ENQ ACK alert backspace tab newline vertical-tab form-feed carriage-return SO SI DLE DC1 DC2 "
    "DC3 DC4 NAK SYN ETB CAN EM SUB ESC IS4 IS3 IS2 IS1 space"
)
_SIGN_NAMES = {
    "!": "exclamation-mark quotation-mark number-sign dollar-sign percent-sign ampersand apostrophe left-parenthesis "
    "right-parenthesis asterisk plus-sign comma hyphen period slash zero one two three four five six seven eight nine "
    "colon semicolon less-than-sign equals-sign greater-than-sign question-mark commercial-at",
    "[": "left-square-bracket backslash right-square-bracket circumflex underscore grave-accent",
    "{": "left-curly-bracket vertical-line right-curly-bracket tilde DEL",
}


def _name_table() -> dict[str, int]:
    """The names of characters in the POSIX locale, letters standing for themselves."""
    names = {chr(code): code for start in (65, 97) for code in range(start, start + 26)}
    for first, listed in (("\0", _CONTROL_NAMES), *_SIGN_NAMES.items()):
        for offset, name in enumerate(listed.split()):
            names[name] = ord(first) + offset
    return names


_NAMES = _name_table()

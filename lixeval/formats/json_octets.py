"""JSON read byte by byte, for what the interpreter's reader does not take: see `json_reading`.

What is wrong is said in nlohmann's words, with the line, the column and what was last read.  Containers are kept on a
stack of its own.
"""

from __future__ import annotations

from lixeval.errors import EvalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Value = Any
    """A value as expressions have it: dict, tuple, str, int, float, bool or None."""

INT_MIN = -(2**63)
INT_MAX = 2**63 - 1

_TOKEN_NAMES = {
    "true": "true literal",
    "false": "false literal",
    "null": "null literal",
    "string": "string literal",
    "number": "number literal",
    "end": "end of input",
    "value": "'[', '{', or a literal",
}


def _token_name(token: str) -> str:
    return _TOKEN_NAMES.get(token) or f"'{token}'"


_WORDS: dict[str, tuple[str, Value]] = {"t": ("true", True), "f": ("false", False), "n": ("null", None)}
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CONTROLS = (
    "NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US"
)
_SHORT_ESCAPES = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r"}
_LOW_SURROGATE_MISSING = "invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF"
_NO_HEX_DIGITS = "invalid string: '\\u' must be followed by 4 hex digits"
_ILL_FORMED = "invalid string: ill-formed UTF-8 byte"
_DIGITS = frozenset("0123456789")
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
_PLAIN = frozenset(map(chr, range(0x20, 0x80))) - {'"', "\\"}


class OctetReader:
    """One text being read.

    `octets` are its bytes, each as a character; `read` counts those that have been read, one more at the end of the
    input; `start` is where what an error quotes begins: the last string or number, or the beginning of the text.
    """

    __slots__ = ("complaint", "octets", "read", "start", "token", "value")

    def __init__(self, text: str) -> None:
        self.octets = text.encode("utf-8", "surrogateescape").decode("latin-1")
        self.read = 0
        self.start = 0
        self.token = ""
        self.value: Value = None
        """What the token stands for, if it is a word, a number or a string."""
        self.complaint = ""

    def document(self) -> Value:
        """The value of the whole text."""
        if not self.octets:
            raise self._failure(
                "attempting to parse an empty input; check that your input string or stream contains the expected JSON",
                column=1,
            )
        if self.octets[0] == "\xef":
            self._skip_byte_order_mark()
        if self.token != "error":
            self._next()
        value = self._value()
        if self._next() != "end":
            raise self._unexpected("value", "end")
        return value

    def _value(self) -> Value:
        """The value that begins with the current token; nested ones wait on a stack."""
        open_containers: list[tuple[Any, str]] = []
        while True:
            value = self._begun(open_containers)
            while value is not _OPEN:
                if not open_containers:
                    return value
                container, key = open_containers[-1]
                if container.__class__ is dict:
                    container[key] = value
                    closing, what = "}", "object"
                else:
                    container.append(value)
                    closing, what = "]", "array"
                token = self._next()
                if token == ",":
                    if container.__class__ is dict:
                        self._next()
                        open_containers[-1] = (container, self._key())
                    self._next()
                    break
                if token != closing:
                    raise self._unexpected(what, closing)
                open_containers.pop()
                value = container if container.__class__ is dict else tuple(container)

    def _begun(self, open_containers: list[tuple[Any, str]]) -> Value:
        """A whole value if the current token is one, or an empty container; else `_OPEN`, with the container put on the
        stack and its first element's token current."""
        token = self.token
        if token == "{":
            if self._next() == "}":
                return {}
            open_containers.append(({}, self._key()))
            self._next()
            return _OPEN
        if token == "[":
            if self._next() == "]":
                return ()
            open_containers.append(([], ""))
            return _OPEN
        if token in ("string", "number", "true", "false", "null"):
            return self.value
        raise self._unexpected("value", "" if token == "error" else "value")

    def _key(self) -> str:
        """The current token as a member's name, and the colon after it."""
        if self.token != "string":
            raise self._unexpected("object key", "string")
        key: str = self.value
        if self._next() != ":":
            raise self._unexpected("object separator", ":")
        return key

    # Errors

    def _unexpected(self, parsing: str, wanted: str) -> EvalError:
        """The current token cannot stand here."""
        if self.token == "error":
            detail = f"{self.complaint}; last read: '{self._last_read()}'"
        else:
            detail = f"unexpected {_token_name(self.token)}"
        if wanted:
            detail += f"; expected {_token_name(wanted)}"
        return self._failure(f"syntax error while parsing {parsing} - {detail}")

    def _last_read(self) -> str:
        quoted = "".join(f"<U+{ord(c):04X}>" if c <= "\x1f" else c for c in self.octets[self.start : self.read])
        return _decoded(quoted)

    def _failure(self, message: str, column: int | None = None) -> EvalError:
        done = self.octets[: self.read]
        if column is None:
            column = self.read - (done.rfind("\n") + 1)
            if self.token == "number" and self.octets[self.read : self.read + 1] == "\n":
                # The library reads one character too many and does not find its way back over a line's end.
                column = 0
        place = f"line {done.count(chr(10)) + 1}, column {column}"
        return EvalError(f"[json.exception.parse_error.101] parse error at {place}: {message}")

    def _error(self, position: int, complaint: str) -> str:
        """The token for bytes that are none; the one at `position` is the first that is wrong."""
        self.read = position + 1
        self.complaint = complaint
        self.token = "error"
        return "error"

    # Tokens

    def _skip_byte_order_mark(self) -> None:
        for index, wanted in enumerate("\xef\xbb\xbf"):
            if self.octets[index : index + 1] != wanted:
                self._error(index, "invalid BOM; must be 0xEF 0xBB 0xBF if given")
                return
        self.read = 3

    def _next(self) -> str:
        """Reads the next token: its kind, or the character itself."""
        octets, position = self.octets, self.read
        end = len(octets)
        while position < end and octets[position] in " \t\n\r":
            position += 1
        if position >= end:
            self.read = end + 1
            self.token = "end"
            return "end"
        character = octets[position]
        if character in "[]{},:":
            self.read = position + 1
            self.token = character
        elif character == '"':
            self._string(position)
        elif character == "-" or character in _DIGITS:
            self._number(position)
        elif character in _WORDS:
            self._word(position, *_WORDS[character])
        else:
            self._error(position, "invalid literal")
        return self.token

    def _word(self, position: int, word: str, value: Value) -> None:
        for offset, wanted in enumerate(word):
            if self.octets[position + offset : position + offset + 1] != wanted:
                self._error(position + offset, "invalid literal")
                return
        self.read = position + len(word)
        self.token, self.value = word, value

    def _number(self, start: int) -> None:
        octets = self.octets + "\0"
        self.start = position = start
        is_integer = True
        if octets[position] == "-":
            position += 1
            if octets[position] not in _DIGITS:
                self._error(position, "invalid number; expected digit after '-'")
                return
        position = position + 1 if octets[position] == "0" else _after_digits(octets, position)
        if octets[position] == ".":
            is_integer = False
            position += 1
            if octets[position] not in _DIGITS:
                self._error(position, "invalid number; expected digit after '.'")
                return
            position = _after_digits(octets, position)
        if octets[position] in "eE":
            is_integer = False
            position += 1
            complaint = "invalid number; expected '+', '-', or digit after exponent"
            if octets[position] in "+-":
                position += 1
                complaint = "invalid number; expected digit after exponent sign"
            if octets[position] not in _DIGITS:
                self._error(position, complaint)
                return
            position = _after_digits(octets, position)
        self.read = position
        self.token, self.value = "number", _number_value(octets[start:position], is_integer)

    def _string(self, start: int) -> None:
        octets = self.octets
        end = len(octets)
        self.start = start
        position = begin = start + 1
        parts: list[str] = []
        while True:
            while position < end and octets[position] in _PLAIN:
                position += 1
            parts.append(octets[begin:position])
            if position >= end:
                self._error(end, "invalid string: missing closing quote")
                return
            character = octets[position]
            if character == '"':
                break
            begin = position
            if character == "\\":
                position = self._escape(position + 1, parts)
                begin = position
            elif character < " ":
                self._error(position, _control_complaint(ord(character)))
                return
            else:
                position = self._character(position)
            if position < 0:
                return
        self.read = position + 1
        self.token, self.value = "string", _checked_string(_decoded("".join(parts)))

    def _character(self, position: int) -> int:
        """The position after a character of several bytes, or -1 after an error."""
        ranges = _continuations(ord(self.octets[position]))
        if not ranges:
            self._error(position, _ILL_FORMED)
            return -1
        for low, high in ranges:
            position += 1
            if not low <= self.octets[position : position + 1] <= high:
                self._error(position, _ILL_FORMED)
                return -1
        return position + 1

    def _escape(self, position: int, parts: list[str]) -> int:
        """Reads what follows a backslash; the position after it, or -1 after an error."""
        character = self.octets[position : position + 1]
        if character in _ESCAPES:
            parts.append(_ESCAPES[character])
            return position + 1
        if character != "u":
            self._error(min(position, len(self.octets)), "invalid string: forbidden character after backslash")
            return -1
        code = self._hex_digits(position + 1)
        position += 5
        if code < 0:
            return -1
        if 0xDC00 <= code <= 0xDFFF:
            self._error(position - 1, "invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF")
            return -1
        if 0xD800 <= code <= 0xDBFF:
            for offset, wanted in enumerate("\\u"):
                if self.octets[position + offset : position + offset + 1] != wanted:
                    self._error(min(position + offset, len(self.octets)), _LOW_SURROGATE_MISSING)
                    return -1
            low = self._hex_digits(position + 2)
            position += 6
            if low < 0:
                return -1
            if not 0xDC00 <= low <= 0xDFFF:
                self._error(position - 1, _LOW_SURROGATE_MISSING)
                return -1
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        parts.append(chr(code).encode().decode("latin-1"))
        return position

    def _hex_digits(self, position: int) -> int:
        """The number that four hexadecimal digits write, or -1 after an error."""
        for index in range(position, position + 4):
            if self.octets[index : index + 1] not in _HEX_DIGITS:
                self._error(min(index, len(self.octets)), _NO_HEX_DIGITS)
                return -1
        return int(self.octets[position : position + 4], 16)


_OPEN: Any = object()
"""A container has been opened, its value is still to come."""


def _after_digits(octets: str, position: int) -> int:
    while octets[position] in _DIGITS:
        position += 1
    return position


def _number_value(digits: str, is_integer: bool) -> Value:
    if is_integer and len(digits) <= 21:
        number = int(digits)
        if INT_MIN <= number <= INT_MAX:
            return number
        if INT_MAX < number < 2**64:
            raise EvalError(f"unsigned json number {number} outside of Nix integer range")
    result = float(digits)
    if result in (float("inf"), float("-inf")):
        raise EvalError(f"[json.exception.out_of_range.406] number overflow parsing '{digits}'")
    return result


def _control_complaint(code: int) -> str:
    written = f"\\u{code:04X}"
    if code in _SHORT_ESCAPES:
        written += f" or {_SHORT_ESCAPES[code]}"
    return f"invalid string: control character U+{code:04X} ({_CONTROLS.split()[code]}) must be escaped to {written}"


def _continuations(lead: int) -> tuple[tuple[str, str], ...]:
    """The ranges in which the bytes after a lead byte must lie (Unicode, table 3-7)."""
    rest = ("\x80", "\xbf")
    if 0xC2 <= lead <= 0xDF:
        return (rest,)
    if 0xE0 <= lead <= 0xEF:
        first = ("\xa0", "\xbf") if lead == 0xE0 else ("\x80", "\x9f") if lead == 0xED else rest
        return (first, rest)
    if 0xF0 <= lead <= 0xF4:
        first = ("\x90", "\xbf") if lead == 0xF0 else ("\x80", "\x8f") if lead == 0xF4 else rest
        return (first, rest, rest)
    return ()


def _decoded(octets: str) -> str:
    return octets.encode("latin-1").decode("utf-8", "surrogateescape")


def _checked_string(text: str) -> str:
    """A string as Nix can hold it."""
    if "\0" in text:
        shown = text.replace("\0", "␀")
        raise EvalError(f"input string '{shown}' cannot be represented as Nix string because it contains null bytes")
    return text

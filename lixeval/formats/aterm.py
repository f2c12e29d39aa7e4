"""The part of ATerm that .drv files are written in: quoted strings, lists and tuples.

    string = '"' { character | escape } '"'
    escape = '\\' ( 'n' | 'r' | 't' | any other character, standing for itself )
    list   = '[' [ item { ',' item } ] ']'
    tuple  = '(' item { ',' item } ')'

There is no white space, and the writer has no choices, so a term has one spelling.  `derivation` gives the terms
their meaning.  C++: `parseString`, `printString` in derivations.cc.
"""

from __future__ import annotations

from lixeval.errors import FormatError
from lixeval.formats.byte_text import bytes_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeVar

    Item = TypeVar("Item")

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def quote(text: str) -> str:
    """`text` as a string term."""
    if "\\" in text or '"' in text or "\n" in text or "\r" in text or "\t" in text:
        text = text.replace("\\", "\\\\").replace('"', '\\"')
        text = text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{text}"'


def quote_all(texts: Iterable[str]) -> str:
    """A list of string terms."""
    return f"[{','.join([quote(text) for text in texts])}]"


def quote_pairs(pairs: Sequence[tuple[str, str]]) -> str:
    """A list of tuples of two string terms each.

    An environment has dozens, and hardly any has something to escape: those are not asked one by one.
    """
    terms = []
    firsts = "".join([first for first, _ in pairs])
    odd = quote(firsts) != f'"{firsts}"'
    for first, second in pairs:
        if odd or "\\" in second or '"' in second or "\n" in second or "\r" in second or "\t" in second:
            terms.append(f"({quote(first)},{quote(second)})")
        else:
            terms.append(f'("{first}","{second}")')
    return f"[{','.join(terms)}]"


class Cursor:
    """A position in a term, moved by reading; every failure is a `FormatError` with the offset in bytes.

    `what` is being read, in the words of the errors.
    """

    __slots__ = ("position", "text", "what")

    def __init__(self, text: str, what: str) -> None:
        self.text = text
        self.what = what
        self.position = 0

    def fail(self, message: str, position: int | None = None) -> FormatError:
        """The error to raise for what stands at `position`."""
        before = self.text[: self.position if position is None else position]
        offset = len(bytes_of(before))
        return self.refuse(f"{message} at byte {offset}")

    def refuse(self, message: str) -> FormatError:
        """The error to raise for the whole."""
        return FormatError(f"error parsing {self.what}: {message}")

    def at(self, expected: str) -> bool:
        """Whether `expected` stands here; if so, step over it."""
        if self.text.startswith(expected, self.position):
            self.position += len(expected)
            return True
        return False

    def expect(self, expected: str) -> None:
        """Step over `expected`, which must stand here."""
        if not self.at(expected):
            raise self.fail(f"expected string '{expected}'")

    def end(self) -> None:
        """Nothing may follow."""
        if self.position != len(self.text):
            raise self.fail("unexpected text after the end")

    def string(self) -> str:
        """A string term, unquoted."""
        start = self.position + 1
        self.expect('"')
        end = self.text.find('"', start)
        if end < 0:
            raise self.fail("unterminated string", start - 1)
        if self.text.find("\\", start, end) < 0:
            self.position = end + 1
            return self.text[start:end]
        return self._string_with_escapes(start, end)

    def _string_with_escapes(self, start: int, end: int) -> str:
        """The slow way; `end` is the next quote, escaped or not, and looked for again only once it is behind."""
        text = self.text
        pieces = []
        while True:
            backslash = text.find("\\", start, end)
            if backslash < 0:
                pieces.append(text[start:end])
                self.position = end + 1
                return "".join(pieces)
            escaped = text[backslash + 1]
            pieces.append(text[start:backslash])
            pieces.append(_ESCAPES.get(escaped, escaped))
            start = backslash + 2
            if start > end:
                end = text.find('"', start)
                if end < 0:
                    raise self.fail("unterminated string", len(text))

    def items(self, read: Callable[[], Item]) -> list[Item]:
        """A list, each item read by `read`."""
        self.expect("[")
        found: list[Item] = []
        if self.at("]"):
            return found
        while True:
            found.append(read())
            if self.at("]"):
                return found
            self.expect(",")

    def strings(self) -> list[str]:
        """A list of strings."""
        return self.items(self.string)

    def fields(self, count: int) -> list[str]:
        """A tuple of `count` strings."""
        self.expect("(")
        found = [self.string()]
        for _ in range(count - 1):
            self.expect(",")
            found.append(self.string())
        self.expect(")")
        return found

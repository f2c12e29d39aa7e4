"""Where text came from: sources, spans in them, and the excerpt an error shows.

Every syntax node, and every error that can, carries a `Span`: a range of byte offsets in one `Source`.  Bytes, not
characters, because Nix's own columns count bytes and because CPython's line tables do too; so a span survives the
whole journey (lexer, nodes, Python `ast`, traceback) without a conversion.

This module imports nothing of lixeval.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate, count

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Texts:
    """The texts of one evaluation: `libraries` are the folders, each with a slash behind it, whose files the user has
    not written; `own` are the user's that were read so far.

    `copies` are folders in the store, and of which folder of the user's each is a copy: that of a flake, which is where
    its files are changed.  `code_cache` keeps what is made of texts, where there is one.
    """

    __slots__ = ("code_cache", "copies", "libraries", "own")

    def __init__(self, libraries: tuple[str, ...] = (), code_cache: Any = None) -> None:
        self.code_cache = code_cache
        self.libraries = libraries
        self.own: list[Source] = []
        self.copies: dict[str, str] = {}

    def is_library(self, name: str) -> bool:
        """Whether a file is one that the user has not written."""
        return name.startswith(self.libraries) and self.original(name) is None

    def original(self, name: str) -> str | None:
        """The file of the user's that a file in the store is a copy of."""
        for copy, folder in self.copies.items():
            if name.startswith(copy + "/"):
                return folder + name[len(copy) :]
        return None


def _of_characters(text: str) -> str:
    """A text without halves of surrogate pairs, which JSON can write: each is U+FFFD, as browsers and Go have it."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class Source:
    """One text to evaluate.

    `name` is the absolute path of a file, or a label such as «string» for text given on the command line;
    `text` is the decoded text (UTF-8, surrogateescape), `is_file` tells the two apart.
    `is_library` marks what the user has not written: an error in it is also an error of the place that led there.
    `texts` are those of the evaluation that it belongs to; `shown` is the name under which the user knows it.
    """

    __slots__ = (
        "_line_starts",
        "_strides",
        "is_file",
        "is_library",
        "mentions",
        "name",
        "names_met",
        "shown",
        "text",
        "texts",
        "wide_lines",
    )

    def __init__(self, name: str, text: str, is_file: bool = True, texts: Texts | None = None) -> None:
        self.names_met: tuple[str, ...] = ()
        self.mentions: Any = None
        """Where the text that was parsed last mentions names, for who compiles it (see `syntax.mentions`)."""
        self.name = name
        self.text = text if text.isascii() else _of_characters(text)
        self.is_file = is_file
        self.texts = texts
        original = None if texts is None or not texts.copies else texts.original(name)
        self.shown = original or name
        self.is_library = texts is not None and is_file and texts.is_library(name)
        if texts is not None and not self.is_library:
            texts.own.append(self)
        self._line_starts: list[int] = []
        self._strides: list[int] = []
        self.wide_lines: frozenset[int] = frozenset()
        """The lines in which columns are no characters, as some are not ASCII; known with `line_starts`."""

    def __repr__(self) -> str:
        return f"Source({self.name!r}, {len(self.text)} characters)"

    @property
    def line_starts(self) -> list[int]:
        """Character offsets at which the lines begin, found once and only when a position is asked for.

        Lines end with LF, CR LF or CR, as C++ Nix counts them.
        """
        if not self._line_starts:
            starts = self._line_starts
            starts.append(0)
            text = self.text
            if "\r" in text:  # as LF, at the same offsets
                text = text.replace("\r\n", " \n").replace("\r", "\n")
            lines = text.split("\n")
            starts += map(int.__add__, accumulate(map(len, lines)), count(1))
            starts.pop()
            if not text.isascii():
                self.wide_lines = frozenset([number for number, line in enumerate(lines, 1) if not line.isascii()])
        return self._line_starts

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """The 1-based line, and the 1-based column in bytes, of a character offset."""
        starts = self._line_starts or self.line_starts
        line = bisect_right(starts, offset)
        start = starts[line - 1]
        if line not in self.wide_lines:
            return line, min(offset, len(self.text)) - start + 1
        if offset - start > _STRIDE:
            return line, self._bytes_before(offset) - self._bytes_before(start) + 1
        return line, _bytes(self.text[start:offset]) + 1

    def places(self, offsets: list[int]) -> tuple[list[int], list[int]]:
        """The lines, and the columns, of very many offsets."""
        starts = self.line_starts
        if self.wide_lines:
            found = [self.line_and_column(offset) for offset in offsets]
            return [line for line, _ in found], [column for _, column in found]
        lines = [bisect_right(starts, offset) for offset in offsets]
        before = [-1, *[start - 1 for start in starts]]
        return lines, [offset - before[line] for line, offset in zip(lines, offsets, strict=True)]

    def lines_and_columns(self, start: int, end: int) -> tuple[int, int, int, int]:
        """The 1-based line and column of where an extent begins, and of where it ends."""
        starts = self._line_starts or self.line_starts
        line = end_line = bisect_right(starts, start)
        if line < len(starts) and end >= starts[line]:  # most end on the line that they begin on
            end_line = bisect_right(starts, end, line)
        if end <= len(self.text) and line not in self.wide_lines and end_line not in self.wide_lines:
            return line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1
        return *self.line_and_column(start), *self.line_and_column(end)

    def _bytes_before(self, offset: int) -> int:
        """How many bytes the characters before an offset take: of a line without end no more than a stride is read."""
        if not self._strides:
            total = 0
            for start in range(0, len(self.text) + 1, _STRIDE):
                self._strides.append(total)
                total += _bytes(self.text[start : start + _STRIDE])
        number = min(offset, len(self.text)) // _STRIDE
        return self._strides[number] + _bytes(self.text[number * _STRIDE : offset])

    def offset(self, line: int, column: int) -> int:
        """The character offset of a 1-based line and byte column; the end of the text where there is no such line."""
        starts = self.line_starts
        if line > len(starts):
            return len(self.text)
        text = self.line(line)
        if not text.isascii():
            text = text.encode("utf-8", "surrogateescape")[: column - 1].decode("utf-8", "surrogateescape")
            return starts[line - 1] + len(text)
        return starts[line - 1] + column - 1

    def line(self, number: int) -> str:
        """The text of a 1-based line without its end; empty where there is no such line."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r")


_STRIDE = 4096
"""So many characters of a long line are made bytes for a column, at most."""


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogateescape"))


class Span:
    """A range of a source: 1-based lines, 1-based byte columns, the end exclusive."""

    __slots__ = ("column", "end_column", "end_line", "line", "source")

    def __init__(self, source: Source, line: int, column: int, end_line: int, end_column: int) -> None:
        self.source = source
        self.line = line
        self.column = column
        self.end_line = end_line
        self.end_column = end_column

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Span) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[int, int, int, int, int]:
        return id(self.source), self.line, self.column, self.end_line, self.end_column

    def __repr__(self) -> str:
        return f"Span({self.source.name!r}, {self.line}, {self.column}, {self.end_line}, {self.end_column})"

    def __str__(self) -> str:
        return f"{self.source.shown}:{self.line}:{self.column}"


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: letters of East Asia, and pictures, take two, accents none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)


def excerpt(span: Span, context: int = 1, widest: int = 0) -> str:
    """The lines around a span with the spanned part underlined; lines longer than `widest` are shown in part.

    A plain text of the form that C++ Nix prints, numbers in a gutter and carets below the line:

           1| let x = 1; in
           2| x + "a"
            | ^^^^^^^
    """
    widest = widest or WIDEST
    lines: list[str] = []
    first = max(1, span.line - context)
    for number in range(first, span.line + context + 1):
        text = span.source.line(number)
        if number > span.line and number > len(span.source.line_starts):
            break
        if number != span.line:
            shown = printable(text[: widest + 1])
            lines.append(f"{number:>6}| {shown if len(text) <= widest else shown[: widest - 1] + '…'}".rstrip())
            continue
        shown, underline = _underlined(span, text, widest)
        lines.append(f"{number:>6}| {shown}".rstrip())
        lines.append(f"{'':>6}| {underline}")
    return "\n".join(lines)


WIDEST = 160
"""Longer lines are shown in part."""


def _underlined(span: Span, text: str, widest: int) -> tuple[str, str]:
    """The line, and blanks up to the span's first column and carets to its end (to the line's, if it spans several).

    Of a long line the part around the span's beginning is shown.
    """
    encoded = text.encode("utf-8", "surrogateescape")
    start = span.column - 1
    end = span.end_column - 1 if span.end_line == span.line else len(encoded)
    # A span of nothing, as at the end of a file, is marked by one caret.
    before, marked, behind = (
        printable(part.decode("utf-8", "replace")) for part in (encoded[:start], encoded[start:end], encoded[end:])
    )
    if len(before) + len(marked) + len(behind) > widest:
        if len(before) > widest // 3:
            before = "…" + before[-(widest // 3) :]
        room = widest - len(before)
        if len(marked) > room:
            marked, behind = marked[: room - 1] + "…", ""
        elif len(marked) + len(behind) > room:
            behind = behind[: max(0, room - len(marked) - 1)] + "…"
    return before + marked + behind, " " * columns(before) + "^" * max(1, columns(marked))


def printable(text: str) -> str:
    """`text` with control characters and undecodable bytes made visible, so that no input reaches the terminal raw."""
    if text.isprintable():
        return text
    shown = (c if c.isprintable() else " " if c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
    return "".join(shown)

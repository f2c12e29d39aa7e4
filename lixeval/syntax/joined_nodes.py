"""The nodes that tokens which are several of the grammar's make of their texts (see `joined`): of names, selections,
paths of attributes, and values of attributes.
"""

from __future__ import annotations

import re

from lixeval.source import Source
from lixeval.syntax.desugar import PathPart
from lixeval.syntax.joined import part_of_value
from lixeval.syntax.lexer import KEYWORDS
from lixeval.syntax.mentions import Mentions
from lixeval.syntax.nodes import (
    Apply,
    AttributeSet,
    Bindings,
    CurrentPosition,
    Expression,
    Int,
    List,
    Path,
    Select,
    String,
    Variable,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_WORDS = re.compile(r'"[^"]*"|[^".]+')


class Together(Exception):
    """What is one token does not make what its tokens make elsewhere: they have to be parsed one by one."""


class JoinedNodes:
    """What such texts in one source make, and the names that it has met: the part of `actions.Actions` that knows of
    texts.  A text comes with the offset at which it begins; Together is raised for one that its tokens must tell.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.met: dict[str, str] = {}
        """The names, in the order in which they are met (see `symbols`), each as the one string that all nodes have."""
        self.mentions = Mentions()
        self._selections: dict[str, tuple[str, tuple[str, ...], list[int]]] = {}

    def _name(self, text: str) -> str:
        """A name that is met."""
        return self.met.setdefault(text, text)

    def _variable(self, name: str, start: int) -> Expression:
        """What a name stands for that has been met."""
        end = start + len(name)
        if name == "__curPos":
            return CurrentPosition(start, end)
        variable = Variable(start, end, name)
        self.mentions.variables.append(variable)
        return variable

    def _selected(self, text: str, start: int) -> Select:
        """The selection that a text is, which begins at `start`; the same ones come again and again."""
        known = self._selections.get(text)
        if known is None:
            known = self._selections[text] = self._parted(text)
        name, path, offsets = known
        subject = self._variable(name, start)
        starts = (start + offsets[0],) if len(offsets) == 1 else tuple([start + offset for offset in offsets])
        return Select(start, start + len(text), subject, path, starts, None)

    def _parted(self, text: str) -> tuple[str, tuple[str, ...], list[int]]:
        """The name from which something is selected, the path, and how far into the text each of its names begins."""
        first, *words = self._words(text)
        if first in KEYWORDS:
            raise Together
        name = self._name(first)
        offset = len(first) + 1
        offsets: list[int] = []
        for word in words:
            offsets.append(offset)
            offset += len(word) + 1
        return name, tuple([self._name(word if word[0] != '"' else word[1:-1]) for word in words]), offsets

    def _path(self, text: str, start: int) -> list[PathPart]:
        if text not in KEYWORDS and "." not in text and '"' not in text:
            return [(self._name(text), start, start + len(text))]
        path: list[PathPart] = []
        for word in self._words(text):
            name, start, end = name_at(word, start)
            path.append((self._name(name), start, end))
            start = end + 1
        return path

    def _words(self, text: str) -> list[str]:
        """The names of a path, some of them between quotes."""
        words: list[str] = text.split(".") if '"' not in text else _WORDS.findall(text)
        if not KEYWORDS.isdisjoint(words) and any(word in KEYWORDS and word != "or" for word in words):
            raise Together
        return words

    def _value(self, kind: str, text: str, start: int) -> Expression:
        """The value of an ATTRIBUTE, of one of the kinds in `joined.VALUES`."""
        value: Expression = _VALUES[kind](self, text, start)
        return value

    def _of_names(self, text: str, start: int) -> Expression:
        """`a`, or `a.b.c`."""
        if "." in text:
            return self._selected(text, start)
        if text in KEYWORDS:
            raise Together
        return self._variable(self.met.setdefault(text, text), start)

    def _of_text(self, text: str, start: int) -> Expression:
        """`"a"`"""
        return String(start, start + len(text), (text[1:-1],) if text != '""' else ())

    def _of_nothing(self, text: str, start: int) -> Expression:
        """`{ }`"""
        end = start + len(text)
        return AttributeSet(start, end, False, Bindings(start + 1, end - 1, {}, (), ()))

    def _of_word(self, text: str, start: int) -> Expression:
        """`./a`, `a:b` or `1`"""
        end = start + len(text)
        if text.isdigit():
            return Int(start, end, int(text))
        return String(start, end, (text,)) if ":" in text else Path(start, end, (text,))

    def _of_list(self, text: str, start: int) -> List:
        """`[ a ./b ]`"""
        if text == "[ ]":
            return List(start, start + len(text), ())
        return List(start, start + len(text), tuple(self._parts(text, start)))

    def _of_call(self, text: str, start: int) -> Expression:
        """`a ./b { }`"""
        function, *arguments = self._parts(text, start)
        call = Apply(start, start + len(text), function, tuple(arguments))
        self.mentions.calls.append(call)
        return call

    def _parts(self, text: str, start: int) -> list[Expression]:
        return [
            _PARTS[match.lastindex](self, match[0], start + match.start()) for match in part_of_value().finditer(text)
        ]


def name_at(text: str, start: int) -> tuple[str, int, int]:
    """The name that a text is, perhaps between quotes, and where it stands."""
    return (text[1:-1] if text[0] == '"' else text), start, start + len(text)


_PARTS: Any = (None, JoinedNodes._of_names, JoinedNodes._of_text, JoinedNodes._of_nothing, JoinedNodes._of_word)
"""What each group of `part_of_value` makes of its text."""

_VALUES: Any = {
    "OF_NAMES": JoinedNodes._of_names,
    "OF_TEXT": JoinedNodes._of_text,
    "OF_NOTHING": JoinedNodes._of_nothing,
    "OF_WORD": JoinedNodes._of_word,
    "OF_LIST": JoinedNodes._of_list,
    "OF_CALL": JoinedNodes._of_call,
}
"""What each kind of value that an ATTRIBUTE has makes of its text."""

"""An expression of a program in which parts are replaced, one after the other, on one line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lixeval.syntax import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.syntax.nodes import Expression
    from lixeval.teach.program import Program


@dataclass(slots=True)
class Rewritten:
    """An expression that is being rewritten."""

    program: Program
    text: str
    node: Expression
    replaced: dict[tuple[int, int], str] = field(default_factory=dict)

    def replace(self, start: int, end: int, text: str) -> None:
        """Puts a text in place of the part at an extent of the source, and of what was replaced within."""
        for inner in [place for place in self.replaced if start <= place[0] and place[1] <= end]:
            del self.replaced[inner]
        self.replaced[start, end] = text

    def shown(self, start: int = -1, end: int = -1) -> tuple[str, tuple[int, int]]:
        """The expression as it is now, and where in it the part at an extent of the source stands."""
        if isinstance(self.node, nodes.Let):
            body = self.node.body
            text = "let … in " + self._between(body.start, body.end)
            return text, (0, len(text))
        whole = (self.node.start, self.node.end)
        if start < 0 or not (whole[0] <= start and end <= whole[1]):
            start, end = whole
        before = self._between(whole[0], start).lstrip()
        marked = self._between(start, end).strip()
        return before + marked + self._between(end, whole[1]).rstrip(), (len(before), len(before) + len(marked))

    def _between(self, start: int, end: int) -> str:
        pieces: list[str] = []
        at = start
        for (first, last), text in sorted(self.replaced.items()):
            if at <= first and last <= end:
                pieces += [on_one_line(self.text[at:first]), text]
                at = last
        return "".join([*pieces, on_one_line(self.text[at:end])])


_PIECES = re.compile(r'("(?:\\.|[^"\\])*")|(\'\'(?:\'\'[$\\\']|[^\'])*?\'\'(?!\'))|#[^\n]*|/\*.*?\*/|\s+', re.DOTALL)


def on_one_line(text: str) -> str:
    """A text of the program on one line, without its comments; lines of strings as `\\n`, or as a sign."""
    return _PIECES.sub(_on_a_line, text)


def _on_a_line(match: re.Match[str]) -> str:
    if match[1]:
        return match[1].replace("\n", "\\n").replace("\t", "\\t")
    if match[2]:
        return match[2].replace("\n", "␤")
    return " " if match[0].isspace() else ""

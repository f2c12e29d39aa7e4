"""What a run did: as text, for rich and for notebooks, and as data."""

from __future__ import annotations

from html import escape
from typing import Any

from lixeval.cli.output.story import End, Painter, frames_text, rewriting_line
from lixeval.teach.rewriting import Line, Rewriting

WIDTH = 80
SMALL = 200
"""A story of at most so many lines is told as rewriting; of a longer one the frames are."""


class Story:
    """The story of one evaluation.

    `record` is all of it (docs/record.md), `steps` the lines of rewriting: each with `before`, the part `redex` of it
    that is replaced, `after`, `rule` and `note`.  `value` is the text of the value, None where it failed: then `error`
    says why.  `never_asked` are the thunks that nobody has asked for.
    """

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = record
        told = Rewriting(record, most=SMALL)
        self.steps: list[Line] = list(told.lines())
        self.is_large = told.is_cut
        self._end = End(record, WIDTH)

    @property
    def value(self) -> str | None:
        return self._end.value()

    @property
    def error(self) -> str | None:
        error = self.record["outcome"].get("error")
        return None if error is None else str(error["message"])

    @property
    def never_asked(self) -> list[str]:
        return self._end.never_asked()

    def __str__(self) -> str:
        if self.is_large:
            lines = list(frames_text(self.record, 3, "", WIDTH))
        else:
            painter = Painter(False)
            lines = [
                text
                for number, line in enumerate(self.steps, 1)
                for text in rewriting_line(number, line, WIDTH, painter)
            ]
        return "\n".join([*lines, *self._end.lines()])

    def __repr__(self) -> str:
        return f"<Story of {len(self.record['steps'])} steps: {self.value if self.error is None else self.error}>"

    def __rich__(self) -> Any:
        from rich.text import Text

        found = Text()
        for number, line in enumerate(self.steps, 1):
            start, end = line.redex
            found.append(f"{number:>4}  {'  ' * line.depth}", "dim")
            found.append(line.before[:start]).append(line.before[start:end], "bold").append(line.before[end:])
            if line.after:
                found.append(f"  →  {line.after}", "green")
            found.append(f"   {line.note}\n", "red" if line.rule == "failure" else "cyan")
        return found.append("\n".join(self._end.lines()))

    def _repr_html_(self) -> str:
        rows = "".join(_row(number, line) for number, line in enumerate(self.steps, 1))
        ends = "<br>".join(escape(line) for line in self._end.lines())
        return f'<table style="font-family: monospace; text-align: left">{rows}</table><p>{ends}</p>'


def _row(number: int, line: Line) -> str:
    start, end = line.redex
    marked = f"<mark>{escape(line.before[start:end])}</mark>" if line.before else ""
    before = escape(line.before[:start]) + marked + escape(line.before[end:])
    after = f" → <b>{escape(line.after)}</b>" if line.after else ""
    return (
        f'<tr><td>{number}</td><td style="text-align: left; padding-left: {line.depth}em">{before}{after}</td>'
        f'<td style="text-align: left">{escape(line.note)}</td><td>{escape(line.rule)}</td></tr>'
    )

"""A recorded run as lines of text: rewriting or frames, and what it has come to in the end."""

from __future__ import annotations

import sys

from lixeval.cli.output import colours
from lixeval.cli.output.terminal import wants_colour
from lixeval.source import columns, printable
from lixeval.syntax.parser import parse
from lixeval.teach.frames import Frames, Row
from lixeval.teach.program import Program, innermost
from lixeval.teach.replay import Heap
from lixeval.teach.rewriting import Line, Rewriting
from lixeval.teach.summary import Places, askers, layers, name_of, never_asked, shared

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lixeval.teach.record import Record
    from lixeval.teach.values import Form

NOTE_COLUMN = 46
"""Where notes begin, if the expression leaves room for them."""

DEEPEST = 12
"""Lines are moved in for so many levels; deeper ones say their level."""

MOST_TOLD = 12
"""Of longer lists at the end the first are told."""

MOST_ASKERS = 3
"""So many of those are named who asked for what `--only` shows."""

MARKS = ("‹", "›")
"""Around what is replaced, where there are no colours."""


class Painter:
    """Colours, or none."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def paint(self, colour: str, text: str) -> str:
        return colours.painted(colour, text) if self.on and text else text


def rewriting_text(rewriting: Rewriting, wide: int) -> Iterator[str]:
    """The lines of a small program's story."""
    painter = Painter(wants_colour(sys.stdout))
    for number, line in enumerate(rewriting.lines(), 1):
        yield from rewriting_line(number, line, wide, painter)
    if rewriting.is_cut:
        yield "      … and more: --large shows the frames, --depth N less of it"


def rewriting_line(number: int, line: Line, wide: int, painter: Painter) -> Iterator[str]:
    """One line: number, expression with what is replaced marked, what becomes of it, and the note."""
    margin = f"{number:>4}  {indentation(line.depth)}"
    note = printable(line.note)
    if line.rule == "printing":
        yield painter.paint(colours.DIM, margin + note)
        return
    marks = ("", "") if painter.on or line.redex == (0, len(line.before)) else MARKS
    arrow = f"  →  {printable(line.after)}" if line.after else ""
    room = max(20, wide - len(margin) - len(arrow))
    before, (start, end) = windowed(printable(line.before), line.redex, room - 2)
    length = len(margin) + columns(before) + len(marks[0]) * 2 + columns(arrow)
    marked = painter.paint(colours.BOLD, before[start:end])
    text = margin + before[:start] + marks[0] + marked + marks[1] + before[end:]
    text += painter.paint(colours.GREEN, cut(arrow, wide - length + len(arrow)))
    colour = colours.RED if line.rule == "failure" else colours.CYAN
    rule = painter.paint(colours.DIM, line.rule)
    if note and length + 3 + columns(note) > wide:
        yield _with_rule(text, length, rule, line.rule, wide)
        text, length = " " * len(margin) + "  ", len(margin) + 2
        yield text + painter.paint(colour, cut(note, wide - length))
        return
    if note:
        gap = max(3, NOTE_COLUMN - length if NOTE_COLUMN + columns(note) <= wide else 3)
        text, length = text + " " * gap + painter.paint(colour, note), length + gap + columns(note)
    yield _with_rule(text, length, rule, line.rule, wide)


def _with_rule(text: str, length: int, painted: str, rule: str, wide: int) -> str:
    """A line with the rule's name at its end, where there is room."""
    return text if length + 2 + len(rule) > wide else text + " " * (wide - length - len(rule)) + painted


def indentation(depth: int) -> str:
    return "  " * depth if depth <= DEEPEST else "  " * DEEPEST + f"({depth}) "


def windowed(text: str, marked: tuple[int, int], room: int) -> tuple[str, tuple[int, int]]:
    """The part of a long text around what is marked, and where the mark is in it."""
    start, end = marked
    if len(text) <= room:
        return text, marked
    if end - start > room - 2:
        end = start + room - 2
        text = text[:end] + "…"
        end += 1
    first = max(0, min(start - (room - (end - start)) // 2, len(text) - room))
    if first:
        shown = "…" + text[first + 1 : first + room]
        start, end = max(1, start - first), end - first
    else:
        shown = text
    if len(shown) > room:
        shown = shown[: room - 1] + "…"
    return shown, (start, min(end, len(shown)))


def cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(1, room - 1)] + "…"


def frames_text(record: Record, depth: int, only: str, wide: int) -> Iterator[str]:
    """The frames of a large program's story, open to a depth."""
    frames = Frames(record)
    painter = Painter(wants_colour(sys.stdout))
    told = 0
    for row in frames.rows(depth - 1, name=only):
        yield row_line(row, wide, painter, is_open=row.depth < depth - 1)
        told += 1
        asked = frames.asked_by(row.step) if only and row.depth == 0 else []
        if asked:
            line = f"    asked for by {', by '.join(asked[:MOST_ASKERS])}{' …' if len(asked) > MOST_ASKERS else ''}"
            yield painter.paint(colours.DIM, cut(printable(line), wide))
    if not told:
        yield (
            f"nothing of the name '{only}' was asked for; a constant takes no step" if only else "nothing was asked for"
        )


def row_line(row: Row, wide: int, painter: Painter, *, is_open: bool, cursor: bool = False) -> str:
    """One frame: `▸` can be opened, what is asked for, what came of it; how many steps it took, and where it stands."""
    sign = "·" if not row.opens else "▾" if is_open else "▸"
    margin = f"{'>' if cursor else ' '} {indentation(row.depth)}{sign} "
    tail = (f"  {row.where}" if row.where else "") + (f"  {row.size} steps" if row.opens and not is_open else "")
    arrow = "  ✗  " if row.failed else "  →  "
    room = max(24, wide - len(margin) - len(tail) - len(arrow))
    result = cut(printable(row.result), max(8, room // 2))
    what = cut(printable(row.what), room - len(result))
    line = margin + what + painter.paint(colours.RED if row.failed else colours.GREEN, arrow + result)
    return line + painter.paint(
        colours.DIM, cut(tail, max(0, wide - len(margin) - len(what) - len(arrow) - len(result)))
    )


class End:
    """What is told behind a story."""

    def __init__(self, record: Record, wide: int) -> None:
        self._record = record
        self._wide = wide
        self._places = Places(record)
        self._heap = Heap(record)
        self._heap.go_to(len(record["steps"]))

    def lines(self) -> Iterator[str]:
        yield from self.outcome()
        yield from self._layers()
        yield from self._shared()
        stopped = self._record["outcome"].get("stopped")
        found = [] if stopped else self.never_asked()
        if found:
            more = f", and {len(found) - MOST_TOLD} more" if len(found) > MOST_TOLD else ""
            yield from wrapped(f"never asked: {printable(', '.join(found[:MOST_TOLD]))}{more}", self._wide)
        if stopped == "steps":
            yield "the run is longer than this story: --steps N tells more of it"
        elif stopped:
            yield "the run is longer than this story, which would take too much memory"
        elif self._record.get("cut"):
            yield "what is nested deeply, or long, is told in part"

    def outcome(self) -> Iterator[str]:
        outcome = self._record["outcome"]
        if "error" in outcome:
            yield from self._failure(outcome["error"])
        else:
            yield cut(f"value: {printable(self._heap.text(outcome['value'], 3))}", self._wide)
            yield from self._waiting(outcome["value"])

    def _waiting(self, form: Form) -> Iterator[str]:
        """Of a function, what it waits for and how that is given to it."""
        place: list[int] | None = form.get("function") if isinstance(form, dict) else None
        if not place or not self._places.source(place[0]).text:
            return
        function = Program(parse(self._places.source(place[0]), pipe_operators=True)).lambda_at(place[1])
        if function is None:
            return
        function = innermost(function, form.get("given", 0) + 1)
        if function.formals is None:
            yield f"  it waits for {printable(function.parameter or '')}: (FUNCTION) VALUE calls it"
            return
        required = [formal.name for formal in function.formals.formals if formal.default is None]
        words = " ".join(f"--arg {name} EXPRESSION" for name in required) or "(FUNCTION) { }"
        yield from wrapped(f"  it waits for a set of arguments: {printable(words)} calls it", self._wide)

    def _failure(self, error: dict[str, Any]) -> Iterator[str]:
        stopped, beyond = self._record["outcome"].get("stopped"), self._record["outcome"].get("beyond")
        if stopped and not beyond:
            yield from wrapped(f"value: not known, {printable(error['message'])}", self._wide)
            return
        yield from wrapped(f"fails: {printable(error['message'])}", self._wide)
        where = error.get("where")
        if where and (beyond or where[0] not in self._read()):
            # Of what lies beyond the story, or in a file that does not parse, no step tells anything.
            yield f"  at {printable(self._places.at(where[0], where[1]))}"  # one word, which editors open
        if error.get("hint"):
            yield from wrapped(f"  hint: {printable(error['hint'])}", self._wide)
        way = [] if beyond else askers(self._record)
        told = way if len(way) <= MOST_TOLD else [*way[:3], *filter(self._is_own, way[3:])]
        for number in told[:MOST_TOLD]:
            text = self._asker(number)
            if text:
                yield "  " + cut(text, self._wide - 2)
        if len(way) > len(told[:MOST_TOLD]):
            yield f"  … {len(way) - len(told[:MOST_TOLD])} more ask for that"
        if error.get("cycle"):
            yield "a ring: " + cut(printable(" needs ".join(error["cycle"])), self._wide - 8)

    def _read(self) -> set[int]:
        """The sources that some step was in."""
        steps = self._record["steps"]
        cells = self._record["cells"]
        return {one["where"][0] for one in (*steps, *cells) if one.get("where")}

    def _is_own(self, number: int) -> bool:
        """Whether a step is in what the user has written."""
        step = self._record["steps"][number]
        where = self._record["cells"][step["cell"]].get("where") if step["event"] == "force" else step.get("where")
        return bool(where) and where[0] is not None and not self._places.is_library(where[0])

    def _asker(self, number: int) -> str:
        step = self._record["steps"][number]
        if step["event"] == "force":
            cell = self._record["cells"][step["cell"]]
            where = cell.get("where")
            place = f" at {self._places.at(where[0], where[1])}" if where else ""
            return f"asked for by {name_of(cell)}{place}"
        if "where" in step and step["where"][0] is not None and len(step["where"]) > 2:
            source, start, end = step["where"]
            text = " ".join(self._places.source(source).text[start:end].split())
            return f"in {cut(printable(text), 40)} at {self._places.at(source, start)}"
        return ""

    def _layers(self) -> Iterator[str]:
        form = self._record["outcome"].get("value")
        found = layers(self._record, form) if form is not None else []
        if found:
            yield "the value is of layers, each laid over those before it:"
        for number, layer in enumerate(found[:MOST_TOLD], 1):
            text = self._heap.text(layer.form, 1)
            replaced = f"   replaces {', '.join(layer.replaced)}" if layer.replaced else ""
            place = "" if layer.function is None else f"   of the function at {self._places.at(*layer.function)}"
            yield cut(f"{number:>4}  {printable(text)}{replaced}{place}", self._wide)
        if len(found) > MOST_TOLD:
            yield f"      … {len(found) - MOST_TOLD} layers more"

    def _shared(self) -> Iterator[str]:
        for number, paths in list(shared(self._record).items())[:MOST_TOLD]:
            text = self._heap.text({"cell": number}, 1)
            name = name_of(self._record["cells"][number])
            yield cut(f"one box: {', '.join(paths)} are the same {name}, {printable(text)}", self._wide)

    def never_asked(self) -> list[str]:
        """The thunks that nobody has asked for, each with its place."""
        cells = self._record["cells"]
        return [
            f"{name_of(cells[number])} at {self._places.at(*cells[number]['where'][:2])}"
            for number in never_asked(self._record)
        ]

    def value(self) -> str | None:
        """The text of the value; None where there is none."""
        outcome = self._record["outcome"]
        return None if "error" in outcome else self._heap.text(outcome["value"], 3)


def wrapped(text: str, wide: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, wide, subsequent_indent="  ")

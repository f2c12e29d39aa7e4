"""A story walked through on a terminal: steps above, the program below with the place marked."""

from __future__ import annotations

from typing import Any

from lixeval.cli.output.story import End, Painter, cut, rewriting_line, row_line
from lixeval.source import printable
from lixeval.system.terminal_text import colour_is_declined
from lixeval.teach.browsing import Lines, Tree
from lixeval.teach.replay import Heap
from lixeval.teach.rewriting import Rewriting
from lixeval.teach.summary import Places, name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.teach.record import Record

HELP = "↓ ↑ step   → ← open, close   / name   f failure   b who asked   m made   e end   q quit"

BELOW = 8
"""Lines of the program and of its names that are shown below."""


class Screen:
    """What is on the terminal; `key` is told what was pressed, `text` says what is to be seen."""

    def __init__(self, record: Record, *, rewriting: bool, only: str) -> None:
        self.record = record
        self.walk: Lines | Tree = Lines(record, Rewriting(record)) if rewriting else Tree(record, only)
        self._places = Places(record)
        self._heap = Heap(record)
        self._painter = Painter(not colour_is_declined())
        self.message = HELP
        self.asking: str | None = None
        self._last = ""
        self.shows_end = False

    def key(self, key: str) -> bool:
        """Does what a key says; False where that is the end."""
        if self.asking is not None:
            self._ask(key)
            return True
        self.message = HELP
        walk = self.walk
        if key in ("q", "c-c"):
            return False
        moves = {"down": 1, "j": 1, " ": 1, "up": -1, "k": -1, "pagedown": 10, "pageup": -10}
        moves |= {"home": -(10**9), "g": -(10**9), "end": 10**9, "G": 10**9}
        if key == "e":
            self.shows_end = not self.shows_end
        elif key in moves:
            self.shows_end = False
            walk.move(moves[key])
        elif key in ("right", "l", "enter") and isinstance(walk, Tree):
            walk.expand()
        elif key in ("left", "h") and isinstance(walk, Tree):
            walk.collapse()
        elif key in ("right", "l", "enter", "left", "h"):
            walk.move(1 if key in ("right", "l", "enter") else -1)
        elif key == "/":
            self.asking = ""
        elif key == "n" and self._last:
            self._told(walk.find(self._last), f"nothing asks for '{self._last}' behind this")
        elif key == "f":
            self._told(walk.find_failure(), "nothing fails behind this")
        elif key == "b":
            self._told(walk.find_asker(), "nobody in the program asked for this: it was to be printed")
        elif key == "m":
            self._told(walk.find_maker(), "nothing was put off here")
        return True

    def _ask(self, key: str) -> None:
        assert self.asking is not None
        if key == "enter":
            self._last, self.asking = self.asking, None
            if self._last:
                self._told(self.walk.find(self._last), f"nothing asks for '{self._last}' behind this")
        elif key in ("escape", "c-c"):
            self.asking = None
        elif key == "backspace":
            self.asking = self.asking[:-1]
        elif len(key) == 1:
            self.asking += key

    def _told(self, found: bool, otherwise: str) -> None:
        if not found:
            self.message = otherwise

    # What is seen

    def text(self, rows: int, columns: int) -> str:
        """The whole screen."""
        above = max(3, rows - BELOW - 2)
        if self.shows_end:
            upper = [*End(self.record, columns).lines()][: rows - 2]
            return "\n".join([*upper, *[""] * (rows - 2 - len(upper)), self._rule(columns), self._foot(columns)])
        upper = self._steps(above, columns)
        lower = self._program(columns)[:BELOW]
        blank = [""] * (rows - 2 - len(upper) - len(lower))
        return "\n".join([*upper, *blank, self._rule(columns), *lower, self._foot(columns)])

    def _rule(self, columns: int) -> str:
        place = f" {self.walk.cursor + 1} of {self.walk.count()} "
        return self._painter.paint("\x1b[2m", "─" * (columns - len(place) - 2) + place + "──")

    def _foot(self, columns: int) -> str:
        if self.asking is not None:
            return cut(f"the next that asks for: {self.asking}█", columns)
        return self._painter.paint("\x1b[2m", cut(self.message, columns))

    def _steps(self, room: int, columns: int) -> list[str]:
        walk = self.walk
        if not walk.count():
            return ["nothing was asked for"]
        first = max(0, walk.cursor - room // 2)
        if isinstance(walk, Tree):
            last = min(len(walk.rows), first + room)
            return [
                row_line(
                    walk.rows[at],
                    columns,
                    self._painter,
                    is_open=walk.rows[at].step in walk.open,
                    cursor=at == walk.cursor,
                )
                for at in range(max(0, min(first, last - room)), last)
            ]
        found: list[str] = []
        cursor = 0
        for at in range(max(0, walk.cursor - room), min(len(walk.lines), walk.cursor + room)):
            if at == walk.cursor:
                cursor = len(found)
            lines = list(rewriting_line(at + 1, walk.lines[at], columns - 1, self._painter))
            found += [(">" if at == walk.cursor and not number else " ") + line for number, line in enumerate(lines)]
        begin = max(0, min(cursor - room // 2, len(found) - room))
        return found[begin : begin + room]

    def _program(self, columns: int) -> list[str]:
        """The text around the place of the step, and what the names of the user's are by then."""
        if not self.record["steps"]:
            return []
        step = self.record["steps"][self.walk.step()]
        where = step.get("where")
        if step["event"] == "force":
            where = self.record["cells"][step["cell"]].get("where")
        names = cut(self._names(), columns)
        if not where or where[0] is None:
            return [names]
        source = self._places.source(where[0])
        start, end = where[1], where[2] if len(where) > 2 else where[1] + 1
        line, _ = source.line_and_column(start)
        starts = source.line_starts
        lines = [cut(f"{source.name}:{line}", columns)]
        for number in range(max(1, line - 2), min(len(starts), line + 3) + 1):
            text = source.line(number)
            begin = starts[number - 1]
            first, last = max(0, start - begin), max(0, min(len(text), end - begin))
            shown = printable(text[:first]) + self._marked(printable(text[first:last])) + printable(text[last:])
            if first >= last:
                shown = printable(text)
            lines.append(f"{number:>5}| {shown if len(text) < columns - 8 else cut(printable(text), columns - 8)}")
        return [*lines[: BELOW - 1], names]

    def _marked(self, text: str) -> str:
        return f"\x1b[7m{text}\x1b[27m" if text else ""

    def _names(self) -> str:
        """The names that the program has bound, with what is known of them at this step."""
        number = self.walk.moment()
        self._heap.go_to(number)
        found: dict[str, str] = {}
        for at, cell in enumerate(self.record["cells"]):
            where = cell.get("where")
            if (
                cell["kind"] not in ("let", "argument")
                or "name" not in cell
                or not where
                or self._places.is_library(where[0])
            ):
                continue
            if cell.get("made", 0) <= number:
                found[name_of(cell)] = cut(self._heap.text({"cell": at}, 1), 20)
            if len(found) > 200:
                break
        return "   ".join(f"{name} = {printable(value)}" for name, value in reversed(found.items()))


def walk(record: Record, *, rewriting: bool, only: str) -> None:
    """Shows the story until the user has had enough."""
    from prompt_toolkit.application import Application
    from prompt_toolkit.formatted_text import ANSI
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.keys import Keys
    from prompt_toolkit.layout import Layout, Window
    from prompt_toolkit.layout.controls import FormattedTextControl

    screen = Screen(record, rewriting=rewriting, only=only)
    keys = KeyBindings()
    names = {"c-m": "enter", "c-h": "backspace", "c-j": "enter"}

    @keys.add(Keys.Any)
    @keys.add("up")
    @keys.add("down")
    @keys.add("left")
    @keys.add("right")
    @keys.add("pageup")
    @keys.add("pagedown")
    @keys.add("home")
    @keys.add("end")
    @keys.add("enter")
    @keys.add("backspace")
    @keys.add("escape", eager=True)
    @keys.add("c-c")
    def _(event: KeyPressEvent) -> None:
        pressed = event.key_sequence[0].key
        key = str(getattr(pressed, "value", pressed))
        if not screen.key(names.get(key, key)):
            event.app.exit()

    def shown() -> Any:
        size = application.output.get_size()
        return ANSI(screen.text(size.rows, size.columns))

    application: Application[None] = Application(
        layout=Layout(Window(FormattedTextControl(shown), wrap_lines=False)), key_bindings=keys, full_screen=True
    )
    application.run()

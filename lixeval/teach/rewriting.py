"""A small program's story: its expression before and after each step, with the part that is replaced marked.

    2 * x            asks for x            look-up
      1 + 1  →  2                          operator
    2 * 2  →  4                            operator

Each thunk that is asked for and each function that is called rewrites an expression of its own, one level further in.
What is replaced is replaced by what the record says; the texts are those of the program.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from lixeval.source import Source
from lixeval.syntax import nodes
from lixeval.syntax.parser import parse
from lixeval.teach.program import Program, innermost, parameters
from lixeval.teach.recorder import STORY_ENDS
from lixeval.teach.replay import Heap
from lixeval.teach.rewritten import Rewritten, on_one_line
from lixeval.teach.summary import name_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lixeval.syntax.nodes import Expression
    from lixeval.teach.record import Record
    from lixeval.teach.values import Form

LONGEST_VALUE = 24
"""A value whose text is longer stands under its name."""

MOST_NAMES = 6
"""Of more names that are put off at once the first are told."""


@dataclass(slots=True)
class Line:
    """One step of rewriting: at `depth`, `before` with the part `redex` (from, to) that is replaced or asked for.

    `after` is what becomes of that part ("" where that takes lines of its own), `rule` is one of let, with, if,
    assert, look-up, selection, application, builtin, operator, update, interpolation, inherit, value, failure, closed;
    `note` says more.  `step` is its number in the record.
    """

    step: int
    depth: int
    rule: str
    before: str
    redex: tuple[int, int]
    after: str = ""
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "depth": self.depth,
            "rule": self.rule,
            "before": self.before,
            "redex": list(self.redex),
            "after": self.after,
            "note": self.note,
        }


class Rewriting:
    """The lines of a record; nothing of what lies deeper than `depth` is told, and no more than `most` lines."""

    def __init__(self, record: Record, *, depth: int = 40, most: int = 1000) -> None:
        self._record = record
        self._steps: list[dict[str, Any]] = record["steps"]
        self._heap = Heap(record)
        self._depth = depth
        self._left = most
        self._programs: dict[int, Program] = {}
        self._known: set[tuple[int, int | str]] = set()
        self.is_cut = False

    def lines(self) -> Iterator[Line]:
        """All lines, from what is asked for first."""
        number = 0
        while number < len(self._steps):
            if self._steps[number]["event"] in ("force", "call"):
                if number and self._steps[number]["event"] == "force":
                    yield from self._bounded(self._printing(number))
                yield from self._bounded(self._frame(number, 0))
            number = self._after(number)

    def _printing(self, number: int) -> Iterator[Line]:
        """Behind the value itself, what is in it is asked for to be printed."""
        cell = self._record["cells"][self._steps[number]["cell"]]
        name = cell.get("name") or _KINDS.get(cell["kind"], "a thunk")
        if cell["kind"] == "element":
            name = f"element {name}"
        yield Line(number, 0, "printing", "", (0, 0), "", f"to print it, {name} is asked for")

    def _bounded(self, lines: Iterator[Line]) -> Iterator[Line]:
        for line in lines:
            if self._left <= 0:
                self.is_cut = True
                return
            self._left -= 1
            yield line

    # Frames

    def _frame(self, number: int, depth: int) -> Iterator[Line]:
        """The lines of a force or a call."""
        step = self._steps[number]
        frame = self._opened(step)
        if frame is None:
            yield from self._foreign(number, depth)
            return
        if depth > self._depth:
            text, redex = frame.shown()
            failed = self._failed(number)
            ended = {"fail": "; it fails", "stop": "; the story ends within it"}.get(self._end(number)["event"], "")
            took = f"{step['end'] - number} steps{ended}"
            yield Line(number, depth, "closed", text, redex, "" if failed else self._answer(number), took)
            return
        last: Line | None = None
        for line in self._body(frame, number, depth):
            if last is not None:
                yield last
            last = line
        answer = self._answer(number)
        name = self._name(step)
        if last is None or (last.depth, last.after) != (depth, answer):
            if last is not None:
                yield last
            text, redex = frame.shown()
            if self._failed(number) or text == answer:
                last = None if self._failed(number) or not name else Line(number, depth, "value", text, redex)
            else:
                last = Line(number, depth, "value", text, redex, answer)
        if last is not None:
            if name and not self._failed(number):
                remembered = f"{name} = {answer}" if len(answer) <= LONGEST_VALUE else name
                last.note = f"{last.note}; {remembered} from now on" if last.note else f"{remembered} from now on"
            yield last

    def _opened(self, step: dict[str, Any]) -> Rewritten | None:
        node: Any
        if step["event"] == "call":
            if "builtin" in step:
                return None
            source, start = step["where"]
            program = self._program(source)
            function = program.lambda_at(start)
            node = None if function is None else innermost(function, len(step["arguments"])).body
        else:
            where = self._record["cells"][step["cell"]].get("where")
            if where is None:
                return None
            source = where[0]
            program = self._program(source)
            found = program.expression(where[1], where[2]) if where[1] < where[2] else None
            node = program.tree if self._record["cells"][step["cell"]]["kind"] == "file" else found
        if node is None:
            return None
        return Rewritten(program, self._record["sources"][source]["text"], node)

    def _foreign(self, number: int, depth: int) -> Iterator[Line]:
        """What has no text of its own: a name inherited, an application put off, a builtin called by another one."""
        for inner in self._inner(number):
            if self._steps[inner]["event"] in ("force", "call"):
                yield from self._frame(inner, depth)
        if "cell" not in self._steps[number]:
            return  # a builtin's call: what it asks for is told
        cell = self._record["cells"][self._steps[number]["cell"]]
        if cell["kind"] == "inherited" and not self._failed(number):
            text = f"inherit (…) {cell.get('name', '')}"
            answer = self._answer(number)
            yield Line(number, depth, "inherit", text, (0, len(text)), answer, f"{cell.get('name')} from now on")

    def _body(self, frame: Rewritten, number: int, depth: int) -> Iterator[Line]:
        inner = list(self._inner(number))
        for position, child in enumerate(inner):
            step = self._steps[child]
            if step["event"] == "make":
                continue
            yield from self._settled(frame, number, child, depth)
            if step["event"] in ("force", "call"):
                # A pattern asks for its argument; of some calls nobody knows the expression.
                yield from self._frame(child, depth + 1)
            elif "where" in step:
                yield from self._node(frame, child, depth)
            del position
        yield from self._settled(frame, number, None, depth)
        if self._failed(number) and not any(_is_broken(self._steps[child]) or self._fails(child) for child in inner):
            yield self._refused(frame, number, depth)

    def _settled(self, frame: Rewritten, number: int, child: int | None, depth: int) -> Iterator[Line]:
        """Rules of what has no step of its own: `let`, `with`, and where it is known by now, `if` and `assert`.

        `child` is the step that comes next: it tells which part is evaluated.
        """
        start = self._steps[child]["where"][1] if child is not None and "where" in self._steps[child] else None
        while True:
            node = frame.node
            text, redex = frame.shown()
            inner: Expression
            if isinstance(node, nodes.Let):
                inner, rule, note = node.body, "let", self._put_off(number, node)
            elif isinstance(node, nodes.With):
                inner, rule, note = node.body, "with", f"names that nothing binds come from {_short(frame, node.scope)}"
            elif isinstance(node, nodes.If):
                if start is not None and start < node.condition.end:
                    return
                branch = self._branch(frame, node, start)
                if branch is None:
                    return
                inner, rule, note = branch, "if", ""
            elif isinstance(node, nodes.Assert):
                if start is None or start < node.condition.end:
                    return
                inner, rule, note = node.body, "assert", "it holds"
            else:
                return
            frame.node = inner
            after = "" if rule in ("let", "with") else frame.shown()[0]
            yield Line(number if child is None else child, depth, rule, text, redex, after, note)

    def _branch(self, frame: Rewritten, node: nodes.If, start: int | None) -> Expression | None:
        """The branch that is taken: the one evaluated next, else the one that the condition says."""
        if start is not None:
            return node.then if start < node.then.end else node.otherwise
        condition = frame.shown(node.condition.start, node.condition.end)
        text = condition[0][condition[1][0] : condition[1][1]]
        return {"true": node.then, "false": node.otherwise}.get(text.strip("() "))

    def _put_off(self, number: int, node: nodes.Let) -> str:
        names = [name for name, attribute in node.bindings.attributes.items() if attribute.kind != "inherited"]
        if not names:
            return ""
        shown = "   ".join(f"{name} = _" for name in names[:MOST_NAMES])
        more = "" if len(names) <= MOST_NAMES else f"   … {len(names)} names"
        return shown + more

    # Expressions

    def _node(self, frame: Rewritten, number: int, depth: int) -> Iterator[Line]:
        step = self._steps[number]
        _, start, end = step["where"]
        event = step["event"]
        inner = [child for child in self._inner(number) if self._steps[child]["event"] != "make"]
        if event == "look-up":
            yield from self._look_up(frame, number, inner, depth)
        else:
            asked = False
            for child in inner:
                part = self._steps[child]
                if "where" in part and part["event"] != "call":
                    yield from self._node(frame, child, depth)
                elif part["event"] == "force":
                    yield from self._asked(frame, number, child, depth, event)
                    asked = True
                elif part["event"] in ("call", "import", "derive", "coerce"):
                    yield from self._called(frame, number, child, depth)
            if _is_broken(step):
                if not any(_is_broken(self._steps[child]) or self._fails(child) for child in inner):
                    yield self._failure(frame, number, depth)
                return
            yield from self._done(frame, number, inner, depth, asked)
        if "value" in step:
            self._heap.go_to(step["end"])
            text = self._value_text(step["value"])
            if text is not None:
                frame.replace(start, end, text)

    def _look_up(self, frame: Rewritten, number: int, inner: list[int], depth: int) -> Iterator[Line]:
        step = self._steps[number]
        source, start, end = step["where"]
        name = step["name"]
        key = (source, step.get("bound", name))
        given = f" from the {_ordinal(step['with'])} `with`" if step.get("with") else ""
        hides = ", which hides another" if step.get("shadows") else ""
        forced = [child for child in inner if self._steps[child]["event"] == "force"]
        text, redex = frame.shown(start, end)
        if forced:
            self._known.add(key)
            at_once = self._at_once(forced[-1])
            note = f"asks for {name}{given}{hides}" + (f": {at_once}" if at_once else "")
            yield Line(number, depth, "look-up", text, redex, "", note)
            for child in forced if not at_once else ():
                yield from self._frame(child, depth + 1)
            if self._steps[forced[-1] + 1].get("again"):
                yield self._failure(frame, number, depth)
        elif key in self._known and not _is_broken(step):
            self._heap.go_to(number)
            value = self._value_text(step["value"])
            if value is not None:
                note = f"asks for {name} again: {value}, not computed twice"
                yield Line(number, depth, "look-up", text, redex, "", note)
        elif _is_broken(step):
            yield self._failure(frame, number, depth)

    def _asked(self, frame: Rewritten, number: int, child: int, depth: int, event: str) -> Iterator[Line]:
        """Something other than a name asks for a thunk: a selection, an operator that compares, a builtin."""
        step = self._steps[number]
        _, start, end = step["where"]
        text, redex = frame.shown(start, end)
        cell = self._record["cells"][self._steps[child]["cell"]]
        name = cell.get("name")
        if event == "select":
            path = [part or "${…}" for part in step["path"]]
            name = "." + (name if name in path else ".".join(path))
        what = name or _KINDS.get(cell["kind"], "a thunk")
        known, lines = self._way(child, depth + 1)
        yield Line(
            number, depth, "selection" if event == "select" else "look-up", text, redex, "", f"asks for {what}{known}"
        )
        yield from lines
        if self._steps[child + 1].get("again"):
            yield self._failure(frame, number, depth)

    def _way(self, number: int, depth: int) -> tuple[str, Iterator[Line]]:
        """What is said at once of a thunk that is asked for, or else the lines that it takes."""
        at_once = self._at_once(number)
        lines = iter(()) if at_once else self._frame(number, depth)
        first = next(lines, None)
        if first is not None:
            return "", chain([first], lines)
        known = at_once or ("" if self._failed(number) else self._answer(number))
        return f": {known}" if known else "", lines

    def _at_once(self, number: int) -> str:
        """What is to be said of a thunk that takes no step: it holds a function, a list or a set, or is in a ring."""
        step = self._steps[number]
        if step["end"] - number != 2:
            return ""
        if self._steps[number + 1].get("again"):
            return "it is being computed, a ring"
        self._heap.go_to(number + 2)
        value = self._heap.resolved(self._steps[number + 1].get("value"))
        if isinstance(value, dict) and ("function" in value or "builtin" in value):
            return "a function"
        return self._heap.text(value, 1)

    def _called(self, frame: Rewritten, number: int, child: int, depth: int) -> Iterator[Line]:
        """A call: of a function of the language its body is rewritten, of a builtin it is told what it asked for."""
        step, call = self._steps[number], self._steps[child]
        _, start, end = step["where"]
        text, redex = frame.shown(start, end)
        self._heap.go_to(child)
        if "builtin" in call:
            for inner in self._inner(child):
                part = self._steps[inner]
                if part["event"] == "force":
                    known, lines = self._way(inner, depth + 1)
                    note = f"{call['builtin']} asks for {self._argument(part['cell'])}{known}"
                    yield Line(child, depth, "builtin", text, redex, "", note)
                    yield from lines
                elif part["event"] == "call" and "builtin" not in part:
                    yield Line(child, depth, "builtin", text, redex, "", f"{call['builtin']} calls a function")
                    yield from self._frame(inner, depth + 1)
            return
        function = self._program(call["where"][0]).lambda_at(call["where"][1])
        names = [] if function is None else parameters(function, len(call["arguments"]))
        given = [
            f"{name} = {self._value_text(value) or '…'}"
            for name, value in zip(names, call["arguments"], strict=False)
            if name
        ]
        yield Line(child, depth, "application", text, redex, "", "with " + "   ".join(given) if given else "")
        yield from self._frame(child, depth + 1)

    def _argument(self, number: int) -> str:
        """What a builtin asks for, in words."""
        cell = self._record["cells"][number]
        if cell["kind"] == "argument":
            return str(cell.get("name", "its argument"))
        return name_of(cell) if "name" in cell else _KINDS.get(cell["kind"], "its argument")

    def _done(self, frame: Rewritten, number: int, inner: list[int], depth: int, asked: bool) -> Iterator[Line]:
        """The line that replaces an expression by its value."""
        step = self._steps[number]
        _, start, end = step["where"]
        text, redex = frame.shown(start, end)
        self._heap.go_to(step["end"])
        after = self._heap.text(step["value"], 1)
        if redex != (0, len(text)):
            after = self._value_text(step["value"]) or after
        note = ""
        rule = RULES.get(step["event"], "value")
        for child in inner:
            part = self._steps[child]
            if part["event"] == "update":
                rule = "update"
                replaced = part["replaced"]
                note = (
                    f"the right side takes over {', '.join(replaced[:MOST_NAMES])}"
                    if replaced
                    else "nothing is replaced"
                )
            elif "builtin" in part:
                rule = "builtin"
        if step.get("gained"):
            note = f"context: {', '.join(step['gained'][:2])}"
        if (
            step["event"] == "apply"
            and rule != "builtin"
            and any(self._steps[child]["event"] == "call" for child in inner)
        ):
            return  # the body's last line has said it
        if step["event"] == "select" and asked:
            return
        yield Line(number, depth, rule, text, redex, after, note)

    def _failure(self, frame: Rewritten, number: int, depth: int) -> Line:
        _, start, end = self._steps[number]["where"]
        text, redex = frame.shown(start, end)
        note = STORY_ENDS if self._steps[number].get("stopped") else f"fails: {self._reason(number)}"
        return Line(number, depth, "failure", text, redex, "", note)

    def _refused(self, frame: Rewritten, number: int, depth: int) -> Line:
        """A frame that fails by itself: a condition that is none, arguments that a pattern does not take."""
        text, redex = frame.shown()
        step = self._steps[number]
        if step["event"] == "call":
            source, start = step["where"]
            function = self._program(source).lambda_at(start)
            pattern = None if function is None else innermost(function, len(step["arguments"])).formals
            if pattern is not None:
                text = " ".join(frame.text[pattern.start : pattern.end].split())
                redex = (0, len(text))
        end = step["end"] - 1
        note = STORY_ENDS if self._steps[end]["event"] == "stop" else f"fails: {self._reason(end)}"
        return Line(number, depth, "failure", text, redex, "", note)

    def _reason(self, number: int) -> str:
        """Why the expression of a step has failed, as the next thing that fails with it says."""
        while number < len(self._steps):
            step = self._steps[number]
            if step["event"] == "fail" and "error" in step and not step.get("again"):
                return str(step["error"])
            number += 1
        return str(self._record["outcome"].get("error", {}).get("message", ""))

    # Steps

    def _inner(self, number: int) -> Iterator[int]:
        """The steps directly within a step, without its answer."""
        child, end = number + 1, self._steps[number].get("end", number + 1)
        while child < end:
            if self._steps[child].get("by") == number:
                yield child
            child = self._after(child)

    def _after(self, number: int) -> int:
        return max(int(self._steps[number].get("end", number + 1)), number + 1)

    def _fails(self, number: int) -> bool:
        """Whether a frame within an expression has failed, and tells why itself."""
        step = self._steps[number]
        if step["event"] not in FRAMES or not self._failed(number):
            return False
        return "builtin" not in step or any(self._fails(inner) for inner in self._inner(number))

    def _failed(self, number: int) -> bool:
        return self._end(number)["event"] in ("fail", "stop")

    def _end(self, number: int) -> dict[str, Any]:
        """The step with which a frame ends."""
        found: dict[str, Any] = self._steps[self._steps[number]["end"] - 1]
        return found

    def _answer(self, number: int) -> str:
        end = self._steps[number]["end"]
        self._heap.go_to(end)
        return self._heap.text(self._steps[end - 1].get("value"), 1)

    def _name(self, step: dict[str, Any]) -> str:
        if step["event"] != "force":
            return ""
        cell = self._record["cells"][step["cell"]]
        return f"element {cell['name']}" if cell["kind"] == "element" else str(cell.get("name", ""))

    def _value_text(self, form: Form) -> str | None:
        """The text that stands for a value within an expression; None where its name is the better one."""
        form = self._heap.resolved(form)
        if isinstance(form, dict) and ("function" in form or "builtin" in form):
            return None
        text = self._heap.text(form, 1)
        if len(text) > LONGEST_VALUE:
            return None
        if isinstance(form, dict) and "float" in form and text.lstrip("-").isdecimal():
            text += ".0"  # Nix prints it without, and reads that as an int
        return f"({text})" if text.startswith("-") else text

    def _program(self, source: int) -> Program:
        found = self._programs.get(source)
        if found is None:
            entry = self._record["sources"][source]
            found = self._programs[source] = Program(parse(Source(entry["name"], entry["text"]), pipe_operators=True))
        return found


FRAMES = frozenset(("force", "call", "import", "coerce", "derive"))
"""Steps that end in an answer or a failure."""

RULES = {
    "select": "selection",
    "has": "selection",
    "apply": "application",
    "operate": "operator",
    "interpolate": "interpolation",
    "find": "look-up",
}

_KINDS = {
    "element": "an element",
    "attribute": "an attribute",
    "argument": "its argument",
    "application": "an application that was put off",
    "with": "the set of a `with`",
}


def _short(frame: Rewritten, node: Expression) -> str:
    text = on_one_line(frame.text[node.start : node.end]).strip()
    return text if len(text) <= LONGEST_VALUE else "a set"


def _is_broken(step: dict[str, Any]) -> bool:
    """Whether an expression's step has no value: it has failed, or the story ends within it."""
    return bool(step.get("failed") or step.get("stopped"))


def _ordinal(number: int) -> str:
    words = ("innermost", "second", "third", "fourth")
    return words[number - 1] if number <= len(words) else f"{number}th"

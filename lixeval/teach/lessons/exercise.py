"""One exercise: a Nix file whose first lines are comments that say what it asks.

    # title: What is never asked is never computed
    # kind: predict
    # ask: Which of a, b, c are forced?
    # answer: a c
    # forced: a c
    # value: 2
    # hint: if asks only for the branch that it takes.
    let a = 1 < 2; b = throw "never"; c = 1 + 1; in if a then c else b

docs/lessons.md is the format's page for teachers.  A fault in a file is an `ExerciseFault` at its line.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lixeval.errors import LixevalError
from lixeval.formats.numbers import whole
from lixeval.source import Source, Span

COMPLETE, REPAIR, PREDICT = KINDS = ("complete", "repair", "predict")
HOLE = "???"

_SINGLE = ("title", "kind", "ask", "answer", "value", "forced", "traced", "replace", "solution", "after")
_SEVERAL = ("read", "hint")
_ALWAYS = ("title", "kind", "ask", "answer")
_SHOWN = ("title", "kind", "read", "ask")
_AFTER = ("explain", "doc", "where")
YOURS = "# your answer:"
"""The line of a handed-out prediction behind which the learner writes."""


class ExerciseFault(LixevalError):
    """An exercise file that is none; the span is the line at fault."""

    code = "E0102"


@dataclass(frozen=True)
class Exercise:
    """What a file asks and what answers it.

    `name` is "04-laziness/01-never-asked", `chapter` its chapter's title.  `forced` names what a right answer
    forces, `traced` counts the texts that builtins.trace says; None where the exercise does not mind.  `body` is the
    program without its header.
    """

    name: str
    path: str
    chapter: str
    title: str
    kind: str
    ask: str
    answer: str
    body: str
    read: tuple[str, ...] = ()
    value: str | None = None
    forced: tuple[str, ...] | None = None
    traced: int | None = None
    replace: str = HOLE
    solution: str = ""
    hints: tuple[str, ...] = ()
    after: str = ""

    @property
    def result(self) -> str:
        """What the solved program evaluates to, as nix-instantiate --eval --strict prints it."""
        return self.answer if self.value is None else self.value

    @property
    def handed_out(self) -> str:
        """The learner's copy: what is asked, and not what answers it."""
        lines = [f"# {self.title}", "#"]
        lines += [f"# {line}" for line in self.read]
        lines += ["#", f"# {self.kind}: {self.ask}"]
        if self.kind == PREDICT:
            lines += ["#", f"{YOURS} "]
        return "\n".join(lines) + "\n" + self.body

    @property
    def solved(self) -> str:
        """The program with the author's solution in it."""
        return self.body if self.kind == PREDICT else self.body.replace(self.replace, self.solution, 1)


def parse(name: str, path: str, text: str, chapter: str = "") -> Exercise:
    """The exercise in a file, of a chapter of this title; raises `ExerciseFault`."""
    return _Reading(name, path, text, chapter).exercise()


@dataclass
class _Reading:
    name: str
    path: str
    text: str
    chapter: str
    found: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    several: dict[str, list[str]] = field(default_factory=dict)

    def exercise(self) -> Exercise:
        count = self._header()
        body = "".join(self.text.splitlines(keepends=True)[count:])
        for key in _ALWAYS:
            if key not in self.found:
                raise self._fault(1, f"the exercise has no '{key}'", f"a line '# {key}: …' at its beginning")
        self._check_kind(body, count)
        found = self.found
        return Exercise(
            name=self.name,
            path=self.path,
            chapter=self.chapter,
            title=found["title"],
            kind=found["kind"],
            ask=found["ask"],
            answer=found["answer"],
            body=body,
            read=tuple(self.several.get("read", ())),
            value=found.get("value"),
            forced=tuple(found["forced"].split()) if "forced" in found else None,
            traced=self._number("traced"),
            replace=found.get("replace", HOLE),
            solution=found.get("solution", ""),
            hints=tuple(self.several.get("hint", ())),
            after=found.get("after", ""),
        )

    def _header(self) -> int:
        """Reads the comments at the beginning; how many lines they are."""
        lines = self.text.splitlines()
        for number, line in enumerate(lines, 1):
            if not line.startswith("#"):
                return number - 1
            key, colon, value = line[1:].strip().partition(":")
            value = value.strip()
            if not colon or key not in (*_SINGLE, *_SEVERAL):
                known = ", ".join((*_SINGLE, *_SEVERAL))
                raise self._fault(number, f"'{key}' means nothing in the header of an exercise", f"known are {known}")
            if key in _SEVERAL:
                self.several.setdefault(key, []).append(value)
                continue
            if key in self.found:
                raise self._fault(number, f"'{key}' stands in line {self.lines[key]} already")
            if not value and key != "forced":
                raise self._fault(number, f"nothing stands behind '{key}:'")
            self.found[key], self.lines[key] = value, number
        raise self._fault(max(len(lines), 1), "there is no program behind the header")

    def _check_kind(self, body: str, header: int) -> None:
        kind = self.found["kind"]
        if kind not in KINDS:
            raise self._fault(self.lines["kind"], f"'{kind}' is no kind of exercise", f"{', '.join(KINDS)} are")
        if not body.strip():
            raise self._fault(header, "there is no program behind the header")
        after = self.found.get("after", "explain").split()[0]
        if after not in _AFTER:
            raise self._fault(
                self.lines["after"], f"'{after}' cannot come after", "explain, doc NAME or where PATH can"
            )
        if kind == PREDICT:
            for key in ("replace", "solution"):
                if key in self.found:
                    raise self._fault(self.lines[key], f"a prediction has no '{key}': nothing is changed")
            return
        replaced = self.found.get("replace", HOLE)
        if replaced not in body:
            line = self.lines.get("replace", self.lines["kind"])
            what = f"the program has no '{replaced}' that could be {'completed' if replaced == HOLE else 'replaced'}"
            raise self._fault(line, what, "'replace' says what the solution stands for")
        if "solution" not in self.found:
            raise self._fault(self.lines["kind"], "there is no 'solution'", "it is what the tests of the exercise run")

    def _number(self, key: str) -> int | None:
        text = self.found.get(key)
        number = None if text is None else whole(text)
        if text is not None and number is None:
            raise self._fault(self.lines[key], f"'{text}' is no number")
        return number

    def _fault(self, line: int, message: str, hint: str = "") -> ExerciseFault:
        source = Source(self.path, self.text)
        width = len(source.line(line).encode("utf-8", "surrogateescape"))
        span = Span(source, line, 1, line, max(width, 1) + 1)
        return ExerciseFault(message, span=span, hint=hint or None)

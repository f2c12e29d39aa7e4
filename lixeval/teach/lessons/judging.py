"""Right or not: what a learner made of an exercise, run and compared with what its author says.

The value counts, and so does demand: where an exercise says what may be forced, the run is recorded, and a value that
is right at the cost of too much is told apart from one that is wrong.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from lixeval.errors import LixevalError
from lixeval.source import Source
from lixeval.syntax import nodes
from lixeval.syntax.parser import parse
from lixeval.teach.lessons.exercise import HOLE, PREDICT, YOURS, Exercise
from lixeval.teach.lessons.running import Ran, run, settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lixeval.evaluation.limits import Limits

MOST_SHOWN = 300
"""Characters of a wrong value that are told."""

RIGHT, WRONG, OPEN = "right", "wrong", "open"


@dataclass
class Verdict:
    """`state`: right, wrong, or open where nothing was tried yet; `text` says why, in a sentence; `ran` if it ran."""

    state: str
    text: str
    ran: Ran | None = None

    @property
    def error(self) -> LixevalError | None:
        """What made the program fail."""
        return None if self.ran is None else self.ran.error


def judge(exercise: Exercise, text: str, path: str = "", limits: Limits | None = None) -> Verdict:
    """What a learner's text is worth; `path` is its file, beside which lies what it imports.

    It may be wrong in that it never ends: `limits` say when that is taken to be so.
    """
    if exercise.kind == PREDICT:
        return judge_prediction(exercise, prediction_in(text))
    if HOLE in _program(text):
        return Verdict(OPEN, f"{HOLE} is still to be filled")
    place = path or exercise.path
    ran = run(place, text, limits=limits)
    if ran.error is not None:
        return Verdict(OPEN if text.endswith(exercise.body) else WRONG, "it does not evaluate yet", ran)
    assert ran.value is not None
    if _folded(ran.value) != _folded(exercise.answer):
        return Verdict(WRONG, f"the value is {_shown(ran.value)}, and {exercise.answer} was asked for", ran)
    complaint = _demanded_too_much(exercise, place, text, ran)
    return Verdict(WRONG, complaint, ran) if complaint else Verdict(RIGHT, f"the value is {ran.value}", ran)


def judge_prediction(exercise: Exercise, answer: str) -> Verdict:
    """What a learner's prediction is worth; the program has not run before."""
    if not answer:
        return Verdict(OPEN, "it waits for your answer")
    if exercise.forced is not None:
        right = set(answer.replace(",", " ").split()) == set(exercise.forced)
    else:
        right = _folded(answer) == _folded(exercise.answer)
    if not right:
        return Verdict(WRONG, f"'{answer}' is not what happens")
    return Verdict(RIGHT, f"{exercise.answer}: so it is", run(exercise.path, exercise.body))


def prediction_in(text: str) -> str:
    """What stands behind `# your answer:` in a handed-out text."""
    for line in text.splitlines():
        if line.startswith(YOURS):
            return line.removeprefix(YOURS).strip()
        if not line.startswith("#"):
            break
    return ""


def forced_names(path: str, text: str) -> set[str]:
    """Which names of the outermost `let` a run asks for, as the recorder has seen it."""
    from lixeval.teach.record import story

    names = _names_of_let(Source(path, text))
    record = story(text, directory=os.path.dirname(path), settings=settings())
    found: set[str] = set()
    for step in record["steps"]:
        if step["event"] == "force":
            cell = record["cells"][step["cell"]]
            if _is_own(record, cell.get("where")):
                found.add(cell.get("name", ""))
        elif step["event"] == "look-up" and step["scope"] == "let" and _is_own(record, step["where"]):
            found.add(step["name"])
    return found & names


def _is_own(record: dict[str, Any], where: list[int] | None) -> bool:
    return where is not None and where[0] is not None and not record["sources"][where[0]].get("library")


def _names_of_let(source: Source) -> set[str]:
    node: nodes.Expression = parse(source)
    return set(node.bindings.attributes) if isinstance(node, nodes.Let) else set()


def _demanded_too_much(exercise: Exercise, path: str, text: str, ran: Ran) -> str:
    """What is wrong with a right value; empty if nothing is."""
    if exercise.traced is not None and len(ran.said) != exercise.traced:
        return f"right value, but texts were said {len(ran.said)} times, not {exercise.traced}"
    if exercise.forced is None:
        return ""
    found = forced_names(path, text)
    more, less = sorted(found - set(exercise.forced)), sorted(set(exercise.forced) - found)
    if more:
        return f"right value, but you forced {', '.join(more)}"
    return f"right value, but you did not ask for {', '.join(less)}" if less else ""


def _program(text: str) -> str:
    """A text without the comments at its beginning."""
    lines = text.splitlines()
    while lines and lines[0].startswith("#"):
        del lines[0]
    return "\n".join(lines)


def _shown(value: str) -> str:
    """As much of a printed value as can be looked at."""
    return value if len(value) <= MOST_SHOWN else f"{value[:MOST_SHOWN]} …"


def _folded(text: str) -> str:
    return " ".join(text.split())

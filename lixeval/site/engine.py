"""What the page's worker asks: a question as JSON, the answer as JSON; nothing is raised for what a program does.

    {"do": "run", "text": …, "lesson": NAME?}              -> {"value": …, "said": […]} or {"error": …, "said": […]}
    {"do": "story", "text": …, "lesson": NAME?}            -> the same, and "record" (docs/record.md), "rewriting"
    {"do": "judge", "lesson": NAME, "text": …, "answer": …} -> {"state": right | wrong | open, "text": …, "outcome": …}

An error is `{"text": the report, "start": offset, "end": offset}`, offsets in UTF-16 units as JavaScript counts; they
are null where the place is not in the program itself.
"""

from __future__ import annotations

import json

from lixeval.diagnostics import report
from lixeval.errors import LixevalError
from lixeval.system.deep_stack import SHALLOW
from lixeval.teach.lessons.exercise import PREDICT, Exercise
from lixeval.teach.lessons.judging import judge, judge_prediction
from lixeval.teach.lessons.running import Ran, run, settings
from lixeval.teach.lessons.syllabus import exercises

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROGRAM = "/program.nix"
"""What the page's program is called where it is no lesson's."""

EVENTS = 40_000
"""So much of a run is recorded: a page shows it without stuttering."""

SMALL = 60
"""A story of at most so many lines is told as rewriting too."""

_exercises: dict[str, Exercise] = {}


def answer(question: str) -> str:
    """The answer to one question."""
    if not SHALLOW:
        return _answer(question)
    from lixeval.site.flat_freeing import freed_flat

    with freed_flat():
        return _answer(question)


def _answer(question: str) -> str:
    asked = json.loads(question)
    exercise = _exercise(asked["lesson"]) if asked.get("lesson") else None
    path = PROGRAM if exercise is None else exercise.path
    if asked["do"] == "judge":
        assert exercise is not None
        return json.dumps(_judged(exercise, asked))
    given = _outcome(run(path, asked["text"], shown=PROGRAM), asked["text"])
    if asked["do"] == "story":
        from lixeval.teach.record import story
        from lixeval.teach.values import Bounds

        record = story(
            asked["text"], name=path, settings=settings(), strict=True, bounds=Bounds(events=EVENTS, items=16, text=120)
        )
        for source in record["sources"]:
            if source["name"] == path:
                source["name"] = PROGRAM
        if record["steps"]:
            given |= {"record": record, "rewriting": rewriting_of(record)}
    return json.dumps(given)


def rewriting_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    """A small program's story as rewriting (`lixeval.teach.rewriting`); empty of a larger one."""
    from lixeval.teach.rewriting import Rewriting

    told = Rewriting(record, most=SMALL)
    lines = [line.as_json() for line in told.lines() if line.rule != "printing"]
    return [] if told.is_cut or len(lines) > SMALL else lines


def _judged(exercise: Exercise, asked: dict[str, Any]) -> dict[str, Any]:
    if exercise.kind == PREDICT:
        verdict = judge_prediction(exercise, asked["answer"])
        text = exercise.body
    else:
        text = asked["text"]
        verdict = judge(exercise, text)
    given: dict[str, Any] = {"state": verdict.state, "text": verdict.text}
    if verdict.ran is not None:
        given["outcome"] = _outcome(verdict.ran, text)
    return given


def _outcome(ran: Ran, text: str) -> dict[str, Any]:
    given: dict[str, Any] = {"said": ran.said}
    if ran.error is None:
        given["value"] = ran.value
    else:
        given["error"] = _error(ran.error, text)
    return given


def _error(error: LixevalError, text: str) -> dict[str, Any]:
    start = end = None
    span = error.span
    if span is not None and span.source.text == text:
        start = _units(text, span.source.offset(span.line, span.column))
        end = _units(text, span.source.offset(span.end_line, span.end_column))
    return {"text": report(error), "start": start, "end": end}


def _units(text: str, offset: int) -> int:
    """An offset in UTF-16 units."""
    return offset + sum(sign > "\uffff" for sign in text[:offset])


def _exercise(name: str) -> Exercise:
    if not _exercises:
        _exercises.update({exercise.name: exercise for exercise in exercises()})
    return _exercises[name]

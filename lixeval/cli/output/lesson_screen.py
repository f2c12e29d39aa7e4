"""An exercise on a terminal: what it asks, what it says of the learner's answer, and how far the course has come."""

from __future__ import annotations

import textwrap

from lixeval.cli.output import colours
from lixeval.diagnostics import report
from lixeval.system.terminal_text import visible
from lixeval.teach.lessons.exercise import PREDICT, Exercise
from lixeval.teach.lessons.judging import OPEN, RIGHT, Verdict

_SIGNS = {RIGHT: ("right", colours.GREEN), OPEN: ("open", colours.CYAN), "wrong": ("not yet", colours.RED)}


def listing(course: list[Exercise], solved: set[str]) -> str:
    """A line for each exercise, those of a chapter below its title."""
    lines: list[str] = []
    chapter = ""
    for exercise in course:
        title = exercise.chapter
        if title != chapter:
            chapter = title
            lines.append(chapter if not lines else f"\n{chapter}")
        done = "x" if exercise.name in solved else " "
        lines.append(f"  [{done}] {exercise.name.partition('/')[2]:<26} {exercise.kind:<9} {visible(exercise.title)}")
    count = sum(exercise.name in solved for exercise in course)
    return "\n".join([*lines, "", f"{count} of {len(course)} solved"])


def screen(
    exercise: Exercise,
    verdict: Verdict,
    path: str,
    course: list[Exercise],
    solved: set[str],
    *,
    hints: int,
    width: int,
    coloured: bool = False,
) -> str:
    """The whole exercise; the first `hints` hints are shown."""
    paint = colours.painted if coloured else _plain
    lines = [paint(colours.DIM, _header(exercise, course, solved, width)), paint(colours.BOLD, exercise.title), ""]
    lines += [line for text in exercise.read for line in textwrap.wrap(text, width)]
    lines += ["", *textwrap.wrap(f"{exercise.kind}: {exercise.ask}", width), ""]
    if exercise.kind == PREDICT:
        lines += [f"    {line}" for line in exercise.body.rstrip().split("\n")]
        lines.append("")
    lines += [f"file: {path}", ""]
    lines += [line for hint in exercise.hints[:hints] for line in textwrap.wrap(f"hint: {hint}", width)]
    if hints and exercise.hints:
        lines.append("")
    sign, colour = _SIGNS[verdict.state]
    lines += textwrap.wrap(f"{sign}: {verdict.text}", width) or [sign]
    lines[-1] = paint(colour, lines[-1])
    if verdict.ran is not None:
        lines += [f"said: {text}" for text in verdict.ran.said[:5]]
    if verdict.error is not None:
        lines += ["", *report(verdict.error).split("\n")]
    if verdict.state == RIGHT and exercise.after:
        lines += ["", f"see how it went: lixeval {' '.join(after(exercise, path))}"]
    return "\n".join(visible(line, colours=coloured) for line in lines)


def after(exercise: Exercise, path: str) -> list[str]:
    """The words behind `lixeval` that show more about a solved exercise."""
    command, *rest = exercise.after.split()
    return [command, *rest] if command == "doc" else [command, path, *rest]


def _header(exercise: Exercise, course: list[Exercise], solved: set[str], width: int) -> str:
    chapter = exercise.name.partition("/")[0]
    same = [one.name for one in course if one.name.startswith(f"{chapter}/")]
    left = f"{exercise.chapter} {same.index(exercise.name) + 1} of {len(same)}"
    done = sum(one.name in solved for one in course)
    right = f"{done} of {len(course)} solved"
    return left + " " * max(1, width - len(left) - len(right)) + right


def _plain(colour: str, text: str) -> str:
    return text

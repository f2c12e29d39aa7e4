"""`lixeval learn`: exercises, one after the other; a file is changed in any editor, and judged when it is saved.

    lixeval learn                 goes on where the last time ended, and watches
    lixeval learn --list          a line each
    lixeval learn --check NAME    judges once, for scripts and teachers

A faulty exercise of a teacher's is told, and the others go on.  Without a terminal nothing is watched: the exercise is
shown and judged once.  The learner's copies are in a folder of his own (--into), progress is in the user's
(`teach.lessons.progress`).
"""

from __future__ import annotations

import os
import sys

from lixeval.cli.output.errors import Manner, print_error
from lixeval.cli.output.lesson_screen import listing, screen
from lixeval.cli.output.terminal import is_dialogue
from lixeval.cli.subcommand import read
from lixeval.errors import LixevalError, SystemFailure, UsageError
from lixeval.teach.lessons.exercise import Exercise
from lixeval.teach.lessons.judging import RIGHT, Verdict, judge
from lixeval.teach.lessons.progress import Progress
from lixeval.teach.lessons.syllabus import OWN, chosen, exercises, named
from lixeval.teach.lessons.workbook import Workbook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lixeval.cli.subcommand import CommandLine
    from lixeval.evaluation.limits import Limits

COMMAND = "learn"

SECONDS = "20"
MEMORY = "1G"
"""What a run may take where no option says it, as on the site: a program that never ends is wrong, too."""


def run(arguments: list[str]) -> int:
    """Lists, judges or watches."""
    line = read(COMMAND, arguments)
    folder = line.texts.get("path", OWN)
    faults: list[LixevalError] = []
    course = exercises(folder, faults.append)
    for fault in faults:
        print_error(fault, Manner(arguments))
    if not course:
        raise UsageError(f"no exercise in '{folder}' is without a fault")
    progress = Progress(folder)
    if "forget" in line.flags:
        progress.forget()
    if "list" in line.flags:
        print(listing(course, progress.solved()))
        return 0
    limits = _limits(line)
    workbook = Workbook(line.texts.get("into", "learn-nix"))
    if "reset" in line.flags:
        _reset(workbook, [named(course, word) for word in line.words])
    wanted = [one for word in line.words for one in chosen(course, word)]
    if "check" in line.flags:
        return max(_check(wanted or course, workbook, progress, limits), 1 if faults and not wanted else 0)
    if len(line.words) > 1:
        raise UsageError("one exercise at a time", hint="lixeval learn --check judges several")
    first = _first_open(wanted or course, progress)
    if is_dialogue():
        from lixeval.cli.output.lesson_watch import watch

        watch(course, first, workbook, progress, limits)
        return 0
    verdict = _judged(first, workbook, progress, limits)
    print(screen(first, verdict, workbook.path(first), course, progress.solved(), hints=len(first.hints), width=80))
    return 0 if verdict.state == RIGHT else 1


def _limits(line: CommandLine) -> Limits:
    """What one run of an exercise may take; not every system tells how much memory that is."""
    from lixeval.evaluation.limits import Limits, parse_seconds, parse_size

    memory = line.texts.get("max_memory", MEMORY if sys.platform == "linux" else "")
    steps = line.texts.get("max_steps")
    return Limits(
        time=parse_seconds(line.texts.get("max_time", SECONDS)),
        memory=parse_size(memory) if memory else None,
        steps=None if steps is None else int(steps),
    )


def _first_open(course: list[Exercise], progress: Progress) -> Exercise:
    solved = progress.solved()
    return next((one for one in course if one.name not in solved), course[0])


def _judged(exercise: Exercise, workbook: Workbook, progress: Progress, limits: Limits) -> Verdict:
    verdict = judge(exercise, workbook.text(exercise), os.path.abspath(workbook.path(exercise)), limits)
    if verdict.state == RIGHT:
        try:
            progress.solve(exercise.name)
        except OSError as error:
            raise SystemFailure(f"progress cannot be kept in '{progress.file}': {error.strerror}") from None
    return verdict


def _check(wanted: list[Exercise], workbook: Workbook, progress: Progress, limits: Limits) -> int:
    """A line for each; 1 unless all are right."""
    wrong = 0
    for exercise in wanted:
        verdict = _judged(exercise, workbook, progress, limits)
        wrong += verdict.state != RIGHT
        print(f"{verdict.state:<6} {exercise.name}" + ("" if verdict.state == RIGHT else f": {verdict.text}"))
    return 1 if wrong else 0


def _reset(workbook: Workbook, wanted: list[Exercise]) -> None:
    if not wanted:
        raise UsageError("--reset needs the name of an exercise", hint="lixeval learn --list names them")
    for exercise in wanted:
        if os.path.lexists(workbook.path(exercise)):
            os.unlink(workbook.path(exercise))

"""The watch mode of `lixeval learn`: the exercise stays on the terminal, and is judged whenever its file is saved.

Keys are read one by one, the file is looked at by its time and size: that works on every file system.
"""

from __future__ import annotations

import os
import select
import shutil
import sys
import termios
import tty
from contextlib import contextmanager

from lixeval.cli.output.lesson_screen import after, listing, screen
from lixeval.errors import LixevalError
from lixeval.system.terminal_text import drawn, wants_colour
from lixeval.teach.lessons.exercise import PREDICT, YOURS, Exercise
from lixeval.teach.lessons.judging import RIGHT, judge
from lixeval.teach.lessons.progress import Progress
from lixeval.teach.lessons.workbook import Workbook

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from lixeval.evaluation.limits import Limits

LOOK = 0.3
"""Seconds between two looks at the file."""
_CLEAR = "\x1b[2J\x1b[3J\x1b[H"


def _clear() -> None:
    """An empty screen."""
    drawn(sys.stdout).write(_CLEAR)


def watch(course: list[Exercise], first: Exercise, workbook: Workbook, progress: Progress, limits: Limits) -> None:
    """Shows exercises from `first` on until the learner leaves."""
    current = course.index(first)
    with _single_keys():
        while 0 <= current < len(course):
            step = _one(course, course[current], workbook, progress, limits)
            if step is None:
                break
            current = max(0, current + step)
    solved = progress.solved()
    count = sum(exercise.name in solved for exercise in course)
    print(f"\n{count} of {len(course)} solved; lixeval learn goes on from here.")


def _one(
    course: list[Exercise], exercise: Exercise, workbook: Workbook, progress: Progress, limits: Limits
) -> int | None:
    """One exercise; how many to go on by, None to leave."""
    hints = 0
    said = ""
    while True:
        text = workbook.text(exercise)
        seen = _state(workbook.path(exercise))
        verdict = judge(exercise, text, os.path.abspath(workbook.path(exercise)), limits)
        if verdict.state == RIGHT:
            try:
                progress.solve(exercise.name)
            except OSError as error:
                said = f"progress cannot be kept: {error.strerror}"
        size = shutil.get_terminal_size()
        shown = screen(
            exercise,
            verdict,
            workbook.path(exercise),
            course,
            progress.solved(),
            hints=hints,
            width=min(size.columns, 100),
            coloured=wants_colour(sys.stdout),
        )
        _clear()
        print(shown + (f"\n\n{said}" if said else "") + "\n\n" + _keys(exercise, verdict.state), end="")
        sys.stdout.flush()
        said = ""
        key = _key_or_change(workbook.path(exercise), seen)
        if key == "q" or key == "\x04":
            return None
        if key == "n" or (key in "\r\n" and key and verdict.state == RIGHT):
            return 1
        if key == "p":
            return -1
        if key == "h":
            hints = min(hints + 1, len(exercise.hints))
        elif key == "l":
            _clear()
            print(listing(course, progress.solved()) + "\n\nany key goes back", end="", flush=True)
            _key_or_change("", None)
        elif key == "e" and verdict.state == RIGHT and exercise.after:
            _show_more(exercise, workbook.path(exercise))
        elif key == "a" and exercise.kind == PREDICT:
            _answer(exercise, workbook)


def _keys(exercise: Exercise, state: str) -> str:
    keys = ["h hint", "n next", "p previous", "l list", "q leave"]
    if exercise.kind == PREDICT and state != RIGHT:
        keys.insert(0, "a answer")
    if state == RIGHT and exercise.after:
        keys.insert(0, "e explain")
    return "   ".join(keys) + "   "


def _show_more(exercise: Exercise, path: str) -> None:
    """Runs the command that tells more of a solved exercise, until a key is pressed."""
    from lixeval.cli.dispatch import run_command

    command, *words = after(exercise, path)
    _clear()
    try:
        run_command([command, *(["--print"] if command == "explain" else []), *words])
    except LixevalError as error:
        print(error.render())
    print("\nany key goes back", end="", flush=True)
    _key_or_change("", None)


def _answer(exercise: Exercise, workbook: Workbook) -> None:
    """Asks for a prediction and writes it into the learner's file."""
    termios.tcsetattr(sys.stdin, termios.TCSADRAIN, _usual[0])
    try:
        answer = input("\n\nyour answer: ").strip()
    except EOFError:
        answer = ""
    finally:
        tty.setcbreak(sys.stdin)
    lines = workbook.text(exercise).split("\n")
    kept = [f"{YOURS} {answer}" if line.startswith(YOURS) else line for line in lines]
    with open(workbook.path(exercise), "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write("\n".join(kept))


_usual: list[Any] = []
"""The terminal's settings before keys came one by one."""


@contextmanager
def _single_keys() -> Iterator[None]:
    """Keys come one by one, without being shown; afterwards as before."""
    _usual[:] = [termios.tcgetattr(sys.stdin)]
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, _usual[0])


def _key_or_change(path: str, seen: object) -> str:
    """The next key; empty when the file was saved."""
    while True:
        ready, _, _ = select.select([sys.stdin], [], [], LOOK)
        if ready:
            return os.read(sys.stdin.fileno(), 16).decode("utf-8", "replace")[:1] or "\x04"
        if path and _state(path) != seen:
            return ""


def _state(path: str) -> object:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size

"""Folders of exercises: each folder in it is a chapter, each .nix file in a chapter an exercise, in order of names.

01-values-and-sets/01-a-number.nix     the chapter "values and sets"; what else is in a chapter is for its exercises
01-values-and-sets/chapter.txt         its title, if the folder's name does not say it well enough
"""

from __future__ import annotations

import contextlib
import os
import re

from lixeval.errors import LixevalError, SystemFailure, UsageError
from lixeval.teach.lessons.exercise import Exercise, ExerciseFault, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

OWN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "syllabus")
"""lixeval's own."""

TITLE = "chapter.txt"

_NUMBER = re.compile(r"^[0-9]+-")


def _raise(fault: LixevalError) -> None:
    raise fault


def exercises(folder: str = OWN, report: Callable[[LixevalError], None] = _raise) -> list[Exercise]:
    """All exercises of a folder that are without faults, each of the others given to `report`; UsageError where there
    are none.

    A folder without chapters is one chapter itself.
    """
    try:
        chapters = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir() and _holds_nix(entry.path))
        own = [f"{_base(folder)}/{name[:-4]}" for name in _files(folder)]
    except OSError as error:
        raise UsageError(f"cannot read the exercises in '{folder}': {error.strerror}") from None
    places = [(name, os.path.join(folder, f"{name.partition('/')[2]}.nix")) for name in own]
    for chapter in chapters:
        place = os.path.join(folder, chapter)
        places += [(f"{chapter}/{name[:-4]}", os.path.join(place, name)) for name in _files(place)]
    found: list[Exercise] = []
    for name, path in places:
        if not is_of(folder, path):
            report(SystemFailure(f"cannot read the exercise '{path}': it is no file of its course"))
            continue
        try:
            found.append(_read(name, path))
        except ExerciseFault as fault:
            report(fault)
        except OSError as error:
            report(SystemFailure(f"cannot read the exercise '{path}': {error.strerror}"))
    if not places:
        raise UsageError(
            f"there are no exercises in '{folder}'",
            hint="an exercise is a Nix file, in the folder or in a chapter: a folder in it such as 01-first-steps",
        )
    return found


def is_of(folder: str, path: str) -> bool:
    """Whether a path is a file in a folder, and no link out of it: a course has what its author has, not its reader."""
    return os.path.isfile(path) and os.path.realpath(path).startswith(os.path.join(os.path.realpath(folder), ""))


def _chapter_title(folder: str) -> str:
    """What a chapter is called: the first line of its chapter.txt, or what its folder's name says."""
    title, file = "", os.path.join(folder, TITLE)
    with contextlib.suppress(OSError):
        if is_of(folder, file):
            with open(file, encoding="utf-8", errors="replace") as opened:
                title = opened.readline(200).strip()
    return title or _NUMBER.sub("", _base(folder)).replace("-", " ")


def named(all_of_them: list[Exercise], word: str) -> Exercise:
    """The exercise that a user names, by its whole name or a part that only one has."""
    exact = [one for one in all_of_them if word in (one.name, one.name.partition("/")[2])]
    partly = exact or [one for one in all_of_them if word in one.name]
    if len(partly) != 1:
        what = "is no exercise" if not partly else "could be " + ", ".join(one.name for one in partly[:4])
        raise UsageError(f"'{word}' {what}", hint="lixeval learn --list names them")
    return partly[0]


def chosen(all_of_them: list[Exercise], word: str) -> list[Exercise]:
    """The exercises of the one chapter that a user names by a part of its name; else the exercise that he names."""
    chapters = {one.name.partition("/")[0] for one in all_of_them}
    partly = [chapter for chapter in chapters if word in chapter]
    if len(partly) != 1 or any(word == one.name.partition("/")[2] for one in all_of_them):
        return [named(all_of_them, word)]
    return [one for one in all_of_them if one.name.startswith(f"{partly[0]}/")]


def _files(folder: str) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name.endswith(".nix") and not name.startswith("."))


def _holds_nix(folder: str) -> bool:
    return _NUMBER.match(os.path.basename(folder)) is not None and bool(_files(folder))


def _base(folder: str) -> str:
    return os.path.basename(os.path.abspath(folder))


def _read(name: str, path: str) -> Exercise:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return parse(name, path, file.read(), _chapter_title(os.path.dirname(path)))

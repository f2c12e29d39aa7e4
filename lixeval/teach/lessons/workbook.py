"""The learner's copies of exercises: a folder with the same chapters, each file made when it is first asked for.

What else a chapter holds (files that exercises import) is copied beside them, so that every copy evaluates by
itself; links are not followed.
"""

from __future__ import annotations

import os
import shutil

from lixeval.errors import SystemFailure
from lixeval.teach.lessons.exercise import Exercise


class Workbook:
    """Copies below `folder`, which is made with the first."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def path(self, exercise: Exercise) -> str:
        """Where the learner's copy is."""
        return os.path.join(self.folder, f"{exercise.name}.nix")

    def text(self, exercise: Exercise) -> str:
        """The learner's text; handed out where there is none yet."""
        path = self.path(exercise)
        try:
            if not os.path.lexists(path):
                self._hand_out(exercise, path)
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                return file.read()
        except OSError as error:
            raise SystemFailure(f"cannot keep your copy in '{path}': {error.strerror}") from None

    def _hand_out(self, exercise: Exercise, path: str) -> None:
        chapter = os.path.dirname(path)
        os.makedirs(chapter, exist_ok=True)
        for entry in os.scandir(os.path.dirname(exercise.path)):
            target = os.path.join(chapter, entry.name)
            if os.path.lexists(target) or entry.name.startswith(".") or entry.is_symlink():
                continue
            if entry.is_dir():
                shutil.copytree(entry.path, target, symlinks=True)
            elif not entry.name.endswith(".nix"):
                shutil.copyfile(entry.path, target)
        with open(path, "x", encoding="utf-8", errors="surrogateescape") as file:
            file.write(exercise.handed_out)

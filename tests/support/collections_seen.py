"""What Python's garbage collector does in a process that a test starts as users do: a line for each of its looks."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_TOLD = """
import gc, os
def tell(phase, about, write=os.write, flags=os.O_WRONLY | os.O_CREAT | os.O_APPEND):
    if phase == "stop":
        descriptor = os.open(os.environ["LOOKS"], flags)
        write(descriptor, b"%d %d\\n" % (about["generation"], about["collected"]))
        os.close(descriptor)
gc.callbacks.append(tell)
"""


class Looks:
    """The looks for cycles of all processes with this `environment`, which is all that Python needs to tell of them."""

    def __init__(self, folder: Path) -> None:
        (folder / "told").mkdir()
        (folder / "told" / "sitecustomize.py").write_text(_TOLD)
        self._file = folder / "told" / "looks"
        self.environment = {
            "LOOKS": os.fspath(self._file),
            "PYTHONPATH": os.pathsep.join([os.fspath(folder / "told"), *sys.path]),
        }

    def freed(self) -> int:
        """How many objects they have found and freed."""
        return sum(freed for _, freed in self._told())

    def whole(self) -> int:
        """How many of them went through all objects."""
        return sum(generation == 2 for generation, _ in self._told())

    def _told(self) -> list[tuple[int, int]]:
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        return [(int(generation), int(freed)) for generation, freed in map(str.split, lines)]

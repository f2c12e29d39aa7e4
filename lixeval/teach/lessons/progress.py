"""Which exercises were solved, for the next time: a JSON file in the user's folder, by folder of exercises and name.

Nothing depends on it: a file that cannot be read counts as none, one that cannot be written is told of by the caller.
"""

from __future__ import annotations

import json
import os

from lixeval.system.atomic import write_file
from lixeval.system.directories import data_directory

_LARGEST = 1 << 20


class Progress:
    """What was solved of the exercises in `folder`."""

    def __init__(self, folder: str, file: str | None = None) -> None:
        self._folder = os.path.abspath(folder)
        self.file = file or os.path.join(data_directory(), "lessons.json")

    def solved(self) -> set[str]:
        """Names of exercises."""
        found = self._read().get(self._folder)
        return {name for name in found if isinstance(name, str)} if isinstance(found, list) else set()

    def solve(self, name: str) -> None:
        """Notes that one is solved; OSError where that cannot be written."""
        self._write(self.solved() | {name})

    def forget(self) -> None:
        """Begins anew."""
        self._write(set())

    def _write(self, names: set[str]) -> None:
        everything = self._read() | {self._folder: sorted(names)}
        os.makedirs(os.path.dirname(self.file), exist_ok=True)
        write_file(self.file, json.dumps(everything, indent=1).encode())

    def _read(self) -> dict[str, object]:
        try:
            with open(self.file, encoding="utf-8") as file:
                found = json.loads(file.read(_LARGEST))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

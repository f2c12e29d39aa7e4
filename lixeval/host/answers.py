"""What was once found out about this host, kept as files: a warm run reads one small text a package and nothing else.

    DIRECTORY/index.json, attributes/NAME.json, packages/NAME.json        the answers of `describe`, plus
        stamp       which records the answer came from: it holds while they are the same
        watch       files and directories that it came from besides, with theirs
        searched    the PATH that was looked on, where the records had no answer

Real Nix reads the same files (embedded/host.nix).  Nothing here imports what finds answers out: that is only loaded for
a question whose answer is not kept.
"""

from __future__ import annotations

import os

from lixeval.errors import EvalError
from lixeval.formats.json_reading import parse_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

LAYOUT_VERSION = 1
"""Raised whenever the same host files are laid out or patched differently, so that store paths differ too."""

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def search_path() -> str:
    """The PATH that programs outside any package are looked for on."""
    return os.environ.get("PATH", SYSTEM_PATH)


def file_stamp(path: str) -> str:
    """Changes whenever the file, or what a directory lists, does; "" for what is not there."""
    try:
        status = os.stat(path)
    except OSError:
        return ""
    return f"{status.st_mtime_ns}-{status.st_size}"


class Answers:
    """The answers kept in `directory` (None: nowhere), found out by `find_out` when there is none that holds.

    `records` is the stamp of the records that they come from; `places` are the files of these, there or not.
    """

    def __init__(
        self,
        directory: str | None,
        records: str,
        find_out: Callable[[str], dict[str, Any]],
        places: Iterable[str] = (),
    ) -> None:
        self._directory = directory
        self._stamp = records
        self._find_out = find_out
        self.places = list(places)
        self.not_kept = ""
        """Why answers could not be kept: the operating system's words, with the file's name."""

    def describe(self, question: str) -> dict[str, Any]:
        """The answer to a question: `index`, `packages/NAME` and so on (see `lixeval.host.describe`)."""
        kept = self._kept(question)
        if kept is None:
            kept = self._find_out(question)
            self._keep(question, kept)
        return kept

    def find_out(self, question: str) -> dict[str, Any]:
        """An answer that is not to be kept."""
        return self._find_out(question)

    def sources(self, question: str, answer: dict[str, Any]) -> list[str]:
        """The files besides `places` that an answer holds as long as: the one it is kept in, and what it watches."""
        path = self._path(question)
        return [] if path is None else [path, *answer.get("watch", ())]

    def is_kept(self, question: str) -> bool:
        """Whether the question would be answered once more from what is kept."""
        return self._kept(question) is not None

    def _path(self, question: str) -> str | None:
        return None if self._directory is None else f"{self._directory}/{question}.json"

    def _kept(self, question: str) -> dict[str, Any] | None:
        path = self._path(question)
        if path is None:
            return None
        try:
            with open(path, encoding="utf-8") as file:
                answer: dict[str, Any] = parse_json(file.read())
        except (OSError, ValueError, EvalError):
            return None
        holds = (
            answer.get("stamp") == self._stamp
            and answer.get("searched", search_path()) == search_path()
            and all(file_stamp(name) == stamp for name, stamp in answer.get("watch", {}).items())
        )
        return answer if holds else None

    def _keep(self, question: str, answer: dict[str, Any]) -> None:
        """Write the answer in one step, so that no other process ever reads half of it."""
        path = self._path(question)
        if path is None:
            return
        watched: Iterable[str] = answer.get("watch", ())
        kept = {**answer, "stamp": self._stamp, "watch": {name: file_stamp(name) for name in watched}}
        import json

        from lixeval.system.atomic import write_file

        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write_file(path, json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False).encode())
        except OSError as error:
            # The answer is right all the same; only the next run, and real Nix, have to do without.
            self.not_kept = f"{error.filename or path}: {error.strerror}"

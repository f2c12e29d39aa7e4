"""What a builder inside lixeval may read: the closure of its derivation's inputs, and nothing else.

A path in an attribute is somebody else's word: `/nix/store/../../etc/shadow`, a store path that is no input, or a link
that a sandboxed build has made to a file of the user's.  Here such a path is followed component by component, as the
store has it and not as the machine has it; what leads out of the closure is not there.

Valid store paths do not change, so that a path that was found here may be opened by its name afterwards.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable

from lixeval.errors import BuildError
from lixeval.formats.store_path import STORE_DIR

_MOST_LINKS = 40


class Inputs:
    """The readable store of one build; `real` tells where the files of a store path in `closure` lie."""

    def __init__(self, closure: Iterable[str], real: Callable[[str], str]) -> None:
        self._closure = frozenset(closure)
        self._real = real

    def real(self, path: str) -> str:
        """Where the files of a path lie; links on the way are followed, the last component is not.

        Raises BuildError for a path that is not among the inputs, or leads out of them.
        """
        return self._found(path, last=False)

    def followed(self, path: str) -> str:
        """The same with the last component followed as well: where the bytes are."""
        return self._found(path, last=True)

    def _found(self, path: str, last: bool) -> str:
        check(path)
        real, mode, outside = self._walk(path, last)
        if outside:
            raise BuildError(
                f"'{path}' leads to '{real}', which is not among the inputs of this derivation",
                hint="a builder sees only what its derivation's attributes mention as store paths",
            )
        if mode is None:
            raise BuildError(f"'{path}' does not exist")
        return real

    def resolve(self, path: str) -> tuple[str, int | None]:
        """The real path of a logical one with all links followed, and its mode; None where nothing is there.

        What leads out of the inputs is not there; then the path is that at which the way ended.
        """
        real, mode, _ = self._walk(path, last=True)
        return real, mode

    def is_link(self, path: str) -> bool:
        """Whether a path is a symlink itself."""
        _, mode, _ = self._walk(path, last=False)
        return mode is not None and stat.S_ISLNK(mode)

    def _walk(self, path: str, last: bool) -> tuple[str, int | None, bool]:
        """(real path, mode, whether it is outside) of a path; outside the path is the logical one."""
        if not path.startswith(STORE_DIR + "/"):
            return path, None, True
        waiting = path[len(STORE_DIR) :].split("/")[::-1]
        done: list[str] = []
        real, mode, links = "", stat.S_IFDIR, 0
        while waiting:
            part = waiting.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if not done:
                    return os.path.dirname(STORE_DIR), None, True
                done.pop()
                mode = stat.S_IFDIR
                continue
            logical = "/".join((STORE_DIR, *done, part))
            if not done and logical not in self._closure:
                return logical, None, True
            real = self._real(logical)
            try:
                mode = os.lstat(real).st_mode
            except (FileNotFoundError, NotADirectoryError):
                return logical, None, False
            if not stat.S_ISLNK(mode) or not (last or any(waiting)):
                done.append(part)
                continue
            links += 1
            target = os.readlink(real)
            if links > _MOST_LINKS:
                return logical, None, False
            if target.startswith("/"):
                if not target.startswith(STORE_DIR + "/"):
                    return target, None, True
                done, target = [], target[len(STORE_DIR) :]
            waiting += target.split("/")[::-1]
        if not done:
            return STORE_DIR, None, True
        return self._real("/".join((STORE_DIR, *done))), mode, False


def check(path: str) -> None:
    """Raise BuildError for what is no path in the store."""
    if not path.startswith(STORE_DIR + "/") or "\0" in path or ".." in path.split("/"):
        raise BuildError(f"'{path}' is not a path in the Nix store")

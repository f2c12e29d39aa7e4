"""A tree that a script makes, in memory until it is finished: folders, links and files below its own folders.

What is read lies among the inputs of the build (`inputs`) and is only looked at; what is made is an entry here.  So no
script leads out of its output, whatever links it makes, and nothing depends on the rights of who runs it: a folder that
was copied from the store cannot be written to, as for the shell's builder.

    tree = { absolute path -> Folder | Link | File }
"""

from __future__ import annotations

import os
import stat

from lixeval.errors import BuildError
from lixeval.formats.store_path import STORE_DIR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lixeval.build.builders.inputs import Inputs
    from lixeval.build.builders.output_tree import OutputTree


class Folder:
    """A folder; one that came from the store cannot be written to."""

    __slots__ = ("writable",)

    def __init__(self, *, writable: bool = True) -> None:
        self.writable = writable


class Link:
    """A symlink."""

    __slots__ = ("target",)

    def __init__(self, target: str) -> None:
        self.target = target


class File:
    """A file: the bytes in `data`, or those of the file at the real path `source`."""

    __slots__ = ("data", "executable", "source", "writable")

    def __init__(
        self, data: bytes = b"", *, source: str | None = None, executable: bool = False, writable: bool = True
    ) -> None:
        self.data = data
        self.source = source
        self.executable = executable
        self.writable = writable

    def contents(self) -> bytes:
        """Its bytes."""
        if self.source is None:
            return self.data
        with open(self.source, "rb") as file:
            return file.read()


class MadeTree:
    """What is made below `roots`, over what can be read among `inputs`.  Paths are absolute; failures BuildErrors."""

    def __init__(self, inputs: Inputs, roots: Iterable[str]) -> None:
        self._inputs = inputs
        self._roots = tuple(roots)
        self.entries: dict[str, Folder | Link | File] = {}

    def is_own(self, path: str) -> bool:
        """Whether a path is one that may be made."""
        return any(path == root or path.startswith(root + "/") for root in self._roots)

    def found(self, path: str, *, follow: bool = True) -> tuple[str, Folder | Link | File | None]:
        """Where a path leads, and what is there."""
        for _ in range(40):
            path = self._place(os.path.normpath(path))
            entry = self._at(path)
            if not follow or not isinstance(entry, Link):
                return path, entry
            path = os.path.join(os.path.dirname(path), entry.target)
        return path, None

    def _place(self, path: str) -> str:
        """The path with the links above its last component followed."""
        above, name = os.path.split(path)
        if above == "/" or above in self._roots or not self._is_below_link(above):
            return path
        return os.path.join(self.found(above)[0], name)

    def _is_below_link(self, above: str) -> bool:
        while self.is_own(above) and above not in self._roots:
            if isinstance(self.entries.get(above), Link):
                return True
            above = os.path.dirname(above)
        return isinstance(self.entries.get(above), Link)

    def _at(self, path: str) -> Folder | Link | File | None:
        if self.is_own(path):
            return self.entries.get(path)
        if path == STORE_DIR or STORE_DIR.startswith(path.rstrip("/") + "/"):
            return Folder(writable=False)
        above = os.path.dirname(path)
        if above == STORE_DIR:
            return self._input(path)
        real, mode = self._inputs.resolve(above)
        if mode is None or not stat.S_ISDIR(mode):
            return None
        return _entry(os.path.join(real, os.path.basename(path)))

    def _input(self, path: str) -> Folder | Link | File | None:
        """A store path itself."""
        real, mode = self._inputs.resolve(path)
        if mode is None:
            return None
        return _entry(self._inputs.real(path)) if self._inputs.is_link(path) else _entry(real)

    def is_folder(self, path: str) -> bool:
        """Whether a path leads to a folder."""
        return isinstance(self.found(path)[1], Folder)

    def names(self, folder: str) -> list[str]:
        """What is in a folder, sorted by bytes."""
        path, entry = self.found(folder)
        if not isinstance(entry, Folder):
            return []
        if self.is_own(path):
            below = path + "/"
            return sorted(
                name[len(below) :] for name in self.entries if name.startswith(below) and "/" not in name[len(below) :]
            )
        real, _ = self._inputs.resolve(path)
        return sorted(os.listdir(real), key=os.fsencode)

    def put(self, path: str, entry: Folder | Link | File, *, replace: bool = False) -> None:
        """Makes something at a path, whose folder must be there; a file or link there may be replaced."""
        path, there = self.found(path, follow=False)
        if not self.is_own(path):
            raise BuildError(f"'{path}' cannot be made: it is not in the output")
        above = os.path.dirname(path)
        if path not in self._roots:
            folder = self.entries.get(above)
            if not isinstance(folder, Folder):
                raise BuildError(f"'{path}' cannot be made: No such file or directory")
            if not folder.writable:
                raise BuildError(f"'{path}' cannot be made: Permission denied")
        if there is not None and (not replace or isinstance(there, Folder)):
            raise BuildError(f"'{path}' cannot be made: File exists")
        self.entries[path] = entry

    def remove(self, path: str) -> None:
        """Removes what is at a path, with all below it."""
        for name in [name for name in self.entries if name == path or name.startswith(path + "/")]:
            del self.entries[name]

    def folder(self, path: str) -> None:
        """Makes a folder and those above it; one that is there is fine."""
        if not self.is_folder(path):
            if path not in self._roots:
                self.folder(os.path.dirname(path))
            self.put(path, Folder())

    def write(self, root: str, tree: OutputTree) -> None:
        """Puts what was made at `root` into an output."""
        top = self.entries.get(root)
        if top is None:
            raise BuildError(f"builder failed to produce output path '{root}'")
        for path in sorted(name for name in self.entries if name == root or name.startswith(root + "/")):
            place, entry = path[len(root) :], self.entries[path]
            if isinstance(entry, Folder):
                tree.folder(place)
            elif isinstance(entry, Link):
                tree.link(place, entry.target)
            else:
                tree.write(place, entry.contents(), executable=entry.executable)


def _entry(real: str) -> Folder | Link | File | None:
    """What lies at a real path."""
    try:
        mode = os.lstat(real).st_mode
    except OSError:
        return None
    if stat.S_ISDIR(mode):
        return Folder(writable=False)
    if stat.S_ISLNK(mode):
        return Link(os.readlink(real))
    return File(source=real, executable=bool(mode & 0o100), writable=False)

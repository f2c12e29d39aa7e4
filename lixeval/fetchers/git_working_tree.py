"""The tracked files of a working directory, as they are there, changed or not.

What Git tracks is what the index lists.  Of that is taken what is there as a file or a link, in folders that are
folders: nothing is looked at through a link, neither the last one of a path nor one on the way, and what is not there,
or is something else by now, is left out with the folders that hold nothing more.  C++: `getWorkdirInfo`,
`AllowListSourceAccessor`.
"""

from __future__ import annotations

import os
import stat

from lixeval.errors import EvalError
from lixeval.fetchers.git_names import problem_with
from lixeval.fetchers.git_objects import Entry
from lixeval.formats.byte_text import bytes_of, text_of
from lixeval.formats.nar_events import CHUNK
from lixeval.system.opening import open_soon

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lixeval.fetchers.git_repository import Repository

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


class WorkingTree:
    """A working directory compared with what is committed; to be closed.

    `entries` are the files and links that Git tracks and that are there; `submodules` the places of submodules.
    """

    def __init__(self, repository: Repository, head: str | None) -> None:
        self._repository = repository
        repository.copy_index()
        names = _tracked(repository)
        self._tell(names)
        self.submodules = sorted(name for name, kind in names.items() if kind == "submodule")
        files = [name for name, kind in names.items() if kind != "submodule"]
        self._newest = 0
        self._root = os.open(bytes_of(repository.directory), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self.entries = dict(self._present(files))
        missing = [name for name in files if name not in self.entries]
        self.is_dirty = any(names[name] == "file" for name in missing) or self._differs(head)

    def _tell(self, names: Iterable[str]) -> None:
        """Tells of all that a comparison with the working directory follows from: what Git tracks, and attributes."""
        repository, machine = self._repository, self._repository.machine
        if not machine.takes_notes:
            return
        folders = {""}
        files = [f"{repository.directory}/{name}" for name in names]
        for name in names:
            folder = name.rpartition("/")[0]
            while folder not in folders:
                folders.add(folder)
                folder = folder.rpartition("/")[0]
        below = [f"{repository.directory}/{folder}" for folder in folders if folder]
        attributes = [f"{folder}/.gitattributes" for folder in (repository.directory, *below)]
        for path in (*below, *attributes, *files):
            machine.depends_on(path)
        if repository.converts_files(attributes):
            machine.relies_on(files)

    def close(self) -> None:
        os.close(self._root)

    def _differs(self, head: str | None) -> bool:
        """Whether the index differs from what is committed, or tracked files from the index."""
        private = self._repository.private
        self._say_what_is_settled(f"{private.directory}/index")
        with open(bytes_of(f"{private.directory}/HEAD"), "w", encoding="ascii") as file:
            file.write(f"{head}\n" if head is not None else "ref: refs/heads/none\n")
        place = f"--work-tree={self._repository.directory}"
        shown = private.run(
            *(
                place,
                "status",
                "--porcelain=v1",
                "-z",
                "--untracked-files=no",
                "--ignore-submodules=all",
                "--no-renames",
            )
        )
        return bool(shown)

    def _say_what_is_settled(self, index: str) -> None:
        """Tells git by the time of the index that its records of files hold, where they do.

        Git counts in seconds here and would compare the contents of files of the index's own second, which differ from
        what is committed where a filter (as that of large files) has changed them; it is not run here.
        """
        try:
            written = os.lstat(bytes_of(index)).st_mtime_ns
        except FileNotFoundError:
            return
        if self._newest < written:
            later = written + 1_000_000_000
            os.utime(bytes_of(index), ns=(later, later))

    def _present(self, files: Iterable[str]) -> Iterator[tuple[str, Entry]]:
        """Those files that are there, each with what it is now."""
        by_folder: dict[str, list[str]] = {}
        for path in files:
            folder, _, name = path.rpartition("/")
            by_folder.setdefault(folder, []).append(name)
        for folder, names in by_folder.items():
            descriptor = self._opened_folder(folder)
            if descriptor is None:
                continue
            try:
                for name in names:
                    kind = self._kind_now(descriptor, name)
                    if kind is not None:
                        yield (f"{folder}/{name}" if folder else name), Entry(kind, "")
            finally:
                os.close(descriptor)

    def _kind_now(self, directory: int, name: str) -> str | None:
        try:
            status = os.lstat(bytes_of(name), dir_fd=directory)
        except OSError:
            return None
        self._newest = max(self._newest, status.st_mtime_ns)
        if stat.S_ISLNK(status.st_mode):
            return "link"
        if stat.S_ISREG(status.st_mode):
            return "executable" if status.st_mode & stat.S_IXUSR else "file"
        return None

    def _opened_folder(self, folder: str) -> int | None:
        """A descriptor of a folder below the working directory; None where there is none, or a link on the way."""
        descriptor = os.dup(self._root)
        for part in folder.split("/") if folder else ():
            try:
                below = os.open(bytes_of(part), _FOLDER, dir_fd=descriptor)
            except OSError:
                os.close(descriptor)
                return None
            os.close(descriptor)
            descriptor = below
        return descriptor

    def is_folder(self, path: str) -> bool:
        """Whether a path below the working directory is a folder, and no link on the way there."""
        descriptor = self._opened_folder(path)
        if descriptor is None:
            return False
        os.close(descriptor)
        return True

    def read_link(self, path: str) -> str:
        """What a link says now."""
        folder, _, name = path.rpartition("/")
        descriptor = self._opened_folder(folder)
        if descriptor is None:
            raise self._changed(path)
        try:
            return text_of(os.readlink(bytes_of(name), dir_fd=descriptor))
        except OSError:
            raise self._changed(path) from None
        finally:
            os.close(descriptor)

    def open_file(self, path: str) -> tuple[int, Iterator[bytes]]:
        """The size and the bytes of a file; the bytes are to be taken to their end."""
        folder, _, name = path.rpartition("/")
        directory = self._opened_folder(folder)
        if directory is None:
            raise self._changed(path)
        try:
            descriptor = open_soon(bytes_of(name), _FILE, directory)
        except OSError as error:
            raise EvalError(f"opening file '{self._repository.directory}/{path}': {error.strerror}") from None
        finally:
            os.close(directory)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise self._changed(path)
        return status.st_size, self._chunks(descriptor, status.st_size, path)

    def _chunks(self, descriptor: int, size: int, path: str) -> Iterator[bytes]:
        with open(descriptor, "rb", buffering=0) as file:
            rest = size
            while rest:
                chunk = file.read(min(rest, CHUNK))
                if not chunk:
                    raise self._changed(path)
                rest -= len(chunk)
                yield chunk

    def _changed(self, path: str) -> EvalError:
        return EvalError(f"'{self._repository.directory}/{path}' changed while it was read")


def _tracked(repository: Repository) -> dict[str, str]:
    """What the index lists: path to "file", "assumed" (one that git is told to take for unchanged) or "submodule".

    Names that `git fsck` would refuse are refused.
    """
    found: dict[str, str] = {}
    for line in repository.private.names("ls-files", "-z", "--stage", "-v"):
        description, _, path = line.partition("\t")
        for part in bytes_of(path).split(b"/"):
            problem = problem_with(part)
            if problem is not None:
                raise EvalError(
                    f"the Git repository '{repository.directory}' is refused: its index has a path '{path}' that "
                    f"{problem.partition(': ')[2]}",
                    hint=f"git fsck calls this {problem.partition(':')[0]}",
                )
        tag, mode, *_ = description.split(" ")
        found[path] = "submodule" if mode == "160000" else "assumed" if tag.islower() else "file"
    return found

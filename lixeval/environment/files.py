"""The only door from evaluation to the file system.

Everything that an expression reads comes through here: sources of `import`, `readFile`, `readDir`, the search path,
paths copied to the store.  A *logical* path is what the expression says; store paths (/nix/store/…) are read where the
store really keeps them, `<nix/…>` among the files that come with lixeval, all others as they are.  The real path is
then asked of a `Machine`.

In pure and in restricted mode only paths below (or above) an allowed one may be looked at; symbolic links are then
followed here, component by component, each step checked, so that a link does not lead out.  Otherwise the kernel
follows them, and the slow way is taken only to word an error, or when a link leads into a store that lies elsewhere.

C++: `EvalState::rootFS`, `AllowListSourceAccessor`, `SourcePath::resolveSymlinks`, `resolveExprPath`.
"""

from __future__ import annotations

import os

from lixeval.environment.machine import Machine
from lixeval.errors import AccessForbidden, EvalError, FormatError
from lixeval.formats.store_path import STORE_DIR, StorePath
from lixeval.runtime.operators import canonical_path
from lixeval.system.directories import EMBEDDED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lixeval.environment.machine import Identity
    from lixeval.environment.settings import Settings
    from lixeval.environment.store import Store
    from lixeval.formats.hashes import Hash
    from lixeval.system.fingerprints import Stamp

EMBEDDED_PREFIX = "<nix/"
"""Paths that begin so name files that come with lixeval, as `<nix/fetchurl.nix>`, which is also how they print."""

_EMBEDDED_FILES = ("fetchurl.nix", "derivation-internal.nix")
_STORE_PREFIX = STORE_DIR + "/"
_MAX_LINKS = 1024


class Files:
    """Reads files for one evaluator, under its settings, remembering what was copied to the store."""

    __slots__ = (
        "_allowed",
        "_copies",
        "_expressions",
        "_guarded",
        "_machine",
        "_plain",
        "_settings",
        "_store",
        "_store_is_elsewhere",
    )

    def __init__(self, settings: Settings, store: Store, machine: Machine) -> None:
        self._settings = settings
        self._store = store
        self._machine = machine
        self._guarded = settings.pure or settings.restricted
        self._allowed = {canonical_path(path) for path in settings.allowed_paths}
        if settings.restricted:
            # What the search path names may be read, through links and without them.
            for path in [os.path.expanduser(path) for _, path in settings.search_path]:
                self._allowed.update((canonical_path(os.path.abspath(path)), os.path.realpath(path)))
        self._copies: dict[str, str] = {}
        self._expressions: dict[str, str] = {}
        self._plain: dict[str, Identity] = {}
        """Directories that no link led to when they were last looked for, the way to them included."""
        self._store_is_elsewhere: bool | None = None

    # Access

    def allow(self, path: str) -> None:
        """Lets pure and restricted evaluation read `path` and what is below it."""
        self._allowed.add(path)

    def allowed(self) -> list[str]:
        """What may be read, as far as that is restricted."""
        return sorted(self._allowed)

    def check(self, path: str) -> None:
        """Raise Nix's error where the mode forbids to look at `path`."""
        if self._guarded and not self._is_allowed(path):
            mode = (
                "in pure evaluation mode (use '--impure' to override)" if self._settings.pure else "in restricted mode"
            )
            raise AccessForbidden(f"access to absolute path '{path}' is forbidden {mode}")

    def _is_allowed(self, path: str) -> bool:
        if path.startswith(EMBEDDED_PREFIX):
            return True
        below = path if path.endswith("/") else path + "/"
        return any(
            path == allowed or path.startswith(allowed.rstrip("/") + "/") or allowed.startswith(below)
            for allowed in self._allowed
        )

    def real(self, path: str) -> str:
        """Where the file system has the logical `path`: an object is in our store, or else in that of the machine."""
        if path.startswith(_STORE_PREFIX) or path == STORE_DIR:
            real = self._store.real(path)
            if real == path:
                return path
            below = "".join(path[len(_STORE_PREFIX) :].partition("/")[1:])
            return real if self._machine.is_there(real.removesuffix(below)) else path
        if path.startswith(EMBEDDED_PREFIX):
            name = path[len(EMBEDDED_PREFIX) : -1]
            return f"{EMBEDDED}/{name if name in _EMBEDDED_FILES else '.none'}"
        return path

    def _kernel_may_follow(self) -> bool:
        """Whether following links can be left to the kernel where it does not fail."""
        return not self._guarded

    def _link_may_lead_into_store(self) -> bool:
        if self._store_is_elsewhere is None:
            self._store_is_elsewhere = self._store.real(STORE_DIR) != STORE_DIR
        return self._store_is_elsewhere

    # Looking

    def kind(self, path: str) -> str | None:
        """The type of a file by `readFileType`'s names, its own link not followed; None where there is nothing."""
        self.check(path)
        try:
            return self._machine.kind(self.real(path))
        except OSError as error:
            raise _failure(f"getting status of '{path}'", path, error) from None

    def exists(self, path: str, *, as_directory: bool = False) -> bool:
        """`builtins.pathExists`: whether there is such a path (a dangling link is one), or such a directory."""
        if self._kernel_may_follow():
            try:
                kind = self._machine.kind(self.real(path), follow=as_directory)
            except OSError:
                pass
            else:
                if kind is not None or not self._link_may_lead_into_store():
                    return kind == "directory" if as_directory else kind is not None
        kind = self.kind(self.resolve(path, last=as_directory))
        return kind == "directory" if as_directory else kind is not None

    def resolve(self, path: str, *, last: bool = True) -> str:
        """`path` with symbolic links followed, each step checked; with `last` False the last component is kept."""
        if path.startswith(EMBEDDED_PREFIX):
            return path
        found = self._known_part(path)
        links = 0
        todo = path[len(found) :].split("/")[::-1]
        while todo:
            part = todo.pop()
            if part in ("", "."):
                continue
            if part == "..":
                found = found.rpartition("/")[0]
                continue
            step = f"{found}/{part}"
            if (last or todo) and self._is_link(step):
                links += 1
                if links > _MAX_LINKS:
                    raise EvalError(f"infinite symlink recursion in path '{path}'")
                target = self._machine.target(self.real(step))
                if target.startswith("/"):
                    found = ""
                todo.extend(target.split("/")[::-1])
            else:
                found = step
        return found or "/"

    def _is_link(self, step: str) -> bool:
        """Whether the last component of a path is a link, all others being none."""
        self.check(step)
        try:
            kind, identity = self._machine.look(self.real(step))
        except OSError as error:
            raise _failure(f"getting status of '{step}'", step, error) from None
        if identity is not None:
            self._plain[step] = identity
        return kind == "symlink"

    def _known_part(self, path: str) -> str:
        """How much of a path need not be gone through: the longest directory on the way that is known, and is the same.

        Whatever has become of the way since, it leads to what it led to.
        """
        folder = path.rpartition("/")[0]
        while folder and folder not in self._plain:
            folder = folder.rpartition("/")[0]
        if folder:
            try:
                if self._machine.look(self.real(folder))[1] == self._plain[folder]:
                    return folder
            except OSError:
                pass
            del self._plain[folder]
        return ""

    # Reading

    def read(self, path: str) -> bytes:
        """The bytes of a file; links are followed."""
        if self._kernel_may_follow():
            try:
                return self._machine.read(self.real(path))
            except OSError:
                pass
        path = self.resolve(path)
        self.check(path)
        try:
            return self._machine.read(self.real(path))
        except IsADirectoryError as error:
            raise _failure(f"reading from file '{path}'", path, error) from None
        except OSError as error:
            if path.startswith(EMBEDDED_PREFIX):
                raise _none_embedded(path) from None
            raise _failure(f"opening file '{path}'", path, error) from None

    def is_as_known(self, path: str, stamp: Stamp, content: bytes) -> bool:
        """Whether a file need not be read, since its stamp stands for the content whose digest this is.

        Never where each link has to be checked.
        """
        return self._kernel_may_follow() and self._machine.is_as_known(self.real(path), stamp, content)

    def list(self, path: str) -> dict[str, str]:
        """The entries of a directory, each with its kind; the directory's own links are followed."""
        if self._kernel_may_follow():
            try:
                return self._machine.entries(self.real(path))
            except OSError:
                pass
        path = self.resolve(path)
        self.check(path)
        try:
            found = self._machine.entries(self.real(path))
        except OSError as error:
            if path.startswith(EMBEDDED_PREFIX):
                raise _none_embedded(path, "is not a directory" if self.kind(path) else "does not exist") from None
            raise _failure(f"reading directory {path}", path, error) from None
        if not self._guarded:
            return found
        return {name: kind for name, kind in found.items() if self._is_allowed(f"{path.rstrip('/')}/{name}")}

    def resolve_expression(self, path: str) -> str:
        """The file to evaluate for `import path`: its own links followed, and for a directory its `default.nix`."""
        known = self._expressions.get(path)
        if known is None:
            known = self._expressions[path] = self._find_expression(path)
        return known

    def _find_expression(self, path: str) -> str:
        asked = path
        kind: str | None = "directory"
        for _ in range(_MAX_LINKS):
            if path == "/" or path.startswith(EMBEDDED_PREFIX):
                break
            place = self.resolve(path, last=False) if not self._kernel_may_follow() else path
            kind = self.kind(place)
            if kind is None and self._kernel_may_follow() and self._link_may_lead_into_store():
                place = self.resolve(path, last=False)
                kind = self.kind(place)
            if kind is None:
                raise EvalError(f"path '{place}' does not exist", about=(place,))
            if kind != "symlink":
                break
            # As C++ does, the target is taken relative to the directory that was named, not to the one it leads to.
            path = canonical_path(os.path.join(os.path.dirname(path), self._machine.target(self.real(place))))
        else:
            raise EvalError(f"too many symbolic links encountered while traversing the path '{asked}'")
        if path.startswith(EMBEDDED_PREFIX):
            if self.kind(path) is None:
                raise EvalError(f"path '{path}' does not exist", about=(path,))
            return path
        if kind != "directory":
            return path
        return "/default.nix" if path == "/" else f"{path}/default.nix"

    # Copying to the store

    def copy_to_store(self, path: str) -> str:
        """The store path of a copy of `path`, as interpolating a path makes one; each path is copied once."""
        known = self._copies.get(path)
        if known is None:
            if path.endswith(".drv"):
                raise EvalError("file names are not allowed to end in '.drv'")
            known = self._copies[path] = self.add(path, base_name(path), follow=False)
        return known

    def add(
        self,
        path: str,
        name: str,
        *,
        follow: bool = True,
        method: str = "recursive",
        filter: Callable[[str, str], bool] | None = None,
        expected: Hash | None = None,
        references: Iterable[StorePath] = (),
    ) -> str:
        """The store path of a copy of `path` under `name`; written unless evaluation may not write.

        `filter` is asked with logical paths. `expected` is handed on to the store.
        """
        path = self.resolve(path, last=follow)
        self.check(path)
        if self.kind(path) is None:
            raise EvalError(f"path '{path}' does not exist", about=(path,))
        source = self.real(path)
        if filter is not None and source != path:
            filter = _with_logical_paths(filter, source, path)

        def copy(filter: Callable[[str, str], bool] | None) -> str:
            if not self._settings.write_store:
                return self._store.compute_path(source, name, method=method, filter=filter)
            return self._store.add_path(
                source, name, method=method, filter=filter, expected=expected, references=references
            )

        try:
            added = self._machine.copy(source, name, method, filter, copy)
        except FormatError as error:
            raise EvalError(error.message, hint=error.hint) from None
        except IsADirectoryError as error:
            raise _failure(f"reading from file '{path}'", path, error) from None
        except OSError as error:
            raise _failure(f"opening file '{path}'", path, error) from None
        self.allow(added)
        return added


def base_name(path: str) -> str:
    """The last component of a logical path; C++ Nix calls the root "source"."""
    if path.startswith(EMBEDDED_PREFIX):
        path = path[:-1]
    return path.rpartition("/")[2] or "source"


def _with_logical_paths(filter: Callable[[str, str], bool], real: str, logical: str) -> Callable[[str, str], bool]:
    def ask(path: str, kind: str) -> bool:
        return filter(logical + path[len(real) :], kind)

    return ask


def _none_embedded(path: str, lack: str = "does not exist") -> EvalError:
    """C++ Nix has its own files in a tree of their own, and names them by their place in it."""
    return EvalError(f"file '/{path[len(EMBEDDED_PREFIX) : -1]}' {lack}", about=(path,))


def _failure(doing: str, path: str, error: OSError) -> EvalError:
    folder, _, name = path.rpartition("/")
    lacking = isinstance(error, FileNotFoundError) and name == "default.nix" and os.path.isdir(folder)
    hint = "the folder has no 'default.nix': name a file in it" if lacking else None
    return EvalError(f"{doing}: {error.strerror}", about=(path,), hint=hint)

"""A Git repository on this machine, read as data: its layout, its owner, its references.

    a working directory      DIRECTORY/.git is a folder, or a file "gitdir: PLACE" (a worktree, a submodule)
    a bare repository        DIRECTORY has HEAD, objects and refs itself
    commondir                in the folder of a worktree: where objects and references are

References are files ("ref: NAME" or a hash in hexadecimal digits) or lines of packed-refs.  Objects are read by git, in
a repository of lixeval's own that borrows them (`git_program`): nothing of the configuration here is obeyed but how
files are compared, which are words from a list.

As git itself does, lixeval leaves alone what belongs to somebody else, unless the user's own configuration names it in
safe.directory (CVE-2022-24765).  Source: gitrepository-layout(5), git's setup.c (`ensure_valid_ownership`), refs.c.
"""

from __future__ import annotations

import os
import re
import stat

from lixeval.environment.machine import Machine
from lixeval.errors import EvalError
from lixeval.fetchers.git_objects import Objects
from lixeval.fetchers.git_program import GitFailed, PrivateRepository, settings_in
from lixeval.fetchers.input_urls import BAD_REFERENCE
from lixeval.formats.byte_text import bytes_of, text_of
from lixeval.system.machines import user
from lixeval.system.opening import open_soon

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

_MOST_POINTER_BYTES = 8192
_MOST_CONFIGURATION_BYTES = 8 << 20
_MOST_REFERENCES_BYTES = 256 << 20
_MOST_SYMBOLIC = 5
_IDENTITY = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
_ABBREVIATION = re.compile(r"[0-9a-f]{4,64}", re.ASCII)
_CONVERTING_SETTINGS = frozenset(("autocrlf", "eol"))
_CONVERTING_ATTRIBUTES = re.compile(rb"text|crlf|eol|filter|ident|encoding")
_COMPARISON = {
    "core.filemode": ("true", "false"),
    "core.ignorecase": ("true", "false"),
    "core.symlinks": ("true", "false"),
    "core.autocrlf": ("true", "false", "input"),
    "core.eol": ("lf", "crlf", "native"),
}
"""Settings that say when a file is the same, with the words that they may have; they go into the private repository."""


class Repository:
    """A repository at `directory`, opened; to be closed.

    Its work tree is None for a bare one.  `private` is the repository in which git runs, made below `temporary`.  The
    `machine` is told of everything in the repository that an answer follows from, objects excepted: they are named by
    what they are.
    """

    def __init__(self, directory: str, temporary: str, machine: Machine | None = None) -> None:
        self.machine = Machine() if machine is None else machine
        self.directory = directory
        self.machine.depends_on(f"{directory}/.git")
        inner = f"{directory}/.git"
        self.is_bare = not _exists(inner)
        self.git_directory = directory if self.is_bare else self._followed(inner)
        self.common_directory = self._common()
        for name, is_kind in (("HEAD", os.path.lexists), ("objects", os.path.isdir)):
            place = self.git_directory if name == "HEAD" else self.common_directory
            self.machine.kind(f"{place}/{name}", follow=name != "HEAD")
            if not is_kind(bytes_of(f"{place}/{name}")):
                raise EvalError(f"'{directory}' is not a Git repository", hint=f"there is no '{place}/{name}'")
        outside = PrivateRepository(f"{temporary}/settings")
        self._check_owner(outside)
        content = self.read(f"{self.common_directory}/config", _MOST_CONFIGURATION_BYTES) or b""
        self._settings = dict(settings_in(outside, content))
        if self._settings.get("extensions.refstorage", "files") != "files":
            raise EvalError(
                f"the Git repository '{directory}' keeps its references in a form that lixeval does not read"
            )
        self.private = PrivateRepository(
            f"{temporary}/private",
            objects=f"{self.common_directory}/objects",
            settings=self._comparison(),
            hash_name="sha256" if self._settings.get("extensions.objectformat") == "sha256" else "sha1",
        )
        self._copy("shallow", self.common_directory)
        self.is_shallow = os.path.exists(bytes_of(f"{self.private.directory}/shallow"))
        self.origin = self._settings.get("remote.origin.url")
        """Where the repository says that it was cloned from: a name, to be checked as any other."""
        self._packed: dict[str, str] | None = None
        self.objects = Objects(self.private, directory)

    def __enter__(self) -> Repository:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.objects.close()

    def read(self, path: str, most: int) -> bytes | None:
        """As `read_plain_file`, of which the answer is known to depend."""
        self.machine.depends_on(path)
        return read_plain_file(path, most)

    # Layout

    def _followed(self, place: str) -> str:
        """The repository's own folder: `.git`, or where the file of that name says that it is."""
        self.machine.kind(place, follow=True)
        if os.path.isdir(bytes_of(place)):
            return place
        content = self.read(place, _MOST_POINTER_BYTES)
        if content is None or not content.startswith(b"gitdir: "):
            raise EvalError(f"'{self.directory}' is not a Git repository", hint=f"'{place}' names no repository")
        target = text_of(content[8:].rstrip(b"\r\n"))
        found = os.path.normpath(os.path.join(self.directory, target))
        self.machine.kind(found, follow=True)
        if not os.path.isdir(bytes_of(found)):
            raise EvalError(f"opening Git repository '{self.directory}': '{place}' names '{found}', which is not there")
        return found

    def _common(self) -> str:
        content = self.read(f"{self.git_directory}/commondir", _MOST_POINTER_BYTES)
        if content is None:
            return self.git_directory
        return os.path.normpath(os.path.join(self.git_directory, text_of(content.rstrip(b"\r\n"))))

    def _comparison(self) -> dict[str, str]:
        """What of the configuration says how files are compared."""
        return {
            name.removeprefix("core."): self._settings[name].lower()
            for name, words in _COMPARISON.items()
            if self._settings.get(name, "").lower() in words
        }

    def copy_index(self) -> None:
        """Gives the private repository a copy of the index, with its time, by which git tells what may have changed."""
        self.machine.depends_on(f"{self.git_directory}/index")
        for name in os.listdir(bytes_of(self.git_directory)):
            if name == b"index" or name.startswith(b"sharedindex."):
                self._copy(text_of(name), self.git_directory)

    def copy_attributes(self) -> None:
        """Gives the private repository a copy of info/attributes; attributes name no programs, only settings do."""
        os.makedirs(bytes_of(f"{self.private.directory}/info"), exist_ok=True)
        self._copy("info/attributes", self.common_directory)

    def converts_files(self, attributes: Iterable[str]) -> bool:
        """Whether files may be compared otherwise than byte by byte, as the configuration or `attributes` files say.

        Then the times of files count too: git compares those anew that are not of the index's times, and what was
        checked out before line ends were to be converted, or through a filter, is then another one.
        """
        return not _CONVERTING_SETTINGS.isdisjoint(self._comparison()) or any(
            _CONVERTING_ATTRIBUTES.search(read_plain_file(path, _MOST_CONFIGURATION_BYTES) or b"")
            for path in attributes
        )

    def _copy(self, name: str, place: str) -> None:
        source = bytes_of(f"{place}/{name}")
        content = self.read(f"{place}/{name}", _MOST_REFERENCES_BYTES)
        if content is None:
            return
        target = bytes_of(f"{self.private.directory}/{name}")
        with open(target, "wb") as file:
            file.write(content)
        status = os.lstat(source)
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))

    # Owner

    def _check_owner(self, private: PrivateRepository) -> None:
        """Refuses what belongs to somebody else, as git and C++ Nix do."""
        owners = {user()}
        sudo = self.machine.variable("SUDO_UID") if user() == 0 else ""
        if sudo.isdecimal():
            owners.add(int(sudo))
        places = {self.directory, self.git_directory, self.common_directory}
        if not self.is_bare:
            places.add(f"{self.directory}/.git")
        for place in places:
            self.machine.depends_on(place)
        strange = sorted(place for place in places if os.lstat(bytes_of(place)).st_uid not in owners)
        if strange and not _is_called_safe(private, self.directory, self.git_directory):
            raise EvalError(
                f"opening Git repository '{self.directory}': repository path '{strange[0]}' is not owned by "
                "current user",
                hint=f"if you trust whoever owns it: git config --global --add safe.directory '{self.directory}'",
            )
        if strange:
            self.machine.unrepeatable(f"'{strange[0]}' is trusted because git's configuration says so")

    # References

    def head(self) -> str | None:
        """The commit checked out; None where there is none yet."""
        found = self._reference("HEAD")
        return None if found is None else self.objects.commit_of(found)

    def head_name(self) -> str | None:
        """The reference that HEAD stands for; None where it is a commit itself."""
        content = self.read(f"{self.git_directory}/HEAD", _MOST_POINTER_BYTES) or b""
        return text_of(content[4:]).strip() if content.startswith(b"ref:") else None

    def resolve(self, name: str) -> str:
        """The commit that a branch, a tag, another reference or the beginning of a hash names.

        In a bare repository, as in any that is fetched from, a name without "refs/" is a branch's.
        """
        if name == "HEAD" or name.startswith("refs/"):
            tried = [name]
        elif self.is_bare:
            tried = [f"refs/heads/{name}"]
        else:
            tried = [f"{prefix}{name}" for prefix in ("refs/", "refs/tags/", "refs/heads/", "refs/remotes/")]
            tried.append(f"refs/remotes/{name}/HEAD")
        found = next((value for value in map(self._reference, tried) if value is not None), None)
        if found is None and not self.is_bare and _ABBREVIATION.fullmatch(name):
            found = self._unabbreviated(name)
        commit = None if found is None else self.objects.commit_of(found)
        if commit is None:
            raise no_such_reference(name)
        return commit

    def known(self, name: str) -> str | None:
        """The commit of the reference of that full name; None where there is none."""
        found = self._reference(name)
        return None if found is None else self.objects.commit_of(found)

    def _unabbreviated(self, name: str) -> str | None:
        self.machine.unrepeatable(f"'{name}' is short for a revision, and another may come to begin so")
        try:
            return text_of(self.private.run("rev-parse", "--verify", "--quiet", "--end-of-options", name)).strip()
        except GitFailed:
            return None

    def _reference(self, name: str, links: int = 0) -> str | None:
        """The hash that a reference holds; None where there is no such reference."""
        if BAD_REFERENCE.search(name) or links > _MOST_SYMBOLIC:
            return None
        is_own = name == "HEAD" or name.startswith(("refs/bisect/", "refs/worktree/"))
        place = self.git_directory if is_own else self.common_directory
        content = self.read(f"{place}/{name}", _MOST_POINTER_BYTES)
        if content is None:
            return self._packed_references().get(name)
        text = text_of(content).strip()
        if text.startswith("ref:"):
            target = text[4:].strip()
            return self._reference(target, links + 1) if target.startswith("refs/") else None
        return text if _IDENTITY.fullmatch(text) else None

    def _packed_references(self) -> dict[str, str]:
        if self._packed is None:
            content = self.read(f"{self.common_directory}/packed-refs", _MOST_REFERENCES_BYTES) or b""
            lines = (line.partition(" ") for line in text_of(content).split("\n"))
            self._packed = {name: value for value, space, name in lines if space and _IDENTITY.fullmatch(value)}
        return self._packed

    # Commits

    def revision_count(self, commit: str) -> int:
        """How many commits a commit has behind it, itself included."""
        return int(self.private.run("rev-list", "--count", "--end-of-options", commit))


def no_such_reference(name: str, hint: str | None = None) -> EvalError:
    """The error where a repository has no such reference."""
    return EvalError(f"resolving Git reference '{name}': revspec '{name}' not found", hint=hint)


def read_plain_file(path: str, most: int) -> bytes | None:
    """The bytes of a regular file, itself no link; None where there is none such.  EvalError where it is too big."""
    try:
        descriptor = open_soon(bytes_of(path), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with open(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        if status.st_size > most:
            raise EvalError(f"'{path}' has {status.st_size} bytes, more than such a file has")
        return file.readall()


def _exists(path: str) -> bool:
    return os.path.lexists(bytes_of(path))


def _is_called_safe(private: PrivateRepository, *places: str) -> bool:
    """Whether safe.directory in the user's or the machine's configuration names one of the places."""
    try:
        listed = text_of(private.run_as_the_user("config", "-z", "--type=path", "--get-all", "safe.directory"))
    except GitFailed:
        return False
    safe = False
    real = {os.path.realpath(bytes_of(place)) for place in places}
    for entry in listed.split("\0")[:-1]:
        if not entry:
            safe = False
        elif entry == "*" or os.path.realpath(bytes_of(entry)) in real:
            safe = True
        elif entry.endswith("/*"):
            safe = safe or any(place.startswith(os.path.realpath(bytes_of(entry[:-2])) + b"/") for place in real)
    return safe

"""Trees out of Git repositories, through the `git` program.

A tree is written below a new directory, to be copied into the store: contents exactly as committed (no line ends
converted, nothing substituted), the executable bit, symbolic links; submodules are empty directories unless asked
for.  From a working directory come the files that Git tracks, as they are there, and nothing of submodules.  With
`export_ignore` what `.gitattributes` marks so is left out.  C++: libfetchers/git.cc, git-utils.cc.
"""

from __future__ import annotations

import os
import subprocess

from lixeval.errors import EvalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NO_REVISION = "0" * 40

_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}


class Repository:
    """A repository on this machine: a working copy, or a bare one."""

    __slots__ = ("_environment", "directory")

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self._environment = {**os.environ, **_ENVIRONMENT}
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
            self._environment.pop(name, None)

    def run(self, *arguments: str, given: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
        """What `git ARGUMENTS` prints; EvalError with its complaint where it fails."""
        command = ["git", "-c", "safe.directory=*", "-C", self.directory, *arguments]
        try:
            done = subprocess.run(
                command, input=given, capture_output=True, env={**self._environment, **(environment or {})}, check=False
            )
        except FileNotFoundError:
            raise EvalError("cannot run 'git', which fetching from Git needs", hint="install git") from None
        if done.returncode:
            complaint = done.stderr.decode("utf-8", "replace").strip() or f"exit code {done.returncode}"
            raise EvalError(f"git {arguments[0]} failed in '{self.directory}': {complaint}")
        return done.stdout

    def text(self, *arguments: str) -> str:
        """What `git ARGUMENTS` prints, as one text without the final line end."""
        return self.run(*arguments).decode("utf-8", "surrogateescape").rstrip("\n")

    def names(self, *arguments: str, given: bytes = b"", environment: Mapping[str, str] | None = None) -> list[str]:
        """What a git command with -z prints."""
        output = self.run(*arguments, given=given, environment=environment)
        return output.decode("utf-8", "surrogateescape").split("\0")[:-1]

    # Revisions

    def head(self) -> str | None:
        """The revision checked out; None where there is no commit yet."""
        try:
            return self.text("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        except EvalError:
            return None

    def resolve(self, reference: str) -> str:
        """The revision that a branch, tag or other reference names."""
        try:
            return self.text("rev-parse", "--verify", "--quiet", f"{reference}^{{commit}}")
        except EvalError:
            raise EvalError(f"resolving Git reference '{reference}': revspec '{reference}' not found") from None

    def has(self, revision: str) -> bool:
        """Whether the commit is there."""
        try:
            self.run("cat-file", "-e", f"{revision}^{{commit}}")
        except EvalError:
            return False
        return True

    def last_modified(self, revision: str) -> int:
        """When a commit was made, in seconds since 1970."""
        return int(self.text("log", "-1", "--format=%ct", "--no-show-signature", revision))

    def revision_count(self, revision: str) -> int:
        """How many commits a revision has behind it, itself included."""
        return int(self.text("rev-list", "--count", revision))

    def is_dirty(self) -> bool:
        """Whether tracked files differ from what was committed."""
        return bool(self.run("status", "--porcelain=v1", "-z", "--untracked-files=no", "--ignore-submodules=none"))

    # Trees

    def write_working_tree(self, destination: str, *, export_ignore: bool, submodules: bool) -> None:
        """The tracked files as they are in the working directory."""
        names = self.names("ls-files", "-z", *(["--recurse-submodules"] if submodules else []))
        ignored = self._ignored(names) if export_ignore else frozenset[str]()
        for name in sorted(set(names)):
            source = os.path.join(self.directory, name)
            if not _make_parents(destination, name, ignored) or not os.path.lexists(source):
                continue
            target = os.path.join(destination, name)
            if os.path.islink(source):
                os.symlink(os.readlink(source), target)
            elif os.path.isfile(source):
                _copy(source, target)

    def write_commit(self, revision: str, destination: str, *, export_ignore: bool) -> dict[str, str]:
        """The tree of a commit; gives the submodules in it, path to revision, whose directories are left empty."""
        entries = [entry.partition("\t") for entry in self.names("ls-tree", "-r", "-z", "--full-tree", revision)]
        names = [name for _, _, name in entries]
        has_attributes = any(name.rpartition("/")[2] == ".gitattributes" for name in names)
        ignored = self._ignored(names, revision) if export_ignore and has_attributes else frozenset[str]()
        wanted: list[tuple[str, str, str]] = []
        submodules: dict[str, str] = {}
        for description, _, name in entries:
            if not _make_parents(destination, name, ignored):
                continue
            mode, kind, identity = description.split()
            if kind == "commit":
                os.mkdir(os.path.join(destination, name))
                submodules[name] = identity
            else:
                wanted.append((mode, identity, name))
        self._write_blobs(wanted, destination)
        return submodules

    def _write_blobs(self, wanted: list[tuple[str, str, str]], destination: str) -> None:
        """Files and links, given as (mode, object, name); each batch is read from git in one piece."""
        for start in range(0, len(wanted), 500):
            batch = wanted[start : start + 500]
            output = self.run("cat-file", "--batch", given="".join(f"{one[1]}\n" for one in batch).encode())
            position = 0
            for mode, _, name in batch:
                line_end = output.index(b"\n", position)
                size = int(output[position:line_end].split()[2])
                content = output[line_end + 1 : line_end + 1 + size]
                position = line_end + size + 2
                _write(os.path.join(destination, name), mode, content)

    def _ignored(self, names: Iterable[str], revision: str | None = None) -> frozenset[str]:
        """Those files and directories that the attribute export-ignore leaves out."""
        asked = sorted({part for name in names for part in _with_parents(name)})
        given = "".join(f"{name}\0" for name in asked).encode("utf-8", "surrogateescape")
        arguments = ["check-attr", "-z", "--stdin"]
        environment: dict[str, str] = {}
        if revision is None:
            answers = self.names(*arguments, "export-ignore", given=given)
        else:
            from tempfile import TemporaryDirectory

            with TemporaryDirectory(prefix="lixeval-git-") as directory:
                # Attributes of a commit are read through an index of its own.
                environment["GIT_INDEX_FILE"] = os.path.join(directory, "index")
                self.run("read-tree", revision, environment=environment)
                answers = self.names(*arguments, "--cached", "export-ignore", given=given, environment=environment)
        return frozenset(name for name, value in zip(answers[::3], answers[2::3], strict=True) if value == "set")

    def submodule_urls(self, revision: str) -> dict[str, str]:
        """Path to URL, as `.gitmodules` has them."""
        listed = self.names("config", "--blob", f"{revision}:.gitmodules", "--list", "-z")
        settings = dict(entry.split("\n", 1) for entry in listed if "\n" in entry)
        found: dict[str, str] = {}
        for key, value in settings.items():
            if key.startswith("submodule.") and key.endswith(".path"):
                url = settings.get(key.removesuffix(".path") + ".url")
                if url is not None:
                    found[value] = url
        return found


def _with_parents(name: str) -> list[str]:
    parts = name.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]


def _make_parents(destination: str, name: str, ignored: frozenset[str]) -> bool:
    """Makes the directories above a file; whether the file itself is to be written."""
    for part in _with_parents(name)[:-1]:
        if part in ignored:
            return False
        os.makedirs(os.path.join(destination, part), exist_ok=True)
    return name not in ignored


def _write(path: str, mode: str, content: bytes) -> None:
    if mode == "120000":
        os.symlink(os.fsdecode(content), path)
        return
    with open(path, "xb") as file:
        file.write(content)
    os.chmod(path, 0o755 if mode == "100755" else 0o644)


def _copy(source: str, target: str) -> None:
    from shutil import copyfile

    copyfile(source, target)
    os.chmod(target, 0o755 if os.stat(source).st_mode & 0o100 else 0o644)

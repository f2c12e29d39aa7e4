"""The objects of a Git repository: commits, trees and files, as `git cat-file` gives them.

A tree is read as the bytes that it is, entry by entry, and refused by name for what `git fsck` calls an error:

    tree  = { mode " " name NUL hash }           mode in octal, the hash in binary
    mode  = 40000 directory | 100644 or 100755 file | 120000 link | 160000 a commit of a submodule

Nothing of a tree is taken before all of it has been looked at.
"""

from __future__ import annotations

import re
import subprocess

from lixeval.errors import EvalError
from lixeval.fetchers.git_names import is_dot_gitmodules, problem_with
from lixeval.fetchers.git_program import no_git
from lixeval.formats.byte_text import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import TracebackType
    from typing import IO

    from lixeval.fetchers.git_program import PrivateRepository

MOST_ENTRIES = 2_000_000
"""More files and directories than any tree that people work with; a tree of a few objects can name any number."""
MOST_DEEP = 500
_MOST_TREE_BYTES = 256 << 20
_MOST_LINK_BYTES = 4095
_MOST_PATH = 4095
_AHEAD = 400
"""Questions sent before answers are read; all of them must fit in a pipe of 64 KiB."""
_CHUNK = 1 << 18
_TIME = re.compile(rb"> (\d{1,15}) [+-]\d", re.ASCII)


class Entry:
    """One entry of a tree: its kind ("directory", "file", "executable", "link", "submodule") and its object."""

    __slots__ = ("identity", "kind")

    def __init__(self, kind: str, identity: str) -> None:
        self.kind = kind
        self.identity = identity


class Objects:
    """The objects that a private repository sees, read through one `git cat-file`; to be closed."""

    def __init__(self, private: PrivateRepository, shown: str) -> None:
        from tempfile import TemporaryFile

        command, environment = private.command(("cat-file", "--batch"))
        self._shown = shown
        self._complaints = TemporaryFile()  # noqa: SIM115  # closed with the process
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                env=environment,
                cwd="/",
            )
        except FileNotFoundError:
            raise no_git() from None
        except OSError as error:
            raise no_git(error.strerror or str(error)) from None

    def __enter__(self) -> Objects:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue
        self._process.wait()
        self._complaints.close()

    def stream(self, identities: Sequence[str]) -> Iterator[tuple[str, int, Iterator[bytes]]]:
        """Kind, size and content of objects, in this order; kind "" for what is not there.

        The content is to be taken before the next object is asked for; what is left of it is skipped, and so are the
        answers that nobody asks for any more.
        """
        assert self._process.stdin is not None and self._process.stdout is not None
        for start in range(0, len(identities), _AHEAD):
            batch = identities[start : start + _AHEAD]
            try:
                self._process.stdin.write("".join(f"{identity}\n" for identity in batch).encode("ascii"))
                self._process.stdin.flush()
            except BrokenPipeError:
                raise self._broken() from None
            for number in range(len(batch)):
                kind, size, content = self._answer(self._process.stdout)
                try:
                    yield kind, size, content
                except GeneratorExit:
                    _skip(content)
                    for _ in range(number + 1, len(batch)):
                        _skip(self._answer(self._process.stdout)[2])
                    raise
                _skip(content)

    def _answer(self, source: IO[bytes]) -> tuple[str, int, Iterator[bytes]]:
        words = source.readline().split()
        if len(words) == 2:
            return "", 0, iter(())
        if len(words) != 3:
            raise self._broken()
        size = int(words[2])
        return words[1].decode("ascii", "replace"), size, self._content(source, size)

    def _content(self, source: IO[bytes], size: int) -> Iterator[bytes]:
        rest = size
        while rest:
            chunk = source.read(min(rest, _CHUNK))
            if not chunk:
                raise self._broken()
            rest -= len(chunk)
            yield chunk
        source.read(1)

    def _broken(self) -> EvalError:
        self._complaints.seek(0)
        complaint = self._complaints.read(4096).decode("utf-8", "replace").strip()
        return EvalError(
            f"cannot read objects of the Git repository '{self._shown}': {complaint or 'git cat-file ended'}"
        )

    def read(self, identity: str, kind: str) -> bytes:
        """An object of that kind; EvalError where there is none."""
        content = b""
        for found, size, chunks in self.stream((identity,)):
            if not found:
                raise self._missing(identity)
            if found != kind:
                raise EvalError(f"Git object '{identity}' of '{self._shown}' is a {found}, not a {kind}")
            if size > _MOST_TREE_BYTES:
                raise EvalError(f"Git object '{identity}' of '{self._shown}' has {size} bytes, which no {kind} has")
            content = b"".join(chunks)
        return content

    def kind(self, identity: str) -> str:
        """The kind of an object, "" where it is not there."""
        return "".join([found for found, _, _ in self.stream((identity,))])

    def _missing(self, identity: str) -> EvalError:
        return EvalError(
            f"Git object '{identity}' is missing in '{self._shown}'",
            hint="a partial clone lacks objects; fetch the repository from where it was cloned",
        )

    # Commits

    def commit_of(self, identity: str) -> str | None:
        """The commit that an object is or, where it is a tag, leads to; None where there is none."""
        for _ in range(20):
            kind = self.kind(identity)
            if kind == "commit":
                return identity
            if kind != "tag":
                return None
            first = self.read(identity, "tag").partition(b"\n")[0]
            identity = first.removeprefix(b"object ").decode("ascii", "replace")
            if not _is_identity(identity):
                return None
        return None

    def tree_and_time(self, commit: str) -> tuple[str, int]:
        """The tree of a commit, and when it was made, in seconds since 1970."""
        head = self.read(commit, "commit").partition(b"\n\n")[0].split(b"\n")
        tree = head[0].removeprefix(b"tree ").decode("ascii", "replace")
        if not _is_identity(tree):
            raise EvalError(f"Git commit '{commit}' of '{self._shown}' names no tree")
        committers = [line for line in head if line.startswith(b"committer ")]
        time = _TIME.search(committers[0]) if committers else None
        return tree, int(time[1]) if time else 0

    # Trees

    def tree(self, root: str) -> dict[str, Entry]:
        """All entries of a tree and of those in it, by path."""
        found: dict[str, Entry] = {}
        known: dict[str, list[tuple[str, Entry]]] = {}
        level = [("", root)]
        depth = 0
        while level:
            wanted = list({identity: None for _, identity in level if identity not in known})
            for identity, (kind, size, chunks) in zip(wanted, self.stream(wanted), strict=True):
                if not kind:
                    raise self._missing(identity)
                if kind != "tree" or size > _MOST_TREE_BYTES:
                    raise EvalError(f"Git object '{identity}' of '{self._shown}' is no tree")
                known[identity] = self._entries(identity, b"".join(chunks))
            below: list[tuple[str, str]] = []
            for prefix, identity in level:
                for name, entry in known[identity]:
                    path = prefix + name
                    if len(path) > _MOST_PATH:
                        raise EvalError(
                            f"the Git tree '{root}' of '{self._shown}' has a path of more than {_MOST_PATH} bytes"
                        )
                    found[path] = entry
                    if entry.kind == "directory":
                        below.append((path + "/", entry.identity))
                if len(found) > MOST_ENTRIES:
                    raise EvalError(f"the Git tree '{root}' of '{self._shown}' has more than {MOST_ENTRIES} entries")
            level = below
            depth += 1
            if depth > MOST_DEEP:
                raise EvalError(f"the Git tree '{root}' of '{self._shown}' has folders more than {MOST_DEEP} deep")
        return found

    def _entries(self, tree: str, data: bytes) -> list[tuple[str, Entry]]:
        """The entries of one tree."""
        found: dict[bytes, Entry] = {}
        position, end = 0, len(data)
        width = len(tree) // 2
        while position < end:
            space = data.find(b" ", position, position + 8)
            nul = data.find(b"\0", space + 1)
            if space < 0 or nul < 0 or nul + 1 + width > end:
                raise self._refused(tree, "badTree: cannot be parsed as a tree")
            name = data[space + 1 : nul]
            kind = _kind(data[position:space])
            identity = data[nul + 1 : nul + 1 + width]
            position = nul + 1 + width
            problem = problem_with(name)
            if kind is None:
                problem = "badFilemode: contains bad file modes"
            elif kind == "link" and is_dot_gitmodules(name):
                problem = "gitmodulesSymlink: .gitmodules is a symbolic link"
            elif name in found:
                problem = "duplicateEntries: contains duplicate file entries"
            elif not any(identity):
                problem = "nullSha1: contains entries pointing to null sha1"
            if problem is not None or kind is None:
                raise self._refused(tree, str(problem))
            found[name] = Entry(kind, identity.hex())
        return [(text_of(name), entry) for name, entry in found.items()]

    def _refused(self, tree: str, problem: str) -> EvalError:
        return EvalError(
            f"the Git repository '{self._shown}' is refused: its tree '{tree}' {problem.partition(': ')[2]}",
            hint=f"git fsck calls this {problem.partition(':')[0]}; such a tree is made to write where it must not",
        )

    def link(self, chunks: Iterable[bytes], path: str) -> str:
        """The target in the content of a link's object."""
        target = b"".join(chunks)
        if not target or len(target) > _MOST_LINK_BYTES or b"\0" in target:
            raise EvalError(f"the link '{path}' in the Git repository '{self._shown}' has no possible target")
        return text_of(target)


def _skip(content: Iterator[bytes]) -> None:
    for _ in content:
        pass


def _is_identity(text: str) -> bool:
    return len(text) in (40, 64) and not text.strip("0123456789abcdef")


def _kind(mode: bytes) -> str | None:
    try:
        number = int(mode, 8)
    except ValueError:
        return None
    kind = number & 0o170000
    if kind == 0o100000:
        return "executable" if number & 0o100 else "file"
    return {0o040000: "directory", 0o120000: "link", 0o160000: "submodule"}.get(number)

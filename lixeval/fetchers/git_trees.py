"""Git trees on their way into the store: what is taken of them, in a NAR's order, written below a new folder.

    entries (of a commit or of a working directory) - what the attribute export-ignore leaves out -> events -> files

Contents come exactly as committed (no line ends converted, nothing substituted), of the mode the executable bit;
submodules are empty folders unless asked for.  Everything is created anew and nothing is written through a link
(`nar.materialise`); names have been looked at before (`git_objects`).  C++: git-utils.cc.
"""

from __future__ import annotations

from lixeval.errors import EvalError
from lixeval.fetchers.git_objects import Entry
from lixeval.formats.byte_text import bytes_of
from lixeval.formats.nar import materialise
from lixeval.formats.nar_events import Directory, File, Leave, Symlink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lixeval.fetchers.git_repository import Repository
    from lixeval.fetchers.git_working_tree import WorkingTree
    from lixeval.formats.nar_events import Event

_ATTRIBUTES = ".gitattributes"


def write_commit(repository: Repository, tree: str, destination: str, *, export_ignore: bool) -> dict[str, str]:
    """Writes the tree of a commit; gives the submodules in it, path to commit, whose folders are left empty."""
    entries = repository.objects.tree(tree)
    if export_ignore:
        entries = _without_ignored(repository, entries, _attributes_of_commit(repository, tree, entries))
    order = _in_order(entries)
    files = [(path, entries[path]) for path in order if entries[path].kind in ("file", "executable", "link")]
    contents = repository.objects.stream([entry.identity for _, entry in files])

    def content(path: str, entry: Entry) -> Event:
        kind, size, chunks = next(contents)
        if kind != "blob":
            raise EvalError(f"the content of '{path}' is missing in the Git repository '{repository.directory}'")
        if entry.kind == "link":
            return Symlink(path, repository.objects.link(chunks, path))
        return File(path, entry.kind == "executable", size, chunks)

    _write(_events(order, entries, content), destination)
    return {path: entry.identity for path, entry in entries.items() if entry.kind == "submodule"}


def write_working_tree(
    repository: Repository, working: WorkingTree, destination: str, submodules: Iterable[str], *, export_ignore: bool
) -> None:
    """Writes the tracked files of a working directory, and empty folders for `submodules`."""
    entries = dict(working.entries)
    for path in submodules:
        entries[path] = Entry("submodule", "")
    for path in list(entries):
        while "/" in path:
            path = path.rpartition("/")[0]
            entries[path] = Entry("directory", "")
    if export_ignore:
        has_rules = any(path.rpartition("/")[2] == _ATTRIBUTES for path in _indexed(repository))
        entries = _without_ignored(repository, entries, has_rules)

    def content(path: str, entry: Entry) -> Event:
        if entry.kind == "link":
            return Symlink(path, working.read_link(path))
        return File(path, entry.kind == "executable", *working.open_file(path))

    _write(_events(_in_order(entries), entries, content), destination)


def _write(events: Iterator[Event], destination: str) -> None:
    try:
        for _ in materialise(events, destination):
            pass
    except OSError as error:
        raise EvalError(f"writing a tree from Git: {error.strerror}") from None


def _in_order(entries: dict[str, Entry]) -> list[str]:
    return sorted(entries, key=lambda path: bytes_of(path).split(b"/"))


def _events(order: list[str], entries: dict[str, Entry], content: Callable[[str, Entry], Event]) -> Iterator[Event]:
    """A tree's events; `content` is asked for files and links, in their order."""
    yield Directory("")
    within: list[str] = []
    for path in order:
        while within and not path.startswith(within[-1] + "/"):
            yield Leave(within.pop())
        entry = entries[path]
        if entry.kind in ("directory", "submodule"):
            yield Directory(path)
            within.append(path)
        else:
            yield content(path, entry)
    while within:
        yield Leave(within.pop())
    yield Leave("")


# Attributes


def _attributes_of_commit(repository: Repository, tree: str, entries: dict[str, Entry]) -> bool:
    """Makes the commit's attributes known to the private repository; whether any of them can leave something out."""
    rules = [entry.identity for path, entry in entries.items() if path.rpartition("/")[2] == _ATTRIBUTES]
    if not any(b"export-ignore" in b"".join(chunks) for _, _, chunks in repository.objects.stream(rules)):
        return False
    repository.private.run("read-tree", "--end-of-options", tree)
    return True


def _indexed(repository: Repository) -> list[str]:
    return repository.private.names("ls-files", "-z", "--", _ATTRIBUTES, f"*/{_ATTRIBUTES}")


def _without_ignored(repository: Repository, entries: dict[str, Entry], has_rules: bool) -> dict[str, Entry]:
    """The entries that export-ignore does not leave out, alone or with a folder above."""
    repository.copy_attributes()
    if not has_rules and not _has_own_rules(repository):
        return entries
    # A folder is asked for with a slash, so that patterns which end in one match it, as they do in C++ Nix.
    asked = [path + "/" if entry.kind in ("directory", "submodule") else path for path, entry in entries.items()]
    given = bytes_of("".join(f"{path}\0" for path in asked))
    answers = repository.private.names("check-attr", "-z", "--stdin", "--cached", "export-ignore", given=given)
    pairs = zip(answers[::3], answers[2::3], strict=True)
    ignored = {path.rstrip("/") for path, value in pairs if value == "set"}
    return {path: entry for path, entry in entries.items() if not _is_below(path, ignored)}


def _has_own_rules(repository: Repository) -> bool:
    from lixeval.fetchers.git_repository import read_plain_file

    return b"export-ignore" in (read_plain_file(f"{repository.private.directory}/info/attributes", 1 << 28) or b"")


def _is_below(path: str, ignored: set[str]) -> bool:
    while path:
        if path in ignored:
            return True
        path = path.rpartition("/")[0]
    return False

"""`builtin:buildenv`: what `nix-env` makes profiles of, a tree of symlinks to everything that is installed.

Environment: manifest (its path, linked as manifest.nix), and `derivations`, words that come in groups, one a package:

    group = "true" | "false" (active), priority (the lower number wins), number of outputs, their paths

What several packages have is a directory if all of them have one there, else the file of the better priority; files of
the same priority are an error.  What `nix-support/propagated-user-env-packages` of a package names comes after all
else, at ever lower priority.  Left out: nix-support, propagated-build-inputs, perllocal.pod, info/dir, log.

Source: builtins/buildenv.cc (`builtinBuildenv`, `createLinks`).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from lixeval.build.builders.builder import BuildContext
from lixeval.build.builders.output_tree import OutputTree
from lixeval.errors import BuildError

_LEFT_OUT = ("/propagated-build-inputs", "/nix-support", "/perllocal.pod", "/info/dir", "/log")
_PROPAGATED = "nix-support/propagated-user-env-packages"
_FIRST_PROPAGATED_PRIORITY = 1000


def buildenv(context: BuildContext) -> None:
    """The builtin builder of user environments."""
    with context.tree() as output:
        output.folder()
        _build(context, output)


def _build(context: BuildContext, output: OutputTree) -> None:
    tree = _Tree(context, output)
    packages = sorted(_packages(context.environment.get("derivations", "")))
    for priority, path in packages:
        tree.add_package(path, priority)
    priority = _FIRST_PROPAGATED_PRIORITY
    while tree.propagated:
        waiting, tree.propagated = sorted(tree.propagated), set()
        for path in waiting:
            tree.add_package(path, priority)
            priority += 1
    manifest = context.environment.get("manifest")
    if manifest:
        output.link("manifest.nix", manifest)


def _packages(words: str) -> Iterator[tuple[int, str]]:
    """(priority, path) for each output of each active package."""
    rest = iter(words.split())
    try:
        for active in rest:
            priority, count = int(next(rest)), int(next(rest))
            paths = [next(rest) for _ in range(count)]
            if active != "false":
                yield from ((priority, path) for path in paths)
    except (StopIteration, ValueError) as error:
        raise BuildError(f"the attribute 'derivations' of a user environment makes no sense: '{words}'") from error


class _Tree:
    """The tree while packages are added; `_priorities` has those of its links, `_done` the packages."""

    def __init__(self, context: BuildContext, output: OutputTree) -> None:
        self.propagated: set[str] = set()
        self._context = context
        self._output = output
        self._priorities: dict[str, int] = {}
        self._done: set[str] = set()

    def _folder(self, path: str) -> str | None:
        """Where the directory that a logical path leads to has its files, None if it is none."""
        real, mode = self._context.store.resolve(path)
        return real if mode is not None and stat.S_ISDIR(mode) else None

    def add_package(self, path: str, priority: int) -> None:
        """Link to everything in a package, once, and note what it propagates."""
        if path in self._done:
            return
        self._done.add(path)
        self._add_directory(path, "", priority)
        real, mode = self._context.store.resolve(f"{path}/{_PROPAGATED}")
        if mode is not None and stat.S_ISREG(mode):
            with open(real, encoding="utf-8", errors="surrogateescape") as file:
                self.propagated.update(set(file.read().split()) - self._done)

    def _add_directory(self, source: str, destination: str, priority: int) -> None:
        real = self._folder(source)
        if real is None:
            raise BuildError(
                f"not including '{source}' in the user environment because it is not a directory: it cannot be merged"
            )
        for name in sorted(os.listdir(real)):
            if not f"{source}/{name}".endswith(_LEFT_OUT):
                self._add(f"{source}/{name}", f"{destination}/{name}", priority)

    def _add(self, source: str, destination: str, priority: int) -> None:
        if not self._output.mode(destination):
            self._link(source, destination, priority)
        elif self._folder(source) is not None:
            self._merge_directory(source, destination, priority)
        else:
            self._replace_or_keep(source, destination, priority)

    def _link(self, source: str, destination: str, priority: int) -> None:
        self._output.link(destination, source)
        self._priorities[destination] = priority

    def _merge_directory(self, source: str, destination: str, priority: int) -> None:
        """Two packages have a directory here: the link to the first becomes a directory of links."""
        if stat.S_ISLNK(self._output.mode(destination)):
            first = self._output.target(destination)
            if self._folder(first) is None:
                raise BuildError(f"collision between '{source}', a directory, and '{first}', which is none")
            self._output.remove(destination)
            self._output.folder(destination)
            self._add_directory(first, destination, self._priorities.pop(destination))
        self._add_directory(source, destination, priority)

    def _replace_or_keep(self, source: str, destination: str, priority: int) -> None:
        if not stat.S_ISLNK(self._output.mode(destination)):
            raise BuildError(f"collision between '{source}', a file, and directories of other packages")
        other, other_priority = self._output.target(destination), self._priorities[destination]
        if other_priority == priority:
            raise BuildError(
                f"files '{other}' and '{source}' have the same priority {priority}; use `nix-env --set-flag "
                "priority NUMBER INSTALLED_PKGNAME` to change the priority of one of the conflicting packages "
                "(0 being the highest priority)"
            )
        if priority < other_priority:
            self._output.remove(destination)
            self._link(source, destination, priority)

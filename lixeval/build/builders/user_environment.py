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
from collections.abc import Iterator

from lixeval.build.builders.builder import BuildContext
from lixeval.errors import BuildError
from lixeval.formats import store_path

_LEFT_OUT = ("/propagated-build-inputs", "/nix-support", "/perllocal.pod", "/info/dir", "/log")
_PROPAGATED = "nix-support/propagated-user-env-packages"
_FIRST_PROPAGATED_PRIORITY = 1000


def buildenv(context: BuildContext) -> None:
    """The builtin builder of user environments."""
    out = context.outputs["out"]
    os.mkdir(out)
    tree = _Tree(context)
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
        os.symlink(manifest, f"{out}/manifest.nix")


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

    def __init__(self, context: BuildContext) -> None:
        self.propagated: set[str] = set()
        self._context = context
        self._out = context.outputs["out"]
        self._priorities: dict[str, int] = {}
        self._done: set[str] = set()

    def _real(self, path: str) -> str:
        """Where a logical path, which links lead through the store, has its files."""
        for _ in range(40):
            real = self._context.store.real(path)
            if not os.path.islink(real):
                return real
            path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(real)))
            if not path.startswith(store_path.STORE_DIR + "/"):
                return path
        raise BuildError(f"'{path}' is a link that leads nowhere")

    def add_package(self, path: str, priority: int) -> None:
        """Link to everything in a package, once, and note what it propagates."""
        if path in self._done:
            return
        self._done.add(path)
        self._add_directory(path, self._out, priority)
        try:
            with open(f"{self._real(path)}/{_PROPAGATED}") as file:
                self.propagated.update(set(file.read().split()) - self._done)
        except FileNotFoundError:
            return

    def _add_directory(self, source: str, destination: str, priority: int) -> None:
        real = self._real(source)
        if not os.path.isdir(real):
            raise BuildError(
                f"not including '{source}' in the user environment because it is not a directory: it cannot be merged"
            )
        for name in sorted(os.listdir(real)):
            if not f"{source}/{name}".endswith(_LEFT_OUT):
                self._add(f"{source}/{name}", f"{destination}/{name}", priority)

    def _add(self, source: str, destination: str, priority: int) -> None:
        if not os.path.lexists(destination):
            self._link(source, destination, priority)
        elif os.path.isdir(self._real(source)):
            self._merge_directory(source, destination, priority)
        else:
            self._replace_or_keep(source, destination, priority)

    def _link(self, source: str, destination: str, priority: int) -> None:
        os.symlink(source, destination)
        self._priorities[destination] = priority

    def _merge_directory(self, source: str, destination: str, priority: int) -> None:
        """Two packages have a directory here: the link to the first becomes a directory of links."""
        if os.path.islink(destination):
            first = os.readlink(destination)
            if not os.path.isdir(self._real(first)):
                raise BuildError(f"collision between '{source}', a directory, and '{first}', which is none")
            os.unlink(destination)
            os.mkdir(destination)
            self._add_directory(first, destination, self._priorities.pop(destination))
        self._add_directory(source, destination, priority)

    def _replace_or_keep(self, source: str, destination: str, priority: int) -> None:
        if not os.path.islink(destination):
            raise BuildError(f"collision between '{source}', a file, and directories of other packages")
        other, other_priority = os.readlink(destination), self._priorities[destination]
        if other_priority == priority:
            raise BuildError(
                f"files '{other}' and '{source}' have the same priority {priority}; use `nix-env --set-flag "
                "priority NUMBER INSTALLED_PKGNAME` to change the priority of one of the conflicting packages "
                "(0 being the highest priority)"
            )
        if priority < other_priority:
            os.unlink(destination)
            self._link(source, destination, priority)
